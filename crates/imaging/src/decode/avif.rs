//! AVIF: AV1 still pictures of 8, 10 and 12 bits, by rav1d without assembly.
//!
//! The container is read by [`super::bmff`]; `ispe`, `irot`, `imir` and `colr` say how the
//! picture is shown, and Exif's orientation counts for nothing (ISO/IEC 23000-22, 7.3.6.7). Pictures for
//! high-dynamic-range screens would come out dark and are refused.
//!
//! rav1d is called through functions of C, out of which no panic can be caught: a bug in it would end the
//! program. That is why its arithmetic is left to wrap (`Cargo.toml`), as in dav1d, and why it is fuzzed.

use domain::Size;
use re_rav1d::dav1d::{Decoder, Picture, PixelLayout, PlanarImageComponent, Settings, pixel};

use super::bmff::{self, CodePoints, Properties};
use super::bmff_items::Items;
use super::colour::Profile;
use super::yuv::{self, Frame};
use super::{DecodeError, Header, Limits, Samples, Source, SourceFormat};
use crate::pixmap::Rgba8;

fn damaged(reason: impl ToString) -> DecodeError {
    DecodeError::damaged(SourceFormat::Avif, reason)
}

fn unsupported(what: &'static str) -> DecodeError {
    DecodeError::Unsupported { what, advice: "export it as a JPEG or PNG and send that" }
}

/// The main picture's item with its properties.
fn open(bytes: &[u8]) -> Result<(Items<'_>, Properties, Size), DecodeError> {
    let nonsense = || damaged("its boxes make no sense");
    let items = Items::new(bytes).ok_or_else(nonsense)?;
    let properties = bmff::properties(&items, items.primary).ok_or_else(nonsense)?;
    let size = properties.size.filter(|s| s.width > 0 && s.height > 0);
    let size = size.ok_or_else(|| damaged("it has no size"))?;
    Ok((items, properties, size))
}

/// The item that is the main picture's alpha plane.
fn alpha_item(items: &Items<'_>) -> Option<u32> {
    let item = items.referring(b"auxl", items.primary)?;
    bmff::properties(items, item).filter(|p| p.alpha).map(|_| item)
}

pub(super) fn header(bytes: &[u8]) -> Result<Header, DecodeError> {
    let (items, properties, size) = open(bytes)?;
    let (format, orientation) = (SourceFormat::Avif, properties.orientation);
    Ok(Header { format, size, orientation, alpha: alpha_item(&items).is_some() })
}

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Source, DecodeError> {
    let (items, properties, size) = open(bytes)?;
    let picture = decode(&items, items.primary, size, limits)?;
    let code = properties.code_points.unwrap_or_else(|| code_points(&picture));
    if matches!(code.transfer, PQ | HLG) && properties.icc.is_none() {
        return Err(unsupported("a high-dynamic-range AVIF"));
    }
    let frame = frame(&picture)?;
    let colour = if frame.chroma.is_none() {
        Samples::Gray(yuv::to_gray(&frame, code.full_range))
    } else if yuv::is_known(code) {
        Samples::Rgb(yuv::to_rgb(frame, code).ok_or_else(|| damaged("its colour is missing"))?)
    } else {
        return Err(unsupported("an AVIF of an unusual colour model"));
    };
    let samples = match alpha_item(&items) {
        Some(item) => {
            let alpha = decode(&items, item, size, limits)?;
            with_alpha(colour, &alpha, items.refers(b"prem", items.primary, item))?
        }
        None => colour,
    };
    let profile = match properties.icc {
        Some(icc) => Some(Profile::Icc(icc)),
        None => Profile::from_code_points(code.primaries, code.transfer),
    };
    Ok(Source { samples, profile, orientation: properties.orientation })
}

/// SMPTE ST 2084 and hybrid log-gamma, by ITU-T H.273, table 3.
const PQ: u8 = 16;
const HLG: u8 = 18;

/// One AV1 still picture, which must have the size that the container says.
fn decode(items: &Items<'_>, item: u32, size: Size, limits: &Limits) -> Result<Picture, DecodeError> {
    match items.kind(item) {
        Some([b'a', b'v', b'0', b'1']) => {}
        Some(_) => return Err(unsupported("an AVIF made of several pictures")),
        None => return Err(damaged("its main picture is missing")),
    }
    let data = items.data(item).ok_or_else(|| damaged("its end is missing"))?;
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_all_layers(false);
    settings.set_frame_size_limit(u32::try_from(limits.max_pixels).unwrap_or(u32::MAX));
    let mut decoder = Decoder::with_settings(&settings).map_err(damaged)?;
    match decoder.send_data(data.into_owned(), None, None, None) {
        Err(error) if !error.is_again() => return Err(damaged(error)),
        _ => {}
    }
    let picture = decoder.get_picture().map_err(|error| {
        damaged(if error.is_again() { "its end is missing".to_owned() } else { error.to_string() })
    })?;
    if (picture.width(), picture.height()) != (size.width, size.height) {
        return Err(damaged("its headers contradict each other"));
    }
    Ok(picture)
}

/// What numbers mean where the container does not say: sRGB and BT.601, as MIAF has it (ISO/IEC 23000-22, 7.3.6.4),
/// in the range of the AV1 header. The header's other code points cannot be asked for: the decoder ends in a panic
/// on those that are reserved.
fn code_points(picture: &Picture) -> CodePoints {
    let full_range = picture.color_range() == pixel::YUVRange::Full;
    CodePoints { primaries: 1, transfer: 13, matrix: 6, full_range }
}

fn frame(picture: &Picture) -> Result<Frame, DecodeError> {
    use PlanarImageComponent::{U, V, Y};
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (chroma_width, chroma_height) = match picture.pixel_layout() {
        PixelLayout::I400 => (0, 0),
        PixelLayout::I420 => (width.div_ceil(2), height.div_ceil(2)),
        PixelLayout::I422 => (width.div_ceil(2), height),
        PixelLayout::I444 => (width, height),
    };
    let chroma = match picture.pixel_layout() {
        PixelLayout::I400 => None,
        _ => Some([
            plane(picture, U, chroma_width, chroma_height)?,
            plane(picture, V, chroma_width, chroma_height)?,
        ]),
    };
    Ok(Frame { luma: plane(picture, Y, width, height)?, chroma, bits: bits(picture) })
}

fn bits(picture: &Picture) -> u32 {
    picture.bits_per_component().map_or(8, |b| b.0 as u32)
}

fn plane(
    picture: &Picture,
    component: PlanarImageComponent,
    width: usize,
    height: usize,
) -> Result<yuv::Samples, DecodeError> {
    let data = picture.plane(component);
    let stride = picture.stride(component) as usize;
    let wide = bits(picture) > 8;
    let mut samples = Vec::with_capacity(width * height);
    for row in data.chunks(stride.max(1)).take(height) {
        if wide {
            // Samples of more than 8 bits lie in memory as the machine has them.
            samples.extend(row.as_chunks().0.iter().take(width).map(|b| u16::from_ne_bytes(*b)));
        } else {
            samples.extend(row.iter().take(width).map(|v| u16::from(*v)));
        }
    }
    yuv::Samples::from_vec(width, height, samples).ok_or_else(|| damaged("its planes are too small"))
}

fn with_alpha(colour: Samples, alpha: &Picture, premultiplied: bool) -> Result<Samples, DecodeError> {
    let full_range = alpha.color_range() == pixel::YUVRange::Full;
    let alpha = yuv::to_gray(&frame(alpha)?, full_range);
    let divide = |v: u8, a: u8| match a {
        0 => 0,
        a if premultiplied => ((u32::from(v) * 255 + u32::from(a) / 2) / u32::from(a)).min(255) as u8,
        _ => v,
    };
    let rgb = match colour {
        Samples::Gray(picture) => picture.map(|[v]| [v; 3]),
        Samples::Rgb(picture) => picture,
        other => return Ok(other),
    };
    Ok(Samples::Rgba(Rgba8::from_fn(rgb.width(), rgb.height(), |x, y| {
        let ([r, g, b], [a]) = (rgb.get(x, y), alpha.get(x, y));
        [divide(r, a), divide(g, a), divide(b, a), a]
    })))
}
