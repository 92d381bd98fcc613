//! Randomness, as a seam.

/// Gives random bytes fit for keys and codes.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes`, or says that the system has none to give.
    ///
    /// # Errors
    /// When the operating system's generator fails; nothing may be made from `bytes` then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), std::io::Error>;
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that draws randomness for use cases")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), std::io::Error> {
        getrandom::fill(bytes).map_err(std::io::Error::other)
    }
}

impl crate::Identity {
    /// `N` random bytes.
    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], crate::Error> {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes).map_err(crate::Error::fault)?;
        Ok(bytes)
    }
}

impl crate::Identity {
    /// Six characters that name a fault in the log and on screen.
    #[must_use]
    pub fn new_reference(&self) -> String {
        // Without randomness there is still a fault to report; it just can't be told apart.
        self.random::<3>().map_or_else(|_| "000000".to_owned(), |bytes| data_encoding::HEXUPPER.encode(&bytes))
    }
}
