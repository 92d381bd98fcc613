//! The one way from a page to the server: every server function is called through here.
//!
//! It adds what each call needs (JSON, no cache, this site's cookie only, a time limit), says
//! [`AppError::Offline`] when no answer of ours comes back, and lets an act's refusal through as
//! the value it is, whatever its HTTP status.

use std::time::Duration;

use futures::{Sink, Stream, sink, stream};
use gloo_net::http::{Request, RequestBuilder, Response};
use http::Method;
use leptos::prelude::{TimeoutHandle, set_timeout_with_handle};
use send_wrapper::SendWrapper;
use server_fn::{Bytes, client::Client, request::ClientReq, response::ClientRes};
use web_sys::{AbortController, FormData, RequestCache, RequestCredentials};

use crate::error::AppError;

/// How long to wait for an answer: longer than the server's own limit, so that its words win.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// The header that marks the body of a 4xx as an `Answer`.
const ANSWER_HEADER: &str = "countersign-answer";

/// Calls server functions with the browser's `fetch`.
#[derive(Debug)]
pub struct ApiClient;

impl Client<AppError> for ApiClient {
    type Request = ApiRequest;
    type Response = ApiResponse;

    fn send(request: ApiRequest) -> impl Future<Output = Result<ApiResponse, AppError>> + Send {
        SendWrapper::new(async move {
            let Call { request, limit } = request.0.take();
            let response = request.send().await.map_err(|_| AppError::Offline)?;
            // A proxy's or a captive portal's page isn't our server.
            let is_ours = response.headers().get("Content-Type").is_some_and(|kind| kind.starts_with("application/json"));
            if !is_ours {
                return Err(AppError::Offline);
            }
            let is_refusal = response.headers().get(ANSWER_HEADER).is_some_and(|value| value == "refused");
            Ok(ApiResponse(SendWrapper::new(Reply { response, is_refusal, limit })))
        })
    }

    async fn open_websocket(
        _path: &str,
    ) -> Result<(impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static, impl Sink<Bytes> + Send + 'static), AppError> {
        Err::<(stream::Empty<_>, sink::Drain<Bytes>), _>(AppError::BadRequest)
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        leptos::task::spawn_local(future);
    }
}

/// A call on its way out.
pub struct ApiRequest(SendWrapper<Call>);

struct Call {
    request: Request,
    limit: TimeLimit,
}

/// Aborts a call that takes too long, or that nobody waits for any more. It travels with the
/// response, because its body may still be on the way; aborting a finished call does nothing.
struct TimeLimit {
    controller: AbortController,
    timer: Option<TimeoutHandle>,
}

impl Drop for TimeLimit {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            timer.clear();
        }
        self.controller.abort();
    }
}

impl TimeLimit {
    fn start() -> Result<Self, AppError> {
        let controller = AbortController::new().map_err(|_| AppError::Offline)?;
        let late = controller.clone();
        let timer = set_timeout_with_handle(move || late.abort(), TIME_LIMIT).ok();
        Ok(Self { controller, timer })
    }
}

impl ApiRequest {
    fn new(
        method: Method,
        path: &str,
        accepts: &str,
        build: impl FnOnce(RequestBuilder) -> Result<Request, gloo_net::Error>,
    ) -> Result<Self, AppError> {
        let limit = TimeLimit::start()?;
        let request = RequestBuilder::new(path)
            .method(method)
            .header("Accept", accepts)
            .cache(RequestCache::NoStore)
            .credentials(RequestCredentials::SameOrigin)
            .abort_signal(Some(&limit.controller.signal()));
        let request = build(request).map_err(|_| AppError::BadRequest)?;
        Ok(Self(SendWrapper::new(Call { request, limit })))
    }
}

/// A form as `fetch` could send it. Our forms are sent as their server function's arguments, so
/// nothing reads it.
pub struct UnusedForm;

impl From<FormData> for UnusedForm {
    fn from(_: FormData) -> Self {
        Self
    }
}

impl ClientReq<AppError> for ApiRequest {
    type FormData = UnusedForm;

    fn try_new_req_query(path: &str, _content_type: &str, accepts: &str, query: &str, method: Method) -> Result<Self, AppError> {
        if query.is_empty() {
            Self::new(method, path, accepts, RequestBuilder::build)
        } else {
            Self::new(method, &[path, query].join("?"), accepts, RequestBuilder::build)
        }
    }

    fn try_new_req_text(path: &str, content_type: &str, accepts: &str, body: String, method: Method) -> Result<Self, AppError> {
        Self::new(method, path, accepts, |request| request.header("Content-Type", content_type).body(body))
    }

    // No endpoint takes any of these.

    fn try_new_req_bytes(_: &str, _: &str, _: &str, _: Bytes, _: Method) -> Result<Self, AppError> {
        Err(AppError::BadRequest)
    }

    fn try_new_req_form_data(_: &str, _: &str, _: &str, _: UnusedForm, _: Method) -> Result<Self, AppError> {
        Err(AppError::BadRequest)
    }

    fn try_new_req_multipart(_: &str, _: &str, _: UnusedForm, _: Method) -> Result<Self, AppError> {
        Err(AppError::BadRequest)
    }

    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl Stream<Item = Bytes> + Send + 'static,
        _: Method,
    ) -> Result<Self, AppError> {
        Err(AppError::BadRequest)
    }
}

/// An answer on its way in.
pub struct ApiResponse(SendWrapper<Reply>);

struct Reply {
    response: Response,
    is_refusal: bool,
    #[expect(dead_code, reason = "held until the body has been read")]
    limit: TimeLimit,
}

impl ClientRes<AppError> for ApiResponse {
    fn try_into_string(self) -> impl Future<Output = Result<String, AppError>> + Send {
        SendWrapper::new(async move { self.0.response.text().await.map_err(|_| AppError::Offline) })
    }

    fn try_into_bytes(self) -> impl Future<Output = Result<Bytes, AppError>> + Send {
        SendWrapper::new(async move { self.0.response.binary().await.map(Bytes::from).map_err(|_| AppError::Offline) })
    }

    fn try_into_stream(self) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, AppError> {
        Err::<stream::Empty<_>, _>(AppError::BadRequest)
    }

    /// The status, except that an act's refusal counts as 200: its body is a value.
    fn status(&self) -> u16 {
        if self.0.is_refusal { 200 } else { self.0.response.status() }
    }

    fn status_text(&self) -> String {
        self.0.response.status_text()
    }

    fn location(&self) -> String {
        self.0.response.url()
    }

    /// Acts name the next page in their answer, never in a header.
    fn has_redirect(&self) -> bool {
        false
    }
}
