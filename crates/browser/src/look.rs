//! How a page is looked at: on what screen, in which theme.

use serde_json::json;

use crate::{Browser, BrowserError};

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As on paper.
    Light,
    /// As at night.
    Dark,
}

impl Theme {
    /// Both.
    pub const ALL: [Theme; 2] = [Theme::Light, Theme::Dark];

    /// Its name, as in CSS.
    pub const fn name(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

/// A screen and a theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// CSS pixels across.
    pub width: u32,
    /// CSS pixels down.
    pub height: u32,
    /// Whether it is touched: no mouse, no hovering, two device pixels to one of CSS.
    pub phone: bool,
    /// The theme that the person prefers.
    pub theme: Theme,
}

impl Look {
    /// A desk.
    pub const DESKTOP: Look = Look { width: 1280, height: 800, phone: false, theme: Theme::Light };
    /// A phone held upright.
    pub const PHONE: Look = Look { width: 390, height: 844, phone: true, theme: Theme::Light };

    /// The same screen in another theme.
    pub const fn in_theme(self, theme: Theme) -> Look {
        Look { theme, ..self }
    }

    /// `wide` or `narrow`.
    pub const fn name(self) -> &'static str {
        if self.phone { "narrow" } else { "wide" }
    }
}

impl Browser {
    /// Looks at pages like this from now on.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn look(&self, look: Look) -> Result<(), BrowserError> {
        let scale = if look.phone { 2 } else { 1 };
        let screen = json!({
            "width": look.width, "height": look.height, "deviceScaleFactor": scale, "mobile": look.phone,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await?;
        self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": look.phone })).await?;
        let theme = json!([
            { "name": "prefers-color-scheme", "value": look.theme.name() },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": theme })).await?;
        Ok(())
    }
}
