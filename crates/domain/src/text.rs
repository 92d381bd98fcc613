//! Names that people give: to themselves, to an organisation, to their authenticator app.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a name was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing but spaces.
    #[error("the name is empty")]
    Empty,
    /// Longer than the type allows.
    #[error("the name is longer than {max} characters")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// A control or direction-changing character, which could make one name look like another.
    #[error("the name contains a character that can't be shown")]
    Unprintable,
}

/// Trims and collapses white space, then checks the length in characters and that every
/// character can be shown.
fn tidy(text: &str, max: usize) -> Result<String, NameError> {
    // Bounded before any work is done: no name of `max` characters needs more bytes than this.
    if text.len() > max.saturating_mul(8) {
        return Err(NameError::TooLong { max });
    }
    if text.chars().any(is_unprintable) {
        return Err(NameError::Unprintable);
    }
    let tidy = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match tidy.chars().count() {
        0 => Err(NameError::Empty),
        n if n > max => Err(NameError::TooLong { max }),
        _ => Ok(tidy),
    }
}

/// Control characters, and the invisible ones that reorder or hide text (Unicode TR 36).
pub(crate) fn is_unprintable(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The most characters this name may have.
            pub const MAX_CHARS: usize = $max;

            /// Reads a typed name.
            ///
            /// # Errors
            /// [`NameError`] when it is empty, too long or unprintable.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                tidy(text, Self::MAX_CHARS).map(Self)
            }

            /// The name as shown.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The name as it is compared and sorted: "Night desk" and "NIGHT DESK" are one.
            #[must_use]
            pub fn key(&self) -> String {
                self.0.to_lowercase()
            }

            /// A name read back from our own storage, where it was checked on the way in.
            #[must_use]
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// What a person is called.
    PersonName,
    80
);
name!(
    /// What the organisation is called; it is also the issuer that authenticator apps show.
    OrganisationName,
    60
);
name!(
    /// What a team is called: "Night desk".
    TeamName,
    60
);
name!(
    /// What somebody calls one of their own methods: "Phone app".
    FactorName,
    40
);

impl PersonName {
    /// Up to two initials, for the plate beside the name.
    #[must_use]
    pub fn initials(&self) -> String {
        let mut words = self.0.split(' ').filter_map(|word| word.chars().next());
        let first = words.next();
        let last = words.next_back();
        first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
    }

    /// The first word, for a greeting.
    #[must_use]
    pub fn first(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_around_and_inside_a_name_are_tidied() {
        assert_eq!(PersonName::parse("  Wren \t Halloway ").unwrap().as_str(), "Wren Halloway");
    }

    #[test]
    fn a_name_that_hides_or_reorders_text_is_refused() {
        for text in ["a\u{202E}b", "a\u{200B}b", "a\u{0}b"] {
            assert_eq!(PersonName::parse(text), Err(NameError::Unprintable));
        }
    }

    #[test]
    fn a_name_is_counted_in_characters() {
        assert!(FactorName::parse(&"é".repeat(40)).is_ok());
        assert_eq!(FactorName::parse(&"é".repeat(41)), Err(NameError::TooLong { max: 40 }));
        assert_eq!(FactorName::parse(&"a".repeat(1_000_000)), Err(NameError::TooLong { max: 40 }));
    }

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        assert_eq!(PersonName::parse("wren marie halloway").unwrap().initials(), "WH");
        assert_eq!(PersonName::parse("Wren").unwrap().initials(), "W");
    }
}
