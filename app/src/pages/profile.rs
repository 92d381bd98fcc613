//! Who somebody is here: shown, not changed.

use leptos::prelude::*;

use crate::{
    api::{Person, session::load_person},
    components::{AccountLayout, AccountTab, Loaded, PageTitle, Sheet, SheetHead, use_view},
};

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
