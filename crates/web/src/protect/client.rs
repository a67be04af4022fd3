//! Where a request comes from: the peer of the connection, or whom a trusted proxy speaks for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;

use crate::WebSettings;
use crate::extract::Client;
use crate::state::Shared;

/// What proxies name those with for whom they speak.
const FORWARDED: [&str; 3] = ["x-forwarded-for", "forwarded", "x-real-ip"];

/// Finds out where a request comes from, for limits and sign-in.
pub(crate) async fn resolve_client(State(web): State<Shared>, mut request: Request, next: Next) -> Response {
    let client = client(peer(&request), request.headers(), &web.settings);
    request.extensions_mut().insert(Client(client));
    next.run(request).await
}

/// Whether the request was made on this machine, and not by a proxy for somebody else.
pub(crate) fn is_local(request: &Request) -> bool {
    let local = peer(request).is_some_and(|peer| peer.is_loopback());
    local && !FORWARDED.iter().any(|&name| request.headers().contains_key(name))
}

fn peer(request: &Request) -> Option<IpAddr> {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    connection.map(|ConnectInfo(address)| address.ip().to_canonical())
}

/// Walks `X-Forwarded-For` from its end, where the nearest proxy wrote, for as long as the one who speaks is trusted. What
/// stands further in front can be written by anybody.
fn client(peer: Option<IpAddr>, headers: &HeaderMap, settings: &WebSettings) -> IpAddr {
    let mut client = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let lines: Vec<&str> =
        headers.get_all(FORWARDED[0]).iter().filter_map(|line| line.to_str().ok()).collect();
    for named in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !settings.trusts(client) {
            break;
        }
        let Some(address) = address(named.trim()) else { break };
        client = address;
    }
    client
}

/// An address with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let settings = WebSettings {
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
            ..WebSettings::default()
        };
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        client(Some(peer.parse().unwrap()), &headers, &settings).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_about_its_own_peer() {
        assert_eq!(seen("203.0.113.9", &[]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"]), "203.0.113.9", "nobody trusts it");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1, 198.51.100.1"]), "198.51.100.1", "the first was made up");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(seen("::1", &["[2001:db8::7]:443"]), "2001:db8::7");
        assert_eq!(seen("::1", &["::ffff:192.0.2.1"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &["unknown"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["10.0.0.7"]), "10.0.0.7", "all of them proxies: the furthest");
    }
}
