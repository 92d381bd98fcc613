//! The organisation's console: the navigation beside its pages, and what only those pages need.
//!
//! There is one navigation for all widths. On phones its head stays and the rest is behind "Menu",
//! a `<details>` that holds nothing but its button: what it opens comes next in the page, so it
//! needs no script, can stand there always on wider screens, and is read once.

use countersign_domain::Role;
use leptos::{ev::MouseEvent, html, prelude::*};

use super::{ButtonKind, ButtonSize, Icon, LinkButton, Logo, PageTitle, SignOutForm};
use crate::{api::Person, paths};

/// A page of the console, or the one that leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsolePage {
    /// How many are set up, and who still needs help.
    Rollout,
    /// Everybody, and each of them.
    Members,
    /// What everybody needs to sign in.
    Policy,
    /// The organisation's identity provider.
    SignOn,
    /// Who did what, and when.
    Audit,
}

impl ConsolePage {
    /// In the navigation's order.
    const ALL: [Self; 5] = [Self::Rollout, Self::Members, Self::Policy, Self::SignOn, Self::Audit];

    /// Its path, icon and name.
    const fn link(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Rollout => (paths::ORG_ROLLOUT, "rollout", "Rollout"),
            Self::Members => (paths::ORG_MEMBERS, "people", "Members"),
            Self::Policy => (paths::ORG_POLICY, "policy", "Policy"),
            Self::SignOn => (paths::ORG_SIGN_ON, "door", "Single sign-on"),
            Self::Audit => (paths::ORG_AUDIT, "log", "Audit log"),
        }
    }

    /// Whether it is shown to this role. What they may do is the server's decision.
    fn is_for(self, role: Role) -> bool {
        !matches!(self, Self::Policy | Self::SignOn) || role == Role::AccountHolder
    }
}

/// The console: navigation and content.
#[component]
pub fn ConsoleLayout(
    /// Which page this is.
    page: ConsolePage,
    /// The organisation's name.
    organisation: String,
    /// Who is looking at it.
    person: Person,
    /// The page, from its [`MainHead`] on.
    children: Children,
) -> impl IntoView {
    let menu = NodeRef::<html::Details>::new();
    // The next page may take this one's place in the same elements: it starts with the menu shut.
    let shut = move |_: MouseEvent| {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
    };
    let Person { name, initials, role, .. } = person;
    let account = [name.as_str(), ", your account"].concat();
    let links = ConsolePage::ALL.into_iter().filter(|link| link.is_for(role)).map(|link| {
        let (href, icon, name) = link.link();
        let current = (link == page).then_some("page");
        view! { <li><a href=href aria-current=current><Icon name=icon />{name}</a></li> }
    });
    view! {
        <div class="admin">
            <nav class="nav" aria-label="Organisation">
                <Logo />
                <details class="menu" node_ref=menu>
                    <summary class="btn second sm">"Menu"</summary>
                </details>
                <div class="under">
                    <div>
                        <p class="meta">{organisation}</p>
                        <ul on:click=shut>{links.collect_view()}</ul>
                    </div>
                    <div class="foot">
                        <span class="init" aria-hidden="true">{initials}</span>
                        <div>
                            <a href=paths::SECURITY aria-label=account>{name}</a>
                            <span class="meta">{role.title()}</span>
                        </div>
                        <SignOutForm>"Sign out"</SignOutForm>
                    </div>
                </div>
            </nav>
            <main class="main" id="main" tabindex="-1">{children()}</main>
        </div>
    }
    .into_any()
}

/// The head of a console's page: its title, a line below, and what can be done with the whole page.
#[component]
pub fn MainHead(
    /// The page's title.
    #[prop(into)]
    title: String,
    /// A line below it.
    #[prop(into)]
    lede: String,
    /// A badge beside the title: `badge=Some(…)` or `badge=None`.
    #[prop(optional_no_strip)]
    badge: Option<AnyView>,
    /// Buttons and links.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="main-head">
            <div>
                <div class="titled"><PageTitle text=title />{badge}</div>
                <p class="lede">{lede}</p>
            </div>
            {children.map(|children| view! { <div class="btn-row">{children()}</div> })}
        </div>
    }
    .into_any()
}

/// A switch in a sheet, for what concerns everybody. It is a checkbox: a form sends `yes` when it
/// is on, with and without script. It saves nothing by itself.
#[component]
pub fn Switch(
    /// The form field's name and its id.
    name: &'static str,
    /// What it turns on: its heading and its accessible name.
    label: &'static str,
    /// What that means.
    about: &'static str,
    /// Whether it is on. Takes over what somebody chose before the script was there.
    on: RwSignal<bool>,
    /// How it stands, in words: "On, not saved".
    state: Signal<String>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |before: Option<()>| {
        let is_on = on.get();
        let Some(input) = input.get_untracked() else { return };
        if before.is_some() {
            input.set_checked(is_on);
        } else if input.checked() != is_on {
            on.set(input.checked());
        }
    });
    let about_id = [name, "-about"].concat();
    let state_id = [name, "-state"].concat();
    let described_by = [about_id.as_str(), " ", state_id.as_str()].concat();
    view! {
        <div class="switch">
            <div>
                <h2><label for=name>{label}</label></h2>
                <p class="lede" id=about_id>{about}</p>
            </div>
            <span class="state" id=state_id>{move || state.get()}</span>
            <input
                type="checkbox"
                role="switch"
                id=name
                name=name
                value="yes"
                checked=on.get_untracked()
                aria-describedby=described_by
                on:change=move |event| on.set(event_target_checked(&event))
                node_ref=input
            />
        </div>
    }
    .into_any()
}

/// The way to what comes before and after on a long list. There are no page numbers.
#[component]
pub fn Pager(
    /// What it turns the pages of: "Members, pages".
    label: &'static str,
    /// Where the page before is, unless this is the first.
    previous: Option<String>,
    /// Where the next page is, unless this is the last.
    next: Option<String>,
    /// The link to the page before.
    #[prop(default = "Previous")]
    previous_words: &'static str,
    /// The link to the next page.
    #[prop(default = "Next")]
    next_words: &'static str,
    /// What is on this page, and in which order.
    #[prop(into)]
    note: String,
) -> impl IntoView {
    let previous = turn(previous, view! { <Icon name="left" size=16 />{previous_words} }.into_any());
    let next = turn(next, view! { {next_words}<Icon name="right" size=16 /> }.into_any());
    view! {
        <nav class="pager" aria-label=label>
            <span>{note}</span>
            <div class="btn-row">{previous}{next}</div>
        </nav>
    }
    .into_any()
}

/// A link to another page, or what stands for it where there is none.
fn turn(href: Option<String>, words: AnyView) -> AnyView {
    let Some(href) = href else {
        // A link that leads nowhere: the role makes `aria-disabled` mean something.
        return view! { <span class="btn second sm" role="link" aria-disabled="true">{words}</span> }.into_any();
    };
    view! { <LinkButton href kind=ButtonKind::Second size=ButtonSize::Small>{words}</LinkButton> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_account_holders_are_led_to_the_policy_and_to_single_sign_on() {
        for (role, count) in [(Role::Agent, 3), (Role::Supervisor, 3), (Role::AccountHolder, 5)] {
            let led_to: Vec<_> = ConsolePage::ALL.into_iter().filter(|page| page.is_for(role)).collect();
            assert_eq!(led_to.len(), count, "{role:?}");
            for page in [ConsolePage::Policy, ConsolePage::SignOn] {
                assert_eq!(led_to.contains(&page), role == Role::AccountHolder, "{role:?}");
            }
        }
    }
}
