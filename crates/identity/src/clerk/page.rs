//! What a page needs so that ClerkJS runs in it, <https://clerk.com/docs/js-frontend/getting-started/quickstart> and
//! <https://clerk.com/docs/guides/secure/best-practices/csp-headers>.

use domain::ports::identity::{Script, SignInPage};

/// Where ClerkJS asks whether somebody is a robot.
const CHALLENGES: &str = "https://challenges.cloudflare.com";
const PROTECT: &str = "https://*.protect.clerk.com";

pub(super) fn page(frontend: &str, publishable_key: &str) -> SignInPage {
    let script = |path: &str, attributes: Vec<(&'static str, String)>| Script {
        source: format!("{frontend}/npm/{path}"),
        attributes,
    };
    let key = vec![("data-clerk-publishable-key", publishable_key.to_owned())];
    let sources = |sources: &[&str]| sources.iter().map(|&source| source.to_owned()).collect();
    SignInPage {
        scripts: vec![
            script("@clerk/ui@1/dist/ui.browser.js", Vec::new()),
            script("@clerk/clerk-js@6/dist/clerk.browser.js", key),
        ],
        glue: include_str!("glue.js"),
        content_security: vec![
            ("script-src", sources(&[frontend, CHALLENGES, PROTECT])),
            ("connect-src", sources(&[frontend, "https://*.protect.clerk.com:*"])),
            ("img-src", sources(&["https://img.clerk.com"])),
            ("worker-src", sources(&["blob:"])),
            ("style-src", sources(&["'unsafe-inline'"])),
            ("frame-src", sources(&[CHALLENGES, PROTECT])),
        ],
    }
}
