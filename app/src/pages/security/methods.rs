//! The "Second step" sheet: connected methods, and the way to connect another.

use countersign_domain::Factor;
use leptos::prelude::*;

use super::dialogs::{REMOVE, RENAME, href};
use crate::{
    api::{Method, security::Security},
    components::{Badge, BadgeKind, ButtonKind, ButtonSize, LinkButton, Row, Rows, Sheet, SheetHead},
    paths,
};

/// Connected methods with what can be done to each.
#[component]
pub(super) fn Methods(security: Security) -> impl IntoView {
    let is_on = !security.methods.is_empty();
    let badge = if is_on {
        view! { <Badge kind=BadgeKind::Sign mark=true>"On"</Badge> }.into_any()
    } else {
        view! { <Badge kind=BadgeKind::Wait><NotYet/>"Not set up"</Badge> }.into_any()
    };
    let (add, label) = if is_on { (paths::ENROL_CHOOSE, "Add a method") } else { (paths::ENROL, "Set one up") };
    let lede = lede(&security);
    let several = security.methods.len() > 1;
    // The strongest is asked first, which matters where there is a choice.
    let first =
        security.methods.first().map(|method| method.factor).filter(|first| several && security.methods.iter().any(|m| m.factor != *first));
    let rows = security.methods.into_iter().map(|method| row(method, first)).collect_view();
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

fn row(method: Method, first: Option<Factor>) -> AnyView {
    let Method { id, factor, name, added, last_used } = method;
    let used = last_used.map_or_else(|| "Never used".to_owned(), |when| ["Last used ", &when.text].concat());
    let badge = (first == Some(factor)).then(|| view! { <Badge>"Asked first"</Badge> }.into_any());
    let (icon, kind) = match factor {
        Factor::SecurityKey => ("key", "Security key"),
        Factor::Passkey => ("passkey", "Passkey"),
        Factor::EmailedCode => return emailed_code(&id, &name, &used, badge),
        _ => ("app", "Authenticator app"),
    };
    let detail = [kind, ", added ", &added.day, ". ", &used].concat();
    view! {
        <Row icon name=name.clone() badge detail>
            <LinkButton href=href(RENAME, &id) kind=ButtonKind::Quiet size=ButtonSize::Small label=["Rename ", &name].concat()>"Rename"</LinkButton>
            <LinkButton href=href(REMOVE, &id) kind=ButtonKind::Quiet size=ButtonSize::Small label=["Remove ", &name].concat()>"Remove"</LinkButton>
        </Row>
    }
    .into_any()
}

/// Emailed codes have no name of their own, and nothing to remove but their being on.
fn emailed_code(id: &str, address: &str, used: &str, badge: Option<AnyView>) -> AnyView {
    let (detail, turn_off) = ([address, ". ", used].concat(), href(REMOVE, id));
    view! {
        <Row icon="mail" name="Emailed code" badge detail>
            <LinkButton href=turn_off kind=ButtonKind::Quiet size=ButtonSize::Small label="Turn off emailed code">"Turn off"</LinkButton>
        </Row>
    }
    .into_any()
}

fn lede(security: &Security) -> String {
    let required = if security.is_required { [&security.organisation, " requires one. "].concat() } else { String::new() };
    let have = match security.methods.len() {
        0 => "You don’t have one yet. With one, a stolen password isn’t enough to get in.",
        1 => "You have one. With a spare, you can lose one and still get in.",
        2 => "You have two, so you can lose one and still get in.",
        3 => "You have three, so you can lose one and still get in.",
        _ => "You have several, so you can lose one and still get in.",
    };
    [&required, have].concat()
}
