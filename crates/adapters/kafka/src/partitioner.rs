//! Which partition a key belongs to.

/// Partition of `key` among `partitions` of them: the rule of the Java client
/// (`BuiltInPartitioner.partitionForKey`), so that records which others write
/// with the same key come to the same place. `None` without partitions.
pub(crate) fn partition_for(key: &[u8], partitions: usize) -> Option<usize> {
    let positive = usize::try_from(murmur2(key) & 0x7fff_ffff).ok()?;
    positive.checked_rem(partitions)
}

/// MurmurHash2 with Kafka's seed.
fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;

    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut hash = SEED ^ length;
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        let mut word = u32::from_le_bytes(*word).wrapping_mul(M);
        word ^= word >> 24;
        hash = hash.wrapping_mul(M) ^ word.wrapping_mul(M);
    }
    if !rest.is_empty() {
        for (byte, shift) in rest.iter().zip([0, 8, 16]) {
            hash ^= u32::from(*byte) << shift;
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    // From `org.apache.kafka.common.utils.Utils` of kafka-clients 4.3.1.
    #[test]
    fn keys_go_where_the_java_client_puts_them() {
        for (key, hash, of_three, of_twelve) in [
            ("", 0x106e_08d9, 0, 9),
            ("a", 0xa2d0_b27c, 1, 4),
            ("ab", 0x12d8_262a, 2, 2),
            ("abc", 0x1c94_221b, 0, 3),
            ("abcd", 0xb11a_b5f4, 2, 8),
            (
                "00000000-0000-4000-8000-000000000001",
                0xd69a_d3fe_u32,
                0,
                6,
            ),
            ("12345678-aaaa-4bbb-8ccc-1234567890ab", 0x666d_2318, 0, 0),
        ] {
            let key = key.as_bytes();
            assert_eq!(murmur2(key), hash, "{key:?}");
            assert_eq!(partition_for(key, 3), Some(of_three), "{key:?}");
            assert_eq!(partition_for(key, 12), Some(of_twelve), "{key:?}");
        }
        assert_eq!(partition_for(b"a", 0), None);
    }
}
