//! Where a bucket is and how patiently it is spoken to.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use domain::secret::Secret;
use reqwest::Url;

/// A bucket and the key to it.
#[derive(Clone, Debug)]
pub struct BucketConfig {
    /// The S3 address without the bucket, such as `https://ACCOUNT.r2.cloudflarestorage.com`.
    pub endpoint: String,
    /// The bucket's name.
    pub bucket: String,
    /// The region that requests are signed for: `auto` for Cloudflare R2.
    pub region: String,
    /// The key's id.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: Secret,
    /// How patient we are.
    pub patience: Patience,
}

impl BucketConfig {
    /// A bucket of Cloudflare R2. A jurisdiction such as `eu` is part of the account's address.
    pub fn r2(account: &str, jurisdiction: Option<&str>, bucket: &str, id: &str, secret: Secret) -> Self {
        let jurisdiction = jurisdiction.map(|name| format!(".{name}")).unwrap_or_default();
        BucketConfig {
            endpoint: format!("https://{account}{jurisdiction}.r2.cloudflarestorage.com"),
            bucket: bucket.to_owned(),
            region: "auto".to_owned(),
            access_key_id: id.to_owned(),
            secret_access_key: secret,
            patience: Patience::default(),
        }
    }

    /// Checks what would only fail later, and worse.
    ///
    /// # Errors
    /// [`BucketConfigError`] says what to change.
    pub fn validate(&self) -> Result<(), BucketConfigError> {
        self.url()?;
        bucket_name(&self.bucket)?;
        if self.region.is_empty() {
            return Err(BucketConfigError::Empty("region"));
        }
        if self.access_key_id.is_empty() {
            return Err(BucketConfigError::Empty("access_key_id"));
        }
        if self.secret_access_key.expose().is_empty() {
            return Err(BucketConfigError::Empty("secret_access_key"));
        }
        Ok(())
    }

    /// The endpoint, if pictures may be sent there: encrypted, or on this very machine.
    pub(super) fn url(&self) -> Result<Url, BucketConfigError> {
        let url: Url =
            self.endpoint.parse().map_err(|_| BucketConfigError::Endpoint(self.endpoint.clone()))?;
        let host = url.host_str().ok_or_else(|| BucketConfigError::Endpoint(self.endpoint.clone()))?;
        let named = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        match url.scheme() {
            "https" if named => Ok(url),
            "http" if named && is_loopback(host) => Ok(url),
            "http" if named => Err(BucketConfigError::NotEncrypted(host.to_owned())),
            _ => Err(BucketConfigError::Endpoint(self.endpoint.clone())),
        }
    }

    /// Whether the storage is on this very machine.
    pub fn is_local(&self) -> bool {
        self.url().ok().and_then(|url| url.host_str().map(is_loopback)).unwrap_or(false)
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The rules of bucket names that every S3 server has in common.
fn bucket_name(name: &str) -> Result<(), BucketConfigError> {
    let good = (3..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
        && !name.starts_with(['-', '.'])
        && !name.ends_with(['-', '.'])
        && !name.contains("..");
    if good { Ok(()) } else { Err(BucketConfigError::Name(name.to_owned())) }
}

/// How long a bucket is waited for, and how often it is asked again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long connecting may take.
    pub connect: Duration,
    /// How long nothing may come, or be taken, on an open connection.
    pub silence: Duration,
    /// How often a request is tried in all.
    pub tries: u32,
    /// The pause after a first failure; it doubles from one to the next.
    pub pause: Duration,
}

impl Default for Patience {
    /// 5 s to connect, 30 s of silence, five tries within about three seconds: a bucket may allow one write a second to
    /// one key.
    fn default() -> Self {
        Patience {
            connect: Duration::from_secs(5),
            silence: Duration::from_secs(30),
            tries: 5,
            pause: Duration::from_millis(200),
        }
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tries from {:?} on, {:?} of silence", self.tries, self.pause, self.silence)
    }
}

/// A bucket that can't be used as it is configured. The operator's turn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BucketConfigError {
    /// Not an address.
    #[error(
        "storage: the endpoint {0} is no address: write https:// and the host, without a path's query or a password"
    )]
    Endpoint(String),
    /// Pictures would go through the network in the clear.
    #[error(
        "storage: {0} would be sent pictures unencrypted: use https (http is for this very machine alone)"
    )]
    NotEncrypted(String),
    /// Not a bucket's name.
    #[error(
        "storage: {0} can't be a bucket's name: 3 to 63 lower-case letters, digits, hyphens and single dots"
    )]
    Name(String),
    /// Something is missing.
    #[error("storage: {0} is missing")]
    Empty(&'static str),
    /// The program can't speak TLS on this machine.
    #[error("storage: no client can be made: {0}")]
    Client(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(endpoint: &str) -> BucketConfig {
        let r2 = BucketConfig::r2("0123abcd", None, "pictures", "id", Secret::new("secret"));
        BucketConfig { endpoint: endpoint.to_owned(), ..r2 }
    }

    #[test]
    fn pictures_go_through_a_network_encrypted_or_not_at_all() {
        for good in
            ["https://s3.example.org", "http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:1"]
        {
            assert_eq!(at(good).validate(), Ok(()), "{good}");
        }
        for bad in [
            "http://s3.example.org",
            "http://10.0.0.1",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
        ] {
            assert!(matches!(at(bad).validate(), Err(BucketConfigError::NotEncrypted(_))), "{bad}");
        }
        for bad in [
            "",
            "s3.example.org",
            "ftp://s3.example.org",
            "https://me:secret@s3.example.org",
            "https://x.org?a=b",
        ] {
            assert!(matches!(at(bad).validate(), Err(BucketConfigError::Endpoint(_))), "{bad}");
        }
    }

    #[test]
    fn the_address_of_r2_follows_from_the_account() {
        let eu = BucketConfig::r2("0123abcd", Some("eu"), "pictures", "id", Secret::new("secret"));
        assert_eq!(eu.endpoint, "https://0123abcd.eu.r2.cloudflarestorage.com");
        assert_eq!(eu.validate(), Ok(()));
        assert!(!format!("{eu:?}").contains("\"secret\""));
    }

    #[test]
    fn what_is_missing_or_no_name_is_said() {
        for name in ["", "ab", "Pictures", "a/b", "-abc", "a..b", &"x".repeat(64)] {
            let config = BucketConfig { bucket: name.to_owned(), ..at("https://s3.example.org") };
            assert!(matches!(config.validate(), Err(BucketConfigError::Name(_))), "{name}");
        }
        let config = BucketConfig { secret_access_key: Secret::new(""), ..at("https://s3.example.org") };
        assert_eq!(config.validate(), Err(BucketConfigError::Empty("secret_access_key")));
    }
}
