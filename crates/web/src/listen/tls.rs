//! TLS: with a certificate of one's own or one that is fetched, by rustls and ring.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use rustls_acme::caches::DirCache;
use rustls_acme::{AcmeConfig, is_tls_alpn_challenge};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{Acceptor as Hello, ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

use super::{ListenError, Tls};

/// How often files are looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What connections are encrypted with.
#[derive(Clone)]
pub(super) enum Encryption {
    None,
    Files { acceptor: Acceptor, files: Arc<Files> },
    Acme { acceptor: Acceptor, domains: Arc<AcmeSettings> },
}

/// Shakes hands.
#[derive(Clone)]
pub(super) struct Acceptor {
    usual: Arc<ServerConfig>,
    /// For the authority's look at the door, where there is one.
    challenge: Option<Arc<ServerConfig>>,
}

impl Acceptor {
    /// Shakes hands; `None` with an authority that has seen what it wanted.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<Option<TlsStream<TcpStream>>> {
        let hello = LazyConfigAcceptor::new(Hello::default(), stream).await?;
        match &self.challenge {
            Some(challenge) if is_tls_alpn_challenge(&hello.client_hello()) => {
                hello.into_stream(Arc::clone(challenge)).await?.shutdown().await?;
                Ok(None)
            }
            _ => hello.into_stream(Arc::clone(&self.usual)).await.map(Some),
        }
    }
}

impl Encryption {
    pub(super) fn new(tls: &Tls) -> Result<Self, ListenError> {
        match tls {
            Tls::None => Ok(Encryption::None),
            Tls::Files { certificate, key } => {
                let files = Arc::new(Files::read(certificate.clone(), key.clone())?);
                let usual = Arc::new(server(Arc::clone(&files) as Arc<dyn ResolvesServerCert>)?);
                Ok(Encryption::Files { acceptor: Acceptor { usual, challenge: None }, files })
            }
            Tls::Acme { domains, contact, cache, directory, root } => {
                acme(domains, contact.as_deref(), cache, directory.as_deref(), root.as_deref())
            }
        }
    }

    /// What shakes hands, if it is encrypted at all.
    pub(super) fn acceptor(&self) -> Option<&Acceptor> {
        match self {
            Encryption::None => None,
            Encryption::Files { acceptor, .. } | Encryption::Acme { acceptor, .. } => Some(acceptor),
        }
    }

    /// Keeps the certificate fresh, in a task of its own.
    pub(super) fn keep_fresh(&self) -> Option<JoinHandle<()>> {
        match self {
            Encryption::None => None,
            Encryption::Files { files, .. } => {
                let files = Arc::clone(files);
                Some(tokio::spawn(async move {
                    loop {
                        tokio::time::sleep(LOOK_AGAIN).await;
                        files.look_again();
                    }
                }))
            }
            Encryption::Acme { domains, .. } => domains.take().map(|mut state| {
                tokio::spawn(async move {
                    while let Some(event) = state.next().await {
                        match event {
                            Ok(event) => tracing::info!(?event, "certificate"),
                            Err(error) => tracing::error!(%error, "a certificate could not be fetched"),
                        }
                    }
                })
            }),
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// TLS 1.2 and 1.3, HTTP/2 before HTTP/1.1.
fn server(certificates: Arc<dyn ResolvesServerCert>) -> Result<ServerConfig, ListenError> {
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| ListenError::Acme(error.to_string()))?;
    let mut config = config.with_no_client_auth().with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// A certificate and its key in files, as they were last read.
#[derive(Debug)]
pub(super) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    read: RwLock<(Option<SystemTime>, Arc<CertifiedKey>)>,
}

impl Files {
    fn read(certificate: PathBuf, key: PathBuf) -> Result<Self, ListenError> {
        let changed = changed(&certificate, &key);
        let read = load(&certificate, &key)?;
        Ok(Files { certificate, key, read: RwLock::new((changed, Arc::new(read))) })
    }

    /// Reads them again if they changed. Where that fails the former certificate stays: half a renewal is no reason to close.
    fn look_again(&self) {
        let now = changed(&self.certificate, &self.key);
        if now == self.read.read().unwrap_or_else(PoisonError::into_inner).0 {
            return;
        }
        match load(&self.certificate, &self.key) {
            Ok(fresh) => {
                *self.read.write().unwrap_or_else(PoisonError::into_inner) = (now, Arc::new(fresh));
                tracing::info!("the TLS certificate was read again");
            }
            Err(error) => {
                tracing::error!(%error, "the TLS certificate has changed, and the former one stays")
            }
        }
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.read.read().unwrap_or_else(PoisonError::into_inner).1))
    }
}

/// When the later of the two was changed.
fn changed(certificate: &Path, key: &Path) -> Option<SystemTime> {
    let of = |path: &Path| std::fs::metadata(path).and_then(|data| data.modified()).ok();
    of(certificate).max(of(key))
}

fn load(certificate: &Path, key: &Path) -> Result<CertifiedKey, ListenError> {
    let wrong = |file: &Path, reason: String| ListenError::Certificate { file: file.to_owned(), reason };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "there is no certificate in it: it has to be in PEM".into()));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, error.to_string()))?;
    let secret = provider().key_provider.load_private_key(secret);
    let secret = secret.map_err(|error| wrong(key, error.to_string()))?;
    let certified = CertifiedKey::new(chain, secret);
    certified
        .keys_match()
        .map_err(|error| wrong(key, format!("it is not the certificate's key: {error}")))?;
    Ok(certified)
}

type AcmeState = rustls_acme::AcmeState<io::Error>;

/// The fetching of a certificate, until a task takes it on.
pub(super) struct AcmeSettings(std::sync::Mutex<Option<AcmeState>>);

impl AcmeSettings {
    fn take(&self) -> Option<AcmeState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn acme(
    domains: &[String],
    contact: Option<&str>,
    cache: &Path,
    directory: Option<&str>,
    root: Option<&Path>,
) -> Result<Encryption, ListenError> {
    if domains.is_empty() {
        return Err(ListenError::Acme("name at least one domain".into()));
    }
    let mut config = AcmeConfig::new_with_provider(domains, provider());
    if let Some(root) = root {
        config = config.client_tls_config(Arc::new(trusting(root)?));
    }
    config = match directory {
        Some(directory) => config.directory(directory),
        None => config.directory_lets_encrypt(true),
    };
    if let Some(contact) = contact {
        config = config.contact_push(format!("mailto:{contact}"));
    }
    private(cache)
        .map_err(|error| ListenError::Acme(format!("{} can't be made: {error}", cache.display())))?;
    let state = config.cache(DirCache::new(cache.to_owned())).state();
    let usual = Arc::new(server(state.resolver())?);
    let challenge = Some(state.challenge_rustls_config());
    let domains = Arc::new(AcmeSettings(std::sync::Mutex::new(Some(state))));
    Ok(Encryption::Acme { acceptor: Acceptor { usual, challenge }, domains })
}

/// Makes the folder in which keys will lie, for its owner alone.
fn private(folder: &Path) -> io::Result<()> {
    let mut maker = std::fs::DirBuilder::new();
    maker.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    maker.create(folder)
}

/// A client that knows an authority by one root alone.
fn trusting(root: &Path) -> Result<ClientConfig, ListenError> {
    let wrong = |reason: String| ListenError::Certificate { file: root.to_owned(), reason };
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(root).map_err(|error| wrong(error.to_string()))?;
    roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a certificate for `name` and its key; says what the certificate is.
    fn write(folder: &Path, name: &str) -> (PathBuf, PathBuf, Vec<u8>) {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        (certificate, key, made.cert.der().to_vec())
    }

    #[test]
    fn a_certificate_that_changes_is_read_again_and_half_a_change_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key, first) = write(folder.path(), "one.example");
        let files = Files::read(certificate.clone(), key.clone()).unwrap();
        let served = |files: &Files| files.read.read().unwrap().1.cert[0].to_vec();
        assert_eq!(served(&files), first);

        let later = SystemTime::now() + Duration::from_secs(10);
        let touch =
            |path: &Path| std::fs::File::options().write(true).open(path).unwrap().set_modified(later);
        std::fs::write(&key, "half").unwrap();
        touch(&key).unwrap();
        files.look_again();
        assert_eq!(served(&files), first, "the former one stays");

        let (_, _, second) = write(folder.path(), "two.example");
        files.look_again();
        assert_eq!(served(&files), second);
    }

    #[test]
    fn files_that_can_t_be_used_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key, _) = write(folder.path(), "one.example");
        let other = tempfile::tempdir().unwrap();
        let (_, foreign, _) = write(other.path(), "two.example");
        let tls = |certificate: &Path, key: &Path| {
            let tls = Tls::Files { certificate: certificate.to_owned(), key: key.to_owned() };
            Encryption::new(&tls).err().unwrap().to_string()
        };
        assert!(tls(&certificate, &foreign).contains("not the certificate's key"));
        assert!(tls(&key, &key).contains("no certificate"));
        assert!(tls(Path::new("missing.pem"), &key).contains("missing.pem"));
    }
}
