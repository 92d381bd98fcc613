//! The backup codes, how many are left, and the recovery key; and what to do about them.

use countersign_domain::{BackupCode, count};
use leptos::prelude::*;

use super::dialogs::{NEW_CODES, NEW_KEY};
use crate::{
    api::security::{BackupCodesLeft, Security},
    components::{ButtonKind, ButtonSize, LinkButton, Note, NoteKind, Row, Rows, Sheet, SheetHead, Tally},
    paths,
};

/// What should be known about the codes and the key before anything else on the page.
#[component]
pub(super) fn CodesNote(security: Security) -> impl IntoView {
    let are_codes_unsaved = security.backup_codes.as_ref().is_some_and(|codes| codes.is_unsaved);
    // Both are saved on one page: one note is enough to lead there.
    let is_key_unsaved = !are_codes_unsaved && security.recovery_key.as_ref().is_some_and(|key| key.is_unsaved);
    let key = is_key_unsaved.then(|| {
        view! {
            <Note kind=NoteKind::Wait icon="rkey" title="Your recovery key isn’t saved yet">
                "You can still see it. "<a href=paths::ENROL_CODES>"Save it now"</a>
            </Note>
        }
    });
    let codes = security.backup_codes.and_then(|codes| about_codes(&codes, security.used_backup_code));
    view! {
        {codes.map(|note| view! { <div class="block">{note}</div> })}
        {key.map(|note| view! { <div class="block">{note}</div> })}
    }
    .into_any()
}

fn about_codes(codes: &BackupCodesLeft, has_used_one: bool) -> Option<AnyView> {
    let used = if has_used_one { "You signed in with a backup code. " } else { "" };
    let left = [used, &count(codes.left, "code", "codes"), " left. "].concat();
    let note = if codes.is_unsaved {
        view! {
            <Note kind=NoteKind::Wait icon="codes" title="Your backup codes aren’t saved yet">
                {left}"You can still see them. "<a href=paths::ENROL_CODES>"Save them now"</a>
            </Note>
        }
        .into_any()
    } else if codes.left <= BackupCode::FEW {
        view! {
            <Note kind=NoteKind::Wait icon="codes" title="Make new codes now">{left}<a href=NEW_CODES>"Make new codes"</a></Note>
        }
        .into_any()
    } else if has_used_one {
        view! { <Note icon="codes">{left}</Note> }.into_any()
    } else {
        return None;
    };
    Some(note)
}

/// How many codes are left, in strokes, the recovery key, and the ways to new ones. They come with
/// the first method.
#[component]
pub(super) fn Codes(security: Security) -> impl IntoView {
    if security.methods.is_empty() && security.backup_codes.is_none() {
        return None;
    }
    let (detail, strokes) = match security.backup_codes {
        Some(codes) => left(codes),
        None => ("You have none. With a set, a lost key or phone won’t stop a shift.".to_owned(), ().into_any()),
    };
    let key = match security.recovery_key {
        Some(key) if key.is_unsaved => ["Created ", &key.made.day, ". Not saved yet"].concat(),
        Some(key) => ["Created ", &key.made.day, ". Shown once, so we can’t show it again"].concat(),
        None => "You have none. It gets you in when your codes are gone too.".to_owned(),
    };
    let view = view! {
        <Sheet labelled_by="backup-codes">
            <SheetHead title="If you lose your key or phone" id="backup-codes"/>
            <Rows>
                <Row icon="codes" name="Backup codes" detail more=strokes>
                    <LinkButton href=NEW_CODES kind=ButtonKind::Quiet size=ButtonSize::Small>"Make new codes"</LinkButton>
                </Row>
                <Row icon="rkey" name="Recovery key" detail=key>
                    <LinkButton href=NEW_KEY kind=ButtonKind::Quiet size=ButtonSize::Small>"Create a new key"</LinkButton>
                </Row>
            </Rows>
        </Sheet>
    };
    Some(view.into_any())
}

fn left(codes: BackupCodesLeft) -> (String, AnyView) {
    let BackupCodesLeft { left, total, made, last_used, .. } = codes;
    let number = [left.to_string(), " of ".to_owned(), total.to_string()].concat();
    let when = last_used.map_or_else(|| ["Made ", &made.text].concat(), |when| ["Last used ", &when.text].concat());
    let detail = [&number, " left. ", &when].concat();
    let label = [&number, " backup codes left"].concat();
    (detail, view! { <Tally left total label/> }.into_any())
}
