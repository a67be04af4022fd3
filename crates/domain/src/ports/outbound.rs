//! Outbound: the one way in which the service calls an address that a person typed, and how far it may reach.
//!
//! Such an address is a way into the network that the service stands in: the machine's own ports, the router, a cloud's
//! metadata. So only public addresses are called unless the operator allows others, and the rule is applied to the
//! address that is connected to, after the name was resolved: a name may resolve to anything, and to something else
//! a moment later ([OWASP, SSRF prevention](https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html)).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::BoxFuture;

/// Which addresses may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Reach {
    /// Public ones, by HTTPS.
    #[default]
    Public,
    /// Any, by HTTP too: for an installation whose people are all trusted.
    Anywhere,
}

/// A message to be posted.
#[derive(Clone)]
pub struct Post {
    /// To where.
    pub url: String,
    /// Headers besides the length and the host; names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// How long it may take, from resolving the name to the head of the answer.
    pub timeout: Duration,
    /// Which addresses may be called.
    pub reach: Reach,
}

/// Why there was no answer. The texts hold neither the address nor what came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The address, or one that its name resolves to, may not be called.
    #[error("the address lies in a private network, which is not called from here")]
    Forbidden,
    /// Nobody answered in time, or not in HTTP.
    #[error("there was no answer: {0}")]
    NoAnswer(&'static str),
}

/// Posts messages.
pub trait Sender: Send + Sync {
    /// Posts once and answers with the HTTP status. It follows no redirect, keeps no body of the answer, and connects to no
    /// address that `post.reach` does not [allow](Reach::allows): every one that the name resolves to is asked.
    ///
    /// # Errors
    /// [`SendError`].
    fn post<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Result<u16, SendError>>;
}

/// Why an address is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL of the kind that is called.
    #[error("this is not an address that can be called: write it like https://example.org/hook")]
    Malformed,
    /// Not encrypted.
    #[error("the address must begin with https://")]
    NotHttps,
    /// It lies in a private network.
    #[error("the address lies in a private network, which is not called from here: use a public one")]
    Private,
}

impl Reach {
    /// Whether an IP address may be connected to.
    pub fn allows(self, address: IpAddr) -> bool {
        self == Reach::Anywhere || is_public(address)
    }

    /// Looks at an address before it is kept. It stops mistakes and plain tries early; what a name resolves to is only
    /// known, and asked again, when it is called.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn check_url(self, url: &str) -> Result<(), UrlError> {
        let (encrypted, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(UrlError::Malformed),
        };
        let clean = |c: char| c.is_ascii_graphic() && !"\\\"<>^`{|}".contains(c);
        if url.len() > 2000 || !url.chars().all(clean) {
            return Err(UrlError::Malformed);
        }
        if !encrypted && self == Reach::Public {
            return Err(UrlError::NotHttps);
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host(authority).ok_or(UrlError::Malformed)?;
        if self == Reach::Anywhere {
            return Ok(());
        }
        match host {
            Host::Address(address) if !is_public(address) => Err(UrlError::Private),
            Host::Name(name) if is_local_name(&name) => Err(UrlError::Private),
            _ => Ok(()),
        }
    }
}

enum Host {
    Address(IpAddr),
    Name(String),
}

/// The host of an authority without user and password, with or without a port.
fn host(authority: &str) -> Option<Host> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            (
                Host::Address(IpAddr::V6(address.parse().ok()?)),
                port.strip_prefix(':').or(port.is_empty().then_some("443"))?,
            )
        }
        None => {
            let (name, port) = authority.split_once(':').unwrap_or((authority, "443"));
            (name_or_ipv4(name)?, port)
        }
    };
    let port: u16 = port.bytes().all(|b| b.is_ascii_digit()).then(|| port.parse().ok())??;
    (port > 0).then_some(host)
}

/// A dotted IPv4 address or a name. Other spellings of an address (`0x7f.1`, `2130706433`) are refused: a name never ends
/// in a number ([WHATWG URL, 3.5](https://url.spec.whatwg.org/#ends-in-a-number-checker)).
fn name_or_ipv4(name: &str) -> Option<Host> {
    if let Ok(address) = name.parse::<Ipv4Addr>() {
        return Some(Host::Address(IpAddr::V4(address)));
    }
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    let last = name.rsplit('.').next()?;
    let a_number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    (name.len() <= 253 && name.split('.').all(label) && !a_number).then_some(Host::Name(name))
}

/// Names that are never public (RFC 6761, RFC 6762, RFC 8375 and `.internal`), and those of a single label.
fn is_local_name(name: &str) -> bool {
    const LOCAL: [&str; 7] = [".localhost", ".local", ".internal", ".home.arpa", ".test", ".invalid", ".lan"];
    !name.contains('.') || LOCAL.iter().any(|ending| name.ends_with(ending))
}

/// Whether an address is reachable from everywhere, by IANA's registries of special addresses
/// ([IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry/),
/// [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry/)). An IPv4 address inside an IPv6 one counts as itself.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded =
        |high: u16, low: u16| is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Only 2000::/3 is handed out; within it Teredo and other protocols, benchmarks, documentation and ORCHID are not
        // places to call.
        [first, second, ..] => {
            first & 0xe000 == 0x2000
                && !(first == 0x2001 && second < 0x200)
                && !(first == 0x2001 && second == 0xdb8)
                && !(first == 0x3fff && second < 0x1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_not_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "3fff::1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
            assert!(Reach::Anywhere.allows(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn the_rest_of_the_world_is() {
        for text in [
            "1.1.1.1",
            "9.9.9.9",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "2606:4700::1111",
            "2a01:4f8::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn good_addresses_are_taken() {
        for url in [
            "https://example.org",
            "https://example.org:8443/a/b?c=d#e",
            "https://1.1.1.1/x",
            "https://[2606:4700::1111]:443/",
            "https://EXAMPLE.org./",
        ] {
            assert_eq!(Reach::Public.check_url(url), Ok(()), "{url}");
        }
        assert_eq!(Reach::Anywhere.check_url("http://localhost:3000/hook"), Ok(()));
        assert_eq!(Reach::Anywhere.check_url("http://[::1]:3000/hook"), Ok(()));
    }

    #[test]
    fn private_and_unencrypted_addresses_are_refused_unless_allowed() {
        assert_eq!(Reach::Public.check_url("http://example.org"), Err(UrlError::NotHttps));
        for url in [
            "https://localhost/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://router/",
            "https://a.internal",
            "https://169.254.169.254/latest/meta-data",
            "https://printer.local:631/",
            "https://localhost./",
        ] {
            assert_eq!(Reach::Public.check_url(url), Err(UrlError::Private), "{url}");
        }
    }

    #[test]
    fn what_two_programs_could_read_differently_is_refused() {
        for url in [
            "",
            "example.org",
            "ftp://example.org",
            "https://",
            "https:///x",
            "https://user@example.org/",
            "https://a:b@127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://example.org:0/",
            "https://example.org:99999/",
            "https://example.org:+80/",
            "https://exa mple.org/",
            "https://example.org\\@evil/",
            "https://ex\u{e4}mple.org/",
            "https://[::1/",
            "https://[::1]x/",
            "https://a..b/",
            "https://example.org/\r\nhost: x",
        ] {
            assert_eq!(Reach::Public.check_url(url), Err(UrlError::Malformed), "{url}");
            assert_eq!(Reach::Anywhere.check_url(url), Err(UrlError::Malformed), "{url}");
        }
        let long = format!("https://example.org/{}", "a".repeat(3000));
        assert_eq!(Reach::Public.check_url(&long), Err(UrlError::Malformed));
    }
}
