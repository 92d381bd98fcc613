//! "Confirm it's you": a fresh proof before anything that weakens the account, and back.

use countersign_domain::Factor;
use leptos::prelude::*;
use leptos_router::{hooks::use_location, location::Url};

use crate::{
    api::{
        AppError, Person, Refusal, Way,
        confirm::{ConfirmWithApp, ConfirmWithBackupCode, ConfirmWithPassword, Confirmation, load_confirmation},
        emailed_code::{ConfirmWithEmailedCode, SendConfirmationCode},
        keys::{ConfirmWithKey, StartKeyConfirmation},
        session::load_person,
        single_sign_on::StartSingleSignOn,
    },
    browser::webauthn::Call,
    components::{
        AccountLayout, AccountTab, Act, ActForm, AnswerFields, Button, ButtonKind, ButtonSize, CeremonyPlate, CodeField, ErrorNote, Field,
        LinkButton, Loaded, LongCodeField, NeedsScript, Note, NoteKind, PageTitle, PasswordField, SendAgain, SendFirst, WHERE_IT_WENT,
        forget_once_sent, said_anew, use_act, use_ceremony, use_view, where_it_went,
    },
    paths,
    words::{for_code, for_field, for_key, names_in_bold, refusal_text},
};

#[derive(Clone, Copy)]
struct Acts {
    security_key: Act<ConfirmWithKey>,
    passkey: Act<ConfirmWithKey>,
    app: Act<ConfirmWithApp>,
    emailed_code: Act<ConfirmWithEmailedCode>,
    send_code: Act<SendConfirmationCode>,
    backup_code: Act<ConfirmWithBackupCode>,
    password: Act<ConfirmWithPassword>,
    sign_on: Act<StartSingleSignOn>,
}

/// Asks for a key, a code or the password, and leads back to `next`.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    let acts = Acts {
        security_key: use_act(),
        passkey: use_act(),
        app: use_act(),
        emailed_code: use_act(),
        send_code: use_act(),
        backup_code: use_act(),
        password: use_act(),
        sign_on: use_act(),
    };
    forget_once_sent(acts.emailed_code, acts.send_code);
    let loaded = use_view(load);
    view! { <Loaded resource=loaded children=move |(person, confirmation)| page(person, confirmation, &acts)/> }
}

async fn load() -> Result<(Person, Confirmation), AppError> {
    Ok((load_person().await?, load_confirmation().await?))
}

fn page(person: Person, confirmation: Confirmation, acts: &Acts) -> AnyView {
    let acts = *acts;
    let query = use_location().query;
    let next = Memo::new(move |_| query.read().get("next").unwrap_or_default());
    let ways = confirmation.ways.clone();
    let factor = Memo::new(move |_| chosen(&ways, query.read().get_str("way")));
    let shown = StoredValue::new(factor.get_untracked());
    let form = move || {
        let factor = factor.get();
        // Before the field is built: it submits itself unless it begins with an error.
        if shown.get_value() != factor {
            shown.set_value(factor);
            acts.emailed_code.forget();
            acts.send_code.forget();
        }
        match factor {
            Factor::SecurityKey => with_key(&confirmation, Factor::SecurityKey, acts.security_key, next.get()),
            Factor::Passkey => with_key(&confirmation, Factor::Passkey, acts.passkey, next.get()),
            Factor::AuthenticatorApp => with_app(&confirmation, acts.app, next.get()),
            Factor::BackupCode => with_backup_code(&confirmation, acts.backup_code, next.get()),
            Factor::EmailedCode => with_emailed_code(&confirmation, acts.emailed_code, acts.send_code, next.get()),
            // The recovery key and a code from somebody else aren't among them: they are for getting in.
            Factor::Password | Factor::RecoveryKey | Factor::AccessCode => {
                with_password(&confirmation, acts.password, acts.sign_on, next.get())
            }
        }
    };
    view! {
        <AccountLayout tab=AccountTab::Security person>
            <div class="ask">
                // Another way is another page to a reader: its title comes first again.
                {move || view! { <PageTitle text="Confirm it’s you"/>{form()} }}
            </div>
        </AccountLayout>
    }
    .into_any()
}

/// What to ask for: what the address says, else the strongest that can be given now. The password
/// is asked only of those who have nothing else.
fn chosen(ways: &[Way], asked: Option<&str>) -> Factor {
    let asked = asked.and_then(Factor::from_code);
    ways.iter()
        .find(|way| asked == Some(way.factor))
        .or_else(|| ways.iter().find(|way| is_open(way)))
        .or_else(|| ways.first())
        .map_or(Factor::Password, |way| way.factor)
}

fn is_open(way: &Way) -> bool {
    !way.is_disabled && way.paused_until.is_none() && way.left != Some(0)
}

fn with_key(confirmation: &Confirmation, factor: Factor, act: Act<ConfirmWithKey>, next: String) -> AnyView {
    let refusal = act.refusal();
    let refused = Signal::derive(move || refusal.get().and_then(|refusal| for_key(&refusal, factor)));
    let fields = AnswerFields::new();
    let on_answer = Callback::new(move |answered| fields.send(&answered));
    let why = why(&next);
    let (body, begin, icon) = if factor == Factor::Passkey {
        ("method=passkey", "Use my passkey", "passkey")
    } else {
        ("method=security-key", "Use my key", "key")
    };
    let ceremony = use_ceremony::<StartKeyConfirmation>(Call::Get, body, on_answer, act.on_error());
    ceremony.start_over_after(act);
    let names = confirmation.ways.iter().find(|way| way.factor == factor).map(|way| way.names.clone()).unwrap_or_default();
    let lede = if factor == Factor::Passkey { "Use " } else { "Touch " };
    let others = other_ways(confirmation, factor, &next);
    view! {
        <p class="lede">{why}{lede}{names_in_bold(&names)}"."</p>
        {held(confirmation, factor, refusal)}
        <ErrorNote fault=act.fault() offline="Press Try again when you’re back."/>
        <ActForm act>
            <input type="hidden" name="next" value=next/>
            {fields.view()}
            <CeremonyPlate ceremony factor begin refused pending=act.pending() icon on_arrival=true/>
        </ActForm>
        <NeedsScript text="This needs JavaScript, which is off here. Use another way below."/>
        {others}
        <p class="block"><LinkButton href=paths::SECURITY kind=ButtonKind::Quiet size=ButtonSize::Large>"Cancel"</LinkButton></p>
    }
    .into_any()
}

fn with_app(confirmation: &Confirmation, act: Act<ConfirmWithApp>, next: String) -> AnyView {
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.get().and_then(|refusal| for_code(&refusal)));
    let others = other_ways(confirmation, Factor::AuthenticatorApp, &next);
    view! {
        <p class="lede">{why(&next)}"Open your authenticator app and find "<b>{confirmation.organisation.clone()}</b>"."</p>
        {held(confirmation, Factor::AuthenticatorApp, refusal)}
        <ErrorNote fault=act.fault() offline="Your code is still here; press Confirm when you’re back."/>
        <ActForm act>
            <input type="hidden" name="next" value=next/>
            <CodeField error autofocus=true/>
            {buttons(act.pending())}
        </ActForm>
        {others}
    }
    .into_any()
}

fn with_emailed_code(
    confirmation: &Confirmation,
    act: Act<ConfirmWithEmailedCode>,
    again: Act<SendConfirmationCode>,
    next: String,
) -> AnyView {
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.get().and_then(|refusal| for_code(&refusal)));
    let others = other_ways(confirmation, Factor::EmailedCode, &next);
    let back = next.clone();
    let why = why(&next);
    let content = match confirmation.sent_code.clone().filter(|sent| sent.is_live) {
        Some(sent) => view! {
            <p class="lede">{why}{where_it_went(&sent)}</p>
            {held(confirmation, Factor::EmailedCode, refusal)}
            <ErrorNote fault=act.fault() offline="Your code is still here; press Confirm when you’re back."/>
            <ActForm act>
                <input type="hidden" name="next" value=back/>
                <CodeField error described_by=WHERE_IT_WENT autofocus=true/>
                {buttons(act.pending())}
            </ActForm>
            <SendAgain act=again sent next/>
        }
        .into_any(),
        None => view! {
            <p class="lede">{why}"We’ll send a 6-digit code to "<b>{confirmation.email.clone()}</b>"."</p>
            {held(confirmation, Factor::EmailedCode, refusal)}
            <SendFirst act=again label="Send code" next/>
            <p class="block"><LinkButton href=paths::SECURITY kind=ButtonKind::Quiet size=ButtonSize::Large>"Cancel"</LinkButton></p>
        }
        .into_any(),
    };
    view! { {content} {others} }.into_any()
}

fn with_backup_code(confirmation: &Confirmation, act: Act<ConfirmWithBackupCode>, next: String) -> AnyView {
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.get().and_then(|refusal| for_code(&refusal)));
    let others = other_ways(confirmation, Factor::BackupCode, &next);
    view! {
        <p class="lede">{why(&next)}"Type any code from your list that you haven’t used. Each one works once."</p>
        {held(confirmation, Factor::BackupCode, refusal)}
        <ErrorNote fault=act.fault() offline="Your code is still here; press Confirm when you’re back."/>
        <ActForm act>
            <input type="hidden" name="next" value=next/>
            <LongCodeField hint="8 letters and numbers. Capitals and dashes don’t matter." error autofocus=true/>
            {buttons(act.pending())}
        </ActForm>
        {others}
    }
    .into_any()
}

fn with_password(confirmation: &Confirmation, act: Act<ConfirmWithPassword>, sign_on: Act<StartSingleSignOn>, next: String) -> AnyView {
    let refusal = act.refusal();
    let error = Signal::derive(move || {
        refusal.get().and_then(|refusal| match refusal {
            Refusal::WrongPassword => Some(refusal_text(&refusal)),
            refusal => for_field(&refusal, "password"),
        })
    });
    let rejected = Signal::derive(move || matches!(refusal.get(), Some(Refusal::WrongPassword)));
    let email = confirmation.email.clone();
    // It signs in anew, and so leads back with a proof of that moment.
    let back = next.clone();
    let at_the_provider = confirmation.single_sign_on.then(move || {
        view! {
            <ErrorNote fault=sign_on.fault() offline="Press Continue with single sign-on when you’re back."/>
            <ActForm act=sign_on>
                <input type="hidden" name="next" value=back/>
                <input type="hidden" name="anew" value="yes"/>
                <Button kind=ButtonKind::Second size=ButtonSize::Large wide=true icon="door" busy=sign_on.pending()>
                    "Continue with single sign-on"
                </Button>
            </ActForm>
        }
    });
    view! {
        <p class="lede">{why(&next)}"Type your password."</p>
        {held(confirmation, Factor::Password, refusal)}
        <ErrorNote fault=act.fault() offline="Press Confirm when you’re back."/>
        <ActForm act>
            <input type="hidden" name="next" value=next/>
            <Field name="email" label="Email" type_="email" autocomplete="username" value=email readonly=true/>
            <PasswordField error rejected autofocus=true/>
            {buttons(act.pending())}
        </ActForm>
        {at_the_provider}
    }
    .into_any()
}

/// What they are asked for.
fn why(next: &str) -> &'static str {
    if next.starts_with(paths::APPLICATION) { "The application you came from wants to be sure. " } else { "This changes how you get in. " }
}

fn buttons(pending: Signal<bool>) -> AnyView {
    view! {
        <div class="block btn-row">
            <Button size=ButtonSize::Large busy=pending>"Confirm"</Button>
            <LinkButton href=paths::SECURITY kind=ButtonKind::Quiet size=ButtonSize::Large>"Cancel"</LinkButton>
        </div>
    }
    .into_any()
}

/// Links to the other ways they have.
fn other_ways(confirmation: &Confirmation, factor: Factor, next: &str) -> AnyView {
    let others = confirmation.ways.iter().filter(|way| way.factor != factor && is_open(way)).map(|way| {
        let label = match way.factor {
            Factor::SecurityKey => "Use a security key instead",
            Factor::Passkey => "Use a passkey instead",
            Factor::AuthenticatorApp => "Use your authenticator app instead",
            Factor::EmailedCode => "Use an emailed code instead",
            Factor::BackupCode | Factor::RecoveryKey | Factor::AccessCode | Factor::Password => "Use a backup code instead",
        };
        let href = [paths::CONFIRM, "?way=", way.factor.code(), "&next=", &Url::escape(next)].concat();
        view! { <LinkButton href kind=ButtonKind::Second size=ButtonSize::Large wide=true>{label}</LinkButton> }
    });
    view! { <div class="block stack-4">{others.collect_view()}</div> }.into_any()
}

/// Says when this way is paused or switched off: as the page is shown, or after a try.
fn held(confirmation: &Confirmation, factor: Factor, refusal: Signal<Option<Refusal>>) -> AnyView {
    let way = confirmation.ways.iter().find(|way| way.factor == factor);
    let at_first = way.and_then(|way| {
        if way.is_disabled {
            return Some(refusal_text(&Refusal::Disabled { factor }));
        }
        let until = way.paused_until.clone()?;
        Some(refusal_text(&Refusal::Paused { factor, until, retry_after: 0, failures: way.failures }))
    });
    let text = move || match refusal.get() {
        Some(refusal @ (Refusal::Paused { .. } | Refusal::Disabled { .. } | Refusal::Conflict)) => Some(refusal_text(&refusal)),
        _ => at_first.clone(),
    };
    let is_now = said_anew();
    let note = move || text().filter(|_| is_now()).map(|text| view! { <Note kind=NoteKind::Wait icon="clock">{text}</Note> });
    view! { <div class="alert" role="alert">{note}</div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(factor: Factor, is_disabled: bool) -> Way {
        Way { factor, names: Vec::new(), left: None, total: None, paused_until: None, failures: 0, is_disabled }
    }

    #[test]
    fn the_password_is_asked_only_of_those_who_have_nothing_else() {
        let ways = [way(Factor::AuthenticatorApp, false), way(Factor::BackupCode, false)];
        assert_eq!(chosen(&[], Some("authenticator-app")), Factor::Password);
        assert_eq!(chosen(&ways, Some("password")), Factor::AuthenticatorApp);
        assert_eq!(chosen(&ways, Some("backup-code")), Factor::BackupCode);
    }

    #[test]
    fn a_way_that_is_switched_off_is_not_asked_first() {
        let ways = [way(Factor::AuthenticatorApp, true), way(Factor::BackupCode, false)];
        assert_eq!(chosen(&ways, None), Factor::BackupCode);
    }
}
