//! The dialogs of somebody's page: each says what will happen before it happens.

use countersign_domain::{Role, TeamName};
use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    member::{Acts, page_of},
    words::{WRONG_NUMBER, factor_in_sentence, first_name, refused},
};
use crate::{
    api::{AppError, Method, Refusal, people::Member},
    components::{ActForm, Button, ButtonKind, Dialog, ErrorLine, ErrorNote, Field, LinkButton, Note, NoteKind, Radio, said_anew},
    pages::query::use_query,
    words::for_field,
};

/// How long a temporary access code works unless somebody says otherwise.
const LASTS: &str = "15-minutes";

/// Whom a dialog is about.
#[derive(Clone)]
struct Whom {
    id: String,
    first: String,
    /// Their page, which a closed dialog leads back to.
    page: String,
    on_close: Callback<()>,
}

/// All of them, closed but for the one the address asks for; only those that the caller may use.
#[component]
pub(super) fn Dialogs(member: Member, acts: Acts) -> impl IntoView {
    let asks = |field: &'static str| {
        let asked = use_query(field);
        Signal::derive(move || asked.read().is_some())
    };
    let page = page_of(&member.id);
    let navigate = use_navigate();
    let back = page.clone();
    let on_close = Callback::new(move |()| {
        navigate(&back, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    let whom = Whom { id: member.id.clone(), first: first_name(&member.name).to_owned(), page, on_close };
    let help = member.may_help.then(|| {
        view! {
            <GiveCode whom=whom.clone() asks=!member.asks_from.is_empty() open=asks("code") acts/>
            <Reset whom=whom.clone() methods=member.methods.clone() acts/>
            <SignOut whom=whom.clone() open=asks("sign-out") acts/>
        }
    });
    let manage = member.may_manage.then(|| {
        // Nobody disables themselves.
        let disable = (!member.is_self).then(|| view! { <Disable whom=whom.clone() open=asks("disable") acts/> });
        view! {
            <Place whom=whom.clone() member open=asks("place") acts/>
            {disable}
        }
    });
    view! { {help} {manage} }.into_any()
}

/// What became of it the last time is past when a dialog opens again, or when something else is sent.
pub(super) fn when_begun(begun: Signal<bool>, act: impl Fn() + 'static) {
    Effect::new(move |before: Option<bool>| {
        let is_begun = begun.get();
        if before == Some(false) && is_begun {
            act();
        }
        is_begun
    });
}

#[component]
fn GiveCode(whom: Whom, asks: bool, open: Signal<bool>, acts: Acts) -> impl IntoView {
    let act = acts.read_value().give;
    // Whoever asks right now has a number to read out.
    let likely = if asks { "number" } else { "" };
    let (known, lasts) = (RwSignal::new(likely), RwSignal::new(LASTS));
    when_begun(open, move || {
        act.forget();
        known.set(likely);
        lasts.set(LASTS);
    });
    let title = ["Give ", &whom.first, " a temporary access code"].concat();
    let question = ["How do you know it’s ", &whom.first, "?"].concat();
    let unanswered = ["Choose how you know it’s ", &whom.first, "."].concat();
    let refusal = act.refusal();
    let error = Signal::derive(move || {
        let is_known = matches!(&*refusal.read(), Some(Refusal::Field { field, .. }) if field == "known");
        is_known.then(|| unanswered.clone())
    });
    let wrong_number = Signal::derive(move || match &*refusal.read() {
        Some(Refusal::Unmet { what, .. }) if what == "wrong-number" => Some(WRONG_NUMBER.to_owned()),
        Some(Refusal::Field { field, .. }) if field == "number" => Some("Type the six digits that they read to you.".to_owned()),
        _ => None,
    });
    let other = Signal::derive(move || refusal.get().filter(|_| wrong_number.read().is_none()));
    let described_by = move || error.read().is_some().then_some("known-error");
    let on_close = whom.on_close;
    view! {
        <Dialog id="give-code" open title=Signal::stored(title) on_close>
            <ActForm act class="">
                <div class="in">
                    <p>"It stands in for their second step once. We tell them by email that they were given one, without the code."</p>
                    <fieldset class="block" aria-describedby=described_by>
                        <legend class="label">{question}</legend>
                        <ErrorLine id="known-error" error/>
                        <Radio name="known" value="in-person" label="They’re here in person" chosen=known/>
                        <Radio name="known" value="called-back" label="I called back on a known number" chosen=known/>
                        <Radio
                            name="known"
                            value="number"
                            label="They read me the number on their screen"
                            small="The code then works on that screen alone"
                            chosen=known
                        />
                    </fieldset>
                    <div class="block">
                        <Field
                            name="number"
                            label="Number on their screen"
                            hint="Six digits. They see it after “Ask for a code” at their second step."
                            inputmode="numeric"
                            error=wrong_number
                            max_len=16
                        />
                    </div>
                    <fieldset class="block">
                        <legend class="label">"How long should it work?"</legend>
                        <Radio name="lasts" value=LASTS label="15 minutes" chosen=lasts/>
                        <Radio name="lasts" value="1-hour" label="1 hour" chosen=lasts/>
                        <Radio name="lasts" value="end-of-shift" label="Until the end of their shift (8 hours)" chosen=lasts/>
                    </fieldset>
                    <input type="hidden" name="id" value=whom.id/>
                    {trouble(other, act.fault(), &["known"])}
                </div>
                <div class="acts">
                    <Cancel page=whom.page/>
                    <Button busy=act.pending()>"Make the code"</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}

/// What a reset is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    /// As the endpoint is told: a method's id, `backup-codes` or `all`.
    what: String,
    /// As people are told: "all", "the authenticator app".
    noun: String,
    /// What stops working.
    happens: &'static str,
    /// No method is left then.
    is_bare: bool,
}

impl Target {
    /// What the address asks for, if they have it.
    fn find(asked: &str, methods: &[Method]) -> Option<Self> {
        let (noun, happens, is_bare) = match asked {
            "all" => ("all".to_owned(), "Their methods, backup codes and recovery key stop working straight away.", true),
            "backup-codes" => ("the backup codes".to_owned(), "Their backup codes stop working straight away.", false),
            id => {
                let method = methods.iter().find(|method| method.id == id)?;
                let is_alone = methods.iter().filter(|other| other.factor == method.factor).count() == 1;
                let noun =
                    if is_alone { ["the ", &factor_in_sentence(method.factor)].concat() } else { ["“", &method.name, "”"].concat() };
                match methods.len() {
                    1 => (noun, "It stops working straight away, and so do their backup codes and their recovery key.", true),
                    _ => (noun, "It stops working straight away.", false),
                }
            }
        };
        Some(Self { what: asked.to_owned(), noun, happens, is_bare })
    }
}

#[component]
fn Reset(whom: Whom, methods: Vec<Method>, acts: Acts) -> impl IntoView {
    let act = acts.read_value().reset;
    let asked = use_query("reset");
    let target = Memo::new(move |_| Target::find(asked.read().as_deref()?, &methods));
    let open = Signal::derive(move || target.read().is_some());
    when_begun(open, move || act.forget());
    let Whom { id, first, page, on_close } = whom;
    let bare = [
        "Make sure it’s really ",
        &first,
        ": until they set up again, their password alone gets anybody in. With a temporary access code, that is asked for first.",
    ]
    .concat();
    let label = Signal::derive(move || target.get().map(|target| ["Reset ", &target.noun, " for ", &first].concat()).unwrap_or_default());
    let title = Signal::derive(move || [&label.get(), "?"].concat());
    let is_bare = move || target.read().as_ref().is_some_and(|target| target.is_bare);
    view! {
        <Dialog id="reset" open title read_first=true on_close>
            <ActForm act class="">
                <div class="in">
                    <p>{move || target.get().map(|target| target.happens)}</p>
                    <p>"They’re signed out everywhere, and told by email."</p>
                    {move || is_bare().then(|| view! { <p>{bare.clone()}</p> })}
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="what" value=move || target.get().map(|target| target.what)/>
                    {trouble(act.refusal(), act.fault(), &[])}
                </div>
                <div class="acts">
                    <Cancel page/>
                    <Button kind=ButtonKind::Danger busy=act.pending()>{move || label.get()}</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}

#[component]
fn SignOut(whom: Whom, open: Signal<bool>, acts: Acts) -> impl IntoView {
    let act = acts.read_value().sign_out;
    when_begun(open, move || act.forget());
    let Whom { id, first, page, on_close } = whom;
    let title = ["Sign ", &first, " out everywhere?"].concat();
    view! {
        <Dialog id="sign-out" open title=Signal::stored(title) read_first=true on_close>
            <ActForm act class="">
                <div class="in">
                    <p>"Their browsers are signed out straight away, and none of them is trusted any more. If they’re on a call, they lose their screen."</p>
                    <input type="hidden" name="id" value=id/>
                    {trouble(act.refusal(), act.fault(), &[])}
                </div>
                <div class="acts">
                    <Cancel page/>
                    <Button kind=ButtonKind::Danger busy=act.pending()>"Sign out everywhere"</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Place(whom: Whom, member: Member, open: Signal<bool>, acts: Acts) -> impl IntoView {
    let act = acts.read_value().place;
    let role = NodeRef::<html::Select>::new();
    when_begun(open, move || {
        act.forget();
        if let Some(form) = role.get_untracked().and_then(|role| role.form()) {
            form.reset();
        }
    });
    let refusal = act.refusal();
    let no_team = Signal::derive(move || {
        let is_team = matches!(&*refusal.read(), Some(Refusal::Field { field, .. }) if field == "looks_after");
        is_team.then(|| "One of these isn’t a team yet. Check the names.".to_owned())
    });
    let Whom { id, first, page, on_close } = whom;
    let title = ["Change ", &first, "’s role and team"].concat();
    let roles = [Role::Agent, Role::Supervisor, Role::AccountHolder].map(|role| {
        let is_theirs = role == member.role;
        view! { <option value=role.code() selected=is_theirs>{role.title()}</option> }
    });
    view! {
        <Dialog id="place" open title=Signal::stored(title) on_close>
            <ActForm act class="">
                <div class="in">
                    <div class="field">
                        <label class="label" for="role">"Role"</label>
                        <select class="input" id="role" name="role" node_ref=role>{roles.collect_view()}</select>
                    </div>
                    {team_field(member.team.unwrap_or_default(), member.teams, "A new name makes a new team", refusal)}
                    <Field
                        name="looks_after"
                        label="Looks after"
                        hint="For supervisors. Separate teams with commas."
                        value=member.looks_after.join(", ")
                        error=no_team
                        max_len=1024
                    />
                    <input type="hidden" name="id" value=id/>
                    {trouble(refusal, act.fault(), &["team", "looks_after"])}
                </div>
                <div class="acts">
                    <Cancel page/>
                    <Button busy=act.pending()>"Save"</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}

/// Their team, by its name: one of those there are, or a new one.
pub(super) fn team_field(team: String, teams: Vec<String>, hint: &'static str, refusal: Signal<Option<Refusal>>) -> AnyView {
    let error = Signal::derive(move || refusal.read().as_ref().and_then(|refusal| for_field(refusal, "team")));
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |before: Option<()>| {
        if error.read().is_some()
            && before.is_some()
            && let Some(input) = input.get_untracked()
        {
            drop(input.focus());
        }
    });
    let described_by = move || if error.read().is_some() { "team-hint team-error" } else { "team-hint" };
    let options = teams.into_iter().map(|name| view! { <option value=name></option> }).collect_view();
    view! {
        <div class="field">
            <label class="label" for="team">"Team"</label>
            <span class="hint" id="team-hint">{hint}</span>
            <ErrorLine id="team-error" error/>
            <input
                class="input"
                id="team"
                name="team"
                type="text"
                list="teams"
                node_ref=input
                value=team
                autocomplete="off"
                spellcheck="false"
                maxlength=TeamName::MAX_CHARS.to_string()
                aria-describedby=described_by
                aria-invalid=move || error.read().is_some().then_some("true")
            />
            <datalist id="teams">{options}</datalist>
        </div>
    }
    .into_any()
}

#[component]
fn Disable(whom: Whom, open: Signal<bool>, acts: Acts) -> impl IntoView {
    let act = acts.read_value().disable;
    when_begun(open, move || act.forget());
    let Whom { id, first, page, on_close } = whom;
    let title = ["Disable ", &first, "?"].concat();
    view! {
        <Dialog id="disable" open title=Signal::stored(title) read_first=true on_close>
            <ActForm act class="">
                <div class="in">
                    <p>"They’re signed out straight away, and can’t sign in until an account holder lets them again."</p>
                    <input type="hidden" name="id" value=id/>
                    {trouble(act.refusal(), act.fault(), &[])}
                </div>
                <div class="acts">
                    <Cancel page/>
                    <Button kind=ButtonKind::Danger busy=act.pending()>"Disable"</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}

/// Back to the page, unchanged.
#[component]
pub(super) fn Cancel(page: String) -> impl IntoView {
    view! { <LinkButton href=page kind=ButtonKind::Second>"Cancel"</LinkButton> }.into_any()
}

/// What kept an act from being done, unless it is about a field in `beside`, where it is said.
pub(super) fn trouble(refusal: Signal<Option<Refusal>>, fault: Signal<Option<AppError>>, beside: &'static [&'static str]) -> AnyView {
    let is_now = said_anew();
    let is_beside = move |refusal: &Refusal| matches!(refusal, Refusal::Field { field, .. } if beside.contains(&field.as_str()));
    let note = move || {
        refusal.get().filter(|refusal| !is_beside(refusal) && is_now()).map(|refusal| {
            let text = refused(&refusal);
            view! { <Note kind=NoteKind::Stop icon="warn">{text}</Note> }
        })
    };
    view! {
        <div class="alert" role="alert">{note}</div>
        <ErrorNote fault offline="Try again when you’re back."/>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use countersign_domain::Factor;

    use super::*;
    use crate::api::When;

    fn method(id: &str, factor: Factor) -> Method {
        let word = String::new;
        let added = When { at: 0, clock: word(), text: word(), day: word(), full: word() };
        Method { id: id.to_owned(), factor, name: ["Name of ", id].concat(), added, last_used: None }
    }

    fn noun(asked: &str, methods: &[Method]) -> Option<(String, bool)> {
        Target::find(asked, methods).map(|target| (target.noun, target.is_bare))
    }

    #[test]
    fn what_is_reset_is_named_and_only_what_they_have() {
        let both = [method("a", Factor::AuthenticatorApp), method("k", Factor::SecurityKey)];
        assert_eq!(noun("all", &both), Some(("all".to_owned(), true)));
        assert_eq!(noun("backup-codes", &both), Some(("the backup codes".to_owned(), false)));
        assert_eq!(noun("a", &both), Some(("the authenticator app".to_owned(), false)));
        assert_eq!(noun("x", &both), None);
    }

    #[test]
    fn one_of_several_of_a_kind_is_called_by_its_name() {
        let two = [method("a", Factor::AuthenticatorApp), method("b", Factor::AuthenticatorApp)];
        assert_eq!(noun("b", &two), Some(("“Name of b”".to_owned(), false)));
    }

    #[test]
    fn the_last_method_takes_the_rest_with_it() {
        assert_eq!(noun("a", &[method("a", Factor::AuthenticatorApp)]), Some(("the authenticator app".to_owned(), true)));
    }
}
