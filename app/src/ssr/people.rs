//! The people of an organisation, from form to use case.

use std::collections::BTreeSet;

use countersign_domain::{Factor, Instant, ReturnPath, Role, Secret, Stage, TeamName};
use countersign_identity::{
    AccountId, Caller, Helped, Known, MemberCursor, MethodId, People, PeopleCursor, PeopleFilter, Person as Line, Placement, Reset,
    Segment, Standing as Stands, TeamId, held_until,
};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;

use super::{
    answer::{done, refused, too_soon},
    caller::{Request, confirm_first, request},
    csv, fault,
    security::connected,
    session::person,
    sign_in::name_problem,
};
use crate::{
    api::{
        Answer, AppError, FieldProblem, Refusal,
        export::Export,
        people::{AskingScreen, GivenCode, Hold, Member, MemberRow, MemberSession, MemberTrusted, Members, Standing, Team},
    },
    paths,
};

/// The longest text looked for, in characters.
const MAX_TEXT: usize = 100;
/// How long a temporary access code works, in seconds, by its name in the form.
const LASTS: [(&str, i64); 3] = [("15-minutes", 15 * 60), ("1-hour", 60 * 60), ("end-of-shift", 8 * 60 * 60)];

/// What a list is narrowed to, as an address holds it.
pub(crate) struct Fields<'a> {
    pub(crate) text: &'a str,
    pub(crate) team: &'a str,
    pub(crate) role: &'a str,
    pub(crate) state: &'a str,
}

fn read_filter(request: &Request, fields: &Fields<'_>) -> PeopleFilter {
    let Fields { text, team, role, state } = fields;
    let text = text.trim();
    PeopleFilter {
        text: (!text.is_empty()).then(|| text.chars().filter(|char| !char.is_control()).take(MAX_TEXT).collect()),
        // An id that can't be one is nobody's team.
        team: (!team.is_empty()).then(|| TeamId::parse(team).unwrap_or(TeamId::from_random(request.identity.now(), [0; 10]))),
        role: Role::from_code(role),
        segment: match *state {
            "not-set-up" => Some(Segment::Members(Stands::NotSetUp)),
            "set-up" => Some(Segment::Members(Stands::SetUp)),
            "disabled" => Some(Segment::Members(Stands::Disabled)),
            "invited" => Some(Segment::Invited),
            _ => None,
        },
        is_held: *state == "locked",
    }
}

pub(crate) async fn export(fields: &Fields<'_>) -> Result<Export, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let filter = read_filter(&request, fields);
    let people = request.identity.export_people(&caller, &filter).await.map_err(|error| request.fault(&error))?;
    let Some(people) = people else { return Err(fault::refuse(AppError::NotAllowed)) };
    let line = |line: &Line| {
        let last = match line {
            Line::Member { account, .. } => account.last_sign_in_at,
            Line::Invited { .. } => None,
        };
        let last = last.and_then(|at| Timestamp::from_microsecond(at.as_micros()).ok()).map(|at| at.to_string());
        let MemberRow { name, email, team, role, standing, methods, .. } = row(&request, line, &people);
        let methods: Vec<_> = methods.into_iter().map(Factor::code).collect();
        [
            name,
            email,
            team.unwrap_or_default(),
            role.code().to_owned(),
            in_words(standing).to_owned(),
            methods.join(" "),
            last.unwrap_or_default(),
        ]
    };
    let columns = ["name", "email", "team", "role", "second step", "methods", "last sign-in"];
    Ok(csv::export(columns, people.rows.iter().map(line)))
}

/// Where somebody stands, as the filters call it.
const fn in_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Locked => "locked",
        Standing::NotSetUp => "not-set-up",
        Standing::SetUp => "set-up",
        Standing::Disabled => "disabled",
        Standing::Invited => "invited",
        Standing::InvitationExpired => "invitation-expired",
    }
}

pub(crate) async fn load(fields: &Fields<'_>, at: &str) -> Result<Members, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let filter = read_filter(&request, fields);
    let people = request.identity.people(&caller, &filter, read_cursor(at)).await.map_err(|error| request.fault(&error))?;
    let Some(people) = people else { return Err(fault::refuse(AppError::NotAllowed)) };
    let rows = people.rows.iter().map(|line| row(&request, line, &people)).collect();
    Ok(Members {
        person: person(&request, &caller),
        organisation: caller.organisation.name.to_string(),
        total: people.total,
        invited: people.invited.0,
        unsent: people.invited.1,
        may_invite: caller.account.role == Role::AccountHolder,
        asking: people.asking.iter().map(|account| (account.id.to_string(), account.name.to_string())).collect(),
        teams: people.teams.iter().map(|team| Team { id: team.id.to_string(), name: team.name.to_string() }).collect(),
        rows,
        previous: people.previous.as_ref().map(write_cursor),
        next: people.next.as_ref().map(write_cursor),
    })
}

fn row(request: &Request, line: &Line, people: &People) -> MemberRow {
    let team = |id: Option<TeamId>| people.teams.iter().find(|team| id == Some(team.id)).map(|team| team.name.to_string());
    match line {
        Line::Member { account, standing: stands, is_held } => MemberRow {
            id: account.id.to_string(),
            name: account.name.to_string(),
            email: account.email.to_string(),
            team: team(account.team_id),
            role: account.role,
            standing: standing(*stands, *is_held),
            methods: account.methods.iter().collect(),
            last_sign_in: account.last_sign_in_at.map(|at| request.when(at)),
        },
        Line::Invited { invitation, has_expired } => MemberRow {
            id: invitation.id.to_string(),
            name: invitation.name.as_ref().map(ToString::to_string).unwrap_or_default(),
            email: invitation.email.to_string(),
            team: team(invitation.team_id),
            role: invitation.role,
            standing: if *has_expired { Standing::InvitationExpired } else { Standing::Invited },
            methods: Vec::new(),
            last_sign_in: None,
        },
    }
}

const fn standing(stands: Stands, is_held: bool) -> Standing {
    match stands {
        Stands::Disabled => Standing::Disabled,
        _ if is_held => Standing::Locked,
        Stands::NotSetUp => Standing::NotSetUp,
        Stands::SetUp => Standing::SetUp,
    }
}

/// A segment, as an address holds it.
const fn code_of(segment: Segment) -> i64 {
    match segment {
        Segment::Members(standing) => standing.code(),
        Segment::Invited => 3,
    }
}

/// A place in a list, as an address holds it: nothing secret, and anything else is the beginning.
fn write_cursor(cursor: &PeopleCursor) -> String {
    let PeopleCursor { segment, place } = cursor;
    let way = if place.is_backwards { '-' } else { '+' };
    BASE64URL_NOPAD.encode(format!("{way}{}{}{}", code_of(*segment), place.id, place.name_key).as_bytes())
}

fn read_cursor(text: &str) -> Option<PeopleCursor> {
    /// Characters of an id.
    const ID: usize = 36;
    let text = String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
    let is_backwards = match text.chars().next()? {
        '-' => true,
        '+' => false,
        _ => return None,
    };
    let code: i64 = text.get(1..2)?.parse().ok()?;
    let segment = Segment::ALL.into_iter().find(|segment| code_of(*segment) == code)?;
    let id = AccountId::parse(text.get(2..2 + ID)?)?;
    let name_key = text.get(2 + ID..)?.to_owned();
    if name_key.contains('\0') {
        // Nobody's name, and PostgreSQL takes none.
        return None;
    }
    Some(PeopleCursor { segment, place: MemberCursor { name_key, id, is_backwards } })
}

pub(crate) async fn load_member(id: &str) -> Result<Member, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if caller.account.role == Role::Agent {
        return Err(fault::refuse(AppError::NotAllowed));
    }
    let id = read_id(id)?;
    let member = request.identity.member(&caller, id).await.map_err(|error| request.fault(&error))?;
    let Some(member) = member else { return Err(fault::refuse(AppError::NotFound)) };
    let code = request.identity.reveal_access_code(&caller, id).await.map_err(|error| request.fault(&error))?;
    Ok(shown(&request, &caller, &member, code))
}

fn shown(request: &Request, caller: &Caller, member: &countersign_identity::Member, code: Option<Secret>) -> Member {
    let now = request.identity.now();
    let methods = connected(request, &member.account, &member.keys, &member.apps, member.emailed_code);
    let looks_after = member.teams.iter().filter(|team| member.looks_after.contains(&team.id) && member.account.team_id != Some(team.id));
    let holds = member.holds.iter().map(|hold| Hold {
        factor: hold.factor,
        until: hold.until.map(|until| request.when(until)),
        failures: hold.failures,
        last: request.when(hold.last_at),
    });
    let sessions = member.sessions.iter().map(|session| MemberSession {
        browser: session.browser.clone(),
        address: session.address.clone(),
        since: request.when(session.created_at),
    });
    let trusted = member.trusted.iter().map(|trusted| MemberTrusted {
        browser: trusted.browser.clone(),
        address: trusted.address.clone(),
        until: request.when(trusted.expires_at),
    });
    let asks_from = member.asks_from.iter().map(|screen| AskingScreen {
        since: request.when(screen.since),
        browser: screen.browser.clone(),
        address: screen.address.clone(),
    });
    Member {
        person: person(request, caller),
        organisation: caller.organisation.name.to_string(),
        id: member.account.id.to_string(),
        name: member.account.name.to_string(),
        email: member.account.email.to_string(),
        is_email_confirmed: member.account.email_confirmed_at.is_some(),
        role: member.account.role,
        team: member.team.as_ref().map(|team| team.name.to_string()),
        looks_after: looks_after.map(|team| team.name.to_string()).collect(),
        teams: member.teams.iter().map(|team| team.name.to_string()).collect(),
        standing: standing(member.standing, !member.holds.is_empty()),
        locked_until: held_until(&member.holds).map(|until| request.when(until)),
        holds: holds.collect(),
        methods,
        backup_codes: member.backup_codes.as_ref().map(|set| (set.left, set.total)),
        has_recovery_key: member.has_recovery_key,
        sessions: sessions.collect(),
        trusted: trusted.collect(),
        access_code: member.access_code.as_ref().map(|given| GivenCode {
            code,
            until: request.when(given.expires_at),
            minutes_left: i64::try_from(given.expires_at.seconds_since(now).div_ceil(60)).unwrap_or_default(),
        }),
        asks_from: asks_from.collect(),
        may_help: member.may_help,
        may_manage: member.may_manage,
        is_self: member.account.id == caller.account.id,
    }
}

fn read_id(id: &str) -> Result<AccountId, AppError> {
    AccountId::parse(id).ok_or_else(|| fault::refuse(AppError::NotFound))
}

/// Somebody's page.
fn page_of(id: AccountId) -> String {
    format!("{}/{id}", paths::ORG_MEMBERS)
}

/// What an act came to; `dialog` is the query to come back with after a fresh proof.
fn helped<T>(
    request: &Request,
    id: AccountId,
    dialog: &str,
    outcome: Result<Helped<T>, countersign_identity::Error>,
) -> Result<Answer, AppError> {
    let unmet = |what: &str| refused(Refusal::Unmet { what: what.to_owned(), count: 0 });
    match outcome.map_err(|error| request.fault(&error))? {
        Helped::Done(_) => done(page_of(id)),
        Helped::NotFound => Err(fault::refuse(AppError::NotFound)),
        Helped::NotAllowed => unmet("not-yours"),
        Helped::LastHolder => unmet("last-holder"),
        Helped::NoWayBack => unmet("no-way-back"),
        Helped::SetUpFirst => unmet("set-up-first"),
        Helped::TooSoon(until) => too_soon(request, until),
        Helped::AlreadyReminded => unmet("already-reminded"),
        Helped::WrongNumber => unmet("wrong-number"),
        Helped::ConfirmFirst => confirm_first(&format!("{}{dialog}", page_of(id))),
    }
}

/// The caller, who looks after people: an agent is told at once that it isn't theirs.
pub(super) async fn helper(request: &Request) -> Result<Caller, AppError> {
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if caller.account.role == Role::Agent { Err(fault::refuse(AppError::NotAllowed)) } else { Ok(caller) }
}

/// How many people one press may name: more than a page of the list has.
const MOST_REMINDED: usize = 100;

pub(crate) async fn remind(ids: &[String], next: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = helper(&request).await?;
    let ids = ids.iter().take(MOST_REMINDED).map(|id| read_id(id)).collect::<Result<BTreeSet<_>, _>>()?;
    let Some(first) = ids.first().copied() else { return refused(Refusal::Unmet { what: "nobody-chosen".to_owned(), count: 0 }) };
    let outcome = request.identity.remind_people(&caller, &ids, &request.visitor).await;
    let list = ReturnPath::parse(next).filter(|path| path.as_str().starts_with(paths::ORG_MEMBERS));
    match (outcome, list) {
        (Ok(Helped::Done((count, already))), Some(list)) => {
            let and = if list.as_str().contains('?') { '&' } else { '?' };
            let already = if already == 0 { String::new() } else { format!("&already={already}") };
            done(format!("{}{and}reminded={count}{already}", list.as_str()))
        }
        (outcome, _) => helped(&request, first, "", outcome),
    }
}

pub(crate) async fn unlock(id: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let (caller, id) = (helper(&request).await?, read_id(id)?);
    let outcome = request.identity.unlock(&caller, id, &request.visitor).await;
    helped(&request, id, "", outcome)
}

pub(crate) async fn reset(id: &str, what: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let (caller, id) = (helper(&request).await?, read_id(id)?);
    let reset = match what {
        "all" => Reset::All,
        "backup-codes" => Reset::BackupCodes,
        method => Reset::Method(MethodId::parse(method).ok_or_else(|| fault::refuse(AppError::NotFound))?),
    };
    let outcome = request.identity.reset(&caller, id, reset, &request.visitor).await;
    helped(&request, id, &format!("?reset={what}"), outcome)
}

pub(crate) async fn sign_out(id: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let (caller, id) = (helper(&request).await?, read_id(id)?);
    let outcome = request.identity.sign_out_member(&caller, id, &request.visitor).await;
    helped(&request, id, "?sign-out=1", outcome)
}

pub(crate) async fn give_access_code(id: &str, known: &str, lasts: &str, number: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let (caller, id) = (helper(&request).await?, read_id(id)?);
    let problem = |text: &str| if text.is_empty() { FieldProblem::Empty } else { FieldProblem::Malformed };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let is_number = digits.len() == 6 && number.chars().all(|char| char.is_ascii_digit() || matches!(char, ' ' | '-'));
    let Some(way) = Known::from_code(known, digits.parse().unwrap_or_default()) else {
        return refused(Refusal::field("known", problem(known)));
    };
    let Some((_, seconds)) = LASTS.into_iter().find(|(name, _)| *name == lasts) else {
        return refused(Refusal::field("lasts", problem(lasts)));
    };
    if matches!(way, Known::Number(_)) && !is_number {
        return refused(Refusal::field("number", problem(number.trim())));
    }
    let until: Instant = request.identity.now().plus_seconds(seconds);
    let outcome = request.identity.give_access_code(&caller, id, way, until, &request.visitor).await;
    helped(&request, id, "?code=1", outcome)
}

pub(crate) async fn cancel_access_code(id: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let (caller, id) = (helper(&request).await?, read_id(id)?);
    let outcome = request.identity.cancel_access_code(&caller, id, &request.visitor).await;
    helped(&request, id, "", outcome)
}

pub(crate) async fn place(id: &str, role: &str, team: &str, looks_after: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let (caller, id) = (helper(&request).await?, read_id(id)?);
    if caller.account.role != Role::AccountHolder {
        // Before a name of a team says whether there is one.
        return Err(fault::refuse(AppError::NotAllowed));
    }
    let Some(role) = Role::from_code(role) else { return refused(Refusal::field("role", FieldProblem::Malformed)) };
    let team = match TeamName::parse(team) {
        _ if team.trim().is_empty() => None,
        Ok(name) => Some(name),
        Err(error) => return refused(Refusal::field("team", name_problem(error))),
    };
    let known = request.identity.teams(&caller).await.map_err(|error| request.fault(&error))?;
    let mut teams = Vec::new();
    for name in looks_after.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let Some(team) = known.iter().find(|team| team.name.key() == name.to_lowercase()) else {
            return refused(Refusal::field("looks_after", FieldProblem::Malformed));
        };
        teams.push(team.id);
    }
    let place = Placement { role, team, looks_after: teams };
    let outcome = request.identity.place_member(&caller, id, &place, &request.visitor).await;
    helped(&request, id, "?place=1", outcome)
}

pub(crate) async fn disable(id: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let (caller, id) = (helper(&request).await?, read_id(id)?);
    let outcome = request.identity.disable_member(&caller, id, &request.visitor).await;
    helped(&request, id, "?disable=1", outcome)
}

pub(crate) async fn enable(id: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let (caller, id) = (helper(&request).await?, read_id(id)?);
    let outcome = request.identity.enable_member(&caller, id, &request.visitor).await;
    helped(&request, id, "", outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_list_reads_back_and_anything_else_is_the_beginning() {
        let id = AccountId::from_random(Instant::from_seconds(1), [7; 10]);
        for (segment, is_backwards, name) in [
            (Segment::Members(Stands::NotSetUp), false, "wren"),
            (Segment::Members(Stands::Disabled), true, "żółć 田"),
            (Segment::Invited, false, "wren@example.com"),
            (Segment::Members(Stands::SetUp), false, ""),
        ] {
            let cursor = PeopleCursor { segment, place: MemberCursor { name_key: name.to_owned(), id, is_backwards } };
            assert_eq!(read_cursor(&write_cursor(&cursor)).unwrap(), cursor);
        }
        for text in ["", "!", "AAAA", &BASE64URL_NOPAD.encode("+9x".as_bytes()), &BASE64URL_NOPAD.encode("żółć".as_bytes())] {
            assert!(read_cursor(text).is_none(), "{text}");
        }
    }
}
