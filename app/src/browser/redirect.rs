//! On to another page, while a page is being shown.

/// Leads to `path`, a page of this site: by the HTTP answer on the server, by the router in the
/// browser, where the page that sent away leaves no trace in the history.
#[cfg(feature = "ssr")]
pub fn redirect(path: &str) {
    let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() else { return };
    // Not `leptos_axum::redirect`: it panics on a path that isn't a header value, and redirects
    // only those who ask for HTML.
    if let Ok(location) = http::HeaderValue::from_str(path) {
        response.insert_header(http::header::LOCATION, location);
        response.set_status(http::StatusCode::SEE_OTHER);
    }
}

/// Leads to a page of another site.
#[cfg(feature = "ssr")]
pub fn leave(url: &str) {
    redirect(url);
}

/// Leads to a page of another site. The page that sent away leaves no trace in the history.
#[cfg(not(feature = "ssr"))]
pub fn leave(url: &str) {
    // Refused only for an address that can't be read; the page has a link beside.
    let _ = leptos::prelude::window().location().replace(url);
}

/// Leads to `path`, a page of this site: by the HTTP answer on the server, by the router in the
/// browser, where the page that sent away leaves no trace in the history.
#[cfg(not(feature = "ssr"))]
pub fn redirect(path: &str) {
    use leptos_router::{NavigateOptions, hooks::use_navigate};

    use_navigate()(path, NavigateOptions { replace: true, ..NavigateOptions::default() });
}
