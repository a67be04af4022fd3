//! What several tests need: the fixtures and how far two pictures differ.
#![allow(dead_code, clippy::unwrap_used)] // each test uses its part; a test that cannot read its fixture has failed

use imaging::{Limits, Rgb8, decode};

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every picture of the fixtures, with its file name.
pub(crate) fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = format!("{}/tests/fixtures", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".py") && !name.ends_with(".md"))
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), fixture(&name))).collect()
}

pub(crate) fn expected() -> Rgb8 {
    decode(&fixture("expected.png"), &Limits::default()).unwrap()
}

pub(crate) fn expected_grey() -> Rgb8 {
    decode(&fixture("expected-grey.png"), &Limits::default()).unwrap()
}

pub(crate) fn mean_difference(a: &Rgb8, b: &Rgb8) -> f64 {
    let sum: u64 = a.data().iter().zip(b.data()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.data().len() as f64
}

pub(crate) fn worst_difference(a: &Rgb8, b: &Rgb8) -> u8 {
    a.data().iter().zip(b.data()).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}
