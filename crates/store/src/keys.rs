//! The key ring, and sealing: how secrets lie in the database.
//!
//! A sealed value can be opened only with the ring, and only in the place it was sealed for:
//! table, column and row are authenticated with it, so that whoever can write to the database
//! can't move somebody else's seed into their own row.
//!
//! What this doesn't do: hide which rows exist or how long a secret is, or notice that an old
//! value was put back in its own place.
//!
//! Rotation, with servers running: write a ring with a new active key ([`KeyRing::add_key`]),
//! restart every node with it, re-encrypt ([`Store::reseal_all`](crate::Store::reseal_all)), then
//! drop the retired keys ([`KeyRing::drop_retired`]). A node with the older ring couldn't read
//! what was sealed with the new key.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use crate::key_file::KeyError;

/// Length of a key, in bytes.
const KEY_LEN: usize = 32;
/// Length of the key's id in front of a sealed value.
const ID_LEN: usize = 4;
/// Length of the nonce: 192 bits, so that random ones never meet.
const NONCE_LEN: usize = 24;
/// What is authenticated begins with this, so that another scheme can't be mistaken for it.
const SCHEME: &[u8] = b"countersign sealed column 1";

type Key = Zeroizing<[u8; KEY_LEN]>;

/// The keys of an installation: one active and any number of retired keys for sealing, the
/// pepper for passwords, and the key for keyed hashes that are looked up.
pub struct KeyRing {
    /// Ordered by id; the last one is active.
    sealing: Vec<SealingKey>,
    pepper: Key,
    lookup: Key,
}

struct SealingKey {
    id: u32,
    key: Key,
}

/// Where a sealed value lies. It can be opened nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The table's name.
    pub table: &'static str,
    /// The column's name.
    pub column: &'static str,
    /// The row's id.
    pub row: Uuid,
}

/// Why a sealed value wasn't opened, or a plain one not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It was sealed with a key that isn't on this ring.
    #[error("sealed with key {id}, which isn't on the key ring")]
    UnknownKey {
        /// The missing key's id.
        id: u32,
    },
    /// It was changed, moved from another place, or never was a sealed value.
    #[error("the sealed value was changed or moved")]
    Refused,
    /// The operating system gave no random numbers, so nothing can be sealed.
    #[error("the operating system gave no random numbers")]
    Randomness,
}

/// Random bytes from the operating system. Only this crate's keys, nonces and file names come
/// from here; what identity draws comes through its own seam.
#[expect(clippy::disallowed_methods, reason = "a nonce must never be a caller's choice")]
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| SealError::Randomness)?;
    Ok(bytes)
}

impl KeyRing {
    /// A new ring with one key.
    ///
    /// # Errors
    /// [`KeyError::Randomness`] when the operating system gives no random numbers.
    pub fn generate() -> Result<Self, KeyError> {
        let sealing = vec![SealingKey { id: 1, key: Zeroizing::new(random()?) }];
        Ok(Self { sealing, pepper: Zeroizing::new(random()?), lookup: Zeroizing::new(random()?) })
    }

    /// Reads a ring from TOML, as [`KeyRing::to_toml`] writes it.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when it isn't a complete ring. The error names the line and never
    /// quotes it, because the lines are keys.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        // The parser's own message quotes the text: only its position is kept.
        let ring: RingText = toml::from_str(text).map_err(|error| KeyError::Malformed {
            line: error.span().map(|span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1),
            reason: "it isn't in the expected form",
        })?;
        let mut sealing = Vec::with_capacity(ring.key.len());
        for key in &ring.key {
            sealing.push(SealingKey { id: key.id, key: decode(&key.secret)? });
        }
        if !sealing.is_sorted_by(|one, next| one.id < next.id) {
            return Err(malformed("the ids of the keys don't increase"));
        }
        if sealing.is_empty() {
            return Err(malformed("there is no [[key]]"));
        }
        Ok(Self { sealing, pepper: decode(&ring.pepper)?, lookup: decode(&ring.lookup)? })
    }

    /// The ring as TOML, for a file or an environment variable.
    #[must_use]
    pub fn to_toml(&self) -> Zeroizing<String> {
        use std::fmt::Write;

        // Written by hand: a serialiser would leave copies of the keys in memory.
        let mut text = Zeroizing::new(String::with_capacity(1024 + self.sealing.len() * 96));
        text.push_str(
            "# The keys of this installation. With them and the database, every secret in it can be read;\n\
             # without them, nobody can sign in any more. Keep a copy, and not beside the database's.\n",
        );
        let [pepper, lookup] = [&self.pepper, &self.lookup].map(encode);
        let _ = write!(*text, "pepper = \"{}\"\nlookup = \"{}\"\n", *pepper, *lookup);
        for SealingKey { id, key } in &self.sealing {
            let _ =
                write!(*text, "\n[[key]] # the last one seals; the ones before it only open\nid = {id}\nsecret = \"{}\"\n", *encode(key));
        }
        text
    }

    /// Adds a new key and makes it the active one; the others are kept to open what they sealed.
    ///
    /// # Errors
    /// [`KeyError::Randomness`] when the operating system gives no random numbers, and
    /// [`KeyError::Malformed`] when the ids are used up.
    pub fn add_key(&mut self) -> Result<(), KeyError> {
        let last = self.sealing.last().map_or(0, |key| key.id);
        let id = last.checked_add(1).ok_or(malformed("the ids of the keys are used up"))?;
        self.sealing.push(SealingKey { id, key: Zeroizing::new(random()?) });
        Ok(())
    }

    /// Drops every key but the active one, and says how many. What they sealed can't be opened
    /// any more: re-encrypt first.
    pub fn drop_retired(&mut self) -> usize {
        let retired = self.sealing.len().saturating_sub(1);
        self.sealing.drain(..retired);
        retired
    }

    /// The secret that password hashes are keyed with. It is never rotated: the old hashes could
    /// not be verified without it.
    #[must_use]
    pub const fn pepper(&self) -> &Zeroizing<[u8; KEY_LEN]> {
        &self.pepper
    }

    /// The key for hashes by which something is looked up: throttled subjects, known browsers.
    #[must_use]
    pub const fn lookup(&self) -> &Zeroizing<[u8; KEY_LEN]> {
        &self.lookup
    }

    /// Seals `plaintext` for one place: key id, random nonce, XChaCha20-Poly1305.
    ///
    /// # Errors
    /// [`SealError::Randomness`] when the operating system gives no random numbers.
    pub fn seal(&self, place: Place, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let active = self.sealing.last().ok_or(SealError::Refused)?;
        let nonce: [u8; NONCE_LEN] = random()?;
        let sealed =
            active.cipher().encrypt(&XNonce::from(nonce), place.payload(plaintext).as_payload()).map_err(|_| SealError::Refused)?;
        Ok([&active.id.to_be_bytes()[..], &nonce, &sealed].concat())
    }

    /// Opens what [`KeyRing::seal`] made for the same place.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`] and [`SealError::Refused`].
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let id = key_id(sealed)?;
        let key = self.sealing.iter().find(|key| key.id == id).ok_or(SealError::UnknownKey { id })?;
        let (nonce, ciphertext) = sealed[ID_LEN..].split_first_chunk::<NONCE_LEN>().ok_or(SealError::Refused)?;
        let payload = place.payload(ciphertext);
        key.cipher().decrypt(&XNonce::from(*nonce), payload.as_payload()).map(Zeroizing::new).map_err(|_| SealError::Refused)
    }

    /// Whether `sealed` was sealed with another key than the active one.
    pub(crate) fn is_retired(&self, sealed: &[u8]) -> Result<bool, SealError> {
        let id = key_id(sealed)?;
        Ok(self.sealing.last().is_none_or(|active| active.id != id))
    }
}

impl SealingKey {
    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }
}

/// A message and what is authenticated with it.
struct Sealing<'a> {
    message: &'a [u8],
    place: Vec<u8>,
}

impl Sealing<'_> {
    fn as_payload(&self) -> Payload<'_, '_> {
        Payload { msg: self.message, aad: &self.place }
    }
}

impl Place {
    /// The place in bytes. Each name ends with a zero byte, which no name contains, so that
    /// no two places are written alike.
    fn payload(self, message: &[u8]) -> Sealing<'_> {
        let place = [SCHEME, b"\0", self.table.as_bytes(), b"\0", self.column.as_bytes(), b"\0", self.row.as_bytes()].concat();
        Sealing { message, place }
    }
}

fn key_id(sealed: &[u8]) -> Result<u32, SealError> {
    sealed.first_chunk::<ID_LEN>().map(|id| u32::from_be_bytes(*id)).ok_or(SealError::Refused)
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(..)")
    }
}

/// The ring as it is written down.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct RingText {
    pepper: String,
    lookup: String,
    #[serde(default)]
    key: Vec<KeyText>,
}

#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct KeyText {
    id: u32,
    secret: String,
}

const fn malformed(reason: &'static str) -> KeyError {
    KeyError::Malformed { line: None, reason }
}

fn encode(key: &Key) -> Zeroizing<String> {
    Zeroizing::new(BASE64URL_NOPAD.encode(&key[..]))
}

fn decode(text: &str) -> Result<Key, KeyError> {
    let not_a_key = malformed("a key isn't 43 characters of base64url");
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map(Zeroizing::new);
    let key = bytes.ok().and_then(|bytes| <[u8; KEY_LEN]>::try_from(bytes.as_slice()).ok());
    key.map(Zeroizing::new).ok_or(not_a_key)
}
