//! Inviting people, from form to use case.

use countersign_domain::{Role, Stage, TeamName};
use countersign_identity::{
    BadLine as Bad, Caller, Helped, Identity, InvitationId, InvitationRefusal, InvitationReview, InvitationsSent, LineProblem, MAX_DRAFT,
    MAX_PEOPLE, digest,
};

use http::request::Parts;

use super::{
    answer::{done, refused, too_soon},
    caller::{Request, confirm_first, request},
    fault,
    people::helper,
    session::person,
    sign_in::name_problem,
    visitor::visitor,
};
use crate::{
    api::{
        Answer, AppError, FieldProblem, Refusal,
        invitations::{BadLine, Invitation, Invite, InviteDraft, Newcomer},
        people::Team,
    },
    paths,
};

/// How many people are shown of those who would be invited.
const SHOWN: usize = 10;
/// How many lines are shown of those that invite nobody.
const SHOWN_BAD: usize = 100;

/// Whether whoever sends this request may send a list of people, which is longer than anything else that
/// is taken here.
pub async fn may_send_list(identity: &Identity, parts: &Parts, is_https: bool) -> bool {
    let visitor = visitor(parts, is_https);
    let Some(token) = &visitor.session else { return false };
    let caller = identity.find_caller(token, &visitor).await;
    matches!(caller, Ok(Some(caller)) if caller.session.stage == Stage::SignedIn && caller.account.role == Role::AccountHolder)
}

/// The caller, if they are an account holder; it is nobody else's page.
async fn holder(request: &Request) -> Result<Caller, AppError> {
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if caller.account.role == Role::AccountHolder { Ok(caller) } else { Err(fault::refuse(AppError::NotAllowed)) }
}

fn unmet(what: &str, count: i64) -> Result<Answer, AppError> {
    refused(Refusal::Unmet { what: what.to_owned(), count })
}

fn counted(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(crate) async fn load() -> Result<Invite, AppError> {
    let request = request()?;
    let caller = holder(&request).await?;
    let review = request.identity.review_invitations(&caller).await.map_err(|error| request.fault(&error))?;
    let Some(review) = review else { return Err(fault::refuse(AppError::NotAllowed)) };
    let teams = request.identity.teams(&caller).await.map_err(|error| request.fault(&error))?;
    Ok(Invite {
        person: person(&request, &caller),
        organisation: caller.organisation.name.to_string(),
        teams: teams.iter().map(|team| Team { id: team.id.to_string(), name: team.name.to_string() }).collect(),
        most: counted(MAX_PEOPLE),
        sends_mail: request.identity.sends_mail(),
        draft: review.map(shown),
    })
}

fn shown(review: InvitationReview) -> InviteDraft {
    let InvitationReview { draft, lines, new_teams } = review;
    let with = |role: Role| counted(lines.people.iter().filter(|person| person.role == role).count());
    let by_role = [Role::Agent, Role::Supervisor, Role::AccountHolder].map(|role| (role, with(role)));
    // Whoever gets more rights than others is looked at first.
    let mut people: Vec<_> = lines.people.iter().collect();
    people.sort_by_key(|person| std::cmp::Reverse(person.role));
    let first = people.into_iter().take(SHOWN).map(|person| Newcomer {
        email: person.email.to_string(),
        name: person.name.as_ref().map(ToString::to_string),
        role: person.role,
        team: person.team.as_ref().map(ToString::to_string),
    });
    InviteDraft {
        digest: digest(&draft),
        role: draft.role,
        team: draft.team.unwrap_or_default(),
        people: counted(lines.people.len()),
        by_role: by_role.into_iter().filter(|(_, people)| *people > 0).collect(),
        first: first.collect(),
        bad: counted(lines.bad.len()),
        first_bad: lines.bad.iter().take(SHOWN_BAD).map(bad).collect(),
        new_teams: new_teams.iter().map(ToString::to_string).collect(),
        text: draft.text,
    }
}

fn bad(line: &Bad) -> BadLine {
    let (problem, first_line) = match line.problem {
        LineProblem::Email => ("email", None),
        LineProblem::Name => ("name", None),
        LineProblem::Role => ("role", None),
        LineProblem::Team => ("team", None),
        LineProblem::Twice(first) => ("twice", Some(first)),
        LineProblem::Member => ("member", None),
        LineProblem::Invited => ("invited", None),
        LineProblem::Often => ("often", None),
        LineProblem::Unreadable => ("unreadable", None),
    };
    BadLine { line: line.line, text: line.text.clone(), problem: problem.to_owned(), first_line }
}

pub(crate) async fn draft(people: String, role: &str, team: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = holder(&request).await?;
    if people.trim().is_empty() {
        return refused(Refusal::field("people", FieldProblem::Empty));
    }
    if people.len() > MAX_DRAFT {
        return refused(Refusal::field("people", FieldProblem::TooLong { max: MAX_DRAFT }));
    }
    if people.contains('\0') {
        // No text, and PostgreSQL takes none.
        return refused(Refusal::field("people", FieldProblem::Malformed));
    }
    let Some(role) = Role::from_code(role) else { return refused(Refusal::field("role", FieldProblem::Malformed)) };
    let team = match TeamName::parse(team) {
        _ if team.trim().is_empty() => None,
        Ok(name) => Some(name),
        Err(error) => {
            // The list is kept all the same: without script nothing else would hold it.
            request.identity.draft_invitations(&caller, people, role, None).await.map_err(|error| request.fault(&error))?;
            return refused(Refusal::field("team", name_problem(error)));
        }
    };
    let is_kept = request.identity.draft_invitations(&caller, people, role, team.as_ref()).await.map_err(|error| request.fault(&error))?;
    if is_kept { done(format!("{}?review=1", paths::ORG_INVITE)) } else { Err(fault::refuse(AppError::NotAllowed)) }
}

pub(crate) async fn invite(draft: &str, count: &str, leaves_out: bool) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = holder(&request).await?;
    // What is no number was agreed to by nobody.
    let agreed = count.parse().unwrap_or(-1);
    let outcome = request.identity.invite(&caller, (draft, agreed), leaves_out, &request.visitor).await;
    match outcome.map_err(|error| request.fault(&error))? {
        InvitationsSent::Done(_) => {
            send(&request);
            done(format!("{}?state=invited&done=invited", paths::ORG_MEMBERS))
        }
        InvitationsSent::Refused(refusal) => match refusal {
            InvitationRefusal::Nobody => unmet("nobody-to-invite", 0),
            InvitationRefusal::CountChanged(people) => unmet("invited-changed", people),
            InvitationRefusal::BadLines(lines) => unmet("bad-lines", lines),
            InvitationRefusal::TooMany(people) => unmet("too-many", people),
            InvitationRefusal::TooManyTeams(teams) => unmet("too-many-teams", teams),
        },
        InvitationsSent::ConfirmFirst => confirm_first(&format!("{}?review=1", paths::ORG_INVITE)),
        InvitationsSent::SetUpFirst => unmet("set-up-first", 0),
        InvitationsSent::NotAllowed => Err(fault::refuse(AppError::NotAllowed)),
    }
}

/// Writes the mails that wait to be, without letting anybody wait for them. Whatever is left when this
/// stops is written within a minute.
pub(super) fn send(request: &Request) {
    let identity = request.identity.clone();
    tokio::spawn(async move {
        if let Err(error) = identity.send_every_invitation().await {
            tracing::warn!(%error, "invitations could not be written; the next try is in a minute");
        }
    });
}

fn read_id(id: &str) -> Result<InvitationId, AppError> {
    InvitationId::parse(id).ok_or_else(|| fault::refuse(AppError::NotFound))
}

pub(crate) async fn load_one(id: &str) -> Result<Invitation, AppError> {
    let request = request()?;
    let caller = helper(&request).await?;
    let found = request.identity.invitation(&caller, read_id(id)?).await.map_err(|error| request.fault(&error))?;
    let Some(found) = found else { return Err(fault::refuse(AppError::NotFound)) };
    let invitation = found.invitation;
    Ok(Invitation {
        person: person(&request, &caller),
        organisation: caller.organisation.name.to_string(),
        id: invitation.id.to_string(),
        email: invitation.email.to_string(),
        name: invitation.name.as_ref().map(ToString::to_string),
        role: invitation.role,
        team: found.team.map(|team| team.name.to_string()),
        by: found.by.map(|account| account.name.to_string()),
        since: request.when(invitation.created_at),
        sent: invitation.sent.map(|(at, _)| request.when(at)),
        until: invitation.sent.map(|(_, until)| request.when(until)),
        has_expired: invitation.has_expired(request.identity.now()),
        may_manage: found.may_manage,
    })
}

/// What an act came to: `next` when it is done; `dialog` is the query to come back with after a fresh proof.
fn helped(
    request: &Request,
    id: InvitationId,
    dialog: &str,
    next: String,
    outcome: Result<Helped, countersign_identity::Error>,
) -> Result<Answer, AppError> {
    match outcome.map_err(|error| request.fault(&error))? {
        Helped::Done(()) => done(next),
        Helped::TooSoon(until) => too_soon(request, until),
        Helped::ConfirmFirst => confirm_first(&[&page_of(id), dialog].concat()),
        Helped::SetUpFirst => unmet("set-up-first", 0),
        Helped::NotAllowed | Helped::LastHolder | Helped::NoWayBack | Helped::WrongNumber | Helped::AlreadyReminded => {
            unmet("not-yours", 0)
        }
        Helped::NotFound => Err(fault::refuse(AppError::NotFound)),
    }
}

/// An invitation's page.
fn page_of(id: InvitationId) -> String {
    format!("{}/{id}", paths::ORG_INVITATION)
}

pub(crate) async fn send_again(id: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let (caller, id) = (helper(&request).await?, read_id(id)?);
    let outcome = request.identity.send_invitation_again(&caller, id, &request.visitor).await;
    if matches!(outcome, Ok(Helped::Done(()))) {
        send(&request);
    }
    helped(&request, id, "", page_of(id), outcome)
}

pub(crate) async fn withdraw(id: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let (caller, id) = (helper(&request).await?, read_id(id)?);
    let outcome = request.identity.withdraw_invitation(&caller, id, &request.visitor).await;
    helped(&request, id, "?withdraw=1", format!("{}?state=invited&done=withdrawn", paths::ORG_MEMBERS), outcome)
}
