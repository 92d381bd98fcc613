//! How much of a whole is done, as a bar with a slanted end.

use leptos::prelude::*;

/// Below this share, in percent, a bar is amber.
const LOW: i64 = 66;

/// A bar. The number always stands beside it, in words.
#[component]
pub fn Meter(
    /// The same in words: "Night desk: 6 of 14 set up".
    #[prop(into)]
    label: String,
    /// How much is done.
    value: i64,
    /// The whole.
    max: i64,
    /// 14 pixels high rather than 10: for the one figure of a page.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let (class, height) = if large { ("bar-box lg", "14") } else { ("bar-box", "10") };
    let fill = if is_low(value, max) { "fill wait" } else { "fill" };
    view! {
        <span
            class=class
            role="meter"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax=max.to_string()
            aria-valuenow=value.to_string()
        >
            <svg class="bar" aria-hidden="true">
                <rect class=fill width=share(value, max) height=height transform="translate(5 0) skewX(-26.565)" />
            </svg>
        </span>
    }
    .into_any()
}

/// Whether so much of it is still to do that somebody should look.
const fn is_low(value: i64, max: i64) -> bool {
    value.saturating_mul(100) < max.saturating_mul(LOW)
}

/// The filled part of the bar: "42.9%". Nothing of nothing is nothing.
fn share(value: i64, max: i64) -> String {
    let tenths = if max > 0 { value.clamp(0, max).saturating_mul(1000).saturating_add(max / 2) / max } else { 0 };
    [(tenths / 10).to_string().as_str(), ".", (tenths % 10).to_string().as_str(), "%"].concat()
}

#[cfg(test)]
mod tests {
    use super::{is_low, share};

    #[test]
    fn a_bar_is_amber_below_sixty_six_percent() {
        for (value, max, low) in [(0, 14, true), (11, 18, true), (65, 100, true), (66, 100, false), (14, 16, false), (0, 0, false)] {
            assert_eq!(is_low(value, max), low, "{value} of {max}");
        }
    }

    #[test]
    fn the_filled_part_is_rounded_to_a_tenth_of_a_percent() {
        for (value, max, width) in
            [(6, 14, "42.9%"), (93, 112, "83.0%"), (31, 31, "100.0%"), (0, 9, "0.0%"), (0, 0, "0.0%"), (9, 8, "100.0%")]
        {
            assert_eq!(share(value, max), width, "{value} of {max}");
        }
    }
}
