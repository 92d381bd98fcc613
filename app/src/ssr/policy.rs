//! The policy, from form to use case.

use std::fmt::Write as _;

use countersign_domain::{Factor, Instant, MethodSet, Role, SessionLengths, Stage, TrustDays};
use countersign_identity::{Agreement, Effect, PolicyDraft, PolicyRefusal, PolicySaved, Start};
use jiff::{Timestamp, civil::DateTime};

use super::{
    answer::{done, refused},
    caller::{Request, confirm_first, request},
    fault,
    session::person,
};
use crate::{
    api::{
        Answer, AppError, FieldProblem, Refusal,
        policy::{Effect as EffectOnWire, Form, Policy, PolicyMethod},
    },
    paths,
};

/// The methods in the order of a form's fields.
const METHODS: [Factor; 4] = [Factor::SecurityKey, Factor::Passkey, Factor::AuthenticatorApp, Factor::EmailedCode];

/// How a date field writes a time.
const FIELD: &str = "%Y-%m-%dT%H:%M";

pub(crate) async fn load() -> Result<Policy, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let view = request.identity.policy(&caller).await.map_err(|error| request.fault(&error))?;
    let Some(view) = view else { return Err(fault::refuse(AppError::NotAllowed)) };
    let policy = view.organisation.policy;
    let deadline = policy.deadline(request.identity.now());
    Ok(Policy {
        person: person(&request, &caller),
        organisation: view.organisation.name.to_string(),
        is_required: policy.required_from.is_some(),
        deadline: deadline.map(|at| request.when_due(at)),
        deadline_field: deadline.map(|at| in_field(&request, at)),
        time_zone: request.time_zone().iana_name().unwrap_or("the server’s time zone").to_owned(),
        methods: view
            .uses
            .into_iter()
            .map(|(factor, people)| PolicyMethod { factor, is_allowed: policy.methods.contains(factor), people })
            .collect(),
        trust_days: policy.trust.days(),
        trusted: view.trusted,
        idle_minutes: policy.sessions.idle_minutes(),
        overall_minutes: policy.sessions.overall_minutes(),
        effect: effect(view.effect),
        changes: view.organisation.policy_changes,
    })
}

pub(crate) async fn weigh(methods: [&str; 4]) -> Result<EffectOnWire, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let policy = caller.organisation.policy;
    let draft = PolicyDraft { required: Some(Start::Now), methods: chosen(methods), trust: policy.trust, sessions: policy.sessions };
    let weighed = request.identity.weigh_policy(&caller, draft).await.map_err(|error| request.fault(&error))?;
    weighed.map(effect).ok_or_else(|| fault::refuse(AppError::NotAllowed))
}

pub(crate) async fn save(form: Form<'_>, (changes, count, understood): (&str, &str, &str)) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if caller.account.role != Role::AccountHolder {
        return Err(fault::refuse(AppError::NotAllowed));
    }
    let required = match (form.required, form.start) {
        ("", _) => None,
        (_, "deadline") => match read_field(&request, form.deadline) {
            Ok(at) => Some(Start::By(at)),
            Err(problem) => return refused(Refusal::field("deadline", problem)),
        },
        _ => Some(Start::Now),
    };
    let (Ok(changes), Ok(signed_out)) = (changes.parse(), count.parse()) else {
        return Err(fault::refuse(AppError::BadRequest));
    };
    let policy = caller.organisation.policy;
    let (Some(trust), Some(sessions)) = (read_trust(form.trust, policy.trust), read_lengths(form.idle, form.overall, policy.sessions))
    else {
        return Err(fault::refuse(AppError::BadRequest));
    };
    let draft = PolicyDraft { required, methods: chosen(form.methods), trust, sessions };
    let agreement = Agreement { changes, signed_out, is_understood: !understood.is_empty() };
    let saved = request.identity.save_policy(&caller, draft, agreement, &request.visitor).await;
    match saved.map_err(|error| request.fault(&error))? {
        PolicySaved::Done(count) => done(format!("{}?saved={count}", paths::ORG_POLICY)),
        PolicySaved::ConfirmFirst => confirm_first(&page_of_draft(form, draft)),
        PolicySaved::NotAllowed => Err(fault::refuse(AppError::NotAllowed)),
        PolicySaved::Refused(why) => refused(refusal(why)),
    }
}

/// The page that asks whether to save a draft, to come back to after a fresh proof.
fn page_of_draft(form: Form<'_>, draft: PolicyDraft) -> String {
    let start = if form.start == "deadline" { form.start } else { "now" };
    let mut page = format!("{}?review=1&start={start}", paths::ORG_POLICY);
    if draft.required.is_some() {
        page.push_str("&required=yes");
    }
    // What isn't a time is left out: it was refused before this.
    let deadline: String = form.deadline.trim().chars().filter(|c| c.is_ascii_digit() || matches!(c, '-' | 'T' | ':')).take(16).collect();
    page.extend(["&deadline=", &deadline.replace(':', "%3A")]);
    for (name, _) in ["security_key", "passkey", "authenticator_app", "emailed_code"]
        .into_iter()
        .zip(form.methods)
        .filter(|(_, value)| !value.is_empty())
    {
        page.extend(["&", name, "=yes"]);
    }
    let PolicyDraft { trust, sessions, .. } = draft;
    let _ = write!(page, "&trust={}&idle={}&overall={}", trust.days(), sessions.idle_minutes(), sessions.overall_minutes());
    page
}

fn refusal(why: PolicyRefusal) -> Refusal {
    let unmet = |what: &str, count| Refusal::Unmet { what: what.to_owned(), count };
    match why {
        PolicyRefusal::Changed => Refusal::Conflict,
        PolicyRefusal::CountChanged(count) => unmet("count-changed", count),
        PolicyRefusal::NotUnderstood(count) => unmet("not-understood", count),
        PolicyRefusal::NoMethod => unmet("no-method", 0),
        PolicyRefusal::SetUpFirst => unmet("set-up-first", 0),
        PolicyRefusal::NoWayBack => unmet("no-way-back", 0),
        PolicyRefusal::NoMail => unmet("no-mail", 0),
        PolicyRefusal::BadDeadline => Refusal::field("deadline", FieldProblem::Malformed),
    }
}

/// A number that was chosen; what isn't said stays as it is.
fn number_or(text: &str, as_it_is: i64) -> Option<i64> {
    if text.is_empty() { Some(as_it_is) } else { text.parse().ok() }
}

fn read_trust(days: &str, before: TrustDays) -> Option<TrustDays> {
    TrustDays::new(number_or(days, before.days())?)
}

fn read_lengths(idle_minutes: &str, overall_minutes: &str, before: SessionLengths) -> Option<SessionLengths> {
    SessionLengths::new(number_or(idle_minutes, before.idle_minutes())?, number_or(overall_minutes, before.overall_minutes())?)
}

fn chosen(methods: [&str; 4]) -> MethodSet {
    METHODS.into_iter().zip(methods).filter(|(_, chosen)| !chosen.is_empty()).map(|(factor, _)| factor).collect()
}

/// An instant as a date field of the floor's time zone holds it.
fn in_field(request: &Request, at: Instant) -> String {
    let at = Timestamp::from_microsecond(at.as_micros()).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(request.time_zone().clone()).strftime(FIELD).to_string()
}

/// The instant that a date field of the floor's time zone holds.
fn read_field(request: &Request, text: &str) -> Result<Instant, FieldProblem> {
    if text.trim().is_empty() {
        return Err(FieldProblem::Empty);
    }
    let there = DateTime::strptime(FIELD, text.trim()).map_err(|_| FieldProblem::Malformed)?;
    let at = there.to_zoned(request.time_zone().clone()).map_err(|_| FieldProblem::Malformed)?;
    Ok(Instant::from_micros(at.timestamp().as_microsecond()))
}

fn effect(effect: Effect) -> EffectOnWire {
    let Effect { people, signed_out, by_team, without, ready, left_bare: (named, left_bare) } = effect;
    EffectOnWire {
        people,
        signed_in_without: signed_out,
        by_team: by_team.into_iter().map(|(team, count)| (team.map(|team| team.name.to_string()), count)).collect(),
        others_without: without,
        ready,
        left_bare,
        left_bare_names: named.into_iter().map(|account| account.name.to_string()).collect(),
    }
}
