//! Save codes: fifteen of them, on the screen, on paper, in a file; shown until they are saved.

use countersign_domain::Secret;
use leptos::prelude::*;

use super::paper::{PrintSheet, SecurityPaper, sheet_text};
use crate::{
    api::backup_codes::{AcknowledgeBackupCodes, NewBackupCodes, load_new_backup_codes},
    browser::{clipboard, download::download, print::print},
    components::{
        Act, ActForm, Button, ButtonKind, ButtonSize, Check, ErrorNote, Loaded, PageTitle, Status, WizardLayout, use_act, use_live,
    },
    words::refusal_text,
};

/// What a saved file is called.
const FILE_NAME: &str = "countersign-backup-codes.txt";

/// New backup codes, in the wizard or instead of an earlier set.
#[component]
pub fn CodesPage() -> impl IntoView {
    // Not loaded again after the act: what is saved is never shown again.
    let codes = Resource::new_blocking(|| (), |()| load_new_backup_codes());
    let save = use_act::<AcknowledgeBackupCodes>();
    view! { <Loaded resource=codes children=move |codes| page(codes, save)/> }
}

fn page(codes: NewBackupCodes, save: Act<AcknowledgeBackupCodes>) -> AnyView {
    let (step, title, lede) = if codes.is_enrolment {
        (
            4,
            "Save your backup codes",
            "If you lose your key or phone, one of these gets you in. Each works once. We can’t show them again after this page.",
        )
    } else {
        (
            0,
            "Save your new backup codes",
            "Your old codes have stopped working. Each of these works once. We can’t show them again after this page.",
        )
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
    let error = Signal::derive(move || save.refusal().get().map(|refusal| refusal_text(&refusal)));
    view! {
        <SecurityPaper codes=codes.codes.clone()/>
        <Keep codes=codes.clone()/>
        <ActForm act=save>
            <Check name="saved" label="I’ve saved these somewhere I can reach without this computer or my phone" error/>
            <ErrorNote fault=save.fault() offline="Press Continue when you’re back."/>
            <div class="block btn-row">
                <Button size=ButtonSize::Large busy=save.pending()>"Continue"</Button>
            </div>
        </ActForm>
        <PrintSheet codes/>
    }
    .into_any()
}

/// Three ways to keep them. All need the script; without it, the page itself can be printed.
#[component]
fn Keep(codes: NewBackupCodes) -> impl IntoView {
    let live = use_live();
    let said = RwSignal::new(None);
    let file = StoredValue::new(sheet_text(&codes));
    let lines = StoredValue::new(codes.codes.iter().map(Secret::expose).collect::<Vec<_>>().join("\n"));
    let on_download = move |_| {
        let words = match file.with_value(|text| download(FILE_NAME, text)) {
            Ok(()) => "Downloaded as countersign-backup-codes.txt.",
            Err(_) => "This browser can’t save a file here. Print or copy the codes instead.",
        };
        said.set(Some(words.to_owned()));
    };
    let on_copy = move |_| {
        leptos::task::spawn_local(async move {
            let words = match clipboard::copy(&lines.get_value()).await {
                Ok(()) => "Copied. Paste them somewhere safe.",
                Err(_) => "This browser can’t copy here. Download or print the codes instead.",
            };
            said.try_set(Some(words.to_owned()));
        });
    };
    view! {
        <p class="block" hidden=move || live.get()>"Print this page or write the codes down."</p>
        <div class="block btn-row" hidden=move || !live.get()>
            <Button kind=ButtonKind::Second type_="button" icon="save" on_click=on_download>"Download"</Button>
            <Button kind=ButtonKind::Second type_="button" icon="print" on_click=|_| print()>"Print"</Button>
            <Button kind=ButtonKind::Second type_="button" icon="copy" on_click=on_copy>"Copy"</Button>
        </div>
        <Status message=said/>
    }
    .into_any()
}
