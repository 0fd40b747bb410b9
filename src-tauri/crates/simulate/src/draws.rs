//! Seeded randomness that is the same in every release, so that a seed keeps its meaning.

use std::sync::atomic::{AtomicU64, Ordering};

/// `SplitMix64` (Steele, Lea, Flood 2014): one addition and a mix a draw.
#[derive(Debug)]
pub struct Draws(AtomicU64);

impl Draws {
    /// The same seed gives the same draws.
    pub fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number on [0, 1).
    pub fn next(&self) -> f64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut mixed = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        // The upper 53 bits are what a double holds.
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}
