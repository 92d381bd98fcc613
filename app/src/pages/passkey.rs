//! "Use a passkey": signing in without a password, by a button and from the e-mail field's
//! suggestions (conditional mediation, WebAuthn L3 §5.1.4).

use std::{sync::Arc, time::Duration};

use countersign_domain::Factor;
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{
        Refusal,
        keys::{SignInWithPasskey, StartPasskeySignIn},
    },
    browser::webauthn::{self, Answered, Call, Trouble},
    components::{
        ActForm, AnswerFields, Button, ButtonKind, ButtonSize, Coming, ErrorNote, Icon, Standing, suspended, trouble_text, use_act,
        use_ceremony, use_live,
    },
    words::for_key,
};

/// How long suggestions wait before their challenge is renewed: the server keeps one for five
/// minutes.
const RENEW_AFTER: Duration = Duration::from_mins(4);

/// The button below the form. It needs the script and a browser that knows passkeys; without, it
/// isn't there. So it is a chunk of its own, which comes once the form has come to life.
#[component]
pub(super) fn WithPasskey(
    /// The page to return to.
    next: String,
    /// The password is being checked.
    password: Signal<bool>,
) -> impl IntoView {
    let live = use_live();
    let next = StoredValue::new(next);
    suspended(Arc::new(move || live.get().then(|| -> Coming { Box::pin(passkey_chunk(next.get_value(), password)) })))
}

#[lazy]
fn passkey_chunk(next: String, password: Signal<bool>) -> AnyView {
    let act = use_act::<SignInWithPasskey>();
    let fields = AnswerFields::new();
    let used = StoredValue::new(None::<String>);
    let on_answer = Callback::new(move |answered: Answered| {
        used.set_value(Some(answered.credential_id.clone()));
        fields.send(&answered);
    });
    let by_button = use_ceremony::<StartPasskeySignIn>(Call::Get, "", on_answer, act.on_error());
    // Suggestions that can't be had are nobody's trouble.
    let suggested = use_ceremony::<StartPasskeySignIn>(Call::GetFromAutofill, "", on_answer, Callback::new(drop));
    let suggest = move || {
        spawn_local(async move {
            // A browser answers one call at a time: the button's comes first. The page may be gone.
            if webauthn::has_autofill().await && by_button.is_open() == Some(false) {
                suggested.begin_again();
            }
        });
    };
    Effect::new(move |_| {
        suggest();
        if let Ok(timer) = set_interval_with_handle(suggest, RENEW_AFTER) {
            on_cleanup(move || timer.clear());
        }
    });
    // Another way was taken.
    Effect::new(move |_| {
        if password.get() {
            suggested.stop();
            by_button.stop();
        }
    });

    let refusal = act.refusal();
    by_button.start_over_after(act);
    Effect::new(move |_| {
        let Some(refusal) = refusal.get() else { return };
        // The browser is told, so that it doesn't offer this one again.
        if let (Refusal::KeyUnknown { .. }, Some(credential_id)) = (&refusal, used.get_value()) {
            spawn_local(async move { webauthn::signal_unknown(&credential_id).await });
        }
    });
    let standing = by_button.standing();
    // Suggestions come back when another way has led nowhere.
    Effect::new(move |was_busy: Option<bool>| {
        let is_busy = password.get() || act.pending().get() || matches!(standing.get(), Standing::Waiting | Standing::Answered);
        if was_busy == Some(true) && !is_busy {
            suggest();
        }
        is_busy
    });
    let wrong = move || match standing.get() {
        Standing::Waiting | Standing::Stopped(Trouble::Unsupported) => None,
        Standing::Stopped(trouble) => Some(trouble_text(trouble, Factor::Passkey, Call::Get).to_owned()),
        _ => refusal.read().as_ref().and_then(|refusal| for_key(refusal, Factor::Passkey)),
    };
    let is_unusable = move || standing.get() == Standing::Stopped(Trouble::Unsupported);
    let status = move || (standing.get() == Standing::Waiting).then_some("Waiting for your passkey");
    let on_click = move |_| {
        suggested.stop();
        by_button.begin(false);
    };
    view! {
        <div hidden=is_unusable>
            <div class="or">"or"</div>
            <div class="alert" role="alert">
                {move || wrong().map(|text| view! { <p class="err"><Icon name="warn" size=16 /><span>{text}</span></p> })}
            </div>
            <p class="sr" role="status">{status}</p>
            <ErrorNote fault=act.fault() offline="Press Use a passkey when you’re back." />
            <ActForm act class="">
                <input type="hidden" name="next" value=next />
                {fields.view()}
                <Button
                    kind=ButtonKind::Second
                    size=ButtonSize::Large
                    wide=true
                    type_="button"
                    icon="passkey"
                    busy=act.pending()
                    on_click=on_click
                >
                    "Use a passkey"
                </Button>
            </ActForm>
        </div>
    }
    .into_any()
}
