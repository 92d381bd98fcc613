//! One set of icons: 24 grid, square ends, no fills. They stand beside words, never alone.

use leptos::prelude::*;

/// The symbols that signing in needs. Rendered by the server outside the hydrated tree, so they
/// aren't in the script.
#[cfg(feature = "ssr")]
const SYMBOLS: &str = include_str!("icons.svg");
#[cfg(not(feature = "ssr"))]
const SYMBOLS: &str = "";

/// The sprite that [`Icon`] refers to; once a document.
#[component]
pub fn Sprite() -> impl IntoView {
    view! { <svg class="sprite" width="0" height="0" aria-hidden="true" inner_html=SYMBOLS></svg> }
}

/// The symbols of every other page, which come with its chunk.
const SYMBOLS_BEYOND: &str = include_str!("icons_beyond.svg");

/// The rest of the sprite, for the chunks that are fetched ahead.
#[component]
pub fn SpriteBeyond() -> impl IntoView {
    view! { <svg class="sprite" width="0" height="0" aria-hidden="true" inner_html=SYMBOLS_BEYOND></svg> }.into_any()
}

/// An icon by its name in the sprite: `app`, `codes`…
#[component]
pub fn Icon(
    /// The symbol’s name, without `i-`.
    name: &'static str,
    /// 16, 20 or 24 pixels.
    #[prop(default = 20)]
    size: u8,
) -> impl IntoView {
    let class = match size {
        16 => "i i16",
        24 => "i i24",
        _ => "i",
    };
    view! {
        <svg class=class viewBox="0 0 24 24" aria-hidden="true">
            <use href=["#i-", name].concat() />
        </svg>
    }
    .into_any()
}
