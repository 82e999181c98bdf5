//! Statements that take too long for the caller's thread: after a few strikes they are not tried there again.

use parking_lot::RwLock;
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64;

/// Strikes after which a statement is read on another thread.
pub const OUT: u8 = 3;
/// How many statements are remembered; then all are forgotten, as data and indexes change.
const MOST: usize = 1_024;

/// The statements with strikes, by the hash of their text.
#[derive(Debug, Default)]
pub struct Slow(RwLock<HashMap<u64, u8>>);

impl Slow {
    /// The strikes a statement has.
    pub fn strikes(&self, text: &str) -> u8 {
        let known = self.0.read();
        if known.is_empty() { 0 } else { known.get(&xxh3_64(text.as_bytes())).copied().unwrap_or(0) }
    }

    /// Gives a statement strikes.
    pub fn strike(&self, text: &str, strikes: u8) {
        let mut known = self.0.write();
        if known.len() >= MOST {
            known.clear();
        }
        let count = known.entry(xxh3_64(text.as_bytes())).or_default();
        *count = count.saturating_add(strikes);
    }

    /// Takes back the strikes of a statement that is not out.
    pub fn forgive(&self, text: &str) {
        let mut known = self.0.write();
        let hash = xxh3_64(text.as_bytes());
        if known.get(&hash).is_some_and(|strikes| *strikes < OUT) {
            known.remove(&hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_statement_is_known_until_too_many_are() {
        let slow = Slow::default();
        assert_eq!(slow.strikes("SELECT 1"), 0);
        slow.strike("SELECT 1", OUT);
        assert_eq!(slow.strikes("SELECT 1"), OUT);
        slow.forgive("SELECT 1");
        assert_eq!(slow.strikes("SELECT 1"), OUT, "work does not grow less by itself");
        for number in 0..MOST {
            slow.strike(&format!("SELECT {number} + 1"), 1);
        }
        assert_eq!(slow.strikes("SELECT 1"), 0);
    }

    #[test]
    fn one_that_was_only_held_up_is_forgiven() {
        let slow = Slow::default();
        slow.strike("SELECT 1", 1);
        slow.strike("SELECT 1", 1);
        assert_eq!(slow.strikes("SELECT 1"), 2);
        slow.forgive("SELECT 1");
        assert_eq!(slow.strikes("SELECT 1"), 0);
    }
}
