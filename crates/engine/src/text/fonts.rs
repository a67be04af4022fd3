//! The fonts that come with the engine, and which of them has a character.
//!
//! The order of fallback is written down here and nowhere else: the style's own typeface, a companion of its kind for
//! alphabets it lacks, then the font made for the script. What none has is an error that names the character.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use cosmic_text::fontdb::{Database, ID, Source, Weight};
use cosmic_text::{Fallback, FontSystem, SwashCache};
use domain::style::thumbnail::Typeface;

macro_rules! fonts {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_bytes!(concat!("../../../../fonts/", $file)))),*]
    };
}

/// Every font by file name. The first eleven are [`Typeface::ALL`], in that order.
static FILES: &[(&str, &[u8])] = fonts![
    "anton.ttf",
    "archivo-black.ttf",
    "bangers.ttf",
    "bebas-neue.ttf",
    "inter.ttf",
    "luckiest-guy.ttf",
    "montserrat.ttf",
    "oswald.ttf",
    "permanent-marker.ttf",
    "playfair-display.ttf",
    "poppins.ttf",
    "noto-sans-arabic.ttf",
    "noto-sans-hebrew.ttf",
    "noto-sans-devanagari.ttf",
    "noto-sans-bengali.ttf",
    "noto-sans-thai.ttf",
    "noto-sans-tamil.ttf",
    "noto-sans-telugu.ttf",
    "noto-sans-gujarati.ttf",
    "noto-sans-gurmukhi.ttf",
    "noto-sans-kannada.ttf",
    "noto-sans-malayalam.ttf",
    "noto-sans-oriya.ttf",
    "noto-sans-sinhala.ttf",
    "noto-sans-khmer.ttf",
    "noto-sans-lao.ttf",
    "noto-sans-myanmar.ttf",
    "noto-sans-armenian.ttf",
    "noto-sans-georgian.ttf",
    "noto-sans-ethiopic.ttf",
    "noto-sans-jp.otf",
    "noto-sans-sc.otf",
    "noto-color-emoji.ttf",
];

/// Place of a font in [`FILES`].
pub(crate) type FontIndex = usize;

const JAPANESE: FontIndex = 30;
const CHINESE: FontIndex = 31;
/// The colour font.
pub(crate) const EMOJI: FontIndex = 32;

/// The place of a style's typeface.
pub(crate) fn typeface(face: Typeface) -> FontIndex {
    face as usize
}

/// The narrow typeface that a long title is set in when its own is too broad for it.
pub(crate) fn narrow(face: Typeface) -> Typeface {
    match face {
        Typeface::ArchivoBlack | Typeface::Bangers | Typeface::LuckiestGuy | Typeface::Anton => {
            Typeface::Anton
        }
        _ => Typeface::Oswald,
    }
}

/// One font, opened.
pub(crate) struct Face {
    /// Its key in the font system.
    pub id: ID,
    /// Its family, under which the shaper finds it.
    pub family: String,
    /// Its weight, which has to be asked for exactly.
    pub weight: Weight,
    /// Height of its capitals, in em.
    pub cap_height: f32,
}

/// All fonts, opened, and the shaper's caches. Caches change no result.
pub(crate) struct Fonts {
    pub system: FontSystem,
    pub cache: SwashCache,
    pub faces: Vec<Face>,
}

/// The shaper's own fallback is never asked: every character is given its font beforehand.
struct NoFallback;

impl Fallback for NoFallback {
    fn common_fallback(&self) -> &[&'static str] {
        &[]
    }
    fn forbidden_fallback(&self) -> &[&'static str] {
        &[]
    }
    fn script_fallback(&self, _: unicode_script::Script, _: &str) -> &[&'static str] {
        &[]
    }
}

static FONTS: LazyLock<Mutex<Fonts>> = LazyLock::new(|| Mutex::new(Fonts::open()));

/// The fonts, opened at the first call. Held for one title at a time.
pub(crate) fn fonts() -> MutexGuard<'static, Fonts> {
    // A panic in another thread leaves at worst a cache entry missing.
    FONTS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fonts {
    fn open() -> Fonts {
        let mut db = Database::new();
        let ids: Vec<ID> = FILES
            .iter()
            .map(|(name, data)| {
                let ids = db.load_font_source(Source::Binary(Arc::new(*data)));
                *ids.first().unwrap_or_else(|| panic!("{name} in this program is not a font"))
            })
            .collect();
        let named: Vec<(String, Weight)> = ids
            .iter()
            .map(|id| {
                let face = db.face(*id).map(|face| (face.families[0].0.clone(), face.weight));
                face.unwrap_or_default()
            })
            .collect();
        let mut system = FontSystem::new_with_locale_and_db_and_fallback("en-US".into(), db, NoFallback);
        let faces = ids.into_iter().zip(named).map(|(id, (family, weight))| {
            let font = system.get_font(id, weight);
            let cap_height = font.map_or(0.0, |font| {
                let metrics = font.as_swash().metrics(&[]);
                metrics.cap_height / f32::from(metrics.units_per_em)
            });
            Face { id, family, weight, cap_height: if cap_height > 0.3 { cap_height } else { 0.714 } }
        });
        let faces = faces.collect();
        Fonts { system, cache: SwashCache::new(), faces }
    }

    /// Whether a font has a character of its own for this one.
    pub(crate) fn has(&mut self, font: FontIndex, character: char) -> bool {
        let Face { id, weight, .. } = self.faces[font];
        self.system.get_font(id, weight).is_some_and(|font| font.as_swash().charmap().map(character) != 0)
    }

    /// The first font, by the order of fallback, that has a whole cluster; or the character that none has.
    ///
    /// `kana` says whether the title is Japanese, whose forms of shared characters then come first.
    pub(crate) fn pick(&mut self, face: Typeface, cluster: &str, kana: bool) -> Result<FontIndex, char> {
        if cluster.chars().all(is_invisible) {
            return Ok(typeface(face));
        }
        if wants_colour(cluster) && self.covers(EMOJI, cluster) {
            return Ok(EMOJI);
        }
        let companion = typeface(companion(face));
        let (first, second) = if kana { (JAPANESE, CHINESE) } else { (CHINESE, JAPANESE) };
        let order = [typeface(face), companion, typeface(Typeface::Inter)].into_iter();
        let scripts = typeface(Typeface::Poppins) + 1..JAPANESE;
        let found =
            order.chain(scripts).chain([first, second, EMOJI]).find(|font| self.covers(*font, cluster));
        found.ok_or_else(|| {
            let mut visible = cluster.chars().filter(|c| !is_invisible(*c));
            visible.next().unwrap_or(char::REPLACEMENT_CHARACTER)
        })
    }

    fn covers(&mut self, font: FontIndex, cluster: &str) -> bool {
        cluster.chars().all(|c| is_invisible(c) || self.has(font, c))
    }
}

/// The typeface of the same kind that has Greek, Cyrillic and more Latin.
fn companion(face: Typeface) -> Typeface {
    match face {
        Typeface::Anton | Typeface::BebasNeue | Typeface::Bangers => Typeface::Oswald,
        Typeface::PlayfairDisplay => Typeface::PlayfairDisplay,
        _ => Typeface::Montserrat,
    }
}

/// Joiners and selectors: they change their neighbours and show nothing themselves.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
        || c == '\u{a0}'
        || c == ' '
}

/// Whether a cluster is shown in colour: by its selector, or because Unicode's `Emoji_Presentation` says so (UTS 51).
pub(crate) fn wants_colour(cluster: &str) -> bool {
    if cluster.contains('\u{fe0e}') {
        return false;
    }
    let Some(first) = cluster.chars().next() else { return false };
    cluster.contains(['\u{fe0f}', '\u{20e3}'])
        || ('\u{1f000}'..'\u{20000}').contains(&first)
        || "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕".contains(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_font_opens_and_the_typefaces_stand_in_order() {
        let fonts = fonts();
        assert_eq!(fonts.faces.len(), FILES.len());
        for (i, face) in Typeface::ALL.iter().enumerate() {
            let name = serde_json_name(*face);
            assert_eq!(FILES[i].0, format!("{name}.ttf"));
            assert_eq!(typeface(*face), i);
        }
        let mut families: Vec<_> = fonts.faces.iter().map(|face| &face.family).collect();
        families.sort();
        families.dedup();
        assert_eq!(families.len(), FILES.len(), "two fonts share a family: {families:?}");
    }

    fn serde_json_name(face: Typeface) -> String {
        let value = toml::Value::try_from(face).unwrap();
        value.as_str().unwrap().to_owned()
    }

    #[test]
    fn each_script_has_its_font_and_what_has_none_is_named() {
        let mut fonts = fonts();
        let mut name = |cluster: &str, kana| fonts.pick(Typeface::Anton, cluster, kana).map(|i| FILES[i].0);
        assert_eq!(name("A", false), Ok("anton.ttf"));
        assert_eq!(name("Ж", false), Ok("oswald.ttf"));
        assert_eq!(name("ΠΩΣ", false), Ok("inter.ttf"));
        assert_eq!(name("م", false), Ok("noto-sans-arabic.ttf"));
        assert_eq!(name("नि", false), Ok("noto-sans-devanagari.ttf"));
        assert_eq!(name("直", false), Ok("noto-sans-sc.otf"));
        assert_eq!(name("直", true), Ok("noto-sans-jp.otf"));
        assert_eq!(name("한", false), Ok("noto-sans-jp.otf"));
        assert_eq!(name("👩‍🚀", false), Ok("noto-color-emoji.ttf"));
        assert_eq!(name("❤\u{fe0f}", false), Ok("noto-color-emoji.ttf"));
        assert_eq!(name("3", false), Ok("anton.ttf"));
        assert_eq!(name("3\u{fe0f}\u{20e3}", false), Ok("noto-color-emoji.ttf"));
        assert_eq!(name("𓀀", false), Err('𓀀'));
    }
}
