//! `cargo xtask screenshots`: each page of the studio to `docs/screens`, on a desk and on a phone, in light and dark. Whoever changes a
//! page makes them anew, looks at them, and mends what they would not want to be shown.

use std::fs;
use std::path::{Path, PathBuf};

use browser::tour::Stop;
use browser::{Browser, Look, Studio, Theme, Tour};
use imaging::resize::Resizable;
use imaging::{Limits, encode};
use serde_json::json;
use standins::stripe;

use crate::{Failure, cargo, root, tools};

/// The screens.
const SCREENS: [Look; 2] = [Look::DESKTOP, Look::PHONE];
/// WebP quality: letters stay clean.
const QUALITY: u8 = 50;
/// The longest picture, in pixels of the page: what comes below is more of the same.
const LONGEST: usize = 2000;
/// Pixels across of a picture of a desk.
const WIDE: u32 = 880;

/// Makes all of them, or those of pages whose name contains `only`.
pub(crate) fn run(only: Option<&str>) -> Result<(), Failure> {
    tools::fetch()?;
    cargo(["build", "--package", "cli"], "the program can't be built")?;
    let folder = root().join("docs/screens");
    fs::create_dir_all(&folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let bytes = runtime.block_on(make(&folder, only))?;
    println!("{} kB", bytes / 1000);
    Ok(())
}

async fn make(folder: &Path, only: Option<&str>) -> Result<usize, Failure> {
    let browser = Browser::start_with(&["--hide-scrollbars"]).await?;
    let studio = Studio::start(&program(), "").await?;
    let camera = Camera { browser: &browser, studio: &studio, folder, only };
    let mut bytes = camera.take(Tour::strangers()).await?;
    browser.look(Look::DESKTOP).await?;
    let mut tour = Tour::sign_up(&browser, &studio).await?;
    bytes += camera.take(Tour::newcomers()).await?;
    browser.look(Look::DESKTOP).await?;
    let photos = root().join("examples/photos");
    tour.add_photos(&["biden.jpg", "astronaut.png", "obama.jpg"].map(|name| photos.join(name))).await?;
    tour.make("headshot/linkedin-blue", 4).await?;
    tour.make("headshot/bookshelf", 2).await?;
    tour.make("thumbnail/podcast", 1).await?;
    tour.connect_a_program().await?;
    bytes += camera.take(tour.pages()).await?;
    bytes += shop(&browser, folder, only).await?;
    browser.close().await?;
    Ok(bytes)
}

/// The pages of a studio that sells credits, of which somebody has bought some.
async fn shop(browser: &Browser, folder: &Path, only: Option<&str>) -> Result<usize, Failure> {
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let (account, till) = stripe::Stripe::open(reqwest::Client::builder().no_proxy().build()?).await;
    account.with(|books| {
        for (price, minor, monthly) in
            [("price_small", 900, false), ("price_large", 2900, false), ("price_plan", 1900, true)]
        {
            books.add_price(price, minor, "eur", monthly);
        }
    });
    let here = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.to_string();
    let configuration = format!(
        "[serve]\npublic_url = \"http://{here}\"\n{}cents_per_dollar = 92\n\
         plan = {{ name = \"A team's month\", credits = 200, price = \"price_plan\" }}\n\
         [[stripe.packs]]\nid = \"small\"\nname = \"Small pack\"\ncredits = 50\nprice = \"price_small\"\n\
         [[stripe.packs]]\nid = \"large\"\nname = \"Large pack\"\ncredits = 250\nprice = \"price_large\"\n",
        stripe::section(&till),
    );
    let studio = Studio::start_at(&program(), &configuration, &here).await?;
    let camera = Camera { browser, studio: &studio, folder, only };
    browser.look(Look::DESKTOP).await?;
    let tour = Tour::sign_up(browser, &studio).await?;
    account.send_to(&studio.at("/api/v1/hooks/payments"));
    for offer in ["small", "large"] {
        tour.pay(offer).await?;
        account.deliver().await;
        browser.read("credits are yours").await?;
    }
    camera.take(Tour::of_money()).await
}

/// Where cargo puts the program.
fn program() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("debug").join(format!("covershots{}", std::env::consts::EXE_SUFFIX))
}

struct Camera<'a> {
    browser: &'a Browser,
    studio: &'a Studio,
    folder: &'a Path,
    only: Option<&'a str>,
}

impl Camera<'_> {
    /// Takes every page on every screen in both themes, and says how many bytes that is.
    async fn take(&self, stops: Vec<Stop>) -> Result<usize, Failure> {
        let mut bytes = 0;
        for stop in stops.iter().filter(|stop| self.only.is_none_or(|only| stop.name.contains(only))) {
            for screen in SCREENS {
                self.browser.look(screen).await?;
                self.browser.go(&self.studio.at(&stop.path)).await?;
                let screen = self.held_long(screen).await?;
                for theme in Theme::ALL {
                    self.browser.look(screen.in_theme(theme)).await?;
                    let name = format!("{}-{}-{}", stop.name, screen.name(), theme.name());
                    bytes += self.keep(&name, screen, &self.browser.picture().await?)?;
                }
            }
            println!("{}", stop.name);
        }
        Ok(bytes)
    }

    /// A phone as long as the page, so that what sticks to its lower edge does not lie in the middle of the picture.
    async fn held_long(&self, screen: Look) -> Result<Look, Failure> {
        if !screen.phone {
            return Ok(screen);
        }
        let long = self.browser.script("return document.documentElement.scrollHeight;", json!([])).await?;
        let long = u32::try_from(long.as_u64().unwrap_or_default())?;
        Ok(Look { height: long.clamp(screen.height, u32::try_from(LONGEST)?), ..screen })
    }

    fn keep(&self, name: &str, screen: Look, png: &[u8]) -> Result<usize, Failure> {
        let page = imaging::decode(png, &Limits::default())?;
        let width = if screen.phone { screen.width } else { WIDE };
        let (across, down) = (page.size().width, page.size().height);
        let height = u32::try_from(u64::from(down) * u64::from(width) / u64::from(across.max(1)))?;
        let small = page.resized(width as usize, height.max(1) as usize);
        let shown = small.crop(0, 0, small.width(), LONGEST);
        let file = encode::webp(&shown, QUALITY)?.bytes;
        fs::write(self.folder.join(name).with_extension("webp"), &file)?;
        Ok(file.len())
    }
}
