//! The Rollout board, from use case to wire and back.

use countersign_domain::{Instant, Role, Stage};
use countersign_identity::{Helped, TeamId, TeamProgress};
use jiff::{Timestamp, civil::Date};

use super::{
    answer::{done, too_soon},
    caller::{Request, request},
    csv, fault,
    session::person,
};
use crate::{
    api::{
        Answer, AppError,
        export::Export,
        rollout::{Deadline, Rollout, Team, Use},
    },
    paths,
};

/// The most days that are drawn.
const MOST_DAYS: i64 = 60;

pub(crate) async fn load() -> Result<Rollout, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let rollout = request.identity.rollout(&caller).await.map_err(|error| request.fault(&error))?;
    let Some(rollout) = rollout else { return Err(fault::refuse(AppError::NotAllowed)) };
    let now = request.identity.now();
    let policy = rollout.organisation.policy;
    let announced = rollout.organisation.announced_at.unwrap_or(now);
    Ok(Rollout {
        person: person(&request, &caller),
        organisation: rollout.organisation.name.to_string(),
        is_required: policy.is_required(now),
        deadline: policy.deadline(now).map(|at| deadline(&request, at, announced)),
        people: rollout.people,
        set_up: rollout.set_up,
        recent: rollout.recent,
        never: rollout.never,
        teams: rollout.teams.iter().map(|team| line(&request, team)).collect(),
        uses: rollout.uses.into_iter().map(|(factor, people)| Use { factor, people }).collect(),
    })
}

pub(crate) async fn export() -> Result<Export, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let rollout = request.identity.rollout(&caller).await.map_err(|error| request.fault(&error))?;
    let Some(rollout) = rollout else { return Err(fault::refuse(AppError::NotAllowed)) };
    let row = |progress: &TeamProgress| {
        let team = progress.team.as_ref();
        let supervisors: Vec<_> = progress.supervisors.iter().map(ToString::to_string).collect();
        let reminded = team.and_then(|team| team.reminded_at).and_then(|at| Timestamp::from_microsecond(at.as_micros()).ok());
        [
            team.map(|team| team.name.to_string()).unwrap_or_default(),
            supervisors.join(", "),
            progress.people.to_string(),
            progress.set_up.to_string(),
            (progress.people - progress.set_up).to_string(),
            reminded.map(|at| at.to_string()).unwrap_or_default(),
        ]
    };
    let columns = ["team", "supervisors", "people", "set up", "to do", "last reminder"];
    Ok(csv::export(columns, rollout.teams.iter().map(row)))
}

fn line(request: &Request, progress: &TeamProgress) -> Team {
    let team = progress.team.as_ref();
    Team {
        id: team.map(|team| team.id.to_string()),
        name: team.map(|team| team.name.to_string()),
        supervisors: progress.supervisors.iter().map(ToString::to_string).collect(),
        people: progress.people,
        set_up: progress.set_up,
        reminded: team.and_then(|team| team.reminded_at).map(|at| request.when(at)),
        remind_from: progress.remind_from.map(|at| request.when(at)),
    }
}

/// The days of a deadline as the floor counts them.
fn deadline(request: &Request, at: Instant, announced: Instant) -> Deadline {
    let day = |at: Instant| -> Date {
        let at = Timestamp::from_microsecond(at.as_micros()).unwrap_or(Timestamp::UNIX_EPOCH);
        at.to_zoned(request.time_zone().clone()).date()
    };
    let between = |from: Date, to: Date| i64::from((to - from).get_days());
    let (last, now) = (day(at), day(request.identity.now()));
    let days = (between(day(announced), last) + 1).clamp(1, MOST_DAYS);
    let days_left = between(now, last);
    Deadline { at: request.when_due(at), announced: request.when(announced), days_left, days, today: (days - days_left).max(1) }
}

pub(crate) async fn remind(team: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if caller.account.role == Role::Agent {
        return Err(fault::refuse(AppError::NotAllowed));
    }
    let team = match TeamId::parse(team) {
        _ if team.is_empty() => None,
        Some(team) => Some(team),
        None => return Err(fault::refuse(AppError::NotFound)),
    };
    let reminded = request.identity.remind(&caller, team, &request.visitor).await;
    match reminded.map_err(|error| request.fault(&error))? {
        Helped::Done(count) => done(format!("{}?reminded={count}", paths::ORG_ROLLOUT)),
        Helped::TooSoon(from) => too_soon(&request, from),
        _ => Err(fault::refuse(AppError::NotFound)),
    }
}
