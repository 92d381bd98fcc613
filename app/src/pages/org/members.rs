//! The Members page: everybody the caller looks after, those who need help first.
//!
//! Filters and the page of the list are in the address (`?q=…&team=…&role=…&state=…&at=…`). With
//! script only the rows are asked for again, so that the focus stays where somebody filters.

use std::time::Duration;

use countersign_domain::{Role, count};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use web_sys::FormData;

use super::{
    filters::{go_on_reading, href, keep},
    member_dialogs::trouble,
    member_list::{list, remind},
    words::{count_of, people},
};
use crate::{
    api::{
        AppError,
        people::{Members, RemindPeople, export_members, load_members},
    },
    browser::shown::in_next_frame,
    components::{
        Act, Button, ButtonKind, ButtonSize, ConsoleLayout, ConsolePage, ErrorNote, ExportButton, Exporting, Icon, LinkButton, Loaded,
        MainHead, Note, NoteKind, Status, reload_views, use_act, use_export, use_view,
    },
    pages::query::use_query,
    paths,
};

/// Where somebody may stand, as the filter sends it and as it is said.
const STATES: [(&str, &str); 5] =
    [("locked", "Locked"), ("not-set-up", "Not set up"), ("set-up", "On"), ("invited", "Invited"), ("disabled", "Disabled")];

/// The file that an export is saved as.
const FILE_NAME: &str = "countersign-members.csv";
/// How soon to ask again how far the mails of invitations have come.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What the list is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filters {
    /// Part of a name or an address.
    q: String,
    /// A team's id.
    team: String,
    /// A role's code.
    role: String,
    /// One of [`STATES`].
    state: String,
    /// The page of the list.
    at: String,
}

impl Filters {
    /// What a form says. It begins at the first page.
    fn read(form: &web_sys::HtmlFormElement) -> Option<Self> {
        let data = FormData::new_with_form(form).ok()?;
        let field = |name: &str| data.get(name).as_string().unwrap_or_default().trim().to_owned();
        Some(Self { q: field("q"), team: field("team"), role: field("role"), state: field("state"), at: String::new() })
    }

    /// The list is narrowed.
    fn is_any(&self) -> bool {
        [&self.q, &self.team, &self.role, &self.state].into_iter().any(|text| !text.is_empty())
    }

    /// The same list from another page on.
    pub(super) fn on_page(&self, at: &str) -> Self {
        Self { at: at.to_owned(), ..self.clone() }
    }

    /// The page that shows it.
    pub(super) fn href(&self) -> String {
        let fields = [("q", &self.q), ("team", &self.team), ("role", &self.role), ("state", &self.state), ("at", &self.at)];
        href(paths::ORG_MEMBERS, fields)
    }
}

/// What lives as long as the page.
#[derive(Clone, Copy)]
pub(super) struct Here {
    pub(super) filters: Memo<Filters>,
    pub(super) shown: RwSignal<Option<Members>>,
    pub(super) is_loading: RwSignal<bool>,
    /// How many were invited, and to how many of them the mail is still to be written.
    invited: RwSignal<(i64, i64)>,
    fault: RwSignal<Option<AppError>>,
    exporting: Exporting,
    pub(super) remind: Act<RemindPeople>,
    /// How many people are chosen.
    pub(super) chosen: RwSignal<usize>,
    list: NodeRef<html::Section>,
}

impl Here {
    fn new() -> Self {
        let [q, team, role, state, at] = ["q", "team", "role", "state", "at"].map(use_query);
        let filters = Memo::new(move |_| {
            let text = |field: Memo<Option<String>>| field.get().unwrap_or_default();
            Filters { q: text(q), team: text(team), role: text(role), state: text(state), at: text(at) }
        });
        let here = Self {
            filters,
            shown: RwSignal::new(None),
            is_loading: RwSignal::new(false),
            invited: RwSignal::new((0, 0)),
            fault: RwSignal::new(None),
            exporting: use_export(),
            remind: use_act(),
            chosen: RwSignal::new(0),
            list: NodeRef::new(),
        };
        here.follow();
        here
    }

    /// Asks for other rows whenever the address does.
    fn follow(self) {
        Effect::new(move |before: Option<()>| {
            let filters = self.filters.get();
            // The first rows came with the page.
            if before.is_some() {
                self.load(filters);
            }
        });
        Effect::new(move |_| {
            if self.invited.read().1 > 0 {
                set_timeout(move || self.follow_sending(), LOOK_AGAIN);
            }
        });
        Effect::new(move |_| {
            // They can't be theirs any more: the page loaded again says so, or leads to where they are.
            if let Some(AppError::SignInRequired | AppError::WrongStage { .. } | AppError::NotAllowed) = &*self.fault.read() {
                reload_views();
            }
        });
    }

    /// Saves everybody that the address asks for, whatever page of them is shown.
    fn export(self) {
        let Filters { q, team, role, state, at: _ } = self.filters.get_untracked();
        let said = |people| ["Downloaded ", &count_of(people), if people == 1 { " person." } else { " people." }].concat();
        self.exporting.save(FILE_NAME, export_members(q, team, role, state), said);
    }

    /// Asks how far the mails have come. The rows stay as they are, and the focus in them.
    fn follow_sending(self) {
        let Some(filters) = self.filters.try_get_untracked() else { return };
        spawn_local(async move {
            // A node that is busy, or gone for a moment, is asked again.
            let before = self.invited.try_get_untracked().unwrap_or_default();
            let invited = load(filters).await.map_or(before, |members| (members.invited, members.unsent));
            self.invited.try_set(invited);
        });
    }

    fn load(self, filters: Filters) {
        self.fault.set(None);
        self.is_loading.set(true);
        spawn_local(async move {
            let has_turned = !filters.at.is_empty();
            let members = load(filters.clone()).await;
            // The page may be gone by now, or ask for others.
            if self.filters.try_get_untracked() != Some(filters) {
                return;
            }
            match members {
                Ok(members) => {
                    self.invited.try_set((members.invited, members.unsent));
                    self.shown.try_set(Some(members));
                    go_on_reading(self.list, has_turned);
                }
                Err(error) => drop(self.fault.try_set(Some(error))),
            }
            self.is_loading.try_set(false);
        });
    }
}

/// Everybody the caller looks after.
#[component]
pub fn MembersPage() -> impl IntoView {
    let here = Here::new();
    let loaded = use_view(move || load(here.filters.get_untracked()));
    view! { <Loaded resource=loaded children=move |members| page(members, here)/> }.into_any()
}

async fn load(filters: Filters) -> Result<Members, AppError> {
    let Filters { q, team, role, state, at } = filters;
    load_members(q, team, role, state, at).await
}

fn page(members: Members, here: Here) -> AnyView {
    let teams = members.teams.iter().map(|team| (team.id.clone(), team.name.clone())).collect();
    let (organisation, person) = (members.organisation.clone(), members.person.clone());
    let lede = lede(&members);
    let may_invite = members.may_invite;
    here.invited.set((members.invited, members.unsent));
    let exporting = here.exporting;
    let asking = asking(members.asking.clone());
    here.shown.set(Some(members));
    let note = Memo::new(move |_| here.shown.read().as_ref().map_or_else(String::new, how_many));
    view! {
        <ConsoleLayout page=ConsolePage::Members organisation person>
            <MainHead title="Members" lede>
                <ExportButton exporting words="Export" on_click=Callback::new(move |()| here.export())/>
                {may_invite.then(|| view! { <LinkButton href=paths::ORG_INVITE icon="plus">"Invite people"</LinkButton> })}
            </MainHead>
            <Status message=exporting.said() kind=NoteKind::Info icon="save"/>
            {trouble(here.remind.refusal(), here.remind.fault(), &[])}
            <ErrorNote fault=exporting.fault() offline="Try again when you’re back."/>
            {sending(here)}
            {asking}
            <ErrorNote fault=here.fault offline="Press Show when you’re back."/>
            // In the page from the start, so that it is heard when somebody filters.
            <p class="sr" role="status">{move || note.get()}</p>
            <section class="sheet" aria-label="Members" tabindex="-1" node_ref=here.list>
                {tools(teams, here)}
                {move || here.shown.get().map(|members| list(&members, here))}
            </section>
        </ConsoleLayout>
    }
    .into_any()
}

/// "112 people in 6 teams, 3 invited."
fn lede(members: &Members) -> String {
    let teams = match members.teams.len() {
        0 => String::new(),
        n => [" in ", &count(n, "team", "teams")].concat(),
    };
    let invited = if members.invited > 0 { [", ", &count_of(members.invited), " invited"].concat() } else { String::new() };
    [&people(members.total), &teams, &invited, "."].concat()
}

/// Those who ask for a code right now: they are at their desk, and can't go on.
fn asking(asking: Vec<(String, String)>) -> Option<AnyView> {
    if asking.is_empty() {
        return None;
    }
    let people = asking.into_iter().map(|(id, name)| {
        let href = [paths::ORG_MEMBERS, "/", &id].concat();
        view! { <li><a href=href>{name}</a></li> }
    });
    let note = view! {
        <div class="block">
            <Note kind=NoteKind::Wait icon="ticket" title="Asking for a code right now"><ul class="plain">{people.collect_view()}</ul></Note>
        </div>
    };
    Some(note.into_any())
}

/// What was done to come here, and how far the mails of a long list have come.
fn sending(here: Here) -> AnyView {
    let done = use_query("done");
    let (reminded, already) = (use_query("reminded"), use_query("already"));
    let words = Memo::new(move |_| match (done.read().as_deref(), reminded.read().as_deref()) {
        (Some("invited"), _) => Some("They’re invited. Their emails are on their way.".to_owned()),
        (Some("withdrawn"), _) => Some("The invitation was withdrawn. Its link no longer works.".to_owned()),
        (_, Some("0")) => Some("Nobody was reminded: they’re set up by now.".to_owned()),
        (_, Some(count)) => {
            let reminded = ["Reminded ", &people(count.parse().ok()?), "."].concat();
            Some(match already.read().as_deref().and_then(|count| count.parse().ok()) {
                None => reminded,
                Some(1) => [&reminded, " 1 was reminded within the last day already."].concat(),
                Some(n) => [&reminded, " ", &count_of(n), " were reminded within the last day already."].concat(),
            })
        }
        _ => None,
    });
    let refusal = here.remind.refusal();
    // What the address says was done before what was refused just now.
    let is_refused = refusal.read_untracked().is_some();
    let said = RwSignal::new(words.get_untracked().filter(|_| !is_refused));
    Effect::new(move |before: Option<()>| {
        let words = words.get().filter(|_| before.is_some() || !is_refused);
        if before.is_none() {
            // Said again once the page is there: what a page comes with isn't heard.
            said.set(None);
            in_next_frame(Box::new(move || drop(said.try_set(words))));
        } else {
            said.set(words);
        }
    });
    Effect::new(move |_| {
        if refusal.read().is_some() {
            said.set(None);
        }
    });
    Effect::new(move |before: Option<i64>| {
        let (_, unsent) = here.invited.get();
        if before.is_some_and(|before| before > 0) && unsent == 0 {
            said.set(Some("Every email is on its way.".to_owned()));
        }
        unsent
    });
    // It changes every second: it is looked at, and heard at its end.
    let left = move || {
        let (_, unsent) = here.invited.get();
        (unsent > 0).then(|| {
            let text = if unsent == 1 { " email is still to be sent." } else { " emails are still to be sent. You can leave this page." };
            view! { <p class="block">{[&count_of(unsent), text].concat()}</p> }
        })
    };
    view! {
        <Status message=said/>
        {left}
    }
    .into_any()
}

/// "25 of 112 people, those who need help first".
pub(super) fn how_many(members: &Members) -> String {
    if members.rows.is_empty() {
        return "Nobody matches.".to_owned();
    }
    [&members.rows.len().to_string(), " of ", &people(members.total + members.invited), ", those who need help first"].concat()
}

/// The filters: a form that asks for this page again.
fn tools(teams: Vec<(String, String)>, here: Here) -> AnyView {
    let form = NodeRef::<html::Form>::new();
    let search = NodeRef::<html::Input>::new();
    let navigate = use_navigate();
    let go = Callback::new(move |()| {
        let Some(filters) = form.get_untracked().and_then(|form| Filters::read(&form)) else { return };
        if filters == here.filters.get_untracked() {
            // It is in the address already, and couldn't be loaded before.
            here.load(filters);
        } else {
            navigate(&filters.href(), NavigateOptions { scroll: false, ..NavigateOptions::default() });
        }
    });
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        go.run(());
    };
    let filters = here.filters;
    let text = Memo::new(move |_| filters.read().q.clone());
    keep(text.into(), move |text| search.get_untracked().map(|search| search.set_value(text)));
    let roles = [Role::Agent, Role::Supervisor, Role::AccountHolder].map(|role| (role.code().to_owned(), role.title().to_owned()));
    let states = STATES.map(|(code, word)| (code.to_owned(), word.to_owned()));
    let team = Signal::derive(move || filters.read().team.clone());
    let role = Signal::derive(move || filters.read().role.clone());
    let state = Signal::derive(move || filters.read().state.clone());
    let clear = move || {
        filters.read().is_any().then(|| {
            view! { <LinkButton href=paths::ORG_MEMBERS kind=ButtonKind::Quiet size=ButtonSize::Small>"Clear"</LinkButton> }
        })
    };
    view! {
        <form class="tools" action=paths::ORG_MEMBERS on:submit=on_submit node_ref=form>
            <div class="find">
                <Icon name="search"/>
                <input
                    class="input sm"
                    type="search"
                    name="q"
                    aria-label="Name or email"
                    placeholder="Name or email"
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="100"
                    value=text.get_untracked()
                    node_ref=search
                />
            </div>
            <Choice name="team" label="Team" options=teams value=team on_change=go/>
            <Choice name="role" label="Role" options=roles.to_vec() value=role on_change=go/>
            <Choice name="state" label="Second step" options=states.to_vec() value=state on_change=go/>
            <Button kind=ButtonKind::Second size=ButtonSize::Small>"Show"</Button>
            {clear}
            {remind(here)}
        </form>
    }
    .into_any()
}

/// One filter: everything, or one of the options.
#[component]
fn Choice(
    /// The form field's name.
    name: &'static str,
    /// What it narrows.
    label: &'static str,
    /// What it may be: what it sends, and the word for it.
    options: Vec<(String, String)>,
    /// What the address says.
    value: Signal<String>,
    /// Called when somebody chooses.
    on_change: Callback<()>,
) -> impl IntoView {
    let select = NodeRef::<html::Select>::new();
    keep(value, move |value| select.get_untracked().map(|select| select.set_value(value)));
    let at_first = value.get_untracked();
    let id = [name, "-label"].concat();
    let options = options.into_iter().map(|(value, word)| {
        let is_chosen = value == at_first;
        view! { <option value=value selected=is_chosen>{word}</option> }
    });
    view! {
        <label class="select" class:on=move || !value.read().is_empty()>
            <span id=id.clone()>{label}</span>
            <select name=name aria-labelledby=id on:change=move |_| on_change.run(()) node_ref=select>
                <option value="">"All"</option>
                {options.collect_view()}
            </select>
            <Icon name="down" size=16/>
        </label>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_is_in_the_address() {
        assert_eq!(Filters::default().href(), "/org/members");
        let filters = Filters { q: "vance okoro".to_owned(), state: "locked".to_owned(), ..Filters::default() };
        assert_eq!(filters.href(), "/org/members?q=vance%20okoro&state=locked");
        assert_eq!(filters.on_page("x").href(), "/org/members?q=vance%20okoro&state=locked&at=x");
    }

    #[test]
    fn another_page_of_everybody_is_not_a_narrower_list() {
        assert!(!Filters::default().on_page("x").is_any());
        assert!(Filters { role: "agent".to_owned(), ..Filters::default() }.is_any());
    }
}
