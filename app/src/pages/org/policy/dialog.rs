//! What happens to people when the policy is saved, said before it happens.

use countersign_domain::count;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    deadline_refused,
    draft::{Change, Draft, Fact, deadline_in_words, minutes_in_words},
    state::Here,
};
use crate::{
    api::{
        Refusal,
        policy::{Effect as Touches, Policy},
    },
    components::{ActForm, Button, ButtonKind, Dialog, ErrorNote, LinkButton, Note, NoteKind, Tick, said_anew},
    pages::org::words::{people, refused, whole},
    paths,
};

/// Whom the draft touches, and the form that saves it. It opens once that is known.
#[component]
pub(super) fn Confirm(policy: Policy, here: Here) -> impl IntoView {
    let draft = move || here.draft.get().unwrap_or_else(|| here.policy.get());
    let change = Memo::new(move |_| draft().change(&here.policy.read()));
    let open = Signal::derive(move || {
        let asked = here.asked.get();
        let is_weighed = here.weighed.read().as_ref().is_some_and(|(methods, _)| asked == Some(*methods));
        is_weighed && change.get() != Change::Nothing
    });
    let signed_out = Memo::new(move |_| {
        let is_now = draft().signs_out();
        here.weighed.read().as_ref().filter(|_| is_now).map_or(0, |(_, touches)| touches.signed_in_without)
    });
    let title = Signal::derive(move || title(change.get(), &draft(), &here.policy.read()));
    let navigate = use_navigate();
    let on_close = Callback::new(move |()| {
        let draft = here.draft.get_untracked().unwrap_or_else(|| here.policy.get_untracked());
        navigate(&draft.href(false), NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    let Policy { organisation, changes, trusted, .. } = policy;
    let body = move || {
        let (_, touches) = here.weighed.get()?;
        Some(body(&draft(), &here.policy.read(), (&touches, trusted), &organisation))
    };
    view! {
        <Dialog id="confirm" open title read_first=true on_close>
            <ActForm act=here.save class="">
                <div class="in">
                    {body}
                    {understood(here, signed_out)}
                    {trouble(here)}
                    {move || hidden(&draft(), &here.policy.read())}
                    <input type="hidden" name="changes" value=changes.to_string()/>
                    <input type="hidden" name="count" value=move || signed_out.get().to_string()/>
                </div>
                <div class="acts">
                    {move || (signed_out.get() > 0).then(|| view! {
                        <a class="btn quiet start" href=draft().with_deadline().href(false)>"Set a deadline instead"</a>
                    })}
                    {move || view! { <LinkButton href=draft().href(false) kind=ButtonKind::Second>"Cancel"</LinkButton> }}
                    <Button busy=here.save.pending()>{move || save_label(signed_out.get())}</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}

fn title(change: Change, draft: &Draft, saved: &Draft) -> String {
    let text = match change {
        Change::Nothing | Change::RequireNow => "Require two-factor authentication?",
        Change::Stop => "Stop requiring two-factor authentication?",
        Change::Methods => "Change the methods people can use?",
        Change::Times if draft.trust == saved.trust => "Change how long people stay signed in?",
        Change::Times => "Change when people are asked to sign in?",
        Change::RequireBy => match deadline_in_words(&draft.deadline) {
            Some(at) => return ["Require it by ", &at, "?"].concat(),
            None => "Require it by a deadline?",
        },
    };
    text.to_owned()
}

fn save_label(signed_out: i64) -> String {
    if signed_out == 0 { "Save".to_owned() } else { ["Save and sign out ", &people(signed_out)].concat() }
}

/// The draft, as the form sends it. Times that weren't touched aren't sent: they may be others than the page offers.
fn hidden(draft: &Draft, saved: &Draft) -> AnyView {
    let kept = [("trust", draft.trust == saved.trust), ("idle", draft.idle == saved.idle), ("overall", draft.overall == saved.overall)];
    let is_sent = |name: &str| !kept.contains(&(name, true));
    let fields = draft
        .fields()
        .into_iter()
        .filter(|(name, _)| is_sent(name))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    fields.collect_view().into_any()
}

fn body(draft: &Draft, saved: &Draft, (touches, trusted): (&Touches, i64), organisation: &str) -> AnyView {
    let change = draft.change(saved);
    // Other methods alone touch nobody by a deadline who wasn't touched before.
    let is_told = match change {
        Change::Times => false,
        Change::Methods => draft.signs_out(),
        _ => true,
    };
    let facts = if is_told { draft.facts(touches) } else { Vec::new() };
    let lede = if facts.is_empty() {
        without_facts(change, draft, saved).map(ToOwned::to_owned)
    } else {
        let work = if touches.people == 1 { " works at " } else { " work at " };
        Some([&people(touches.people), work, organisation, ". This is what happens to them when you save."].concat())
    };
    let facts = (!facts.is_empty()).then(|| view! { <dl class="facts">{facts.into_iter().map(fact).collect_view()}</dl> });
    view! {
        {lede.map(|lede| view! { <p class="lede">{lede}</p> })}
        {facts}
        {left_bare(draft, saved, touches)}
        {times(draft, saved, trusted)}
    }
    .into_any()
}

/// What other times come to; nothing when they stay.
fn times(draft: &Draft, saved: &Draft, trusted: i64) -> Vec<AnyView> {
    let said = times_in_words(draft, saved, trusted);
    said.into_iter().map(|text| view! { <p class="block">{text}</p> }.into_any()).collect()
}

fn times_in_words(draft: &Draft, saved: &Draft, trusted: i64) -> Vec<String> {
    let mut said = Vec::new();
    let number = |text: &str| text.parse::<i64>().unwrap_or_default();
    if draft.trust != saved.trust {
        said.push(match (draft.trust, trusted) {
            ("0", 0) => "The second step is asked for every time.".to_owned(),
            ("0", trusted) => {
                let browsers = count(whole(trusted), "browser is", "browsers are");
                [&browsers, " trusted now: the second step is asked for there again."].concat()
            }
            (days, _) => {
                let days = count(whole(number(days)), "day", "days");
                let text = [
                    "On a browser that somebody trusts, their password alone signs in for ",
                    &days,
                    ". Changing how they sign in still asks for a second step.",
                ];
                text.concat()
            }
        });
    }
    let (idle, overall) = (minutes_in_words(draft.idle), minutes_in_words(draft.overall));
    if draft.idle != saved.idle {
        said.push(["Everyone is signed out after ", &idle, " without use."].concat());
    }
    if draft.overall != saved.overall {
        said.push(["Everyone signs in again ", &overall, " after their password."].concat());
    }
    if number(draft.idle) < number(saved.idle) || number(draft.overall) < number(saved.overall) {
        said.push("Whoever is past that is signed out as soon as you save.".to_owned());
    }
    said
}

/// What is said of a change that does nothing to anybody at once.
fn without_facts(change: Change, draft: &Draft, saved: &Draft) -> Option<&'static str> {
    let is_off = draft.methods.iter().zip(saved.methods).any(|(now, then)| then && !now);
    Some(match (change, is_off) {
        (Change::Times, _) => return None,
        (Change::Methods, true) => "What people have stays until they have another. Nobody can add what you’re switching off.",
        (Change::Methods, false) => "People can add what you’re switching on straight away.",
        _ => "Everyone keeps their methods and may remove them. New people won’t be asked.",
    })
}

fn fact(fact: Fact) -> AnyView {
    let Fact { people, is_now, what, why } = fact;
    view! {
        <div class:now=is_now>
            <dt>{people}</dt>
            <dd><b>{what}</b><span>{why}</span></dd>
        </div>
    }
    .into_any()
}

/// Those who have a method, but none that would count.
fn left_bare(draft: &Draft, saved: &Draft, touches: &Touches) -> Option<AnyView> {
    if touches.left_bare == 0 {
        return None;
    }
    let head = if draft.methods == saved.methods { "Only had what is switched off:" } else { "Only had what you’re switching off:" };
    let names = touches.left_bare_names.join(", ");
    let more = match whole(touches.left_bare).saturating_sub(touches.left_bare_names.len()) {
        0 => String::new(),
        more => [" and ", &more.to_string(), " more"].concat(),
    };
    let then = if draft.required { "They count as not set up and are asked for another." } else { "They count as not set up." };
    let text = [" ", &names, &more, ". ", then].concat();
    Some(view! { <p class="block"><b>{head}</b>{text}</p> }.into_any())
}

/// The box to tick before anybody is signed out.
fn understood(here: Here, signed_out: Memo<i64>) -> AnyView {
    let refusal = here.save.refusal();
    let error = Signal::derive(move || refusal.get().filter(is_not_understood).as_ref().map(refused));
    let tick = move || {
        let signed_out = signed_out.get();
        (signed_out > 0).then(|| {
            let label = [" that ", &people(signed_out), " will be signed out now"].concat();
            view! {
                <div class="ack block">
                    <Tick name="understood" on=here.understood error><b>"I understand"</b>{label}</Tick>
                </div>
            }
        })
    };
    tick.into_any()
}

fn is_not_understood(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Unmet { what, .. } if what == "not-understood")
}

/// What kept the draft from being saved.
fn trouble(here: Here) -> AnyView {
    let (refusal, is_now) = (here.save.refusal(), said_anew());
    let note = move || {
        refusal.get().filter(|refusal| !is_not_understood(refusal) && is_now()).map(|refusal| {
            let text = deadline_refused(&refusal).unwrap_or_else(|| refused(&refusal));
            view! { <Note kind=NoteKind::Stop icon="warn">{text}{way_out(&refusal)}</Note> }
        })
    };
    view! {
        <div class="alert" role="alert">{note}</div>
        <ErrorNote fault=here.save.fault() offline="Press Save when you’re back."/>
    }
    .into_any()
}

/// Where somebody can do what has to be done first.
fn way_out(refusal: &Refusal) -> Option<AnyView> {
    let Refusal::Unmet { what, .. } = refusal else { return None };
    let (href, words) = match what.as_str() {
        "set-up-first" => (paths::ENROL, "Set one up"),
        "no-way-back" => (paths::SECURITY, "Go to your Security page"),
        _ => return None,
    };
    Some(view! { " "<a href=href>{words}</a> }.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::org::policy::draft::{DEADLINE, NOW};

    fn draft(start: &'static str, methods: [bool; 4]) -> Draft {
        Draft { required: true, start, deadline: "2026-12-04T09:00".to_owned(), methods, ..Draft::default() }
    }

    #[test]
    fn each_change_asks_its_own_question() {
        let draft = draft(DEADLINE, [true; 4]);
        assert_eq!(title(Change::RequireNow, &draft, &draft), "Require two-factor authentication?");
        assert_eq!(title(Change::RequireBy, &draft, &draft), "Require it by Friday 4 December, 09:00?");
        assert_eq!(title(Change::Stop, &draft, &draft), "Stop requiring two-factor authentication?");
        assert_eq!(title(Change::Methods, &draft, &draft), "Change the methods people can use?");
        assert_eq!(title(Change::Times, &draft, &draft), "Change how long people stay signed in?");
        let trusting = Draft { trust: "7", ..draft.clone() };
        assert_eq!(title(Change::Times, &trusting, &draft), "Change when people are asked to sign in?");
    }

    #[test]
    fn the_button_says_whom_it_signs_out() {
        assert_eq!((save_label(0).as_str(), save_label(1).as_str()), ("Save", "Save and sign out 1 person"));
        assert_eq!(save_label(11), "Save and sign out 11 people");
    }

    #[test]
    fn switching_a_method_off_is_not_said_as_switching_one_on() {
        let (all, fewer) = (draft(NOW, [true; 4]), draft(NOW, [true, true, true, false]));
        assert!(without_facts(Change::Methods, &fewer, &all).unwrap().contains("switching off"));
        assert!(without_facts(Change::Methods, &all, &fewer).unwrap().contains("switching on"));
    }

    #[test]
    fn other_times_say_what_they_come_to() {
        let saved = draft(NOW, [true; 4]);
        let said = |draft: &Draft, trusted| times_in_words(draft, &saved, trusted).join(" ");
        assert_eq!(said(&saved, 3), "");
        let trusting = Draft { trust: "14", ..saved.clone() };
        assert!(said(&trusting, 0).contains("their password alone signs in for 14 days."));
        assert_eq!(times_in_words(&saved, &trusting, 1), ["1 browser is trusted now: the second step is asked for there again."]);
        let shorter = Draft { idle: "15", overall: "480", ..saved.clone() };
        assert!(said(&shorter, 0).ends_with("8 hours after their password. Whoever is past that is signed out as soon as you save."));
        let longer = Draft { overall: "1440", ..saved.clone() };
        assert_eq!(said(&longer, 0), "Everyone signs in again 24 hours after their password.");
    }
}
