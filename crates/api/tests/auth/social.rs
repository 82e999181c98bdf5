//! Social login through the router against a provider of the test's own. SEC-28..31.

use crate::{
    second_factors::{App, aal, call, enroll, second},
    support::{ADA, Site, text},
};
use http::Method;
use portcullis_project::Settings;
use portcullis_testkit::{
    Answer,
    provider::{CLIENT_SECRET, FakePerson, FakeProvider, SigningAlgorithm, Trick},
};
use serde_json::{Value, json};
use url::Url;

const APP: &str = "https://app.example";

/// A site with users of all kinds and one provider.
struct Bench {
    site: Site,
    provider: FakeProvider,
    name: &'static str,
}

/// A browser that came to the provider's page.
struct Browser {
    authorize_url: String,
    cookie: String,
}

impl Bench {
    fn openid(name: &'static str, change: impl FnOnce(&mut Settings)) -> Self {
        Self::with(name, FakeProvider::openid_settings, change)
    }

    fn with(name: &'static str, kind: fn(&FakeProvider) -> Value, change: impl FnOnce(&mut Settings)) -> Self {
        Self::at(name, kind, &crate::support::script(), change)
    }

    fn at(
        name: &'static str,
        kind: fn(&FakeProvider) -> Value,
        script: &str,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        // The provider runs beside the application, which the clock of the tests dates to 2027.
        let runtime = Box::leak(Box::new(tokio::runtime::Runtime::new().unwrap()));
        let provider = runtime.block_on(FakeProvider::start(SigningAlgorithm::Es256, 1_800_000_000));
        let settings = kind(&provider);
        let database = portcullis_testkit::TestDatabase::create(portcullis_testkit::Engine::Sqlite, script);
        let app = portcullis_testkit::TestApp::with(&database, |own| {
            crate::support::map(own);
            own.auth.redirect_origins = vec![APP.to_owned()];
            own.social.insert(name.to_owned(), serde_json::from_value(settings).unwrap());
            change(own);
        });
        app.set_secret("social", CLIENT_SECRET);
        Self { site: Site { app, database }, provider, name }
    }

    fn begin_at(&self, path: &str) -> Browser {
        let answer = self.site.app.stranger(Method::GET, path, &Value::Null);
        assert_eq!(answer.status, 302, "{}", answer.text());
        let cookie = answer.header("set-cookie").unwrap();
        for part in ["__Host-pc_social=", "; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/", "; Max-Age=600"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Browser { authorize_url: answer.header("location").unwrap().to_owned(), cookie }
    }

    fn begin(&self) -> Browser {
        self.begin_at(&format!("/auth/social/{}", self.name))
    }

    /// The person says yes: the callback as the browser calls it.
    fn callback(&self, browser: &Browser) -> String {
        let url = self.provider.consent(&browser.authorize_url);
        assert!(url.as_str().starts_with("https://api.test/p/test@development/auth/"), "{url}");
        let path = url.path().strip_prefix("/p/test@development").unwrap();
        format!("{path}?{}", url.query().unwrap())
    }

    fn come_back(&self, path: &str, cookie: &str) -> Answer {
        self.site.app.send(self.site.app.request(Method::GET, path, &[("cookie", cookie)], &Value::Null))
    }

    fn sign_in(&self) -> Answer {
        let browser = self.begin();
        self.come_back(&self.callback(&browser), &browser.cookie)
    }

    fn person(&self, id: u64, email: Option<&str>, email_verified: bool) {
        let email = email.map(str::to_owned);
        self.provider.sign_in_as(FakePerson { id, email, email_verified: email_verified.into(), name: "P".into() });
    }

    fn count(&self, sql: &str) -> String {
        self.site.database.texts(sql)[0].clone().unwrap()
    }
}

#[test]
fn sec_28_a_cookie_that_other_hosts_of_the_domain_could_plant_is_none() {
    let bench = Bench::openid("corp", |_| {});
    bench.person(7, Some("new@example.com"), true);
    let browser = bench.begin();
    let path = bench.callback(&browser);
    bench.come_back(&path, &browser.cookie.replace("__Host-", "")).refused(400, "invalid_state");
}

#[test]
fn a_link_that_began_before_there_was_a_second_factor_does_not_stand_for_one() {
    let bench = Bench::openid("corp", |_| {});
    bench.person(7, Some("new@example.com"), true);
    let token = text(&bench.site.ada(), "token");
    let answer = call(&bench.site, &token, "/auth/social/corp", json!({}));
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let browser = Browser { authorize_url: text(&answer.ok(200), "authorize_url"), cookie };
    let path = bench.callback(&browser);
    enroll(&bench.site, &text(&bench.site.ada(), "token"));
    bench.come_back(&path, &browser.cookie).refused(403, "mfa_required");
}

/// The users table with a flag that says whether an address is verified.
fn verified(settings: &mut Settings) {
    settings.mapping.user.email_verified = Some("verified".to_owned());
}

fn script() -> String {
    format!(
        "{} ALTER TABLE users ADD COLUMN verified INTEGER NOT NULL DEFAULT 0; UPDATE users SET verified = 1 WHERE \
             id IN (1, 2);",
        crate::support::script()
    )
}

fn with_flag(change: impl FnOnce(&mut Settings)) -> Bench {
    Bench::at("corp", FakeProvider::openid_settings, &script(), |settings| {
        verified(settings);
        change(settings);
    })
}

#[test]
fn a_new_person_becomes_a_user_and_stays_that_user() {
    for (name, kind) in [
        ("google", FakeProvider::openid_settings as fn(&FakeProvider) -> Value),
        ("corp", FakeProvider::openid_settings),
        ("github", FakeProvider::github_settings),
    ] {
        let bench = Bench::with(name, kind, |_| {});
        bench.person(7, Some("new@example.com"), true);
        let body = bench.sign_in().ok(200);
        assert_eq!((&body["type"], &body["user"]["email"]), (&json!(name), &json!("new@example.com")));
        assert_eq!(body["user"]["email_verified"], true);
        assert_eq!(bench.site.refresh(&text(&body, "refresh_token")).ok(200)["type"], name);
        // The address at the provider says nothing any more.
        bench.person(7, Some("other@example.com"), false);
        assert_eq!(bench.sign_in().ok(200)["user"]["id"], body["user"]["id"]);
        assert_eq!(bench.count("SELECT CAST(COUNT(*) AS TEXT) FROM users"), "8");
        // A user without a password does not log in with one.
        bench.site.login("new@example.com", "").refused(400, "missing_field");
        bench.site.login("new@example.com", ADA).refused(401, "invalid_credentials");
    }
}

#[test]
fn every_alias_leads_to_the_provider_and_its_own_callback() {
    let bench = Bench::openid("google", |_| {});
    bench.person(99, Some("n@example.com"), true);
    for path in ["/auth/google", "/api/auth/google", "/auth/social/google"] {
        let browser = bench.begin_at(path);
        let callback = bench.callback(&browser);
        assert!(callback.starts_with("/auth/google/callback?"));
        bench.come_back(&callback.replace("/auth/google", "/api/auth/social/google"), &browser.cookie).ok(200);
    }
    let get = |path: &str| bench.site.app.stranger(Method::GET, path, &Value::Null);
    get("/auth/github").refused(404, "unknown_provider");
    get("/auth/social/nobody").refused(404, "unknown_provider");
    get("/auth/nobody").refused(404, "not_found");
    get("/auth/social/google/callback").refused(400, "missing_field");
    get("/auth/google/callback?state=x&code=y").refused(400, "invalid_state");
}

#[test]
fn sec_28_the_state_belongs_to_one_browser_and_is_good_once() {
    let bench = Bench::openid("corp", |_| {});
    bench.person(7, Some("new@example.com"), true);
    let (one, two) = (bench.begin(), bench.begin());
    assert_ne!(one.cookie, two.cookie);
    let path = bench.callback(&one);
    bench.come_back(&path, "").refused(400, "invalid_state");
    let path = bench.callback(&two);
    bench.come_back(&path, &one.cookie).refused(400, "invalid_state");
    bench.come_back(&path, &two.cookie).refused(400, "invalid_state");
    let late = bench.begin();
    let path = bench.callback(&late);
    bench.site.app.clock.advance_s(601);
    bench.come_back(&path, &late.cookie).refused(400, "invalid_state");
    // A browser with two windows finishes both.
    let first = bench.begin();
    let request = bench.site.app.request(Method::GET, "/auth/social/corp", &[("cookie", &first.cookie)], &Value::Null);
    let second = bench.site.app.send(request);
    assert!(second.header("set-cookie").unwrap().starts_with(&first.cookie));
    bench.provider.set_now_s(1_800_000_601);
    bench.come_back(&bench.callback(&first), &first.cookie).ok(200);
    let second = Browser { authorize_url: second.header("location").unwrap().to_owned(), cookie: first.cookie };
    bench.come_back(&bench.callback(&second), &second.cookie).ok(200);
}

#[test]
fn sec_30_a_verified_address_links_and_an_unknown_one_does_not() {
    let bench = with_flag(|_| {});
    assert_eq!(bench.sign_in().ok(200)["user"]["id"], 1);
    // The old password goes on working.
    bench.site.ada();
    bench.person(2, Some("off@example.com"), true);
    bench.sign_in().refused(401, "invalid_credentials");
    bench.person(3, Some("twin@example.com"), true);
    bench.sign_in().refused(403, "ambiguous_email");
    bench.person(4, Some("bob@example.com"), false);
    bench.sign_in().refused(403, "provider_email_not_verified");
    bench.person(5, None, false);
    bench.sign_in().refused(403, "provider_email_not_verified");
    // Where no column says whether an address is verified nobody is let in by it.
    let plain = Bench::openid("corp", |_| {});
    plain.sign_in().refused(403, "link_needs_sign_in");
    plain.site.ada();
}

#[test]
fn sec_30_whoever_took_an_address_before_its_owner_keeps_nothing() {
    let bench = with_flag(|_| {});
    let site = &bench.site;
    let squatter = site.login("bob@example.com", ADA).ok(200);
    let token = text(&squatter, "token");
    let key = text(&call(site, &token, "/auth/api-keys", json!({"name": "mine"})).ok(201), "key");
    enroll(site, &token);
    bench.person(8, Some("bob@example.com"), true);
    let body = bench.sign_in().ok(200);
    assert_eq!((&body["user"]["id"], &body["user"]["email_verified"]), (&json!(7), &json!(true)));
    site.login("bob@example.com", ADA).refused(401, "invalid_credentials");
    site.refresh(&text(&squatter, "refresh_token")).refused(401, "password_changed");
    site.me(&token).refused(401, "unauthenticated");
    site.me(&key).refused(401, "unauthenticated");
    site.me(&text(&body, "token")).ok(200);
    assert_eq!(bench.count("SELECT CAST(verified AS TEXT) FROM users WHERE id = 7"), "1");
}

#[test]
fn who_is_signed_in_links_a_provider_in_the_same_browser() {
    let bench = Bench::openid("corp", |_| {});
    let site = &bench.site;
    bench.person(9, Some("work@corp.example"), false);
    let link = |token: &str| call(site, token, "/auth/social/corp", json!({}));
    link("").refused(401, "unauthenticated");
    let token = text(&site.ada(), "token");
    let answer = link(&token);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let browser = Browser { authorize_url: text(&answer.ok(200), "authorize_url"), cookie };
    let path = bench.callback(&browser);
    assert_eq!(bench.come_back(&path, &browser.cookie).ok(200)["user"]["id"], 1);
    assert_eq!(bench.sign_in().ok(200)["user"]["id"], 1);
    // The same account of the provider is nobody else's.
    let bob = text(&site.login("bob@example.com", ADA).ok(200), "token");
    let answer = link(&bob);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let browser = Browser { authorize_url: text(&answer.ok(200), "authorize_url"), cookie };
    bench.come_back(&bench.callback(&browser), &browser.cookie).refused(409, "social_linked_to_another");
}

#[test]
fn a_second_factor_is_asked_for_after_the_provider_too() {
    let bench = with_flag(|_| {});
    let (app, _): (App, _) = enroll(&bench.site, &text(&bench.site.ada(), "token"));
    bench.provider.set_now_s(1_800_000_030);
    let body = bench.sign_in().refused(403, "mfa_required");
    let body = second(&bench.site, &text(&body, "mfa_token"), &app.code(&bench.site)).ok(200);
    assert_eq!((aal(&text(&body, "token")).as_str(), &body["type"]), ("aal2", &json!("corp")));
}

#[test]
fn sec_24_the_application_gets_its_user_back_with_the_tokens_in_the_fragment() {
    let bench = with_flag(|settings| {
        settings.social.get_mut("corp").unwrap().redirect_url = Some(format!("{APP}/welcome?x=1"));
    });
    let read = |answer: Answer| -> (Url, std::collections::HashMap<String, String>) {
        assert_eq!(answer.status, 302, "{}", answer.text());
        let url = Url::parse(answer.header("location").unwrap()).unwrap();
        let fragment = url.fragment().unwrap().to_owned();
        (url, form_urlencoded::parse(fragment.as_bytes()).into_owned().collect())
    };
    let (url, fragment) = read(bench.sign_in());
    assert!(url.as_str().starts_with("https://app.example/welcome?x=1#"));
    bench.site.me(&fragment["access_token"]).ok(200);
    bench.site.refresh(&fragment["refresh_token"]).ok(200);
    assert_eq!((fragment["token_type"].as_str(), fragment["type"].as_str()), ("Bearer", "corp"));
    bench.person(4, Some("bob@example.com"), false);
    let (_, fragment) = read(bench.sign_in());
    assert_eq!(fragment["error"], "provider_email_not_verified");
    assert!(!fragment.contains_key("access_token"));
    let own = "/auth/social/corp?redirect_url=https%3A%2F%2Fapp.example%2Fother";
    let browser = bench.begin_at(own);
    let (url, _) = read(bench.come_back(&bench.callback(&browser), &browser.cookie));
    assert_eq!(url.path(), "/other");
    for bad in ["https%3A%2F%2Fevil.example", "https%3A%2F%2Fapp.example.evil.test", "javascript%3Aalert(1)", "%2F%2Fx"]
    {
        let path = format!("/auth/social/corp?redirect_url={bad}");
        bench.site.app.stranger(Method::GET, &path, &Value::Null).refused(400, "redirect_refused");
    }
}

#[test]
fn without_self_signup_only_users_come_in() {
    let bench = with_flag(|settings| settings.auth.self_signup = false);
    bench.person(7, Some("new@example.com"), true);
    bench.sign_in().refused(403, "switched_off");
    bench.provider.sign_in_as(FakePerson::ada());
    bench.sign_in().ok(200);
}

#[test]
fn a_provider_that_misbehaves_is_a_refusal_with_its_code() {
    for (trick, status, code) in [
        (Trick::WrongAudience, 502, "provider_unacceptable"),
        (Trick::TokenRefusesWith200, 502, "provider_refused"),
        (Trick::TokenFails, 503, "provider_unavailable"),
    ] {
        let bench = Bench::openid("corp", |_| {});
        bench.provider.play(trick);
        bench.sign_in().refused(status, code);
    }
    let bench = Bench::openid("corp", |_| {});
    let browser = bench.begin();
    let state = Url::parse(&browser.authorize_url).unwrap();
    let state = state.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let iss = form_urlencoded::byte_serialize(bench.provider.base.as_bytes()).collect::<String>();
    let path = format!("/auth/social/corp/callback?state={state}&iss={iss}&error=access_denied");
    bench.come_back(&path, &browser.cookie).refused(403, "access_denied");
}

#[test]
fn sec_54_providers_in_private_networks_are_left_alone_where_the_settings_say_so() {
    let bench = Bench::openid("corp", |settings| settings.outbound.allow_private = false);
    bench.site.app.stranger(Method::GET, "/auth/social/corp", &Value::Null).refused(500, "provider_misconfigured");
}

#[test]
fn a_mapped_card_holds_the_links_with_ids_of_every_kind() {
    for (id, user, extra) in [
        ("INTEGER PRIMARY KEY", "INTEGER", ""),
        ("UUID PRIMARY KEY", "INTEGER", ", created_at TIMESTAMP NOT NULL"),
        ("VARCHAR(36) PRIMARY KEY", "VARCHAR(40)", ", email VARCHAR(200)"),
    ] {
        let table = format!(
            "CREATE TABLE social (id {id}, user_id {user} NOT NULL, provider VARCHAR(20) NOT NULL, uid VARCHAR(50) \
             NOT NULL{extra});"
        );
        let old = "INSERT INTO social (id, user_id, provider, uid";
        let old = if extra.contains("created_at") {
            format!(
                "{old}, created_at) VALUES ('6f9619ff-8b86-4011-b42d-00c04fc964ff', 7, 'corp', '700', '2020-01-01 \
                     00:00:00');"
            )
        } else {
            format!("{old}) VALUES (1, 7, 'corp', '700');")
        };
        let script = format!("{} {table} {old}", script());
        let bench = Bench::at("corp", FakeProvider::openid_settings, &script, |settings| {
            verified(settings);
            let card = &mut settings.mapping.social_profile;
            let column = |name: &str| Some(name.to_owned());
            (card.table, card.id, card.user_id) = (column("social"), column("id"), column("user_id"));
            (card.provider, card.provider_user_id) = (column("provider"), column("uid"));
            card.email = extra.contains("email").then(|| "email".to_owned());
        });
        // Who was linked by the old application is known.
        bench.person(700, None, false);
        assert_eq!(bench.sign_in().ok(200)["user"]["id"], 7, "{id}");
        bench.provider.sign_in_as(FakePerson::ada());
        assert_eq!(bench.sign_in().ok(200)["user"]["id"], 1, "{id}");
        assert_eq!(bench.sign_in().ok(200)["user"]["id"], 1, "{id}");
        let rows = "SELECT CAST(user_id AS TEXT) FROM social WHERE provider = 'corp' AND uid = '1815'";
        assert_eq!(bench.site.database.texts(rows), [Some("1".to_owned())], "{id}");
    }
}

#[test]
fn sec_30_a_link_that_was_made_before_the_owner_came_opens_nothing() {
    let bench = Bench::openid("corp", |_| {});
    let site = &bench.site;
    let made = site.post("/auth/signup", json!({"email": "victim@example.com", "password": ADA})).ok(201);
    bench.person(9, Some("attacker@example.com"), true);
    let answer = call(site, &text(&made, "token"), "/auth/social/corp", json!({}));
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let browser = Browser { authorize_url: text(&answer.ok(200), "authorize_url"), cookie };
    let linked = bench.come_back(&bench.callback(&browser), &browser.cookie).ok(200);
    assert_eq!(linked["user"]["id"], made["user"]["id"]);
    site.post("/auth/magic-link", json!({"email": "victim@example.com"})).ok(200);
    let token = crate::support::token_of(&crate::support::last(site, "victim@example.com"));
    site.post("/auth/magic-link/verify", json!({ "token": token })).ok(200);
    // The provider's person is another user now.
    let other = bench.sign_in().ok(200);
    assert_ne!(other["user"]["id"], made["user"]["id"]);
}
