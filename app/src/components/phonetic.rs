//! A code to be read aloud: each sign with the word for it.

use leptos::prelude::*;

/// The words for A to Z (ICAO Annex 10, volume II, 5.2.1.3).
const LETTERS: [&str; 26] = [
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima", "Mike", "November",
    "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "X-ray", "Yankee", "Zulu",
];

/// The words for 0 to 9, as everybody says them.
const FIGURES: [&str; 10] = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

/// Signs that are read in one breath.
const GROUP: usize = 4;

/// A code in groups of four, with the words below. Those who listen to the page hear the code and
/// then the words, once.
#[component]
pub fn PhoneticCode(
    /// The code. Case, spaces and dashes don't matter.
    #[prop(into)]
    code: String,
) -> impl IntoView {
    let signs = signs(code);
    let groups = signs.chunks(GROUP).enumerate().map(|(n, group)| {
        let dash = (n > 0).then(|| view! { <i>"-"</i> });
        let signs = group.iter().map(|(sign, word)| view! { <span>{sign.to_string()}<small>{*word}</small></span> });
        view! { {dash}<div>{signs.collect_view()}</div> }
    });
    view! {
        <div class="tac">
            <p class="sr">{spoken(&signs)}</p>
            <div class="tac-code" aria-hidden="true">{groups.collect_view()}</div>
        </div>
    }
    .into_any()
}

/// The signs of a code that have a word, with it.
fn signs(code: String) -> Vec<(char, &'static str)> {
    code.into_bytes().into_iter().filter_map(|sign| word(sign.to_ascii_uppercase().into())).collect()
}

/// A capital letter or a figure with its word.
fn word(sign: char) -> Option<(char, &'static str)> {
    ('0'..='9').zip(FIGURES).chain(('A'..='Z').zip(LETTERS)).find(|(of, _)| *of == sign)
}

/// "T7KD-QM42: Tango, Seven, Kilo, Delta, Quebec, Mike, Four, Two".
fn spoken(signs: &[(char, &'static str)]) -> String {
    let groups: Vec<String> = signs.chunks(GROUP).map(|group| group.iter().map(|(sign, _)| sign).collect()).collect();
    let words: Vec<&str> = signs.iter().map(|(_, word)| *word).collect();
    [groups.join("-"), words.join(", ")].join(": ")
}

#[cfg(test)]
mod tests {
    use countersign_domain::alphabet::ALPHABET;

    use super::{LETTERS, signs, spoken};

    fn said(code: &str) -> String {
        spoken(&signs(code.to_owned()))
    }

    #[test]
    fn a_code_is_said_in_groups_and_then_in_words() {
        assert_eq!(said("t7kdqm42"), "T7KD-QM42: Tango, Seven, Kilo, Delta, Quebec, Mike, Four, Two");
        assert_eq!(said(" T7KD-QM42 "), said("t7kdqm42"));
    }

    #[test]
    fn every_letter_has_a_word_that_begins_with_it() {
        for (letter, word) in ('A'..='Z').zip(LETTERS) {
            assert!(word.starts_with(letter), "{letter}: {word}");
            assert_eq!(signs(letter.to_string()), [(letter, word)]);
        }
    }

    #[test]
    fn every_sign_that_a_code_can_hold_has_a_word() {
        for sign in ALPHABET {
            assert_eq!(signs(char::from(*sign).to_string()).len(), 1, "{}", char::from(*sign));
        }
    }
}
