//! Stored passwords: hashing, checking, upgrading, and what is too easy to guess.

use countersign_domain::Password;
use data_encoding::BASE64_NOPAD;
use subtle::ConstantTimeEq;
use zxcvbn::Score;

use crate::{
    Error, Identity,
    hashing::{HashCost, SALT_LEN, Slot},
};

/// A stored hash, taken apart: `$argon2id$v=19$m=…,t=…,p=…$salt$hash` (PHC string format).
struct StoredHash {
    cost: HashCost,
    salt: [u8; SALT_LEN],
    hash: [u8; 32],
}

const PREFIX: &str = "$argon2id$v=19$";

impl StoredHash {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.split('$');
        let cost = HashCost::from_text(parts.next()?)?;
        let salt = BASE64_NOPAD.decode(parts.next()?.as_bytes()).ok()?.try_into().ok()?;
        let hash = BASE64_NOPAD.decode(parts.next()?.as_bytes()).ok()?.try_into().ok()?;
        parts.next().is_none().then_some(Self { cost, salt, hash })
    }

    fn to_text(&self) -> String {
        format!("{PREFIX}{}${}${}", self.cost.to_text(), BASE64_NOPAD.encode(&self.salt), BASE64_NOPAD.encode(&self.hash))
    }
}

impl Identity {
    /// Hashes a password for storage, at today's cost.
    pub(crate) async fn hash_password(&self, password: &Password) -> Result<String, Error> {
        let salt = self.random()?;
        let cost = self.settings.hash_cost;
        let slot = self.hasher.reserve(1)?;
        let hash = self.hasher.hash(slot, password.expose().as_bytes(), salt, cost).await?;
        Ok(StoredHash { cost, salt, hash }.to_text())
    }

    /// Whether `password` is the one behind `stored`. `None` stands for nobody: the same work is
    /// done, and the answer is no.
    pub(crate) async fn is_password(&self, slot: Slot, password: &Password, stored: Option<&str>) -> Result<bool, Error> {
        let stored = match stored {
            Some(text) => Some(StoredHash::parse(text).ok_or_else(|| Error::fault("a stored password hash can't be read"))?),
            None => None,
        };
        let (cost, salt) = stored.as_ref().map_or((self.settings.hash_cost, [0; SALT_LEN]), |stored| (stored.cost, stored.salt));
        let hash = self.hasher.hash(slot, password.expose().as_bytes(), salt, cost).await?;
        Ok(stored.is_some_and(|stored| bool::from(stored.hash.ct_eq(&hash))))
    }

    /// What stands where a password has ended: the hash of nothing anybody can type. Checking it costs
    /// what checking any other does.
    pub(crate) fn no_password(&self) -> Result<String, Error> {
        Ok(StoredHash { cost: self.settings.hash_cost, salt: self.random()?, hash: self.random()? }.to_text())
    }

    /// Whether `stored` was made at another cost than today's.
    pub(crate) fn is_outdated(&self, stored: &str) -> bool {
        StoredHash::parse(stored).is_none_or(|stored| stored.cost != self.settings.hash_cost)
    }
}

/// Whether anybody would guess this password: a common one, or one made of the words around it
/// (the organisation, the person's name and address). About 10^8 guesses are the limit, which is
/// what an attacker can try against a stolen database in a few days.
#[must_use]
pub fn guessable(password: &Password, context: &[&str]) -> bool {
    // The words one by one, and run together: "wren", "halloway" and "wrenhalloway".
    let parts = |text: &str| text.split(|c: char| !c.is_alphanumeric()).map(ToOwned::to_owned).collect::<Vec<String>>();
    let mut words: Vec<String> = vec!["countersign".to_owned()];
    for text in context {
        let parts = parts(text.split('@').next().unwrap_or(text));
        words.push(parts.concat());
        words.extend(parts);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| word.len() > 2).collect();
    zxcvbn::zxcvbn(password.expose(), &words).score() < Score::Three
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_passwords_and_context_words_are_guessable() {
        let context = ["Quillbrook Support", "Wren Halloway", "wren.halloway@example.com"];
        for text in [
            "password1234",
            "123456789012",
            "qwertyuiop12",
            "aaaaaaaaaaaaaa",
            "quillbrook2026",
            "wrenhalloway1",
            "countersign12",
            "Password123!",
        ] {
            assert!(guessable(&Password::parse_new(text).unwrap(), &context), "{text}");
        }
        for text in ["plover-candle-ninety-six", "tidal wave of marmalade", "xK9#mQ2$vL5&"] {
            assert!(!guessable(&Password::parse_new(text).unwrap(), &context), "{text}");
        }
    }

    #[test]
    fn a_stored_hash_reads_back_as_itself() {
        let text = StoredHash { cost: HashCost::default(), salt: [1; 16], hash: [2; 32] }.to_text();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(StoredHash::parse(&text).unwrap().to_text(), text);
        for bad in ["", "$argon2i$v=19$m=19456,t=2,p=1$AA$AA", &format!("{text}$x"), &text[..40]] {
            assert!(StoredHash::parse(bad).is_none());
        }
    }
}
