//! The second sign: a key, a code from an app or a mail, what was saved on paper, and the list of
//! ways.

mod access_code;
mod ask;
mod authenticator_code;
mod backup_code;
mod emailed_code;
mod held;
mod key;
mod recovery_key;
mod trust;
mod ways;

use countersign_domain::Factor;
use leptos::prelude::*;

use self::{
    held::{Held, Hold, way_of},
    trust::{TICK_FIRST, trust_box},
};
use crate::{
    api::{
        Refusal,
        second_step::{SecondStep, load_second_step},
    },
    components::{AuthLayout, ButtonKind, ButtonSize, GoButton, Loaded, Progress, use_view},
    paths,
};

pub use access_code::AccessCodePage;
pub use ask::AskPage;
pub use authenticator_code::AuthenticatorCodePage;
pub use backup_code::BackupCodePage;
pub use emailed_code::EmailedCodePage;
pub use key::{PasskeyPage, SecurityKeyPage};
pub use recovery_key::RecoveryKeyPage;
pub use ways::WaysPage;

/// How the awaited sign stands, as the panel says.
type Stands = RwSignal<&'static str>;

/// The frame of a page of the second step. `awaited` is what the panel says is still to come, and
/// how it stands at first.
fn framed((awaited, stands): (&'static str, &'static str), content: fn(SecondStep, Stands) -> AnyView) -> AnyView {
    let stands = RwSignal::new(stands);
    let step = use_view(load_second_step);
    view! {
        <Loaded resource=step let:step>
            <AuthLayout
                organisation=Some(step.organisation.clone())
                progress=Progress::First { at: step.password_at.clock.clone(), first: first_sign(&step), awaited: (awaited, stands.into()) }
            >
                {content(step, stands)}
            </AuthLayout>
        </Loaded>
    }
    .into_any()
}

/// The question for one way, or, while that way is held, what to do instead.
fn asked_unless_held(
    step: SecondStep,
    factor: Factor,
    refusal: Signal<Option<Refusal>>,
    question: impl Fn(&SecondStep) -> AnyView + Send + 'static,
) -> AnyView {
    let at_first = way_of(&step, factor).and_then(Hold::of_way);
    // A memo, so that a second wrong answer doesn't draw the form anew.
    let hold = Memo::new(move |_| refusal.read().as_ref().and_then(Hold::of_refusal).or_else(|| at_first.clone()));
    let page = move || match hold.get() {
        Some(hold) => view! { <Held hold factor step=step.clone() /> }.into_any(),
        None => question(&step),
    };
    page.into_any()
}

/// "Try another way": right under the main button, and as large.
fn another_way() -> AnyView {
    view! {
        <div class="next">
            <GoButton href=paths::SECOND_STEP kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Try another way"</GoButton>
        </div>
    }
    .into_any()
}

/// What the first sign was.
fn first_sign(step: &SecondStep) -> &'static str {
    if step.is_signed_on { "Single sign-on" } else { "Password" }
}
