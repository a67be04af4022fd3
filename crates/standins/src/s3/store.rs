//! What lies in the bucket, by a clock that a test moves.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use md5::{Digest as _, Md5};
use s3s::dto::{ETag, LifecycleRule, Metadata};

use super::lifecycle;

/// One bucket.
pub(super) struct Store {
    pub(super) objects: BTreeMap<String, Object>,
    pub(super) uploads: BTreeMap<(String, String), Upload>,
    pub(super) rules: Vec<LifecycleRule>,
    pub(super) revoked: bool,
    ahead: Duration,
    count: u64,
}

/// One object.
#[derive(Clone)]
pub(super) struct Object {
    pub(super) body: Bytes,
    pub(super) tag: String,
    pub(super) content_type: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) metadata: Metadata,
    pub(super) modified: SystemTime,
}

/// An upload in parts that is not finished.
pub(super) struct Upload {
    /// Each with its tag.
    pub(super) parts: BTreeMap<i32, (Bytes, String)>,
    pub(super) content_type: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) metadata: Metadata,
    pub(super) initiated: SystemTime,
}

impl Store {
    pub(super) fn new() -> Self {
        Store {
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
            rules: Vec::new(),
            revoked: false,
            ahead: Duration::ZERO,
            count: 0,
        }
    }

    pub(super) fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead
    }

    pub(super) fn pass(&mut self, span: Duration) {
        self.ahead += span;
        let now = self.now();
        let rules = &self.rules;
        self.objects.retain(|key, object| !lifecycle::is_over(rules, key, object.modified, now));
        self.uploads.retain(|(key, _), upload| !lifecycle::is_given_up(rules, key, upload.initiated, now));
    }

    pub(super) fn begin(&mut self, key: &str, upload: Upload) -> String {
        self.count += 1;
        let id = format!("upload-{}", self.count);
        self.uploads.insert((key.to_owned(), id.clone()), upload);
        id
    }

    pub(super) fn put(&mut self, key: &str, body: &[u8], metadata: &[(&str, &str)]) {
        let metadata = metadata.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let object = Object {
            tag: tag(body),
            body: Bytes::copy_from_slice(body),
            content_type: Some("image/jpeg".to_owned()),
            cache_control: None,
            metadata: metadata.collect(),
            modified: self.now(),
        };
        self.objects.insert(key.to_owned(), object);
    }

    pub(super) fn rot(&mut self, key: &str) {
        let object = self.objects.get_mut(key).unwrap();
        let mut body = object.body.to_vec();
        body[0] ^= 1;
        object.body = body.into();
    }
}

impl Object {
    pub(super) fn etag(&self) -> ETag {
        ETag::Strong(self.tag.clone())
    }
}

/// The tag of a body that came in one piece.
pub(super) fn tag(body: &[u8]) -> String {
    hex(&Md5::digest(body))
}

/// The tag of a body that came in parts: of the tags, and how many there were.
pub(super) fn tag_of_parts<'a>(tags: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = tags.len();
    let mut all = Md5::new();
    tags.for_each(|tag| all.update(unhex(tag)));
    format!("{}-{count}", hex(&all.finalize()))
}

/// The bytes that are given in hexadecimal.
pub(super) fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
