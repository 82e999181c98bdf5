//! Rate limits and lockouts by settings, counted in the store so that all nodes count together. SEC-7, SEC-8, REL-10.

use crate::{Client, Identity, IdentityError, SurfaceRules};
use parking_lot::Mutex;
use portcullis_base::Timestamp;
use portcullis_crypto::keyed;
use portcullis_project::{
    Project,
    settings::{LimitKey, RateLimit, parse_duration},
};
use portcullis_store::attempts;
use std::collections::HashMap;

/// Wrong passwords in a row after which only the mailbox helps, or a day of waiting.
/// Source: NIST SP 800-63B-4, section 3.2.2.
const HARD_STOP: i64 = 100;
/// How long one waits then. Seconds.
const HARD_STOP_S: i64 = 86_400;

/// Mails that one source may ask for, whomever they are for.
const MAILS_OF_SOURCE: RateLimit = RateLimit { count: 100, window_s: 3_600, key: LimitKey::Ip };

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Failed logins.
    Login,
    /// Requests to all of `/auth`.
    Requests,
    /// Signups.
    Signup,
    /// Mails that somebody asks for.
    Reset,
    /// Reads of rows, where a surface limits them.
    Reads,
    /// Writes of rows, where a surface limits them.
    Writes,
}

impl Limit {
    /// The limit's name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Requests => "requests",
            Self::Signup => "signup",
            Self::Reset => "reset",
            Self::Reads => "reads",
            Self::Writes => "writes",
        }
    }
}

/// How a limit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitState {
    /// Which.
    pub limit: Limit,
    /// How many in a window.
    pub count: u32,
    /// How long a window is. Seconds.
    pub window_s: u32,
    /// How many are left.
    pub remaining: u32,
    /// When the window ends. Unix seconds.
    pub reset_at_s: i64,
    /// How long that is from now. Seconds.
    pub reset_in_s: u32,
}

/// How long an account waits after so many wrong passwords.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LockRule {
    max_failures: i64,
    first_s: i64,
    max_s: i64,
}

impl LockRule {
    /// Seconds; 0 is no wait.
    pub fn wait_s(self, failures: i64) -> i64 {
        if failures >= HARD_STOP {
            return HARD_STOP_S;
        }
        let over = failures - self.max_failures;
        if over < 0 {
            return 0;
        }
        let doubled =
            self.first_s.saturating_mul(1_i64.checked_shl(u32::try_from(over.min(32)).unwrap_or(32)).unwrap_or(1));
        doubled.clamp(1, self.max_s.max(1))
    }

    /// The longest wait there is. Seconds.
    pub fn longest_s(self) -> i64 {
        self.max_s.max(HARD_STOP_S)
    }
}

/// Pieces of a limit that this node took from the store and has not given out: a busy limit costs a write now and
/// then instead of with every request.
#[derive(Debug, Default)]
pub(crate) struct Leases(Mutex<HashMap<(String, String), Lease>>);

#[derive(Debug, Clone, Copy)]
struct Lease {
    left: i64,
    taken: i64,
    ends_at: Timestamp,
}

/// Leases that are remembered at most.
const LEASES: usize = 50_000;

impl Identity {
    /// Counts one request against a limit.
    ///
    /// # Errors
    ///
    /// [`IdentityError::RateLimited`] over the limit; the store's, since a limit nobody can count is none.
    pub async fn count(
        &self,
        project: &Project,
        limit: Limit,
        account: Option<&str>,
        client: &Client,
        now: Timestamp,
    ) -> Result<LimitState, IdentityError> {
        let rule = rule(project, client.surface, limit);
        let (scope, key) = (scope(project, client.surface, limit), self.key(rule.key, account, client));
        let counted = if matches!(limit, Limit::Requests | Limit::Reads | Limit::Writes) {
            self.leased(scope, key, rule, now).await?
        } else {
            self.store.db().write(move |tx| attempts::count(tx, &scope, &key, 1, i64::from(rule.window_s), now)).await?
        };
        state(limit, rule, counted.count, counted.ends_at, now)
    }

    async fn leased(
        &self,
        scope: String,
        key: String,
        rule: RateLimit,
        now: Timestamp,
    ) -> Result<attempts::Counted, IdentityError> {
        let piece = i64::from(rule.count / 50).max(1);
        let place = (scope.clone(), key.clone());
        if let Some(lease) = self.leases.0.lock().get_mut(&place)
            && lease.left > 0
            && lease.ends_at > now
        {
            lease.left -= 1;
            return Ok(attempts::Counted { count: lease.taken - lease.left, ends_at: lease.ends_at });
        }
        let counted = self
            .store
            .db()
            .write(move |tx| attempts::count(tx, &scope, &key, piece, i64::from(rule.window_s), now))
            .await?;
        // What was over the limit already before this piece is refused at once.
        let mut leases = self.leases.0.lock();
        if leases.len() >= LEASES {
            leases.retain(|_, lease| lease.ends_at > now);
        }
        if leases.len() < LEASES && counted.count <= i64::from(rule.count) {
            leases.insert(place, Lease { left: piece - 1, taken: counted.count, ends_at: counted.ends_at });
        }
        Ok(attempts::Counted { count: counted.count - (piece - 1), ends_at: counted.ends_at })
    }

    /// Counts a guess of a password as if it failed.
    pub(crate) async fn count_login(
        &self,
        project: &Project,
        account: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<LimitState, IdentityError> {
        self.count(project, Limit::Login, Some(account), client, now).await
    }

    /// Where the failed logins of this pair are counted.
    pub(crate) fn login_counter(&self, project: &Project, account: &str, client: &Client) -> (String, String) {
        let rule = rule(project, client.surface, Limit::Login);
        (scope(project, client.surface, Limit::Login), self.key(rule.key, Some(account), client))
    }

    /// Whether failed logins are counted by account, and not by source alone.
    pub(crate) fn counts_logins_of_account(&self, project: &Project, client: &Client) -> bool {
        rule(project, client.surface, Limit::Login).key != LimitKey::Ip
    }

    /// Counts a mail that somebody asks for: by the address as the settings say, and by source, so that nobody has mails
    /// sent to many. SEC-22.
    ///
    /// # Errors
    ///
    /// As [`Identity::count`].
    pub(crate) async fn count_mail(
        &self,
        project: &Project,
        account: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<LimitState, IdentityError> {
        let rule = MAILS_OF_SOURCE;
        let (scope, key) = (format!("{} mails", project.connection), client.limit_key());
        let counted = self
            .store
            .db()
            .write(move |tx| attempts::count(tx, &scope, &key, 1, i64::from(rule.window_s), now))
            .await?;
        state(Limit::Reset, rule, counted.count, counted.ends_at, now)?;
        self.count(project, Limit::Reset, Some(account), client, now).await
    }

    /// How long accounts wait.
    pub(crate) fn lock_rule(&self, project: &Project, surface: &SurfaceRules) -> LockRule {
        if let Some(own) = surface.lockout {
            return LockRule {
                max_failures: i64::from(own.max_failures.max(1)),
                first_s: i64::from(own.first_wait_s),
                max_s: i64::from(own.max_wait_s),
            };
        }
        let lockout = &project.settings.auth.lockout;
        let seconds = |text: &str, default| {
            parse_duration(text).ok().and_then(|time| i64::try_from(time.as_secs()).ok()).unwrap_or(default)
        };
        LockRule {
            max_failures: i64::from(lockout.max_failures.max(1)),
            first_s: seconds(&lockout.first_wait, 30),
            max_s: seconds(&lockout.max_wait, 900),
        }
    }

    /// A limit's key: of what people type only a keyed hash is kept. SEC-8.
    fn key(&self, key: LimitKey, account: Option<&str>, client: &Client) -> String {
        let account = || match account {
            None => client.limit_key(),
            Some(account) => {
                let hash = keyed(self.secret.expose(), format!("account {account}").as_bytes());
                hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
            }
        };
        match key {
            LimitKey::Ip => client.limit_key(),
            LimitKey::Account => account(),
            LimitKey::IpAccount => format!("{}|{}", client.limit_key(), account()),
        }
    }
}

/// The surface's own limit, if it has one.
fn own(surface: &SurfaceRules, limit: Limit) -> Option<RateLimit> {
    let limits = &surface.limits;
    match limit {
        Limit::Login => limits.login,
        Limit::Requests => limits.requests,
        Limit::Signup => limits.signup,
        Limit::Reset => limits.reset,
        Limit::Reads => limits.reads,
        Limit::Writes => limits.writes,
    }
}

/// More than anybody sends.
const UNLIMITED: RateLimit = RateLimit { count: u32::MAX, window_s: 60, key: LimitKey::Ip };

fn rule(project: &Project, surface: &SurfaceRules, limit: Limit) -> RateLimit {
    if let Some(own) = own(surface, limit) {
        return own;
    }
    let limits = &project.settings.auth.rate_limits;
    let (text, default) = match limit {
        Limit::Login => (&limits.login, RateLimit { count: 5, window_s: 900, key: LimitKey::IpAccount }),
        Limit::Requests => (&limits.requests, RateLimit { count: 600, window_s: 60, key: LimitKey::Ip }),
        Limit::Signup => (&limits.signup, RateLimit { count: 20, window_s: 3_600, key: LimitKey::Ip }),
        Limit::Reset => (&limits.reset, RateLimit { count: 3, window_s: 3_600, key: LimitKey::Account }),
        Limit::Reads | Limit::Writes => return UNLIMITED,
    };
    RateLimit::parse(text).unwrap_or(default)
}

/// What has the project's limit is counted together, whichever surface it came to.
fn scope(project: &Project, surface: &SurfaceRules, limit: Limit) -> String {
    match own(surface, limit) {
        None => format!("{} {}", project.connection, limit.word()),
        Some(_) => format!("{} {} {}", project.connection, limit.word(), surface.name),
    }
}

fn state(
    limit: Limit,
    rule: RateLimit,
    count: i64,
    ends_at: Timestamp,
    now: Timestamp,
) -> Result<LimitState, IdentityError> {
    let left = i64::from(rule.count) - count;
    let reset_in = (ends_at.micros() - now.micros()).max(0).div_euclid(1_000_000) + 1;
    let state = LimitState {
        limit,
        count: rule.count,
        window_s: rule.window_s,
        remaining: u32::try_from(left.max(0)).unwrap_or(0),
        reset_at_s: ends_at.unix_s(),
        reset_in_s: u32::try_from(reset_in).unwrap_or(u32::MAX),
    };
    if left < 0 { Err(IdentityError::RateLimited(state)) } else { Ok(state) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_9_waits_grow_and_end() {
        let rule = LockRule { max_failures: 10, first_s: 30, max_s: 900 };
        let waits: Vec<_> = [1, 9, 10, 11, 12, 15, 16, 99, 100].map(|n| rule.wait_s(n)).to_vec();
        assert_eq!(waits, [0, 0, 30, 60, 120, 900, 900, 900, 86_400]);
    }
}
