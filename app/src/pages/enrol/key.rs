//! Set up: connect a security key or create a passkey, then give it a name.

use countersign_domain::{Factor, FactorName};
use leptos::{prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use web_sys::HtmlInputElement;

use crate::{
    api::{
        Method, Refusal,
        enrolment::{Enrolment, load_enrolment},
        keys::{ConnectKey, StartKey},
    },
    browser::webauthn::{self, Answered, Call},
    components::{
        Act, ActForm, AnswerFields, Button, ButtonKind, ButtonSize, CeremonyPlate, ErrorNote, Field, LinkButton, Loaded, NeedsScript,
        PageTitle, PlugDrawing, Status, WizardLayout, use_act, use_ceremony,
    },
    paths,
    words::{for_field, quoted, refusal_text},
};

/// "Connect your security key".
#[component]
pub fn KeyPage() -> impl IntoView {
    page(Factor::SecurityKey)
}

/// "Create your passkey".
#[component]
pub fn NewPasskeyPage() -> impl IntoView {
    page(Factor::Passkey)
}

fn page(factor: Factor) -> AnyView {
    // Not loaded again after the act: a connected key would be among those that can't be connected.
    let enrolment = Resource::new_blocking(|| (), |()| load_enrolment());
    let connect = use_act::<ConnectKey>();
    view! { <Loaded resource=enrolment children=move |enrolment| connecting(enrolment, factor, connect)/> }.into_any()
}

/// What is said of each kind.
struct Words {
    title: &'static str,
    lede: &'static str,
    begin: &'static str,
    done: &'static str,
    connect: &'static str,
    icon: &'static str,
    body: &'static str,
}

const fn words_of(factor: Factor) -> Words {
    if matches!(factor, Factor::Passkey) {
        Words {
            title: "Create your passkey",
            lede: "Your browser asks for your fingerprint, face or screen-lock PIN. With a passkey you can sign in without your password, too.",
            begin: "Create a passkey",
            done: "Your passkey is ready. Give it a name.",
            connect: "Connect passkey",
            icon: "passkey",
            body: "method=passkey",
        }
    } else {
        Words {
            title: "Connect your security key",
            lede: "Plug it in and press the button below. When it lights up, touch the gold disc or press its button.",
            begin: "Use my key",
            done: "We got your touch. Give your key a name.",
            connect: "Connect key",
            icon: "key",
            body: "method=security-key",
        }
    }
}

fn connecting(enrolment: Enrolment, factor: Factor, act: Act<ConnectKey>) -> AnyView {
    let Words { title, lede, begin, done, icon, body, .. } = words_of(factor);
    let Enrolment { email, methods, .. } = enrolment;
    let fields = AnswerFields::new();
    let answered = RwSignal::new(None::<Answered>);
    let on_answer = Callback::new(move |answer| {
        fields.fill(&answer);
        answered.set(Some(answer));
    });
    let ceremony = use_ceremony::<StartKey>(Call::Create, body, on_answer, act.on_error());
    ceremony.start_over_after(act);
    let refusal = act.refusal();
    // A name can be typed anew; any other refusal spent the answer, but not the name.
    let typed = StoredValue::new(None::<String>);
    Effect::new(move |_| {
        if refusal.read().as_ref().is_some_and(|refusal| !matches!(refusal, Refusal::Field { .. })) {
            typed.set_value(name_as_typed());
            // A passkey that isn't kept here shouldn't be offered by the browser either.
            let orphan = answered.get_untracked().filter(|_| matches!(*refusal.read_untracked(), Some(Refusal::TooManyMethods)));
            if let Some(Answered { credential_id, .. }) = orphan {
                spawn_local(async move { webauthn::signal_unknown(&credential_id).await });
            }
            answered.set(None);
        }
    });
    let refused = Signal::derive(move || {
        refusal.get().filter(|refusal| !matches!(refusal, Refusal::Field { .. })).map(|refusal| refusal_text(&refusal))
    });
    let keys: Vec<String> =
        methods.iter().filter(|method| method.factor != Factor::AuthenticatorApp).map(|method| method.name.clone()).collect();
    let already = (!keys.is_empty()).then(|| ["That one is connected already, as ", &quoted(&keys), ". Use another one."].concat());
    let methods = StoredValue::new(methods);
    let is_answered = Memo::new(move |_| answered.read().is_some());
    let naming = move || {
        is_answered.get().then(|| {
            let transports = answered.with_untracked(|answer| answer.as_ref().map(|answer| answer.transports.clone())).unwrap_or_default();
            let suggested = || methods.with_value(|methods| suggested_name(factor, &transports, methods));
            let name = typed.get_value().unwrap_or_else(suggested);
            name_it(factor, name, act)
        })
    };
    let message = Signal::derive(move || is_answered.get().then(|| done.to_owned()));
    view! {
        <WizardLayout step=3 email>
            <PageTitle text=title/>
            <Status message/>
            <div hidden=move || is_answered.get()>
                <p class="lede">{lede}</p>
                {(factor == Factor::SecurityKey).then(|| view! { <div class="block narrow"><PlugDrawing/></div> })}
            </div>
            <ErrorNote fault=act.fault() offline="Try again when you’re back."/>
            <ActForm act>
                {fields.view()}
                <div class="narrow" hidden=move || is_answered.get()>
                    <CeremonyPlate ceremony factor begin refused pending=act.pending() icon already/>
                </div>
                {naming}
                <div class="block btn-row" hidden=move || is_answered.get()>{back()}</div>
            </ActForm>
            <NeedsScript text="This needs JavaScript, which is off here. Go back and choose the authenticator app, which works without."/>
        </WizardLayout>
    }
    .into_any()
}

/// What stands in the name's field.
fn name_as_typed() -> Option<String> {
    Some(document().get_element_by_id("name")?.dyn_into::<HtmlInputElement>().ok()?.value())
}

fn back() -> AnyView {
    view! { <LinkButton href=paths::ENROL_CHOOSE kind=ButtonKind::Quiet size=ButtonSize::Large>"Back"</LinkButton> }.into_any()
}

/// The name, and the button that connects the key under it.
fn name_it(factor: Factor, name: String, act: Act<ConnectKey>) -> AnyView {
    let Words { connect, .. } = words_of(factor);
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.get().and_then(|refusal| for_field(&refusal, "name")));
    view! {
        <div class="block">
            <Field name="name" label="Name" hint="So you can tell it apart later" value=name error max_len=FactorName::MAX_CHARS autofocus=true/>
        </div>
        <div class="block btn-row">
            <Button size=ButtonSize::Large busy=act.pending()>{connect}</Button>
            {back()}
        </div>
    }
    .into_any()
}

/// What the browser tells of a key, as a name that isn't taken.
fn suggested_name(factor: Factor, transports: &[String], methods: &[Method]) -> String {
    let by = |transport: &str| transports.iter().any(|known| known == transport);
    let base = match (factor, by("usb"), by("nfc"), by("internal"), by("hybrid")) {
        (Factor::Passkey, _, _, true, _) => "This computer",
        (Factor::Passkey, _, _, _, true) => "Phone",
        (_, true, false, ..) => "USB key",
        (_, false, true, ..) => "NFC key",
        (Factor::Passkey, ..) => "Passkey",
        _ => "Security key",
    };
    let is_taken = |name: &str| methods.iter().any(|method| method.name == name);
    if !is_taken(base) {
        return base.to_owned();
    }
    (2..=u32::MAX).map(|n| [base, " ", &n.to_string()].concat()).find(|name| !is_taken(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::When;

    fn named(name: &str) -> Method {
        let word = String::new;
        let added = When { at: 0, clock: word(), text: word(), day: word(), full: word() };
        Method { id: word(), factor: Factor::SecurityKey, name: name.to_owned(), added, last_used: None }
    }

    #[test]
    fn a_name_says_what_the_browser_tells_and_is_not_taken() {
        let usb = ["usb".to_owned()];
        assert_eq!(suggested_name(Factor::SecurityKey, &usb, &[]), "USB key");
        assert_eq!(suggested_name(Factor::SecurityKey, &usb, &[named("USB key"), named("USB key 2")]), "USB key 3");
        assert_eq!(suggested_name(Factor::Passkey, &["internal".to_owned(), "hybrid".to_owned()], &[]), "This computer");
        assert_eq!(suggested_name(Factor::SecurityKey, &[], &[]), "Security key");
    }
}
