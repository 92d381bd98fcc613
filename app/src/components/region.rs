//! Live regions: what appears in them is read out, so the same words twice have to appear twice.

use leptos::prelude::*;

use super::use_live;
use crate::browser::shown::in_next_frame;

/// Asked by a live region each time it is drawn with something to say: whether to say it now. If
/// not, it stays empty, and is drawn again in the next frame: so a second refusal in the same
/// words is heard, too. On the server, and while hydrating, it is said at once.
pub fn said_anew() -> impl Fn() -> bool + Copy + Send + Sync {
    let is_due = RwSignal::new(!use_live().get_untracked());
    move || is_server() || take(is_due)
}

fn take(is_due: RwSignal<bool>) -> bool {
    let is_now = is_due.get();
    if is_now {
        // Without drawing it once more.
        *is_due.write_untracked() = false;
    } else {
        in_next_frame(Box::new(move || {
            // The page may be gone by then.
            is_due.try_set(true);
        }));
    }
    is_now
}
