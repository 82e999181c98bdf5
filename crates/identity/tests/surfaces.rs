//! What a surface settles for itself, with two made-up ones beside our own.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_base::{Secret, Timestamp};
use portcullis_identity::{
    AuthResult, ClaimsOf, Client, IdentityError, Limit, NATIVE, SignedUp, Signup, SignupColumns, SurfaceAlgorithm,
    SurfaceLimits, SurfaceLockout, SurfaceRules,
};
use portcullis_project::{
    Project, Settings,
    settings::{LimitKey, RateLimit},
};
use portcullis_query::Json;
use portcullis_testkit::{Engine, TestApp, TestDatabase, bcrypt};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const PASSWORD: &str = "correct horse battery";
const EMAIL: &str = "ada@example.com";

/// Everything that can be different.
static OTHER: SurfaceRules = SurfaceRules {
    access_ttl_s: Some(7 * 86_400),
    refresh_ttl_s: Some(8 * 86_400),
    algorithm: SurfaceAlgorithm::Hs256,
    rotates_refresh: false,
    keeps_refresh_on_password_change: true,
    password_min: Some(6),
    limits: SurfaceLimits {
        login: Some(RateLimit { count: 4, window_s: 900, key: LimitKey::Ip }),
        ..SurfaceLimits::NONE
    },
    counts_all_logins: true,
    lockout: Some(SurfaceLockout { max_failures: 3, first_wait_s: 900, max_wait_s: 900 }),
    signup: SignupColumns::All,
    claims,
    ..SurfaceRules::foreign("other")
};

/// Nothing but the name and the usual limits.
static PLAIN: SurfaceRules = SurfaceRules::foreign("plain");

fn claims(of: &ClaimsOf<'_>) -> Map<String, Value> {
    let all = json!({"role": of.roles.first(), "permissions": ["read"], "sub": "somebody else", "aud": "elsewhere"});
    all.as_object().cloned().unwrap_or_default()
}

struct House {
    app: TestApp,
    _database: TestDatabase,
}

impl House {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let hash = bcrypt(PASSWORD);
        let script = format!(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, password_hash TEXT NOT NULL, role TEXT, \
             city TEXT, score INTEGER); INSERT INTO users VALUES (7, '{EMAIL}', '{hash}', 'member', NULL, NULL);"
        );
        let database = TestDatabase::create(Engine::Sqlite, &script);
        let app = TestApp::with(&database, |settings| {
            let column = |name: &str| Some(name.to_owned());
            let user = &mut settings.mapping.user;
            (user.table, user.id, user.email) = (column("users"), column("id"), column("email"));
            (user.password, user.role) = (column("password_hash"), column("role"));
            settings.tables.entry("users".to_owned()).or_default().hidden = vec!["score".to_owned()];
            change(settings);
        });
        Self { app, _database: database }
    }

    fn now(&self) -> Timestamp {
        self.app.state.clock.now()
    }

    fn project(&self) -> &Arc<Project> {
        self.app.project()
    }

    fn login(&self, surface: &'static SurfaceRules, password: &str) -> Result<AuthResult, IdentityError> {
        let secret = Secret::new(password.to_owned());
        let identity = &self.app.state.identity;
        self.app.run(identity.login(self.project(), EMAIL, &secret, &client(surface), self.now()))
    }

    fn opened(&self, surface: &'static SurfaceRules) -> AuthResult {
        self.login(surface, PASSWORD).unwrap()
    }

    fn refresh(&self, surface: &'static SurfaceRules, token: &Secret<String>) -> Result<AuthResult, IdentityError> {
        let identity = &self.app.state.identity;
        self.app.run(identity.refresh(self.project(), token, &client(surface), self.now()))
    }

    fn accepts(&self, surface: &'static SurfaceRules, token: &Secret<String>) -> bool {
        let identity = &self.app.state.identity;
        self.app.run(identity.accept_token(self.project(), surface, token.expose(), self.now())).is_ok()
    }

    fn change(
        &self,
        surface: &'static SurfaceRules,
        with: &AuthResult,
        new: &str,
    ) -> Result<AuthResult, IdentityError> {
        let (identity, client) = (&self.app.state.identity, client(surface));
        let (old, new) = (Secret::new(PASSWORD.to_owned()), Secret::new(new.to_owned()));
        self.app.run(async {
            let caller = identity.accept_token(self.project(), surface, with.token.expose(), self.now()).await?;
            identity.change_password(self.project(), &caller.user, &old, &new, &client, self.now()).await
        })
    }
}

fn client(surface: &'static SurfaceRules) -> Client {
    Client { ip: "192.0.2.7".parse().ok(), surface, ..Client::default() }
}

fn part(token: &Secret<String>, at: usize) -> Value {
    let part = token.expose().split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn sec_12_a_token_of_one_surface_is_nobody_at_another() {
    let house = House::new();
    let all: [&'static SurfaceRules; 3] = [&NATIVE, &PLAIN, &OTHER];
    let tokens = all.map(|surface| house.opened(surface).token);
    // Twice: what one surface has remembered is nothing to another.
    for _ in 0..2 {
        for (at, token) in tokens.iter().enumerate() {
            for (other, surface) in all.iter().enumerate() {
                assert_eq!(house.accepts(surface, token), at == other, "{at} at {}", surface.name);
            }
        }
    }
}

#[test]
fn sec_11_a_surface_signs_as_its_contract_says_and_with_a_key_of_its_own() {
    let house = House::new();
    let (native, plain, other) = (house.opened(&NATIVE), house.opened(&PLAIN), house.opened(&OTHER));
    let head = |result: &AuthResult| part(&result.token, 0);
    assert_eq!(head(&native)["alg"], "EdDSA");
    assert_eq!(head(&plain)["kid"], head(&native)["kid"], "the project's key");
    assert_eq!(head(&other)["alg"], "HS256");
    // A secret is never published.
    let jwks = house.app.run(house.app.state.identity.jwks(house.project(), house.now())).unwrap();
    assert!(!jwks.contains(head(&other)["kid"].as_str().unwrap()), "{jwks}");
    assert_eq!(other.expires_in_s, 7 * 86_400);
    let claims = part(&other.token, 1);
    assert_eq!((&claims["role"], &claims["permissions"]), (&json!("member"), &json!(["read"])));
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("7"), &json!("proj_test@development/other")));
}

#[test]
fn sec_11_where_the_project_signs_hs256_its_secret_signs_for_all() {
    let house = House::with(|settings| {
        settings.auth.algorithm = portcullis_project::settings::TokenAlgorithm::Hs256;
    });
    let (native, other) = (house.opened(&NATIVE), house.opened(&OTHER));
    assert_eq!(part(&native.token, 0)["kid"], part(&other.token, 0)["kid"]);
    assert!(house.accepts(&OTHER, &other.token) && !house.accepts(&NATIVE, &other.token));
}

#[test]
fn sec_15_rotating_the_secret_ends_the_tokens_of_every_surface() {
    let house = House::new();
    let (native, other) = (house.opened(&NATIVE), house.opened(&OTHER));
    house.app.run(house.app.state.identity.rotate_secret(house.project(), house.now())).unwrap();
    assert!(!house.accepts(&NATIVE, &native.token) && !house.accepts(&OTHER, &other.token));
    let again = house.refresh(&OTHER, &other.refresh_token).unwrap();
    assert!(house.accepts(&OTHER, &again.token));
    // The planned change leaves them until they run out.
    house.app.run(house.app.state.identity.rotate_key(house.project(), house.now())).unwrap();
    assert!(house.accepts(&OTHER, &again.token));
    let fresh = house.refresh(&OTHER, &other.refresh_token).unwrap();
    assert_ne!(part(&fresh.token, 0)["kid"], part(&again.token, 0)["kid"]);
}

#[test]
fn sec_16_a_refresh_token_stays_good_only_where_it_was_made_and_the_surface_says_so() {
    let house = House::new();
    let (native, other) = (house.opened(&NATIVE), house.opened(&OTHER));
    for _ in 0..3 {
        house.app.clock.advance_s(60);
        let again = house.refresh(&OTHER, &other.refresh_token).unwrap();
        assert_eq!(again.refresh_token.expose(), other.refresh_token.expose());
        assert_eq!(again.session, other.session);
    }
    // A token that rotates rotates there too: a copy of it is noticed.
    let swapped = house.refresh(&OTHER, &native.refresh_token).unwrap();
    assert_ne!(swapped.refresh_token.expose(), native.refresh_token.expose());
    house.app.clock.advance_s(60);
    let replay = house.refresh(&OTHER, &native.refresh_token).unwrap_err();
    assert!(matches!(replay, IdentityError::RefreshTokenReused), "{replay}");
    // It ends with its session, and by itself.
    house.app.clock.advance_s(8 * 86_400 + 1);
    assert_eq!(house.refresh(&OTHER, &other.refresh_token).unwrap_err().code(), "session_expired");
    let third = house.opened(&OTHER);
    let identity = &house.app.state.identity;
    house.app.run(identity.end_session(house.project(), "7", &third.session, house.now())).unwrap();
    assert_eq!(house.refresh(&OTHER, &third.refresh_token).unwrap_err().code(), "session_closed");
}

#[test]
fn sec_18_a_changed_password_keeps_refresh_tokens_of_the_surface_that_says_so_and_no_access_token() {
    let house = House::new();
    let (native, kept, with) = (house.opened(&NATIVE), house.opened(&OTHER), house.opened(&OTHER));
    house.change(&OTHER, &with, "another horse battery").unwrap();
    for (surface, token) in [(&NATIVE, &native.token), (&OTHER, &kept.token), (&OTHER, &with.token)] {
        assert!(!house.accepts(surface, token), "{}", surface.name);
    }
    let again = house.refresh(&OTHER, &kept.refresh_token).unwrap();
    assert!(house.accepts(&OTHER, &again.token));
    assert_eq!(house.refresh(&NATIVE, &native.refresh_token).unwrap_err().code(), "password_changed");
}

#[test]
fn sec_18_a_change_through_our_own_surface_ends_the_sessions_of_all() {
    let house = House::new();
    let (native, other) = (house.opened(&NATIVE), house.opened(&OTHER));
    house.change(&NATIVE, &native, "another horse battery").unwrap();
    assert_eq!(house.refresh(&OTHER, &other.refresh_token).unwrap_err().code(), "password_changed");
}

#[test]
fn sec_18_an_ended_session_stays_ended_for_as_long_as_its_token_would_be_good() {
    let house = House::new();
    let identity = &house.app.state.identity;
    let other = house.opened(&OTHER);
    house.app.run(identity.end_session(house.project(), "7", &other.session, house.now())).unwrap();
    for _ in 0..6 {
        house.app.clock.advance_s(86_400);
        house.app.run(identity.purge(house.now())).unwrap();
        assert!(!house.accepts(&OTHER, &other.token));
    }
}

#[test]
fn sec_19_sessions_of_all_surfaces_are_listed_and_ended_together() {
    let house = House::new();
    let identity = &house.app.state.identity;
    let (native, other) = (house.opened(&NATIVE), house.opened(&OTHER));
    let list = house.app.run(identity.sessions_of(house.project(), "7", None, house.now())).unwrap();
    let mut surfaces: Vec<_> = list.iter().map(|session| session.surface.as_str()).collect();
    surfaces.sort_unstable();
    assert_eq!(surfaces, ["native", "other"]);
    let ended = house.app.run(identity.end_sessions(house.project(), "7", Some(&native.session), house.now())).unwrap();
    assert_eq!(ended, 1);
    assert!(house.accepts(&NATIVE, &native.token) && !house.accepts(&OTHER, &other.token));
}

#[test]
fn sec_1_a_surface_keeps_its_shortest_password() {
    let house = House::new();
    let other = house.opened(&OTHER);
    house.change(&OTHER, &other, "zq7!kx").unwrap();
    let house = House::new();
    let native = house.opened(&NATIVE);
    let error = house.change(&NATIVE, &native, "zq7!kx").unwrap_err();
    assert_eq!(error.code(), "password_too_short");
}

#[test]
fn sec_9_a_surfaces_own_lockout_holds_at_it_and_what_it_locked_is_locked_elsewhere() {
    let house = House::new();
    for _ in 0..3 {
        assert!(matches!(house.login(&OTHER, "wrong"), Err(IdentityError::InvalidCredentials)));
    }
    let Err(IdentityError::Locked { retry_after_s }) = house.login(&OTHER, PASSWORD) else { panic!("not locked") };
    assert_eq!(retry_after_s, 900);
    assert!(matches!(house.login(&NATIVE, PASSWORD), Err(IdentityError::Locked { .. })));
    house.app.clock.advance_s(901);
    house.opened(&OTHER);
}

#[test]
fn sec_7_a_surfaces_own_limit_is_counted_apart() {
    let house = House::new();
    let identity = &house.app.state.identity;
    let count =
        |surface| house.app.run(identity.count(house.project(), Limit::Login, None, &client(surface), house.now()));
    for left in [3, 2, 1, 0] {
        assert_eq!(count(&OTHER).unwrap().remaining, left);
        // Checking a password does not count again, and a good one clears nothing.
        house.opened(&OTHER);
    }
    assert!(matches!(count(&OTHER), Err(IdentityError::RateLimited(_))));
    assert_eq!(count(&NATIVE).unwrap().count, 5);
}

#[test]
fn sec_42_a_signup_sets_what_the_surface_lets_it_and_never_what_is_ours() {
    let house = House::new();
    let sign_up = |surface, email: &str| {
        let members = [("city", "Bergen"), ("role", "admin"), ("score", "9"), ("id", "99")];
        let members =
            members.map(|(name, value)| (name.to_owned(), Json::parse(format!("\"{value}\"").as_bytes()).unwrap()));
        let signup =
            Signup { email: email.to_owned(), password: Secret::new(PASSWORD.to_owned()), members: members.into() };
        let done =
            house.app.run(house.app.state.identity.signup(house.project(), signup, &client(surface), house.now()));
        let SignedUp::In { result, warnings } = done.unwrap() else { panic!("a mail is asked for") };
        (result.user, warnings.len())
    };
    let (user, ignored) = sign_up(&NATIVE, "native@example.com");
    assert_eq!((user.get("city"), ignored), (Some(&Value::Null), 4));
    let (user, ignored) = sign_up(&OTHER, "other@example.com");
    assert_eq!((&user["city"], ignored), (&json!("Bergen"), 3));
    assert_ne!(user["id"], json!(99));
    assert!(!user["roles"].to_string().contains("admin"), "{user:?}");
}
