//! Identities that AWS would draw at random, derived from names instead: the same document gets the
//! same ones on every node and after every reload.

use std::collections::HashSet;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Hands out identities that differ from each other.
#[derive(Debug, Default)]
pub(crate) struct Identifiers {
    taken: HashSet<String>,
}

impl Identifiers {
    /// `length` of `[a-z0-9]` for a name: its FNV-1a hash in base 36. Should two names meet at one
    /// hash, the later one gets the next that is free.
    pub(crate) fn derive(&mut self, name: &str, length: u32) -> String {
        let count = 36_u64.saturating_pow(length);
        let mut number = fnv_1a(name.as_bytes()) % count;
        loop {
            let identifier = base_36(number, length);
            if self.taken.insert(identifier.clone()) {
                return identifier;
            }
            number = (number + 1) % count;
        }
    }
}

/// Fowler-Noll-Vo, 64 bits (draft-eastlake-fnv).
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn base_36(mut number: u64, length: u32) -> String {
    let mut digits: Vec<char> = Vec::new();
    for _ in 0..length {
        digits.push(char::from(DIGITS[(number % 36) as usize]));
        number /= 36;
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_gets_the_same_identifier() {
        let derive = |name: &str| Identifiers::default().derive(name, 6);
        assert_eq!(derive("/pets"), derive("/pets"));
        assert_ne!(derive("/pets"), derive("/pets/{id}"));
        assert_eq!(derive("").len(), 6);
        assert_eq!(fnv_1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn names_that_meet_get_different_identifiers() {
        let mut identifiers = Identifiers::default();
        let derived: HashSet<String> =
            (0..36).map(|number| identifiers.derive(&format!("name {number}"), 1)).collect();
        assert_eq!(derived.len(), 36);
    }
}
