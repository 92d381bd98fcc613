//! The listener, over real sockets on loopback.

use std::time::Duration;

use axum::{Router, routing::get};
use countersign_server::listener::{Limits, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    time::timeout,
};

/// Longer than anything here takes, so that a fault fails a test instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(20);

async fn read_all(mut stream: TcpStream) -> String {
    let mut read = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut read)).await.unwrap().unwrap();
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn a_head_that_never_ends_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits { head: Duration::from_millis(100), ..Limits::default() };
    let server = tokio::spawn(serve(listener, Router::new(), limits, std::future::pending()));
    for said in ["", "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let answer = read_all(stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    server.abort();
}

#[tokio::test]
async fn stopping_finishes_what_is_in_flight_and_takes_nothing_new() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, go_on) = (std::sync::Arc::new(Notify::new()), std::sync::Arc::new(Notify::new()));
    let slow = {
        let (asked, go_on) = (asked.clone(), go_on.clone());
        move || async move {
            asked.notify_one();
            go_on.notified().await;
            "finished"
        }
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let router = Router::new().route("/slow", get(slow));
    let server = tokio::spawn(serve(listener, router, Limits::default(), async { drop(stopped.await) }));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    timeout(PATIENCE, asked.notified()).await.unwrap();
    stop.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.notify_one();
    assert!(read_all(stream).await.ends_with("finished"));
    timeout(PATIENCE, server).await.unwrap().unwrap();
}

#[tokio::test]
async fn stopping_doesn_t_wait_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = std::sync::Arc::new(Notify::new());
    let stuck = {
        let asked = asked.clone();
        move || async move {
            asked.notify_one();
            std::future::pending::<()>().await;
        }
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let limits = Limits { rest: Duration::from_millis(100), ..Limits::default() };
    let server = tokio::spawn(serve(listener, Router::new().route("/stuck", get(stuck)), limits, async { drop(stopped.await) }));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /stuck HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    timeout(PATIENCE, asked.notified()).await.unwrap();
    stop.send(()).unwrap();
    timeout(PATIENCE, server).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = std::sync::Arc::new(Notify::new());
    let much = {
        let asked = asked.clone();
        move || async move {
            asked.notify_one();
            vec![b'x'; 64 * 1024 * 1024]
        }
    };
    let router = Router::new().route("/much", get(much));
    let limits = Limits { write: Duration::from_millis(100), ..Limits::default() };
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, router, limits, async { drop(stopped.await) }));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    timeout(PATIENCE, asked.notified()).await.unwrap();
    stop.send(()).unwrap();
    // Rest would wait for it longer than this test does.
    timeout(PATIENCE, server).await.unwrap().unwrap();
    drop(stream);
}
