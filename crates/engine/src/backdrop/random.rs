//! Numbers that look random and are the same for ever: on every machine, in every order of the threads.

/// Mixes a number into one that has nothing to do with its neighbours
/// ([splitmix64](https://prng.di.unimi.it/splitmix64.c)).
pub(super) fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// A sequence of numbers from a seed.
pub(super) struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Random(mix(seed))
    }

    /// The sequence of a place of one kind: `name` keeps the kinds apart.
    pub(super) fn of_place(name: &str, place: u16) -> Self {
        let name = name.bytes().fold(0, |n, b| mix(n ^ u64::from(b)));
        Random::new(name ^ u64::from(place))
    }

    /// A number from 0 to below 1.
    pub(super) fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(1);
        (mix(self.0) >> 40) as f32 / (1u64 << 24) as f32
    }

    /// A number between two.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// True in `share` of all cases.
    pub(super) fn chance(&mut self, share: f32) -> bool {
        self.unit() < share
    }

    /// One of several.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[((self.unit() * from.len() as f32) as usize).min(from.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_evenly_and_stay_inside() {
        let mut random = Random::new(3);
        let mut tenths = [0; 10];
        for _ in 0..10_000 {
            tenths[(random.unit() * 10.0) as usize] += 1;
        }
        assert!(tenths.iter().all(|n| (900..1100).contains(n)), "{tenths:?}");
    }

    #[test]
    fn kinds_and_places_have_sequences_of_their_own() {
        let first = |name, place| Random::of_place(name, place).unit();
        assert_ne!(first("office", 0), first("park", 0));
        assert_ne!(first("office", 0), first("office", 1));
        assert_eq!(first("office", 1), first("office", 1));
    }
}
