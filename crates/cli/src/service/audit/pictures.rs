//! Pictures: that their files say nothing beyond the picture, and that only their owner gets them.

use domain::object_key::{ObjectClass, ObjectKey};
use domain::ports::objects::{DirectLink, ObjectPrefix};
use futures_util::StreamExt;

use super::{Evidence, Looked};
use crate::service::storage::Storage;

/// Files of a class that are read.
const SAMPLES: usize = 10;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 100_000_000;

/// What files may hold that says more than the picture: signs that begin such a part.
const SIGNS: &[(&[u8], &str)] = &[
    (b"Exif\0\0", "an EXIF block"),
    (b"eXIf", "an EXIF chunk"),
    (b"EXIF", "an EXIF chunk"),
    (b"GPSLatitude", "a place"),
    (b"GPSLongitude", "a place"),
    (b"photoshop:", "an editor's notes"),
    (b"Photoshop 3.0\0", "an editor's notes"),
    (b"xmp:CreateDate", "a time"),
    (b"exif:DateTimeOriginal", "a time"),
    (b"tiff:Make", "a camera"),
    (b"aux:SerialNumber", "a serial number"),
];

/// Reads some files of each class and searches them.
pub(super) async fn no_metadata(looked: &Looked<'_>, out: &mut Evidence) {
    let objects = &looked.service.app.ports().objects;
    let mut read = 0;
    for class in [ObjectClass::Upload, ObjectClass::Result, ObjectClass::Preview] {
        let page = match objects.list(ObjectPrefix::Class(class), None, SAMPLES).await {
            Ok(page) => page,
            Err(error) => return out.lacks(format!("the storage could not be listed: {error}")),
        };
        for object in page.objects.iter().filter(|object| object.bytes <= LARGEST && !object.damaged) {
            let Ok(reading) = objects.get(object.key, None, looked.now).await else { continue };
            // What is being looked at at this moment still lies there as it came, and gets no row.
            if reading.object.media_type.as_str() == "application/octet-stream" {
                continue;
            }
            let mut file = Vec::new();
            let mut body = reading.body;
            while let Some(Ok(piece)) = body.next().await {
                file.extend_from_slice(&piece);
            }
            read += 1;
            for what in metadata(&file) {
                out.breaks(format!("{} holds {what}", object.key));
            }
        }
    }
    out.shows(format!("{read} files read and searched for places, times, cameras, serial numbers and notes"));
}

/// What a file says beyond its picture. Only what stands before or after the pixels is searched: in them any sign may occur by
/// chance.
pub(super) fn metadata(file: &[u8]) -> Vec<&'static str> {
    let parts = match file {
        [0xff, 0xd8, ..] => jpeg(file),
        [0x89, b'P', b'N', b'G', ..] => png(file),
        [b'R', b'I', b'F', b'F', ..] => webp(file),
        _ => vec![file],
    };
    let holds = |sign: &[u8]| parts.iter().any(|part| part.windows(sign.len()).any(|window| window == sign));
    let mut found: Vec<_> = SIGNS.iter().filter(|(sign, _)| holds(sign)).map(|(_, what)| *what).collect();
    found.dedup();
    found
}

/// The segments before the pixels of a JPEG (ITU-T T.81, B.1.1.4).
fn jpeg(file: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut at) = (Vec::new(), 2);
    while let Some(&[0xff, marker, high, low]) = file.get(at..at + 4) {
        let length = usize::from(high) << 8 | usize::from(low);
        // APP0 to APP15 and comments.
        if matches!(marker, 0xe0..=0xef | 0xfe) {
            parts.extend(file.get(at + 4..at + 2 + length));
        }
        // The scan: pixels from here on.
        if marker == 0xda {
            break;
        }
        at += 2 + length;
    }
    parts
}

/// The chunks of a PNG that hold no pixels, with their names.
fn png(file: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut at) = (Vec::new(), 8);
    while let Some(&[a, b, c, d]) = file.get(at..at + 4) {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let chunk = file.get(at + 4..at + 8 + length).unwrap_or_default();
        if !chunk.starts_with(b"IDAT") {
            parts.push(chunk);
        }
        at += 12 + length;
    }
    parts
}

/// The chunks of a WebP that hold no pixels, with their names.
fn webp(file: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut at) = (Vec::new(), 12);
    while let Some(&[a, b, c, d]) = file.get(at + 4..at + 8) {
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        let name = file.get(at..at + 4).unwrap_or_default();
        if !matches!(name, b"VP8 " | b"VP8L" | b"ALPH" | b"ANMF") {
            parts.push(name);
            parts.extend(file.get(at + 8..at + 8 + length));
        }
        at += 8 + length + length % 2;
    }
    parts
}

/// That a stranger gets nothing: without a signature from a bucket, without rights from a folder.
pub(super) async fn owner_only(looked: &Looked<'_>, out: &mut Evidence) {
    out.shows("every route to a picture asks in its query whose it is");
    match &looked.service.storage {
        Storage::Folder(_) => folder(looked, out),
        Storage::Bucket { .. } => {
            let objects = &looked.service.app.ports().objects;
            let page = objects.list(ObjectPrefix::Class(ObjectClass::Preview), None, 1).await;
            let key = page.ok().and_then(|page| page.objects.first().map(|object| object.key));
            match key {
                Some(key) => stranger(looked, key, out).await,
                None => out.shows("no picture lies there that a stranger could ask for"),
            }
        }
    }
}

/// Asks for a picture at its own address without a signature.
async fn stranger(looked: &Looked<'_>, key: ObjectKey, out: &mut Evidence) {
    let wanted = DirectLink { key, valid_for: app::DIRECT_FOR, file_name: None };
    let Ok(Some(link)) = looked.service.app.ports().objects.direct_link(&wanted, looked.now) else { return };
    let plain = link.expose().split('?').next().unwrap_or_default().to_owned();
    match super::outside::client().map(|client| client.get(plain).send()) {
        None => out.lacks("no request can be sent from here"),
        Some(asking) => match asking.await {
            Ok(answer) => out.holds(
                !answer.status().is_success(),
                format!(
                    "a stranger who asks the bucket for a picture is answered {}",
                    answer.status().as_u16()
                ),
            ),
            Err(error) => out.lacks(format!("the bucket could not be asked: {}", error.without_url())),
        },
    }
}

#[cfg(unix)]
fn folder(looked: &Looked<'_>, out: &mut Evidence) {
    use std::os::unix::fs::PermissionsExt;
    for name in ["", "objects", "covershots.db"] {
        let path = looked.service.data.join(name);
        let Ok(known) = std::fs::metadata(&path) else { continue };
        let mode = known.permissions().mode() & 0o777;
        // What lies in a folder that is its owner's alone is nobody else's.
        let closed = mode & 0o077 == 0;
        if name.is_empty() && closed {
            return out.shows(format!("the data folder is its owner's alone ({mode:o})"));
        }
        out.holds(
            closed,
            format!(
                "{} may be read by {} ({mode:o})",
                path.display(),
                if closed { "its owner alone" } else { "others" }
            ),
        );
    }
}

#[cfg(not(unix))]
fn folder(_: &Looked<'_>, out: &mut Evidence) {
    out.lacks("who may read the folder is known on Unix alone");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        let length = (body.len() + 2) as u16;
        [&[0xff, marker][..], &length.to_be_bytes(), body].concat()
    }

    #[test]
    fn metadata_are_found_where_files_keep_them_and_not_in_pixels() {
        let head = segment(0xe0, b"JFIF\0\x01\x02");
        let scan = segment(0xda, b"\x01");
        let pixels = b"Exif\0\0 GPSLatitude by chance";
        let clean = [&[0xff, 0xd8][..], &head, &scan, pixels].concat();
        assert_eq!(metadata(&clean), Vec::<&str>::new());
        let exif = segment(0xe1, b"Exif\0\0II*\0 52.1 N");
        assert_eq!(metadata(&[&[0xff, 0xd8][..], &head, &exif, &scan].concat()), ["an EXIF block"]);
        let xmp = segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='5'/>");
        assert_eq!(metadata(&[&[0xff, 0xd8][..], &xmp, &scan].concat()), ["a place"]);

        let chunk =
            |name: &[u8], body: &[u8]| [&(body.len() as u32).to_be_bytes()[..], name, body, &[0; 4]].concat();
        let png = |chunks: &[Vec<u8>]| [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat();
        assert!(metadata(&png(&[chunk(b"IDAT", b"eXIf")])).is_empty());
        assert_eq!(metadata(&png(&[chunk(b"eXIf", b"x"), chunk(b"IDAT", b"")])), ["an EXIF chunk"]);

        let webp = |name: &[u8]| [b"RIFF\x10\0\0\0WEBP", name, &4u32.to_le_bytes()[..], b"abcd"].concat();
        assert!(metadata(&webp(b"VP8 ")).is_empty());
        assert_eq!(metadata(&webp(b"EXIF")), ["an EXIF chunk"]);
    }
}
