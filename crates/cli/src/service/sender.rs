//! Posting webhooks to addresses that people typed. The address that is connected to is asked about after its name was resolved, so
//! that no name leads into the network that the service stands in.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;

use domain::ports::BoxFuture;
use domain::ports::outbound::{Post, Reach, SendError, Sender};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// Posts by HTTP. A client for each reach, made when first needed: most installations post nothing.
pub(super) struct HttpSender {
    public: OnceLock<Option<Client>>,
    anywhere: OnceLock<Option<Client>>,
}

impl HttpSender {
    pub(super) fn new() -> Self {
        HttpSender { public: OnceLock::new(), anywhere: OnceLock::new() }
    }

    fn client(&self, reach: Reach) -> Option<&Client> {
        let place = match reach {
            Reach::Public => &self.public,
            Reach::Anywhere => &self.anywhere,
        };
        place.get_or_init(|| client(reach)).as_ref()
    }
}

/// A client that follows nobody elsewhere and speaks through no proxy, which would resolve names by itself.
fn client(reach: Reach) -> Option<Client> {
    web::listen::install_crypto_provider();
    let client = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .https_only(reach == Reach::Public)
        .dns_resolver(Guarded(reach))
        .user_agent(concat!("covershots/", env!("CARGO_PKG_VERSION")))
        .pool_max_idle_per_host(0)
        .build();
    client.inspect_err(|error| tracing::error!(%error, "webhooks can't be posted")).ok()
}

/// Resolves names, and fails when any of a name's addresses may not be called.
#[derive(Clone, Copy)]
struct Guarded(Reach);

/// What the resolver fails with.
#[derive(Debug, thiserror::Error)]
#[error("an address in a private network")]
struct PrivateAddress;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !found.iter().all(|address| reach.allows(address.ip())) {
                return Err(PrivateAddress.into());
            }
            if found.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl Sender for HttpSender {
    fn post<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Result<u16, SendError>> {
        Box::pin(async move {
            let url: Url = post.url.parse().map_err(|_| SendError::NoAnswer("the address can't be read"))?;
            // A name is asked about when it is resolved; an address is none.
            let address = url.host_str().map(|host| host.trim_matches(['[', ']']));
            let address = address.and_then(|host| host.parse::<IpAddr>().ok());
            if address.is_some_and(|address| !post.reach.allows(address)) {
                return Err(SendError::Forbidden);
            }
            let client =
                self.client(post.reach).ok_or(SendError::NoAnswer("nothing can be posted from here"))?;
            let mut request = client.post(url).timeout(post.timeout).body(post.body.clone());
            for (name, value) in &post.headers {
                request = request.header(*name, value);
            }
            request.send().await.map(|answer| answer.status().as_u16()).map_err(|error| failure(&error))
        })
    }
}

/// In words that hold neither the address nor what came back.
fn failure(error: &reqwest::Error) -> SendError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<PrivateAddress>() {
            return SendError::Forbidden;
        }
        cause = error.source();
    }
    SendError::NoAnswer(match error {
        error if error.is_timeout() => "it took too long",
        error if error.is_connect() => "nobody can be reached there",
        _ => "the other side did not speak HTTP to its end",
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn post(url: String, reach: Reach) -> Post {
        let headers = vec![("webhook-id", "1".to_owned()), ("content-type", "application/json".to_owned())];
        Post { url, headers, body: "{}".into(), timeout: Duration::from_secs(10), reach }
    }

    /// Answers one request with `answer`, and tells what was asked.
    async fn receiver(answer: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            while !seen.ends_with(b"{}") {
                let mut piece = [0; 1024];
                let count = stream.read(&mut piece).await.unwrap();
                seen.extend_from_slice(&piece[..count]);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(seen).unwrap()
        });
        (port, served)
    }

    #[tokio::test]
    async fn a_message_arrives_with_its_headers_and_no_redirect_is_followed() {
        let (port, served) =
            receiver("HTTP/1.1 302 Found\r\nlocation: http://localhost:1/\r\ncontent-length: 0\r\n\r\n")
                .await;
        let url = format!("http://localhost:{port}/hook");
        assert_eq!(HttpSender::new().post(&post(url, Reach::Anywhere)).await, Ok(302));
        let seen = served.await.unwrap();
        assert!(seen.starts_with("POST /hook HTTP/1.1") && seen.contains("webhook-id: 1"), "{seen}");
    }

    #[tokio::test]
    async fn a_name_or_an_address_in_a_private_network_is_not_called() {
        let sender = HttpSender::new();
        for url in ["https://localhost/hook", "https://127.0.0.1/hook", "https://[::1]/hook"] {
            let answer = sender.post(&post(url.into(), Reach::Public)).await;
            assert_eq!(answer, Err(SendError::Forbidden), "{url}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_told_without_the_address() {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}/");
        let answer = HttpSender::new().post(&post(url, Reach::Anywhere)).await;
        assert_eq!(answer, Err(SendError::NoAnswer("nobody can be reached there")));
    }
}
