//! What an identity provider says: about itself (OpenID Connect Discovery), and about somebody (an ID token).
//!
//! Nothing is believed that isn't signed by one of its own keys, for us, for this one attempt, and still good.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_domain::Instant;
use countersign_store::{IdentityProvider, OrganisationId};
use openidconnect::{
    AccessToken, AdditionalProviderMetadata, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    DiscoveryError, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, SubjectIdentifier, TokenResponse as _, UserInfoError,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
        CoreErrorResponseType, CoreGrantType, CoreIdTokenVerifier, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
        CoreUserInfoClaims,
    },
    http::Uri,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    CameBack, ProviderFault, SignOnRefusal,
    fetch::{FetchError, fetch, is_private},
};
use crate::{Error, Identity};

/// How old a proof at the provider may be, in seconds: as long as a session may last.
const MAX_AGE_SECONDS: u64 = 24 * 60 * 60;
/// How long what a provider said about itself is used before it is asked again, in seconds.
const KEPT_SECONDS: i64 = 60 * 60;
/// How soon it may be asked again because a token was signed with a key that it hadn't then, in seconds.
const ASK_AGAIN_SECONDS: i64 = 30;
/// How long a provider that wasn't as it should be isn't asked again, in seconds.
const FAULT_SECONDS: i64 = 5;
/// How many questions to an organisation's provider are under way at once.
const PLACES: usize = 16;
/// How many of its people wait at once, those among them; whoever is more is told to come again. Fewer than all the
/// calls that a server takes.
const SEATS: usize = 128;
/// How long one of them waits for a place.
const WAIT_LIMIT: std::time::Duration = std::time::Duration::from_secs(5);
/// How many questions at once for account holders who connect or prove something: of one organisation, and of all. Each
/// may take seconds, and takes one of the server's calls meanwhile.
const ASKED_FOR_ONE: usize = 2;
const ASKED_FOR_ALL: usize = 16;
/// When whoever finds no place may come again, in seconds.
const ASK_LATER_SECONDS: u64 = 5;
/// How soon the same reason is written down again, in seconds, and how many reasons are within that time.
const TOLD_AGAIN_SECONDS: i64 = 60 * 60;
const MOST_TOLD: usize = 50;
/// How far a provider's clock may be from ours, in seconds.
const CLOCK_SKEW_SECONDS: i64 = 60;

/// Signatures by a key that only the provider has. Neither `none` nor a shared secret is among them.
const SIGNATURES: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
];

/// What a provider says of a sign-in with several signs (RFC 8176 §2, `amr`).
const SEVERAL_SIGNS: &str = "mfa";
/// The same, of the context (`acr`): OpenID Connect Extended Authentication Profile §2, and the older policy of OpenID 2.0.
const CONTEXTS_OF_SEVERAL_SIGNS: [&str; 3] = ["phr", "phrh", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"];

/// What a provider says about itself beyond Discovery.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct AlsoSaid {
    /// It always says which issuer it is when it sends a browser back (RFC 9207 §3).
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for AlsoSaid {}

/// What a provider says about itself.
type Metadata = ProviderMetadata<
    AlsoSaid,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What a provider said about itself, and when.
struct Known {
    metadata: Metadata,
    asked_at: Instant,
}

/// What is known of one organisation's provider.
struct Remembered {
    /// What it said.
    known: Option<Arc<Known>>,
    /// What was wrong when it was last asked, and when.
    fault: Option<(ProviderFault, Instant)>,
    /// A provider that is slow holds up its own people, and nobody else.
    waiting: Arc<WaitingRoom>,
    /// Places for what its account holders ask.
    asking: Arc<Semaphore>,
    /// Why people were refused lately, and when that was written down.
    told: HashMap<String, Instant>,
}

/// Seats for those who wait, and places for questions under way.
struct WaitingRoom {
    seats: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// A place for a question to a provider, until it is dropped.
struct Seated {
    _seat: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

/// What providers said about themselves lately. It is public, and each node may ask for itself.
pub(crate) struct Providers {
    remembered: Mutex<HashMap<OrganisationId, Remembered>>,
    /// Places for what account holders ask.
    asking: Arc<Semaphore>,
}

impl Default for Providers {
    fn default() -> Self {
        Self { remembered: Mutex::default(), asking: Arc::new(Semaphore::new(ASKED_FOR_ALL)) }
    }
}

impl Providers {
    fn with<T>(&self, organisation: OrganisationId, act: impl FnOnce(&mut Remembered) -> T) -> T {
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        act(all.entry(organisation).or_insert_with(|| {
            let semaphore = |size| Arc::new(Semaphore::new(size));
            let waiting = Arc::new(WaitingRoom { seats: semaphore(SEATS), places: semaphore(PLACES) });
            Remembered { known: None, fault: None, waiting, asking: semaphore(ASKED_FOR_ONE), told: HashMap::new() }
        }))
    }

    fn find(&self, provider: &IdentityProvider, now: Instant) -> Option<Arc<Known>> {
        let known = self.with(provider.organisation_id, |remembered| remembered.known.clone())?;
        let is_good = known.metadata.issuer().as_str() == provider.issuer && now < known.asked_at.plus_seconds(KEPT_SECONDS);
        is_good.then_some(known)
    }

    async fn seat(&self, organisation: OrganisationId) -> Result<Seated, SignOnRefusal> {
        const FULL: SignOnRefusal = SignOnRefusal::Provider(ProviderFault::TooSlow);
        let waiting = self.with(organisation, |remembered| Arc::clone(&remembered.waiting));
        let seat = Arc::clone(&waiting.seats).try_acquire_owned().map_err(|_| FULL)?;
        let place = tokio::time::timeout(WAIT_LIMIT, Arc::clone(&waiting.places).acquire_owned()).await;
        // It is never closed.
        let place = place.map_err(|_| FULL)?.map_err(|_| FULL)?;
        Ok(Seated { _seat: seat, _place: place })
    }

    /// A place for a question that an account holder asks somebody elsewhere, until it is dropped.
    pub(super) fn place_to_ask(&self, organisation: OrganisationId) -> Result<[OwnedSemaphorePermit; 2], Error> {
        const FULL: Error = Error::Busy { retry_after: ASK_LATER_SECONDS };
        let of_one = self.with(organisation, |remembered| Arc::clone(&remembered.asking)).try_acquire_owned().map_err(|_| FULL)?;
        let of_all = Arc::clone(&self.asking).try_acquire_owned().map_err(|_| FULL)?;
        Ok([of_one, of_all])
    }

    /// Whether a reason hasn't been written down within the hour, by this node. Of those that the provider words itself
    /// there are only so many.
    pub(super) fn is_news(&self, organisation: OrganisationId, (reason, is_free_text): (&str, bool), now: Instant) -> bool {
        self.with(organisation, |remembered| {
            remembered.told.retain(|_, at| now < at.plus_seconds(TOLD_AGAIN_SECONDS));
            // What a provider writes may be different each time.
            if remembered.told.contains_key(reason) || (is_free_text && remembered.told.len() >= MOST_TOLD) {
                return false;
            }
            remembered.told.insert(reason.to_owned(), now);
            true
        })
    }

    /// The connection was changed: what was wrong with it before is no matter.
    pub(crate) fn forget(&self, organisation: OrganisationId) {
        self.with(organisation, |remembered| (remembered.known, remembered.fault) = (None, None));
    }
}

/// What a provider says about somebody, verified.
pub(crate) struct Claims {
    /// Who it is, there (OpenID Connect Core §2): never changes, never somebody else's.
    pub(crate) subject: String,
    /// Their address, if the provider says that it is theirs.
    pub(crate) verified_email: Option<String>,
    /// Their name.
    pub(crate) name: Option<String>,
    /// When they last proved it there, if the provider says so.
    pub(crate) proved_at: Option<Instant>,
    /// It says that a second step was given.
    pub(crate) has_second_step: bool,
    /// What the provider says more with, if it is asked (Core §5.3).
    access_token: AccessToken,
}

/// One attempt's secrets: they follow from its state, which nobody else's does.
pub(crate) struct Secrets {
    pub(crate) nonce: String,
    pub(crate) verifier: String,
}

impl Identity {
    /// Where a provider is to send browsers back to.
    #[must_use]
    pub fn sign_on_redirect(&self) -> String {
        format!("{}/auth/single-sign-on", self.relying_party.origin())
    }

    /// Whether this installation is tried out on one machine, over plain http.
    fn is_try_out(&self) -> bool {
        self.relying_party.origin().starts_with("http://")
    }

    /// Asks a provider about itself, and says what is wrong with the answer.
    pub(crate) async fn discover(&self, issuer: &str) -> Result<Metadata, ProviderFault> {
        let is_try_out = self.is_try_out();
        let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| ProviderFault::NotAUrl)?;
        if url.url().cannot_be_a_base() || !issuer.parse().is_ok_and(|uri: Uri| is_private(&uri, is_try_out)) || url.url().query().is_some()
        {
            return Err(ProviderFault::NotEncrypted);
        }
        let metadata =
            Metadata::discover_async(url, &|request| fetch(request, is_try_out)).await.map_err(|error| discovery_fault(&error))?;
        let is_safe = |url: &str| url.parse().is_ok_and(|uri: Uri| is_private(&uri, is_try_out));
        let token_endpoint = metadata.token_endpoint().ok_or(ProviderFault::NoCodeFlow)?;
        if !is_safe(metadata.authorization_endpoint().as_str()) || !is_safe(token_endpoint.as_str()) {
            return Err(ProviderFault::NotEncrypted);
        }
        let signs = metadata.id_token_signing_alg_values_supported().iter().any(|algorithm| SIGNATURES.contains(algorithm));
        if signs { Ok(metadata) } else { Err(ProviderFault::NoSignature) }
    }

    async fn metadata(&self, provider: &IdentityProvider, is_fresh: bool) -> Result<Arc<Known>, SignOnRefusal> {
        let now = self.now();
        if let Some(known) = self.providers.find(provider, now)
            && (!is_fresh || now < known.asked_at.plus_seconds(ASK_AGAIN_SECONDS))
        {
            return Ok(known);
        }
        let organisation = provider.organisation_id;
        let fault = self.providers.with(organisation, |remembered| remembered.fault.clone());
        if let Some((fault, _)) = fault.filter(|(_, at)| now < at.plus_seconds(FAULT_SECONDS)) {
            return Err(SignOnRefusal::Provider(fault));
        }
        let _seated = self.providers.seat(organisation).await?;
        // Somebody else may have asked meanwhile.
        if let Some(known) = self.providers.find(provider, now).filter(|known| !is_fresh || known.asked_at >= now) {
            return Ok(known);
        }
        match self.discover(&provider.issuer).await {
            Ok(metadata) => {
                let known = Arc::new(Known { metadata, asked_at: now });
                self.providers.with(organisation, |remembered| (remembered.known, remembered.fault) = (Some(Arc::clone(&known)), None));
                Ok(known)
            }
            Err(fault) => {
                self.providers.with(organisation, |remembered| remembered.fault = Some((fault.clone(), now)));
                Err(SignOnRefusal::Provider(fault))
            }
        }
    }

    /// What a provider said about itself, and a place to ask it more.
    async fn contact(&self, provider: &IdentityProvider) -> Result<(Arc<Known>, Seated), SignOnRefusal> {
        let known = self.metadata(provider, false).await?;
        Ok((known, self.providers.seat(provider.organisation_id).await?))
    }

    /// The page of the provider that asks who it is.
    pub(crate) async fn authorization_url(
        &self,
        provider: &IdentityProvider,
        state: &str,
        secrets: &Secrets,
        is_anew: bool,
    ) -> Result<Result<String, SignOnRefusal>, Error> {
        let known = match self.metadata(provider, false).await {
            Ok(known) => known,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let client = self.client(provider, &known.metadata)?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(secrets.verifier.clone()));
        let (state, nonce) = (state.to_owned(), secrets.nonce.clone());
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || CsrfToken::new(state), || Nonce::new(nonce))
            .add_scopes([Scope::new("email".to_owned()), Scope::new("profile".to_owned())])
            .set_pkce_challenge(challenge)
            // Has the provider say when they proved it (Core §3.1.2.1). Nobody's session here would last longer.
            .set_max_age(std::time::Duration::from_secs(if is_anew { 0 } else { MAX_AGE_SECONDS }));
        if is_anew {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        let (url, ..) = request.url();
        Ok(Ok(url.to_string()))
    }

    /// Turns a code into what the provider says about somebody, and checks it.
    pub(crate) async fn claims(
        &self,
        provider: &IdentityProvider,
        back: CameBack<'_>,
        secrets: &Secrets,
    ) -> Result<Result<Claims, SignOnRefusal>, Error> {
        let (known, seated) = match self.contact(provider).await {
            Ok(reached) => reached,
            Err(refusal) => return Ok(Err(refusal)),
        };
        // One that always says who it is would have said so (RFC 9207 §2.4).
        if back.issuer.is_empty() && known.metadata.additional_metadata().authorization_response_iss_parameter_supported {
            return Ok(Err(SignOnRefusal::OtherIssuer));
        }
        let client = self.client(provider, &known.metadata)?;
        let exchange = client.exchange_code(AuthorizationCode::new(back.code.to_owned())).map_err(Error::fault)?;
        let answer = exchange.set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier.clone()));
        let is_try_out = self.is_try_out();
        let answer = answer.request_async(&|request| fetch(request, is_try_out)).await;
        // Its keys may have to be asked for, which takes a place of its own.
        drop(seated);
        let tokens = match answer {
            Ok(tokens) => tokens,
            Err(error) => return Ok(Err(exchange_refusal(&error))),
        };
        let Some(token) = tokens.id_token() else { return Ok(Err(SignOnRefusal::Untrue("no ID token".to_owned()))) };
        let nonce = Nonce::new(secrets.nonce.clone());
        let now = self.now();
        let verified = token.claims(&verifier(client.id_token_verifier(), now), &nonce);
        // Its keys may have changed since it was last asked for them.
        let is_unknown_key =
            matches!(&verified, Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)));
        let verified = if is_unknown_key {
            let renewed = match self.metadata(provider, true).await {
                Ok(known) => known,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let client = self.client(provider, &renewed.metadata)?;
            token.claims(&verifier(client.id_token_verifier(), now), &nonce).cloned()
        } else {
            verified.cloned()
        };
        let claims = match verified {
            Ok(claims) => claims,
            Err(error) => return Ok(Err(SignOnRefusal::Untrue(error.to_string()))),
        };
        let email = claims.email().filter(|_| claims.email_verified() == Some(true)).map(|email| email.as_str().to_owned());
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
        let subject = claims.subject().as_str().to_owned();
        if subject.is_empty() || subject.len() > 255 {
            return Ok(Err(SignOnRefusal::Untrue("its subject isn't of 1 to 255 characters".to_owned())));
        }
        let has_second_step =
            claims.auth_method_refs().is_some_and(|methods| methods.iter().any(|method| method.as_str() == SEVERAL_SIGNS))
                || claims.auth_context_ref().is_some_and(|context| CONTEXTS_OF_SEVERAL_SIGNS.contains(&context.as_str()));
        let access_token = tokens.access_token().clone();
        let proved_at = claims.auth_time().map(|at| Instant::from_micros(at.timestamp_micros()));
        Ok(Ok(Claims { subject, verified_email: email, name, proved_at, has_second_step, access_token }))
    }

    /// Asks the provider for address and name, which many say only when they are asked. One that has no place to ask
    /// has said what it says.
    pub(crate) async fn complete(&self, provider: &IdentityProvider, claims: &mut Claims) -> Result<Result<(), SignOnRefusal>, Error> {
        let (known, _seated) = match self.contact(provider).await {
            Ok(reached) => reached,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let client = self.client(provider, &known.metadata)?;
        let subject = SubjectIdentifier::new(claims.subject.clone());
        let is_try_out = self.is_try_out();
        let Ok(asked) = client.user_info(claims.access_token.clone(), Some(subject)) else { return Ok(Ok(())) };
        let said: CoreUserInfoClaims = match asked.request_async(&|request| fetch(request, is_try_out)).await {
            Ok(said) => said,
            Err(UserInfoError::Request(error)) => return Ok(Err(SignOnRefusal::Provider(ProviderFault::Unreachable(error.to_string())))),
            Err(error) => return Ok(Err(SignOnRefusal::Untrue(error.to_string()))),
        };
        claims.verified_email = said.email().filter(|_| said.email_verified() == Some(true)).map(|email| email.as_str().to_owned());
        claims.name = said.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned()).or(claims.name.take());
        Ok(Ok(()))
    }

    fn client(
        &self,
        provider: &IdentityProvider,
        metadata: &Metadata,
    ) -> Result<
        CoreClient<
            openidconnect::EndpointSet,
            openidconnect::EndpointNotSet,
            openidconnect::EndpointNotSet,
            openidconnect::EndpointNotSet,
            openidconnect::EndpointMaybeSet,
            openidconnect::EndpointMaybeSet,
        >,
        Error,
    > {
        let secret = ClientSecret::new(provider.client_secret.to_string());
        let client = CoreClient::from_provider_metadata(metadata.clone(), ClientId::new(provider.client_id.clone()), Some(secret));
        // Basic unless the provider takes only the other one (Core §9).
        let ways = metadata.token_endpoint_auth_methods_supported();
        let is_only_post = ways.is_some_and(|ways| {
            ways.contains(&CoreClientAuthMethod::ClientSecretPost) && !ways.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
        let client = client.set_auth_type(if is_only_post { AuthType::RequestBody } else { AuthType::BasicAuth });
        Ok(client.set_redirect_uri(RedirectUrl::new(self.sign_on_redirect()).map_err(Error::fault)?))
    }
}

/// Checks signature, issuer, audience, nonce and times. The audience may be us and nobody else.
fn verifier(verifier: CoreIdTokenVerifier<'_>, now: Instant) -> CoreIdTokenVerifier<'_> {
    let at = move |seconds: i64| now.plus_seconds(seconds).as_micros() / 1_000_000;
    let issued = move |issued: chrono::DateTime<chrono::Utc>| {
        // A token from the future says that one of the clocks is wrong.
        if issued.timestamp() > at(CLOCK_SKEW_SECONDS) { Err("issued in the future: compare the clocks".to_owned()) } else { Ok(()) }
    };
    verifier
        .set_allowed_algs(SIGNATURES)
        .set_time_fn(move || chrono::DateTime::from_timestamp(at(-CLOCK_SKEW_SECONDS), 0).unwrap_or_default())
        .set_issue_time_verifier_fn(issued)
}

fn discovery_fault(error: &DiscoveryError<FetchError>) -> ProviderFault {
    match error {
        DiscoveryError::Request(FetchError::TooSlow) => ProviderFault::TooSlow,
        DiscoveryError::Request(FetchError::NotEncrypted(_)) => ProviderFault::NotEncrypted,
        DiscoveryError::Request(error) => ProviderFault::Unreachable(error.to_string()),
        DiscoveryError::Response(status, ..) => ProviderFault::NotAProvider(status.as_u16()),
        // The one thing that is validated there.
        DiscoveryError::Validation(_) => ProviderFault::OtherIssuer,
        _ => ProviderFault::NotAProvider(200),
    }
}

fn exchange_refusal(error: &RequestTokenError<FetchError, openidconnect::StandardErrorResponse<CoreErrorResponseType>>) -> SignOnRefusal {
    match error {
        RequestTokenError::ServerResponse(response) => match response.error() {
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                SignOnRefusal::Provider(ProviderFault::WrongClient)
            }
            other => SignOnRefusal::Refused(other.to_string()),
        },
        RequestTokenError::Request(FetchError::TooSlow) => SignOnRefusal::Provider(ProviderFault::TooSlow),
        RequestTokenError::Request(error) => SignOnRefusal::Provider(ProviderFault::Unreachable(error.to_string())),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => SignOnRefusal::Untrue("its answer can't be read".to_owned()),
    }
}
