//! Forms that act.
//!
//! One code path for all of them: whatever the endpoint, its fields go out as a form and an
//! [`Answer`] comes back. So nothing here is generic but the name of the endpoint, and the
//! script stays small. Before the script is there, the browser posts the same fields to the same
//! endpoint, and the server brings the answer back as a flash.

use std::marker::PhantomData;

use leptos::wasm_bindgen::JsCast;
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use leptos_router::hooks::{use_location, use_navigate};
use server_fn::{Decodes, ServerFn, client::Client, codec::JsonEncoding, request::ClientReq, response::ClientRes};
use web_sys::{FormData, HtmlButtonElement, HtmlFormElement, UrlSearchParams};

use super::root::{FlashContext, reload_views, sign_in_path};
use crate::{
    api::{Answer, AppError, Refusal},
    browser::api_client::{ApiClient, ApiRequest},
};

/// One act of a page: its endpoint, whether it is under way, and what became of it.
pub struct Act<S> {
    core: Core,
    endpoint: PhantomData<fn() -> S>,
}

impl<S> Clone for Act<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Act<S> {}

#[derive(Clone, Copy)]
struct Core {
    path: &'static str,
    pending: RwSignal<bool>,
    outcome: RwSignal<Option<Result<Answer, AppError>>>,
    typed: StoredValue<Vec<(String, String)>>,
}

/// The act behind the server function `S`. When it is done, the next page follows; when it asks
/// for a sign-in or a fresh proof, that page does.
#[must_use]
pub fn use_act<S>() -> Act<S>
where
    S: ServerFn<Output = Answer, Error = AppError>,
{
    Act { core: Core::new(S::PATH), endpoint: PhantomData }
}

impl Core {
    fn new(path: &'static str) -> Self {
        let flash = use_context::<FlashContext>().and_then(|context| context.0.get_untracked()).filter(|flash| flash.path == path);
        let (outcome, typed) = match flash {
            Some(flash) => (flash.error.map(Err).or(flash.answer.map(Ok)), flash.typed),
            None => (None, Vec::new()),
        };
        let core = Self { path, pending: RwSignal::new(false), outcome: RwSignal::new(outcome), typed: StoredValue::new(typed) };
        Effect::new(move |_| core.follow());
        core
    }

    /// Goes where the outcome leads.
    fn follow(self) {
        let next = match self.outcome.get() {
            Some(Ok(Answer::Done { next } | Answer::Refused(Refusal::ConfirmFirst { next })) | Err(AppError::WrongStage { next })) => next,
            Some(Err(AppError::SignInRequired)) => sign_in_path(),
            _ => return,
        };
        let here = use_location().pathname.get_untracked();
        // A page that is left keeps its button busy until it is gone, and isn't loaded again: after
        // a sign-out that would be refused.
        if next.split('?').next() == Some(here.as_str()) {
            self.pending.set(false);
            reload_views();
        }
        use_navigate()(&next, leptos_router::NavigateOptions::default());
    }

    fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        if self.pending.get_untracked() {
            return;
        }
        let Some(body) = fields(event) else { return };
        self.pending.set(true);
        spawn_local(async move {
            let outcome = post(self.path, body).await;
            let leads_on = matches!(
                outcome,
                Ok(Answer::Done { .. } | Answer::Refused(Refusal::ConfirmFirst { .. }))
                    | Err(AppError::WrongStage { .. } | AppError::SignInRequired)
            );
            // The page may be gone by now, and its signals with it.
            if !leads_on {
                self.pending.try_set(false);
            }
            self.outcome.try_set(Some(outcome));
        });
    }
}

/// What a form holds, encoded as the browser itself would, the pressed button included.
fn fields(event: &SubmitEvent) -> Option<String> {
    let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
    let data = FormData::new_with_form(&form).ok()?;
    if let Some(button) = event.submitter().and_then(|submitter| submitter.dyn_into::<HtmlButtonElement>().ok())
        && !button.name().is_empty()
    {
        data.append_with_str(&button.name(), &button.value()).ok()?;
    }
    let pairs = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    pairs.to_string().as_string()
}

async fn post(path: &str, body: String) -> Result<Answer, AppError> {
    let text = fetch_text(path, body).await?;
    JsonEncoding::decode(text.into()).map_err(|_| AppError::Offline)
}

/// Posts a form and gives the answer's text; a refusal is an answer, too.
pub(super) async fn fetch_text(path: &str, body: String) -> Result<String, AppError> {
    let request = <ApiRequest as ClientReq<AppError>>::try_new_post(path, "application/x-www-form-urlencoded", "application/json", body)?;
    let response = ApiClient::send(request).await?;
    let is_error = response.status() >= 400;
    let text = response.try_into_string().await?;
    if is_error { Err(JsonEncoding::decode(text.into()).unwrap_or(AppError::Offline)) } else { Ok(text) }
}

impl<S> Act<S> {
    /// It is under way.
    #[must_use]
    pub fn pending(self) -> Signal<bool> {
        self.core.pending.into()
    }

    /// It was refused. Notifies once for each refusal, the same one again included.
    #[must_use]
    pub fn refusal(self) -> Signal<Option<Refusal>> {
        let outcome = self.core.outcome;
        Signal::derive(move || match outcome.get() {
            Some(Ok(Answer::Refused(refusal))) if !matches!(refusal, Refusal::ConfirmFirst { .. }) => Some(refusal),
            _ => None,
        })
    }

    /// It failed, and the page has to say so: for [`super::ErrorNote`].
    #[must_use]
    pub fn fault(self) -> Signal<Option<AppError>> {
        let outcome = self.core.outcome;
        Signal::derive(move || match outcome.get() {
            Some(Err(error)) if !matches!(error, AppError::WrongStage { .. } | AppError::SignInRequired) => Some(error),
            _ => None,
        })
    }

    /// It was done by the script, and this is the page it leads to (which may be this one).
    #[must_use]
    pub fn done(self) -> Signal<Option<String>> {
        let outcome = self.core.outcome;
        Signal::derive(move || match outcome.get() {
            Some(Ok(Answer::Done { next })) => Some(next),
            _ => None,
        })
    }

    /// How often it was done by the script since this was asked.
    #[must_use]
    pub fn times_done(self) -> Memo<u32> {
        let done = self.done();
        Memo::new(move |before: Option<&u32>| before.copied().unwrap_or_default() + u32::from(done.read().is_some()))
    }

    /// What became of it is past, and no longer shown.
    pub fn forget(self) {
        self.core.outcome.try_set(None);
    }

    /// Meets errors before it could be sent: what it needs couldn't be had.
    #[must_use]
    pub fn on_error(self) -> Callback<AppError> {
        let outcome = self.core.outcome;
        Callback::new(move |error| drop(outcome.try_set(Some(Err(error)))))
    }

    /// What was typed into `field` before the page was loaded anew by a form without script.
    #[must_use]
    pub fn typed(self, field: &str) -> String {
        self.typed_or(field, String::new())
    }

    /// The same, or `first` when nothing was sent.
    #[must_use]
    pub fn typed_or(self, field: &str, first: String) -> String {
        let typed = self.core.typed.with_value(|typed| typed.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone()));
        typed.unwrap_or(first)
    }
}

/// The form of an act. A press while one is under way is ignored.
#[component]
pub fn ActForm<S>(
    /// The act.
    act: Act<S>,
    /// The form's classes.
    #[prop(default = "block")]
    class: &'static str,
    /// The form's id, for a button that stands elsewhere.
    #[prop(optional)]
    id: Option<&'static str>,
    /// The fields and the button.
    children: Children,
) -> impl IntoView
where
    S: 'static,
{
    form(act.core, class, id, children)
}

fn form(core: Core, class: &'static str, id: Option<&'static str>, children: Children) -> AnyView {
    // `novalidate`: a field in error says so in our own words, beside the field.
    view! {
        <form class=class id=id method="post" action=core.path novalidate on:submit=move |event| core.submit(&event)>
            {children()}
        </form>
    }
    .into_any()
}
