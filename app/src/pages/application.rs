//! On the way to an application behind, or back to it.

use leptos::prelude::*;

use super::{home::Onward, query::use_query};
use crate::{
    api::application::{WayBack, load_way_back},
    browser::{redirect::leave, status},
    components::{AuthLayout, ButtonKind, ButtonSize, LinkButton, Loaded, PageTitle, Progress, use_view},
    paths,
};

/// Leads on; it shows something only where there is something to do first.
#[component]
pub fn ApplicationPage() -> impl IntoView {
    let [to, assurance, max_age] =
        ["to", "assurance", "max_age"].map(|name| StoredValue::new(use_query(name).get_untracked().unwrap_or_default()));
    let loaded = use_view(move || load_way_back(to.get_value(), assurance.get_value(), max_age.get_value()));
    view! { <Loaded resource=loaded children=way_on/> }
}

fn way_on(way: WayBack) -> AnyView {
    match way {
        WayBack { host: None, .. } => unknown(),
        WayBack { host: Some(host), next: None } => set_up_first(&host),
        WayBack { next: Some(next), .. } if next.starts_with('/') => view! { <Onward to=next/> }.into_any(),
        WayBack { host: Some(host), next: Some(next) } => back(host, next),
    }
}

/// It is another site's page: no route of ours leads there.
fn back(host: String, next: String) -> AnyView {
    if is_server() {
        leave(&next);
    } else {
        let next = next.clone();
        Effect::new(move |_| leave(&next));
    }
    view! {
        <AuthLayout organisation=None progress=Progress::Nothing>
            <PageTitle text=["Going to ", &host].concat()/>
            <p class="lede">"If nothing happens, "<a href=next rel="external">"open "{host}</a>"."</p>
        </AuthLayout>
    }
    .into_any()
}

fn set_up_first(host: &str) -> AnyView {
    let title = [host, " asks for a second step"].concat();
    view! {
        <AuthLayout organisation=None progress=Progress::Nothing>
            <PageTitle text=title/>
            <p class="lede">"You’re signed in with your password alone. Set up a second step, which takes about two minutes, and you’ll go on from there."</p>
            <div class="block stack-4">
                <LinkButton href=paths::ENROL_CHOOSE size=ButtonSize::Large wide=true>"Set up a second step"</LinkButton>
                <LinkButton href=paths::SECURITY kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Not now"</LinkButton>
            </div>
        </AuthLayout>
    }
    .into_any()
}

fn unknown() -> AnyView {
    status::set(400);
    view! {
        <AuthLayout organisation=None progress=Progress::Nothing>
            <PageTitle text="We don’t know where to take you"/>
            <p class="lede">
                "The link that brought you here leads to a page that isn’t one of your organisation’s applications. Open the \
                application again from where you usually do. If it happens again, tell an account holder."
            </p>
            <p class="block"><LinkButton href=paths::HOME size=ButtonSize::Large wide=true>"Go to Countersign"</LinkButton></p>
        </AuthLayout>
    }
    .into_any()
}
