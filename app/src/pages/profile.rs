//! Who somebody is here, and the ways to another address and another password.

use leptos::prelude::*;

use super::query::use_query;
use crate::{
    api::{Person, address::SendConfirmation, session::load_person},
    components::{
        AccountLayout, AccountTab, Act, ActForm, Badge, BadgeKind, Button, ButtonKind, ButtonSize, ErrorNote, Loaded, Note, NoteKind,
        PageTitle, Sheet, SheetHead, Status, said_anew, use_act, use_view,
    },
    paths,
    words::refusal_text,
};

/// Name, e-mail, password and role.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let link = use_act::<SendConfirmation>();
    let (password, sent) = (use_query("password"), use_query("link"));
    let person = use_view(load_person);
    view! { <Loaded resource=person children=move |person| profile(person, link, password, sent)/> }.into_any()
}

fn profile(person: Person, link: Act<SendConfirmation>, password: Memo<Option<String>>, sent: Memo<Option<String>>) -> AnyView {
    let Person { name, email, is_email_confirmed, role, .. } = person.clone();
    let address = email.clone();
    let said = Signal::derive(move || {
        if sent.read().is_some() && !is_email_confirmed {
            Some(["We sent a link to ", &address, "."].concat())
        } else {
            (password.read().as_deref() == Some("changed"))
                .then(|| "Your password is changed. You’re signed out everywhere else.".to_owned())
        }
    });
    view! {
        <AccountLayout tab=AccountTab::Profile person>
            <PageTitle text="Profile"/>
            <p class="lede">"How you are known here."</p>
            <Status message=said/>
            <Sheet labelled_by="you">
                <SheetHead title="You" id="you"/>
                {trouble(link)}
                <dl class="body kv">
                    <dt>"Name"</dt>
                    <dd>{name}</dd>
                    <dt>"Email"</dt>
                    <dd>
                        <span>{email}</span>
                        {standing(is_email_confirmed, link)}
                        <a href=paths::CHANGE_EMAIL>"Change email"</a>
                    </dd>
                    <dt>"Password"</dt>
                    <dd><a href=paths::CHANGE_PASSWORD>"Change password"</a></dd>
                    <dt>"Role"</dt>
                    <dd>{role.title()}</dd>
                </dl>
            </Sheet>
        </AccountLayout>
    }
    .into_any()
}

/// Whether the address is known to be theirs, and if not, the way to show it.
fn standing(is_confirmed: bool, link: Act<SendConfirmation>) -> AnyView {
    if is_confirmed {
        return view! { <Badge kind=BadgeKind::Sign mark=true>"Confirmed"</Badge> }.into_any();
    }
    view! {
        <Badge kind=BadgeKind::Wait mark=true>"Not confirmed"</Badge>
        <ActForm act=link class="inline">
            <Button kind=ButtonKind::Quiet size=ButtonSize::Small busy=link.pending()>"Send the link again"</Button>
        </ActForm>
    }
    .into_any()
}

/// Why no link was sent.
fn trouble(link: Act<SendConfirmation>) -> AnyView {
    let (refusal, is_now) = (link.refusal(), said_anew());
    let note = move || {
        refusal.get().filter(|_| is_now()).map(|refusal| view! { <Note kind=NoteKind::Stop icon="warn">{refusal_text(&refusal)}</Note> })
    };
    view! {
        <div class="alert" role="alert">{note}</div>
        <ErrorNote fault=link.fault() offline="Press Send the link again when you’re back."/>
    }
    .into_any()
}
