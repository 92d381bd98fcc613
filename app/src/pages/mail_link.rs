//! What the pages behind mailed links share. Opening one only looks at the link, since programs
//! open every link in a mail; a press uses it up.

use std::pin::Pin;

use leptos::prelude::*;

use super::query::use_query;
use crate::{
    api::{
        AppError, Refusal,
        address::MailLink,
        session::{Session, load_session},
    },
    components::{AuthLayout, Loaded, Progress},
};

/// A look at a link, under way.
pub(super) type Look = Pin<Box<dyn Future<Output = Result<MailLink, AppError>> + Send>>;

/// What one of these pages does and shows.
#[derive(Clone, Copy)]
pub(super) struct LinkPage {
    /// Looks at the link with this token.
    pub(super) look: fn(String) -> Look,
    /// Asks for the press, given the mailbox the link went to and its token.
    pub(super) open: fn(String, String) -> AnyView,
    /// Says that the link doesn't work any more.
    pub(super) ended: fn() -> AnyView,
    /// Says that it is done: `?done=1`, without the token.
    pub(super) done: fn() -> AnyView,
}

/// The page that the address asks for: the question, or what became of it.
pub(super) fn link_page(page: LinkPage) -> AnyView {
    let (token, done) = (use_query("token"), use_query("done"));
    // Once it is done there is nothing to look at: the page isn't loaded, and drawn, again.
    let token =
        Memo::new(move |before: Option<&Option<String>>| before.filter(|_| done.read().is_some()).cloned().unwrap_or_else(|| token.get()));
    let loaded = Resource::new_blocking(move || token.get().unwrap_or_default(), move |token| load(page.look, token));
    let view = move |(session, link): (Session, MailLink)| {
        let token = token.get_untracked().unwrap_or_default();
        let body = move || match link.email.clone() {
            _ if done.read().is_some() => (page.done)(),
            Some(email) => (page.open)(email, token.clone()),
            None => (page.ended)(),
        };
        view! { <AuthLayout organisation=session.organisation progress=Progress::Nothing>{body}</AuthLayout> }
    };
    view! { <Loaded resource=loaded children=view/> }.into_any()
}

async fn load(look: fn(String) -> Look, token: String) -> Result<(Session, MailLink), AppError> {
    Ok((load_session().await?, look(token).await?))
}

/// Shows `form`, until the press finds that the link has ended.
pub(super) fn unless_ended(
    refusal: Signal<Option<Refusal>>,
    ended: fn() -> AnyView,
    form: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    // A memo, so that a refused field doesn't draw the form anew.
    let has_ended = Memo::new(move |_| matches!(*refusal.read(), Some(Refusal::LinkEnded)));
    (move || if has_ended.get() { ended() } else { form() }).into_any()
}
