//! What pages load besides themselves: style sheets, scripts, fonts and pictures, all of them part of the program.
//!
//! Every file is served under a name that has a piece of its digest in it, so a browser may keep it for ever and never sees an old
//! one. Style sheets and scripts speak of others as `/assets/NAME`; they are rewritten when the process starts. The sheets of
//! `css/` are served as one, `studio.css`, in the order of their names.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use crate::Problem;

static FOLDER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets");
static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets::of(texts_and_bytes(&FOLDER)));

/// Where they are served.
const PLACE: &str = "/assets/";
/// Bytes of the digest that a name carries.
const MARK: usize = 6;
/// A year: the name changes when the file does.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Under its plain name a file may change from one release to the next.
const SHORTLY: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// The address of an asset. One that is not there leads nowhere, and a test reads every template for such.
pub(crate) fn url(name: &str) -> &'static str {
    find(name).unwrap_or("/assets/missing")
}

/// The address of an asset that need not be there, such as the example of a style.
pub(crate) fn find(name: &str) -> Option<&'static str> {
    ASSETS.urls.get(name).map(String::as_str)
}

/// `GET /assets/{*name}`.
pub(crate) async fn get_asset(Path(name): Path<String>) -> Response {
    let Some(asset) = ASSETS.files.get(&name) else {
        return Problem::new("no-such-route", "there is no such file").into_response();
    };
    let cache = if asset.plain { SHORTLY } else { FOR_EVER };
    let kind = HeaderValue::from_static(asset.media_type);
    let mut answer = ([(CONTENT_TYPE, kind), (CACHE_CONTROL, cache)], asset.bytes.clone()).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", asset.mark)) {
        answer.headers_mut().insert(ETAG, tag);
    }
    answer
}

struct Asset {
    media_type: &'static str,
    bytes: Bytes,
    mark: String,
    /// Whether it is asked for by its plain name.
    plain: bool,
}

struct Assets {
    /// By name, plain or with the mark.
    files: HashMap<String, Asset>,
    /// By plain name: the whole address.
    urls: HashMap<String, String>,
}

impl Assets {
    /// Names every file by what is in it. A file that speaks of others is named after they are.
    fn of(mut waiting: BTreeMap<String, Bytes>) -> Self {
        let mut assets = Assets { files: HashMap::new(), urls: HashMap::new() };
        while let Some(name) = waiting.keys().next().cloned() {
            assets.name(&name, &mut waiting);
        }
        assets
    }

    fn name(&mut self, name: &str, waiting: &mut BTreeMap<String, Bytes>) {
        // Taken out first: two that speak of each other end here, the second under its plain name.
        let Some(mut bytes) = waiting.remove(name) else { return };
        if let (true, Ok(text)) = (is_text(name), std::str::from_utf8(&bytes)) {
            for other in mentions(text) {
                self.name(&other, waiting);
            }
            bytes = Bytes::from(self.rewrite(text));
        }
        let mark: String =
            Sha256::digest(&bytes).iter().take(MARK).map(|byte| format!("{byte:02x}")).collect();
        let marked = match name.rsplit_once('.') {
            Some((stem, ending)) => format!("{stem}.{mark}.{ending}"),
            None => format!("{name}.{mark}"),
        };
        let media_type = media_type(name);
        let asset = |plain| Asset { media_type, bytes: bytes.clone(), mark: mark.clone(), plain };
        self.urls.insert(name.to_owned(), format!("{PLACE}{marked}"));
        self.files.insert(name.to_owned(), asset(true));
        self.files.insert(marked, asset(false));
    }

    fn rewrite(&self, text: &str) -> String {
        let mut pieces = text.split(PLACE);
        let mut out = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (name, rest) = piece.split_at(name_length(piece));
            match self.urls.get(name) {
                Some(url) => out.push_str(url),
                None => out.extend([PLACE, name]),
            }
            out.push_str(rest);
        }
        out
    }
}

/// The names of the assets that a text speaks of.
fn mentions(text: &str) -> Vec<String> {
    text.split(PLACE).skip(1).map(|piece| piece[..name_length(piece)].to_owned()).collect()
}

fn name_length(piece: &str) -> usize {
    piece.find(|c: char| !(c.is_ascii_alphanumeric() || "-_./".contains(c))).unwrap_or(piece.len())
}

/// The files by name, those of `css/` as one.
fn texts_and_bytes(folder: &'static Dir<'static>) -> BTreeMap<String, Bytes> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![folder]);
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            let name = file.path().to_string_lossy().replace('\\', "/");
            if media_type(&name) != "application/octet-stream" {
                files.insert(name, Bytes::from_static(file.contents()));
            }
        }
    }
    let sheets: Vec<String> = files.keys().filter(|name| name.starts_with("css/")).cloned().collect();
    let whole: Vec<u8> = sheets.iter().filter_map(|name| files.remove(name)).flatten().collect();
    files.insert("studio.css".to_owned(), Bytes::from(whole));
    files
}

fn is_text(name: &str) -> bool {
    [".css", ".js", ".webmanifest"].iter().any(|ending| name.ends_with(ending))
}

/// The media type by the name's ending; what has another is not served.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_from_what_the_file_and_those_it_speaks_of_hold() {
        let with = |picture: &'static str| {
            let files = [
                ("a.css", "x { background: url(/assets/p.svg) } /* /assets/none.svg */"),
                ("p.svg", picture),
            ];
            Assets::of(files.map(|(name, text)| (name.to_owned(), Bytes::from(text))).into())
        };
        let (one, other) = (with("<svg/>"), with("<svg></svg>"));
        assert_ne!(one.urls["p.svg"], other.urls["p.svg"]);
        assert_ne!(one.urls["a.css"], other.urls["a.css"], "it speaks of a file that changed");
        let sheet = &one.files[one.urls["a.css"].trim_start_matches(PLACE)];
        let text = std::str::from_utf8(&sheet.bytes).unwrap();
        assert!(text.contains(&one.urls["p.svg"]) && text.contains("/assets/none.svg"), "{text}");
    }

    #[test]
    fn every_asset_that_a_template_a_sheet_or_a_script_speaks_of_is_there() {
        let mut seen = 0;
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for name in text.split("assets::url(\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                    assert!(ASSETS.urls.contains_key(name), "{} speaks of {name}", path.display());
                    seen += 1;
                }
            }
        }
        for (name, asset) in ASSETS.files.iter().filter(|(name, asset)| asset.plain && is_text(name)) {
            let text = std::str::from_utf8(&asset.bytes).unwrap();
            for mentioned in mentions(text) {
                assert!(ASSETS.files.contains_key(&mentioned), "{name} speaks of {mentioned}");
            }
        }
        assert!(seen > 3);
    }
}
