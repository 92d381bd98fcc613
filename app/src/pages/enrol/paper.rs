//! Backup codes and the recovery key as things to look at: security paper on the screen, a sheet for the printer, and
//! the same words as a text file.

use countersign_domain::Secret;
use leptos::prelude::*;

use crate::{
    api::backup_codes::NewBackupCodes,
    components::{Icon, Mark},
};

const HOW_TO_USE: [&str; 5] = [
    "To use a code: sign in with your password, choose ",
    "Try another way",
    ", then ",
    "Backup code",
    ". Each code works once. Cross it off.",
];
const WHERE_TO_KEEP: &str = "Keep this away from your desk and your phone. Making new codes cancels every code on this page.";
const KEY_IS_FOR: &str = "Recovery key, for when the codes are gone:";
const HOW_TO_USE_KEY: [&str; 5] = [
    "To use the key: sign in with your password, choose ",
    "Try another way",
    ", then ",
    "Recovery key",
    ". It works once; then you save a new one.",
];
const WHERE_TO_KEEP_KEY: &str = "Keep this away from your desk and your phone. Creating a new key cancels this one.";

/// One period of the curve is 5200 units long; each line is the one before, shifted along it.
const CURVE: &str = "M-3920 790c950 0 1650-920 2600-920s1650 920 2600 920 1650-920 2600-920 1650 920 2600 920 1650-920 2600-920";
const CURVES: i32 = 22;

/// Codes on security paper, numbered down three columns.
#[component]
pub(super) fn SecurityPaper(codes: Vec<Secret>) -> impl IntoView {
    let curves = (0..CURVES)
        .map(
            |i| view! { <path d=CURVE transform=["translate(", &(-108 * i).to_string(), " ", &(52 * i).to_string(), ")"].concat()></path> },
        )
        .collect_view();
    view! {
        <div class="block codes">
            <svg class="guilloche" viewBox="0 0 5600 1900" preserveAspectRatio="xMidYMid slice" aria-hidden="true">{curves}</svg>
            <CodeList codes/>
        </div>
    }
}

#[component]
fn CodeList(codes: Vec<Secret>) -> impl IntoView {
    view! { <ol>{codes.iter().map(|code| view! { <li>{code.expose().to_owned()}</li> }).collect_view()}</ol> }
}

/// The recovery key on a plate of its own.
#[component]
pub(super) fn KeyPlate(key: String) -> impl IntoView {
    view! {
        <div class="rkey">
            <Icon name="rkey" size=24/>
            <div>
                <b>"Recovery key"</b>
                <p>"For when the codes are gone too. Treat it like a password."</p>
                <p class="mono">{key}</p>
            </div>
        </div>
    }
    .into_any()
}

/// What is on the sheet: codes with the key below them, or the key alone.
struct Sheet {
    title: &'static str,
    how: [&'static str; 5],
    keep: &'static str,
}

const fn sheet_of(codes: &NewBackupCodes) -> Sheet {
    if codes.codes.is_empty() {
        Sheet { title: "Recovery key", how: HOW_TO_USE_KEY, keep: WHERE_TO_KEEP_KEY }
    } else {
        Sheet { title: "Backup codes", how: HOW_TO_USE, keep: WHERE_TO_KEEP }
    }
}

/// What comes out of the printer; not on the screen. `print.css` hides everything else.
#[component]
pub(super) fn PrintSheet(codes: NewBackupCodes) -> impl IntoView {
    let Sheet { title, how: [start, way, then, code, end], keep } = sheet_of(&codes);
    let has_codes = !codes.codes.is_empty();
    let key = codes.recovery_key.map(|key| {
        view! { <p>{has_codes.then_some(KEY_IS_FOR)}{has_codes.then(|| view! { <br/> })}<span class="mono">{key.expose().to_owned()}</span></p> }
    });
    view! {
        <div class="print-codes">
            <p class="logo"><Mark size=24/>"Countersign"</p>
            <h2>{title}</h2>
            <p>{codes.organisation}<br/>{codes.email}<br/>"Made "{codes.made.full}</p>
            {has_codes.then(|| view! { <CodeList codes=codes.codes/> })}
            {key}
            <p>{start}<b>{way}</b>{then}<b>{code}</b>{end}</p>
            <p>{keep}</p>
        </div>
    }
    .into_any()
}

/// The sheet as plain text.
pub(super) fn sheet_text(codes: &NewBackupCodes) -> String {
    let Sheet { title, how, keep } = sheet_of(codes);
    let mut text = ["Countersign\n", title, "\n\n", &codes.organisation, "\n", &codes.email, "\nMade ", &codes.made.full, "\n\n"].concat();
    for code in &codes.codes {
        text.push_str("[ ] ");
        text.push_str(code.expose());
        text.push('\n');
    }
    if !codes.codes.is_empty() {
        text.push('\n');
    }
    if let Some(key) = &codes.recovery_key {
        if !codes.codes.is_empty() {
            text.push_str(KEY_IS_FOR);
            text.push('\n');
        }
        text.push_str(key.expose());
        text.push_str("\n\n");
    }
    text.push_str(&how.concat());
    text.push_str("\n\n");
    text.push_str(keep);
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::When;

    #[test]
    fn the_file_says_whose_codes_they_are_and_lists_them_with_a_box() {
        let word = String::from;
        let text = sheet_text(&NewBackupCodes {
            organisation: word("Quillbrook Support"),
            email: word("wren@example.com"),
            made: When { at: 0, clock: word(""), text: word(""), day: word(""), full: word("26 November 2026, 09:14") },
            codes: vec![Secret::new(word("7KQM-2XWD"))],
            recovery_key: Some(Secret::new(word("R4KD9-XTM2W"))),
            is_enrolment: true,
        });
        assert!(text.contains("Quillbrook Support\nwren@example.com\nMade 26 November 2026, 09:14\n\n[ ] 7KQM-2XWD\n"), "{text}");
        assert!(text.contains("\n\nRecovery key, for when the codes are gone:\nR4KD9-XTM2W\n\nTo use a code"), "{text}");
        assert!(text.contains("choose Try another way, then Backup code. Each code works once."), "{text}");
    }
}
