//! The design system: what every screen is made of. The words are the pages'.
//!
//! A page is one [`Loaded`] (or nothing to load) around one layout around one [`PageTitle`] and
//! its content. A form is an [`ActForm`] around an [`Act`]: a plain POST until the script is
//! there, and a call with the same fields afterwards. See `act` for how the two meet.

mod act;
mod badge;
mod button;
mod ceremony;
mod ceremony_plate;
mod check;
mod code_field;
mod console;
mod copy;
mod dialog;
mod export;
mod field;
mod icon;
mod layout;
mod loaded;
mod mark;
mod meter;
mod note;
mod page_title;
mod password_field;
mod phonetic;
mod region;
mod root;
mod sent_code;
mod sheet;
mod sign_out;
mod way;

pub use act::{Act, ActForm, use_act};
pub use badge::{Badge, BadgeKind, Tally};
pub use button::{Button, ButtonKind, ButtonSize, GoButton, LinkButton};
pub use ceremony::{AnswerFields, Ceremony, Standing, use_ceremony};
pub use ceremony_plate::{CeremonyPlate, NeedsScript, PlugDrawing, trouble_text};
pub use check::{Check, MethodCard, Radio, Tick};
pub use code_field::{CodeField, LongCodeField};
pub use console::{ConsoleLayout, ConsolePage, MainHead, Pager, Switch};
pub use copy::CopyValue;
pub use dialog::Dialog;
pub use export::{ExportButton, Exporting, use_export};
pub use field::{ErrorLine, Field};
pub use icon::{Icon, Sprite, SpriteBeyond};
pub use layout::{AccountLayout, AccountTab, AuthLayout, Progress, WizardLayout};
pub use loaded::{Coming, Loaded, suspended, use_view};
pub use mark::{Logo, Mark, MarkState};
pub use meter::Meter;
pub use note::{ErrorNote, Note, NoteKind, Status};
pub use page_title::PageTitle;
pub use password_field::PasswordField;
pub use phonetic::PhoneticCode;
pub use region::said_anew;
pub use root::{FlashContext, provide_root, reload_views, sign_in_path, use_live};
pub use sent_code::{SendAgain, SendFirst, WHERE_IT_WENT, forget_once_sent, where_it_went};
pub use sheet::{Row, Rows, Sheet, SheetHead};
pub use sign_out::SignOutForm;
pub use way::{StepTag, WayRow, Who};
