//! The dialogs of the Security page: each says what will happen before it happens.

use countersign_domain::{Factor, FactorName};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use super::Acts;
use crate::{
    api::{Method, Refusal, security::Security},
    components::{Act, ActForm, Button, ButtonKind, Dialog, ErrorNote, Field, LinkButton, Note, NoteKind, said_anew},
    paths,
    words::{for_field, refusal_text},
};

/// The query field that names the method to rename.
pub(super) const RENAME: &str = "rename";
/// The query field that names the method to remove.
pub(super) const REMOVE: &str = "remove";
/// Asks whether to turn two-factor authentication off.
pub(super) const TURN_OFF: &str = "/account/security?turn-off=1";
/// Asks whether to make new backup codes.
pub(super) const NEW_CODES: &str = "/account/security?new-codes=1";
/// Asks whether to create a new recovery key.
pub(super) const NEW_KEY: &str = "/account/security?new-key=1";
/// Asks whether to close everything, because it was somebody else.
pub(super) const NOT_ME: &str = "/account/security?not-me=1";

/// The address of a dialog about the method `id`.
pub(super) fn href(field: &str, id: &str) -> String {
    [paths::SECURITY, "?", field, "=", id].concat()
}

/// All of them, closed but for the one the address asks for.
#[component]
pub(super) fn Dialogs(security: Security, email: String, acts: Acts) -> impl IntoView {
    let query = use_location().query;
    let asks = move |field: &'static str| Signal::derive(move || query.read().get_str(field).is_some());
    let methods = StoredValue::new(security.methods.clone());
    let method = move |field: &'static str| {
        Memo::new(move |_| {
            let query = query.read();
            let id = query.get_str(field)?;
            methods.with_value(|methods| methods.iter().find(|method| method.id == id).cloned())
        })
    };
    let navigate = use_navigate();
    let on_close = Callback::new(move |()| {
        navigate(paths::SECURITY, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    let is_last = security.methods.len() == 1;
    let organisation = security.organisation;
    let codes_left = security.backup_codes.map_or(0, |codes| codes.left);
    let has_key = security.recovery_key.is_some();
    let is_required = security.is_required;
    view! {
        <Rename method=method(RENAME) acts on_close/>
        <Remove method=method(REMOVE) end=LastOne { is_last, is_required, organisation } acts on_close/>
        <NewCodes open=asks("new-codes") codes_left acts on_close/>
        <NewKey open=asks("new-key") has_key acts on_close/>
        <NotMe open=asks("not-me") email acts on_close/>
        {(!is_required).then(|| view! { <TurnOff open=asks("turn-off") acts on_close/> })}
    }
    .into_any()
}

#[component]
fn Rename(method: Memo<Option<Method>>, acts: Acts, on_close: Callback<()>) -> impl IntoView {
    let act = acts.read_value().rename;
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.get().and_then(|refusal| for_field(&refusal, "name")));
    let title = Signal::derive(move || titled("Rename ", method, ""));
    let fields = move || {
        method.get().map(|method| {
            let typed = act.typed("name");
            let name = if typed.is_empty() { method.name } else { typed };
            view! {
                <input type="hidden" name="id" value=method.id/>
                <Field id="new-name" name="name" label="Name" hint="So you can tell it apart later" value=name error max_len=FactorName::MAX_CHARS autofocus=true/>
            }
        })
    };
    view! {
        <Dialog id="rename" open=is_some(method) title on_close>
            <ActForm act class="">
                <div class="in">{fields}<Trouble act=act/></div>
                <div class="acts">
                    <Cancel/>
                    <Button busy=act.pending()>"Save name"</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}

/// What hangs on the only method.
#[derive(Clone)]
struct LastOne {
    is_last: bool,
    is_required: bool,
    organisation: String,
}

#[component]
fn Remove(method: Memo<Option<Method>>, end: LastOne, acts: Acts, on_close: Callback<()>) -> impl IntoView {
    let (act, removing) = acts.with_value(|acts| (acts.remove, acts.removing));
    Effect::new(move |_| {
        if let Some(method) = &*method.read() {
            removing.set_value(Some(method.factor));
        }
    });
    let is_emailed = move || method.read().as_ref().is_some_and(|method| method.factor == Factor::EmailedCode);
    let title = Signal::derive(move || if is_emailed() { "Turn off emailed codes?".to_owned() } else { titled("Remove ", method, "?") });
    let content = if end.is_last && end.is_required {
        view! {
            <div class="in">
                <p>{["This is your only second step and ", &end.organisation, " requires one. Add another first."].concat()}</p>
            </div>
            <div class="acts">
                <Cancel/>
                <LinkButton href=paths::ENROL_CHOOSE>"Add a method"</LinkButton>
            </div>
        }
        .into_any()
    } else {
        let happens = move || match (end.is_last, is_emailed()) {
            (true, _) => {
                "It is your only second step. Without it, your backup codes and your recovery key stop working too, and your password alone gets anybody in."
            }
            (false, true) => "They stop working here straight away.",
            (false, false) => "It stops working here straight away.",
        };
        let label = move || match method.read().as_ref().map(|method| method.factor) {
            Some(Factor::SecurityKey) => "Remove key",
            Some(Factor::Passkey) => "Remove passkey",
            Some(Factor::EmailedCode) => "Turn off",
            _ => "Remove app",
        };
        let id = move || method.get().map(|method| view! { <input type="hidden" name="id" value=method.id/> });
        view! {
            <ActForm act class="">
                <div class="in">
                    <p>{happens}</p>
                    <p>"You’ll be signed out everywhere else."</p>
                    {id}
                    <Trouble act=act/>
                </div>
                <div class="acts">
                    <Cancel/>
                    <Button kind=ButtonKind::Danger busy=act.pending()>{label}</Button>
                </div>
            </ActForm>
        }
        .into_any()
    };
    view! { <Dialog id="remove" open=is_some(method) title read_first=true on_close>{content}</Dialog> }.into_any()
}

#[component]
fn NewCodes(open: Signal<bool>, codes_left: usize, acts: Acts, on_close: Callback<()>) -> impl IntoView {
    let act = acts.read_value().new_codes;
    let happens = match codes_left {
        0 => "You’ll see fifteen new codes once, to save them.".to_owned(),
        1 => "Your last code stops working straight away. You’ll see fifteen new ones once, to save them.".to_owned(),
        n => ["Your ", &n.to_string(), " codes stop working straight away. You’ll see fifteen new ones once, to save them."].concat(),
    };
    view! {
        <Dialog id="new-codes" open title=Signal::stored("Make new backup codes?".to_owned()) read_first=true on_close>
            <ActForm act class="">
                <div class="in">
                    <p>{happens}</p>
                    <Trouble act=act/>
                </div>
                <div class="acts">
                    <Cancel/>
                    <Button busy=act.pending()>"Make new codes"</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}

#[component]
fn NewKey(open: Signal<bool>, has_key: bool, acts: Acts, on_close: Callback<()>) -> impl IntoView {
    let act = acts.read_value().new_key;
    let happens = if has_key {
        "Your old key stops working straight away. You’ll see the new one once, to save it."
    } else {
        "You’ll see it once, to save it."
    };
    view! {
        <Dialog id="new-key" open title=Signal::stored("Create a new recovery key?".to_owned()) read_first=true on_close>
            <ActForm act class="">
                <div class="in">
                    <p>{happens}</p>
                    <Trouble act=act/>
                </div>
                <div class="acts">
                    <Cancel/>
                    <Button busy=act.pending()>"Create a new key"</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}

#[component]
fn NotMe(open: Signal<bool>, email: String, acts: Acts, on_close: Callback<()>) -> impl IntoView {
    let act = acts.read_value().disown;
    view! {
        <Dialog id="not-me" open title=Signal::stored("Wasn’t it you?".to_owned()) read_first=true on_close>
            <ActForm act class="">
                <div class="in">
                    <p>"You’ll be signed out everywhere, here too, and your password ends."</p>
                    <p>
                        "We’ll send a link to "<b>{email}</b>" to choose a new one, and tell your account holders."
                    </p>
                    <Trouble act=act/>
                </div>
                <div class="acts">
                    <Cancel/>
                    <Button kind=ButtonKind::Danger busy=act.pending()>"Sign out everywhere"</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}

#[component]
fn TurnOff(open: Signal<bool>, acts: Acts, on_close: Callback<()>) -> impl IntoView {
    let act = acts.read_value().turn_off;
    view! {
        <Dialog id="turn-off" open title=Signal::stored("Turn off two-factor authentication?".to_owned()) read_first=true on_close>
            <ActForm act class="">
                <div class="in">
                    <p>"Your methods, your backup codes and your recovery key stop working, and your password alone gets anybody in."</p>
                    <p>"You’ll be signed out everywhere else."</p>
                    <Trouble act=act/>
                </div>
                <div class="acts">
                    <Cancel/>
                    <Button kind=ButtonKind::Danger busy=act.pending()>"Turn it off"</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}

/// Back to the page, unchanged.
#[component]
fn Cancel() -> impl IntoView {
    view! { <LinkButton href=paths::SECURITY kind=ButtonKind::Second>"Cancel"</LinkButton> }
}

/// What kept an act from being done, where no field is to blame.
#[component]
fn Trouble<S: 'static>(act: Act<S>) -> impl IntoView {
    trouble(act.refusal(), act.fault())
}

fn trouble(refusal: Signal<Option<Refusal>>, fault: Signal<Option<crate::api::AppError>>) -> AnyView {
    let is_now = said_anew();
    let note = move || {
        refusal.get().filter(|refusal| !matches!(refusal, Refusal::Field { .. }) && is_now()).map(|refusal| {
            let text = refusal_text(&refusal);
            view! { <Note kind=NoteKind::Stop icon="warn">{text}</Note> }
        })
    };
    view! {
        <div class="alert" role="alert">{note}</div>
        <ErrorNote fault offline="Try again when you’re back."/>
    }
    .into_any()
}

fn is_some(method: Memo<Option<Method>>) -> Signal<bool> {
    Signal::derive(move || method.read().is_some())
}

fn titled(before: &str, method: Memo<Option<Method>>, after: &str) -> String {
    method.with(|method| method.as_ref().map(|method| [before, &method.name, after].concat())).unwrap_or_default()
}
