//! HEIC, by the system's libheif: only in builds with the feature `heic`.
//!
//! libheif turns the picture upright itself, so that what it hands over is shown as it is.

use domain::Size;
use libheif_rs::{ColorSpace, HeifContext, LibHeif, RgbChroma};

use super::bmff_items::Items;
use super::colour::Profile;
use super::{DecodeError, Header, Limits, Orientation, Samples, Source, SourceFormat, bmff};
use crate::pixmap::Rgb8;

fn damaged(reason: impl ToString) -> DecodeError {
    DecodeError::damaged(SourceFormat::Heic, reason)
}

fn properties(bytes: &[u8]) -> Option<bmff::Properties> {
    let items = Items::new(bytes)?;
    bmff::properties(&items, items.primary)
}

pub(super) fn header(bytes: &[u8]) -> Result<Header, DecodeError> {
    let properties = properties(bytes).ok_or_else(|| damaged("its boxes make no sense"))?;
    let size = properties.size.filter(|s| s.width > 0 && s.height > 0);
    Ok(Header {
        format: SourceFormat::Heic,
        size: size.ok_or_else(|| damaged("it has no size"))?,
        orientation: properties.orientation,
        alpha: false,
    })
}

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Source, DecodeError> {
    let declared = header(bytes)?;
    let context = HeifContext::read_from_bytes(bytes).map_err(damaged)?;
    let handle = context.primary_image_handle().map_err(damaged)?;
    let size = Size::new(handle.width(), handle.height());
    limits.check_size(size)?;
    if size != declared.orientation.upright(declared.size) {
        return Err(damaged("its headers contradict each other"));
    }
    let image = LibHeif::new().decode(&handle, ColorSpace::Rgb(RgbChroma::Rgb), None).map_err(damaged)?;
    let plane = image.planes().interleaved.ok_or_else(|| damaged("it has no pixels"))?;
    let (width, height) = (size.width as usize, size.height as usize);
    let mut data = Vec::with_capacity(width * height * 3);
    for row in plane.data.chunks(plane.stride.max(1)).take(height) {
        data.extend_from_slice(row.get(..width * 3).ok_or_else(|| damaged("a row is cut off"))?);
    }
    let picture = Rgb8::from_vec(width, height, data).ok_or_else(|| damaged("rows are missing"))?;
    let profile = properties(bytes).and_then(|p| match (p.icc, p.code_points) {
        (Some(icc), _) => Some(Profile::Icc(icc)),
        (None, Some(code)) => Profile::from_code_points(code.primaries, code.transfer),
        (None, None) => None,
    });
    Ok(Source { samples: Samples::Rgb(picture), profile, orientation: Orientation::Upright })
}
