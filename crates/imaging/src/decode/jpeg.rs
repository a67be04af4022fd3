//! JPEG: baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK.
//!
//! What phones make is read by [`super::jpeg_baseline`], all else by zune-jpeg. That decoder runs in its strict mode, in which a broken code is an error and not a grey rest of the picture.

use domain::Size;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::colour::Profile;
use super::jpeg_segments::{Layout, Segments, damaged, walk};
use super::{DecodeError, Header, Orientation, Samples, Source, SourceFormat};
use super::{jpeg_baseline, ycc};
use crate::pixmap::Pixmap;

pub(super) fn header(bytes: &[u8]) -> Result<Header, DecodeError> {
    let segments = walk(bytes)?;
    Ok(Header {
        format: SourceFormat::Jpeg,
        size: segments.layout.size,
        orientation: orientation(&segments),
        alpha: false,
    })
}

fn orientation(segments: &Segments<'_>) -> Orientation {
    segments.exif.map_or(Orientation::Upright, Orientation::from_exif)
}

/// Reads the file. With a `wanted` size (as stored, not upright) the picture may come at just that size.
pub(super) fn read(bytes: &[u8], wanted: Option<Size>) -> Result<Source, DecodeError> {
    let segments = walk(bytes)?;
    let orientation = orientation(&segments);
    let samples = if jpeg_baseline::reads(&segments.layout) {
        let size = wanted.unwrap_or(segments.layout.size);
        ycc::assemble(jpeg_baseline::decode(&segments.layout, size)?, size)
    } else {
        samples(bytes, &segments.layout)?
    };
    Ok(Source { samples, profile: segments.icc.map(Profile::Icc), orientation })
}

/// All pixels at full size.
fn samples(bytes: &[u8], layout: &Layout<'_>) -> Result<Samples, DecodeError> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|e| damaged(reason(&e)))?;
    let stored = decoder.input_colorspace().ok_or_else(|| damaged("it has no frame"))?;
    // Four inks are taken as they are: which of them are inverted is for us to say.
    let wanted = match stored {
        ColorSpace::Luma => ColorSpace::Luma,
        ColorSpace::CMYK | ColorSpace::YCCK => stored,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));
    let Size { width, height } = layout.size;
    let (width, height) = (width as usize, height as usize);
    let count = wanted.num_components();
    let mut data = vec![0; width * height * count];
    if decoder.dimensions() != Some((width, height)) || decoder.output_buffer_size() != Some(data.len()) {
        return Err(damaged("its headers contradict each other"));
    }
    decoder.decode_into(&mut data).map_err(|e| damaged(reason(&e)))?;
    Ok(match wanted {
        ColorSpace::Luma => Samples::Gray(whole(width, height, data)?),
        ColorSpace::CMYK | ColorSpace::YCCK => {
            inks(&mut data, wanted == ColorSpace::YCCK, layout.adobe_transform.is_some());
            Samples::Cmyk(whole(width, height, data)?)
        }
        _ => Samples::Rgb(whole(width, height, data)?),
    })
}

fn whole<const C: usize>(width: usize, height: usize, data: Vec<u8>) -> Result<Pixmap<u8, C>, DecodeError> {
    Pixmap::from_vec(width, height, data).ok_or_else(|| damaged("its headers contradict each other"))
}

/// What the decoder says, on one line.
fn reason(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Four stored values to the amounts of four inks, 255 being all of it.
///
/// Files with Adobe's segment hold the complement of every ink; only a file without it holds the inks
/// themselves, and so libvips reads them. YCCK, which needs the segment, is YCbCr of the complement of what
/// CMYK would hold (Adobe Technical Note 5116, section 18): of the inks themselves.
fn inks(data: &mut [u8], ycck: bool, adobe: bool) {
    for [c, m, y, k] in data.as_chunks_mut::<4>().0 {
        if ycck {
            let [luma, cb, cr] = [*c, *m, *y].map(f32::from);
            let (cb, cr) = (cb - 128.0, cr - 128.0);
            let mixed = [luma + 1.402 * cr, luma - 0.344_136 * cb - 0.714_136 * cr, luma + 1.772 * cb];
            [*c, *m, *y] = mixed.map(|v| v.round().clamp(0.0, 255.0) as u8);
            *k = 255 - *k;
        } else if adobe {
            [*c, *m, *y, *k] = [*c, *m, *y, *k].map(|v| 255 - v);
        }
    }
}
