//! A page that shows what the server knows.

use std::{pin::Pin, sync::Arc, time::Duration};

use leptos::{prelude::*, reactive::owner::WeakOwner};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    AuthLayout, LinkButton, PageTitle, Progress,
    root::{sign_in_path, use_changes},
};
use crate::{api::AppError, browser, words};

/// Asks the server for a view: before the page is sent when rendered there, and again after
/// each act that was done.
#[must_use]
pub fn use_view<T, Fut>(fetch: impl Fn() -> Fut + Send + Sync + 'static) -> Resource<Result<T, AppError>>
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    Fut: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let changes = use_changes();
    Resource::new_blocking(move || changes.get(), move |_| fetch())
}

/// Shows `children` with what was loaded: `<Loaded resource let:data>`. It wraps the whole page,
/// layout included: what can't be loaded becomes a page of its own, or leads to another.
#[component]
pub fn Loaded<T, F, V>(
    /// What is asked for, from [`use_view`].
    resource: Resource<Result<T, AppError>>,
    /// The page.
    children: F,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    F: Fn(T) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let shown = Shown::new();
    let children: Arc<dyn Fn(T) -> AnyView + Send + Sync> = Arc::new(move |data| shown.build(|| children(data).into_any()));
    suspended(Arc::new(move || {
        let children = Arc::clone(&children);
        Some(Box::pin(async move {
            match resource.await {
                Ok(data) => children(data),
                Err(error) => Failed(FailedProps { error }).into_any(),
            }
        }))
    }))
}

/// What is on the page, and owns the signals that were made for it.
///
/// Leptos drops them as soon as the view is asked for again. But what is shown stays until the new
/// one is there, follows the page's own signals meanwhile, and would read one that is gone.
#[derive(Clone, Copy)]
struct Shown {
    /// Weak: it would own itself, and never go.
    page: StoredValue<Option<WeakOwner>>,
    view: StoredValue<Option<Owner>>,
}

impl Shown {
    fn new() -> Self {
        Self { page: StoredValue::new(Owner::current().map(|page| page.downgrade())), view: StoredValue::new(None) }
    }

    /// Builds what is shown next.
    fn build(self, view: impl FnOnce() -> AnyView) -> AnyView {
        // A page that is rendered on the server follows nothing.
        if is_server() {
            return view();
        }
        // One that was left while this was on its way is gone, and its signals with it.
        let Some(page) = self.page.try_get_value().flatten().and_then(|page| page.upgrade()) else { return ().into_any() };
        let owner = page.child();
        let built = owner.with(view);
        let before = self.view.try_update_value(|shown| shown.replace(owner)).flatten();
        if let Some(before) = before {
            // By then the new one has taken its place.
            set_timeout(move || drop(before), Duration::ZERO);
        }
        built
    }
}

/// A view on its way.
pub type Coming = Pin<Box<dyn Future<Output = AnyView> + Send>>;

/// Shows what `coming` brings, once it is there. One type for all of them: the code that waits
/// exists once.
pub fn suspended(coming: Arc<dyn Fn() -> Option<Coming> + Send + Sync>) -> AnyView {
    let view = move || coming().map(Suspend::new);
    view! { <Transition>{view}</Transition> }.into_any()
}

/// The page that stands for one that couldn't be loaded.
#[component]
fn Failed(error: AppError) -> impl IntoView {
    match error {
        AppError::WrongStage { next } => away(next),
        AppError::SignInRequired => away(sign_in_path()),
        error => {
            browser::status::set(error.status());
            let (_, title, text) = words::fault(&error, "Then load this page again.");
            view! {
                <AuthLayout organisation=None progress=Progress::Nothing>
                    <PageTitle text=title />
                    <p class="lede">{text}</p>
                    <p class="block"><LinkButton href="" rel="external" wide=true>"Load this page again"</LinkButton></p>
                </AuthLayout>
            }
            .into_any()
        }
    }
}

/// Leads away instead of showing anything.
fn away(path: String) -> AnyView {
    if is_server() {
        browser::redirect::redirect(&path);
    } else {
        Effect::new(move |_| browser::redirect::redirect(&path));
    }
    ().into_any()
}
