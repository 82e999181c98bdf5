//! The database is the customer's: people sign in over a login that may only read, and over one that may also write
//! rows nothing is made in it.

use crate::customer::{dump, structure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Method;
use portcullis_base::Clock as _;
use portcullis_identity::Client;
use portcullis_project::Settings;
use portcullis_testkit::{
    Answer, Engine, SoftPasskey, TestApp, TestDatabase, bcrypt,
    provider::{CLIENT_SECRET, FakePerson, FakeProvider, SigningAlgorithm},
};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const NEW: &str = "another fine password";

pub fn people_sign_in_over_a_login_that_may_only_read(database: &TestDatabase) {
    load(database);
    let login = Login::create(database, "SELECT");
    for cards in [false, true] {
        let before = dump(database);
        let visit = Visit::start(database, &login, cards, false);
        visit.use_everything();
        drop(visit);
        assert_eq!(dump(database), before);
        assert!(before.contains("seen_at") && before.contains("logins"));
    }
    login.end(database);
}

/// A signup that must be verified answers alike for an address that is free and one that is taken, also where neither
/// can be made.
pub fn sec_5_a_signup_that_cannot_be_written_tells_nothing_of_an_address(database: &TestDatabase) {
    load(database);
    for (rights, status) in [("SELECT", 403), ("SELECT, INSERT, UPDATE", 202)] {
        let login = Login::create(database, rights);
        let before = structure(database);
        let app = TestApp::at(&login.url, |settings| {
            map(settings, false);
            settings.auth.require_verified_email = true;
        });
        let signup = |name: &str| {
            let body = json!({"email": format!("{name}@example.com"), "password": NEW});
            let answer = app.stranger(Method::POST, "/auth/signup", &body);
            let mut told = answer.json();
            told.as_object_mut().expect("an object").remove("request_id");
            (answer.status.as_u16(), told)
        };
        let (taken, free) = (signup("ada"), signup("new"));
        assert_eq!(taken, free);
        assert_eq!(taken.0, status);
        assert!(status == 202 || taken.1["code"] == "users_read_only", "{}", taken.1);
        drop(app);
        assert_eq!(structure(database), before);
        login.end(database);
    }
    assert_eq!(database.texts("SELECT count(*) FROM users")[0].as_deref(), Some("5"));
}

pub fn people_sign_in_up_and_change_over_a_login_that_makes_nothing(database: &TestDatabase) {
    load(database);
    // Whoever made something in the database with this login would be refused.
    let login = Login::create(database, "SELECT, INSERT, UPDATE, DELETE");
    for cards in [false, true] {
        let before = structure(database);
        let visit = Visit::start(database, &login, cards, true);
        visit.use_everything();
        drop(visit);
        assert_eq!(structure(database), before);
        assert!(before.contains("seen_at") && before.contains("logins"));
        database.run(&format!("DELETE FROM users WHERE id > 4; UPDATE users SET password = '{}'", bcrypt(PASSWORD)));
        database.run("UPDATE users SET email = 'ada@example.com', verified_at = '2020-01-01 00:00:00' WHERE id = 1");
        database.run("UPDATE users SET verified_at = NULL WHERE id = 4");
    }
    login.end(database);
}

/// Users as an old application left them, and its tables for everything that may be mapped.
fn load(database: &TestDatabase) {
    let (id, time) = match database.engine() {
        Engine::Postgres => ("SERIAL PRIMARY KEY", "TIMESTAMP"),
        Engine::MariaDb => ("INTEGER AUTO_INCREMENT PRIMARY KEY", "DATETIME"),
        Engine::Sqlite => ("INTEGER PRIMARY KEY", "TIMESTAMP"),
    };
    let hash = bcrypt(PASSWORD);
    let user = |name: &str, verified: &str| format!("('{name}@example.com', '{name}', '{hash}', {verified})");
    let then = "'2020-01-01 00:00:00'";
    database.run(&format!(
        "CREATE TABLE users (id {id}, email VARCHAR(190) NOT NULL UNIQUE, first_name VARCHAR(80), \
         password VARCHAR(200) NOT NULL, verified_at {time} NULL, seen_at {time} NULL, changed_at {time} NULL); \
         CREATE TABLE logins (id {id}, owner INTEGER NOT NULL, token VARCHAR(200) NOT NULL, ends {time} NOT NULL, seen {time} NULL); \
         CREATE TABLE resets (id {id}, owner INTEGER NOT NULL, token VARCHAR(200) NOT NULL, ends {time} NOT NULL, used {time} NULL); \
         CREATE TABLE tokens (id {id}, owner INTEGER NOT NULL, value VARCHAR(200) NOT NULL, ends {time} NULL, revoked {time} NULL); \
         CREATE TABLE people (id {id}, owner INTEGER NOT NULL, site VARCHAR(40) NOT NULL, who VARCHAR(190) NOT NULL); \
         CREATE TABLE roles (id {id}, title VARCHAR(20) NOT NULL); \
         CREATE TABLE held (owner INTEGER NOT NULL, role INTEGER NOT NULL); \
         INSERT INTO users (email, first_name, password, verified_at) VALUES {}, {}, {}, {}; \
         INSERT INTO tokens (owner, value) VALUES (1, 'the-old-key'); \
         INSERT INTO roles (title) VALUES ('editor'), ('reader'); INSERT INTO held VALUES (1, 2);",
        user("ada", then),
        user("bob", then),
        user("cyd", then),
        user("dan", "NULL"),
    ));
}

/// A login of the database with a few rights; on SQLite, which has none, the file itself.
struct Login {
    url: String,
    revoke: String,
}

impl Login {
    fn create(database: &TestDatabase, rights: &str) -> Self {
        let url = database.url();
        if database.engine() == Engine::Sqlite {
            return Self { url: url.to_owned(), revoke: String::new() };
        }
        let unique = &url.split("pt_").nth(1).expect("the name")[..12];
        let name = format!("signin_{unique}");
        let own = url.split('?').next().and_then(|url| url.rsplit('/').next()).expect("a database's name");
        let (grant, revoke) = match database.engine() {
            Engine::Postgres => {
                // A counter is moved by whoever may insert.
                let counters = if rights.contains("INSERT") { "USAGE" } else { "SELECT" };
                (
                    format!(
                        "CREATE ROLE {name} LOGIN; GRANT USAGE ON SCHEMA public TO {name}; \
                         GRANT {rights} ON ALL TABLES IN SCHEMA public TO {name}; \
                         GRANT {counters} ON ALL SEQUENCES IN SCHEMA public TO {name};"
                    ),
                    format!("DROP OWNED BY {name}; DROP ROLE {name};"),
                )
            }
            _ => (
                format!("CREATE USER {name}@localhost; GRANT {rights} ON {own}.* TO {name}@localhost;"),
                format!("DROP USER {name}@localhost;"),
            ),
        };
        database.run(&grant);
        let admin = url.split("://").nth(1).and_then(|rest| rest.split('@').next()).expect("the login");
        Self { url: url.replacen(&format!("//{admin}@"), &format!("//{name}@"), 1), revoke }
    }

    fn end(self, database: &TestDatabase) {
        database.run(&self.revoke);
    }
}

fn map(settings: &mut Settings, cards: bool) {
    let column = |name: &str| Some(name.to_owned());
    let mapping = &mut settings.mapping;
    let user = &mut mapping.user;
    (user.table, user.id, user.email) = (column("users"), column("id"), column("email"));
    (user.password, user.firstname) = (column("password"), column("first_name"));
    (user.email_verified, user.last_login) = (column("verified_at"), column("seen_at"));
    user.updated_at = column("changed_at");
    if cards {
        let card = &mut mapping.session;
        (card.table, card.id, card.user_id) = (column("logins"), column("id"), column("owner"));
        (card.refresh_token, card.expires_at, card.last_used) = (column("token"), column("ends"), column("seen"));
        let card = &mut mapping.password_reset_token;
        (card.table, card.id, card.user_id) = (column("resets"), column("id"), column("owner"));
        (card.token, card.expires_at, card.used_at) = (column("token"), column("ends"), column("used"));
        let card = &mut mapping.api_key;
        (card.table, card.id, card.user_id) = (column("tokens"), column("id"), column("owner"));
        (card.key, card.expires_at, card.revoked_at) = (column("value"), column("ends"), column("revoked"));
        let card = &mut mapping.social_profile;
        (card.table, card.id, card.user_id) = (column("people"), column("id"), column("owner"));
        (card.provider, card.provider_user_id) = (column("site"), column("who"));
        let card = &mut mapping.role;
        (card.table, card.id, card.name) = (column("roles"), column("id"), column("title"));
        let card = &mut mapping.user_role;
        (card.table, card.user_id, card.role_id) = (column("held"), column("owner"), column("role"));
    }
    settings.auth.signup_fields = vec!["first_name".to_owned()];
    settings.auth.rate_limits.login = "1000/1m/ip+account".to_owned();
    settings.auth.rate_limits.reset = "1000/1m/account".to_owned();
}

/// A stage over a login.
struct Visit {
    app: TestApp,
    provider: FakeProvider,
    writes: bool,
    cards: bool,
    _net: tokio::runtime::Runtime,
}

impl Visit {
    fn start(database: &TestDatabase, login: &Login, cards: bool, writes: bool) -> Self {
        assert_eq!(database.texts("SELECT count(*) FROM users")[0].as_deref(), Some("4"));
        let net = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
        // The clock of the tests stands in 2027.
        let provider = net.block_on(FakeProvider::start(SigningAlgorithm::Es256, 1_800_000_000));
        let social = serde_json::from_value(provider.openid_settings()).expect("settings of a provider");
        let app = TestApp::at(&login.url, |settings| {
            map(settings, cards);
            settings.social.insert("corp".to_owned(), social);
        });
        app.set_secret("social", CLIENT_SECRET);
        Self { app, provider, writes, cards, _net: net }
    }

    fn post(&self, path: &str, body: Value) -> Answer {
        self.app.stranger(Method::POST, path, &body)
    }

    fn own(&self, token: &str, method: Method, path: &str, body: Value) -> Answer {
        self.app.bearer(token, method, path, &body)
    }

    fn login(&self, name: &str, password: &str) -> Answer {
        self.post("/auth/login", json!({"email": format!("{name}@example.com"), "password": password}))
    }

    fn token(&self, name: &str) -> String {
        text(&self.login(name, PASSWORD).ok(200), "token")
    }

    fn letter(&self, kind: &str) -> portcullis_testkit::TestLetter {
        let letter = self.app.letters().pop().expect("a mail");
        assert_eq!(letter.kind, kind);
        letter
    }

    /// What needs a row of the users written: done, or refused so that the caller knows why.
    #[track_caller]
    fn written(&self, answer: Answer, status: u16) -> Option<Value> {
        if self.writes {
            return Some(answer.ok(status));
        }
        let body = answer.refused(403, "users_read_only");
        assert_eq!(body["title"], "the users table cannot be written");
        assert!(body.get("detail").is_none() && body.get("errors").is_none(), "{body}");
        None
    }

    fn use_everything(&self) {
        self.sessions();
        self.keys();
        self.mailbox();
        self.authenticator();
        self.passkey();
        self.provider();
        self.rights();
        self.records();
    }

    fn sessions(&self) {
        let body = self.login("ada", PASSWORD).ok(200);
        self.login("ada", "wrong horse battery").refused(401, "invalid_credentials");
        self.login("nobody", PASSWORD).refused(401, "invalid_credentials");
        let form = "grant_type=password&username=bob%40example.com&password=correct+horse+battery";
        let request = http::Request::post("/auth/token").header("content-type", "application/x-www-form-urlencoded");
        self.app.send(request.body(form.into()).expect("a request")).ok(200);
        let refreshed = self.post("/auth/refresh", json!({"refresh_token": body["refresh_token"]})).ok(200);
        self.post("/auth/refresh", json!({"refresh_token": refreshed["refresh_token"]})).ok(200);
        let token = text(&refreshed, "token");
        assert_eq!(self.own(&token, Method::GET, "/auth/me", Value::Null).ok(200)["first_name"], "ada");
        let pair = format!("Basic {}", STANDARD.encode(format!("cyd@example.com:{PASSWORD}")));
        let basic = self.app.request(Method::GET, "/auth/me", &[("authorization", &pair)], &Value::Null);
        assert_eq!(self.app.send(basic).ok(200)["first_name"], "cyd");
        self.token("ada");
        let list = self.own(&token, Method::GET, "/auth/sessions", Value::Null).ok(200);
        let other = list["data"].as_array().expect("a list").iter().find(|one| one["current"] == false);
        let path = format!("/auth/sessions/{}", text(other.expect("another session"), "id"));
        assert_eq!(self.own(&token, Method::DELETE, &path, Value::Null).status, 204);
        assert_eq!(self.own(&token, Method::DELETE, "/auth/sessions", Value::Null).status, 204);
        assert_eq!(self.own(&token, Method::POST, "/auth/logout", Value::Null).status, 204);
        self.own(&token, Method::GET, "/auth/me", Value::Null).refused(401, "unauthenticated");
    }

    fn keys(&self) {
        let token = self.token("ada");
        let made = self.own(&token, Method::POST, "/auth/api-keys", json!({"name": "laptop"})).ok(201);
        let key = text(&made, "key");
        self.own(&key, Method::GET, "/auth/me", Value::Null).ok(200);
        self.own(&token, Method::GET, "/auth/api-keys", Value::Null).ok(200);
        let path = format!("/auth/api-keys/{}", text(&made, "id"));
        assert_eq!(self.own(&token, Method::DELETE, &path, Value::Null).status, 204);
        self.own(&key, Method::GET, "/auth/me", Value::Null).refused(401, "unauthenticated");
        let old = self.own("the-old-key", Method::GET, "/auth/me", Value::Null);
        let list = self.own(&token, Method::GET, "/auth/api-keys", Value::Null).ok(200);
        if !self.cards {
            old.refused(401, "unauthenticated");
            return assert_eq!(list, json!({"data": []}));
        }
        old.ok(200);
        let path = format!("/auth/api-keys/{}", text(&list["data"][0], "id"));
        let ended = self.own(&token, Method::DELETE, &path, Value::Null);
        if self.writes { assert_eq!(ended.status, 204) } else { drop(self.written(ended, 204)) }
    }

    fn mailbox(&self) {
        let address = |name: &str| json!({"email": format!("{name}@example.com")});
        self.post("/auth/resend-verification", address("dan")).ok(200);
        let path = format!("/auth/verify?token={}", self.letter("email_verification").token());
        self.app.stranger(Method::GET, &path, &Value::Null).ok(200);
        assert_eq!(self.login("dan", PASSWORD).ok(200)["user"]["email_verified"], true);
        self.post("/auth/magic-link", address("ada")).ok(200);
        let link = self.letter("magic_link").token();
        let token = text(&self.post("/auth/magic-link/verify", json!({ "token": link })).ok(200), "token");
        self.post("/auth/otp", address("bob")).ok(200);
        let code = self.letter("one_time_code").code();
        self.post("/auth/otp/verify", json!({"email": "bob@example.com", "code": code})).ok(200);

        let me = self.own(&token, Method::PATCH, "/auth/me", json!({"first_name": "Augusta"}));
        self.written(me, 200);
        self.own(&token, Method::PATCH, "/auth/me", json!({"first_name": "ada"}));

        let change = json!({"current_password": PASSWORD, "new_password": NEW});
        let changed = self.own(&token, Method::POST, "/auth/change-password", change);
        let password = if self.written(changed, 200).is_some() { NEW } else { PASSWORD };
        let ada = text(&self.login("ada", password).ok(200), "token");

        self.post("/auth/forgot-password", address("ada")).ok(200);
        let reset = json!({"token": self.letter("password_reset").token(), "new_password": PASSWORD});
        self.written(self.post("/auth/reset-password", reset.clone()), 200);
        // What was refused has used nothing up.
        let again = self.post("/auth/reset-password", reset);
        if self.writes {
            again.refused(400, "invalid_token")
        } else {
            again.refused(403, "users_read_only")
        };

        let token = if self.writes { self.token("ada") } else { ada };
        let move_to = json!({"email": "moved@example.com", "current_password": PASSWORD});
        self.own(&token, Method::PATCH, "/auth/me", move_to).ok(200);
        let path = format!("/auth/verify?token={}", self.letter("email_change").token());
        for _ in 0..2 {
            let answer = self.app.stranger(Method::GET, &path, &Value::Null);
            if answer.status == 400 {
                assert!(self.writes);
                continue;
            }
            self.written(answer, 200);
        }
        self.login(if self.writes { "moved" } else { "ada" }, PASSWORD).ok(200);
        let new = json!({"email": "eve@example.com", "password": NEW, "first_name": "Eve"});
        self.written(self.post("/auth/signup", new), 201);
        assert_eq!(self.login("eve", NEW).status.is_success(), self.writes);
    }

    fn authenticator(&self) {
        let token = self.token("bob");
        let enroll = json!({ "current_password": PASSWORD });
        let made = self.own(&token, Method::POST, "/auth/mfa/totp/enroll", enroll).ok(200);
        let totp = totp_rs::Totp::from_url(text(&made, "otpauth_url")).expect("an authenticator's URL");
        let code = || {
            self.app.clock.advance_s(30);
            totp.generate(self.app.clock.now().unix_s().unsigned_abs()).to_string()
        };
        self.own(&token, Method::POST, "/auth/mfa/totp/confirm", json!({ "code": code() })).ok(200);
        let half = self.login("bob", PASSWORD).refused(403, "mfa_required");
        let both = json!({"mfa_token": half["mfa_token"], "code": code()});
        let token = text(&self.post("/auth/mfa/totp/verify", both).ok(200), "token");
        self.own(&token, Method::POST, "/auth/mfa/recovery-codes", Value::Null).ok(200);
        let off = self.own(&token, Method::POST, "/auth/mfa/totp/disable", Value::Null);
        assert!(off.status.is_success(), "{}", off.text());
        self.token("bob");
    }

    fn passkey(&self) {
        let token = self.token("cyd");
        let mut key = SoftPasskey::new("https://api.test");
        let begin = json!({ "current_password": PASSWORD });
        let begun = self.own(&token, Method::POST, "/auth/passkeys/register/begin", begin).ok(200);
        let credential = key.create(&begun["options"]);
        let body = json!({ "ticket": begun["ticket"], "credential": credential, "name": "laptop" });
        let made = self.own(&token, Method::POST, "/auth/passkeys/register/finish", body).ok(201);
        let begun = self.post("/auth/passkeys/login/begin", json!({})).ok(200);
        let body = json!({ "ticket": begun["ticket"], "credential": key.get(&begun["options"]) });
        let token = text(&self.post("/auth/passkeys/login/finish", body).ok(200), "token");
        let path = format!("/auth/passkeys/{}", text(&made, "id"));
        assert_eq!(self.own(&token, Method::DELETE, &path, Value::Null).status, 204);
    }

    /// Somebody who is here already comes in, and a stranger only where a user can be made.
    fn provider(&self) {
        let sign_in = |id: u64, email: &str| {
            let (email, name) = (Some(email.to_owned()), "P".to_owned());
            self.provider.set_now_s(self.app.clock.now().unix_s());
            self.provider.sign_in_as(FakePerson { id, email, email_verified: true.into(), name });
            let begun = self.app.stranger(Method::GET, "/auth/social/corp", &Value::Null);
            let cookie =
                begun.header("set-cookie").and_then(|text| text.split(';').next()).expect("a cookie").to_owned();
            let url = self.provider.consent(begun.header("location").expect("the provider's page"));
            let path = url.path().strip_prefix("/p/test@development").expect("a path of ours");
            let path = format!("{path}?{}", url.query().unwrap_or_default());
            self.app.send(self.app.request(Method::GET, &path, &[("cookie", &cookie)], &Value::Null))
        };
        assert_eq!(sign_in(4, "dan@example.com").ok(200)["user"]["id"], 4);
        assert_eq!(sign_in(4, "elsewhere@example.com").ok(200)["user"]["id"], 4);
        self.written(sign_in(9, "stranger@example.com"), 200);
    }

    /// What operators do to users.
    fn rights(&self) {
        let (project, identity) = (self.app.project().clone(), self.app.state.identity.clone());
        let now = || self.app.clock.now();
        let client = Client::default();
        self.app.run(identity.set_role(&project, "2", "editor", true, &client, now())).expect("a role");
        let roles = |name: &str| self.login(name, PASSWORD).ok(200)["roles"].clone();
        assert_eq!(roles("bob"), json!(["editor"]));
        self.app.run(identity.set_disabled(&project, "2", true, &client, now())).expect("a user");
        self.login("bob", PASSWORD).refused(401, "invalid_credentials");
        self.app.run(identity.set_disabled(&project, "2", false, &client, now())).expect("a user");
        self.app.run(identity.set_role(&project, "2", "editor", false, &client, now())).expect("a role");
        assert_eq!(roles("bob"), json!([]));
        if self.cards {
            // What the old application gave is its own to take where its table cannot be written.
            let taken = self.app.run(identity.set_role(&project, "1", "reader", false, &client, now()));
            assert_eq!(taken.is_ok(), self.writes);
            assert_eq!(
                roles(if self.writes { "moved" } else { "ada" }),
                if self.writes { json!([]) } else { json!(["reader"]) }
            );
        }
    }

    /// The data routes say the same of their own writes.
    fn records(&self) {
        let token = self.token("cyd");
        self.own(&token, Method::GET, "/users/3", Value::Null).ok(200);
        let answer = self.own(&token, Method::PATCH, "/users/3", json!({"first_name": "cyd"}));
        if self.writes {
            answer.ok(200)
        } else {
            answer.refused(403, "database_denied")
        };
    }
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no text `{name}` in {body}")).to_owned()
}
