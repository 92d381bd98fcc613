//! What the address of a page says beside its path.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The query field `field` of this page. On the way to another page it stays as it was, so that
/// the page that is left doesn't turn into something else first.
pub(super) fn use_query(field: &'static str) -> Memo<Option<String>> {
    let location = use_location();
    let (pathname, query) = (location.pathname, location.query);
    let here = pathname.get_untracked();
    Memo::new(move |before: Option<&Option<String>>| {
        let is_leaving = *pathname.read() != here;
        before.filter(|_| is_leaving).cloned().unwrap_or_else(|| query.read().get(field))
    })
}
