//! Connecting the organisation's identity provider.

mod connection;
mod disconnect;
mod domains;

use leptos::prelude::*;

use self::{connection::Choices, domains::DomainActs};
use super::words::people;
use crate::{
    api::single_sign_on::{RemoveSingleSignOn, SaveSingleSignOn, SingleSignOn, load_single_sign_on},
    components::{Act, ConsoleLayout, ConsolePage, CopyValue, Loaded, MainHead, Sheet, SheetHead, Status, use_act, use_view},
    pages::query::use_query,
};

/// What lives as long as the page.
#[derive(Clone, Copy)]
struct Here {
    save: Act<SaveSingleSignOn>,
    remove: Act<RemoveSingleSignOn>,
    choices: Choices,
    domains: DomainActs,
    done: Memo<Option<String>>,
    signed_out: Memo<Option<String>>,
}

/// The Single sign-on page.
#[component]
pub fn SingleSignOnPage() -> impl IntoView {
    let (save, remove) = (use_act(), use_act());
    let here = Here {
        save,
        choices: Choices::new(save, remove),
        remove,
        domains: DomainActs::new(),
        done: use_query("done"),
        signed_out: use_query("signed_out"),
    };
    let loaded = use_view(load_single_sign_on);
    view! { <Loaded resource=loaded children=move |shown| page(shown, &here)/> }
}

fn page(shown: SingleSignOn, here: &Here) -> AnyView {
    let SingleSignOn { person, organisation, redirect_uri, connection, connected, signed_on, outside, is_tried, domains, pending, teams } =
        shown;
    let Here { save, choices, remove, domains: domain_acts, done, signed_out } = *here;
    let said = Signal::derive(move || match done.get().as_deref() {
        Some("saved") => {
            let signed_out = were_signed_out(signed_out.get());
            let try_it = if is_tried { "" } else { " Whether the provider knows the client shows when somebody signs in: try it now." };
            Some(["Saved. The provider’s address is right.", &signed_out, try_it].concat())
        }
        Some("removed") => Some(["Disconnected. Nobody can sign in with it any more.", &were_signed_out(signed_out.get())].concat()),
        done => done.and_then(domains::done).map(str::to_owned),
    });
    let lede = "People sign in with your organisation’s own sign-in instead of a password here. The second step still follows.";
    view! {
        <ConsoleLayout page=ConsolePage::SignOn organisation person>
            <MainHead title="Single sign-on" lede=lede/>
            <Status message=said/>
            {about(redirect_uri)}
            {connection::form(connection.as_ref(), (outside, is_tried), teams, (save, choices))}
            {domains::domains(domains, pending, domain_acts)}
            {connection.map(|connection| disconnect::disconnect(&connection, (connected, signed_on), remove))}
        </ConsoleLayout>
    }
    .into_any()
}

/// How many people an act signed out, as the page's address says.
fn were_signed_out(count: Option<String>) -> String {
    match count.and_then(|count| count.parse().ok()) {
        None | Some(..=0_i64) => String::new(),
        Some(1) => " 1 person was signed out.".to_owned(),
        Some(many) => [" ", &people(many), " were signed out."].concat(),
    }
}

/// What the provider has to know of us.
fn about(redirect_uri: String) -> AnyView {
    let said = RwSignal::new(None);
    view! {
        <Sheet labelled_by="provider-knows">
            <SheetHead title="For your provider" id="provider-knows"/>
            <dl class="body apart">
                <CopyValue label="Redirect URI" value=redirect_uri button="Copy redirect URI".to_owned() said/>
                <div>
                    <dt class="label">"Kind of client"</dt>
                    <dd>"Web application with a secret (OpenID Connect, authorization code with PKCE). Scopes: openid, email, profile"</dd>
                </div>
            </dl>
            <Status message=said/>
        </Sheet>
    }
    .into_any()
}
