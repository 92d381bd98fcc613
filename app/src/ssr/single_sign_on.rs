//! Single sign-on, from form to use case.

use countersign_domain::{Email, ReturnPath, Role, Stage};
use countersign_identity::{
    CameBack, ConnectionDraft, ConnectionSaved, ConnectionView, JoinStart, NewPeople, ProviderFault, SignOnRefusal, SignOnStart, SignedOn,
    TeamId, Token, Wanted,
};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{
    answer::{done, refused},
    caller::{confirm_first, escaped, page_after, request},
    fault,
    session::person,
    sign_in::email_problem,
};
use crate::{
    api::{
        Answer, AppError, FieldProblem, Refusal,
        domains::PendingDomain,
        people::Team,
        single_sign_on::{Connection, Form, SignOnWay, SingleSignOn},
    },
    paths,
};

/// The longest issuer, client id or secret that is taken, in characters.
const MAX_FIELD: usize = 255;
const MAX_SECRET: usize = 1_024;

pub(crate) async fn start(email: &str, next: &str, is_anew: bool) -> Result<Answer, AppError> {
    let request = request()?;
    let email = match email {
        "" => None,
        email => match Email::parse(email) {
            Ok(email) => Some(email),
            Err(error) => return refused(Refusal::field("email", email_problem(error))),
        },
    };
    let begun = request.identity.begin_sign_on(email.as_ref(), ReturnPath::parse(next), is_anew).await;
    match begun.map_err(|error| request.fault(&error))? {
        SignOnStart::Begun(state) => {
            request.set_sign_on(&state);
            done(paths::SIGN_ON_GO)
        }
        SignOnStart::AskEmail => {
            let next = ReturnPath::parse(next).map(|next| format!("?next={}", escaped(next.as_str()))).unwrap_or_default();
            done(format!("{}{next}", paths::SIGN_ON))
        }
        SignOnStart::NotConnected => refused(unmet("no-single-sign-on")),
    }
}

pub(crate) async fn join(token: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let Some(link) = Token::parse(token) else { return refused(Refusal::LinkEnded) };
    match request.identity.begin_joining(&link).await.map_err(|error| request.fault(&error))? {
        JoinStart::Begun(state) => {
            request.set_sign_on(&state);
            done(paths::SIGN_ON_GO)
        }
        JoinStart::LinkEnded => refused(Refusal::LinkEnded),
        JoinStart::Taken => refused(Refusal::Conflict),
        JoinStart::NotConnected => refused(unmet("no-single-sign-on")),
    }
}

pub(crate) async fn connect() -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if request.identity.must_confirm_first(&caller) {
        return confirm_first(paths::SECURITY);
    }
    match request.identity.begin_connecting(&caller).await.map_err(|error| request.fault(&error))? {
        Some(state) => {
            request.set_sign_on(&state);
            done(paths::SIGN_ON_GO)
        }
        None => refused(unmet("no-single-sign-on")),
    }
}

pub(crate) async fn disconnect(issuer: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let gone = request.identity.disconnect_identity(&caller, issuer, &request.visitor).await;
    match gone.map_err(|error| request.fault(&error))? {
        Some(true) => done(paths::SECURITY),
        Some(false) => refused(Refusal::Conflict),
        None => confirm_first(paths::SECURITY),
    }
}

pub(crate) async fn go() -> Result<SignOnWay, AppError> {
    let request = request()?;
    let url = request.identity.sign_on_url(request.visitor.sign_on.as_ref()).await.map_err(|error| request.fault(&error))?;
    Ok(match url {
        Ok(url) => onward(url),
        Err((refusal, wanted)) => problem(&refusal, wanted),
    })
}

/// What a provider answers with (RFC 6749 §4.1.2, RFC 9207 §2).
#[derive(Default, Deserialize)]
#[serde(default)]
struct ProviderAnswer {
    state: String,
    code: String,
    error: String,
    iss: String,
}

pub(crate) async fn finish(answer: &str) -> Result<SignOnWay, AppError> {
    let request = request()?;
    // One of each: what says something twice says nothing.
    let ProviderAnswer { state, code, error, iss } = serde_html_form::from_str(answer).unwrap_or_default();
    let back = CameBack { state: &state, code: &code, error: &error, issuer: &iss };
    let caller = request.anybody().await?;
    let finished = request.identity.finish_sign_on(back, request.visitor.sign_on.as_ref(), caller.as_ref(), &request.visitor).await;
    let (finished, wanted) = finished.map_err(|error| request.fault(&error))?;
    // What this browser wasn't sent with doesn't end what it was sent with.
    if !matches!(finished, SignedOn::Refused(SignOnRefusal::Ended)) {
        request.clear_sign_on();
    }
    Ok(match finished {
        SignedOn::Entered(entered) => {
            request.enter(&entered);
            onward(page_after(&entered))
        }
        SignedOn::Connected => onward([paths::SECURITY, "?done=connected"].concat()),
        SignedOn::Refused(refusal) => problem(&refusal, wanted),
    })
}

fn onward(next: String) -> SignOnWay {
    SignOnWay { next: Some(next), problem: None, again: None, back: None }
}

fn problem(refusal: &SignOnRefusal, wanted: Option<Wanted>) -> SignOnWay {
    let wanted = wanted.unwrap_or_default();
    let back = wanted.is_connecting.then(|| paths::SECURITY.to_owned());
    let again = (!wanted.is_joining && !wanted.is_connecting).then(|| wanted.return_to.unwrap_or_default());
    SignOnWay { next: None, problem: Some(refusal.code().to_owned()), again, back }
}

pub(crate) async fn load() -> Result<SingleSignOn, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let found = request.identity.connection(&caller).await.map_err(|error| request.fault(&error))?;
    let Some(ConnectionView { connection, connected, signed_on, outside, is_tried, domains, pending }) = found else {
        return Err(fault::refuse(AppError::NotAllowed));
    };
    let teams = request.identity.teams(&caller).await.map_err(|error| request.fault(&error))?;
    Ok(SingleSignOn {
        person: person(&request, &caller),
        organisation: caller.organisation.name.to_string(),
        redirect_uri: request.identity.sign_on_redirect(),
        connection: connection.map(|connection| Connection {
            issuer: connection.issuer,
            client_id: connection.client_id,
            adds_people: connection.new_people.are_added,
            role: connection.new_people.role.code().to_owned(),
            team: connection.new_people.team_id.map(|id| id.to_string()),
            accepts_second_step: connection.accepts_second_step,
            is_required: connection.is_required,
            changes: connection.changes,
            changed: request.when(connection.changed_at),
        }),
        connected,
        signed_on,
        outside,
        is_tried,
        domains: domains.iter().map(ToString::to_string).collect(),
        pending: pending
            .into_iter()
            .map(|pending| PendingDomain {
                domain: pending.domain.to_string(),
                record_name: pending.record_name,
                record_value: pending.record_value,
            })
            .collect(),
        teams: teams.iter().map(|team| Team { id: team.id.to_string(), name: team.name.to_string() }).collect(),
    })
}

pub(crate) async fn save(form: Form<'_>, secret: String) -> Result<Answer, AppError> {
    let secret = Zeroizing::new(secret);
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if caller.account.role != Role::AccountHolder {
        return Err(fault::refuse(AppError::NotAllowed));
    }
    // Some providers show where they describe themselves, and not what they are called.
    let issuer = form.issuer.trim();
    let issuer = issuer.strip_suffix("/.well-known/openid-configuration").unwrap_or(issuer);
    let client_id = form.client_id.trim();
    for (name, value) in [("issuer", issuer), ("client_id", client_id)] {
        if let Some(problem) = text_problem(value, MAX_FIELD) {
            return refused(Refusal::field(name, problem));
        }
    }
    let is_new = form.changes == "0";
    if (is_new && secret.trim().is_empty()) || secret.len() > MAX_SECRET {
        return refused(Refusal::field("client_secret", text_problem(&secret, MAX_SECRET).unwrap_or(FieldProblem::Empty)));
    }
    let role = match form.role {
        "" | "agent" => Role::Agent,
        "supervisor" => Role::Supervisor,
        _ => return Err(fault::refuse(AppError::BadRequest)),
    };
    let team_id = match form.team {
        "" => None,
        id => Some(TeamId::parse(id).ok_or_else(|| fault::refuse(AppError::BadRequest))?),
    };
    let teams = request.identity.teams(&caller).await.map_err(|error| request.fault(&error))?;
    if team_id.is_some_and(|id| teams.iter().all(|team| team.id != id)) {
        return Err(fault::refuse(AppError::BadRequest));
    }
    let changes = form.changes.parse().map_err(|_| fault::refuse(AppError::BadRequest))?;
    let signed_out = if form.sign_out.is_empty() { 0 } else { form.sign_out.parse().map_err(|_| fault::refuse(AppError::BadRequest))? };
    let draft = ConnectionDraft {
        issuer: issuer.to_owned(),
        client_id: client_id.to_owned(),
        client_secret: Some(secret.trim()).filter(|secret| !secret.is_empty()).map(|secret| Zeroizing::new(secret.to_owned())),
        new_people: NewPeople { are_added: !form.adds_people.is_empty(), role, team_id },
        accepts_second_step: !form.second_step.is_empty(),
        is_required: !form.required.is_empty(),
        changes,
        signed_out,
    };
    let saved = request.identity.save_connection(&caller, draft, &request.visitor).await;
    answered(saved.map_err(|error| request.fault(&error))?, "saved")
}

pub(crate) async fn remove(changes: &str, signs_out: bool) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let changes = changes.parse().map_err(|_| fault::refuse(AppError::BadRequest))?;
    let removed = request.identity.remove_connection(&caller, (changes, signs_out), &request.visitor).await;
    answered(removed.map_err(|error| request.fault(&error))?, "removed")
}

fn answered(saved: ConnectionSaved, what: &str) -> Result<Answer, AppError> {
    match saved {
        ConnectionSaved::Done(0) => done(format!("{}?done={what}", paths::ORG_SIGN_ON)),
        ConnectionSaved::Done(signed_out) => done(format!("{}?done={what}&signed_out={signed_out}", paths::ORG_SIGN_ON)),
        ConnectionSaved::ConfirmFirst => confirm_first(paths::ORG_SIGN_ON),
        ConnectionSaved::SetUpFirst => refused(unmet("set-up-first")),
        ConnectionSaved::NotAllowed => Err(fault::refuse(AppError::NotAllowed)),
        ConnectionSaved::Changed => refused(Refusal::Conflict),
        ConnectionSaved::WouldSignOut(count) => refused(Refusal::Unmet { what: "sign-out".to_owned(), count }),
        ConnectionSaved::TryFirst => refused(unmet("try-first")),
        ConnectionSaved::Refused(ProviderFault::WrongClient) => refused(Refusal::field("client_secret", FieldProblem::Empty)),
        ConnectionSaved::Refused(fault) => refused(unmet(fault.code())),
    }
}

fn text_problem(text: &str, max: usize) -> Option<FieldProblem> {
    if text.is_empty() {
        Some(FieldProblem::Empty)
    } else if text.len() > max {
        Some(FieldProblem::TooLong { max })
    } else {
        text.chars().any(|c| c.is_control() || c.is_whitespace()).then_some(FieldProblem::Malformed)
    }
}

fn unmet(what: &str) -> Refusal {
    Refusal::Unmet { what: what.to_owned(), count: 0 }
}
