//! Trusting this browser, where the organisation lets people do so.

use countersign_domain::count;
use leptos::prelude::*;

use crate::api::second_step::SecondStep;

/// "Trust this browser", unticked; nothing where no browser is trusted. It stands in the form that gives the
/// second step, before a code, which sends itself once it is whole. `is_ticked`: it was, before the page was loaded anew.
pub(super) fn trust_box(step: &SecondStep, is_ticked: bool) -> Option<AnyView> {
    let days = step.trust_days?;
    let label = ["Trust this browser for ", &count(days, "day", "days")].concat();
    let view = view! {
        <div class="block">
            <div class="check">
                <input type="checkbox" id="trust" name="trust" value="yes" checked=is_ticked aria-describedby="trust-hint" />
                <label for="trust">{label}</label>
                <small id="trust-hint">"Only on a computer nobody else uses. You still need your password."</small>
            </div>
        </div>
    };
    Some(view.into_any())
}
