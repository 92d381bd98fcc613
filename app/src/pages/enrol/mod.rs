//! The wizard that sets a second step up: why, choose, set up, save codes, done. Each page is
//! reached by its path, and the server sends on those who are elsewhere.

mod authenticator_app;
mod choose;
mod codes;
mod done;
mod email;
mod key;
mod paper;
mod why;

pub use authenticator_app::AuthenticatorAppPage;
pub use choose::ChoosePage;
pub use codes::CodesPage;
pub use done::DonePage;
pub use email::EmailPage;
pub use key::{KeyPage, NewPasskeyPage};
pub use why::WhyPage;
