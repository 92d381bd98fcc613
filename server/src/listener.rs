//! Connections: accepting them, how long they may take, and bringing them to rest.
//!
//! `axum::serve` has no setting for any of these limits. A proxy in front has limits of its own;
//! these are for the servers that are reached without one. HTTP/1.1 alone: browsers speak HTTP/2
//! over TLS only, which is the proxy's, and to us a proxy speaks 1.1.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, response::Response};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

/// How long a connection may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a request's head may take to arrive. An idle connection waits as long for the
    /// next request.
    pub head: Duration,
    /// How long a client may take nothing of what is sent to it.
    pub write: Duration,
    /// How long what is in flight may take once the server stops.
    pub rest: Duration,
}

impl Default for Limits {
    /// Half a minute for a head and for taking something, and for rest a little more than a request
    /// may take.
    fn default() -> Self {
        Self { head: Duration::from_secs(30), write: Duration::from_secs(30), rest: Duration::from_secs(35) }
    }
}

/// How long to wait when the system gives no more connections, as when files have run out.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// Serves until `stop` resolves, then lets what is in flight finish.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => begin(stream, peer, limits, &http, &router, &connections),
            Err(error) => {
                tracing::warn!(%error, "a connection couldn't be accepted");
                sleep(ACCEPT_AGAIN).await;
            }
        }
    }
    drop(listener);
    if timeout(limits.rest, connections.shutdown()).await.is_err() {
        tracing::warn!("stopping with connections still open");
    }
}

/// Serves one connection in a task of its own.
fn begin(stream: TcpStream, peer: SocketAddr, limits: Limits, http: &http1::Builder, router: &Router, connections: &GracefulShutdown) {
    // Answers are small and whole: waiting for more would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays with Nagle's algorithm");
    }
    let router = router.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let answered = router.clone().oneshot(request.map(Body::new));
        async move { answered.await as Result<Response, Infallible> }
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write));
    let connection = connections.watch(http.serve_connection(TokioIo::new(Box::pin(stream)), service));
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, %peer, "a connection ended early");
        }
    });
}
