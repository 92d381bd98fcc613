//! Another password, chosen by somebody who knows the one there is.

use leptos::prelude::*;

use crate::{
    api::{Person, Refusal, password::ChangePassword, session::load_person_for_change},
    components::{
        AccountLayout, AccountTab, Act, ActForm, Button, ButtonKind, ButtonSize, ErrorNote, Field, LinkButton, Loaded, Note, NoteKind,
        PageTitle, PasswordField, said_anew, use_act, use_view,
    },
    paths,
    words::{for_field, refusal_text},
};

/// Asks for both passwords.
#[component]
pub fn ChangePasswordPage() -> impl IntoView {
    let act = use_act::<ChangePassword>();
    // Those who have a second step prove it before anything is typed.
    let person = use_view(|| load_person_for_change("password".to_owned()));
    view! { <Loaded resource=person children=move |person| page(person, act)/> }.into_any()
}

fn page(person: Person, act: Act<ChangePassword>) -> AnyView {
    let refusal = act.refusal();
    let is_current_wrong = Signal::derive(move || matches!(*refusal.read(), Some(Refusal::WrongPassword)));
    let current_error = Signal::derive(move || match &*refusal.read() {
        Some(refusal @ Refusal::WrongPassword) => Some(refusal_text(refusal)),
        refusal => refusal.as_ref().and_then(|refusal| for_field(refusal, "current")),
    });
    let new_error = Signal::derive(move || refusal.read().as_ref().and_then(|refusal| for_field(refusal, "password")));
    // Without script, the field that was refused is the one to begin with.
    let is_new_first = new_error.get_untracked().is_some();
    let email = person.email.clone();
    view! {
        <AccountLayout tab=AccountTab::Profile person>
            <div class="ask">
                <PageTitle text="Change your password"/>
                {held(refusal)}
                <ErrorNote fault=act.fault() offline="What you typed is still here; press Save password when you’re back."/>
                <ActForm act>
                    <Field name="email" label="Email" type_="email" autocomplete="username" value=email readonly=true/>
                    <PasswordField
                        name="current"
                        label="Current password"
                        show="Show current password"
                        error=current_error
                        rejected=is_current_wrong
                        autofocus=!is_new_first
                    />
                    <PasswordField
                        label="New password"
                        autocomplete="new-password"
                        show="Show new password"
                        hint="At least 12 characters. A few unrelated words work well."
                        error=new_error
                        show_strength=true
                        autofocus=is_new_first
                    />
                    <p class="block">"You’ll be signed out everywhere else."</p>
                    <div class="block btn-row">
                        <Button size=ButtonSize::Large busy=act.pending()>"Save password"</Button>
                        <LinkButton href=paths::PROFILE kind=ButtonKind::Quiet size=ButtonSize::Large>"Cancel"</LinkButton>
                    </div>
                </ActForm>
            </div>
        </AccountLayout>
    }
    .into_any()
}

/// Says when passwords are paused or switched off, or that something else came first.
fn held(refusal: Signal<Option<Refusal>>) -> AnyView {
    let is_now = said_anew();
    let note = move || {
        let refusal = refusal.get().filter(|refusal| !matches!(refusal, Refusal::Field { .. } | Refusal::WrongPassword) && is_now())?;
        Some(view! { <Note kind=NoteKind::Wait icon="clock">{refusal_text(&refusal)}</Note> })
    };
    view! { <div class="alert" role="alert">{note}</div> }.into_any()
}
