//! Save codes: fifteen of them and a recovery key, on the screen, on paper, in a file; shown until they are saved.

use countersign_domain::Secret;
use leptos::prelude::*;

use super::paper::{KeyPlate, PrintSheet, SecurityPaper, sheet_text};
use crate::{
    api::{
        Refusal,
        backup_codes::{AcknowledgeBackupCodes, NewBackupCodes, load_new_backup_codes},
    },
    browser::{clipboard, download::download, print::print},
    components::{
        Act, ActForm, Button, ButtonKind, ButtonSize, Check, ErrorNote, Loaded, PageTitle, Status, WizardLayout, use_act, use_live,
    },
    words::refusal_text,
};

/// New backup codes and recovery key, in the wizard or instead of earlier ones.
#[component]
pub fn CodesPage() -> impl IntoView {
    // Not loaded again after the act: what is saved is never shown again.
    let codes = Resource::new_blocking(|| (), |()| load_new_backup_codes());
    let save = use_act::<AcknowledgeBackupCodes>();
    view! { <Loaded resource=codes children=move |codes| page(codes, save)/> }
}

fn page(codes: NewBackupCodes, save: Act<AcknowledgeBackupCodes>) -> AnyView {
    let step = if codes.is_enrolment { 4 } else { 0 };
    let (title, lede) = match (codes.is_enrolment, codes.codes.is_empty()) {
        (true, false) => (
            "Save your backup codes",
            "If you lose your key or phone, one of these gets you in. Each works once. We can’t show them again after this page.",
        ),
        (false, false) => (
            "Save your new backup codes",
            "Your old codes have stopped working. Each of these works once. We can’t show them again after this page.",
        ),
        (true, true) => (
            "Save your recovery key",
            "If everything else is gone, this gets you in. It works once. We can’t show it again after this page.",
        ),
        (false, true) => {
            ("Save your new recovery key", "Your old key has stopped working. This one works once. We can’t show it again after this page.")
        }
    };
    view! {
        <WizardLayout step email=codes.email.clone()>
            <PageTitle text=title/>
            <p class="lede">{lede}</p>
            <Codes codes save/>
        </WizardLayout>
    }
    .into_any()
}

/// The codes, the ways to keep them, and the word that they are kept.
#[component]
fn Codes(codes: NewBackupCodes, save: Act<AcknowledgeBackupCodes>) -> impl IntoView {
    let is_key_alone = codes.codes.is_empty();
    let error = Signal::derive(move || {
        save.refusal().get().map(|refusal| match refusal {
            Refusal::NotSaved if is_key_alone => "Tick “I’ve saved it” first: the key isn’t shown again.".to_owned(),
            refusal => refusal_text(&refusal),
        })
    });
    let label = if is_key_alone {
        "I’ve saved it somewhere I can reach without this computer or my phone"
    } else {
        "I’ve saved these somewhere I can reach without this computer or my phone"
    };
    view! {
        {(!is_key_alone).then(|| view! { <SecurityPaper codes=codes.codes.clone()/> })}
        {codes.recovery_key.as_ref().map(|key| view! { <KeyPlate key=key.expose().to_owned()/> })}
        <Keep codes=codes.clone()/>
        <ActForm act=save>
            <Check name="saved" label error/>
            <ErrorNote fault=save.fault() offline="Press Continue when you’re back."/>
            <div class="block btn-row">
                <Button size=ButtonSize::Large busy=save.pending()>"Continue"</Button>
            </div>
        </ActForm>
        <PrintSheet codes/>
    }
    .into_any()
}

/// What is said about keeping them.
struct KeepWords {
    /// What a saved file is called.
    file_name: &'static str,
    downloaded: &'static str,
    copied: &'static str,
    by_hand: &'static str,
}

const KEEP_CODES: KeepWords = KeepWords {
    file_name: "countersign-backup-codes.txt",
    downloaded: "Downloaded as countersign-backup-codes.txt.",
    copied: "Copied. Paste them somewhere safe.",
    by_hand: "Print this page or write the codes down.",
};

const KEEP_KEY: KeepWords = KeepWords {
    file_name: "countersign-recovery-key.txt",
    downloaded: "Downloaded as countersign-recovery-key.txt.",
    copied: "Copied. Paste it somewhere safe.",
    by_hand: "Print this page or write the key down.",
};

/// Three ways to keep them. All need the script; without it, the page itself can be printed.
#[component]
fn Keep(codes: NewBackupCodes) -> impl IntoView {
    let live = use_live();
    let said = RwSignal::new(None);
    let file = StoredValue::new(sheet_text(&codes));
    let lines = StoredValue::new(codes.codes.iter().chain(&codes.recovery_key).map(Secret::expose).collect::<Vec<_>>().join("\n"));
    let KeepWords { file_name, downloaded, copied, by_hand } = if codes.codes.is_empty() { KEEP_KEY } else { KEEP_CODES };
    let on_download = move |_| {
        let words = match file.with_value(|text| download(file_name, "text/plain", text)) {
            Ok(()) => downloaded,
            Err(_) => "This browser can’t save a file here. Print or copy instead.",
        };
        said.set(Some(words.to_owned()));
    };
    let on_copy = move |_| {
        leptos::task::spawn_local(async move {
            let words = match clipboard::copy(&lines.get_value()).await {
                Ok(()) => copied,
                Err(_) => "This browser can’t copy here. Download or print instead.",
            };
            said.try_set(Some(words.to_owned()));
        });
    };
    view! {
        <p class="block" hidden=move || live.get()>{by_hand}</p>
        <div class="block btn-row" hidden=move || !live.get()>
            <Button kind=ButtonKind::Second type_="button" icon="save" on_click=on_download>"Download"</Button>
            <Button kind=ButtonKind::Second type_="button" icon="print" on_click=|_| print()>"Print"</Button>
            <Button kind=ButtonKind::Second type_="button" icon="copy" on_click=on_copy>"Copy"</Button>
        </div>
        <Status message=said/>
    }
    .into_any()
}
