//! The three layouts: sign-in, wizard, account.

use countersign_domain::Role;
use leptos::prelude::*;

use super::{Logo, MarkState, Note, NoteKind, SignOutForm, mark::Engraving};
use crate::{
    api::{Person, When},
    paths,
};

/// How far a sign-in has come, as the panel shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing given.
    Nothing,
    /// The password was accepted, at this clock time.
    First {
        /// "08:57".
        at: String,
        /// What it was: "Password".
        first: &'static str,
        /// The sign that is still to come, and how it stands.
        awaited: (&'static str, Signal<&'static str>),
    },
    /// Both signs given.
    Both,
}

/// The sign-in family: the form in a column, the petrol panel beside it.
#[component]
pub fn AuthLayout(
    /// Whose sign-in page it is; shown at the top on phones.
    organisation: Option<String>,
    /// How far the sign-in has come.
    progress: Progress,
    /// What stands at the foot of the panel: `<p class="say">` or `<ol class="signs">`. Without
    /// it, the two signs when the first is given.
    #[prop(optional)]
    panel: Option<AnyView>,
    /// The page.
    children: Children,
) -> impl IntoView {
    let (state, signs) = match progress {
        Progress::Nothing => (MarkState::None, None),
        Progress::First { at, first, awaited } => (MarkState::First, Some(signs(first, &at, awaited))),
        Progress::Both => (MarkState::Both, None),
    };
    // The engraving alone says nothing to a reader: not a landmark to stop at.
    let foot = panel.or(signs).map(|foot| view! { <aside aria-label="Your sign-in">{foot}</aside> });
    view! {
        <div class="auth">
            <div class="auth-form">
                <header class="auth-top">
                    <Logo />
                    <span class="meta hide-desk">{organisation}</span>
                </header>
                <main class="auth-main" id="main" tabindex="-1">{children()}</main>
                <footer class="auth-foot">
                    <a href=paths::HELP>"Get help signing in"</a>
                    <a href=paths::PRIVACY>"Privacy"</a>
                    <span>"English"</span>
                </footer>
            </div>
            <div class="auth-panel">
                <Engraving state />
                {foot}
            </div>
        </div>
    }
    .into_any()
}

/// The two signs: the first is accepted, the other one is awaited.
fn signs(first: &'static str, at: &str, (awaited, stands): (&'static str, Signal<&'static str>)) -> AnyView {
    view! {
        <ol class="signs">
            <li>
                <svg viewBox="0 0 12 16" aria-hidden="true"><path class="fill" d="M0 0h5l7 16H7z" /></svg>
                <span><b>{first}</b>{["Accepted at ", at].concat()}</span>
            </li>
            <li>
                <svg viewBox="0 0 12 16" aria-hidden="true"><path class="await" d="M7 0h5L5 16H0z" /></svg>
                <span><b>{awaited}</b>{move || stands.get()}</span>
            </li>
        </ol>
    }
    .into_any()
}

/// The wizard's steps, as the list and the line on phones name them.
const STEPS: [(&str, &str); 5] =
    [("Why", "why"), ("Choose", "choose"), ("Set up", "set up"), ("Save codes", "save codes"), ("Done", "done")];

/// The wizard: five steps beside one question.
#[component]
pub fn WizardLayout(
    /// Which step this is, from 1; 0 for a page that only looks like the wizard's.
    step: u8,
    /// Who is setting up.
    #[prop(into)]
    email: String,
    /// The page.
    children: Children,
) -> impl IntoView {
    let is_step = step > 0;
    let steps = is_step.then(|| steps(usize::from(step).min(STEPS.len())));
    view! {
        <div class="wiz">
            <header class="bar-top">
                <Logo />
                <div class="right">
                    <span class="hide-phone">{email}</span>
                    <SignOutForm class="link">"Sign out"</SignOutForm>
                </div>
            </header>
            <div class="wiz-grid" class:alone=!is_step>
                {steps}
                <main class="wiz-body" id="main" tabindex="-1">{children()}</main>
            </div>
        </div>
    }
    .into_any()
}

/// The list of steps, and the line with strokes that replaces it on phones.
fn steps(step: usize) -> AnyView {
    let list = STEPS.iter().enumerate().map(|(n, (name, _))| {
        let is_done = n + 1 < step;
        let current = (n + 1 == step).then_some("step");
        view! {
            <li class:done=is_done aria-current=current>
                <svg viewBox="0 0 14 20" aria-hidden="true">
                    <path class=if n < step { "" } else { "off" } d="M9.5 0H14L4.5 20H0z" />
                </svg>
                <span>{*name}{is_done.then(|| view! { <span class="sr">", done"</span> })}</span>
            </li>
        }
    });
    let strokes = (0..STEPS.len()).map(|n| {
        let d = ["M", (8 + n * 10).to_string().as_str(), " 0h4.5l-8 16h-4.5z"].concat();
        view! { <path class=if n < step { "on" } else { "off" } d=d /> }
    });
    view! {
        <ol class="steps" aria-label="Progress">{list.collect_view()}</ol>
        <div class="steps-head">
            <span>{["Step ", step.to_string().as_str(), " of 5: ", STEPS[step - 1].1].concat()}</span>
            <svg class="tally" aria-hidden="true" viewBox="-1 -1 54.5 18" width="54.5" height="18">{strokes.collect_view()}</svg>
        </div>
    }
    .into_any()
}

/// A tab of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountTab {
    /// Name, e-mail, role.
    Profile,
    /// Methods, codes, browsers.
    Security,
}

/// Somebody's own account: one column.
#[component]
pub fn AccountLayout(
    /// Which tab this is.
    tab: AccountTab,
    /// Whose account it is.
    person: Person,
    /// The page.
    children: Children,
) -> impl IntoView {
    let is = move |this: AccountTab| (tab == this).then_some("page");
    let console = (person.role != Role::Agent).then(|| view! { <a href=paths::ORG_MEMBERS>"Organisation"</a> });
    view! {
        <header class="bar-top account">
            <Logo />
            <nav class="tabs" aria-label="Your account">
                <a href=paths::PROFILE aria-current=is(AccountTab::Profile)>"Profile"</a>
                <a href=paths::SECURITY aria-current=is(AccountTab::Security)>"Security"</a>
            </nav>
            <div class="right">
                {console}
                <span class="hide-phone">{person.name}</span>
                <span class="init" aria-hidden="true">{person.initials}</span>
                <SignOutForm class="link">"Sign out"</SignOutForm>
            </div>
        </header>
        <main class="page" id="main" tabindex="-1">{person.set_up_by.map(|by| set_up_by(&by))}{children()}</main>
    }
    .into_any()
}

/// By when they have to set up a second step, above everything else.
fn set_up_by(by: &When) -> AnyView {
    let text = ["Set up a second step by ", &by.day, ", ", &by.clock, ". "].concat();
    // Keeps its distance from the page's title.
    view! {
        <div class="main-head">
            <Note kind=NoteKind::Wait icon="clock">{text}<a href=paths::ENROL>"Set it up now"</a></Note>
        </div>
    }
    .into_any()
}
