//! Arbitrary bytes as a picture: an error or a picture within the limits, never a panic.
//!
//! `cargo +nightly fuzz run -O decode fuzz/corpus/decode crates/imaging/tests/fixtures` from the project's root; the
//! fixtures of the tests are the seeds.
#![no_main]

use imaging::decode::{decode_with_alpha, probe};
use imaging::{Limits, Wanted, decode, decode_for};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Small limits keep one run short; what they refuse is refused all the same.
    let limits = Limits { max_bytes: 1 << 20, max_pixels: 1 << 18, max_side: 4096 };
    let header = probe(bytes, &limits);
    let picture = decode(bytes, &limits);
    let smaller = decode_for(bytes, &limits, Wanted::longest_side(50));
    let _ = decode_with_alpha(bytes, &limits);
    if let Ok(picture) = picture {
        // What was read has the size that the header said, and shrinks.
        let header = header.expect("a picture without a header");
        assert_eq!(picture.size(), header.size);
        let smaller = smaller.expect("a picture that cannot be made smaller");
        assert!(smaller.width().max(smaller.height()) <= 50);
    }
});
