//! Saving what a page shows as a file.

use std::future::Future;

use leptos::{prelude::*, task::spawn_local};

use super::{Button, ButtonKind, reload_views, use_live};
use crate::{
    api::{AppError, export::Export},
    browser::download::download,
};

/// An export, while it goes on and after it.
#[derive(Clone, Copy, Debug)]
pub struct Exporting {
    is_busy: RwSignal<bool>,
    /// What is said of the last one, or of anything else that the page asked for.
    pub outcome: RwSignal<Option<Result<String, AppError>>>,
}

/// An export that isn't going on yet.
#[must_use]
pub fn use_export() -> Exporting {
    let outcome = RwSignal::new(None);
    Effect::new(move |_| {
        // It can't be theirs any more: the page loaded again says so, or leads to where they are.
        if let Some(Err(AppError::SignInRequired | AppError::WrongStage { .. } | AppError::NotAllowed)) = &*outcome.read() {
            reload_views();
        }
    });
    Exporting { is_busy: RwSignal::new(false), outcome }
}

impl Exporting {
    /// Saves what comes as a file of that name, and says `said` of how many there were.
    pub fn save(self, name: &'static str, export: impl Future<Output = Result<Export, AppError>> + 'static, said: fn(i64) -> String) {
        if self.is_busy.get_untracked() {
            return;
        }
        self.outcome.set(None);
        self.is_busy.set(true);
        spawn_local(async move {
            let export = export.await;
            // The page may be gone by now: then nobody waits for a file.
            if self.is_busy.try_set(false).is_none() {
                self.outcome.set(Some(export.map(|export| match download(name, "text/csv", &export.csv) {
                    Ok(()) => said(export.entries),
                    Err(_) => "This browser can’t save a file here. Try another one.".to_owned(),
                })));
            }
        });
    }

    /// What went well, in words.
    #[must_use]
    pub fn said(self) -> Signal<Option<String>> {
        Signal::derive(move || self.outcome.get().and_then(Result::ok))
    }

    /// What didn't.
    #[must_use]
    pub fn fault(self) -> Signal<Option<AppError>> {
        Signal::derive(move || self.outcome.get().and_then(Result::err))
    }
}

/// The button, once there is a script: a file is made by it.
#[component]
pub fn ExportButton(
    /// What it shows as going on.
    exporting: Exporting,
    /// Its words.
    words: &'static str,
    /// Starts it.
    on_click: Callback<()>,
) -> impl IntoView {
    let live = use_live();
    move || {
        live.get().then(|| {
            view! {
                <Button
                    kind=ButtonKind::Second
                    type_="button"
                    icon="save"
                    busy=exporting.is_busy
                    on_click=move |_| on_click.run(())
                >
                    {words}
                </Button>
            }
        })
    }
}
