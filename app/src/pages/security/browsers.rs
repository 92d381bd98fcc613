//! Where somebody is signed in, and where their password alone signs in.

use countersign_domain::count;
use leptos::prelude::*;

use super::Acts;
use crate::{
    api::security::{EndSession, Security, SignedInBrowser, StopTrusting, TrustBrowser, TrustedBrowser},
    components::{Act, ActForm, Badge, BadgeKind, Button, ButtonKind, ButtonSize, ErrorNote, Row, Rows, Sheet, SheetHead},
};

/// Every browser with a live session, this one first, and then those that are trusted.
#[component]
pub(super) fn Browsers(security: Security, acts: Acts) -> impl IntoView {
    let Security { sessions, trusted, trust_days, .. } = security;
    let (end, others, stop) = acts.with_value(|acts| (acts.end, acts.end_others, acts.stop_trusting));
    let trust = acts.with_value(|acts| acts.trust);
    let has_others = sessions.iter().any(|browser| !browser.is_this) || trusted.iter().any(|browser| !browser.is_this);
    let end_others = has_others.then(|| {
        view! {
            <ActForm act=others class="inline">
                <Button kind=ButtonKind::Second busy=others.pending()>"Sign out everywhere else"</Button>
            </ActForm>
        }
    });
    let sessions = sessions.into_iter().map(|browser| view! { <Browser browser end trust=(trust, trust_days)/> }).collect_view();
    let trusted = trusted.into_iter().map(|browser| trusted_browser(browser, stop)).collect_view();
    view! {
        <Sheet labelled_by="browsers">
            <SheetHead title="Where you’re signed in" id="browsers">{end_others}</SheetHead>
            <ErrorNote fault=others.fault() offline=AGAIN/>
            <ErrorNote fault=end.fault() offline=AGAIN/>
            <ErrorNote fault=trust.fault() offline="Press Trust this browser when you’re back."/>
            <ErrorNote fault=stop.fault() offline="Press Stop trusting when you’re back."/>
            <Rows>{sessions}{trusted}</Rows>
        </Sheet>
    }
    .into_any()
}

const AGAIN: &str = "Press Sign out when you’re back.";

fn this_browser() -> AnyView {
    view! { <Badge kind=BadgeKind::Sign mark=true>"This browser"</Badge> }.into_any()
}

#[component]
fn Browser(browser: SignedInBrowser, end: Act<EndSession>, trust: (Act<TrustBrowser>, Option<usize>)) -> impl IntoView {
    let SignedInBrowser { id, browser, address, signed_in, active, is_this } = browser;
    if is_this {
        let detail = [&address, ". Signed in ", &signed_in.text].concat();
        let badge = Some(this_browser());
        let (act, Some(days)) = trust else { return view! { <Row icon="laptop" name=browser badge detail/> }.into_any() };
        let label = ["Trust this browser for ", &count(days, "day", "days"), ": no second step here"].concat();
        return view! {
            <Row icon="laptop" name=browser badge detail>
                <ActForm act class="inline">
                    <Button kind=ButtonKind::Quiet size=ButtonSize::Small label busy=act.pending()>"Trust this browser"</Button>
                </ActForm>
            </Row>
        }
        .into_any();
    }
    let detail = [&address, ". Last active ", &active.text].concat();
    let label = ["Sign out ", &browser, ", ", &address].concat();
    view! {
        <Row icon="laptop" name=browser detail>
            <ActForm act=end class="inline">
                <input type="hidden" name="id" value=id/>
                <Button kind=ButtonKind::Quiet size=ButtonSize::Small label>"Sign out"</Button>
            </ActForm>
        </Row>
    }
    .into_any()
}

fn trusted_browser(trusted: TrustedBrowser, stop: Act<StopTrusting>) -> AnyView {
    let TrustedBrowser { id, browser, address, until, is_this } = trusted;
    let badge = view! {
        <Badge kind=BadgeKind::Plain>"Trusted browser"</Badge>
        {is_this.then(this_browser)}
    };
    let detail = [&address, ". Trusted until ", &until.day, ". No second step asked here"].concat();
    let label = ["Stop trusting ", &browser, ", ", &address, if is_this { ", this browser" } else { "" }].concat();
    view! {
        <Row icon="browser" name=browser badge=Some(badge.into_any()) detail>
            <ActForm act=stop class="inline">
                <input type="hidden" name="id" value=id/>
                <Button kind=ButtonKind::Quiet size=ButtonSize::Small label>"Stop trusting"</Button>
            </ActForm>
        </Row>
    }
    .into_any()
}
