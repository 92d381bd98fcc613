//! The form that connects a provider: who it is, who gets in by way of it, and whom that signs out.

use std::collections::BTreeMap;

use leptos::{ev::Event, prelude::*};

use super::super::{member_dialogs::trouble, words::people};
use crate::{
    api::{
        Refusal,
        people::Team,
        single_sign_on::{Connection, RemoveSingleSignOn, SaveSingleSignOn},
    },
    components::{Act, ActForm, Button, Field, Note, NoteKind, Sheet, SheetHead},
    words::for_field,
};

/// Whoever connects it has no second step.
const SET_UP_FIRST: &str = "set-up-first";

/// People would be signed out, and that wasn't agreed to.
const SIGN_OUT: &str = "sign-out";

/// Nobody has signed in with it yet, so it can't be the only way in.
const TRY_FIRST: &str = "try-first";

/// What is chosen in the form and not saved yet. Proving a domain shows the page anew, which keeps what is typed but would
/// forget this.
#[derive(Clone, Copy)]
pub(super) struct Choices(StoredValue<BTreeMap<&'static str, String>>);

impl Choices {
    pub(super) fn new(save: Act<SaveSingleSignOn>, remove: Act<RemoveSingleSignOn>) -> Self {
        let chosen = StoredValue::new(BTreeMap::new());
        let (saved, removed) = (save.done(), remove.done());
        Effect::new(move |_| {
            if saved.read().is_some() || removed.read().is_some() {
                chosen.update_value(BTreeMap::clear);
            }
        });
        Self(chosen)
    }

    fn or(self, name: &str, first: impl FnOnce() -> String) -> String {
        self.0.with_value(|chosen| chosen.get(name).cloned()).unwrap_or_else(first)
    }

    /// Keeps what is chosen for `name`. What was asked was about what was chosen before.
    fn keep(self, name: &'static str, act: Act<SaveSingleSignOn>) -> impl Fn(Event) + Copy {
        move |event: Event| {
            let value = event_target_value(&event);
            self.0.update_value(|chosen| drop(chosen.insert(name, value)));
            act.forget();
        }
    }
}

/// The form. `outside` can't sign in with the provider, and `is_tried` when somebody has.
pub(super) fn form(
    connection: Option<&Connection>,
    (outside, is_tried): (i64, bool),
    teams: Vec<Team>,
    (act, choices): (Act<SaveSingleSignOn>, Choices),
) -> AnyView {
    let refusal = act.refusal();
    let error = move |field: &'static str| Signal::derive(move || refusal.read().as_ref().and_then(|refusal| for_field(refusal, field)));
    let issuer_error = Signal::derive(move || match &*refusal.read() {
        Some(Refusal::Unmet { what, .. }) if is_about_provider(what) => Some(provider_problem(what).to_owned()),
        Some(refusal) => for_field(refusal, "issuer"),
        None => None,
    });
    // What is wrong with the provider stands beside its issuer.
    let elsewhere = Signal::derive(move || refusal.get().filter(is_elsewhere));
    // What was typed without script and refused, else what is stored.
    let typed = |name: &'static str, stored: Option<&String>| act.typed_or(name, stored.cloned().unwrap_or_default());
    let issuer = typed("issuer", connection.map(|connection| &connection.issuer));
    let client_id = typed("client_id", connection.map(|connection| &connection.client_id));
    let changes = connection.map_or(0, |connection| connection.changes).to_string();
    let secret_hint = if connection.is_some() {
        "Leave it empty to keep the one that is stored. Another issuer needs its own"
    } else {
        "It is stored encrypted and never shown"
    };
    let secret_error = error("client_secret");
    // What was saved stays in no field; what was refused does.
    let saved = act.times_done();
    let secret = move || {
        saved.track();
        view! {
            <Field
                name="client_secret"
                label="Client secret"
                hint=secret_hint
                type_="password"
                autocomplete="off"
                error=secret_error
                max_len=1024
            />
        }
    };
    let who_gets_in = who_gets_in(connection, outside, teams, (act, choices));
    let untried = connection.is_some_and(|_| !is_tried).then(|| {
        let text = "Nobody has signed in with it since it was saved. Try it in another browser: “Continue with single sign-on”.";
        view! { <Note kind=NoteKind::Info icon="info">{text}</Note> }
    });
    view! {
        <Sheet labelled_by="connection">
            <SheetHead title="Your provider" id="connection"/>
            <ActForm act class="body apart fields">
                <input type="hidden" name="changes" value=changes/>
                {untried}
                <Field
                    name="issuer"
                    label="Issuer"
                    hint="Copy it exactly: a slash at the end counts. It looks like https://login.example.com"
                    type_="url"
                    autocomplete="off"
                    value=issuer
                    error=issuer_error
                    max_len=255
                    required=true
                />
                <Field
                    name="client_id"
                    label="Client ID"
                    autocomplete="off"
                    value=client_id
                    error=error("client_id")
                    max_len=255
                    required=true
                />
                {secret}
                {who_gets_in}
                {trouble(elsewhere, act.fault(), &["issuer", "client_id", "client_secret"])}
                {save_button(act)}
            </ActForm>
        </Sheet>
    }
    .into_any()
}

/// What becomes of people whom nobody knows here yet, and of passwords: as it was sent without script and refused, else
/// as it is stored.
fn who_gets_in(
    connection: Option<&Connection>,
    outside: i64,
    teams: Vec<Team>,
    (act, choices): (Act<SaveSingleSignOn>, Choices),
) -> AnyView {
    let is_chosen = |name: &str, stored: fn(&Connection) -> bool| {
        let stored = if connection.is_some_and(stored) { "yes" } else { "" };
        !choices.or(name, || act.typed_or(name, stored.to_owned())).is_empty()
    };
    let adds = is_chosen("adds_people", |connection| connection.adds_people);
    let accepts = is_chosen("second_step", |connection| connection.accepts_second_step);
    let is_required = is_chosen("required", |connection| connection.is_required);
    let role = connection.map_or("agent", |connection| connection.role.as_str());
    let is_supervisor = choices.or("role", || act.typed_or("role", role.to_owned())) == "supervisor";
    let team = connection.and_then(|connection| connection.team.clone()).unwrap_or_default();
    let chosen = choices.or("team", || act.typed_or("team", team));
    let has_no_team = chosen.is_empty();
    let described = if outside > 0 { "required-hint outside-hint" } else { "required-hint" };
    let outside = (outside > 0).then(|| {
        let (many, they) = (people(outside), if outside == 1 { "isn’t" } else { "aren’t" });
        let text = [&many, " ", they, " connected yet, and their address wouldn’t connect them: single sign-on alone would keep them out."];
        view! { <span class="hint" id="outside-hint">{text.concat()}</span> }
    });
    let teams = teams
        .into_iter()
        .map(|Team { id, name }| {
            let is_chosen = chosen == id;
            view! { <option value=id selected=is_chosen>{name}</option> }
        })
        .collect_view();
    view! {
            <div class="field">
                <label class="label" for="adds_people">"People who aren’t members yet"</label>
                <span class="hint" id="adds-hint">"Only with a confirmed address of one of your domains"</span>
                <select class="input" id="adds_people" name="adds_people" aria-describedby="adds-hint" on:change=choices.keep("adds_people", act)>
                    <option value="" selected=!adds>"Aren’t let in"</option>
                    <option value="yes" selected=adds>"Become members at first sign-in"</option>
                </select>
            </div>
            <div class="two">
                <div class="field">
                    <label class="label" for="role">"Their role"</label>
                    <select class="input" id="role" name="role" on:change=choices.keep("role", act)>
                        <option value="agent" selected=!is_supervisor>"Agent"</option>
                        <option value="supervisor" selected=is_supervisor>"Supervisor"</option>
                    </select>
                </div>
                <div class="field">
                    <label class="label" for="team">"Their team"</label>
                    <select class="input" id="team" name="team" on:change=choices.keep("team", act)>
                        <option value="" selected=has_no_team>"No team"</option>
                        {teams}
                    </select>
                </div>
            </div>
            <div class="field">
                <label class="label" for="second_step">"The provider’s own second step"</label>
                <span class="hint" id="second-step-hint">"Account holders always give ours, and whoever has to set one up here does so all the same"</span>
                <select class="input" id="second_step" name="second_step" aria-describedby="second-step-hint" on:change=choices.keep("second_step", act)>
                    <option value="" selected=!accepts>"Doesn’t count"</option>
                    <option value="yes" selected=accepts>"Counts, if it says so"</option>
                </select>
            </div>
            <div class="field">
                <label class="label" for="required">"Passwords and passkeys"</label>
                <span class="hint" id="required-hint">
                    "Account holders can always use theirs, so that a provider that is down locks nobody out for good"
                </span>
                {outside}
                <select class="input" id="required" name="required" aria-describedby=described on:change=choices.keep("required", act)>
                    <option value="" selected=!is_required>"Sign in as well"</option>
                    <option value="yes" selected=is_required>"Off: single sign-on only"</option>
                </select>
            </div>
    }
    .into_any()
}

/// What is wrong with a provider, and what to change.
fn provider_problem(what: &str) -> &'static str {
    match what {
        "not-a-url" => "That isn’t an address. An issuer looks like https://login.example.com.",
        "not-encrypted" => "The issuer, or an address it names, isn’t https. Passwords would travel in the clear.",
        "too-slow" => "The provider didn’t answer within 8 seconds. Check the address, and that this server may reach it.",
        "unreachable" => {
            "The provider can’t be reached, or its certificate isn’t one this server trusts. Check the address and the network."
        }
        "other-issuer" => "The provider calls itself something else. Copy the issuer from its settings: a slash at the end counts.",
        "no-code-flow" => "The provider has no token endpoint, so it can’t do the authorization code flow.",
        "no-signature" => "The provider signs with nothing we accept. Switch it to RS256, PS256 or ES256, or a longer one of these.",
        _ => "No OpenID Connect provider answers there: /.well-known/openid-configuration isn’t what it should be. Check the issuer.",
    }
}

/// What was refused is said beside the issuer, or asked about at the button.
fn is_elsewhere(refusal: &Refusal) -> bool {
    !matches!(refusal, Refusal::Unmet { what, .. } if what == SIGN_OUT || is_about_provider(what))
}

/// Something is wrong with what is at the issuer.
fn is_about_provider(what: &str) -> bool {
    ![SET_UP_FIRST, SIGN_OUT, TRY_FIRST].contains(&what)
}

/// How many people would be signed out, if that is what is asked.
fn signs_out(refusal: Option<&Refusal>) -> Option<i64> {
    match refusal {
        Some(Refusal::Unmet { what, count }) if what == SIGN_OUT => Some(*count),
        _ => None,
    }
}

/// The button that saves: where that signs people out, it says how many, and is pressed once more.
fn save_button(act: Act<SaveSingleSignOn>) -> AnyView {
    let refusal = act.refusal();
    let count = Memo::new(move |_| signs_out(refusal.read().as_ref()));
    let asks = move || {
        count.get().map(|count| {
            let text = match count {
                0 => "Now nobody would be signed out. Save again.".to_owned(),
                count => {
                    [&people(count), " who signed in otherwise will be signed out straight away. They sign in again with this provider."]
                        .concat()
                }
            };
            view! { <Note kind=NoteKind::Wait icon="warn">{text}</Note> }
        })
    };
    let label = move || match count.get() {
        Some(count) if count > 0 => ["Save and sign out ", &people(count)].concat(),
        _ => "Check and save".to_owned(),
    };
    view! {
        <div class="alert" role="alert">{asks}</div>
        <div class="btn-row">
            <input type="hidden" name="sign_out" value=move || count.get().unwrap_or_default().to_string()/>
            <Button busy=act.pending()>{label}</Button>
        </div>
    }
    .into_any()
}
