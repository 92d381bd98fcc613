//! Asking a key: a challenge from the server, the browser's prompt, and where the two stand.

use leptos::{html, prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use server_fn::ServerFn;

use super::{Act, act::fetch_text};
use crate::{
    api::AppError,
    browser::webauthn::{self, Abort, Answered, Call, Trouble},
};

/// How soon after its arrival a page's own prompt may fail for want of a press, in milliseconds. A
/// person takes longer to say no.
const UNPRESSED_MILLISECONDS: f64 = 700.0;

/// Where a ceremony stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The script isn't there yet.
    Loading,
    /// A press begins it.
    Ready,
    /// The browser wants a press before it opens its prompt.
    Unpressed,
    /// The browser's prompt is open.
    Waiting,
    /// The key answered.
    Answered,
    /// There was no answer.
    Stopped(Trouble),
}

impl Standing {
    /// Whether a press begins it now.
    pub(super) const fn takes_a_press(self) -> bool {
        !matches!(self, Self::Loading | Self::Waiting | Self::Answered | Self::Stopped(Trouble::Unsupported))
    }
}

/// A key that is asked on a page, again and again if need be.
#[derive(Clone, Copy)]
pub struct Ceremony {
    call: Call,
    start: &'static str,
    body: &'static str,
    standing: RwSignal<Standing>,
    abort: StoredValue<Option<SendWrapper<Abort>>>,
    /// Counts calls begun and stopped, so that one that was stopped changes nothing any more.
    turn: StoredValue<u32>,
    on_answer: Callback<Answered>,
    on_error: Callback<AppError>,
}

/// The ceremony that the server function `S` begins, with `body` as its form. A key's answer goes
/// to `on_answer`, and what keeps the server from giving a challenge to `on_error`: usually to the
/// act that the answer is for, as if it had met the error itself.
#[must_use]
pub fn use_ceremony<S: ServerFn>(call: Call, body: &'static str, on_answer: Callback<Answered>, on_error: Callback<AppError>) -> Ceremony {
    let ceremony = Ceremony {
        call,
        start: S::PATH,
        body,
        standing: RwSignal::new(Standing::Loading),
        abort: StoredValue::new(None),
        turn: StoredValue::new(0),
        on_answer,
        on_error,
    };
    // An effect never runs on the server, and in the browser only once the page has come to life.
    Effect::new(move |_| {
        let standing = if webauthn::is_supported() { Standing::Ready } else { Standing::Stopped(Trouble::Unsupported) };
        ceremony.standing.set(standing);
    });
    // Nobody meets a prompt of a page that was left.
    on_cleanup(move || ceremony.close());
    ceremony
}

impl Ceremony {
    /// What is asked of the key.
    pub(super) const fn call(self) -> Call {
        self.call
    }

    /// Where it stands.
    #[must_use]
    pub fn standing(self) -> Signal<Standing> {
        self.standing.into()
    }

    /// Whether its prompt is open right now; `None` once its page is gone.
    #[must_use]
    pub fn is_open(self) -> Option<bool> {
        self.standing.try_get_untracked().map(|standing| standing == Standing::Waiting)
    }

    /// Closes the prompt, if one is open; a press may open it again.
    pub fn stop(self) {
        self.close();
        if self.is_open() == Some(true) {
            self.standing.try_set(Standing::Ready);
        }
    }

    /// Closes the prompt for a page that is on its way out: nothing there is told.
    fn close(self) {
        let abort = self.abort.try_update_value(Option::take).flatten();
        self.turn.try_update_value(|turn| *turn = turn.wrapping_add(1));
        if let Some(abort) = abort {
            abort.abort();
        }
    }

    /// Asks anew, closing a call that is open: for one that waits quietly.
    pub fn begin_again(self) {
        self.standing.set(Standing::Ready);
        self.begin(true);
    }

    /// Asks for the key. `unasked`: the page does so on arrival, and a browser that wants a press
    /// first gets one.
    pub fn begin(self, unasked: bool) {
        // The page may be gone, too.
        if self.is_open() != Some(false) {
            return;
        }
        self.stop();
        self.standing.set(Standing::Waiting);
        let turn = self.turn.get_value();
        let is_current = move || self.turn.try_get_value() == Some(turn);
        let abort = Abort::new();
        self.abort.set_value(abort.clone().map(SendWrapper::new));
        spawn_local(async move {
            let fetched = fetch_text(self.start, self.body.to_owned()).await;
            if !is_current() {
                return;
            }
            let challenge = match fetched {
                Ok(challenge) => challenge,
                Err(error) => {
                    self.standing.try_set(Standing::Ready);
                    self.on_error.try_run(error);
                    return;
                }
            };
            let asked_at = now();
            let answered = webauthn::call(self.call, &challenge, abort.as_ref()).await;
            // Another call took its place, or the page is gone.
            if !is_current() {
                return;
            }
            match answered {
                Ok(answered) => {
                    self.standing.try_set(Standing::Answered);
                    self.on_answer.try_run(answered);
                }
                Err(Trouble::NotTouched) if unasked && now() - asked_at < UNPRESSED_MILLISECONDS => {
                    self.standing.try_set(Standing::Unpressed);
                }
                Err(trouble) => {
                    self.standing.try_set(Standing::Stopped(trouble));
                }
            }
        });
    }

    /// Lets a press begin again once `act` was refused or has failed.
    pub fn start_over_after<A: 'static>(self, act: Act<A>) {
        let (refusal, fault) = (act.refusal(), act.fault());
        Effect::new(move |_| {
            if refusal.read().is_some() || fault.read().is_some() {
                self.standing.set(Standing::Ready);
            }
        });
    }
}

#[cfg(feature = "hydrate")]
fn now() -> f64 {
    js_sys::Date::now()
}

#[cfg(not(feature = "hydrate"))]
const fn now() -> f64 {
    0.0
}

/// The hidden fields of a form that carries a key's answer, and the way to send it.
#[derive(Clone, Copy)]
pub struct AnswerFields {
    ceremony: NodeRef<html::Input>,
    credential: NodeRef<html::Input>,
}

impl AnswerFields {
    /// For one form.
    #[must_use]
    pub fn new() -> Self {
        Self { ceremony: NodeRef::new(), credential: NodeRef::new() }
    }

    /// The fields, to stand in the form.
    #[must_use]
    pub fn view(self) -> AnyView {
        view! {
            <input type="hidden" name="ceremony" node_ref=self.ceremony />
            <input type="hidden" name="credential" node_ref=self.credential />
        }
        .into_any()
    }

    /// Puts an answer into them.
    pub fn fill(self, answered: &Answered) {
        if let (Some(ceremony), Some(credential)) = (self.ceremony.get_untracked(), self.credential.get_untracked()) {
            ceremony.set_value(&answered.ceremony);
            credential.set_value(&answered.credential);
        }
    }

    /// Puts an answer into them, and sends the form.
    pub fn send(self, answered: &Answered) {
        self.fill(answered);
        if let Some(form) = self.credential.get_untracked().and_then(|input| input.form()) {
            drop(form.request_submit());
        }
    }
}

impl Default for AnswerFields {
    fn default() -> Self {
        Self::new()
    }
}
