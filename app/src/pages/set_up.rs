//! The first run: one link, one organisation, one account holder.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    api::{
        Refusal,
        set_up::{SetUpOrganisation, load_set_up},
    },
    components::{
        ActForm, AuthLayout, Button, ButtonSize, ErrorNote, Field, LinkButton, Loaded, PageTitle, PasswordField, Progress, use_act,
        use_view,
    },
    paths, words,
};

/// The page behind the set-up link.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let token = StoredValue::new(use_location().query.with_untracked(|query| query.get("token")).unwrap_or_default());
    let link = use_view(move || load_set_up(token.get_value()));
    view! {
        <Loaded resource=link let:link>
            <AuthLayout organisation=None progress=Progress::Nothing panel=panel()>
                {if link.is_open {
                    view! { <Question token=token.get_value() /> }.into_any()
                } else {
                    view! { <Ended is_set_up=link.is_set_up /> }.into_any()
                }}
            </AuthLayout>
        </Loaded>
    }
    .into_any()
}

fn panel() -> AnyView {
    view! {
        <p class="say">
            <b>"What happens next"</b>
            "You choose a second step, save your backup codes, and you’re in. About two minutes."
        </p>
    }
    .into_any()
}

#[component]
fn Question(token: String) -> impl IntoView {
    let act = use_act::<SetUpOrganisation>();
    let refusal = act.refusal();
    let token = StoredValue::new(token);
    // A memo, so that a refused field doesn't draw the form anew.
    let has_ended = Memo::new(move |_| matches!(*refusal.read(), Some(Refusal::LinkEnded)));
    let error =
        move |field: &'static str| Signal::derive(move || refusal.read().as_ref().and_then(|refusal| words::for_field(refusal, field)));
    let page = move || {
        if has_ended.get() {
            return view! { <Ended is_set_up=false /> }.into_any();
        }
        view! {
            <PageTitle text="Set up Countersign" />
            <p class="lede">"You’ll be the account holder: you own the settings, and you can help others."</p>
            <ErrorNote fault=act.fault() offline="What you typed is still here; press Create organisation when you’re back." />
            <ActForm act>
                <input type="hidden" name="token" value=token.get_value() />
                <Field
                    name="organisation"
                    label="Organisation"
                    hint="As everybody will see it when they sign in."
                    autocomplete="organization"
                    value=act.typed("organisation")
                    error=error("organisation")
                    max_len=60
                    required=true
                    autofocus=true
                />
                <Field
                    name="name"
                    label="Your name"
                    autocomplete="name"
                    value=act.typed("name")
                    error=error("name")
                    max_len=80
                    required=true
                />
                <Field
                    name="email"
                    label="Email"
                    type_="email"
                    autocomplete="username"
                    inputmode="email"
                    value=act.typed("email")
                    error=error("email")
                    max_len=254
                    required=true
                />
                <PasswordField
                    label="Choose a password"
                    autocomplete="new-password"
                    hint="At least 12 characters. A few unrelated words work well."
                    error=error("password")
                    show_strength=true
                />
                <div class="block">
                    <Button size=ButtonSize::Large wide=true busy=act.pending()>"Create organisation"</Button>
                </div>
            </ActForm>
        }
        .into_any()
    };
    page.into_any()
}

/// The link has been used, or replaced by a newer one.
#[component]
fn Ended(is_set_up: bool) -> impl IntoView {
    let (lede, way_on) = if is_set_up {
        (
            "Set-up links work once, and this organisation is set up.",
            view! {
                <p class="block">
                    <LinkButton href=paths::SIGN_IN size=ButtonSize::Large wide=true>"Go to sign-in"</LinkButton>
                </p>
            }
            .into_any(),
        )
    } else {
        (
            "Set-up links work once, and a newer one ends the older.",
            view! {
                <p class="block">
                    "Look for the newest link in the server’s log. If there’s none, restart the server: it prints a new one as long as nothing is set up."
                </p>
            }
            .into_any(),
        )
    };
    view! {
        <PageTitle text="This link has ended" />
        <p class="lede">{lede}</p>
        {way_on}
    }
    .into_any()
}
