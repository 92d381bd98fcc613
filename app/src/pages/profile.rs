//! Who somebody is here: shown, not changed.

use countersign_domain::Stage;
use leptos::prelude::*;

use crate::{
    api::{
        AppError, Person,
        session::{Session, load_session},
    },
    components::{AccountLayout, AccountTab, Loaded, PageTitle, Sheet, SheetHead, use_view},
};

/// The person signed in, for the pages of their account. Somebody half-way in is led back to where
/// they are.
pub(super) async fn load_person() -> Result<Person, AppError> {
    match load_session().await? {
        Session { stage: Some(Stage::SignedIn), person: Some(person), .. } => Ok(person),
        Session { stage: Some(_), next, .. } => Err(AppError::WrongStage { next }),
        Session { stage: None, .. } => Err(AppError::SignInRequired),
    }
}

/// Name, e-mail and role.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let person = use_view(load_person);
    view! { <Loaded resource=person children=profile/> }
}

fn profile(person: Person) -> AnyView {
    let Person { name, email, role, .. } = person.clone();
    view! {
        <AccountLayout tab=AccountTab::Profile person>
            <PageTitle text="Profile"/>
            <p class="lede">"How you are known here."</p>
            <Sheet labelled_by="you">
                <SheetHead title="You" id="you"/>
                <dl class="body kv">
                    <dt>"Name"</dt>
                    <dd>{name}</dd>
                    <dt>"Email"</dt>
                    <dd>{email}</dd>
                    <dt>"Role"</dt>
                    <dd>{role.title()}</dd>
                </dl>
            </Sheet>
        </AccountLayout>
    }
    .into_any()
}
