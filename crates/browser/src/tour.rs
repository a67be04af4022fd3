//! The tour: somebody signs up, adds photos and has pictures made, by the pages alone; and the pages that are there to be looked at
//! before, in between and afterwards.

use std::path::PathBuf;

use serde_json::json;

use crate::{Browser, BrowserError, Studio};

/// What the person signs in with.
pub const EMAIL: &str = "ada@example.org";
/// Their password.
pub const PASSWORD: &str = "three rivers, one paper boat";

/// A page to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What it is called: a word for a file.
    pub name: &'static str,
    /// Its path.
    pub path: String,
}

fn stops(list: &[(&'static str, &str)]) -> Vec<Stop> {
    list.iter().map(|&(name, path)| Stop { name, path: path.to_owned() }).collect()
}

/// A person in a browser.
pub struct Tour<'a> {
    browser: &'a Browser,
    studio: &'a Studio,
    /// The generations that were made, the last one last.
    pub made: Vec<String>,
}

impl<'a> Tour<'a> {
    /// What somebody sees who has no account.
    pub fn strangers() -> Vec<Stop> {
        stops(&[
            ("front", "/"),
            ("sign-up", "/sign-up"),
            ("sign-in", "/sign-in"),
            ("forgotten", "/forgotten"),
            ("reset", "/reset"),
            ("styles", "/styles"),
            ("styles-thumbnail", "/styles?kind=thumbnail"),
            ("styles-none", "/styles?q=zebra"),
            ("style", "/styles/headshot/linkedin-blue"),
            ("privacy", "/privacy"),
        ])
    }

    /// What a person sees who has just come.
    pub fn newcomers() -> Vec<Stop> {
        stops(&[
            ("photos-empty", "/photos"),
            ("results-empty", "/generations"),
            ("thumbnails-empty", "/thumbnails"),
            ("gallery-empty", "/gallery"),
        ])
    }

    /// What a person sees who has had pictures made, and runs the installation besides.
    pub fn pages(&self) -> Vec<Stop> {
        let mut all = stops(&[
            ("photos", "/photos"),
            ("create", "/styles/headshot/linkedin-blue"),
            ("create-thumbnail", "/styles/thumbnail/podcast"),
            ("thumbnails", "/thumbnails"),
            ("brand", "/brand"),
            ("results", "/generations"),
            ("gallery", "/gallery"),
            ("gallery-favourites", "/gallery?show=favourites"),
            ("account", "/account"),
            ("credits", "/account/credits"),
            ("security", "/account/security"),
            ("consents", "/consents"),
            ("keys", "/account/keys"),
            ("webhooks", "/account/webhooks"),
            ("data", "/account/data"),
            ("admin", "/admin"),
            ("admin-accounts", "/admin/accounts"),
            ("admin-generations", "/admin/generations?state=succeeded"),
            ("admin-providers", "/admin/providers"),
            ("admin-storage", "/admin/storage"),
        ]);
        if let Some(made) = self.made.first() {
            all.push(Stop { name: "generation", path: made.clone() });
            all.push(Stop { name: "image", path: format!("{made}/images/1") });
        }
        if let Some(made) = self.made.last() {
            all.push(Stop { name: "covers", path: made.replace("/generations/", "/thumbnails/") });
        }
        all
    }

    /// What is there besides where credits are sold, and the smaller pack is called `small`.
    pub fn of_money() -> Vec<Stop> {
        stops(&[
            ("pricing", "/pricing"),
            ("buy", "/buy/small"),
            ("credits-bought", "/account/credits"),
            ("admin-money", "/admin/money"),
        ])
    }

    /// Signs up, and allows whatever is asked for: photos to be kept, and sent to those who may make pictures. The first who does
    /// is the admin.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn sign_up(browser: &'a Browser, studio: &'a Studio) -> Result<Tour<'a>, BrowserError> {
        browser.go(&studio.at("/sign-up")).await?;
        browser.fill("#email", EMAIL).await?;
        browser.fill("#password", PASSWORD).await?;
        browser.fill("#name", "Ada").await?;
        for _ in 0..browser.count("input[name=consent]").await? {
            browser.click("input[name=consent]:not(:checked)").await?;
        }
        browser.click("form.sheet .button.first").await?;
        browser.read("Your account is ready").await?;
        Ok(Tour { browser, studio, made: Vec::new() })
    }

    /// Adds photos on the page for it, and waits until each has been looked at.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn add_photos(&self, files: &[PathBuf]) -> Result<(), BrowserError> {
        self.browser.go(&self.studio.at("/photos")).await?;
        self.browser.choose_files("[data-upload] input[type=file]", files).await?;
        self.looked_at(files.len()).await?;
        self.browser.see("[data-go-on] a").await
    }

    /// Waits until there are so many photos on the page, and each has been looked at.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn looked_at(&self, count: usize) -> Result<(), BrowserError> {
        let all = "const all = document.querySelectorAll('.photo'); \
                   return all.length === arguments[0] && [...all].every(p => p.querySelector('.badge'));";
        self.browser.wait("the photos", all, json!([count])).await
    }

    /// Has so many pictures made in a style, and waits until they are there.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn make(&mut self, style: &str, count: u8) -> Result<(), BrowserError> {
        self.wish(style, count).await?;
        self.arrive().await
    }

    /// Wishes for so many pictures in a style, and comes to their page.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn wish(&self, style: &str, count: u8) -> Result<(), BrowserError> {
        self.browser.go(&self.studio.at(&format!("/styles/{style}"))).await?;
        self.look_at_oneself().await?;
        self.browser.click(&format!("[name=count][value='{count}']")).await?;
        self.browser.click("[data-create-button]").await?;
        self.browser.see("[data-generation]").await
    }

    /// Waits for the free look.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn look_at_oneself(&self) -> Result<(), BrowserError> {
        let seen = "const p = document.querySelector('[data-look-picture]'); return !!p && p.complete && p.naturalWidth > 0;";
        self.browser.wait("the look at oneself", seen, json!([])).await
    }

    /// Waits on the page of a generation until its pictures are there.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn arrive(&mut self) -> Result<(), BrowserError> {
        self.browser.see("[data-generation]:not([data-running])").await?;
        let pictures = "return [...document.querySelectorAll('.tile img')].every(i => i.complete && i.naturalWidth > 0);";
        self.browser.wait("the pictures", pictures, json!([])).await?;
        let url = self.browser.url().await?;
        self.made.push(url.trim_start_matches(&self.studio.at("")).to_owned());
        Ok(())
    }

    /// Goes from the prices to the payment service's page, as its stand-in has it, and pays there.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn pay(&self, offer: &str) -> Result<(), BrowserError> {
        self.browser.go(&self.studio.at("/pricing")).await?;
        self.browser.click(&format!("a[href='/buy/{offer}']")).await?;
        self.browser.click("form.sheet .button.first").await?;
        // We are led there by a page of ours that goes on by itself.
        self.browser.click("#pay").await?;
        self.browser.read("One moment").await
    }

    /// Makes a key and adds an endpoint, so that there is something to be seen of both.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn connect_a_program(&self) -> Result<(), BrowserError> {
        self.browser.go(&self.studio.at("/account/keys")).await?;
        self.browser.fill("[name=name]", "Team page").await?;
        self.browser.click("[name=scope][value='images:read']").await?;
        self.browser.click("form.sheet .button.first").await?;
        self.browser.see("#secret").await?;
        self.browser.go(&self.studio.at("/account/webhooks")).await?;
        self.browser.fill("[name=url]", "https://hooks.example.org/covershots").await?;
        self.browser.click("form.sheet .button.first").await?;
        self.browser.see("#secret").await
    }
}
