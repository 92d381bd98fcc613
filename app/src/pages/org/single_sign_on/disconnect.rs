//! Disconnecting the provider: what that means for whom, before it is done.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::super::{
    member_dialogs::{Cancel, trouble, when_begun},
    words::people,
};
use crate::{
    api::single_sign_on::{Connection, RemoveSingleSignOn},
    components::{Act, ActForm, Button, ButtonKind, Check, Dialog, LinkButton, Sheet, SheetHead},
    pages::query::use_query,
    paths,
};

/// The sheet and its dialog, which the address opens (`?disconnect=1`).
pub(super) fn disconnect(connection: &Connection, (connected, signed_on): (i64, i64), act: Act<RemoveSingleSignOn>) -> AnyView {
    let asked = use_query("disconnect");
    let open = Signal::derive(move || asked.read().is_some());
    when_begun(open, move || act.forget());
    let navigate = use_navigate();
    let on_close = Callback::new(move |()| {
        navigate(paths::ORG_SIGN_ON, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    let changes = connection.changes.to_string();
    let lede = match connected {
        0 => "Nobody is connected with it yet.".to_owned(),
        1 => "1 person is connected with it.".to_owned(),
        many => [&people(many), " are connected with it."].concat(),
    };
    let who = match connected {
        0 => "Nobody is connected with it yet, so nobody is kept out.".to_owned(),
        _ => [&lede, " Nobody can sign in with it from then on."].concat(),
    };
    let passwords = connection.is_required.then(|| view! { <p>"Passwords and passkeys sign in again from then on."</p> });
    let comes_back = (connected > 0).then(|| {
        view! {
            <p>
                "Whoever has no password asks for one with “reset your password”. Connecting the same provider again brings everybody’s \
                connection back."
            </p>
        }
    });
    let signs_out = (signed_on > 0).then(|| {
        let now = ["Signed in with it right now: ", &people(signed_on), "."].concat();
        view! {
            <p>{now}</p>
            <Check
                name="sign_out"
                label="Sign them out, too"
                small="You stay signed in here. Do this if the provider can’t be trusted any more."
            />
        }
    });
    let href = [paths::ORG_SIGN_ON, "?disconnect=1"].concat();
    view! {
        <Sheet labelled_by="disconnect">
            <SheetHead title="Disconnect" id="disconnect" lede>
                <LinkButton href kind=ButtonKind::Danger2>"Disconnect single sign-on"</LinkButton>
            </SheetHead>
        </Sheet>
        <Dialog id="disconnect-dialog" open title=Signal::stored("Disconnect single sign-on?".to_owned()) read_first=true on_close>
            <ActForm act class="">
                <div class="in apart">
                    <input type="hidden" name="changes" value=changes/>
                    <p>{who}</p>
                    {passwords}
                    {comes_back}
                    {signs_out}
                    {trouble(act.refusal(), act.fault(), &[])}
                </div>
                <div class="acts">
                    <Cancel page=paths::ORG_SIGN_ON.to_owned()/>
                    <Button kind=ButtonKind::Danger busy=act.pending()>"Disconnect"</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}
