//! An address where nothing is.

use leptos::prelude::*;

use crate::{
    browser,
    components::{AuthLayout, ButtonKind, ButtonSize, LinkButton, PageTitle, Progress},
    paths,
};

/// "There’s no page here".
#[component]
pub fn NotFoundPage() -> impl IntoView {
    browser::status::set(404);
    view! {
        <AuthLayout organisation=None progress=Progress::Nothing>
            <PageTitle text="There’s no page here" />
            <p class="lede">"The link may be old, or an address was typed with a slip. Nothing of yours is lost."</p>
            <div class="block stack-4">
                <LinkButton href=paths::SECURITY size=ButtonSize::Large wide=true>"Go to your Security page"</LinkButton>
                <LinkButton href=paths::SIGN_IN kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Go to sign-in"</LinkButton>
            </div>
        </AuthLayout>
    }
    .into_any()
}
