//! The answer to a form that was sent before the script was there.

use crate::api::flash::Flash;

/// Takes the flash of this request, which is shown once. Nothing in the browser, which has it
/// from the page.
#[must_use]
pub fn take() -> Option<Flash> {
    #[cfg(feature = "ssr")]
    return crate::ssr::flash::take();
    #[cfg(not(feature = "ssr"))]
    None
}
