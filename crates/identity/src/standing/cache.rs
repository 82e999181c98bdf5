//! What was read from tables a moment ago. Short enough that a change shows within a second. SEC-18.

use parking_lot::Mutex;
use portcullis_base::Timestamp;
use portcullis_crypto::sha256;
use std::collections::HashMap;

/// Nothing older is used. Two of these lie on each other (a user's roles, what they allow), and together they must
/// stay under a second. Milliseconds.
const OLDEST_MS: i64 = 400;
/// From here on one of those who ask reads anew, and the others go on with what there is. Milliseconds.
const SOFT_MS: i64 = 250;
/// Entries of a shard at most.
const ENTRIES: usize = 4_096;
const SHARDS: usize = 16;

/// When and of what something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The opening of the stage.
    pub generation: u64,
    /// How often what is kept beside the tables has changed.
    pub changes: u64,
}

/// Values by key, each good for a moment.
#[derive(Debug)]
pub(crate) struct Fresh<T>([Mutex<HashMap<String, Known<T>>>; SHARDS]);

#[derive(Debug)]
struct Known<T> {
    mark: Mark,
    at: Timestamp,
    value: T,
    refreshing: bool,
}

impl<T> Default for Fresh<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl<T: Clone> Fresh<T> {
    fn shard(&self, key: &str) -> &Mutex<HashMap<String, Known<T>>> {
        let sum = key.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        &self.0[sum % SHARDS]
    }

    /// The value, unless it has to be read (again) by whoever asks.
    pub fn get(&self, key: &str, mark: Mark, now: Timestamp) -> Option<T> {
        let mut known = self.shard(key).lock();
        let known = known.get_mut(key).filter(|known| known.mark == mark)?;
        let age = now.micros() - known.at.micros();
        if !(0..OLDEST_MS * 1_000).contains(&age) {
            return None;
        }
        if age >= SOFT_MS * 1_000 && !known.refreshing {
            known.refreshing = true;
            return None;
        }
        Some(known.value.clone())
    }

    /// Keeps what was read by somebody who asked at `at`.
    pub fn put(&self, key: String, mark: Mark, at: Timestamp, value: T) {
        let mut all = self.shard(&key).lock();
        if all.len() >= ENTRIES && !all.contains_key(&key) {
            all.retain(|_, known| at.micros() - known.at.micros() < OLDEST_MS * 1_000);
            if all.len() >= ENTRIES {
                all.clear();
            }
        }
        all.insert(key, Known { mark, at, value, refreshing: false });
    }
}

/// A key of parts that may hold anything.
pub(crate) fn key_of<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut key = String::new();
    for part in parts {
        key.push_str(&part.len().to_string());
        key.push(':');
        // What a token says of itself may be long.
        if part.len() > 256 {
            sha256(part.as_bytes()).iter().for_each(|byte| key.push_str(&format!("{byte:02x}")));
        } else {
            key.push_str(part);
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: Mark = Mark { generation: 1, changes: 0 };

    fn ms(ms: i64) -> Timestamp {
        Timestamp(1_000_000_000 + ms * 1_000)
    }

    #[test]
    fn sec_18_nothing_is_used_that_is_older_than_it_may_be_or_of_another_time() {
        let fresh = Fresh::default();
        fresh.put("7".to_owned(), MARK, ms(0), "a");
        assert_eq!(fresh.get("7", MARK, ms(0)), Some("a"));
        assert_eq!(fresh.get("8", MARK, ms(0)), None);
        assert_eq!(fresh.get("7", Mark { changes: 1, ..MARK }, ms(0)), None);
        assert_eq!(fresh.get("7", Mark { generation: 2, ..MARK }, ms(0)), None);
        assert_eq!(fresh.get("7", MARK, ms(OLDEST_MS)), None);
        assert_eq!(fresh.get("7", MARK, ms(-1)), None, "a clock that went back");
        const { assert!(2 * OLDEST_MS < 1_000) };
    }

    #[test]
    fn one_reads_anew_while_the_others_go_on() {
        let fresh = Fresh::default();
        fresh.put("7".to_owned(), MARK, ms(0), "a");
        assert_eq!(fresh.get("7", MARK, ms(SOFT_MS)), None);
        assert_eq!(fresh.get("7", MARK, ms(SOFT_MS)), Some("a"));
        fresh.put("7".to_owned(), MARK, ms(SOFT_MS), "b");
        assert_eq!(fresh.get("7", MARK, ms(SOFT_MS + 1)), Some("b"));
    }

    #[test]
    fn parts_of_a_key_do_not_run_into_one_another() {
        assert_ne!(key_of(["a", "b1:c"]), key_of(["a", "b", "c"]));
        assert_ne!(key_of(["1:a"]), key_of(["", "a"]));
    }
}
