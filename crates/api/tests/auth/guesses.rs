//! What counts as a guess, what takes it back, and what is written down of it. SEC-5, SEC-7, SEC-22, SEC-63.

use crate::support::{ADA, Site, text};
use http::Method;
use serde_json::{Value, json};

fn kept(site: &Site, sql: &'static str) -> Vec<String> {
    let rows = site.app.store.db().read(move |tx| {
        tx.fetch_all(sql, &[])?
            .iter()
            .map(|row| Ok(row.opt_text(0)?.unwrap_or_default()))
            .collect::<Result<Vec<_>, _>>()
    });
    site.app.run(rows).unwrap()
}

#[test]
fn sec_7_a_good_login_does_not_forget_what_one_source_tried_at_other_accounts() {
    let site = Site::with(|settings| settings.auth.rate_limits.login = "4/15m/ip".to_owned());
    for email in ["bob@example.com", "twin@example.com", "nobody@example.com"] {
        site.login(email, "wrong wrong").refused(401, "invalid_credentials");
        // The attacker has an account too.
        site.login("ada@example.com", ADA).ok(200);
    }
    site.login("bob@example.com", "wrong wrong").refused(401, "invalid_credentials");
    site.login("bob@example.com", "wrong wrong").refused(429, "rate_limited");
}

#[test]
fn sec_63_what_is_typed_as_a_login_is_kept_nowhere() {
    let site = Site::start();
    site.login("hunter2 hunter2", "x").refused(401, "invalid_credentials");
    site.login("stranger@example.com", "x").refused(401, "invalid_credentials");
    site.post("/auth/forgot-password", json!({"email": "stranger@example.com"})).ok(200);
    site.app.letters();
    let all = [
        kept(&site, "SELECT subject FROM audit"),
        kept(&site, "SELECT detail FROM audit"),
        kept(&site, "SELECT account FROM lockouts"),
        kept(&site, "SELECT key FROM rate_counters"),
    ];
    let all = all.concat().join(" ");
    assert!(!all.contains("hunter2") && !all.contains("stranger"), "{all}");
    // The same login is the same subject.
    let subjects = kept(&site, "SELECT DISTINCT subject FROM audit WHERE subject LIKE 'login:%'");
    assert_eq!(subjects.len(), 2, "{subjects:?}");
}

#[test]
fn sec_6_a_login_that_nobody_had_time_for_is_no_guess() {
    let site = Site::with(|settings| {
        settings.auth.rate_limits.login = "2/15m/ip+account".to_owned();
        settings.auth.lockout.max_failures = 2;
    });
    site.login("ada@example.com", "wrong wrong").refused(401, "invalid_credentials");
    let identity = site.app.state.identity.clone();
    let busy = 2 * std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let before = identity.hashing.checks();
    let gates: Vec<_> = (0..busy)
        .map(|_| {
            let (open, gate) = std::sync::mpsc::channel::<()>();
            let identity = identity.clone();
            site.app
                .run(async { drop(tokio::spawn(async move { identity.hashing.run(move || gate.recv().ok()).await })) });
            open
        })
        .collect();
    while identity.hashing.checks() < before + busy as u64 {
        std::thread::yield_now();
    }
    for _ in 0..2 {
        assert_eq!(site.login("ada@example.com", ADA).status, 503);
    }
    drop(gates);
    site.login("ada@example.com", ADA).ok(200);
}

#[test]
fn sec_5_a_value_that_is_taken_tells_nothing_of_the_address_beside_it() {
    let site = Site::with(|settings| {
        settings.auth.require_verified_email = true;
        settings.auth.signup_fields.push("role".to_owned());
        settings.mapping.user.role = None;
    });
    site.database.run("CREATE UNIQUE INDEX one_role ON users (role)");
    let site = Site { app: reopened(&site), database: site.database };
    let sign_up = |email: &str| {
        let body = json!({"email": email, "password": "a fine new password", "role": "member"});
        site.post("/auth/signup", body).refused(409, "duplicate")
    };
    assert_eq!(sign_up("new@example.com")["errors"], sign_up("bob@example.com")["errors"]);
    assert_eq!(site.app.letters().len(), 0);
}

fn reopened(site: &Site) -> portcullis_testkit::TestApp {
    portcullis_testkit::TestApp::with(&site.database, |settings| *settings = site.app.project().settings.clone())
}

#[test]
fn sec_63_an_issuer_that_is_set_or_removed_is_written_down() {
    use portcullis_identity::{Identity, mails::Outbox, outbound::Outbound};
    let mut site = Site::start();
    let outbox = Outbox::new(site.app.store.clone(), Default::default());
    let identity = Identity::new(site.app.store.clone(), outbox);
    let identity = identity.with_issuers(Outbound::new(false).unwrap(), site.app.clock.clone());
    site.app.state.identity = std::sync::Arc::new(identity);
    let mut document = json!({
        "provider": "external", "jwks_url": "https://id.example/jwks", "issuer": "https://id.example",
    });
    site.app.put("/v1/auth-config", &document).ok(200);
    // What was refused has changed nothing, and is no row.
    document["jwks_url"] = json!("http://127.0.0.1/jwks");
    site.app.put("/v1/auth-config", &document).refused(400, "invalid_auth_config");
    site.app.delete("/v1/auth-config").ok(200);
    assert_eq!(kept(&site, "SELECT event FROM audit ORDER BY id"), ["issuer_set", "issuer_removed"]);
    assert_eq!(kept(&site, "SELECT DISTINCT actor || ':' || result FROM audit"), ["admin_key:ok"]);
    let detail: Value =
        serde_json::from_str(&kept(&site, "SELECT detail FROM audit WHERE event = 'issuer_set'")[0]).unwrap();
    assert_eq!(detail, json!({"issuer": "https://id.example", "jwks_url": "https://id.example/jwks"}));
}

#[test]
fn sec_22_one_source_asks_for_so_many_mails_whomever_they_are_for() {
    let site = Site::start();
    let ask = |n: usize| site.post("/auth/magic-link", json!({ "email": format!("n{n}@example.com") }));
    for n in 0..100 {
        ask(n).ok(200);
    }
    ask(100).refused(429, "rate_limited");
    site.post("/auth/forgot-password", json!({"email": "ada@example.com"})).refused(429, "rate_limited");
    site.app.clock.advance_s(3_601);
    ask(101).ok(200);
}

#[test]
fn sec_27_of_two_changes_of_a_password_at_once_one_succeeds() {
    let site = Site::start();
    let tokens: Vec<String> = (0..4).map(|_| text(&site.ada(), "token")).collect();
    let requests = tokens.iter().enumerate().map(|(n, token)| {
        let header = format!("Bearer {token}");
        let body = json!({"current_password": ADA, "new_password": format!("new password number {n}")});
        site.app.request(Method::POST, "/auth/change-password", &[("authorization", &header)], &body)
    });
    let answers = site.app.at_once(requests.collect());
    let good: Vec<usize> = (0..4).filter(|n| answers[*n].status == 200).collect();
    assert_eq!(good.len(), 1, "{:?}", answers.iter().map(|one| one.status).collect::<Vec<_>>());
    site.login("ada@example.com", &format!("new password number {}", good[0])).ok(200);
}

#[test]
fn sec_18_a_user_who_is_switched_off_changes_nothing_of_themselves() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    site.database.run("UPDATE users SET active = 0 WHERE id = 1");
    let answer = site.app.bearer(&token, Method::PATCH, "/auth/me", &json!({"last_name": "Changed"}));
    answer.refused(401, "unauthenticated");
    assert_eq!(site.database.texts("SELECT last_name FROM users WHERE id = 1"), [None]);
}

#[test]
fn sec_63_what_the_projects_own_key_changes_is_written_down() {
    let site = Site::start();
    site.app.put("/v1/redirect-origins", &json!({"allowed_redirect_origins": ["https://app.example"]})).ok(200);
    site.app.post("/v1/rotate-jwt-secret", &Value::Null).ok(200);
    site.app.delete("/v1/auth-config").ok(200);
    site.app.post("/v1/rotate-keys", &json!({"public": true})).ok(200);
    let events = kept(&site, "SELECT event FROM audit ORDER BY id");
    let wanted = ["redirect_origins_changed", "jwt_secret_rotated", "issuer_removed", "project_keys_rotated"];
    assert_eq!(events, wanted);
    assert!(!kept(&site, "SELECT detail FROM audit").join(" ").contains("pk_"));
}
