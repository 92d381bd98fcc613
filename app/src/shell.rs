//! The root of the interface: routes and what they share, and, on the server, the document.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    Lazy, NavigateOptions, SsrMode, StaticSegment, WildcardSegment,
    components::{FlatRoutes, Route, Router},
    hooks::{use_location, use_navigate},
};

use crate::{
    browser::tabs,
    components::{FlashContext, provide_root},
    pages::{
        beyond::{BeyondRoute, ConsoleRoute, SecondStepRoute},
        home::HomePage,
        sign_in::SignInPage,
    },
    paths,
};

/// A page is sent whole: with its status, its title and its data, or as a redirect.
const WHOLE: SsrMode = SsrMode::Async;

/// The interface, rendered on the server first and hydrated in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_root();
    let is_routing = RwSignal::new(false);
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the main part"</a>
        <Router set_is_routing=is_routing>
            <Routing />
            <FlatRoutes fallback=|| ()>
                <Route ssr=WHOLE path=StaticSegment("") view=HomePage />
                <Route ssr=WHOLE path=StaticSegment("sign-in") view=SignInPage />
                <Route ssr=WHOLE path=(StaticSegment("sign-in"), StaticSegment("step-2"), WildcardSegment("rest")) view={Lazy::<SecondStepRoute>::new()} />
                <Route ssr=WHOLE path=(StaticSegment("org"), WildcardSegment("rest")) view={Lazy::<ConsoleRoute>::new()} />
                <Route ssr=WHOLE path=WildcardSegment("rest") view={Lazy::<BeyondRoute>::new()} />
            </FlatRoutes>
        </Router>
    }
}

/// What happens between pages.
#[component]
fn Routing() -> impl IntoView {
    let location = use_location();
    let pathname = location.pathname;

    // The answer to a form without script belongs to the page it led to.
    if let Some(FlashContext(flash)) = use_context() {
        Effect::new(move |before: Option<()>| {
            pathname.track();
            if before.is_some() {
                flash.set(None);
            }
        });
    }

    // Another tab signed this browser out.
    let owner = Owner::current();
    tabs::on_sign_out(move || {
        let needs_nobody = matches!(
            pathname.get_untracked().as_str(),
            paths::SIGN_IN
                | paths::SET_UP
                | paths::FORGOT
                | paths::RESET_PASSWORD
                | paths::CONFIRM_EMAIL
                | paths::NOT_ME
                | paths::JOIN
                | paths::HELP
                | paths::PRIVACY
        );
        if let (false, Some(owner)) = (needs_nobody, &owner) {
            owner.with(|| {
                use_navigate()(paths::SIGN_IN, NavigateOptions::default());
            });
        }
    });
}

/// The document around [`App`]. The start-up tags are our own, because leptos's
/// `HydrationScripts` writes the nonce where it doesn't belong and reads files we embed.
#[cfg(feature = "ssr")]
#[must_use]
pub fn document() -> impl IntoView {
    use leptos::nonce::use_nonce;
    use leptos_meta::MetaTags;

    use crate::components::Sprite;

    let assets = crate::ssr::assets();
    let styles = assets.as_ref().map(|assets| {
        // The pages beyond the sign-in page find their styles here, or by the name that stands here.
        let beyond = if crate::ssr::is_sign_in_page() {
            let name = assets.css_beyond.rsplit('/').next().unwrap_or_default().to_owned();
            view! { <meta name=crate::browser::styles::NAME content=name /> }.into_any()
        } else {
            view! { <link rel="stylesheet" href=assets.css_beyond.clone() /> }.into_any()
        };
        view! { <link rel="stylesheet" href=assets.css.clone() /> {beyond} }
    });
    let start = assets.map(|assets| {
        // Both paths are ours and hold nothing that would need escaping.
        let start = format!("import init,{{hydrate}} from '{}';await init({{module_or_path:'{}'}});hydrate();", assets.js, assets.wasm);
        view! {
            <link rel="modulepreload" href=assets.js />
            <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
            <script type="module" nonce=use_nonce() inner_html=start></script>
        }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=crate::ssr::theme()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                {styles}
                {start}
                <MetaTags />
            </head>
            <body>
                <App />
                <Sprite />
            </body>
        </html>
    }
}
