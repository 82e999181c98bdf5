//! Growing waits after failures in a row, by account and by source, counted before a password is checked. SEC-7 to SEC-9.

use super::{Client, OperatorError};
use portcullis_base::Timestamp;
use portcullis_crypto::sha256;
use portcullis_store::{
    StoreError, Tx,
    operators::{self, Attempt},
};
use std::net::IpAddr;

/// Failures in a row of one account before it has to wait.
const ACCOUNT_FAILURES: i64 = 10;
/// Failures in a row from one source: several people may sit behind one address.
const SOURCE_FAILURES: i64 = 50;
/// From here on nobody guesses: each further attempt costs a day. SEC-7, NIST 800-63B-4 3.2.2.
const HARD_STOP: i64 = 100;
/// The first wait, doubled after every further failure up to the longest. Seconds.
const FIRST_WAIT_S: i64 = 30;
const MAX_WAIT_S: i64 = 15 * 60;
const STOPPED_S: i64 = 24 * 3_600;
/// Failures are forgotten when nobody has tried for so long. Seconds.
const MEMORY_S: i64 = 7 * 24 * 3_600;

/// Whose failures are counted for one attempt.
#[derive(Debug, Clone, Copy)]
pub struct Subjects {
    account: [u8; 32],
    source: Option<[u8; 32]>,
}

impl Subjects {
    /// For an address as it was given, whether it is anybody's or not.
    pub fn new(address: &str, client: &Client) -> Self {
        Self { account: account(address), source: client.ip.map(source) }
    }

    /// Counts an attempt; gives how long to wait instead where it may not be made.
    pub fn count(&self, tx: &Tx<'_>, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        operators::purge_attempts(tx, now.plus_s(-MEMORY_S))?;
        let mut from_source = 0;
        if let Some(source) = &self.source {
            match operators::count_attempt(tx, source, now)? {
                Attempt::Wait(until) => return Ok(Some(until)),
                Attempt::Counted(failures) => from_source = failures,
            }
        }
        match operators::count_attempt(tx, &self.account, now)? {
            Attempt::Wait(until) => {
                // No password is checked, so that the source has not tried.
                self.source.as_ref().map_or(Ok(()), |source| operators::uncount_attempt(tx, source))?;
                return Ok(Some(until));
            }
            Attempt::Counted(failures) => wait_after(tx, &self.account, failures, ACCOUNT_FAILURES, now)?,
        }
        if let Some(source) = &self.source {
            wait_after(tx, source, from_source, SOURCE_FAILURES, now)?;
        }
        Ok(None)
    }

    /// The attempt was none of a stranger: the account's failures are forgotten.
    pub fn succeeded(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        operators::clear_attempts(tx, &self.account)?;
        self.source.as_ref().map_or(Ok(()), |source| operators::uncount_attempt(tx, source))
    }
}

/// What an account's failures are counted under.
pub fn account(address: &str) -> [u8; 32] {
    sha256(format!("account {address}").as_bytes())
}

/// What a source's failures are counted under. Whoever has one address of IPv6 has 2^64 of them.
fn source(ip: IpAddr) -> [u8; 32] {
    let text = match ip.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("{:x?}", &v6.segments()[..4]),
    };
    sha256(format!("source {text}").as_bytes())
}

fn wait_after(tx: &Tx<'_>, subject: &[u8; 32], failures: i64, allowed: i64, now: Timestamp) -> Result<(), StoreError> {
    match wait_s(failures, allowed) {
        0 => Ok(()),
        seconds => operators::set_wait(tx, subject, now.plus_s(seconds)),
    }
}

/// How long to wait after so many failures in a row.
fn wait_s(failures: i64, allowed: i64) -> i64 {
    match failures - allowed {
        before if before < 0 => 0,
        // A source may be the proxy that everybody comes through: a stranger must not shut all operators out for a day.
        _ if failures >= HARD_STOP && allowed == ACCOUNT_FAILURES => STOPPED_S,
        doublings => (FIRST_WAIT_S << doublings.min(10)).min(MAX_WAIT_S),
    }
}

/// The refusal with the time that is left.
pub fn refused(until: Timestamp, now: Timestamp) -> OperatorError {
    let left_s = (until.micros() - now.micros()).div_euclid(1_000_000) + 1;
    OperatorError::TooManyAttempts { retry_after_s: u32::try_from(left_s.max(1)).unwrap_or(u32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_7_waits_double_from_half_a_minute_to_a_quarter_of_an_hour_and_stop_at_a_hundred() {
        let waits: Vec<i64> = [1, 9, 10, 11, 12, 14, 15, 99, 100, 5_000].map(|n| wait_s(n, ACCOUNT_FAILURES)).into();
        assert_eq!(waits, [0, 0, 30, 60, 120, 480, 900, 900, 86_400, 86_400]);
        let waits: Vec<i64> = [49, 50, 100, 5_000].map(|n| wait_s(n, SOURCE_FAILURES)).into();
        assert_eq!(waits, [0, 30, 900, 900]);
    }

    #[test]
    fn sec_8_one_network_of_ipv6_is_one_source() {
        let ip = |text: &str| source(text.parse().unwrap());
        assert_eq!(ip("2001:db8:1:2::1"), ip("2001:db8:1:2:ffff::9"));
        assert_ne!(ip("2001:db8:1:2::1"), ip("2001:db8:1:3::1"));
        assert_eq!(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
    }
}
