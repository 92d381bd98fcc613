//! Whose request it is, by network address: for people to recognise, never to block by.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use countersign_app::ssr::ClientAddress;
use http::{Extensions, HeaderMap};

use crate::router::AppState;

/// Notes the client's address for the audit log and the Security page.
pub async fn note(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let address = of(request.extensions(), request.headers(), &state);
    request.extensions_mut().insert(address);
    next.run(request).await
}

/// The client's address.
pub fn of(extensions: &Extensions, headers: &HeaderMap, state: &AppState) -> ClientAddress {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let address = peer.map(|peer| client(peer, headers, &state.trusted_proxies));
    ClientAddress(address.map(|address| address.to_string()).unwrap_or_default())
}

/// The right-most address of `X-Forwarded-For` that isn't one of our proxies; only they are
/// believed, and only about who spoke to them.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let forwarded: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
    for hop in forwarded.iter().rev() {
        match hop.trim().parse::<IpAddr>() {
            Ok(address) if trusted.contains(&address.to_canonical()) => {}
            Ok(address) => return address.to_canonical(),
            // Beyond a hop that can't be read, nothing is known.
            Err(_) => return peer,
        }
    }
    peer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let stranger: IpAddr = "192.0.2.7".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9, 198.51.100.4".parse().unwrap());
        assert_eq!(client(stranger, &headers, &[proxy]), stranger);
        assert_eq!(client(proxy, &headers, &[proxy]).to_string(), "198.51.100.4");
        headers.insert("x-forwarded-for", "203.0.113.9, nonsense".parse().unwrap());
        assert_eq!(client(proxy, &headers, &[proxy]), proxy);
    }
}
