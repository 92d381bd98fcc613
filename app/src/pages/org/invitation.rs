//! An invitation: to whom it went, until when its link works, and sending it again or taking it back.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use super::{
    member::id_in,
    member_dialogs::trouble,
    words::{capitalised, first_name, standing_badge},
};
use crate::{
    api::{
        invitations::{Invitation, ResendInvitation, WithdrawInvitation, load_invitation},
        people::Standing,
    },
    components::{
        Act, ActForm, Button, ButtonKind, ConsoleLayout, ConsolePage, Dialog, Icon, LinkButton, Loaded, MainHead, Sheet, SheetHead, Status,
        use_act, use_view,
    },
    pages::query::use_query,
    paths,
};

/// What lives as long as the page.
#[derive(Clone, Copy)]
struct Here {
    send: Act<ResendInvitation>,
    withdraw: Act<WithdrawInvitation>,
    said: RwSignal<Option<String>>,
}

/// An invitation, for those who look after people.
#[component]
pub fn InvitationPage() -> impl IntoView {
    let id = use_location().pathname.with_untracked(|path| id_in(path));
    let here = Here { send: use_act(), withdraw: use_act(), said: RwSignal::new(None) };
    let done = here.send.done();
    Effect::new(move |_| {
        if done.read().is_some() {
            here.said.set(Some("Sent again. The link from before no longer works.".to_owned()));
        }
    });
    let (sending, withdrawing) = (here.send.pending(), here.withdraw.pending());
    Effect::new(move |_| {
        // What was said before is past.
        if sending.get() || withdrawing.get() {
            here.said.set(None);
        }
    });
    let loaded = use_view(move || load_invitation(id.clone()));
    view! { <Loaded resource=loaded children=move |invitation| page(invitation, here)/> }.into_any()
}

fn page(invitation: Invitation, here: Here) -> AnyView {
    let Invitation { person, organisation, id, email, name, role, team, by, since, sent, until, has_expired, may_manage } = invitation;
    let title = name.clone().unwrap_or_else(|| email.clone());
    let standing = if has_expired { Standing::InvitationExpired } else { Standing::Invited };
    let badge = Some(standing_badge(standing, None));
    let when = sent.map_or_else(|| "On its way".to_owned(), |when| capitalised(&when.text));
    let works = until.map(|when| {
        let label = if has_expired { "Worked until" } else { "Works until" };
        view! { <dt>{label}</dt><dd>{capitalised(&when.text)}</dd> }
    });
    let by = by.map(|by| view! { <dt>"Invited by"</dt><dd>{[&by, ", ", &since.text].concat()}</dd> });
    let whom = name.as_deref().map_or(email.as_str(), first_name).to_owned();
    let withdraw = may_manage.then(|| withdrawing(&id, &whom, here));
    let acts = may_manage.then(|| acts(&id, &whom, here));
    view! {
        <ConsoleLayout page=ConsolePage::Members organisation person>
            <p class="back"><a href=paths::ORG_MEMBERS><Icon name="left" size=16/>"Members"</a></p>
            <MainHead title lede="They were invited, and haven’t joined yet." badge/>
            <Status message=here.said/>
            {trouble(here.send.refusal(), here.send.fault(), &[])}
            {withdraw}
            <Sheet labelled_by="invitation">
                <SheetHead title="Invitation" id="invitation">{acts}</SheetHead>
                <dl class="body kv">
                    <dt>"Email"</dt><dd>{email}</dd>
                    <dt>"Role"</dt><dd>{role.title()}</dd>
                    <dt>"Team"</dt><dd>{team.unwrap_or_else(|| "None".to_owned())}</dd>
                    {by}
                    <dt>"Sent"</dt><dd>{when}</dd>
                    {works}
                </dl>
            </Sheet>
        </ConsoleLayout>
    }
    .into_any()
}

fn page_of(id: &str) -> String {
    [paths::ORG_INVITATION, "/", id].concat()
}

fn acts(id: &str, whom: &str, here: Here) -> AnyView {
    let again = ["Send again to ", whom].concat();
    let withdraw = ["Withdraw the invitation of ", whom].concat();
    let (href, id) = ([&page_of(id), "?withdraw=1"].concat(), id.to_owned());
    view! {
        <div class="btn-row">
            <ActForm act=here.send class="">
                <input type="hidden" name="id" value=id/>
                <Button kind=ButtonKind::Second busy=here.send.pending() label=again>"Send again"</Button>
            </ActForm>
            <LinkButton href kind=ButtonKind::Danger2 label=withdraw>"Withdraw"</LinkButton>
        </div>
    }
    .into_any()
}

/// The question before it is withdrawn.
fn withdrawing(id: &str, whom: &str, here: Here) -> AnyView {
    let asked = use_query("withdraw");
    let open = Signal::derive(move || asked.read().is_some());
    let (page, id) = (page_of(id), id.to_owned());
    let navigate = use_navigate();
    let back = page.clone();
    let on_close = Callback::new(move |()| {
        navigate(&back, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    let title = ["Withdraw the invitation of ", whom, "?"].concat();
    let act = here.withdraw;
    view! {
        <Dialog id="withdraw" open title=Signal::stored(title) read_first=true on_close>
            <ActForm act class="">
                <div class="in">
                    <p>"The link in their mail stops working. You can invite them again."</p>
                    <input type="hidden" name="id" value=id/>
                    {trouble(act.refusal(), act.fault(), &[])}
                </div>
                <div class="acts">
                    <LinkButton href=page kind=ButtonKind::Second>"Cancel"</LinkButton>
                    <Button kind=ButtonKind::Danger busy=act.pending()>"Withdraw"</Button>
                </div>
            </ActForm>
        </Dialog>
    }
    .into_any()
}
