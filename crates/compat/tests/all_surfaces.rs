//! One user through all surfaces: whoever signs up through one signs in through every other; each lists and ends the
//! sessions of all, and what one ends is over at the others. A surface that is not built yet has no line in `SURFACES`
//! and is left out; one without a way here fails the test.

use http::{Method, StatusCode};
use portcullis_compat::{SURFACES, Scope};
use portcullis_project::settings::UserCard;
use portcullis_testkit::{Answer, Engine, Site, TestDatabase, engines};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const PROJECT: &str = "shop";
const PASSWORD: &str = "correct horse battery";
/// Surfaces at which no end user signs in.
const OPERATORS: &[&str] = &["swain"];

/// How one signs in at a surface.
struct Way {
    surface: &'static str,
    /// What stands between the surface's URL and its paths; `{id}` is the project's id.
    below: &'static str,
    signup: &'static str,
    login: &'static str,
    me: &'static str,
    logout: Option<(Method, &'static str)>,
    /// The call that changes a password, and what its body calls the old and the new one.
    change: (&'static str, [&'static str; 2]),
    /// Where the access token stands in the answer to a login.
    token: &'static str,
    /// A header with what `surface enable` printed under the name.
    key: Option<(&'static str, &'static str)>,
    /// Further members of a signup.
    members: &'static [(&'static str, &'static str)],
}

fn ways() -> Vec<Way> {
    let plain = |surface| Way {
        surface,
        below: "",
        signup: "/auth/signup",
        login: "/auth/login",
        me: "/auth/me",
        logout: Some((Method::POST, "/auth/logout")),
        change: ("/auth/change-password", ["current_password", "new_password"]),
        token: "/token",
        key: None,
        members: &[],
    };
    let all = vec![
        plain("native"),
        Way {
            below: "/api",
            signup: "/auth/register",
            token: "/data/token",
            members: &[("name", "Ada"), ("password_confirmation", PASSWORD)],
            ..plain("solobase")
        },
        Way {
            signup: "/register",
            login: "/login",
            me: "/me",
            logout: None,
            change: ("/user/changepw", ["oldPassword", "newPassword"]),
            token: "",
            key: Some(("sb-public-key", "public_key")),
            ..plain("staticbackend")
        },
        Way { below: "/p/{id}", token: "/data/token", ..plain("moondb") },
        Way {
            signup: "/auth/register",
            logout: Some((Method::GET, "/auth/logout")),
            change: ("/auth/password/change", ["currentPassword", "newPassword"]),
            members: &[("firstName", "Ada"), ("lastName", "Lovelace")],
            ..plain("baasix")
        },
    ];
    let there = |way: &Way| way.surface == "native" || portcullis_compat::surface(way.surface).is_some();
    all.into_iter().filter(there).collect()
}

/// A site with every surface on, and what each printed.
struct Bench {
    site: Site,
    needs: Vec<(&'static str, Map<String, Value>)>,
    id: String,
    _database: TestDatabase,
}

impl Bench {
    fn new() -> Self {
        Self::on(Engine::Sqlite)
    }

    fn on(engine: Engine) -> Self {
        let id = match engine {
            Engine::Sqlite => "INTEGER PRIMARY KEY AUTOINCREMENT",
            Engine::Postgres => "INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            Engine::MariaDb => "INTEGER AUTO_INCREMENT PRIMARY KEY",
        };
        let sql = format!(
            "CREATE TABLE users (id {id}, email VARCHAR(255) NOT NULL UNIQUE, password_hash VARCHAR(255) NOT NULL, \
             first_name VARCHAR(255), last_name VARCHAR(255), created_at VARCHAR(40))"
        );
        let database = TestDatabase::create(engine, &sql);
        let site = Site::new();
        site.project(PROJECT, database.url(), |settings| {
            let name = |column: &str| Some(column.to_owned());
            settings.mapping.user = UserCard {
                table: name("users"),
                id: name("id"),
                email: name("email"),
                password: name("password_hash"),
                firstname: name("first_name"),
                lastname: name("last_name"),
                created_at: name("created_at"),
                ..UserCard::default()
            };
            settings.auth.password_blocklist = Some(false);
        });
        let needs = SURFACES.iter().map(|surface| {
            let project = (surface.scope != Scope::Instance).then_some(PROJECT);
            (surface.rules.name, site.enable(surface.rules.name, project))
        });
        let needs = needs.collect();
        let id = site.opened(PROJECT).id.0.clone();
        Self { site, needs, id, _database: database }
    }

    fn call(&self, way: &Way, method: Method, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let base = match portcullis_compat::surface(way.surface) {
            None => format!("/p/{PROJECT}"),
            Some(surface) => surface.url("", Some(PROJECT)),
        };
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        let own = self.needs.iter().find(|(name, _)| *name == way.surface).map(|(_, needs)| needs);
        if let (Some((header, name)), Some(needs)) = (way.key, own) {
            headers.push((header, needs[name].as_str().expect("a key")));
        }
        let below = way.below.replace("{id}", &self.id);
        self.site.call(method, &format!("{base}{below}{path}"), &headers, body)
    }

    #[track_caller]
    fn sign_up(&self, way: &Way, email: &str) {
        let mut body = json!({"email": email, "password": PASSWORD});
        for (name, value) in way.members {
            body[*name] = json!(value);
        }
        let answer = self.call(way, Method::POST, way.signup, None, &body);
        assert!(answer.status.is_success(), "{}: {} {}", way.surface, answer.status, answer.text());
    }

    #[track_caller]
    fn log_in(&self, way: &Way, email: &str) -> String {
        let body = json!({"email": email, "password": PASSWORD});
        let answer = self.call(way, Method::POST, way.login, None, &body);
        assert!(answer.status.is_success(), "{}: {} {}", way.surface, answer.status, answer.text());
        let token = answer.json().pointer(way.token).and_then(Value::as_str).map(str::to_owned);
        token.unwrap_or_else(|| panic!("{}: no token in {}", way.surface, answer.text()))
    }

    /// Whether a token is good at its surface.
    fn is_in(&self, way: &Way, token: &str) -> bool {
        let answer = self.call(way, Method::GET, way.me, Some(token), &Value::Null);
        // In nobody's way unless a test fails, and then the reason.
        println!("{} at `{}`: {} {}", way.me, way.surface, answer.status, answer.text());
        // Baasix knows who asks and still wants a permission: whose token is not good gets 401 there as everywhere.
        answer.status.is_success() || answer.status == StatusCode::FORBIDDEN
    }

    /// The sessions as the native surface lists them, as (id, surface).
    fn sessions(&self, native: &Way, token: &str) -> Vec<(String, String)> {
        let all = self.call(native, Method::GET, "/auth/sessions", Some(token), &Value::Null).ok(200);
        let text = |one: &Value, name: &str| one[name].as_str().expect("text").to_owned();
        let data = all["data"].as_array().expect("sessions");
        data.iter().map(|one| (text(one, "id"), text(one, "surface"))).collect()
    }
}

/// So that no limit of a surface is reached by what is no attack.
const WINDOW_S: i64 = 3_600;

#[test]
fn every_surface_has_its_way() {
    let ways: BTreeSet<&str> = ways().iter().map(|way| way.surface).collect();
    for surface in SURFACES.iter().map(|surface| surface.rules.name).filter(|name| !OPERATORS.contains(name)) {
        assert!(ways.contains(surface), "`{surface}` needs a line in `ways`");
    }
}

#[test]
fn who_signs_up_through_one_signs_in_through_every_other() {
    for engine in engines() {
        sign_up_in_one_and_in_at_the_others(&Bench::on(engine));
    }
}

fn sign_up_in_one_and_in_at_the_others(bench: &Bench) {
    let ways = ways();
    for first in &ways {
        let email = format!("{}@shop.test", first.surface);
        bench.sign_up(first, &email);
        for way in &ways {
            let token = bench.log_in(way, &email);
            assert!(bench.is_in(way, &token), "{} after {}", way.surface, first.surface);
            // SEC-12: a token is nobody's at any surface but its own.
            for other in ways.iter().filter(|other| other.surface != way.surface) {
                assert!(!bench.is_in(other, &token), "a token of {} at {}", way.surface, other.surface);
            }
        }
        bench.site.clock.advance_s(WINDOW_S);
    }
}

#[test]
fn what_one_surface_opens_another_lists_and_a_third_ends() {
    let bench = Bench::new();
    let ways = ways();
    let native = &ways[0];
    bench.sign_up(&ways[ways.len() - 1], "ada@shop.test");
    let tokens: Vec<String> = ways.iter().map(|way| bench.log_in(way, "ada@shop.test")).collect();
    let listed = bench.sessions(native, &tokens[0]);
    for way in &ways {
        let count = listed.iter().filter(|(_, surface)| surface == way.surface).count();
        // The surface of the signup may have opened one by it.
        assert!(count >= 1, "{} in {listed:?}", way.surface);
    }
    // One by one: what is ended is over, and nothing else is.
    for (at, way) in ways.iter().enumerate().skip(1) {
        for (id, _) in listed.iter().filter(|(_, surface)| surface == way.surface) {
            let path = format!("/auth/sessions/{id}");
            assert_eq!(bench.call(native, Method::DELETE, &path, Some(&tokens[0]), &Value::Null).status, 204);
        }
        for (other, way) in ways.iter().enumerate() {
            assert_eq!(bench.is_in(way, &tokens[other]), other == 0 || other > at, "{}", way.surface);
        }
    }
}

#[test]
fn a_logout_ends_its_own_session_and_no_other() {
    let bench = Bench::new();
    let ways = ways();
    bench.sign_up(&ways[0], "ada@shop.test");
    let tokens: Vec<String> = ways.iter().map(|way| bench.log_in(way, "ada@shop.test")).collect();
    let mut ended = BTreeSet::new();
    for (at, way) in ways.iter().enumerate() {
        let Some((method, path)) = &way.logout else { continue };
        let answer = bench.call(way, method.clone(), path, Some(&tokens[at]), &Value::Null);
        assert!(answer.status.is_success(), "{}: {}", way.surface, answer.text());
        ended.insert(at);
        for (other, way) in ways.iter().enumerate() {
            assert_eq!(bench.is_in(way, &tokens[other]), !ended.contains(&other), "{}", way.surface);
        }
    }
}

/// Whichever surface: what a changed password leaves alive is the caller's own, where the product has it so.
#[test]
fn sec_18_a_password_changed_at_one_surface_ends_the_sessions_of_all_others() {
    for engine in engines() {
        let bench = Bench::on(engine);
        let ways = ways();
        for changing in &ways {
            let email = format!("{}@shop.test", changing.surface);
            bench.sign_up(changing, &email);
            let tokens: Vec<String> = ways.iter().map(|way| bench.log_in(way, &email)).collect();
            let (path, [old, new]) = changing.change;
            let mut body = json!({old: PASSWORD, new: "another long word"});
            match changing.surface {
                "solobase" => body["new_password_confirmation"] = json!("another long word"),
                "staticbackend" => body["email"] = json!(email),
                _ => {}
            }
            let own = ways.iter().position(|way| way.surface == changing.surface).expect("it is one of them");
            let answer = bench.call(changing, Method::POST, path, Some(&tokens[own]), &body);
            assert!(answer.status.is_success(), "{}: {} {}", changing.surface, answer.status, answer.text());
            for (at, way) in ways.iter().enumerate().filter(|(at, _)| *at != own) {
                assert!(!bench.is_in(way, &tokens[at]), "{} after {} on {engine:?}", way.surface, changing.surface);
            }
            for way in &ways {
                let known = json!({"email": email, "password": "another long word"});
                let answer = bench.call(way, Method::POST, way.login, None, &known);
                assert!(answer.status.is_success(), "{} after {}: {}", way.surface, changing.surface, answer.text());
            }
            bench.site.clock.advance_s(WINDOW_S);
        }
    }
}

#[test]
fn sec_18_a_reset_at_one_surface_ends_what_the_user_holds_at_all() {
    let bench = Bench::new();
    let ways = ways();
    bench.sign_up(&ways[0], "ada@shop.test");
    let tokens: Vec<String> = ways.iter().map(|way| bench.log_in(way, "ada@shop.test")).collect();
    let native = &ways[0];
    let asked = json!({"email": "ada@shop.test"});
    assert!(bench.call(native, Method::POST, "/auth/forgot-password", None, &asked).status.is_success());
    let letters = bench.site.letters(PROJECT);
    let reset = letters.iter().rfind(|letter| letter.kind == "password_reset").expect("a mail").token();
    let body = json!({"token": reset, "new_password": "another long word"});
    let answer = bench.call(native, Method::POST, "/auth/reset-password", None, &body);
    assert!(answer.status.is_success(), "{}", answer.text());
    for (at, way) in ways.iter().enumerate() {
        assert!(!bench.is_in(way, &tokens[at]), "{}", way.surface);
    }
    // The old password is nobody's, everywhere.
    for way in &ways {
        let old = json!({"email": "ada@shop.test", "password": PASSWORD});
        assert!(!bench.call(way, Method::POST, way.login, None, &old).status.is_success(), "{}", way.surface);
    }
}

#[test]
fn the_settings_know_every_surface_at_which_users_sign_in() {
    let known: BTreeSet<&str> = portcullis_project::settings::SURFACES_OF_USERS.into_iter().collect();
    let there: BTreeSet<&str> =
        SURFACES.iter().map(|surface| surface.rules.name).filter(|name| !OPERATORS.contains(name)).collect();
    assert_eq!(known, there);
}
