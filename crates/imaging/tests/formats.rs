//! Every kind of file that is read shows the same drawing (`fixtures/make.py`), however it was stored.

mod common;

use common::{expected, expected_grey, fixture, worst_difference};
use domain::Size;
use imaging::decode::{Orientation, SourceFormat, decode_as, decode_with_alpha, probe};
use imaging::{DecodeError, Limits, Rgb8, Wanted, decode, decode_for};

fn read(name: &str) -> Rgb8 {
    decode(&fixture(name), &Limits::default()).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The mean difference tells a wrong colour or turn, the worst one a displaced row.
fn assert_shows(name: &str, picture: &Rgb8, expected: &Rgb8, mean: f64, worst: u8) {
    assert_eq!(picture.size(), expected.size(), "{name}");
    let difference = common::mean_difference(picture, expected);
    assert!(difference <= mean, "{name}: mean difference {difference}");
    let difference = worst_difference(picture, expected);
    assert!(difference <= worst, "{name}: worst difference {difference}");
}

#[test]
fn every_jpeg_shows_the_drawing() {
    for name in ["444", "422", "420"] {
        let name = format!("jpeg-baseline-{name}.jpg");
        assert_shows(&name, &read(&name), &expected(), 5.0, 130);
    }
    for name in ["progressive", "restart", "optimised", "rgb"] {
        let name = format!("jpeg-{name}.jpg");
        assert_shows(&name, &read(&name), &expected(), 5.0, 130);
    }
    for name in ["jpeg-grey.jpg", "jpeg-grey-progressive.jpg"] {
        assert_shows(name, &read(name), &expected_grey(), 1.5, 16);
    }
}

#[test]
fn four_inks_are_read_inverted_or_not() {
    for name in ["jpeg-cmyk-adobe.jpg", "jpeg-cmyk-plain.jpg", "jpeg-ycck.jpg"] {
        assert_shows(name, &read(name), &expected(), 2.0, 40);
    }
}

#[test]
fn every_png_shows_the_drawing() {
    for name in ["png-rgb16.png", "png-interlaced.png"] {
        assert_shows(name, &read(name), &expected(), 0.0, 0);
    }
    for name in ["png-grey.png", "png-grey16.png"] {
        assert_shows(name, &read(name), &expected_grey(), 0.0, 0);
    }
    assert_shows("palette", &read("png-palette.png"), &expected(), 4.0, 40);
    let bilevel = read("png-bilevel.png");
    assert!(bilevel.pixels().iter().all(|p| *p == [0; 3] || *p == [255; 3]));
    assert!(bilevel.pixels().contains(&[0; 3]) && bilevel.pixels().contains(&[255; 3]));
}

#[test]
fn every_webp_shows_the_drawing() {
    assert_shows("lossy", &read("webp-lossy.webp"), &expected(), 5.0, 130);
    assert_shows("lossless", &read("webp-lossless.webp"), &expected(), 0.0, 0);
    assert_shows("animation", &read("webp-animation.webp"), &expected(), 0.0, 0);
}

#[test]
fn every_avif_shows_the_drawing() {
    for name in ["420", "422", "limited"] {
        let name = format!("avif-{name}.avif");
        assert_shows(&name, &read(&name), &expected(), 5.0, 130);
    }
    assert_shows("444", &read("avif-444.avif"), &expected(), 2.5, 40);
    assert_shows("grey", &read("avif-grey.avif"), &expected_grey(), 2.0, 24);
    let odd = expected().crop(0, 0, 47, 31);
    assert_shows("odd", &read("avif-odd.avif"), &odd, 5.0, 130);
}

#[test]
fn all_eight_orientations_are_turned_upright() {
    for value in 1..=8 {
        let name = format!("orientation-{value}.jpg");
        assert_shows(&name, &read(&name), &expected(), 3.0, 60);
        let header = probe(&fixture(&name), &Limits::default()).unwrap();
        assert_eq!(header.orientation, Orientation::from_exif_value(value));
        assert_eq!((header.format, header.size), (SourceFormat::Jpeg, Size::new(48, 32)));
    }
    for name in ["orientation-6.png", "orientation-6.webp"] {
        assert_shows(name, &read(name), &expected(), 0.0, 0);
    }
    assert_shows("avif", &read("orientation-6.avif"), &expected(), 2.5, 40);
}

#[test]
fn see_through_pixels_show_white_or_are_kept() {
    for name in ["png-alpha.png", "webp-alpha.webp", "webp-alpha-lossless.webp", "avif-alpha.avif"] {
        let flat = read(name);
        assert!(flat.crop(0, 0, 16, 32).pixels().iter().flatten().all(|v| *v >= 253), "{name}");
        let right = |p: &Rgb8| p.crop(26, 0, 22, 32);
        assert_shows(name, &right(&flat), &right(&expected()), 5.0, 130);
        let kept = decode_with_alpha(&fixture(name), &Limits::default()).unwrap();
        let alpha = |x: usize| kept.get(x, 16)[3];
        assert_eq!((alpha(3), alpha(40)), (0, 255), "{name}");
        assert!(alpha(22).abs_diff(128) <= 3, "{name}: {}", alpha(22));
    }
    let grey = decode_with_alpha(&fixture("png-grey-alpha.png"), &Limits::default()).unwrap();
    assert_eq!(grey.get(3, 3)[3], 0);
    assert_eq!(grey.get(40, 16)[0], expected_grey().get(40, 16)[0]);
    let opaque = decode_with_alpha(&fixture("jpeg-baseline-444.jpg"), &Limits::default()).unwrap();
    assert!(opaque.pixels().iter().all(|p| p[3] == 255));
}

#[test]
fn a_header_says_format_size_and_alpha() {
    for (name, format, alpha) in [
        ("jpeg-cmyk-adobe.jpg", SourceFormat::Jpeg, false),
        ("png-palette.png", SourceFormat::Png, false),
        ("png-alpha.png", SourceFormat::Png, true),
        ("webp-lossy.webp", SourceFormat::WebP, false),
        ("webp-alpha.webp", SourceFormat::WebP, true),
        ("avif-420.avif", SourceFormat::Avif, false),
        ("avif-alpha.avif", SourceFormat::Avif, true),
    ] {
        let header = probe(&fixture(name), &Limits::default()).unwrap();
        assert_eq!((header.format, header.alpha, header.size), (format, alpha, Size::new(48, 32)), "{name}");
    }
}

#[test]
fn a_file_is_what_its_sender_says_or_refused() {
    let jpeg = fixture("jpeg-baseline-444.jpg");
    for honest in ["image/jpeg", "jpg", ".JPEG", "image/jpeg; charset=utf-8"] {
        assert!(decode_as(&jpeg, honest, &Limits::default()).is_ok(), "{honest}");
    }
    for lie in ["image/png", "webp", "application/pdf", ""] {
        let error = decode_as(&jpeg, lie, &Limits::default()).unwrap_err();
        assert!(matches!(error, DecodeError::Mismatch { .. }), "{error}");
        assert!(error.to_string().contains("JPEG") && error.to_string().contains(lie), "{error}");
    }
}

#[test]
fn a_smaller_picture_is_the_whole_one_made_smaller() {
    use imaging::resize::Resizable;
    for name in ["jpeg-baseline-420.jpg", "jpeg-progressive.jpg", "orientation-6.jpg", "png-rgb16.png"] {
        let limits = Limits::default();
        let small = decode_for(&fixture(name), &limits, Wanted::longest_side(24)).unwrap();
        assert_eq!(small.size(), Size::new(24, 16), "{name}");
        let whole = read(name).resized(24, 16);
        // A baseline JPEG is made smaller by its own transform, which draws hard edges otherwise.
        let (mean, worst) =
            if name.contains("420") || name.contains("orient") { (4.5, 60) } else { (0.5, 4) };
        assert_shows(name, &small, &whole, mean, worst);
        let same = decode_for(&fixture(name), &limits, Wanted::longest_side(48)).unwrap();
        assert!(same == read(name), "{name}");
    }
}
