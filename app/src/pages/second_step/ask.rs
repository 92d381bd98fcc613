//! "Ask your supervisor": a number to read out. Whoever looks after them types it on their own screen, and
//! reads back a code that works on this screen alone.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use super::framed;
use crate::{
    api::second_step::{AskForCode, AskedHelp, SecondStep, load_asked},
    components::{
        Act, ActForm, Button, ButtonKind, ButtonSize, ErrorNote, GoButton, Loaded, Note, NoteKind, PageTitle, StepTag, Who, use_act,
        use_live, use_view,
    },
    paths,
};

/// How often to look whether a code was given.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// The number, and whether it was heard.
#[component]
pub fn AskPage() -> impl IntoView {
    framed(("A code from your supervisor", "Waiting for them"), |step, _| {
        // It stays while the page does, whatever is loaded again meanwhile.
        let act = use_act::<AskForCode>();
        let loaded = use_view(load_asked);
        view! { <Loaded resource=loaded children=move |asked| page(step.clone(), asked, act)/> }.into_any()
    })
}

fn page(step: SecondStep, asked: AskedHelp, act: Act<AskForCode>) -> AnyView {
    let is_given = RwSignal::new(asked.is_given);
    let has_ended = RwSignal::new(asked.number.is_none());
    follow(is_given, has_ended);
    let who = helpers(&step.helpers);
    let title = ["Ask ", &who].concat();
    let number = asked.number.unwrap_or_default();
    let until = asked.until.map(|until| until.clock).unwrap_or_default();
    let body = move || {
        if is_given.get() {
            return view! { <p class="lede">"Type the code that is read to you. It works on this screen alone."</p> }.into_any();
        }
        if has_ended.get() {
            return view! {
                <p class="lede">"The number has ended. Show a new one when you’re talking to them."</p>
                <ActForm act>
                    <Button size=ButtonSize::Large wide=true busy=act.pending()>"Show a new number"</Button>
                </ActForm>
            }
            .into_any();
        }
        view! {
            <p class="lede">"Go to their desk or call them, and read this number to them. They type it on their own screen, and read you a code."</p>
            <p class="number block">{number.clone()}</p>
            <p class="meta">{["It works until ", &until, "."].concat()}</p>
        }
        .into_any()
    };
    let code = move || {
        let kind = if is_given.get() { ButtonKind::Primary } else { ButtonKind::Second };
        view! { <GoButton href=paths::SECOND_STEP_ACCESS kind size=ButtonSize::Large wide=true>"Type the code"</GoButton> }
    };
    view! {
        <StepTag/>
        <PageTitle text=title/>
        {body}
        {not_asked(act)}
        // In the page from the start, so that it is heard when a code was given.
        <div class="block" role="status">
            {move || is_given.get().then(|| view! { <Note kind=NoteKind::Sign icon="ticket">"You’ve been given a code."</Note> })}
        </div>
        <div class="block stack-4">
            <div>{code}</div>
            <div>
                <GoButton href=paths::SECOND_STEP kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Try another way"</GoButton>
            </div>
        </div>
        <Who email=step.email/>
    }
    .into_any()
}

/// Looks now and then whether a code was given, or the number has ended.
fn follow(is_given: RwSignal<bool>, has_ended: RwSignal<bool>) {
    let live = use_live();
    Effect::new(move |_| {
        if live.get() {
            look_soon(is_given, has_ended);
        }
    });
}

fn look_soon(is_given: RwSignal<bool>, has_ended: RwSignal<bool>) {
    set_timeout(
        move || {
            // The page may be gone by now.
            if is_given.try_get_untracked() != Some(false) || has_ended.try_get_untracked() != Some(false) {
                return;
            }
            spawn_local(async move {
                // A server that is busy, or gone for a moment, is asked again.
                if let Ok(asked) = load_asked().await {
                    is_given.try_set(asked.is_given);
                    has_ended.try_set(asked.number.is_none() && !asked.is_given);
                }
                look_soon(is_given, has_ended);
            });
        },
        LOOK_AGAIN,
    );
}

/// "Ludo Marchbank", "Ludo Marchbank or Saffi Doyle-Amari", "your supervisor".
fn helpers(names: &[String]) -> String {
    match names {
        [] => "your supervisor".to_owned(),
        [one] => one.clone(),
        [one, other] => [one, " or ", other].concat(),
        _ => "a supervisor".to_owned(),
    }
}

/// The button that leads here, for those whom one of `names` can help. A form, because it shows a number.
pub(super) fn ask_button(names: &[String]) -> AnyView {
    let act = use_act::<AskForCode>();
    if names.is_empty() {
        return ().into_any();
    }
    let label = ["Ask ", &helpers(names), " for a code"].concat();
    view! {
        <ActForm act>
            <Button kind=ButtonKind::Second size=ButtonSize::Large wide=true icon="ticket" busy=act.pending()>{label}</Button>
        </ActForm>
        {not_asked(act)}
    }
    .into_any()
}

/// Why no number is shown.
fn not_asked(act: Act<AskForCode>) -> AnyView {
    let refusal = act.refusal();
    view! {
        <div role="alert">
            {move || refusal.read().is_some().then(|| view! {
                <Note kind=NoteKind::Stop icon="warn">
                    "Codes are being asked for on too many screens with your password. Go to your supervisor in person, or wait ten minutes."
                </Note>
            })}
        </div>
        <ErrorNote fault=act.fault() offline="Press the button when you’re back."/>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_two_are_named_and_more_are_not() {
        let names = |names: &[&str]| helpers(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["Ludo"]), "Ludo");
        assert_eq!(names(&["Ludo", "Saffi"]), "Ludo or Saffi");
        assert_eq!((names(&[]).as_str(), names(&["a", "b", "c"]).as_str()), ("your supervisor", "a supervisor"));
    }
}
