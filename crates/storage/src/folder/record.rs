//! What is known about an object, written after its bytes in the same file.
//!
//! ```text
//! bytes of the object | record: JSON | length of the JSON: u32 LE | first 8 bytes of its SHA-256 | "COVERS\0\x01"
//! ```
//!
//! A file that was cut off, or that is not ours, has no such end and is not an object.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use domain::digest::Digest;
use domain::object_key::ObjectKey;
use domain::ports::objects::{MediaType, Object};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Ends the file of an object; the last byte is the format's version.
const MAGIC: &[u8; 8] = b"COVERS\0\x01";
/// Length, digest and magic.
const FOOTER_BYTES: usize = 4 + 8 + 8;
/// The longest record with its footer. A media type has 127 bytes at most, so one has about 400.
const MAX_BYTES: u64 = 1024;

#[derive(Serialize, Deserialize)]
struct Record {
    media_type: MediaType,
    bytes: u64,
    sha256: Digest,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
}

/// The record and footer to be written after the object's bytes.
pub(super) fn encode(object: &Object) -> io::Result<Vec<u8>> {
    let record = Record {
        media_type: object.media_type.clone(),
        bytes: object.bytes,
        sha256: object.digest,
        created_at: object.created_at,
        expires_at: object.expires_at,
    };
    let mut out = serde_json::to_vec(&record)?;
    let length = u32::try_from(out.len()).map_err(io::Error::other)?;
    let digest = Sha256::digest(&out);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&digest[..8]);
    out.extend_from_slice(MAGIC);
    Ok(out)
}

/// Reads what is known about the object in a file, or `None` when the file does not hold a whole one.
pub(super) fn read(file: &File, key: ObjectKey) -> io::Result<Option<Object>> {
    let file_bytes = file.metadata()?.len();
    let length = file_bytes.min(MAX_BYTES);
    let mut end = vec![0; length as usize];
    match file.read_exact_at(&mut end, file_bytes - length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    Ok(decode(&end, file_bytes, key))
}

fn decode(end: &[u8], file_bytes: u64, key: ObjectKey) -> Option<Object> {
    let (rest, magic) = end.split_last_chunk::<8>()?;
    let (rest, digest) = rest.split_last_chunk::<8>()?;
    let (rest, length) = rest.split_last_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    let json = &rest[rest.len().checked_sub(length)?..];
    if magic != MAGIC || Sha256::digest(json)[..8] != digest[..] {
        return None;
    }
    let record: Record = serde_json::from_slice(json).ok()?;
    if record.bytes.checked_add((length + FOOTER_BYTES) as u64) != Some(file_bytes) {
        return None;
    }
    Some(Object {
        key,
        media_type: record.media_type,
        bytes: record.bytes,
        digest: record.sha256,
        created_at: record.created_at,
        expires_at: record.expires_at,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use domain::ids::{AccountId, PhotoId};

    use super::*;

    fn object(bytes: u64) -> Object {
        let key = ObjectKey::Upload(
            AccountId::new(Timestamp::EPOCH, [1; 10]),
            PhotoId::new(Timestamp::EPOCH, [2; 10]),
        );
        let created_at = Timestamp::from_millis(1_795_468_216_789);
        Object {
            key,
            media_type: format!("image/{}", "x".repeat(121)).parse().unwrap(),
            bytes,
            digest: Digest::new([0xff; 32]),
            created_at,
            expires_at: Some(Timestamp::MAX),
        }
    }

    fn file_with(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn the_longest_record_reads_back() {
        for bytes in [0, 1, 5000] {
            let object = object(bytes);
            let mut contents = vec![b'{'; bytes as usize];
            contents.extend(encode(&object).unwrap());
            assert_eq!(read(&file_with(&contents), object.key).unwrap(), Some(object));
        }
    }

    #[test]
    fn a_file_cut_lengthened_or_changed_anywhere_in_its_record_is_no_object() {
        let object = object(100);
        let mut contents = vec![7; 100];
        contents.extend(encode(&object).unwrap());
        let read = |contents: &[u8]| read(&file_with(contents), object.key).unwrap();
        for length in 0..contents.len() {
            assert_eq!(read(&contents[..length]), None, "cut to {length}");
        }
        for at in 100..contents.len() {
            let mut changed = contents.clone();
            changed[at] ^= 1;
            assert_eq!(read(&changed), None, "changed at {at}");
        }
        assert_eq!(read(&contents[1..]), None);
        assert_eq!(read(&[&[7], &contents[..]].concat()), None);
        assert_eq!(read(&[&contents[..], &[7]].concat()), None);
    }
}
