//! What a page may load and do: what this installation serves itself, and no script or style that stands in the page. This is the
//! one place where it is said; a service whose own script has to run in a page is let in here, and nowhere else.

use axum::http::HeaderValue;

use crate::settings::AllowedSource;

/// A directive and its sources.
const DIRECTIVES: &[(&str, &str)] = &[
    ("default-src", "'none'"),
    ("script-src", "'self'"),
    ("style-src", "'self'"),
    // A photo is shown from the browser's own memory while it is on its way here.
    ("img-src", "'self' blob:"),
    ("font-src", "'self'"),
    ("connect-src", "'self'"),
    ("manifest-src", "'self'"),
    ("form-action", "'self'"),
    ("frame-ancestors", "'none'"),
    ("base-uri", "'none'"),
];

/// The policy of pages, with what the installation lets in besides.
///
/// # Errors
/// The first source that can't stand in a header.
pub(crate) fn content_policy(allowed: &[AllowedSource]) -> Result<HeaderValue, AllowedSource> {
    let mut directives: Vec<(&str, String)> =
        DIRECTIVES.iter().map(|&(name, sources)| (name, sources.to_owned())).collect();
    for allowed in allowed {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b";,".contains(&byte);
        if allowed.source.is_empty() || !allowed.source.bytes().all(plain) {
            return Err(allowed.clone());
        }
        match directives.iter_mut().find(|(name, _)| *name == allowed.directive) {
            Some((_, sources)) => *sources = format!("{sources} {}", allowed.source),
            None => directives.push((allowed.directive, format!("'self' {}", allowed.source))),
        }
    }
    let text: Vec<String> = directives.iter().map(|(name, sources)| format!("{name} {sources}")).collect();
    HeaderValue::from_str(&text.join("; "))
        .map_err(|_| AllowedSource { directive: "default-src", source: text.join("; ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_page_runs_and_what_is_let_in_stands_beside_our_own() {
        let usual = content_policy(&[]).unwrap();
        let usual = usual.to_str().unwrap();
        assert!(usual.starts_with("default-src 'none'; script-src 'self';"), "{usual}");
        assert!(!usual.contains("unsafe"));
        let source = |directive, source: &str| AllowedSource { directive, source: source.to_owned() };
        let wide = [source("script-src", "https://a.example"), source("frame-src", "https://b.example")];
        let wide = content_policy(&wide).unwrap();
        let wide = wide.to_str().unwrap();
        assert!(wide.contains("script-src 'self' https://a.example;"), "{wide}");
        assert!(wide.ends_with("frame-src 'self' https://b.example"), "{wide}");
        for bad in ["", "https://a; script-src *", "a b"] {
            assert!(content_policy(&[source("script-src", bad)]).is_err(), "{bad}");
        }
    }
}
