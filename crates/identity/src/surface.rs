//! What a surface settles for itself: how long its tokens live and how they are signed, what it counts, what it asks of a
//! password. Everything else is the same at all of them.

use crate::User;
use portcullis_project::settings::{LimitKey, RateLimit};
use serde_json::{Map, Value};

/// The longest an access token of any surface may be good. Endings are remembered for as long. Seconds.
pub const LONGEST_ACCESS_TTL_S: i64 = 7 * 86_400;

/// The name of our own surface.
pub(crate) const NATIVE_NAME: &str = "native";

/// The rules of a surface: one `static` value in the surface's own folder.
#[derive(Debug, Clone, Copy)]
pub struct SurfaceRules {
    /// Its name: `native`, `moondb`, ... It stands in sessions, in the audit and in the `aud` of its tokens.
    pub name: &'static str,
    /// How long an access token is good, at most [`LONGEST_ACCESS_TTL_S`]; `None`: as the project says. Seconds.
    pub access_ttl_s: Option<i64>,
    /// How long a session lives unused; `None`: as the project says. Seconds.
    pub refresh_ttl_s: Option<i64>,
    /// What signs.
    pub algorithm: SurfaceAlgorithm,
    /// Whether a refresh token works once and is replaced. Where it is not, the one a session began with stays good.
    pub rotates_refresh: bool,
    /// Whether the sessions of this surface outlive a change of password made through it. Access tokens never do.
    pub keeps_refresh_on_password_change: bool,
    /// The shortest password; `None`: as the project says.
    pub password_min: Option<u32>,
    /// What is counted in place of the project's limits.
    pub limits: SurfaceLimits,
    /// Every login counts, also a good one and one that is refused for its form: the surface counts it before it reads
    /// the body (`Identity::count` with `Limit::Login`), and checking the password does not count it again.
    pub counts_all_logins: bool,
    /// How accounts are locked, in place of the project's way.
    pub lockout: Option<SurfaceLockout>,
    /// Whether a signup may set every column that is not ours, or those in `signup_fields`.
    pub signup: SignupColumns,
    /// Claims that this surface's clients read beside ours. Ours win, except over `permissions`.
    pub claims: fn(&ClaimsOf<'_>) -> Map<String, Value>,
}

/// What signs a surface's access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SurfaceAlgorithm {
    /// The project's key.
    Project,
    /// HS256: the project's secret where the project uses HS256, else one made for the surface and kept sealed.
    Hs256,
}

/// Limits of a surface; `None`: the project's.
#[derive(Debug, Clone, Copy, Default)]
pub struct SurfaceLimits {
    /// Logins: failed ones, or all with [`SurfaceRules::counts_all_logins`].
    pub login: Option<RateLimit>,
    /// Requests of its sign-in routes.
    pub requests: Option<RateLimit>,
    /// Signups.
    pub signup: Option<RateLimit>,
    /// Mails that somebody asks for.
    pub reset: Option<RateLimit>,
    /// Reads of rows; `None`: none, the settings have no such limit.
    pub reads: Option<RateLimit>,
    /// Writes of rows, likewise.
    pub writes: Option<RateLimit>,
}

impl SurfaceLimits {
    /// The project's limits.
    pub const NONE: Self = Self { login: None, requests: None, signup: None, reset: None, reads: None, writes: None };
}

/// How a surface locks an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurfaceLockout {
    /// Wrong passwords in a row before the account waits.
    pub max_failures: u32,
    /// The first wait, doubled with every further failure. Seconds.
    pub first_wait_s: u32,
    /// The longest wait. Seconds.
    pub max_wait_s: u32,
}

/// Which columns a signup may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignupColumns {
    /// Those in `auth.signup_fields`.
    Listed,
    /// All that are neither ours (id, password, role, tenant, flags, times) nor hidden nor read-only.
    All,
}

/// Of whom a token tells.
#[derive(Debug)]
pub struct ClaimsOf<'a> {
    /// The user.
    pub user: &'a User,
    /// Names of roles.
    pub roles: &'a [String],
    /// Permissions of those roles.
    pub permissions: &'a [String],
    /// The tenant.
    pub tenant: Option<&'a str>,
    /// Whether the user is an administrator.
    pub administrator: bool,
    /// The session.
    pub session: &'a str,
}

impl SurfaceRules {
    /// The rules of our own surface under another name: everything as the project says.
    pub const fn as_native(name: &'static str) -> Self {
        Self {
            name,
            access_ttl_s: None,
            refresh_ttl_s: None,
            algorithm: SurfaceAlgorithm::Project,
            rotates_refresh: true,
            keeps_refresh_on_password_change: false,
            password_min: None,
            limits: SurfaceLimits::NONE,
            counts_all_logins: false,
            lockout: None,
            signup: SignupColumns::Listed,
            claims: no_claims,
        }
    }

    /// Where another product's contract names no limits: 60 signups a minute from an address, 20 mails an hour to one.
    pub const fn foreign(name: &'static str) -> Self {
        let signup = RateLimit { count: 60, window_s: 60, key: LimitKey::Ip };
        let reset = RateLimit { count: 20, window_s: 3_600, key: LimitKey::Account };
        let limits = SurfaceLimits { signup: Some(signup), reset: Some(reset), ..SurfaceLimits::NONE };
        Self { limits, ..Self::as_native(name) }
    }
}

/// Our own surface.
pub static NATIVE: SurfaceRules = SurfaceRules::as_native(NATIVE_NAME);
/// The command line.
pub static COMMAND: SurfaceRules = SurfaceRules::as_native("command");
/// The data routes.
pub(crate) static DATA: SurfaceRules = SurfaceRules::as_native("data");
/// The operators' API.
pub static ADMIN: SurfaceRules = SurfaceRules::as_native("admin");

impl Default for &'static SurfaceRules {
    fn default() -> Self {
        &NATIVE
    }
}

fn no_claims(_: &ClaimsOf<'_>) -> Map<String, Value> {
    Map::new()
}
