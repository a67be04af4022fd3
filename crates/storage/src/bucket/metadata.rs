//! What is known about an object, as the headers it is stored with. Only what a picture needs to be served and to end: no
//! name, no place, no owner beside the id in its key.

use domain::object_key::ObjectKey;
use domain::ports::objects::{MediaType, Object};
use domain::time::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

const DIGEST: &str = "x-amz-meta-sha256";
const CREATED: &str = "x-amz-meta-created-at";
const EXPIRES: &str = "x-amz-meta-expires-at";

/// The headers to store an object with. Moments are milliseconds since 1970.
pub(super) fn headers(object: &Object) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("content-type", object.media_type.to_string()),
        // A browser that came by a signed address may keep the picture as long as such an address lasts.
        ("cache-control", "private, max-age=300".to_owned()),
        (DIGEST, object.digest.to_string()),
        (CREATED, object.created_at.millis().to_string()),
    ];
    headers.extend(object.expires_at.map(|at| (EXPIRES, at.millis().to_string())));
    headers
}

/// What the headers say about an object of so many bytes; `None` when they are not those it was stored with.
pub(super) fn read(key: ObjectKey, headers: &HeaderMap, bytes: u64) -> Option<Object> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let moment = |text: &str| text.parse().ok().map(Timestamp::from_millis);
    let media_type: MediaType = text(CONTENT_TYPE.as_str())?.parse().ok()?;
    Some(Object {
        key,
        media_type,
        bytes,
        digest: text(DIGEST)?.parse().ok()?,
        created_at: moment(text(CREATED)?)?,
        // One that can't be read must not become one that never ends.
        expires_at: match text(EXPIRES) {
            Some(at) => Some(moment(at)?),
            None if headers.contains_key(EXPIRES) => return None,
            None => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use domain::digest::Digest;
    use domain::ids::{AccountId, PhotoId};
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn what_was_stored_reads_back_and_what_was_not_does_not() {
        let key = ObjectKey::Upload(
            AccountId::new(Timestamp::EPOCH, [1; 10]),
            PhotoId::new(Timestamp::EPOCH, [2; 10]),
        );
        let created_at = Timestamp::from_millis(1_795_468_216_789);
        let object = Object {
            key,
            media_type: MediaType::JPEG,
            bytes: 7,
            digest: Digest::new([9; 32]),
            created_at,
            expires_at: Some(Timestamp::MAX),
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers(&object) {
            map.insert(name, HeaderValue::from_str(&value).unwrap());
        }
        assert_eq!(read(key, &map, 7), Some(object));
        for name in ["content-type", DIGEST, CREATED] {
            let mut without = map.clone();
            without.remove(name);
            assert_eq!(read(key, &without, 7), None, "without {name}");
        }
        map.insert(EXPIRES, HeaderValue::from_static("soon"));
        assert_eq!(read(key, &map, 7), None, "an end that can't be read is no endless life");
    }
}
