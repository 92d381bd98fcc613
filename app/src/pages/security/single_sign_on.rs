//! Whether the organisation's identity provider signs this account in.

use leptos::prelude::*;

use super::Acts;
use crate::{
    api::security::{Security, SignOnHere},
    components::{ActForm, Badge, BadgeKind, Button, ButtonKind, ButtonSize, ErrorNote, Note, NoteKind, Row, Rows, Sheet, SheetHead},
};

/// Connecting it and disconnecting it; nothing where there is none.
#[component]
pub(super) fn SingleSignOn(security: Security, acts: Acts) -> impl IntoView {
    let Some(SignOnHere { issuer, connected, last_used }) = security.single_sign_on else { return ().into_any() };
    let (connect, disconnect) = acts.with_value(|acts| (acts.connect, acts.disconnect));
    let row = match connected {
        Some(since) => {
            let used = last_used.map(|at| [". Last used ", &at.text].concat()).unwrap_or_default();
            let detail = ["Connected ", &since.text, &used].concat();
            let badge = view! { <Badge kind=BadgeKind::Sign mark=true>"On"</Badge> }.into_any();
            view! {
                <Row icon="door" name=issuer.clone() badge=Some(badge) detail>
                    <ActForm act=disconnect class="inline">
                        <input type="hidden" name="issuer" value=issuer/>
                        <Button kind=ButtonKind::Quiet size=ButtonSize::Small label="Disconnect single sign-on" busy=disconnect.pending()>"Disconnect"</Button>
                    </ActForm>
                </Row>
            }
            .into_any()
        }
        None => view! {
            <Row icon="door" name=issuer detail="Signs you in there in place of your password. Your second step stays.".to_owned()>
                <ActForm act=connect class="inline">
                    <Button kind=ButtonKind::Second size=ButtonSize::Small label="Connect single sign-on" busy=connect.pending()>"Connect"</Button>
                </ActForm>
            </Row>
        }
        .into_any(),
    };
    let refusal = disconnect.refusal();
    let kept = move || {
        refusal.read().as_ref().map(|_| {
            let text = "It stays connected: in your organisation nothing else signs you in, or it was changed a moment ago.";
            view! { <Note kind=NoteKind::Stop icon="warn">{text}</Note> }
        })
    };
    view! {
        <Sheet labelled_by="single-sign-on">
            <SheetHead title="Single sign-on" id="single-sign-on"/>
            <div class="alert" role="alert">{kept}</div>
            <ErrorNote fault=connect.fault() offline="Press Connect when you’re back."/>
            <ErrorNote fault=disconnect.fault() offline="Press Disconnect when you’re back."/>
            <Rows>{row}</Rows>
        </Sheet>
    }
    .into_any()
}
