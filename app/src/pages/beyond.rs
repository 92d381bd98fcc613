//! The pages that signing in doesn't need: chunks of WASM of their own, fetched when first shown.
//!
//! Sign-in loads the runtime and its own form, and nothing else. The second step is one chunk;
//! everything beyond the door is another. Both are fetched ahead, once the form has come to life. The
//! organisation's console is a third: agents never fetch it.

use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_location};

use super::{
    application::ApplicationPage,
    change_email::ChangeEmailPage,
    change_password::ChangePasswordPage,
    confirm::ConfirmPage,
    confirm_email::ConfirmEmailPage,
    enrol::{AuthenticatorAppPage, ChoosePage, CodesPage, DonePage, EmailPage, KeyPage, NewPasskeyPage, WhyPage},
    forgot::ForgotPage,
    help::HelpPage,
    join::JoinPage,
    not_found::NotFoundPage,
    not_me::NotMePage,
    org::{AuditPage, InvitationPage, InvitePage, MemberPage, MembersPage, PolicyPage, RolloutPage, SingleSignOnPage},
    privacy::PrivacyPage,
    profile::ProfilePage,
    reset_password::ResetPasswordPage,
    second_step::{
        AccessCodePage, AskPage, AuthenticatorCodePage, BackupCodePage, EmailedCodePage, PasskeyPage, RecoveryKeyPage, SecurityKeyPage,
        WaysPage,
    },
    security::SecurityPage,
    set_up::SetUpPage,
    single_sign_on::{SignOnBackPage, SignOnGoPage, SignOnPage},
};
use crate::{browser::styles, components::SpriteBeyond, paths};

/// The page at a path that isn't the sign-in's.
type PageAt = fn(&str) -> AnyView;

/// Follows the path within a chunk. Pages read their query from `use_location`, too: the router
/// doesn't renew what `use_query_map` reads when the path changes within one route.
fn follow(page_at: PageAt, is_ours: fn(&str) -> bool) -> AnyView {
    let pathname = use_location().pathname;
    // The path alone decides; a page follows its own query. A path of another chunk arrives a
    // moment before that chunk's page does: until then, this one's stays.
    let path = Memo::new(move |before: Option<&String>| {
        let path = pathname.with(|path| path.trim_end_matches('/').to_owned());
        before.filter(|_| !is_ours(&path)).cloned().unwrap_or(path)
    });
    view! { <SpriteBeyond/> {move || path.with(|path| page_at(path))} }.into_any()
}

fn is_second_step(path: &str) -> bool {
    path.starts_with(paths::SECOND_STEP)
}

fn second_step_at(path: &str) -> AnyView {
    match path {
        paths::SECOND_STEP => view! { <WaysPage/> }.into_any(),
        paths::SECOND_STEP_APP => view! { <AuthenticatorCodePage/> }.into_any(),
        paths::SECOND_STEP_KEY => view! { <SecurityKeyPage/> }.into_any(),
        paths::SECOND_STEP_PASSKEY => view! { <PasskeyPage/> }.into_any(),
        paths::SECOND_STEP_EMAIL => view! { <EmailedCodePage/> }.into_any(),
        paths::SECOND_STEP_BACKUP => view! { <BackupCodePage/> }.into_any(),
        paths::SECOND_STEP_RECOVERY => view! { <RecoveryKeyPage/> }.into_any(),
        paths::SECOND_STEP_ACCESS => view! { <AccessCodePage/> }.into_any(),
        paths::SECOND_STEP_ASK => view! { <AskPage/> }.into_any(),
        _ => view! { <NotFoundPage/> }.into_any(),
    }
}

fn beyond_at(path: &str) -> AnyView {
    match path {
        paths::SET_UP => view! { <SetUpPage/> }.into_any(),
        paths::ENROL => view! { <WhyPage/> }.into_any(),
        paths::ENROL_CHOOSE => view! { <ChoosePage/> }.into_any(),
        paths::ENROL_APP => view! { <AuthenticatorAppPage/> }.into_any(),
        paths::ENROL_KEY => view! { <KeyPage/> }.into_any(),
        paths::ENROL_PASSKEY => view! { <NewPasskeyPage/> }.into_any(),
        paths::ENROL_EMAIL => view! { <EmailPage/> }.into_any(),
        paths::ENROL_CODES => view! { <CodesPage/> }.into_any(),
        paths::ENROL_DONE => view! { <DonePage/> }.into_any(),
        paths::PROFILE => view! { <ProfilePage/> }.into_any(),
        paths::SECURITY => view! { <SecurityPage/> }.into_any(),
        paths::CHANGE_EMAIL => view! { <ChangeEmailPage/> }.into_any(),
        paths::CHANGE_PASSWORD => view! { <ChangePasswordPage/> }.into_any(),
        paths::CONFIRM => view! { <ConfirmPage/> }.into_any(),
        paths::FORGOT => view! { <ForgotPage/> }.into_any(),
        paths::RESET_PASSWORD => view! { <ResetPasswordPage/> }.into_any(),
        paths::CONFIRM_EMAIL => view! { <ConfirmEmailPage/> }.into_any(),
        paths::JOIN => view! { <JoinPage/> }.into_any(),
        paths::NOT_ME => view! { <NotMePage/> }.into_any(),
        paths::SIGN_ON => view! { <SignOnPage/> }.into_any(),
        paths::SIGN_ON_GO => view! { <SignOnGoPage/> }.into_any(),
        paths::SIGN_ON_BACK => view! { <SignOnBackPage/> }.into_any(),
        paths::APPLICATION => view! { <ApplicationPage/> }.into_any(),
        paths::HELP => view! { <HelpPage/> }.into_any(),
        paths::PRIVACY => view! { <PrivacyPage/> }.into_any(),
        _ => view! { <NotFoundPage/> }.into_any(),
    }
}

fn is_console(path: &str) -> bool {
    path.starts_with("/org/")
}

fn console_at(path: &str) -> AnyView {
    match path {
        paths::ORG_ROLLOUT => view! { <RolloutPage/> }.into_any(),
        paths::ORG_POLICY => view! { <PolicyPage/> }.into_any(),
        paths::ORG_SIGN_ON => view! { <SingleSignOnPage/> }.into_any(),
        paths::ORG_AUDIT => view! { <AuditPage/> }.into_any(),
        paths::ORG_MEMBERS => view! { <MembersPage/> }.into_any(),
        paths::ORG_INVITE => view! { <InvitePage/> }.into_any(),
        // One of them; the page takes the id from the path.
        path if path.strip_prefix(paths::ORG_MEMBERS).is_some_and(|rest| rest.starts_with('/')) => view! { <MemberPage/> }.into_any(),
        path if path.strip_prefix(paths::ORG_INVITATION).is_some_and(|rest| rest.starts_with('/')) => {
            view! { <InvitationPage/> }.into_any()
        }
        _ => view! { <NotFoundPage/> }.into_any(),
    }
}

#[lazy]
fn second_step_chunk() -> AnyView {
    follow(second_step_at, is_second_step)
}

#[lazy]
fn beyond_chunk() -> AnyView {
    follow(beyond_at, |path| !is_second_step(path) && !is_console(path) && !matches!(path, "" | paths::SIGN_IN))
}

#[lazy]
fn console_chunk() -> AnyView {
    follow(console_at, is_console)
}

/// Fetches both chunks before anybody asks for them. Nothing waits for it.
pub(super) fn fetch_ahead() {
    Effect::new(move |_| {
        lazy_preload!(second_step_chunk);
        lazy_preload!(beyond_chunk);
        leptos::task::spawn_local(styles::load());
    });
}

/// The second step's pages.
#[derive(Debug)]
pub struct SecondStepRoute;

impl LazyRoute for SecondStepRoute {
    fn data() -> Self {
        Self
    }

    async fn view(_: Self) -> AnyView {
        styles::load().await;
        second_step_chunk().await
    }
}

/// Every other page.
#[derive(Debug)]
pub struct BeyondRoute;

impl LazyRoute for BeyondRoute {
    fn data() -> Self {
        Self
    }

    async fn view(_: Self) -> AnyView {
        styles::load().await;
        beyond_chunk().await
    }
}

/// The organisation's console.
#[derive(Debug)]
pub struct ConsoleRoute;

impl LazyRoute for ConsoleRoute {
    fn data() -> Self {
        Self
    }

    async fn view(_: Self) -> AnyView {
        styles::load().await;
        console_chunk().await
    }
}
