//! Numbers that look random and follow from a seed alone, so that anything can
//! be drawn again where it is needed instead of being remembered.

use std::sync::atomic::{AtomicU64, Ordering};

use agentidp_domain::random::Random;

/// The golden ratio, the step of SplitMix64.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// What numbers are drawn for; each purpose has numbers of its own.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Ids and fate of an organization.
    Organization,
    /// Ids and fate of an agent.
    Agent,
    /// What an agent looks like.
    Looks,
    /// An event.
    Event,
    /// Who is at work in an hour.
    Hour,
    /// The secret that all credentials share.
    Secret,
}

impl Purpose {
    fn number(self) -> u64 {
        match self {
            Self::Organization => 1,
            Self::Agent => 2,
            Self::Looks => 3,
            Self::Event => 4,
            Self::Hour => 5,
            Self::Secret => 6,
        }
    }
}

/// The generator SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
/// Number Generators, 2014). Nothing that has to be secret may come from it.
pub struct Seeded(AtomicU64);

impl Seeded {
    /// The numbers for one thing of one organization.
    pub fn new(seed: u64, purpose: Purpose, organization: u64, thing: u64) -> Self {
        let parts = [purpose.number(), organization, thing];
        let state = parts
            .into_iter()
            .fold(seed, |state, part| mix(state.wrapping_add(STEP) ^ part));
        Self(AtomicU64::new(state))
    }

    /// The next number below `bound`; 0 when there is none.
    pub fn below(&self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// One of the items; `None` when there is none.
    pub fn pick<T: Copy>(&self, items: &[T]) -> Option<T> {
        let count = u64::try_from(items.len()).ok()?;
        let index = usize::try_from(self.below(count)).ok()?;
        items.get(index).copied()
    }

    fn next(&self) -> u64 {
        mix(self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
    }
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl Random for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let bytes = self.next().to_le_bytes();
            for (target, byte) in chunk.iter_mut().zip(bytes) {
                *target = byte;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_has_the_same_numbers_and_another_one_others() {
        let drawn = |purpose, organization, thing| {
            Seeded::new(7, purpose, organization, thing)
                .uuid()
                .to_string()
        };
        let first = drawn(Purpose::Agent, 1, 2);
        assert_eq!(first, drawn(Purpose::Agent, 1, 2));
        for other in [
            drawn(Purpose::Event, 1, 2),
            drawn(Purpose::Agent, 2, 1),
            drawn(Purpose::Agent, 1, 3),
        ] {
            assert_ne!(first, other);
        }
    }
}
