//! The "Second step" sheet: connected apps, and the way to connect another.

use leptos::prelude::*;

use super::dialogs::{REMOVE, RENAME, href};
use crate::{
    api::security::{ConnectedApp, Security},
    components::{Badge, BadgeKind, ButtonKind, ButtonSize, LinkButton, Row, Rows, Sheet, SheetHead},
    paths,
};

/// Connected apps with what can be done to each.
#[component]
pub(super) fn Methods(security: Security) -> impl IntoView {
    let is_on = !security.apps.is_empty();
    let badge = if is_on {
        view! { <Badge kind=BadgeKind::Sign mark=true>"On"</Badge> }.into_any()
    } else {
        view! { <Badge kind=BadgeKind::Wait><NotYet/>"Not set up"</Badge> }.into_any()
    };
    let (add, label) = if is_on { (paths::ENROL_CHOOSE, "Add a method") } else { (paths::ENROL, "Set one up") };
    let lede = lede(&security);
    let rows = security.apps.into_iter().map(|app| view! { <Method app/> }).collect_view();
    view! {
        <Sheet labelled_by="second-step">
            <SheetHead title="Second step" id="second-step" badge lede>
                <LinkButton href=add kind=ButtonKind::Second icon="plus">{label}</LinkButton>
            </SheetHead>
            {is_on.then(|| view! { <Rows>{rows}</Rows> })}
        </Sheet>
    }
    .into_any()
}

/// The mark with its second stroke still to come: one thick, one thin.
#[component]
fn NotYet() -> impl IntoView {
    view! {
        <svg viewBox="0 0 32 32" aria-hidden="true">
            <path class="a" d="M2.5 13h7l3.25 6.5-3.5 7z"></path>
            <path class="gap" d="M22.5 4h7l-12 24h-7z"></path>
        </svg>
    }
}

#[component]
fn Method(app: ConnectedApp) -> impl IntoView {
    let ConnectedApp { id, name, added, last_used } = app;
    let used = last_used.map_or_else(|| "Never used".to_owned(), |when| ["Last used ", &when.text].concat());
    let detail = ["Authenticator app, added ", &added.day, ". ", &used].concat();
    view! {
        <Row icon="app" name=name.clone() detail>
            <LinkButton href=href(RENAME, &id) kind=ButtonKind::Quiet size=ButtonSize::Small label=["Rename ", &name].concat()>"Rename"</LinkButton>
            <LinkButton href=href(REMOVE, &id) kind=ButtonKind::Quiet size=ButtonSize::Small label=["Remove ", &name].concat()>"Remove"</LinkButton>
        </Row>
    }
    .into_any()
}

fn lede(security: &Security) -> String {
    let required = if security.is_required { [&security.organisation, " requires one. "].concat() } else { String::new() };
    let have = match security.apps.len() {
        0 => "You don’t have one yet. With one, a stolen password isn’t enough to get in.",
        1 => "You have one. With a spare, you can lose one and still get in.",
        2 => "You have two, so you can lose one and still get in.",
        3 => "You have three, so you can lose one and still get in.",
        _ => "You have several, so you can lose one and still get in.",
    };
    [&required, have].concat()
}
