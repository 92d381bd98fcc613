//! Connecting the organisation's identity provider.

use leptos::prelude::*;

use super::member_dialogs::trouble;
use crate::{
    api::{
        Refusal,
        people::Team,
        single_sign_on::{Connection, RemoveSingleSignOn, SaveSingleSignOn, SingleSignOn, load_single_sign_on},
    },
    components::{
        Act, ActForm, Button, ButtonKind, ConsoleLayout, ConsolePage, Field, Loaded, MainHead, Note, NoteKind, Sheet, SheetHead, Status,
        use_act, use_view,
    },
    pages::query::use_query,
    words::for_field,
};

/// Whoever connects it has no second step.
const SET_UP_FIRST: &str = "set-up-first";

/// What lives as long as the page.
#[derive(Clone, Copy)]
struct Here {
    save: Act<SaveSingleSignOn>,
    remove: Act<RemoveSingleSignOn>,
    done: Memo<Option<String>>,
}

/// The Single sign-on page.
#[component]
pub fn SingleSignOnPage() -> impl IntoView {
    let here = Here { save: use_act(), remove: use_act(), done: use_query("done") };
    let loaded = use_view(load_single_sign_on);
    view! { <Loaded resource=loaded children=move |shown| page(shown, here)/> }
}

fn page(shown: SingleSignOn, here: Here) -> AnyView {
    let SingleSignOn { person, organisation, redirect_uri, connection, domains, teams } = shown;
    let said = Signal::derive(move || match here.done.get().as_deref() {
        Some("saved") => {
            Some("Saved. The provider’s address is right. Whether it knows the client shows when somebody signs in: try it now.".to_owned())
        }
        Some("removed") => Some("Disconnected. Nobody can sign in with it any more.".to_owned()),
        _ => None,
    });
    let lede = "People sign in with your organisation’s own sign-in instead of a password here. The second step still follows.";
    view! {
        <ConsoleLayout page=ConsolePage::SignOn organisation person>
            <MainHead title="Single sign-on" lede=lede/>
            <Status message=said/>
            {about(redirect_uri, &domains)}
            {form(connection.as_ref(), teams, here)}
            {connection.map(|connection| removal(&connection, here))}
        </ConsoleLayout>
    }
    .into_any()
}

/// What the provider has to know of us, and which addresses it may vouch for.
fn about(redirect_uri: String, domains: &[String]) -> AnyView {
    let domains = if domains.is_empty() {
        "None yet. Ask whoever runs this server to add yours. Until then people connect it themselves, on their Security page.".to_owned()
    } else {
        domains.join(", ")
    };
    view! {
        <Sheet labelled_by="provider-knows">
            <SheetHead title="For your provider" id="provider-knows"/>
            <dl class="body apart">
                <div><dt class="label">"Redirect URI"</dt><dd><code>{redirect_uri}</code></dd></div>
                <div>
                    <dt class="label">"Kind of client"</dt>
                    <dd>"Web application with a secret (OpenID Connect, authorization code with PKCE). Scopes: openid, email, profile"</dd>
                </div>
                <div><dt class="label">"Domains whose addresses it may vouch for"</dt><dd>{domains}</dd></div>
            </dl>
        </Sheet>
    }
    .into_any()
}

fn form(connection: Option<&Connection>, teams: Vec<Team>, here: Here) -> AnyView {
    let act = here.save;
    let refusal = act.refusal();
    let error = move |field: &'static str| Signal::derive(move || refusal.read().as_ref().and_then(|refusal| for_field(refusal, field)));
    let issuer_error = Signal::derive(move || match &*refusal.read() {
        Some(Refusal::Unmet { what, .. }) if what != SET_UP_FIRST => Some(provider_problem(what).to_owned()),
        Some(refusal) => for_field(refusal, "issuer"),
        None => None,
    });
    // What is wrong with the provider stands beside its issuer.
    let elsewhere =
        Signal::derive(move || refusal.get().filter(|refusal| !matches!(refusal, Refusal::Unmet { what, .. } if what != SET_UP_FIRST)));
    // What was typed without script and refused, else what is stored.
    let typed = |name: &'static str, stored: Option<&String>| {
        let typed = act.typed(name);
        if typed.is_empty() { stored.cloned().unwrap_or_default() } else { typed }
    };
    let issuer = typed("issuer", connection.map(|connection| &connection.issuer));
    let client_id = typed("client_id", connection.map(|connection| &connection.client_id));
    let changes = connection.map_or(0, |connection| connection.changes).to_string();
    let secret_hint =
        if connection.is_some() { "Leave it empty to keep the one that is stored" } else { "It is stored encrypted and never shown" };
    let (done, secret_error) = (act.done(), error("client_secret"));
    // What was saved stays in no field; what was refused does.
    let saved = Memo::new(move |before: Option<&u32>| before.copied().unwrap_or_default() + u32::from(done.read().is_some()));
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
    let who_gets_in = who_gets_in(connection, teams);
    view! {
        <Sheet labelled_by="connection">
            <SheetHead title="Your provider" id="connection"/>
            <ActForm act class="body apart fields">
                <input type="hidden" name="changes" value=changes/>
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
                <div class="btn-row"><Button busy=act.pending()>"Check and save"</Button></div>
            </ActForm>
        </Sheet>
    }
    .into_any()
}

/// What becomes of people whom nobody knows here yet, and of passwords.
fn who_gets_in(connection: Option<&Connection>, teams: Vec<Team>) -> AnyView {
    let accepts = connection.is_some_and(|connection| connection.accepts_second_step);
    let is_required = connection.is_some_and(|connection| connection.is_required);
    let adds = connection.is_some_and(|connection| connection.adds_people);
    let is_supervisor = connection.is_some_and(|connection| connection.role == "supervisor");
    let chosen = connection.and_then(|connection| connection.team.clone());
    let has_no_team = chosen.is_none();
    let teams = teams
        .into_iter()
        .map(|Team { id, name }| {
            let is_chosen = chosen.as_ref() == Some(&id);
            view! { <option value=id selected=is_chosen>{name}</option> }
        })
        .collect_view();
    view! {
            <div class="field">
                <label class="label" for="adds_people">"People who aren’t members yet"</label>
                <span class="hint" id="adds-hint">"Only with a confirmed address of one of your domains"</span>
                <select class="input" id="adds_people" name="adds_people" aria-describedby="adds-hint">
                    <option value="" selected=!adds>"Aren’t let in"</option>
                    <option value="yes" selected=adds>"Become members when they first sign in"</option>
                </select>
            </div>
            <div class="two">
                <div class="field">
                    <label class="label" for="role">"Their role"</label>
                    <select class="input" id="role" name="role">
                        <option value="agent" selected=!is_supervisor>"Agent"</option>
                        <option value="supervisor" selected=is_supervisor>"Supervisor"</option>
                    </select>
                </div>
                <div class="field">
                    <label class="label" for="team">"Their team"</label>
                    <select class="input" id="team" name="team">
                        <option value="" selected=has_no_team>"No team"</option>
                        {teams}
                    </select>
                </div>
            </div>
            <div class="field">
                <label class="label" for="second_step">"The provider’s own second step"</label>
                <span class="hint" id="second-step-hint">"Whoever has to set up a second step here sets one up all the same"</span>
                <select class="input" id="second_step" name="second_step" aria-describedby="second-step-hint">
                    <option value="" selected=!accepts>"Doesn’t count: ours is asked for each time"</option>
                    <option value="yes" selected=accepts>"Counts, when the provider says it was given"</option>
                </select>
            </div>
            <div class="field">
                <label class="label" for="required">"Passwords and passkeys"</label>
                <span class="hint" id="required-hint">
                    "Account holders can always use theirs, so that a provider that is down locks nobody out for good"
                </span>
                <select class="input" id="required" name="required" aria-describedby="required-hint">
                    <option value="" selected=!is_required>"Sign in as well"</option>
                    <option value="yes" selected=is_required>"Don’t sign in any more: single sign-on only"</option>
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

fn removal(connection: &Connection, here: Here) -> AnyView {
    let act = here.remove;
    let changes = connection.changes.to_string();
    view! {
        <Sheet labelled_by="disconnect">
            <SheetHead title="Disconnect" id="disconnect"/>
            <ActForm act class="body apart">
                <input type="hidden" name="changes" value=changes/>
                <Note kind=NoteKind::Wait icon="warn">
                    "From then on nobody signs in with it. Whoever has no password asks for one with “reset your password”. Connecting it again \
                    brings everybody’s connection back."
                </Note>
                {trouble(act.refusal(), act.fault(), &[])}
                <div class="btn-row"><Button kind=ButtonKind::Danger2 busy=act.pending()>"Disconnect single sign-on"</Button></div>
            </ActForm>
        </Sheet>
    }
    .into_any()
}
