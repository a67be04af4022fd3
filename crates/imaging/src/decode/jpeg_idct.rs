//! A block's coefficients to samples, at full size or at 1 to 6 eighths of it.
//!
//! The inverse transform of 8 points is that of Arai, Agui and Nakajima (Trans. IEICE E-71, 1988), as in
//! Pennebaker and Mitchell, JPEG, 4.3.5. The smaller ones are inverse transforms of the lowest 6 to 1
//! frequencies: what a smaller picture cannot show is never computed. Scale factors are multiplied into the
//! quantisation table beforehand.

use std::f32::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

use super::jpeg_entropy::ZIGZAG;

/// Samples of a block's side after decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Full = 8,
    Six = 6,
    Five = 5,
    Four = 4,
    Three = 3,
    Two = 2,
    One = 1,
}

impl Scale {
    pub(super) const ALL: [Scale; 7] =
        [Scale::One, Scale::Two, Scale::Three, Scale::Four, Scale::Five, Scale::Six, Scale::Full];

    /// Samples of a block's side.
    pub(super) const fn side(self) -> usize {
        self as usize
    }

    /// What coefficients in the file's order are multiplied by: the quantisation step and the transform's
    /// own factors.
    pub(super) fn factors(self, steps: &[u16; 64]) -> [f32; 64] {
        let factor = |frequency: usize| match self {
            Scale::Full if frequency == 0 => 1.0 / 8f32.sqrt(),
            Scale::Full => (frequency as f32 * PI / 16.0).cos() * SQRT_2 / 8f32.sqrt(),
            // Orthonormal, and brought from 8 points to fewer.
            _ if frequency == 0 => (1.0 / 8.0f32).sqrt(),
            _ if frequency < self.side() => (2.0 / 8.0f32).sqrt(),
            _ => 0.0,
        };
        std::array::from_fn(|i| {
            let place = usize::from(ZIGZAG[i]);
            f32::from(steps[i]) * factor(place / 8) * factor(place % 8)
        })
    }

    /// Writes a block's samples to `rows`, whose rows are `stride` apart.
    #[inline(always)]
    pub(super) fn inverse(self, block: &[f32; 64], rows: &mut [u8], stride: usize) {
        match self {
            Scale::Full => inverse_8(block, rows, stride),
            Scale::Six => inverse_less(block, rows, stride, &WAVES_6),
            Scale::Five => inverse_less(block, rows, stride, &WAVES_5),
            Scale::Four => inverse_less(block, rows, stride, &WAVES_4),
            Scale::Three => inverse_less(block, rows, stride, &WAVES_3),
            Scale::Two => inverse_less(block, rows, stride, &WAVES_2),
            Scale::One => {
                if let Some(sample) = rows.first_mut() {
                    *sample = sample_of(block[0]);
                }
            }
        }
    }

    /// The same for a block of which only the mean is not zero.
    #[inline(always)]
    pub(super) fn flat(self, mean: f32, rows: &mut [u8], stride: usize) {
        let (side, sample) = (self.side(), sample_of(mean));
        for row in rows.chunks_mut(stride).take(side) {
            row[..side].fill(sample);
        }
    }
}

/// Samples are stored around zero and shown around 128. Adding 2²³ leaves no room for a fraction, so that the
/// lowest byte is the rounded number; unlike a cast this is one step for all lanes.
#[inline(always)]
fn sample_of(value: f32) -> u8 {
    ((value + 128.0).clamp(0.0, 255.0) + 8_388_608.0).to_bits() as u8
}

/// Eight numbers that go through the transform together.
type Lanes = [f32; 8];

#[inline(always)]
fn each(a: Lanes, b: Lanes, f: impl Fn(f32, f32) -> f32) -> Lanes {
    std::array::from_fn(|i| f(a[i], b[i]))
}

#[inline(always)]
fn add(a: Lanes, b: Lanes) -> Lanes {
    each(a, b, |a, b| a + b)
}

#[inline(always)]
fn sub(a: Lanes, b: Lanes) -> Lanes {
    each(a, b, |a, b| a - b)
}

#[inline(always)]
fn times(a: Lanes, factor: f32) -> Lanes {
    a.map(|a| a * factor)
}

/// One pass of the transform over eight rows at once, every lane for itself.
#[inline(always)]
fn pass(v: [Lanes; 8]) -> [Lanes; 8] {
    // Even part.
    let (t10, t11) = (add(v[0], v[4]), sub(v[0], v[4]));
    let t13 = add(v[2], v[6]);
    let t12 = sub(times(sub(v[2], v[6]), SQRT_2), t13);
    let (e0, e3) = (add(t10, t13), sub(t10, t13));
    let (e1, e2) = (add(t11, t12), sub(t11, t12));
    // Odd part.
    let (z13, z10) = (add(v[5], v[3]), sub(v[5], v[3]));
    let (z11, z12) = (add(v[1], v[7]), sub(v[1], v[7]));
    let o7 = add(z11, z13);
    let t11 = times(sub(z11, z13), SQRT_2);
    let z5 = times(add(z10, z12), 1.847_759_1);
    let t10 = sub(z5, times(z12, 1.082_392_2));
    let t12 = sub(z5, times(z10, 2.613_126));
    let o6 = sub(t12, o7);
    let o5 = sub(t11, o6);
    let o4 = sub(t10, o5);
    [add(e0, o7), add(e1, o6), add(e2, o5), add(e3, o4), sub(e3, o4), sub(e2, o5), sub(e1, o6), sub(e0, o7)]
}

#[inline(always)]
fn transposed(v: [Lanes; 8]) -> [Lanes; 8] {
    std::array::from_fn(|y| std::array::from_fn(|x| v[x][y]))
}

#[inline(always)]
fn inverse_8(block: &[f32; 64], rows: &mut [u8], stride: usize) {
    let (lanes, _) = block.as_chunks::<8>();
    let v: [Lanes; 8] = std::array::from_fn(|i| lanes[i]);
    let v = transposed(pass(transposed(pass(v))));
    for (row, v) in rows.chunks_mut(stride).zip(v) {
        if let Some((samples, _)) = row.split_first_chunk_mut::<8>() {
            *samples = v.map(sample_of);
        }
    }
}

/// The cosines of a transform of `N` points by frequency, for the first half of the points: the other half is
/// the same for even frequencies and the negative for odd ones.
type Waves<const N: usize> = [[f32; 3]; N];

// cos((2 point + 1) frequency π / 2N), checked by the tests against the definition.
const WAVES_2: Waves<2> = [[1.0, 0.0, 0.0], [FRAC_1_SQRT_2, 0.0, 0.0]];
const WAVES_3: Waves<3> = [[1.0, 1.0, 0.0], [0.866_025_4, 0.0, 0.0], [0.5, -1.0, 0.0]];
const WAVES_4: Waves<4> = [
    [1.0, 1.0, 0.0],
    [0.923_879_5, 0.382_683_43, 0.0],
    [FRAC_1_SQRT_2, -FRAC_1_SQRT_2, 0.0],
    [0.382_683_43, -0.923_879_5, 0.0],
];
const WAVES_5: Waves<5> = [
    [1.0, 1.0, 1.0],
    [0.951_056_5, 0.587_785_24, 0.0],
    [0.809_017, -0.309_017, -1.0],
    [0.587_785_24, -0.951_056_5, 0.0],
    [0.309_017, -0.809_017, 1.0],
];
const WAVES_6: Waves<6> = [
    [1.0, 1.0, 1.0],
    [0.965_925_8, FRAC_1_SQRT_2, 0.258_819_04],
    [0.866_025_4, 0.0, -0.866_025_4],
    [FRAC_1_SQRT_2, -FRAC_1_SQRT_2, -FRAC_1_SQRT_2],
    [0.5, -1.0, 0.5],
    [0.258_819_04, -FRAC_1_SQRT_2, 0.965_925_8],
];

/// One pass of a transform of `N` points; rows beyond stay as they are.
#[inline(always)]
fn pass_less<const N: usize>(v: &[Lanes; 8], waves: &Waves<N>) -> [Lanes; 8] {
    let mut out = *v;
    for point in 0..N.div_ceil(2) {
        let (mut even, mut odd) = (v[0], [0.0; 8]);
        for frequency in 1..N {
            let sum = if frequency % 2 == 0 { &mut even } else { &mut odd };
            *sum = add(*sum, times(v[frequency], waves[frequency][point]));
        }
        // The middle point of an odd number is its own mirror; there the odd frequencies are zero.
        out[point] = add(even, odd);
        out[N - 1 - point] = sub(even, odd);
    }
    out
}

#[inline(always)]
fn inverse_less<const N: usize>(block: &[f32; 64], rows: &mut [u8], stride: usize, waves: &Waves<N>) {
    let (lanes, _) = block.as_chunks::<8>();
    let v: [Lanes; 8] = std::array::from_fn(|i| lanes[i]);
    let v = transposed(pass_less(&transposed(pass_less(&v, waves)), waves));
    for (row, v) in rows.chunks_mut(stride).zip(v).take(N) {
        if let Some((samples, _)) = row.split_first_chunk_mut::<N>() {
            let all = v.map(sample_of);
            samples.copy_from_slice(&all[..N]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inverse transform as T.81, A.3.3 has it, of the lowest `side` frequencies.
    fn by_definition(coefficients: &[f32; 64], side: usize) -> Vec<f32> {
        let c = |u: usize| if u == 0 { (1.0 / side as f64).sqrt() } else { (2.0 / side as f64).sqrt() };
        let wave = |x: usize, u: usize| {
            ((2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / (2 * side) as f64).cos()
        };
        let mut samples = Vec::new();
        for y in 0..side {
            for x in 0..side {
                let mut sum = 0.0;
                for v in 0..side {
                    for u in 0..side {
                        sum += c(u) * c(v) * f64::from(coefficients[8 * v + u]) * wave(x, u) * wave(y, v);
                    }
                }
                samples.push((sum * side as f64 / 8.0) as f32);
            }
        }
        samples
    }

    #[test]
    fn every_size_is_the_transform_of_its_frequencies() {
        let coefficients: [f32; 64] =
            std::array::from_fn(|i| ((i * 37 % 61) as f32 - 30.0) * 3.0 / (1 + i / 9) as f32);
        for scale in Scale::ALL {
            let side = scale.side();
            let factors = scale.factors(&[1; 64]);
            let mut block = [0.0; 64];
            for (i, factor) in factors.iter().enumerate() {
                let place = usize::from(ZIGZAG[i]);
                block[place] = coefficients[place] * factor;
            }
            let mut rows = vec![0; 8 * 10];
            scale.inverse(&block, &mut rows, 10);
            for (i, wanted) in by_definition(&coefficients, side).into_iter().enumerate() {
                let seen = rows[i / side * 10 + i % side];
                assert!(
                    (f32::from(seen) - (wanted + 128.0).clamp(0.0, 255.0)).abs() <= 0.51,
                    "{scale:?} {i}"
                );
            }
        }
    }

    #[test]
    fn a_flat_block_is_its_mean_at_every_size() {
        for scale in Scale::ALL {
            let mean = 80.0 * scale.factors(&[1; 64])[0];
            let (mut flat, mut whole) = ([0; 64], [0; 64]);
            scale.flat(mean, &mut flat, 8);
            let mut block = [0.0; 64];
            block[0] = mean;
            scale.inverse(&block, &mut whole, 8);
            assert_eq!(flat, whole);
            assert_eq!(flat[0], 138);
        }
    }
}
