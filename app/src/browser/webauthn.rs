//! Security keys and passkeys: `navigator.credentials` (WebAuthn Level 3).
//!
//! A challenge comes from the server as JSON, and a key's answer goes back as JSON; in between,
//! binary values are buffers. Both are translated here by hand, because the browsers' own
//! translation (`parseCreationOptionsFromJSON`, `toJSON`) is younger than the browsers on many
//! floors.

/// Why a key gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// This browser has no `navigator.credentials`, or the page isn't secure.
    Unsupported,
    /// Not touched, cancelled, or out of time: browsers don't tell which (§14.5).
    NotTouched,
    /// The key is connected already (`InvalidStateError`).
    AlreadyConnected,
    /// The page asked for something else meanwhile.
    Aborted,
    /// This address isn't what keys are bound to (`SecurityError`).
    WrongAddress,
    /// The key can't do what was asked for, as being a passkey (`NotSupportedError`,
    /// `ConstraintError`).
    NotCapable,
    /// Anything else.
    Other,
}

/// A key's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The challenge's id.
    pub ceremony: String,
    /// The credential as JSON.
    pub credential: String,
    /// Its credential id, in base64url.
    pub credential_id: String,
    /// How the browser reached it, if it tells: "internal", "usb", "hybrid"…
    pub transports: Vec<String>,
}

/// Which of the two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Make a new credential.
    Create,
    /// Ask for a signature, in a prompt of the browser's.
    Get,
    /// Ask for a signature when somebody picks a passkey from the e-mail field's suggestions.
    GetFromAutofill,
}

#[cfg(feature = "hydrate")]
mod imp {
    use js_sys::{Array, Function, JSON, Object, Promise, Reflect, Uint8Array};
    use leptos::prelude::window;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{AbortController, DomException};

    use super::{Answered, Call, Trouble};

    type Js<T = JsValue> = Result<T, JsValue>;

    /// Stops a call that is under way.
    #[derive(Clone)]
    pub struct Abort(AbortController);

    impl Abort {
        /// A new one; `None` where browsers have no such thing.
        #[must_use]
        pub fn new() -> Option<Self> {
            AbortController::new().ok().map(Self)
        }

        /// Stops the call. Stopping one that is over does nothing.
        pub fn abort(&self) {
            self.0.abort();
        }
    }

    fn get(object: &JsValue, name: &str) -> Js {
        Reflect::get(object, &JsValue::from_str(name))
    }

    fn set(object: &JsValue, name: &str, value: &JsValue) -> Js<()> {
        Reflect::set(object, &JsValue::from_str(name), value).map(drop)
    }

    fn text(object: &JsValue, name: &str) -> Js<String> {
        get(object, name)?.as_string().ok_or(JsValue::NULL)
    }

    fn function(object: &JsValue, name: &str) -> Option<Function> {
        get(object, name).ok()?.dyn_into().ok()
    }

    fn credential_class() -> Option<JsValue> {
        get(&window(), "PublicKeyCredential").ok().filter(|class| !class.is_undefined())
    }

    pub fn is_supported() -> bool {
        let has_credentials = get(&window().navigator(), "credentials").is_ok_and(|credentials| !credentials.is_undefined());
        has_credentials && credential_class().is_some()
    }

    /// Calls a static method of `PublicKeyCredential`, if there is one.
    async fn ask(method: &str, argument: &JsValue) -> Option<JsValue> {
        let class = credential_class()?;
        let promise = function(&class, method)?.call1(&class, argument).ok()?;
        JsFuture::from(promise.dyn_into::<Promise>().ok()?).await.ok()
    }

    pub async fn has_autofill() -> bool {
        ask("isConditionalMediationAvailable", &JsValue::UNDEFINED).await.is_some_and(|is| is.is_truthy())
    }

    /// Bytes of base64url text, which `atob` knows in its older alphabet.
    fn to_bytes(encoded: &str) -> Js<Uint8Array> {
        let binary = window().atob(&encoded.replace('-', "+").replace('_', "/"))?;
        let bytes: Vec<u8> = binary.chars().map(|char| u8::try_from(u32::from(char)).unwrap_or_default()).collect();
        Ok(Uint8Array::from(bytes.as_slice()))
    }

    fn to_text(buffer: &JsValue) -> Js<String> {
        let binary: String = Uint8Array::new(buffer).to_vec().into_iter().map(char::from).collect();
        Ok(window().btoa(&binary)?.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned())
    }

    fn decode(object: &JsValue, name: &str) -> Js<()> {
        set(object, name, &to_bytes(&text(object, name)?)?.into())
    }

    /// Puts buffers where the server's JSON has text.
    fn decode_options(options: &JsValue) -> Js<()> {
        decode(options, "challenge")?;
        let user = get(options, "user")?;
        if user.is_object() {
            decode(&user, "id")?;
        }
        for list in ["excludeCredentials", "allowCredentials"] {
            let list = get(options, list)?;
            if let Some(list) = list.dyn_ref::<Array>() {
                for credential in list.iter() {
                    decode(&credential, "id")?;
                }
            }
        }
        Ok(())
    }

    /// What the server reads: buffers as text, by the names of `toJSON`.
    fn encode(credential: &JsValue) -> Js<(String, String, Vec<String>)> {
        let response = get(credential, "response")?;
        let answer = Object::new();
        for name in ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"] {
            let value = get(&response, name)?;
            if value.is_object() {
                set(&answer, name, &to_text(&value)?.into())?;
            }
        }
        let transports = match function(&response, "getTransports") {
            Some(transports) => transports.call0(&response)?,
            None => Array::new().into(),
        };
        if get(&response, "attestationObject")?.is_object() {
            set(&answer, "transports", &transports)?;
        }
        let transports = Array::from(&transports).iter().filter_map(|transport| transport.as_string()).collect();
        let id = text(credential, "id")?;
        let whole = Object::new();
        set(&whole, "id", &id.as_str().into())?;
        set(&whole, "rawId", &to_text(&get(credential, "rawId")?)?.into())?;
        set(&whole, "type", &get(credential, "type")?)?;
        set(&whole, "response", &answer)?;
        set(&whole, "clientExtensionResults", &Object::new())?;
        Ok((id, JSON::stringify(&whole)?.into(), transports))
    }

    fn why(error: &JsValue) -> Trouble {
        let name = error.dyn_ref::<DomException>().map(DomException::name).unwrap_or_default();
        match name.as_str() {
            "NotAllowedError" => Trouble::NotTouched,
            "InvalidStateError" => Trouble::AlreadyConnected,
            "AbortError" => Trouble::Aborted,
            "SecurityError" => Trouble::WrongAddress,
            "NotSupportedError" | "ConstraintError" => Trouble::NotCapable,
            _ => Trouble::Other,
        }
    }

    pub async fn call(call: Call, challenge: &str, abort: Option<&Abort>) -> Result<Answered, Trouble> {
        if !is_supported() {
            return Err(Trouble::Unsupported);
        }
        let (ceremony, promise) = begin(call, challenge, abort).map_err(|error| why(&error))?;
        let credential = JsFuture::from(promise).await.map_err(|error| why(&error))?;
        let (credential_id, credential, transports) = encode(&credential).map_err(|_| Trouble::Other)?;
        Ok(Answered { ceremony, credential, credential_id, transports })
    }

    fn begin(call: Call, challenge: &str, abort: Option<&Abort>) -> Js<(String, Promise)> {
        let challenge = JSON::parse(challenge)?;
        let public_key = get(&challenge, "public_key")?;
        decode_options(&public_key)?;
        let options = Object::new();
        set(&options, "publicKey", &public_key)?;
        if let Some(Abort(controller)) = abort {
            set(&options, "signal", &controller.signal())?;
        }
        if call == Call::GetFromAutofill {
            set(&options, "mediation", &"conditional".into())?;
        }
        let credentials = get(&window().navigator(), "credentials")?;
        let name = if call == Call::Create { "create" } else { "get" };
        let promise = function(&credentials, name).ok_or(JsValue::NULL)?.call1(&credentials, &options)?;
        Ok((text(&challenge, "ceremony")?, promise.dyn_into()?))
    }

    pub async fn signal_unknown(credential_id: &str) {
        let told = || -> Js {
            let about = Object::new();
            set(&about, "rpId", &window().location().hostname()?.into())?;
            set(&about, "credentialId", &credential_id.into())?;
            Ok(about.into())
        };
        if let Ok(about) = told() {
            ask("signalUnknownCredential", &about).await;
        }
    }

    pub async fn signal_accepted(rp_id: &str, user_handle: &str, credential_ids: &[String]) {
        let told = || -> Js {
            let about = Object::new();
            set(&about, "rpId", &rp_id.into())?;
            set(&about, "userId", &user_handle.into())?;
            let ids: Array = credential_ids.iter().map(|id| JsValue::from_str(id)).collect();
            set(&about, "allAcceptedCredentialIds", &ids)?;
            Ok(about.into())
        };
        if let Ok(about) = told() {
            ask("signalAllAcceptedCredentials", &about).await;
        }
    }
}

#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the same signatures as in the browser")]
mod imp {
    use super::{Answered, Call, Trouble};

    /// Stops a call that is under way; the server makes none.
    #[derive(Clone)]
    pub struct Abort;

    impl Abort {
        /// None: the server makes no calls.
        #[must_use]
        pub const fn new() -> Option<Self> {
            None
        }

        /// Does nothing.
        pub const fn abort(&self) {}
    }

    pub const fn is_supported() -> bool {
        false
    }

    pub async fn has_autofill() -> bool {
        false
    }

    pub async fn call(_call: Call, _challenge: &str, _abort: Option<&Abort>) -> Result<Answered, Trouble> {
        Err(Trouble::Unsupported)
    }

    pub async fn signal_unknown(_credential_id: &str) {}

    pub async fn signal_accepted(_rp_id: &str, _user_handle: &str, _credential_ids: &[String]) {}
}

pub use imp::Abort;

/// Whether this browser can use keys at all. False on the server.
#[must_use]
pub fn is_supported() -> bool {
    imp::is_supported()
}

/// Whether passkeys can be offered among an e-mail field's suggestions.
pub async fn has_autofill() -> bool {
    imp::has_autofill().await
}

/// Hands a challenge, as the server's answer has it, to the browser, and waits for the key.
///
/// # Errors
/// [`Trouble`] when there is no answer; always [`Trouble::Unsupported`] on the server.
pub async fn call(call: Call, challenge: &str, abort: Option<&Abort>) -> Result<Answered, Trouble> {
    imp::call(call, challenge, abort).await
}

/// Tells the browser that a passkey isn't known here any more (§5.1.10.2), where it listens.
pub async fn signal_unknown(credential_id: &str) {
    imp::signal_unknown(credential_id).await;
}

/// Tells the browser which of an account's passkeys are left (§5.1.10.3), where it listens.
pub async fn signal_accepted(rp_id: &str, user_handle: &str, credential_ids: &[String]) {
    imp::signal_accepted(rp_id, user_handle, credential_ids).await;
}
