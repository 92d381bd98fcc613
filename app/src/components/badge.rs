//! Words with a shape, and counts in strokes.

use leptos::prelude::*;

/// What a badge is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum BadgeKind {
    /// A fact.
    #[default]
    Plain,
    /// On, done.
    Sign,
    /// Waiting on someone.
    Wait,
    /// Locked.
    Stop,
}

/// A word in a box, with the mark if `mark` is set: both strokes, or one while waiting.
#[component]
pub fn Badge(
    /// What it is about.
    #[prop(optional)]
    kind: BadgeKind,
    /// Show the mark.
    #[prop(optional)]
    mark: bool,
    /// The word.
    children: Children,
) -> impl IntoView {
    let class = match kind {
        BadgeKind::Plain => "badge",
        BadgeKind::Sign => "badge sign",
        BadgeKind::Wait => "badge wait",
        BadgeKind::Stop => "badge stop",
    };
    // One stroke filled and one outlined: not set up yet.
    let second = if kind == BadgeKind::Wait { "gap" } else { "b" };
    let mark = mark.then(|| {
        view! {
            <svg viewBox="0 0 32 32" aria-hidden="true">
                <path class="a" d="M2.5 13h7l3.25 6.5-3.5 7z" />
                <path class=second d="M22.5 4h7l-12 24h-7z" />
            </svg>
        }
    });
    view! { <span class=class>{mark}{children()}</span> }.into_any()
}

/// A count as slanted strokes in fives: `left` of `total` filled. The number stands beside it;
/// `label` says it to those who don't see the strokes.
#[component]
pub fn Tally(
    /// Filled strokes.
    left: usize,
    /// All strokes.
    total: usize,
    /// The same in words: "11 of 15 left".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let (on, off) = strokes(left.min(total), total);
    let width = (7 + x_of(total.max(1) - 1)).to_string();
    view! {
        <svg
            class="tally"
            role="img"
            aria-label=label
            viewBox=["-1 -1 ", width.as_str(), " 20"].concat()
            width=width
            height="20"
        >
            <path class=if left <= countersign_domain::BackupCode::FEW { "on-wait" } else { "on" } d=on />
            <path class="off" d=off />
        </svg>
    }
    .into_any()
}

/// Where the `n`-th stroke's foot stands: 10 apart, and 6 more after each five.
const fn x_of(n: usize) -> usize {
    8 + n * 10 + n / 5 * 6
}

/// One path for all filled strokes and one for the others.
fn strokes(left: usize, total: usize) -> (String, String) {
    let (mut on, mut off) = (String::new(), String::new());
    for n in 0..total {
        let path = if n < left { &mut on } else { &mut off };
        path.push('M');
        path.push_str(&(1 + x_of(n)).to_string());
        path.push_str(" 0h4.5l-9 18h-4.5z");
    }
    (on, off)
}

#[cfg(test)]
mod tests {
    use super::strokes;

    #[test]
    fn every_stroke_is_either_filled_or_not() {
        for (left, on, off) in [(0, 0, 15), (11, 11, 4), (15, 15, 0)] {
            let (filled, outlined) = strokes(left, 15);
            assert_eq!((filled.matches('M').count(), outlined.matches('M').count()), (on, off));
        }
    }
}
