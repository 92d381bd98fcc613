//! Where somebody is signed in.

use leptos::prelude::*;

use super::Acts;
use crate::{
    api::security::{EndSession, SignedInBrowser},
    components::{Act, ActForm, Badge, BadgeKind, Button, ButtonKind, ButtonSize, ErrorNote, Row, Rows, Sheet, SheetHead},
};

/// Every browser with a live session, this one first.
#[component]
pub(super) fn Browsers(browsers: Vec<SignedInBrowser>, acts: Acts) -> impl IntoView {
    let (end, others) = acts.with_value(|acts| (acts.end, acts.end_others));
    let end_others = browsers.iter().any(|browser| !browser.is_this).then(|| {
        view! {
            <ActForm act=others class="inline">
                <Button kind=ButtonKind::Second busy=others.pending()>"Sign out everywhere else"</Button>
            </ActForm>
        }
    });
    let rows = browsers.into_iter().map(|browser| view! { <Browser browser end/> }).collect_view();
    view! {
        <Sheet labelled_by="browsers">
            <SheetHead title="Where you’re signed in" id="browsers">{end_others}</SheetHead>
            <ErrorNote fault=others.fault() offline=AGAIN/>
            <ErrorNote fault=end.fault() offline=AGAIN/>
            <Rows>{rows}</Rows>
        </Sheet>
    }
    .into_any()
}

const AGAIN: &str = "Press Sign out when you’re back.";

#[component]
fn Browser(browser: SignedInBrowser, end: Act<EndSession>) -> impl IntoView {
    let SignedInBrowser { id, browser, address, signed_in, active, is_this } = browser;
    if is_this {
        let badge = Some(view! { <Badge kind=BadgeKind::Sign mark=true>"This browser"</Badge> }.into_any());
        let detail = [&address, ". Signed in ", &signed_in.text].concat();
        return view! { <Row icon="laptop" name=browser badge detail/> }.into_any();
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
