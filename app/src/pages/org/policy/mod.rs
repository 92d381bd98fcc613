//! The Policy page: what everybody needs to sign in.
//!
//! Saving takes two steps, with and without script. The form asks for this page again with the
//! draft in its address (`?required=yes&start=now&…&review=1`); the page then weighs the draft,
//! and a dialog says whom it touches, and saves it.

mod dialog;
mod draft;
mod state;

use countersign_domain::{Factor, count};
use leptos::{
    ev::{MouseEvent, SubmitEvent},
    html,
    prelude::*,
};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use self::{
    dialog::Confirm,
    draft::{DEADLINE, Draft, IDLE, METHODS, NOW, OVERALL, TRUST, deadline_in_words, minutes_in_words},
    state::{Fields, Here, Weighed, load},
};
use super::words::{factor_in_words, people, whole};
use crate::{
    api::{FieldProblem, Refusal, policy::Policy},
    components::{
        Button, ConsoleLayout, ConsolePage, ErrorLine, ErrorNote, Loaded, MainHead, Radio, Status, Switch, Tick, use_live, use_view,
    },
    paths,
};

/// What everybody needs to sign in, for account holders.
#[component]
pub fn PolicyPage() -> impl IntoView {
    let here = Here::new();
    let loaded = use_view(move || load(here.asked.get_untracked()));
    view! { <Loaded resource=loaded children=move |(policy, weighed)| page(policy, weighed, here)/> }.into_any()
}

fn page(policy: Policy, weighed: Option<Weighed>, here: Here) -> AnyView {
    here.policy.set(Draft::of(&policy));
    here.fill();
    if weighed.is_some() {
        here.weighed.set(weighed);
    }
    let deadline = NodeRef::<html::Input>::new();
    let lede = ["What everyone at ", &policy.organisation, " needs to sign in."].concat();
    let starts = starts(&policy, here, deadline);
    let methods = methods(&policy, here.fields());
    let trust = trust(policy.trusted, here.fields());
    view! {
        <ConsoleLayout page=ConsolePage::Policy organisation=policy.organisation.clone() person=policy.person.clone()>
            <MainHead title="Policy" lede/>
            <Status message=here.said()/>
            <ErrorNote fault=here.fault offline="Press Save when you’re back."/>
            // Before the sheet: without script an open one stands here, in the page.
            <Confirm policy here/>
            <form class="sheet" action=paths::ORG_POLICY novalidate on:submit=ask_first(here, deadline)>
                <input type="hidden" name="review" value="1"/>
                {switch(here)}
                {starts}
                {methods}
                {trust}
                {lengths(here.fields())}
                {save_bar(here)}
            </form>
        </ConsoleLayout>
    }
    .into_any()
}

/// The script's half of the form: it puts the draft into the address.
fn ask_first(here: Here, deadline: NodeRef<html::Input>) -> impl Fn(SubmitEvent) + 'static {
    let navigate = use_navigate();
    move |event| {
        event.prevent_default();
        here.save.forget();
        here.understood.set(false);
        let draft = here.current.get_untracked();
        if here.asked.get_untracked().is_some() && here.draft.get_untracked().as_ref() == Some(&draft) {
            // It is in the address already, and couldn't be weighed before.
            here.weigh(Some(draft.methods));
        } else {
            navigate(&draft.href(true), NavigateOptions { scroll: false, ..NavigateOptions::default() });
        }
        if let (Some(_), Some(deadline)) = (draft.problem(), deadline.get_untracked()) {
            drop(deadline.focus());
        }
    }
}

fn switch(here: Here) -> AnyView {
    let on = here.fields().required;
    let state = Signal::derive(move || {
        let is_on = on.get();
        let word = if is_on { "On" } else { "Off" };
        if here.policy.read().required == is_on { word.to_owned() } else { [word, ", not saved"].concat() }
    });
    view! {
        <Switch
            name="required"
            label="Require two-factor authentication"
            about="Everyone needs a second step after their password. Turning this off later keeps everyone’s methods; they can then choose to remove them."
            on
            state
        />
    }
    .into_any()
}

fn starts(policy: &Policy, here: Here, deadline: NodeRef<html::Input>) -> AnyView {
    let now = match policy.effect.signed_in_without {
        _ if policy.is_required && policy.deadline.is_none() => "It is required now".to_owned(),
        1 => "1 person signed in now has no second step".to_owned(),
        n => [&people(n), " signed in now have no second step"].concat(),
    };
    let by = policy.deadline_field.as_deref().and_then(deadline_in_words).map(|at| [&at, ". "].concat()).unwrap_or_default();
    let by = [&by, "Until then, people are asked when they sign in and can put it off"].concat();
    let start = here.fields().start;
    view! {
        <div class="prow">
            <div>
                <h3 id="starts">"When it starts"</h3>
                <p>"A deadline lets people set up between calls."</p>
            </div>
            <div class="stack-4">
                <div role="radiogroup" aria-labelledby="starts">
                    <Radio name="start" value=NOW label="As soon as I save" small=now chosen=start/>
                    <Radio name="start" value=DEADLINE label="By a deadline" small=by chosen=start/>
                </div>
                {deadline_field(&policy.time_zone, here, deadline)}
            </div>
        </div>
    }
    .into_any()
}

/// The deadline. Typing one chooses it.
fn deadline_field(time_zone: &str, here: Here, input: NodeRef<html::Input>) -> AnyView {
    let Fields { deadline: text, start, .. } = here.fields();
    let is_hydrating = !use_live().get_untracked();
    Effect::new(move |before: Option<()>| {
        let text_now = text.get();
        let Some(input) = input.get_untracked() else { return };
        if input.value() == text_now {
            return;
        }
        if before.is_none() && is_hydrating {
            // Typed before the script was there.
            text.set(input.value());
        } else {
            input.set_value(&text_now);
        }
    });
    let refusal = here.save.refusal();
    let error = Signal::derive(move || {
        let problem = here.draft.get().filter(|_| here.is_asked.get()).and_then(|draft| draft.problem());
        problem.map(str::to_owned).or_else(|| refusal.get().as_ref().and_then(deadline_refused))
    });
    let described_by = move || if error.read().is_some() { "deadline-hint deadline-error" } else { "deadline-hint" };
    view! {
        <div class="field">
            <label class="label" for="deadline">"Deadline"</label>
            <span class="hint" id="deadline-hint">{["Clock times of ", time_zone].concat()}</span>
            <ErrorLine id="deadline-error" error/>
            <input
                class="input sm"
                type="datetime-local"
                id="deadline"
                name="deadline"
                value=text.get_untracked()
                aria-describedby=described_by
                aria-invalid=move || error.read().is_some().then_some("true")
                on:input=move |event| {
                    text.set(event_target_value(&event));
                    start.set(DEADLINE);
                }
                node_ref=input
            />
        </div>
    }
    .into_any()
}

/// The words for a deadline that the server refused.
fn deadline_refused(refusal: &Refusal) -> Option<String> {
    let Refusal::Field { field, problem } = refusal else { return None };
    let text = match problem {
        _ if field != "deadline" => return None,
        FieldProblem::Empty => "Choose the day and time by which everybody has to be set up.",
        _ => "Choose a time that is still to come, a year from now at most.",
    };
    Some(text.to_owned())
}

fn methods(policy: &Policy, fields: Fields) -> AnyView {
    let boxes = METHODS.into_iter().zip(fields.methods).map(|((factor, name), on)| {
        let used_by = policy.methods.iter().find(|method| method.factor == factor).map_or(0, |method| method.people);
        let uses = if used_by == 1 { " uses this" } else { " use this" };
        let weaker = if factor == Factor::EmailedCode { ". Weaker: anyone with their mailbox can sign in" } else { "" };
        let small = [&people(used_by), uses, weaker].concat();
        view! { <Tick name on small>{factor_in_words(factor)}</Tick> }
    });
    view! {
        <div class="prow">
            <div>
                <h3 id="methods">"Methods people can use"</h3>
                <p>"Turning one off doesn’t remove it until they have another."</p>
            </div>
            <div role="group" aria-labelledby="methods">{boxes.collect_view()}</div>
        </div>
    }
    .into_any()
}

fn trust(trusted: i64, fields: Fields) -> AnyView {
    let now = match trusted {
        0 => String::new(),
        n => [" ", &count(whole(n), "browser is", "browsers are"), " trusted now."].concat(),
    };
    let radios = TRUST.map(|days| {
        let (label, small) = match days {
            "0" => ("Never: ask every time", Some("Best where desks are shared")),
            "7" => ("Up to 7 days", None),
            "14" => ("Up to 14 days", None),
            _ => ("Up to 30 days", None),
        };
        radio("trust", days, label, small, fields.trust)
    });
    view! {
        <div class="prow">
            <div>
                <h3 id="trust">"Trusted browsers"</h3>
                <p id="trust-about">{["Skip the second step on a browser someone has already used.", &now].concat()}</p>
            </div>
            <div role="radiogroup" aria-labelledby="trust" aria-describedby="trust-about">{radios.into_iter().collect_view()}</div>
        </div>
    }
    .into_any()
}

/// How long people stay signed in.
fn lengths(fields: Fields) -> AnyView {
    let idle = IDLE.map(|minutes| radio("idle", minutes, minutes_in_words(minutes), None, fields.idle));
    let overall = OVERALL.map(|minutes| radio("overall", minutes, minutes_in_words(minutes), None, fields.overall));
    view! {
        <div class="prow">
            <div>
                <h3>"Staying signed in"</h3>
                <p id="lengths-about">"Whichever comes first. Longer times count from the next sign-in."</p>
            </div>
            <div class="lengths">
                <div role="radiogroup" aria-labelledby="idle" aria-describedby="lengths-about">
                    <h4 class="label" id="idle">"Signed out without use after"</h4>
                    {idle.into_iter().collect_view()}
                </div>
                <div role="radiogroup" aria-labelledby="overall" aria-describedby="lengths-about">
                    <h4 class="label" id="overall">"Signed out in any case after"</h4>
                    {overall.into_iter().collect_view()}
                </div>
            </div>
        </div>
    }
    .into_any()
}

fn radio(
    name: &'static str,
    value: &'static str,
    label: impl Into<String>,
    small: Option<&'static str>,
    chosen: RwSignal<&'static str>,
) -> AnyView {
    let label = label.into();
    match small {
        Some(small) => view! { <Radio name value label small chosen/> }.into_any(),
        None => view! { <Radio name value label chosen/> }.into_any(),
    }
}

fn save_bar(here: Here) -> AnyView {
    let changes = move || match here.current.read().changes(&here.policy.read()) {
        0 => "Everything is saved".to_owned(),
        n => [&count(n, "change", "changes"), " not saved"].concat(),
    };
    // Without a draft in the address, the link alone would change nothing.
    let discard = move |_: MouseEvent| {
        here.save.forget();
        here.fields().fill(&here.policy.get_untracked());
    };
    view! {
        <div class="savebar">
            <span role="status">{changes}</span>
            <div class="btn-row">
                <a class="btn quiet" href=paths::ORG_POLICY on:click=discard>"Discard"</a>
                <Button>"Save"</Button>
            </div>
        </div>
    }
    .into_any()
}
