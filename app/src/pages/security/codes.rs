//! The backup codes: how many are left, and what to do about it.

use countersign_domain::{BackupCode, count};
use leptos::prelude::*;

use super::dialogs::NEW_CODES;
use crate::{
    api::security::{BackupCodesLeft, Security},
    components::{ButtonKind, ButtonSize, LinkButton, Note, NoteKind, Row, Rows, Sheet, SheetHead, Tally},
    paths,
};

/// What should be known about the codes before anything else on the page.
#[component]
pub(super) fn CodesNote(security: Security) -> impl IntoView {
    let codes = security.backup_codes?;
    let used = if security.used_backup_code { "You signed in with a backup code. " } else { "" };
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
    } else if security.used_backup_code {
        view! { <Note icon="codes">{left}</Note> }.into_any()
    } else {
        return None;
    };
    Some(view! { <div class="block">{note}</div> })
}

/// How many are left, in strokes, and the way to new ones. They come with the first method.
#[component]
pub(super) fn Codes(security: Security) -> impl IntoView {
    if security.methods.is_empty() && security.backup_codes.is_none() {
        return None;
    }
    let (detail, strokes) = match security.backup_codes {
        Some(codes) => left(codes),
        None => ("You have none. With a set, a lost key or phone won’t stop a shift.".to_owned(), ().into_any()),
    };
    let view = view! {
        <Sheet labelled_by="backup-codes">
            <SheetHead title="If you lose your key or phone" id="backup-codes"/>
            <Rows>
                <Row icon="codes" name="Backup codes" detail more=strokes>
                    <LinkButton href=NEW_CODES kind=ButtonKind::Quiet size=ButtonSize::Small>"Make new codes"</LinkButton>
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
