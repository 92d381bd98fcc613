//! The Audit log page: who did what, and when, newest first.
//!
//! Filters and the page of the list are in the address (`?who=…&what=…&since=…&until=…&at=…`). With
//! script only the entries are asked for again, so that the focus stays where somebody filters.

use countersign_domain::count;
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use web_sys::FormData;

use super::{
    filters::{go_on_reading, href, keep},
    words::whole,
};
use crate::{
    api::{
        AppError,
        audit::{AuditEntry, AuditLog, Mark, export_audit_log, load_audit_log},
    },
    components::{
        Button, ButtonKind, ButtonSize, ConsoleLayout, ConsolePage, ErrorNote, ExportButton, Exporting, Icon, LinkButton, Loaded, MainHead,
        NoteKind, Pager, Status, use_export, use_view,
    },
    pages::query::use_query,
    paths,
};

/// What may have happened, as the filter sends it and as it is said.
const TOPICS: [(&str, &str); 6] = [
    ("", "Everything"),
    ("sign-ins", "Sign-ins"),
    ("methods", "Ways to sign in"),
    ("accounts", "Passwords and email"),
    ("help", "Help at the desk"),
    ("policy", "Policy"),
];

/// What the export is called.
const FILE_NAME: &str = "countersign-audit-log.csv";

/// What the address may say: a whole email address, a code of [`TOPICS`], the first day, the last, and the page of the list.
const FIELDS: [&str; 5] = ["who", "what", "since", "until", "at"];

/// What the log is asked for: a text for each of [`FIELDS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Filters([String; 5]);

impl Filters {
    /// What a form says. It begins at the newest page.
    fn read(form: &web_sys::HtmlFormElement) -> Option<Self> {
        let data = FormData::new_with_form(form).ok()?;
        Some(Self(FIELDS.map(|name| data.get(name).as_string().unwrap_or_default().trim().to_owned())))
    }

    /// The same list from another page on.
    fn on_page(&self, at: &str) -> Self {
        let [who, what, since, until, _] = self.0.clone();
        Self([who, what, since, until, at.to_owned()])
    }

    /// The page that shows it.
    fn href(&self) -> String {
        href(paths::ORG_AUDIT, FIELDS.into_iter().zip(&self.0))
    }
}

/// What lives as long as the page.
#[derive(Clone, Copy)]
struct Here {
    fields: [Memo<String>; 5],
    filters: Memo<Filters>,
    shown: RwSignal<Option<AuditLog>>,
    is_loading: RwSignal<bool>,
    exporting: Exporting,
    list: NodeRef<html::Section>,
}

impl Here {
    fn new() -> Self {
        let fields = FIELDS.map(use_query).map(|field| Memo::new(move |_| field.get().unwrap_or_default()));
        let filters = Memo::new(move |_| Filters(fields.map(|field| field.get())));
        let here = Self {
            fields,
            filters,
            shown: RwSignal::new(None),
            is_loading: RwSignal::new(false),
            exporting: use_export(),
            list: NodeRef::new(),
        };
        Effect::new(move |before: Option<()>| {
            let filters = filters.get();
            // The first entries came with the page.
            if before.is_some() {
                here.load(filters);
            }
        });
        here
    }

    fn load(self, filters: Filters) {
        let outcome = self.exporting.outcome;
        outcome.set(None);
        self.is_loading.set(true);
        spawn_local(async move {
            let has_turned = !filters.0[4].is_empty();
            let log = load(filters.clone()).await;
            // The page may be gone by now, or ask for others.
            if self.filters.try_get_untracked() != Some(filters) {
                return;
            }
            match log {
                Ok(log) => {
                    self.shown.try_set(Some(log));
                    go_on_reading(self.list, has_turned);
                }
                Err(error) => drop(outcome.try_set(Some(Err(error)))),
            }
            self.is_loading.try_set(false);
        });
    }

    /// Saves everything that the address asks for, whatever page of it is shown.
    fn export(self) {
        let Filters([who, what, since, until, _]) = self.filters.get_untracked();
        self.exporting.save(FILE_NAME, export_audit_log(who, what, since, until), downloaded);
    }
}

/// What happened, and who did it.
#[component]
pub fn AuditPage() -> impl IntoView {
    let here = Here::new();
    let loaded = use_view(move || load(here.filters.get_untracked()));
    view! { <Loaded resource=loaded children=move |log| page(log, here)/> }.into_any()
}

async fn load(filters: Filters) -> Result<AuditLog, AppError> {
    let Filters([who, what, since, until, at]) = filters;
    load_audit_log(who, what, since, until, at).await
}

fn page(log: AuditLog, here: Here) -> AnyView {
    let (organisation, person) = (log.organisation.clone(), log.person.clone());
    here.shown.set(Some(log));
    let note = Memo::new(move |_| here.shown.read().as_ref().map_or_else(String::new, how_many));
    let (exporting, on_click) = (here.exporting, Callback::new(move |()| here.export()));
    view! {
        <ConsoleLayout page=ConsolePage::Audit organisation person>
            <MainHead title="Audit log" lede="Who did what, and when. Nobody can edit or delete an entry.">
                <ExportButton exporting words="Export these entries" on_click/>
            </MainHead>
            <Status message=exporting.said() kind=NoteKind::Info icon="save"/>
            <ErrorNote fault=exporting.fault() offline="Try again when you’re back."/>
            // In the page from the start, so that it is heard when somebody filters.
            <p class="sr" role="status">{move || note.get()}</p>
            <section class="sheet" aria-label="Entries" tabindex="-1" node_ref=here.list>
                {tools(here)}
                {move || here.shown.read().as_ref().map(|log| list(log, here))}
            </section>
        </ConsoleLayout>
    }
    .into_any()
}

/// The filters: a form that asks for this page again.
fn tools(here: Here) -> AnyView {
    let form = NodeRef::<html::Form>::new();
    let navigate = use_navigate();
    let go = Callback::new(move |()| {
        let Some(filters) = form.get_untracked().and_then(|form| Filters::read(&form)) else { return };
        if filters == here.filters.get_untracked() {
            // It is in the address already: there may be newer entries, or it couldn't be loaded before.
            here.load(filters);
        } else {
            navigate(&filters.href(), NavigateOptions { scroll: false, ..NavigateOptions::default() });
        }
    });
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        go.run(());
    };
    let [who, what, since, until, _] = here.fields;
    let (search, select) = (NodeRef::<html::Input>::new(), NodeRef::<html::Select>::new());
    keep(who.into(), move |text| search.get_untracked().map(|search| search.set_value(text)));
    keep(what.into(), move |code| select.get_untracked().map(|select| select.set_value(code)));
    let topics = TOPICS.into_iter().map(|(code, word)| {
        let is_chosen = what.get_untracked() == code;
        view! { <option value=code selected=is_chosen>{word}</option> }
    });
    let clear = move || {
        let is_any = here.filters.read().on_page("") != Filters::default();
        is_any.then(|| view! { <LinkButton href=paths::ORG_AUDIT kind=ButtonKind::Quiet size=ButtonSize::Small>"Clear"</LinkButton> })
    };
    view! {
        <form class="tools" action=paths::ORG_AUDIT on:submit=on_submit node_ref=form>
            <div class="find">
                <Icon name="search"/>
                <input
                    class="input sm" type="search" name="who" aria-label="Find a person" placeholder="Email address" inputmode="email"
                    autocomplete="off" spellcheck="false" value=who.get_untracked() node_ref=search
                />
            </div>
            <label class="select" class:on=move || !what.read().is_empty()>
                <span id="what-label">"What"</span>
                <select name="what" aria-labelledby="what-label" on:change=move |_| go.run(()) node_ref=select>
                    {topics.collect_view()}
                </select>
                <Icon name="down" size=16/>
            </label>
            {day_field("since", "From", since)}
            {day_field("until", "To", until)}
            <Button kind=ButtonKind::Second size=ButtonSize::Small>"Show"</Button>
            {clear}
        </form>
    }
    .into_any()
}

/// A day of the calendar. Nothing is asked for before "Show": who types a date passes through others.
fn day_field(name: &'static str, label: &'static str, value: Memo<String>) -> AnyView {
    let input = NodeRef::<html::Input>::new();
    keep(value.into(), move |date| input.get_untracked().map(|input| input.set_value(date)));
    let id = [name, "-label"].concat();
    view! {
        <label class="select" class:on=move || !value.read().is_empty()>
            <span id=id.clone()>{label}</span>
            <input type="date" name=name aria-labelledby=id value=value.get_untracked() node_ref=input/>
        </label>
    }
    .into_any()
}

/// The entries of each day, and the way to more of them.
fn list(log: &AuditLog, here: Here) -> AnyView {
    let filters = here.filters.get_untracked();
    if log.entries.is_empty() {
        let is_all = filters == Filters::default();
        let words = if is_all { "Nothing has happened yet." } else { "Nothing here matches." };
        let all = || view! { <LinkButton href=paths::ORG_AUDIT kind=ButtonKind::Second>"Show everything"</LinkButton> };
        return view! { <div class="empty"><p>{words}</p>{(!is_all).then(all)}</div> }.into_any();
    }
    let page = |at: Option<&String>| at.map(|at| filters.on_page(at).href());
    let (previous, next) = (page(log.newer.as_ref()), page(log.older.as_ref()));
    let columns = ["What happened", "Who", "From"].into_iter().map(|name| view! { <th scope="col">{name}</th> });
    let note = ["Newest first, times in ", &log.time_zone].concat();
    view! {
        <table class="table fold" aria-busy=move || here.is_loading.get().then_some("true")>
            <caption class="sr">"Audit log, newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    <th scope="col" class="c-kind"><span class="sr">"Kind"</span></th>
                    {columns.collect_view()}
                </tr>
            </thead>
            {log.entries.chunk_by(is_of_one_day).map(day).collect_view()}
        </table>
        <Pager label="Audit log, pages" previous next previous_words="Newer" next_words="Older" note/>
    }
    .into_any()
}

fn day(entries: &[AuditEntry]) -> AnyView {
    let (heading, rows) = (entries.first().map(heading), entries.iter().map(row).collect_view());
    view! { <tbody><tr class="day"><th colspan="5" scope="rowgroup">{heading}</th></tr>{rows}</tbody> }.into_any()
}

fn row(entry: &AuditEntry) -> AnyView {
    let mark = match entry.mark {
        Mark::Plain => None,
        Mark::Accepted => Some(("stroke sign", "Accepted")),
        Mark::Refused => Some(("stroke stop", "Refused")),
        Mark::NeedsALook => Some(("stroke wait", "Needs a look")),
    };
    let mark = mark.map(|(class, word)| {
        view! {
            <span class="sr">{word}</span>
            <svg class=class width="9" height="14" viewBox="0 0 9 14" aria-hidden="true"><path d="M5.5 0H9L3.5 14H0z"/></svg>
        }
    });
    // The long kind of address may break, or there would be no room for what happened.
    let from = if entry.address.contains(':') { "c-act mono" } else { "c-act mono nowrap" };
    view! {
        <tr>
            <td class="c-when">{entry.when.clock.clone()}</td>
            <td class="c-kind">{mark}</td>
            <td class="c-what" role="rowheader">{entry.sentence.clone()}<span class="sub mono">{entry.kind.clone()}</span></td>
            <td class="c-left">{entry.who.clone()}</td>
            <td class=from>{entry.address.clone()}</td>
        </tr>
    }
    .into_any()
}

/// Whether they are of the same day. The date alone has no year.
fn is_of_one_day(one: &AuditEntry, next: &AuditEntry) -> bool {
    (&one.date, &one.when.day) == (&next.date, &next.when.day)
}

/// "Today, Thursday 26 November", "Monday 23 November", and with the year when it isn't this one.
fn heading(entry: &AuditEntry) -> String {
    match (entry.when.day.as_str(), entry.date.split_once(' ')) {
        ("today", _) => ["Today, ", &entry.date].concat(),
        ("yesterday", _) => ["Yesterday, ", &entry.date].concat(),
        (day, Some((weekday, date))) if day.starts_with(date) => [weekday, " ", day].concat(),
        _ => entry.date.clone(),
    }
}

/// "25 entries, the newest from today, 09:11".
fn how_many(log: &AuditLog) -> String {
    let Some(newest) = log.entries.first() else { return "No entries".to_owned() };
    [&count(log.entries.len(), "entry", "entries"), ", the newest from ", &newest.when.text].concat()
}

fn downloaded(entries: i64) -> String {
    let entries = count(whole(entries), "entry", "entries");
    ["Downloaded ", &entries, " as ", FILE_NAME, ". A file holds the newest 10,000 at most."].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::When;

    fn entry(day: &str, date: &str) -> AuditEntry {
        let [id, kind, sentence, who, address, browser, clock, text, full] = std::array::from_fn(|_| String::new());
        let when = When { at: 0, clock, text, day: day.to_owned(), full };
        AuditEntry { id, kind, sentence, mark: Mark::Plain, when, date: date.to_owned(), who, address, browser }
    }

    #[test]
    fn only_what_is_asked_for_is_in_the_address() {
        assert_eq!(Filters::default().href(), "/org/audit");
        let filters = Filters(["j@x", "policy", "", "", "here"].map(str::to_owned));
        assert_eq!(filters.on_page("+x").href(), "/org/audit?who=j%40x&what=policy&at=%2Bx");
    }

    #[test]
    fn the_entries_of_a_day_stand_together_and_those_of_another_year_apart() {
        let days = ["yesterday", "yesterday", "26 November", "26 November 2020"];
        let entries = days.map(|day| entry(day, "Thursday 26 November"));
        assert_eq!(entries.chunk_by(is_of_one_day).map(<[_]>::len).collect::<Vec<_>>(), [2, 1, 1]);
    }

    #[test]
    fn a_day_is_named_as_people_say_it() {
        let named = |day| heading(&entry(day, "Thursday 26 November"));
        assert_eq!(named("today"), "Today, Thursday 26 November");
        assert_eq!(named("yesterday"), "Yesterday, Thursday 26 November");
        assert_eq!(named("26 November"), "Thursday 26 November");
        assert_eq!(named("26 November 2020"), "Thursday 26 November 2020");
    }
}
