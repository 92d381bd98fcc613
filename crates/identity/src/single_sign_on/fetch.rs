//! Talking to an identity provider over HTTP: bounded in time and size, encrypted, and where it says, not where an
//! answer leads (a redirect would let a provider make this server ask anybody).

use std::{sync::OnceLock, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use openidconnect::{
    HttpRequest, HttpResponse,
    http::{Response, Uri},
};
use thiserror::Error;

/// How long a provider may take for one answer.
const TIME_LIMIT: Duration = Duration::from_secs(8);
/// The longest answer: key sets of large providers are a few tens of KiB.
const MAX_BODY: usize = 256 * 1024;

/// Why a provider wasn't heard.
#[derive(Debug, Error)]
pub(crate) enum FetchError {
    /// Neither https nor this machine.
    #[error("{0} isn't encrypted")]
    NotEncrypted(String),
    /// No answer in time.
    #[error("no answer within {} seconds", TIME_LIMIT.as_secs())]
    TooSlow,
    /// No connection, or one that broke.
    #[error("can't be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer is too long, or broke off.
    #[error("its answer is longer than {MAX_BODY} bytes, or broke off")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There are no certificates to check it with.
    #[error("this system has no certificates to check it with")]
    NoRoots(#[source] std::io::Error),
}

type Connected = Client<HttpsConnector<HttpConnector>, Full<bytes::Bytes>>;

/// Made when it is first needed: most installations never ask a provider anything.
static CLIENT: OnceLock<Connected> = OnceLock::new();

fn client() -> Result<&'static Connected, FetchError> {
    if let Some(client) = CLIENT.get() {
        return Ok(client);
    }
    let connector = HttpsConnectorBuilder::new().with_native_roots().map_err(FetchError::NoRoots)?;
    let client = Client::builder(TokioExecutor::new()).build(connector.https_or_http().enable_http1().build());
    Ok(CLIENT.get_or_init(|| client))
}

/// Sends one request and reads the whole answer. Plain http is for a try-out on one machine.
pub(crate) async fn fetch(request: HttpRequest, is_try_out: bool) -> Result<HttpResponse, FetchError> {
    if !is_private(request.uri(), is_try_out) {
        return Err(FetchError::NotEncrypted(request.uri().to_string()));
    }
    let client = client()?;
    let answered = async {
        let response =
            client.request(request.map(|body| Full::new(body.into()))).await.map_err(|error| FetchError::Unreachable(error.into()))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_BODY).collect().await.map_err(FetchError::Unreadable)?;
        Ok(Response::from_parts(parts, body.to_bytes().into()))
    };
    tokio::time::timeout(TIME_LIMIT, answered).await.map_err(|_| FetchError::TooSlow)?
}

/// Whether nobody on the way can listen: https, or this machine where we are tried out on it ourselves. Elsewhere the
/// services that listen on this machine are nobody's business who names a provider.
pub(crate) fn is_private(uri: &Uri, is_try_out: bool) -> bool {
    let is_here = uri.host().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost"));
    match uri.scheme_str() {
        Some("https") => true,
        Some("http") => is_try_out && is_here,
        _ => false,
    }
}
