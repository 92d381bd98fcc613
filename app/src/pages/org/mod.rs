//! The organisation's console: what is asked of its people, who they are, and helping one of them.
//!
//! Everything a page is about stands in its address: a draft of the policy, the filters of a list,
//! a dialog. So each of them works as a plain page before the script is there, and "Confirm it's
//! you" can lead back to what it interrupted. Whether somebody may is the server's decision; a page
//! leaves out what it would refuse.

mod audit;
mod filters;
mod invitation;
mod invite;
mod member;
mod member_dialogs;
mod member_list;
mod member_sheets;
mod members;
mod policy;
mod rollout;
mod single_sign_on;
mod words;

pub use audit::AuditPage;
pub use invitation::InvitationPage;
pub use invite::InvitePage;
pub use member::MemberPage;
pub use members::MembersPage;
pub use policy::PolicyPage;
pub use rollout::RolloutPage;
pub use single_sign_on::SingleSignOnPage;
