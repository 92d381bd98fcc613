//! Trusting this browser, where the organisation lets people do so.

use countersign_domain::count;
use leptos::prelude::*;

use crate::api::second_step::SecondStep;

/// What describes a code's field beside the box.
pub(super) const TICK_FIRST: &str = "trust-first";

/// "Trust this browser", unticked; nothing where no browser is trusted. It stands in the form that gives the
/// second step. `is_ticked`: it was, before the page was loaded anew; none before a key, and some before a code,
/// which sends itself once it is whole.
pub(super) fn trust_box(step: &SecondStep, is_ticked: Option<bool>) -> Option<AnyView> {
    let days = step.trust_days?;
    let label = ["Trust this browser for ", &count(days, "day", "days")].concat();
    let view = view! {
        <div class="block">
            <div class="check">
                <input type="checkbox" id="trust" name="trust" value="yes" checked=is_ticked.unwrap_or_default() aria-describedby="trust-hint" />
                <label for="trust">{label}</label>
                <small id="trust-hint">"Only on a computer nobody else uses. You still need your password."</small>
                {is_ticked.is_some().then(|| view! {
                    <small id=TICK_FIRST>"Tick it before you type the code: that signs you in as soon as it’s whole."</small>
                })}
            </div>
        </div>
    };
    Some(view.into_any())
}
