//! Colour profiles: what a profile means is shown in sRGB, and a broken one is no reason to refuse a picture.
//!
//! Profiles are made here by moxcms and put into files by hand, so that nothing but the profile changes.

#![allow(clippy::unwrap_used)] // in the helpers of a test

mod common;

use common::{expected, fixture, mean_difference};
use imaging::{Limits, Rgb8, decode, encode};
use moxcms::ColorProfile;

fn jpeg_with_profile(jpeg: &[u8], profile: &[u8]) -> Vec<u8> {
    let mut file = jpeg[..2].to_vec();
    let parts: Vec<&[u8]> = profile.chunks(60_000).collect();
    for (i, part) in parts.iter().enumerate() {
        let length = (part.len() + 16) as u16;
        file.extend([0xFF, 0xE2]);
        file.extend(length.to_be_bytes());
        file.extend(b"ICC_PROFILE\0");
        file.extend([i as u8 + 1, parts.len() as u8]);
        file.extend(*part);
    }
    file.extend(&jpeg[2..]);
    file
}

fn flat(colour: [u8; 3]) -> Vec<u8> {
    encode::jpeg(&Rgb8::filled(16, 16, colour), 100).unwrap().bytes
}

fn seen(file: &[u8]) -> [u8; 3] {
    decode(file, &Limits::default()).unwrap().get(8, 8)
}

fn assert_near(seen: [u8; 3], wanted: [u8; 3]) {
    assert!(seen.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 2), "{seen:?} for {wanted:?}");
}

#[test]
fn display_p3_is_shown_in_srgb() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    // sRGB (200, 100, 50) is (187, 105, 62) in Display P3, by the primaries of SMPTE EG 432-1 and sRGB's curve.
    assert_near(seen(&jpeg_with_profile(&flat([187, 105, 62]), &p3)), [200, 100, 50]);
    // A red outside sRGB is clipped, grey stays what it is.
    assert_near(seen(&jpeg_with_profile(&flat([255, 0, 0]), &p3)), [255, 0, 0]);
    assert_near(seen(&jpeg_with_profile(&flat([128; 3]), &p3)), [128; 3]);
}

#[test]
fn adobe_rgb_is_shown_in_srgb() {
    let adobe = ColorProfile::new_adobe_rgb().encode().unwrap();
    // Adobe RGB (1998), 4.3.4: a pure gamma of 563/256 and a wider green.
    assert_near(seen(&jpeg_with_profile(&flat([100, 150, 100]), &adobe)), [66, 151, 97]);
    assert_near(seen(&jpeg_with_profile(&flat([128; 3]), &adobe)), [129; 3]);
}

#[test]
fn a_grey_profile_is_for_grey_pictures() {
    let gamma = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let file = jpeg_with_profile(&fixture("jpeg-grey.jpg"), &gamma);
    let linear = decode(&file, &Limits::default()).unwrap();
    let plain = decode(&fixture("jpeg-grey.jpg"), &Limits::default()).unwrap();
    for (a, b) in linear.pixels().iter().zip(plain.pixels()) {
        // What was taken as encoded is now light, and encoded light is brighter.
        let wanted = imaging::linear::to_srgb(f32::from(b[0]) / 255.0);
        assert!(a[0].abs_diff(wanted) <= 2, "{a:?} {b:?}");
    }
    // The same profile on a colour picture is ignored.
    assert_near(seen(&jpeg_with_profile(&flat([200, 100, 50]), &gamma)), [200, 100, 50]);
}

#[test]
fn a_broken_profile_is_ignored() {
    let whole = ColorProfile::new_display_p3().encode().unwrap();
    let picture = fixture("jpeg-baseline-444.jpg");
    let plain = decode(&picture, &Limits::default()).unwrap();
    let broken: [Vec<u8>; 5] = [
        vec![0; 1],
        vec![0xFF; 4000],
        whole[..whole.len() / 2].to_vec(),
        whole[..129].to_vec(),
        [&whole[..128], &[0xFF; 200][..]].concat(),
    ];
    for profile in broken {
        let seen = decode(&jpeg_with_profile(&picture, &profile), &Limits::default()).unwrap();
        assert!(seen == plain, "a profile of {} bytes", profile.len());
    }
}

#[test]
fn a_profile_of_more_than_four_megabytes_is_ignored() {
    let mut profile = ColorProfile::new_display_p3().encode().unwrap();
    profile.resize(5 << 20, 0);
    assert_near(seen(&jpeg_with_profile(&flat([188, 106, 62]), &profile)), [188, 106, 62]);
}

#[test]
fn no_profile_means_srgb() {
    assert!(
        mean_difference(&decode(&fixture("jpeg-rgb.jpg"), &Limits::default()).unwrap(), &expected()) < 2.0
    );
}
