//! Who is at the other end, before we know who it is.

use countersign_domain::Factor;
use countersign_store::{Account, ThrottleKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{Error, Identity, Token};

/// The browser that asks. The address and the browser's name are for people to recognise, in the
/// audit log and on the Security page; neither decides anything.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The network address.
    pub address: String,
    /// "Chrome on Windows".
    pub browser: String,
    /// The device cookie, if this browser has signed in before.
    pub device: Option<Token>,
    /// The session cookie, if there is one; it is ended when another sign-in begins.
    pub session: Option<Token>,
    /// The cookie of a browser that somebody trusts.
    pub trusted: Option<Token>,
    /// The cookie of a passkey's challenge, while one is on its way.
    pub ceremony: Option<Token>,
    /// The cookie of a way to the identity provider, while the browser is on it.
    pub sign_on: Option<Token>,
}

/// The device of all browsers that this account has never been signed in with.
const UNKNOWN_DEVICE: [u8; 32] = [0; 32];

impl Identity {
    /// The throttle's subject for an e-mail, whether or not anybody has it: known and unknown
    /// addresses are paused alike.
    pub(crate) fn subject_of_email(&self, email: &countersign_domain::Email) -> [u8; 32] {
        keyed_hash(self.store.keys().lookup(), b"email", email.as_str().as_bytes())
    }

    /// The throttle's subject for an account's second steps.
    pub(crate) fn subject_of_account(&self, account: &Account) -> [u8; 32] {
        keyed_hash(self.store.keys().lookup(), b"account", account.id.to_string().as_bytes())
    }

    /// Whose failures count: a browser that this account has signed in with before has its own
    /// counter, so that guesses from elsewhere don't lock its owner out.
    pub(crate) async fn throttle_key(
        &self,
        visitor: &Visitor,
        account: Option<&Account>,
        subject: [u8; 32],
        factor: Factor,
    ) -> Result<ThrottleKey, Error> {
        let device = match (&visitor.device, account) {
            (Some(device), Some(account)) if self.store.is_known_browser(account.id, device.hash()).await? => *device.hash(),
            // The same work for an unknown address, so that the answer takes the same time.
            (Some(device), None) => {
                let nobody = countersign_store::AccountId::from_random(self.now(), [0; 10]);
                self.store.is_known_browser(nobody, device.hash()).await?;
                UNKNOWN_DEVICE
            }
            _ => UNKNOWN_DEVICE,
        };
        Ok(ThrottleKey { subject, factor, device, account_id: account.map(|account| account.id) })
    }
}

/// HMAC-SHA256 under the look-up key: the throttle table names nobody by itself.
pub(crate) fn keyed_hash(lookup: &[u8; 32], domain: &[u8], text: &[u8]) -> [u8; 32] {
    // A key shorter than a block is padded with zeros (RFC 2104 §2); done here, nothing can fail.
    let mut key = [0; 64];
    key[..32].copy_from_slice(lookup);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&key.into());
    mac.update(domain);
    mac.update(&[0]);
    mac.update(text);
    mac.finalize().into_bytes().into()
}
