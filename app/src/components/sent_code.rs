//! A code that came by mail: where it went and when, and the way to another.

use std::time::Duration;

use leptos::prelude::*;

use super::{Act, ActForm, Button, ButtonKind, ErrorNote, Note, NoteKind, said_anew};
use crate::{
    api::{Refusal, emailed_code::SentCode},
    words::refusal_text,
};

/// The id of [`where_it_went`], which describes the field for the code: so it is heard on arrival
/// there, after each code that is sent.
pub const WHERE_IT_WENT: &str = "where-it-went";

/// "We sent a code to w•••••@example.com at 08:58. It works for 10 minutes."
#[must_use]
pub fn where_it_went(sent: &SentCode) -> AnyView {
    let rest = [" at ", sent.sent.clock.as_str(), ". It works for ", &sent.minutes.to_string(), " minutes."].concat();
    view! { <span id=WHERE_IT_WENT>"We sent a code to "<b>{sent.email.clone()}</b>{rest}</span> }.into_any()
}

/// Once `send` has sent a new code, what was said of the last one is past. For pages whose acts
/// outlive what is loaded again.
pub fn forget_once_sent<C: 'static, S: 'static>(code: Act<C>, send: Act<S>) {
    let done = send.done();
    Effect::new(move |_| {
        if done.read().is_some() {
            code.forget();
        }
    });
}

/// Whether a new code may be asked for: now, or once the wait is over.
fn is_open_after(seconds: u64) -> RwSignal<bool> {
    let is_open = RwSignal::new(seconds == 0);
    Effect::new(move |_| {
        if !is_open.get_untracked() {
            set_timeout(
                move || {
                    // The page may be gone by then.
                    is_open.try_set(true);
                },
                Duration::from_secs(seconds),
            );
        }
    });
    is_open
}

/// Where to look for the mail, and "Send a new code". Until a minute has passed it says from when
/// on; a press before that is answered in the same words.
#[component]
pub fn SendAgain<S: 'static>(
    /// The act that sends one.
    act: Act<S>,
    /// The code that was sent.
    sent: SentCode,
    /// The page that the proof leads back to.
    #[prop(optional, into)]
    next: Option<String>,
) -> impl IntoView {
    let is_open = is_open_after(sent.wait_seconds);
    let (resend_at, resend) = (sent.resend.at, sent.resend.clock);
    let when = move || if is_open.get() { String::new() } else { ["You can send a new code at ", resend.as_str(), "."].concat() };
    let refusal = act.refusal();
    Effect::new(move |_| {
        // "Not before then" is past; a longer wait isn't.
        if is_open.get() && matches!(&*refusal.read_untracked(), Some(Refusal::TooSoon { until, .. }) if until.at <= resend_at) {
            act.forget();
        }
    });
    view! {
        <p class="block meta" id="resend-when">"No email yet? Look in your junk folder. "{when}</p>
        <Refused act/>
        <ActForm act class="next">
            {next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
            <Button kind=ButtonKind::Quiet busy=act.pending() unavailable=Signal::derive(move || !is_open.get()) described_by="resend-when">
                "Send a new code"
            </Button>
        </ActForm>
    }
    .into_any()
}

/// The first code, for those who came here by themselves.
#[component]
pub fn SendFirst<S: 'static>(
    /// The act that sends it.
    act: Act<S>,
    /// The button's words.
    label: &'static str,
    /// The page that the proof leads back to.
    #[prop(optional, into)]
    next: Option<String>,
) -> impl IntoView {
    view! {
        <Refused act/>
        <ActForm act>
            {next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
            <div class="block">
                <Button size=super::ButtonSize::Large wide=true icon="mail" busy=act.pending()>{label}</Button>
            </div>
        </ActForm>
    }
    .into_any()
}

/// Why none was sent.
#[component]
fn Refused<S: 'static>(act: Act<S>) -> impl IntoView {
    let (refusal, is_now) = (act.refusal(), said_anew());
    let note = move || {
        refusal.get().filter(|_| is_now()).map(|refusal| view! { <Note kind=NoteKind::Wait icon="clock">{refusal_text(&refusal)}</Note> })
    };
    view! {
        <div class="alert" role="alert">{note}</div>
        <ErrorNote fault=act.fault() offline="Press Send again when you’re back."/>
    }
    .into_any()
}
