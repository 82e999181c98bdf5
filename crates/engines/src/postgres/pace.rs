//! Which reads are quick enough to share a connection: learnt from how long they took.
//!
//! Statements sent one behind the other on a shared connection save the server its pauses (measured: a page of 25
//! rows costs a third less), but whoever is slow holds up those behind. So a text has to prove itself on a
//! connection of its own first, and one slow run sends it back there for a while, each time for longer.

use parking_lot::RwLock;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use xxhash_rust::xxh3::{Xxh3Builder, xxh3_64};

/// What the server may take for a quick statement. Most are far below; a busy machine alone makes one of some.
const QUICK: Duration = Duration::from_millis(50);
/// Quick runs wanted of a text that is new.
const AT_FIRST: u32 = 3;
/// Quick runs wanted after a slow one; four times as many each time a text that had proved itself is slow again.
const AFTER_SLOW: (u32, u32) = (16, 4_096);
/// Quick runs after which a slow one is an accident again, and costs as little as the first.
const ACCIDENT: u32 = 10_000;
/// Texts that are remembered; then all are forgotten, as data and indexes change.
const MOST: usize = 1_024;

/// What is known of a text.
#[derive(Debug)]
pub struct Pace {
    /// Quick runs still wanted before it may share a connection.
    wanted: AtomicU32,
    /// What the last slow run cost.
    price: AtomicU32,
    /// Quick runs since the last slow one.
    quick: AtomicU32,
}

impl Pace {
    /// Whether it may share a connection.
    pub fn may_share(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) == 0
    }

    /// Notes a run that took the server so long. Counts that threads take from one another do no harm.
    pub fn took(&self, time: Duration) {
        let quick = self.quick.load(Ordering::Relaxed);
        if time > QUICK {
            let last = self.price.load(Ordering::Relaxed);
            // Several that are slow at one moment (a cold cache, a busy machine) are slow for one reason.
            let price = match self.wanted.load(Ordering::Relaxed) {
                0 if quick >= ACCIDENT => AFTER_SLOW.0,
                0 => (last * 4).clamp(AFTER_SLOW.0, AFTER_SLOW.1),
                _ => last,
            };
            self.price.store(price, Ordering::Relaxed);
            self.wanted.store(price, Ordering::Relaxed);
            self.quick.store(0, Ordering::Relaxed);
        } else {
            self.quick.store(quick.saturating_add(1), Ordering::Relaxed);
            self.wanted.store(self.wanted.load(Ordering::Relaxed).saturating_sub(1), Ordering::Relaxed);
        }
    }
}

/// What is known of all texts, by the hash of each.
#[derive(Debug, Default)]
pub struct Paces(RwLock<HashMap<u64, Arc<Pace>, Xxh3Builder>>);

impl Paces {
    /// What is known of a text.
    pub fn of(&self, text: &str) -> Arc<Pace> {
        let hash = xxh3_64(text.as_bytes());
        if let Some(pace) = self.0.read().get(&hash) {
            return Arc::clone(pace);
        }
        let mut all = self.0.write();
        if all.len() >= MOST {
            all.clear();
        }
        let fresh = || {
            Arc::new(Pace {
                wanted: AtomicU32::new(AT_FIRST),
                price: AtomicU32::new(AT_FIRST),
                quick: AtomicU32::new(0),
            })
        };
        Arc::clone(all.entry(hash).or_insert_with(fresh))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs_until_shared(pace: &Pace) -> u32 {
        let mut runs = 0;
        while !pace.may_share() {
            pace.took(Duration::from_millis(1));
            runs += 1;
        }
        runs
    }

    #[test]
    fn a_text_shares_a_connection_once_it_was_quick_a_few_times() {
        let paces = Paces::default();
        assert_eq!(runs_until_shared(&paces.of("SELECT 1")), AT_FIRST);
        assert!(paces.of("SELECT 1").may_share());
        assert!(!paces.of("SELECT 2").may_share());
    }

    #[test]
    fn every_slow_run_costs_more_than_the_one_before() {
        let paces = Paces::default();
        let pace = paces.of("SELECT 1");
        runs_until_shared(&pace);
        for wanted in [16, 64, 256] {
            // A burst counts once.
            pace.took(Duration::from_secs(1));
            pace.took(Duration::from_secs(1));
            assert_eq!(runs_until_shared(&pace), wanted);
        }
        for _ in 0..ACCIDENT {
            pace.took(Duration::from_millis(1));
        }
        pace.took(Duration::from_secs(1));
        assert_eq!(runs_until_shared(&pace), 16, "long ago is forgotten");
    }

    #[test]
    fn all_are_forgotten_when_there_are_too_many() {
        let paces = Paces::default();
        runs_until_shared(&paces.of("SELECT 1"));
        for number in 0..MOST {
            paces.of(&format!("SELECT {number} + 1"));
        }
        assert!(!paces.of("SELECT 1").may_share());
    }
}
