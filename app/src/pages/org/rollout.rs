//! The Rollout page: how far each team has come, and reminding those who aren't set up yet.

use countersign_domain::{Role, count};
use leptos::{ev::MouseEvent, prelude::*};

use super::words::{capitalised, factor_in_words, people, refused, whole};
use crate::{
    api::{
        Refusal, When,
        rollout::{Deadline, Remind, Rollout, Team, Use, export_rollout, load_rollout},
    },
    components::{
        Act, ActForm, Badge, BadgeKind, Button, ButtonKind, ButtonSize, ConsoleLayout, ConsolePage, ErrorNote, ExportButton, Exporting,
        LinkButton, Loaded, MainHead, Meter, Note, NoteKind, Status, said_anew, use_act, use_export, use_view,
    },
    pages::query::use_query,
    paths,
};

/// The most days that are drawn: the server sends the last of them.
const MOST_DAYS: i64 = 60;

/// What the export is called.
const FILE_NAME: &str = "countersign-rollout.csv";

/// The one act of the page, and the team it was last pressed for; empty for everybody.
type Reminding = (Act<Remind>, RwSignal<String>);

/// How far the teams have come that somebody looks after.
#[component]
pub fn RolloutPage() -> impl IntoView {
    let (reminding, reminded) = ((use_act::<Remind>(), RwSignal::new(String::new())), use_query("reminded"));
    let exporting = use_export();
    let pending = reminding.0.pending();
    Effect::new(move |_| {
        if pending.get() {
            // What is said is of what was done last.
            exporting.outcome.set(None);
        }
    });
    view! { <Loaded resource=use_view(load_rollout) children=move |rollout| page(&rollout, reminding, reminded, exporting)/> }.into_any()
}

fn page(rollout: &Rollout, reminding: Reminding, reminded: Memo<Option<String>>, exporting: Exporting) -> AnyView {
    let (act, refusal, is_now) = (reminding.0, reminding.0.refusal(), said_anew());
    let said = Signal::derive(move || {
        // What was said of the last one is still in the address when the next one is refused.
        if refusal.get().is_some() || exporting.outcome.read().is_some() {
            None
        } else {
            reminded.read().as_deref().and_then(reminded_in_words)
        }
    });
    let why = move || refusal.get().filter(|_| is_now()).map(|refusal| why_not(&refusal));
    let head = head(rollout, reminding, exporting);
    let board = if rollout.people == 0 && rollout.teams.is_empty() {
        let empty = "Your teams will be here, with how many people of each are set up. Nobody is in one yet.";
        view! { <div class="sheet"><div class="empty"><p>{empty}</p></div></div> }.into_any()
    } else {
        view! { {hero(rollout)}{teams(rollout, reminding)}{uses(&rollout.uses)} }.into_any()
    };
    view! {
        <ConsoleLayout page=ConsolePage::Rollout organisation=rollout.organisation.clone() person=rollout.person.clone()>
            {head}
            <Status message=said/>
            <div class="alert" role="alert">{move || why().map(|why| view! { <Note kind=NoteKind::Stop icon="warn">{why}</Note> })}</div>
            <ErrorNote fault=act.fault() offline="Press Remind when you’re back."/>
            <Status message=exporting.said() kind=NoteKind::Info icon="save"/>
            <ErrorNote fault=exporting.fault() offline="Press Export when you’re back."/>
            {board}
        </ConsoleLayout>
    }
    .into_any()
}

fn head(rollout: &Rollout, reminding: Reminding, exporting: Exporting) -> AnyView {
    let lede = lede(rollout.is_required, rollout.deadline.as_ref());
    let policy = (rollout.person.role == Role::AccountHolder).then(|| {
        let words = if rollout.is_required || rollout.deadline.is_some() { "Change deadline" } else { "Require it" };
        view! { <LinkButton href=paths::ORG_POLICY kind=ButtonKind::Second>{words}</LinkButton> }
    });
    // Everybody whose team wasn't reminded a moment ago.
    let ready: i64 = rollout.teams.iter().filter(|team| team.id.is_some() && team.remind_from.is_none()).map(left).sum();
    let words = ["Remind ", &people(ready)].concat();
    let remind = (ready > 0).then(|| remind(reminding, String::new(), words.clone(), words));
    let export = (!rollout.teams.is_empty()).then(|| {
        let on_click = Callback::new(move |()| exporting.save(FILE_NAME, export_rollout(), downloaded));
        view! { <ExportButton exporting words="Export" on_click/> }
    });
    view! { <MainHead title="Rollout" lede>{export}{policy}{remind}</MainHead> }.into_any()
}

/// The form that reminds a team, or everybody where `team` is empty. The other buttons stay as they are meanwhile.
fn remind(reminding: Reminding, team: String, words: String, label: String) -> AnyView {
    let (kind, size) = if team.is_empty() { (ButtonKind::Primary, ButtonSize::Desk) } else { (ButtonKind::Second, ButtonSize::Small) };
    let field = (!team.is_empty()).then(|| view! { <input type="hidden" name="team" value=team.clone()/> });
    let ((act, pressed), pending, this) = (reminding, reminding.0.pending(), team.clone());
    let busy = Signal::derive(move || pending.get() && *pressed.read() == this);
    let on_click = Callback::new(move |_: MouseEvent| {
        if !pending.get_untracked() {
            pressed.set(team.clone());
        }
    });
    view! {
        <ActForm act class="">
            {field}
            <Button kind size icon="bell" label busy on_click>{words}</Button>
        </ActForm>
    }
    .into_any()
}

fn hero(rollout: &Rollout) -> AnyView {
    let are = if rollout.set_up == 1 || rollout.people == 1 { " is set up" } else { " are set up" };
    let total = [&rollout.set_up.to_string(), " of ", &people(rollout.people), are].concat();
    let (others, counts) = others_in_words(rollout.people - rollout.set_up, rollout.recent, rollout.never);
    let counts = counts.into_iter().map(|(people, words)| view! { <b>{people.to_string()}</b>{words} });
    view! {
        <div class="sheet hero">
            <div>
                {figure(&total)}
                <Meter label=total value=rollout.set_up max=rollout.people large=true/>
                <p class="keyline"><span>{others}{counts.collect_view()}</span></p>
            </div>
            {rollout.deadline.as_ref().map(days)}
        </div>
    }
    .into_any()
}

/// The first word large, the rest beside it.
fn figure(text: &str) -> AnyView {
    let (large, rest) = text.split_at(text.find(' ').map_or(text.len(), |space| space + 1));
    let rest = (!rest.is_empty()).then(|| view! { <small>{rest.to_owned()}</small> });
    view! { <p class="figure">{large.to_owned()}{rest}</p> }.into_any()
}

fn days(deadline: &Deadline) -> AnyView {
    let strokes = (1..=deadline.days).map(|day| view! { <i class=stroke(day, deadline)></i> }).collect_view();
    let labels = labels(deadline).into_iter().map(|(class, text, is_today)| {
        let text = if is_today { view! { <b>{text}</b> }.into_any() } else { text.into_any() };
        view! { <span class=class>{text}</span> }
    });
    let left = if deadline.days_left < 1 { "Today".to_owned() } else { count(whole(deadline.days_left), "day left", "days left") };
    view! {
        <div>
            {figure(&left)}
            <div role="img" aria-label=days_in_words(deadline)>
                <div class="days" aria-hidden="true">{strokes}{labels.collect_view()}</div>
            </div>
            <p class="keyline"><span>{["Announced ", &deadline.announced.day, "."].concat()}</span></p>
        </div>
    }
    .into_any()
}

fn teams(rollout: &Rollout, reminding: Reminding) -> AnyView {
    let columns = ["Team", "Progress", "Set up", "To do"].into_iter().map(|name| view! { <th scope="col">{name}</th> });
    view! {
        <div class="sheet">
            <table class="table fold">
                <caption class="sr">"Teams, fewest set up first"</caption>
                <thead>
                    <tr>
                        {columns.collect_view()}
                        <th scope="col" class="opt">"Last reminder"</th>
                        <th scope="col"><span class="sr">"Action"</span></th>
                    </tr>
                </thead>
                <tbody>{rollout.teams.iter().map(|team| row(team, reminding)).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(team: &Team, reminding: Reminding) -> AnyView {
    let (name, left) = (team.name.clone().unwrap_or_else(|| "No team".to_owned()), left(team));
    let action = action(team, &name, reminding);
    let of = [" of ", &team.people.to_string()].concat();
    let progress = [&name, ": ", &team.set_up.to_string(), &of, " set up"].concat();
    let name = match &team.id {
        Some(id) => view! { <a class="row" href=[paths::ORG_MEMBERS, "?team=", id].concat()>{name}</a> }.into_any(),
        None => view! { <b>{name}</b> }.into_any(),
    };
    let supervisors = (!team.supervisors.is_empty()).then(|| view! { <span class="sub">{team.supervisors.join(", ")}</span> });
    let to_do = match left {
        0 => view! { <Badge kind=BadgeKind::Sign mark=true>"All set"</Badge> }.into_any(),
        left => [&left.to_string(), " left"].concat().into_any(),
    };
    let last = || team.reminded.as_ref().map_or_else(|| "Not sent".to_owned(), |last| capitalised(&last.day));
    view! {
        <tr>
            <td class="c-name" role="rowheader">{name}{supervisors}</td>
            <td class="c-bar"><Meter label=progress value=team.set_up max=team.people/></td>
            <td class="nowrap c-n"><b>{team.set_up.to_string()}</b>{of}</td>
            <td class="nowrap c-left">{to_do}</td>
            <td class="nowrap opt">{(left > 0).then(last)}</td>
            <td class="end c-act">{action}</td>
        </tr>
    }
    .into_any()
}

/// Reminding a team, or when it was and from when on it can be again.
fn action(team: &Team, name: &str, reminding: Reminding) -> Option<AnyView> {
    let id = team.id.clone().filter(|_| left(team) > 0)?;
    let Some(from) = &team.remind_from else {
        let label = ["Remind ", &people(left(team)), " in ", name].concat();
        return Some(remind(reminding, id, ["Remind ", &left(team).to_string()].concat(), label));
    };
    let sent = team.reminded.as_ref().map_or_else(|| "Sent".to_owned(), |at| ["Sent ", &at_in_words("at ", at)].concat());
    let again = ["Again from ", &at_in_words("", from)].concat();
    Some(view! { {sent}<span class="sub">{again}</span> }.into_any())
}

/// How many people have each method. Where as many have two of them, the stronger comes first.
fn uses(uses: &[Use]) -> AnyView {
    let mut uses: Vec<_> = uses.iter().collect();
    uses.sort_by_key(|used| -used.people);
    let entry = |method: &Use| view! { <div><dt>{factor_in_words(method.factor)}</dt><dd>{method.people.to_string()}</dd></div> };
    view! { <h2>"What people use"</h2><dl class="sheet strip">{uses.into_iter().map(entry).collect_view()}</dl> }.into_any()
}

/// Those of a team who aren't set up.
fn left(team: &Team) -> i64 {
    (team.people - team.set_up).max(0)
}

fn lede(is_required: bool, deadline: Option<&Deadline>) -> String {
    match deadline {
        Some(Deadline { at, .. }) => ["Two-factor authentication is required from ", &at.day, ", ", &at.clock, "."].concat(),
        None if is_required => "Two-factor authentication is required.".to_owned(),
        None => "Two-factor authentication isn’t required yet.".to_owned(),
    }
}

/// What came of reminding, as the address says it.
fn reminded_in_words(reminded: &str) -> Option<String> {
    let reminded: i64 = reminded.parse().ok()?;
    Some(if reminded < 1 { "Nobody was left to remind.".to_owned() } else { ["Reminded ", &people(reminded), "."].concat() })
}

fn downloaded(teams: i64) -> String {
    ["Downloaded ", &count(whole(teams), "team", "teams"), " as ", FILE_NAME, "."].concat()
}

fn why_not(refusal: &Refusal) -> String {
    let Refusal::TooSoon { until, .. } = refusal else { return refused(refusal) };
    ["They were reminded a moment ago. You can remind them again ", &at_in_words("at ", until), "."].concat()
}

/// Today the clock time alone, after `at`; "tomorrow, 08:57" on any other day.
fn at_in_words(at: &str, when: &When) -> String {
    if when.day == "today" { [at, &when.clock].concat() } else { [&when.day, ", ", &when.clock].concat() }
}

/// What is known of the `left` people who aren't set up: how it begins, and each count with its words.
fn others_in_words(left: i64, recent: i64, never: i64) -> (String, Vec<(i64, &'static str)>) {
    let have = if never == 1 { " has never signed in." } else { " have never signed in." };
    let others = if left == 1 { "one".to_owned() } else { left.to_string() };
    let counts = match (left, recent, never) {
        (..=0, ..) => return ("Everybody is set up.".to_owned(), Vec::new()),
        (_, ..=0, ..=0) => return (["The other ", &others, " last signed in more than a week ago."].concat(), Vec::new()),
        (1, 1.., _) => return ("The other one signed in this week.".to_owned(), Vec::new()),
        (1, ..) => return ("The other one has never signed in.".to_owned(), Vec::new()),
        (_, ..=0, _) => vec![(never, have)],
        (_, _, ..=0) => vec![(recent, " signed in this week.")],
        _ => vec![(recent, " signed in this week, "), (never, have)],
    };
    (["Of the other ", &others, ": "].concat(), counts)
}

/// Which stroke is today's; 0 while today is before the days that are drawn.
const fn today(deadline: &Deadline) -> i64 {
    if deadline.days_left < deadline.days { deadline.today } else { 0 }
}

fn stroke(day: i64, deadline: &Deadline) -> Option<&'static str> {
    match today(deadline) {
        _ if day == deadline.days => Some("due"),
        today if day == today => Some("today"),
        today => (day < today).then_some("past"),
    }
}

/// Below the first day, today and the last day: classes, words, and whether it is today. None runs into another on a phone.
fn labels(deadline: &Deadline) -> Vec<(String, String, bool)> {
    let (days, today) = (deadline.days, today(deadline));
    // When as many are drawn as can be, the first need not be the day it was announced.
    let first = (days < MOST_DAYS && (today - 1) * 5 >= days).then(|| (1, short_date(&deadline.announced)));
    let now = (today == days || (today > 0 && (days - today + 1) * 3 >= days)).then_some((today, "Today"));
    let due = (today != days).then(|| (days, short_date(&deadline.at)));
    let placed = [first, now, due].into_iter().flatten().map(|(day, text)| {
        // With few days a column is wide, and the label stands below its stroke.
        let end = if day == days && days > 5 { " end" } else { "" };
        (["cs-col-", &day.to_string(), end].concat(), text.to_owned(), day == today)
    });
    placed.collect()
}

fn days_in_words(deadline: &Deadline) -> String {
    let from = if deadline.days < MOST_DAYS { [" from ", date(&deadline.announced)].concat() } else { String::new() };
    let today = if today(deadline) > 0 { ["day ", &today(deadline).to_string()].concat() } else { "before them".to_owned() };
    let [days, left] =
        [(deadline.days, "day", "days"), (deadline.days_left, "day left", "days left")].map(|(n, one, many)| count(whole(n), one, many));
    [&days, &from, " to the deadline on ", date(&deadline.at), ". Today is ", &today, ", ", &left, "."].concat()
}

/// "4 December": the day itself, where "tomorrow" won't do.
fn date(when: &When) -> &str {
    when.full.rsplitn(3, ' ').nth(2).unwrap_or(&when.full)
}

/// "4 Dec".
fn short_date(when: &When) -> &str {
    let date = date(when);
    date.find(' ').and_then(|space| date.get(..space + 4)).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(day: &str, full: &str) -> When {
        let clock = full.rsplit(' ').next().unwrap().to_owned();
        When { at: 0, text: [day, ", ", &clock].concat(), clock, day: day.to_owned(), full: full.to_owned() }
    }

    fn deadline(days: i64, days_left: i64) -> Deadline {
        let (at, announced) = (when("4 December", "4 December 2026, 09:00"), when("19 November", "19 November 2026, 10:00"));
        Deadline { at, announced, days_left, days, today: (days - days_left).max(1) }
    }

    #[test]
    fn counts_of_nobody_are_left_out() {
        for (left, recent, never, words) in [
            (19, 14, 5, "Of the other 19: 14 signed in this week, 5 have never signed in."),
            (19, 0, 1, "Of the other 19: 1 has never signed in."),
            (19, 3, 0, "Of the other 19: 3 signed in this week."),
            (19, 0, 0, "The other 19 last signed in more than a week ago."),
            (1, 0, 1, "The other one has never signed in."),
            (0, 0, 0, "Everybody is set up."),
        ] {
            let (begins, counts) = others_in_words(left, recent, never);
            assert_eq!(counts.iter().fold(begins, |said, (n, words)| said + &n.to_string() + words), words);
        }
    }

    #[test]
    fn each_day_to_the_deadline_is_a_stroke_and_three_of_them_are_named() {
        for (days, left, strokes, names) in [
            (16, 8, "pppppppt_______d", "cs-col-1 19 Nov|cs-col-8 Today|cs-col-16 end 4 Dec"),
            (16, 15, "t______________d", "cs-col-1 Today|cs-col-16 end 4 Dec"),
            (16, 0, "pppppppppppppppd", "cs-col-1 19 Nov|cs-col-16 end Today"),
            (2, 1, "td", "cs-col-1 Today|cs-col-2 4 Dec"),
        ] {
            let it = deadline(days, left);
            assert_eq!((1..=days).map(|day| stroke(day, &it).map_or("_", |class| &class[..1])).collect::<String>(), strokes);
            assert_eq!(labels(&it).into_iter().map(|(class, text, _)| [class, text].join(" ")).collect::<Vec<_>>().join("|"), names);
        }
        let said = "16 days from 19 November to the deadline on 4 December. Today is day 8, 8 days left.";
        assert_eq!(days_in_words(&deadline(16, 8)), said);
        assert_eq!(days_in_words(&deadline(60, 90)), "60 days to the deadline on 4 December. Today is before them, 90 days left.");
    }

    #[test]
    fn those_reminded_are_counted_and_those_reminded_before_are_told_when() {
        let said = |n: &str| reminded_in_words(n).unwrap_or_default();
        assert_eq!([said("19"), said("1"), said("0")], ["Reminded 19 people.", "Reminded 1 person.", "Nobody was left to remind."]);
        let (now, later) = (when("today", "4 December 2026, 09:14"), when("tomorrow", "5 December 2026, 09:14"));
        assert_eq!([at_in_words("at ", &now), at_in_words("at ", &later)], ["at 09:14", "tomorrow, 09:14"]);
    }
}
