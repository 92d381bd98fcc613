//! The characters of what is saved on paper: backup codes and recovery keys.

use crate::one_time_code::is_dash;

/// 29 characters: without 0 O, 1 I L, S, U, which are misread on paper and misheard aloud.
pub const ALPHABET: &[u8; 29] = b"23456789ABCDEFGHJKMNPQRTVWXYZ";

/// Reads `N` characters as they are typed: any case, spaces and dashes ignored. `None` when there
/// are more or fewer, or others.
pub(crate) fn read<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut code = [0; N];
    let mut typed = text.chars().filter(|c| !c.is_whitespace() && !is_dash(*c));
    for place in &mut code {
        let byte = u8::try_from(typed.next()?.to_ascii_uppercase()).ok()?;
        *place = ALPHABET.contains(&byte).then_some(byte)?;
    }
    typed.next().is_none().then_some(code)
}

/// Draws `N` characters from random bytes, or `None` when too few of them are usable: a byte of
/// 232 or more is skipped, so that all characters are equally likely (8 × 29 = 232).
pub(crate) fn draw<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    let mut code = [0; N];
    let mut usable = bytes.iter().filter(|byte| **byte < 232);
    for place in &mut code {
        *place = ALPHABET[usize::from(*usable.next()? % 29)];
    }
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_equally_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for byte in 0..=255_u8 {
            if let Some([first]) = draw::<1>(&[byte]) {
                *counts.entry(first).or_insert(0) += 1;
            }
        }
        assert_eq!(counts.len(), 29);
        assert!(counts.values().all(|n| *n == 8));
    }

    #[test]
    fn the_alphabet_leaves_out_what_is_misread() {
        for c in b"0O1ILSU" {
            assert!(!ALPHABET.contains(c));
        }
    }
}
