//! Set up: connect an authenticator app by its QR code, its key or a link, and prove that it works.

use countersign_domain::{FactorName, Secret};
use leptos::prelude::*;

use crate::{
    api::{
        AppError,
        enrolment::{ConnectAuthenticatorApp, Enrolment, PendingApp, load_enrolment, load_pending_app},
    },
    browser::clipboard,
    components::{
        Act, ActForm, Button, ButtonKind, ButtonSize, CodeField, ErrorNote, Field, Icon, LinkButton, Loaded, PageTitle, Status,
        WizardLayout, use_act, use_live,
    },
    paths,
    words::{for_field, refusal_text},
};

/// The third page of the wizard.
#[component]
pub fn AuthenticatorAppPage() -> impl IntoView {
    // Not loaded again after the act: a connected app is no longer a pending one.
    let loaded = Resource::new_blocking(|| (), |()| load());
    let connect = use_act::<ConnectAuthenticatorApp>();
    view! { <Loaded resource=loaded children=move |(enrolment, app)| page(enrolment, app, connect)/> }
}

async fn load() -> Result<(Enrolment, PendingApp), AppError> {
    Ok((load_enrolment().await?, load_pending_app().await?))
}

fn page(enrolment: Enrolment, app: PendingApp, connect: Act<ConnectAuthenticatorApp>) -> AnyView {
    let PendingApp { qr_path, qr_size, key, link, suggested_name } = app;
    view! {
        <WizardLayout step=3 email=enrolment.email>
            <PageTitle text="Connect your authenticator app"/>
            <OnThisPhone link key=key.clone() />
            <Scan qr_path qr_size key />
            <Prove connect suggested_name/>
        </WizardLayout>
    }
    .into_any()
}

/// The QR code beside what to do with it; the key as text stays on phones, too.
#[component]
fn Scan(qr_path: String, qr_size: usize, key: Secret) -> impl IntoView {
    let side = qr_size.to_string();
    let view_box = ["0 0 ", &side, " ", &side].concat();
    view! {
        <div class="block qr-row">
            <div class="qr hide-phone">
                <svg role="img" aria-label="QR code for your authenticator app" viewBox=view_box shape-rendering="crispEdges">
                    <path d=qr_path></path>
                </svg>
            </div>
            <div>
                <ol class="num hide-phone">
                    <li>
                        "Open your authenticator app. If you have none, install Google Authenticator, Microsoft Authenticator or any app that makes 6-digit codes."
                    </li>
                    <li>"Add an account and scan this square."</li>
                    <li>"Type the code the app shows."</li>
                </ol>
                <details>
                    <summary><Icon name="right" size=16 />"Can’t scan it? Type a key instead"</summary>
                    <span class="secret">{key.expose().to_owned()}</span>
                </details>
            </div>
        </div>
    }
    .into_any()
}

/// A phone can't scan its own screen.
#[component]
fn OnThisPhone(link: Secret, key: Secret) -> impl IntoView {
    let live = use_live();
    let said = RwSignal::new(None);
    let key = StoredValue::new(key);
    let on_copy = move |_| {
        leptos::task::spawn_local(async move {
            // Apps take the key without the spaces that are there for reading.
            let text = key.with_value(|key| key.expose().replace(' ', ""));
            let words = match clipboard::copy(&text).await {
                Ok(()) => "Copied. Add an account in your app and paste the key.",
                Err(_) => "This browser can’t copy here. Type the key instead: it is below.",
            };
            said.try_set(Some(words.to_owned()));
        });
    };
    view! {
        <div class="block hide-desk">
            <p class="lede">"On this phone there’s nothing to scan. Open your app straight from here."</p>
            <div class="block stack-4">
                <div>
                    <LinkButton href=link.expose() rel="external" kind=ButtonKind::Second size=ButtonSize::Large wide=true icon="app">
                        "Open my authenticator app"
                    </LinkButton>
                </div>
                <div hidden=move || !live.get()>
                    <Button kind=ButtonKind::Quiet size=ButtonSize::Large wide=true type_="button" icon="copy" on_click=on_copy>
                        "Copy the key instead"
                    </Button>
                </div>
            </div>
            <Status message=said/>
            <p class="meta">"Need an app? Any app that makes 6-digit codes works, such as Google Authenticator or Microsoft Authenticator."</p>
        </div>
    }
    .into_any()
}

/// A first code, which proves that the app has the key. The name comes before it, because a
/// complete code sends the form.
#[component]
fn Prove(connect: Act<ConnectAuthenticatorApp>, suggested_name: String) -> impl IntoView {
    let refusal = connect.refusal();
    // What isn't about the name is said beside the code.
    let code_error = Signal::derive(move || {
        let refusal = refusal.get().filter(|refusal| for_field(refusal, "name").is_none())?;
        Some(refusal_text(&refusal))
    });
    let name_error = Signal::derive(move || refusal.get().and_then(|refusal| for_field(&refusal, "name")));
    let typed = connect.typed("name");
    let name = if typed.is_empty() { suggested_name } else { typed };
    view! {
        <ActForm act=connect>
            <Field name="name" label="Name" hint="So you can tell it apart later" value=name error=name_error max_len=FactorName::MAX_CHARS/>
            <CodeField label="Code from the app" error=code_error/>
            <ErrorNote fault=connect.fault() offline="Your code is still here; press Connect app when you’re back."/>
            <div class="block btn-row">
                <Button size=ButtonSize::Large busy=connect.pending()>"Connect app"</Button>
                <LinkButton href=paths::ENROL_CHOOSE kind=ButtonKind::Quiet size=ButtonSize::Large>"Back"</LinkButton>
            </div>
        </ActForm>
    }
    .into_any()
}
