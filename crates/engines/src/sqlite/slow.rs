//! Statements that took too long for the caller's thread: they are not tried there again.

use parking_lot::RwLock;
use std::collections::HashSet;
use xxhash_rust::xxh3::xxh3_64;

/// How many are remembered; then all are forgotten, as data and indexes change.
const MOST: usize = 1_024;

/// The statements known to be slow, by the hash of their text.
#[derive(Debug, Default)]
pub struct Slow(RwLock<HashSet<u64>>);

impl Slow {
    /// Whether a statement took too long before.
    pub fn knows(&self, text: &str) -> bool {
        let known = self.0.read();
        !known.is_empty() && known.contains(&xxh3_64(text.as_bytes()))
    }

    /// Remembers a statement that took too long.
    pub fn learn(&self, text: &str) {
        let mut known = self.0.write();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(xxh3_64(text.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_statement_is_known_until_too_many_are() {
        let slow = Slow::default();
        assert!(!slow.knows("SELECT 1"));
        slow.learn("SELECT 1");
        assert!(slow.knows("SELECT 1"));
        for number in 0..MOST {
            slow.learn(&format!("SELECT {number} + 1"));
        }
        assert!(!slow.knows("SELECT 1"));
    }
}
