//! Where pictures lie: a folder on this machine, or a bucket. The bucket's key comes from the environment alone, so that no
//! secret stands in a file that is copied around.

use std::sync::Arc;

use domain::ports::objects::{Objects, ObjectsError};
use domain::retention::Retention;
use domain::secret::Secret;
use serde::Deserialize;
use storage::{Bucket, BucketConfig, Finding, Folder, FolderConfig};

use super::data::DataFolder;
use crate::exit::Failure;

/// The key with which the service works: it may read and write objects.
const KEY: (&str, &str) = ("R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY");
/// The key with which rules are written and read: it may change the bucket.
const ADMIN_KEY: (&str, &str) = ("R2_ADMIN_ACCESS_KEY_ID", "R2_ADMIN_SECRET_ACCESS_KEY");

/// Which bucket, if any.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StorageSection {
    pub(crate) bucket: Option<String>,
    pub(crate) r2_account: Option<String>,
    pub(crate) r2_jurisdiction: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) region: String,
}

impl Default for StorageSection {
    fn default() -> Self {
        StorageSection {
            bucket: None,
            r2_account: None,
            r2_jurisdiction: None,
            endpoint: None,
            region: "auto".into(),
        }
    }
}

/// A variable of the environment; empty is none.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl StorageSection {
    /// The same as variables of the environment change it.
    pub(crate) fn decided(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        for (field, name) in [
            (&mut self.bucket, "R2_BUCKET"),
            (&mut self.r2_account, "R2_ACCOUNT_ID"),
            (&mut self.r2_jurisdiction, "R2_JURISDICTION"),
            (&mut self.endpoint, "S3_ENDPOINT"),
        ] {
            if let Some(value) = variable(name) {
                *field = Some(value);
            }
        }
        if let Some(region) = variable("S3_REGION") {
            self.region = region;
        }
        self
    }

    /// The bucket with one of its keys; `None` where a folder is meant.
    fn bucket(
        &self,
        variable: impl Fn(&str) -> Option<String>,
        admin: bool,
    ) -> Result<Option<BucketConfig>, String> {
        let StorageSection { bucket, r2_account, r2_jurisdiction, endpoint, region } = self;
        let Some(bucket) = bucket else {
            if r2_account.is_some() || endpoint.is_some() {
                return Err("storage: the bucket is missing: name it in storage.bucket or R2_BUCKET".into());
            }
            return Ok(None);
        };
        let pair = |(id, secret): (&str, &str)| Some((variable(id)?, variable(secret)?));
        let key = admin.then(|| pair(ADMIN_KEY)).flatten().or_else(|| pair(KEY));
        let (id, secret) = key.ok_or(format!("storage: the key is missing: set {} and {}", KEY.0, KEY.1))?;
        let secret = Secret::new(secret);
        let mut config = match (r2_account, endpoint) {
            (Some(account), None) => {
                BucketConfig::r2(account, r2_jurisdiction.as_deref(), bucket, &id, secret)
            }
            (None, Some(endpoint)) => {
                let mut config = BucketConfig::r2("", None, bucket, &id, secret);
                config.endpoint.clone_from(endpoint);
                config
            }
            _ => {
                return Err(
                    "storage: give either r2_account (R2_ACCOUNT_ID) or endpoint (S3_ENDPOINT)".into()
                );
            }
        };
        config.region.clone_from(region);
        config.validate().map_err(|error| error.to_string())?;
        Ok(Some(config))
    }

    /// Whether it is a bucket of Cloudflare's.
    pub(crate) fn is_r2(&self) -> bool {
        self.r2_account.is_some()
    }

    /// The address of the bucket's server, for pages that show pictures from there; `None` for a folder.
    pub(crate) fn origin(&self) -> Option<String> {
        let bucket = self.bucket.as_deref()?;
        match (&self.r2_account, &self.endpoint) {
            (Some(account), None) => {
                let jurisdiction = self.r2_jurisdiction.as_deref();
                Some(BucketConfig::r2(account, jurisdiction, bucket, "", Secret::new("")).endpoint)
            }
            (None, Some(endpoint)) => Some(endpoint.trim_end_matches('/').to_owned()),
            _ => None,
        }
    }
}

/// Where pictures lie, opened.
#[derive(Clone)]
pub(crate) enum Storage {
    /// In a folder of this machine.
    Folder(Folder),
    /// In a bucket.
    Bucket {
        /// With the key of the service.
        bucket: Bucket,
        /// With the key that may read and change rules, where there is one; else the same.
        rules: Bucket,
        /// How it is told: the server and the bucket's name.
        name: String,
    },
}

impl Storage {
    pub(super) fn open(section: &StorageSection, folder: &DataFolder) -> Result<Self, Failure> {
        let Some(config) = section.bucket(environment, false).map_err(Failure::usage)? else {
            let objects = Folder::open(&FolderConfig::new(folder.objects()?));
            return Ok(Storage::Folder(objects.map_err(|error| {
                Failure::machine(format_args!("the folder of the pictures can't be opened: {error}"))
            })?));
        };
        let admin = section.bucket(environment, true).map_err(Failure::usage)?;
        let name = format!("{}/{}", config.endpoint.trim_end_matches('/'), config.bucket);
        let open = |config: &BucketConfig| Bucket::new(config).map_err(Failure::usage);
        let bucket = open(&config)?;
        let rules = admin.as_ref().map_or_else(|| Ok(bucket.clone()), open)?;
        Ok(Storage::Bucket { bucket, rules, name })
    }

    /// As the port has it.
    pub(crate) fn objects(&self) -> Arc<dyn Objects> {
        match self {
            Storage::Folder(folder) => Arc::new(folder.clone()),
            Storage::Bucket { bucket, .. } => Arc::new(bucket.clone()),
        }
    }

    /// What can be verified about deletion before anybody is served: words for the log.
    ///
    /// # Errors
    /// A bucket whose rules can be read and are not those of the policy.
    pub(crate) async fn verified(&self, retention: &Retention) -> Result<String, Failure> {
        let Storage::Bucket { rules, name, .. } = self else {
            return Ok(
                "pictures lie in a folder of this machine; this program deletes what is over, every minute"
                    .into(),
            );
        };
        match rules.lifecycle().await {
            Ok(lifecycle) => {
                let (broken, odd): (Vec<Finding>, Vec<Finding>) =
                    lifecycle.findings(retention).into_iter().partition(Finding::is_broken_promise);
                for finding in odd {
                    tracing::warn!(%finding, "the bucket deletes sooner than people are told");
                }
                if let Some(first) = broken.first() {
                    return Err(Failure::usage(format_args!(
                        "the policy promises what {name} does not do: {first}. Run `covershots retention apply` once, with a key that may change the bucket ({}, {})",
                        ADMIN_KEY.0, ADMIN_KEY.1
                    )));
                }
                Ok(format!(
                    "{name} deletes what is over by its own rules, as the policy says; so does this program, every minute"
                ))
            }
            Err(ObjectsError::Refused { reason }) => Ok(format!(
                "this program deletes what is over in {name}, every minute; whether the bucket's own rules would, too, its key may not see ({reason}): `covershots retention check` shows it with one that may"
            )),
            Err(error) => {
                tracing::error!(error = error_with_cause(&error), "the bucket can't be reached");
                Ok(format!("{name} does not answer: nothing could be verified"))
            }
        }
    }
}

/// An error with its first cause, in which no address stands.
fn error_with_cause(error: &ObjectsError) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> + Copy {
        |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn r2_is_four_variables() {
        let set = variables(&[
            ("R2_ACCOUNT_ID", "0123abcd"),
            ("R2_BUCKET", "pictures"),
            ("R2_ACCESS_KEY_ID", "id"),
            ("R2_SECRET_ACCESS_KEY", "secret"),
            ("R2_ADMIN_ACCESS_KEY_ID", "admin"),
            ("R2_ADMIN_SECRET_ACCESS_KEY", "more secret"),
        ]);
        let section = StorageSection::default().decided(set);
        let bucket = section.bucket(set, false).unwrap().unwrap();
        assert_eq!(bucket.endpoint, "https://0123abcd.r2.cloudflarestorage.com");
        assert_eq!((&*bucket.bucket, &*bucket.region, &*bucket.access_key_id), ("pictures", "auto", "id"));
        assert_eq!(section.bucket(set, true).unwrap().unwrap().access_key_id, "admin");
        assert!(section.is_r2());
    }

    #[test]
    fn nothing_set_is_a_folder_and_half_a_bucket_is_told() {
        let none = variables(&[]);
        assert_eq!(
            StorageSection::default().decided(none).bucket(none, false).map(|b| b.is_none()),
            Ok(true)
        );
        for (set, missing) in [
            (variables(&[("R2_ACCOUNT_ID", "a")]), "the bucket is missing"),
            (variables(&[("R2_ACCOUNT_ID", "a"), ("R2_BUCKET", "pictures")]), "the key is missing"),
            (
                variables(&[
                    ("R2_BUCKET", "pictures"),
                    ("R2_ACCESS_KEY_ID", "i"),
                    ("R2_SECRET_ACCESS_KEY", "s"),
                ]),
                "give either",
            ),
            (
                variables(&[
                    ("R2_BUCKET", "pictures"),
                    ("S3_ENDPOINT", "http://s3.example.org"),
                    ("R2_ACCESS_KEY_ID", "i"),
                    ("R2_SECRET_ACCESS_KEY", "s"),
                ]),
                "unencrypted",
            ),
        ] as [(_, &str); 4]
        {
            let error = StorageSection::default().decided(set).bucket(set, false).unwrap_err();
            assert!(error.contains(missing), "{error}");
        }
    }
}
