//! What a file is, by its first bytes.
//!
//! People send what they have. A file that cannot be read is named, so that they know what to change.
//! Signatures are those of the formats' own specifications; ISO media brands are those registered at mp4ra.org.

use super::DecodeError;

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceFormat {
    /// Baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK.
    Jpeg,
    /// Every colour type and depth.
    Png,
    /// Lossy and lossless; of an animation the first picture.
    WebP,
    /// AV1 still pictures of 8, 10 and 12 bits.
    Avif,
    /// HEVC still pictures; read only when built with the feature `heic`.
    Heic,
}

impl SourceFormat {
    /// The format's name.
    pub const fn name(self) -> &'static str {
        match self {
            SourceFormat::Jpeg => "JPEG",
            SourceFormat::Png => "PNG",
            SourceFormat::WebP => "WebP",
            SourceFormat::Avif => "AVIF",
            SourceFormat::Heic => "HEIC",
        }
    }

    /// The format's media type as registered with IANA.
    pub const fn media_type(self) -> &'static str {
        match self {
            SourceFormat::Jpeg => "image/jpeg",
            SourceFormat::Png => "image/png",
            SourceFormat::WebP => "image/webp",
            SourceFormat::Avif => "image/avif",
            SourceFormat::Heic => "image/heic",
        }
    }
}

/// The media type that a sender's claim stands for: a media type itself, with or without parameters, or a file
/// name's extension. `None` when it is not one of the formats that are read.
pub fn media_type(claimed: &str) -> Option<&'static str> {
    let claim = claimed.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let name = claim.strip_prefix("image/").unwrap_or(claim.trim_start_matches('.'));
    Some(match name {
        "jpeg" | "jpg" | "jpe" | "jfif" | "pjpeg" => "image/jpeg",
        "png" | "x-png" => "image/png",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "heic" | "heif" | "hif" => "image/heic",
        _ => return None,
    })
}

const SEND_A_JPEG: &str = "send a JPEG, PNG, WebP or AVIF";
const SEND_A_FRAME: &str = "take a still picture out of it and send that as a JPEG";

/// What to do about a HEIC file where it cannot be read.
#[cfg_attr(feature = "heic", allow(dead_code))]
pub(super) fn heic_refused() -> DecodeError {
    DecodeError::Unsupported {
        what: "a HEIC photo",
        advice: "send a JPEG. On an iPhone choose Settings › Camera › Formats › Most Compatible, \
                 or share the photo as JPEG",
    }
}

/// What the file is, or the reason why it is not read.
pub(super) fn recognise(bytes: &[u8]) -> Result<SourceFormat, DecodeError> {
    let format = match bytes {
        [0xFF, 0xD8, 0xFF, ..] => SourceFormat::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => SourceFormat::Png,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => SourceFormat::WebP,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => iso_media(bytes)?,
        _ => return Err(refuse(bytes)),
    };
    Ok(format)
}

/// An ISO base media file (ISO/IEC 14496-12, clause 4.3) by its major and compatible brands.
fn iso_media(bytes: &[u8]) -> Result<SourceFormat, DecodeError> {
    let size = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
    let body = bytes.get(8..size.min(bytes.len())).unwrap_or_default();
    let mut brands = body.chunks_exact(4).enumerate().filter(|(i, _)| *i != 1).map(|(_, brand)| brand);
    let has = |wanted: &[&[u8; 4]]| brands.clone().any(|b| wanted.iter().any(|w| b == *w));
    if has(&[b"avif", b"avis"]) {
        return Ok(SourceFormat::Avif);
    }
    if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"]) {
        return Ok(SourceFormat::Heic);
    }
    if brands.next() == Some(b"crx ") {
        return Err(unsupported("a Canon raw photo", "develop it and send a JPEG"));
    }
    Err(unsupported("a video", SEND_A_FRAME))
}

fn unsupported(what: &'static str, advice: &'static str) -> DecodeError {
    DecodeError::Unsupported { what, advice }
}

/// The name of what is not read.
fn refuse(bytes: &[u8]) -> DecodeError {
    let starts = |signature: &[u8]| bytes.starts_with(signature);
    let riff = |form: &[u8]| starts(b"RIFF") && bytes.get(8..12) == Some(form);
    if starts(b"GIF8") {
        return unsupported("a GIF", "send a photo as JPEG, PNG, WebP or AVIF");
    }
    if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") {
        return unsupported("a TIFF or a camera's raw photo", "export it as JPEG and send that");
    }
    if starts(b"IIRO") || starts(b"IIU\0") || starts(b"FUJIFILMCCD-RAW") || starts(b"FOVb") {
        return unsupported("a camera's raw photo", "develop it and send a JPEG");
    }
    if starts(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        return unsupported("a BMP", SEND_A_JPEG);
    }
    if starts(&[0xFF, 0x0A]) || starts(b"\0\0\0\x0CJXL \r\n\x87\n") {
        return unsupported("a JPEG XL", SEND_A_JPEG);
    }
    if starts(b"\0\0\0\x0CjP  \r\n\x87\n") || starts(&[0xFF, 0x4F, 0xFF, 0x51]) {
        return unsupported("a JPEG 2000", SEND_A_JPEG);
    }
    if starts(b"8BPS") {
        return unsupported("a Photoshop document", "export it as JPEG or PNG and send that");
    }
    if starts(b"\0\0\x01\0") || starts(b"\0\0\x02\0") {
        return unsupported("an icon", SEND_A_JPEG);
    }
    if starts(b"%PDF-") {
        return unsupported("a PDF", "export the page or the picture in it as JPEG or PNG");
    }
    if starts(&[0x1A, 0x45, 0xDF, 0xA3]) || starts(&[0, 0, 1, 0xBA]) || riff(b"AVI ") {
        return unsupported("a video", SEND_A_FRAME);
    }
    if starts(b"PK\x03\x04") || starts(b"\x1F\x8B") || starts(b"7z\xBC\xAF") || starts(b"Rar!") {
        return unsupported("an archive", "unpack it and send the pictures in it");
    }
    text(bytes).unwrap_or(DecodeError::UnknownFormat)
}

/// Text of whatever kind, told by its first kilobyte.
fn text(bytes: &[u8]) -> Option<DecodeError> {
    let start = &bytes[..bytes.len().min(1024)];
    let start = match std::str::from_utf8(start) {
        Ok(text) => text,
        // A character cut in two at the end of what is looked at.
        Err(e) if e.error_len().is_none() => std::str::from_utf8(&start[..e.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    if start.chars().any(|c| c.is_control() && !c.is_whitespace() && c != '\u{1B}') {
        return None;
    }
    let lower = start.to_ascii_lowercase();
    Some(if lower.contains("<svg") {
        unsupported("an SVG drawing", "export it as PNG and send that")
    } else if lower.contains("<html") || lower.contains("<!doctype html") {
        unsupported("a web page", "save the picture itself and send that")
    } else {
        unsupported("text", SEND_A_JPEG)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        recognise(bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (bytes, name) in [
            (&b"GIF89a\x01\0\x01\0"[..], "a GIF"),
            (b"II*\0\x08\0\0\0", "a TIFF"),
            (b"MM\0*\0\0\0\x08", "a TIFF"),
            (b"BM\x46\0\0\0\0\0\0\0\x36", "a BMP"),
            (b"%PDF-1.7\n", "a PDF"),
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=''/>", "an SVG"),
            (b"<!DOCTYPE html><title>404</title>", "a web page"),
            ("just a läter".as_bytes(), "text"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "a video"),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "a video"),
            (b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81", "a video"),
            (b"PK\x03\x04\x14\0", "an archive"),
            (b"8BPS\0\x01", "a Photoshop"),
            (b"\xFF\x0A\xFA\x1F", "a JPEG XL"),
        ] {
            assert!(refused(bytes).contains(&format!("this is {name}")), "{}", refused(bytes));
        }
        assert_eq!(recognise(&[0, 1, 2, 3]), Err(DecodeError::UnknownFormat));
    }

    #[test]
    fn a_heic_is_told_by_its_brands_and_refused_with_the_way_out() {
        assert_eq!(recognise(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Ok(SourceFormat::Heic));
        assert_eq!(recognise(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"), Ok(SourceFormat::Avif));
        let message = heic_refused().to_string();
        assert!(message.contains("Most Compatible") && message.contains("HEIC"), "{message}");
    }

    #[test]
    fn text_cut_inside_a_character_is_still_text() {
        let mut long = "a".repeat(1023).into_bytes();
        long.extend("é".as_bytes());
        assert!(refused(&long).contains("text"));
    }

    #[test]
    fn claims_are_media_types_or_extensions() {
        assert_eq!(media_type("IMAGE/JPEG; charset=binary"), Some("image/jpeg"));
        assert_eq!(media_type(".JPG"), Some("image/jpeg"));
        assert_eq!(media_type("heif"), Some("image/heic"));
        assert_eq!(media_type("image/gif"), None);
    }
}
