//! From a database with users to the first of them signed in: the mapping that `init` takes, and `portcullis user`.

mod support;

use portcullis_testkit::{SinkTls, SmtpSink};
use serde_json::{Value, json};
use std::io::BufRead as _;
use support::{Answer, Done, Place, Running};

const PASSWORD: &str = "correct horse battery";
/// An old application's tables, written by a PHP framework; bcrypt of [`PASSWORD`] at a cost that tests can bear.
const OLD: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(255) NOT NULL, email VARCHAR(255) NOT NULL UNIQUE,
        password VARCHAR(255) NOT NULL, remember_token VARCHAR(100), role VARCHAR(20) NOT NULL DEFAULT 'member',
        is_admin BOOLEAN NOT NULL DEFAULT FALSE, team_id INTEGER, about TEXT,
        two_factor_recovery_codes TEXT);
    CREATE TABLE sessions (id TEXT PRIMARY KEY, user_id INTEGER REFERENCES users (id), payload TEXT, last_activity INTEGER);
    CREATE TABLE password_reset_tokens (email TEXT PRIMARY KEY, token TEXT, created_at DATETIME);
    CREATE TABLE user_permissions (user_id INTEGER REFERENCES users (id), permission TEXT, PRIMARY KEY (user_id, permission));
    CREATE TABLE jobs (id INTEGER PRIMARY KEY, queue TEXT, payload TEXT, attempts INTEGER);
    CREATE TABLE job_batches (id TEXT PRIMARY KEY, name TEXT, total_jobs INTEGER, pending_jobs INTEGER, options TEXT);
    CREATE TABLE cache (key TEXT PRIMARY KEY, value TEXT, expiration INTEGER);
    CREATE TABLE cache_locks (key TEXT PRIMARY KEY, owner TEXT, expiration INTEGER);
    CREATE TABLE migrations (id INTEGER PRIMARY KEY, migration TEXT, batch INTEGER);
    CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), title TEXT NOT NULL);
    INSERT INTO users (id, name, email, password) VALUES
        (1, 'Ada', 'ada@example.com', '$2y$04$SMNGmDFWGmxnzKSBK6TeCetZ2TEu00xnUz2ccTFrMnPTHifxpfGAG'),
        (2, 'Bob', 'bob@example.com', '$2y$04$SMNGmDFWGmxnzKSBK6TeCetZ2TEu00xnUz2ccTFrMnPTHifxpfGAG');
    INSERT INTO posts VALUES (1, 1, 'Notes on the engine');
    INSERT INTO sessions VALUES ('s3cr3t-of-bob', 2, 'x', 1)";

fn old_application() -> (Place, Value) {
    let place = Place::new();
    place.sql("shop.db", OLD);
    let made = place.run(&["init", "sqlite:shop.db", "--yes", "--json"]).json();
    (place, made)
}

fn send(node: &Running, method: &str, path: &str, token: Option<&str>, body: &Value) -> Answer {
    let body = body.to_string();
    let length = body.len();
    let token = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    node.send(&format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{token}\
         Connection: close\r\n\r\n{body}"
    ))
}

fn login(node: &Running, email: &str, password: &str) -> Answer {
    send(node, "POST", "/p/shop/auth/login", None, &json!({ "email": email, "password": password }))
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    body(answer)["token"].as_str().unwrap().to_owned()
}

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

fn exposed(made: &Value) -> Vec<&str> {
    let tables = made["tables"].as_array().unwrap().iter();
    tables.filter(|table| table["exposed"] == true).map(|table| table["name"].as_str().unwrap()).collect()
}

#[test]
fn init_takes_the_mapping_and_an_old_user_signs_in_with_the_old_password() {
    let (place, made) = old_application();
    let user = &made["mapping"]["user"];
    let columns = ["table", "id", "email", "firstname", "password", "role"].map(|key| user[key].as_str().unwrap());
    assert_eq!(columns, ["users", "id", "email", "name", "password", "role"]);
    assert_eq!(user["accepted"], true);
    assert!(user["confidence"].as_f64().unwrap() > 0.8 && !user["reasons"].as_array().unwrap().is_empty(), "{user}");
    let document = place.run(&["settings", "export"]).ok();
    assert!(document.contains("[mapping.user]\ntable = \"users\"\n"), "{document}");
    let node = place.serve();
    let token = token(&login(&node, "ADA@example.com", PASSWORD));
    assert_eq!(login(&node, "ada@example.com", "wrong password").status, 401);
    let me = body(&node.send(&format!(
        "GET /p/shop/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )));
    assert_eq!((&me["email"], &me["name"]), (&json!("ada@example.com"), &json!("Ada")));
    let posts = send(&node, "POST", "/p/shop/posts/filter", Some(&token), &json!({}));
    assert_eq!((posts.status, &body(&posts)["data"][0]["title"]), (200, &json!("Notes on the engine")));
    // A second init shows what is in force, and takes nothing.
    let again = place.run(&["init", "sqlite:shop.db", "--json"]).json();
    assert_eq!((&again["mapping"]["user"]["accepted"], &again["admin_key"]), (&json!(true), &Value::Null));
}

#[test]
fn sec_40_sec_42_init_exposes_no_logins_and_no_rights_of_the_old_application() {
    let (place, made) = old_application();
    assert_eq!(exposed(&made), ["posts", "users"]);
    let warnings = made["warnings"].to_string();
    for table in [
        "sessions",
        "password_reset_tokens",
        "user_permissions",
        "jobs",
        "job_batches",
        "cache",
        "cache_locks",
        "migrations",
    ] {
        assert!(warnings.contains(table), "{table}: {warnings}");
    }
    let key = made["admin_key"].as_str().unwrap();
    let node = place.serve();
    let token = token(&login(&node, "ada@example.com", PASSWORD));
    assert_eq!(node.get("/p/shop/sessions", Some(key)).status, 404);
    let users = node.get("/p/shop/users", Some(key));
    assert!(users.status == 200 && !users.body.contains("$2y$") && !users.body.contains("password"), "{}", users.body);
    let seen = send(&node, "POST", "/p/shop/users/filter", Some(&token), &json!({}));
    assert!(seen.status == 200 && !seen.body.contains("recovery_codes"), "{}", seen.body);
    // Nobody raises themselves, and nobody touches somebody else.
    for member in ["is_admin", "role", "team_id", "email_verified"] {
        let answer = send(&node, "PATCH", "/p/shop/auth/me", Some(&token), &json!({ member: 1 }));
        assert_eq!(answer.status, 400, "{member}: {}", answer.body);
    }
    let own = send(&node, "PATCH", "/p/shop/auth/me", Some(&token), &json!({ "name": "Augusta", "about": "Poet" }));
    assert_eq!((own.status, &body(&own)["about"]), (200, &json!("Poet")), "{}", own.body);
    for method in ["PATCH", "DELETE"] {
        assert_eq!(send(&node, method, "/p/shop/users/2", Some(&token), &json!({ "name": "x" })).status, 403);
    }
    let new = json!({ "name": "Eve", "email": "eve@example.com" });
    assert_eq!(send(&node, "POST", "/p/shop/users", Some(&token), &new).status, 403);
}

#[test]
fn a_users_table_that_nobody_could_sign_in_with_is_not_mapped_and_said() {
    let place = Place::new();
    place.sql(
        "shop.db",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT); \
         CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id)); \
         CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id))",
    );
    let made = place.run(&["init", "shop.db", "--yes", "--json"]).json();
    assert_eq!(made["mapping"]["user"]["accepted"], false);
    assert!(made["warnings"].to_string().contains("`mapping.user.password` is missing"), "{}", made["warnings"]);
    let document = place.run(&["settings", "export"]).ok();
    assert!(!document.contains("[mapping"), "{document}");
    let mapped = format!("{document}\n[mapping.user]\ntable = \"users\"\nid = \"id\"\nemail = \"email\"\n");
    place.run_with(&["settings", "apply", "--file", "-"], &[], &mapped).refused("`mapping.user.password` is missing");
    // Keys work, and nobody signs in.
    let key = made["admin_key"].as_str().unwrap();
    let node = place.serve();
    assert_eq!(node.get("/p/shop/posts", Some(key)).status, 200);
    let answer = login(&node, "ada@example.com", PASSWORD);
    assert_eq!((answer.status, &body(&answer)["code"]), (501, &json!("auth_not_configured")));
    place.run(&["user", "list"]).refused("[mapping.user]");
}

#[test]
fn a_database_without_users_is_served_by_its_keys() {
    let place = Place::new();
    place.sql("shop.db", "CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT)");
    let done: Done = place.run(&["init", "shop.db", "--yes"]);
    assert!(done.err.contains("No table of users was found"), "{}", done.err);
    let out = done.ok();
    assert!(!out.contains("/auth/login"), "{out}");
    let node = place.serve();
    assert_eq!(login(&node, "ada@example.com", PASSWORD).status, 501);
}

#[test]
fn tenants_that_are_sure_are_taken_and_undecided_tables_stay_closed() {
    let place = Place::new();
    place.sql("shop.db", include_str!("../../../examples/shop/shop.sqlite.sql"));
    let made = place.run(&["init", "shop.db", "--yes", "--json"]).json();
    let tenancy = &made["tenancy"];
    assert_eq!((&tenancy["tenant_table"], &tenancy["accepted"]), (&json!("accounts"), &json!(true)), "{made}");
    let document = place.run(&["settings", "export"]).ok();
    assert!(document.contains("[tenancy]") && document.contains("tenant_column = \"account_id\""), "{document}");
    let crossing = place.run(&["doctor", "--tenants", "--json"]);
    assert_eq!(crossing.code, 0, "{}", crossing.out);
    // What nobody decided about is refused whole, and named.
    let wanted = document.replacen("exclude = [", "exclude = [\"no_such_table\", ", 1);
    if wanted != document {
        place.run_with(&["settings", "apply", "--file", "-", "--yes"], &[], &wanted).refused("no_such_table");
    }
}

#[test]
fn users_are_made_listed_shut_out_and_given_roles_beside_a_running_node() {
    let (place, _) = old_application();
    let node = place.serve();
    let create = ["user", "create", "--project", "shop", "--email", "cem@example.com", "--password-stdin"];
    place.run(&create[..6]).refused("--password-stdin");
    place.run_with(&create, &[], "short").refused("fewer than 8 characters");
    // `name` cannot be empty in this table.
    place.run_with(&create, &[], PASSWORD).refused("the column `name` is required");
    place.sql("shop.db", "ALTER TABLE users RENAME COLUMN name TO old_name; ALTER TABLE users ADD COLUMN name TEXT");
    let listed = place.run(&["user", "list", "--json"]).json();
    assert_eq!(listed["data"][0]["email"], "ada@example.com");
    assert_eq!(place.run(&["user", "list", "--limit", "1", "--json"]).json()["more"], true);

    let given = place.run(&["user", "role", "give", "ada@example.com", "administrator", "--json"]).json();
    assert_eq!(given["user"]["roles"], json!(["administrator"]));
    let roles = body(&login(&node, "ada@example.com", PASSWORD))["roles"].clone();
    assert_eq!(roles, json!(["member", "administrator"]));
    place.run(&["user", "role", "take", "ada@example.com", "administrator"]).ok();

    let token = token(&login(&node, "ada@example.com", PASSWORD));
    let shut = place.run(&["user", "disable", "ada@example.com"]).ok();
    assert_eq!(shut, "ada@example.com is shut out; their sessions have ended.\n");
    assert!(place.run(&["user", "list"]).ok().contains("shut out here"));
    let ask =
        format!("GET /p/shop/posts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");
    let began = std::time::Instant::now();
    while node.send(&ask).status != 401 {
        assert!(began.elapsed().as_secs() < 2, "the token lives on");
    }
    assert_eq!(login(&node, "ada@example.com", PASSWORD).status, 401);
    place.run(&["user", "enable", "ada@example.com"]).ok();
    assert_eq!(login(&node, "ada@example.com", PASSWORD).status, 200);
    place.run(&["user", "disable", "nobody@example.com"]).refused("has no user `nobody@example.com`");
}

#[test]
fn a_user_made_by_a_command_signs_in_and_the_row_is_in_the_tables_own_format() {
    let place = Place::new();
    place.sql("shop.db", &OLD.replace("name VARCHAR(255) NOT NULL", "name VARCHAR(255)"));
    place.run(&["init", "shop.db", "--yes"]).ok();
    let create = ["user", "create", "--email", "cem@example.com", "--password-stdin", "--role", "editor", "--json"];
    let made = place.run_with(&create, &[], "another good password\n").json();
    assert_eq!((&made["user"]["email"], &made["user"]["roles"]), (&json!("cem@example.com"), &json!(["editor"])));
    place.run_with(&create, &[], PASSWORD).refused("has an account already");
    let stored: String = rusqlite::Connection::open(place.path("shop.db"))
        .unwrap()
        .query_row("SELECT password FROM users WHERE email = 'cem@example.com'", [], |row| row.get(0))
        .unwrap();
    assert!(stored.starts_with("$2y$"), "{stored}");
    let node = place.serve();
    assert_eq!(login(&node, "cem@example.com", "another good password").status, 200);
}

#[test]
fn sec_15_another_signing_key_signs_nobody_out() {
    let (place, _) = old_application();
    let node = place.serve();
    let kids = || {
        let keys = body(&node.get("/p/shop/.well-known/jwks.json", None))["keys"].as_array().unwrap().clone();
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let old = token(&login(&node, "ada@example.com", PASSWORD));
    let before = kids();
    let rotated = place.run(&["key", "rotate", "--kind", "signing", "--json"]).json();
    assert_eq!(rotated["rotated"], "signing");
    let began = std::time::Instant::now();
    while kids().len() != 2 {
        assert!(began.elapsed().as_secs() < 2, "the node does not take the new key in");
    }
    assert!(kids().contains(&before[0]));
    for token in [old, token(&login(&node, "bob@example.com", PASSWORD))] {
        assert_eq!(send(&node, "POST", "/p/shop/posts/filter", Some(&token), &json!({})).status, 200);
    }
}

#[test]
fn the_demo_prints_logins_that_work_whoever_wrote_the_hashes() {
    let place = Place::new();
    let mut demo = place.start(&["demo", "--listen", "127.0.0.1:0"], &[]);
    let (mut line, mut addresses, mut curl) = (String::new(), Vec::new(), String::new());
    while curl.is_empty() {
        line.clear();
        assert!(demo.out.read_line(&mut line).unwrap() > 0, "no curl that logs in");
        if line.contains("/auth/login'") {
            line.clone_into(&mut curl);
        } else if let Some(address) = line.split_whitespace().find(|word| word.contains("@")) {
            addresses.push(address.to_owned());
        }
    }
    assert_eq!(addresses.len(), 6);
    let said: Value = serde_json::from_str(curl.split('\'').nth(3).unwrap()).unwrap();
    let password = said["password"].as_str().unwrap();
    assert_eq!(said["email"], addresses[0].as_str());
    for address in addresses {
        let answer = login(&demo, &address, password);
        assert_eq!((answer.status, &body(&answer)["user"]["email"]), (200, &json!(address)), "{}", answer.body);
    }
    assert_eq!(login(&demo, "dana@nordlicht.example", password).status, 401, "she is not active");
    assert_eq!(demo.signal("TERM"), 0);
}

#[test]
fn doctor_tells_what_the_users_table_holds_and_what_to_do() {
    let place = Place::new();
    place.sql("shop.db", OLD);
    place.sql(
        "shop.db",
        "INSERT INTO users (name, email, password) VALUES \
            ('Old', 'old@example.com', '5f4dcc3b5aa765d61d8327deb882cf99'), \
            ('Twin', 'ADA@example.com', ''), ('None', '', 'what is this'), \
            ('Weak', 'weak@example.com', '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/')",
    );
    place.run(&["init", "shop.db", "--yes", "--stage", "production"]).ok();
    let out = place.run(&["doctor"]).ok();
    for says in [
        "`users`, 6 rows: bcrypt 2, md5 1, md5_crypt 1; new users get bcrypt",
        "1 rows are kept as md5 and cannot sign in; let them with `legacy_hashes = [\"md5\"]`",
        "1 rows are kept as md5_crypt, which is weak",
        "1 rows hold something that is no known password hash",
        "several rows have the address ada@example.com",
        "1 rows have no address",
        "warning  mail: shop (production): not set up",
        "signed with EdDSA",
    ] {
        assert!(out.contains(says), "{says}\n{out}");
    }
    let hs256 = place
        .run(&["settings", "export"])
        .ok()
        .replace("[auth]\n", "[auth]\nalgorithm = \"HS256\"\njwt_secret = \"secret:jwt\"\nlegacy_hashes = [\"md5\"]\n");
    place.run_with(&["settings", "apply", "--file", "-"], &[], &hs256).ok();
    let broken = place.run(&["doctor"]);
    assert!(broken.code == 1 && broken.out.contains("portcullis settings secret set jwt"), "{}", broken.out);
    assert!(broken.out.contains("1 rows are kept as md5, which is quickly guessed"), "{}", broken.out);
    let set = ["settings", "secret", "set", "jwt", "--project", "shop"];
    place.run_with(&set, &[], "0123456789abcdef0123456789abcdef").refused("the secret can be guessed");
    place.run_with(&set, &[], "Jk2fQ8vZr5tXw1bN7mYc4hLd9sGp3eUa6oTiRzVq").ok();
    let good = place.run(&["doctor", "--json"]).json();
    assert!(good["ok"] == true && good["checks"].to_string().contains("HS256"), "{good}");
    let node = place.serve();
    assert_eq!(login(&node, "old@example.com", "password").status, 200);
    assert_eq!(login(&node, "ada@example.com", PASSWORD).status, 401, "two rows have the address");
}

/// The old application, with a mail server in its settings.
async fn with_mail() -> (Place, SmtpSink) {
    let sink = SmtpSink::start(SinkTls::None).await;
    let (place, _) = old_application();
    let email = format!(
        "[email]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"plain\"\nfrom_address = \"no-reply@shop.example\"\n",
        sink.port()
    );
    let document = format!("{}\n{email}", place.run(&["settings", "export"]).ok());
    place.run_with(&["settings", "apply", "--file", "-"], &[], &document).ok();
    (place, sink)
}

/// The text of the mail that a forgotten password brings, quoted-printable or not.
fn mailed(sink: &SmtpSink) -> String {
    let began = std::time::Instant::now();
    loop {
        if let Some(mail) = sink.mails().first() {
            assert_eq!(mail.to, ["ada@example.com"]);
            return mail.data.replace("=\n", "").replace("=3D", "=");
        }
        assert!(began.elapsed().as_secs() < 10, "no mail came");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_sends_the_mail_of_a_forgotten_password_and_its_link_works_once() {
    let (place, sink) = with_mail().await;
    let mut node = place.serve();
    let asked = send(&node, "POST", "/p/shop/auth/forgot-password", None, &json!({ "email": "ada@example.com" }));
    assert_eq!(asked.status, 200, "{}", asked.body);
    let text = mailed(&sink);
    let link = text.split_whitespace().find_map(|word| word.split_once("?token=")).unwrap();
    assert!(link.0.ends_with("/p/shop@development/auth/reset-password") && link.0.contains(&node.address), "{link:?}");
    let token: String = link.1.chars().take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect();
    let change = json!({ "token": token, "new_password": "another good password" });
    assert_eq!(send(&node, "POST", "/p/shop/auth/reset-password", None, &change).status, 200);
    assert_ne!(send(&node, "POST", "/p/shop/auth/reset-password", None, &change).status, 200, "it works once");
    assert_eq!(login(&node, "ada@example.com", PASSWORD).status, 401);
    assert_eq!(login(&node, "ada@example.com", "another good password").status, 200);
    assert_eq!(node.signal("TERM"), 0);
    assert!(!node.log().contains(&token), "SEC-61");
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_54_a_node_that_may_not_call_private_addresses_sends_no_mail_there() {
    let (place, sink) = with_mail().await;
    std::fs::write(place.path("portcullis.toml"), "[outbound]\nallow_private = false\n").unwrap();
    let mut node = place.serve();
    send(&node, "POST", "/p/shop/auth/forgot-password", None, &json!({ "email": "ada@example.com" }));
    let began = std::time::Instant::now();
    while !node.log().contains("mail") {
        assert!(began.elapsed().as_secs() < 10, "nothing is said: {}", node.log());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(sink.commands().is_empty(), "{:?}", sink.commands());
    assert_eq!(node.signal("TERM"), 0);
}

#[test]
fn roles_are_made_granted_and_given_from_the_command_line() {
    let (place, _) = old_application();
    place.run(&["role", "create", "clerk", "--description", "sells"]).ok();
    let granted = place.run(&["role", "grant", "clerk", "posts.read", "psts.read", "--json"]).json();
    let problems = granted["problems"].as_array().unwrap();
    assert!(problems.len() == 1 && problems[0].as_str().unwrap().contains("did you mean `posts`"), "{granted}");
    place.run(&["role", "revoke", "clerk", "psts.read"]).ok();
    let listed = place.run(&["role", "list", "--json"]).json();
    let clerk = json!({ "name": "clerk", "description": "sells", "source": "store", "permissions": ["posts.read"] });
    assert_eq!(listed, json!({ "data": [clerk] }));
    place.run(&["user", "role", "give", "ada@example.com", "clerk"]).ok();
    let users = place.run(&["user", "list", "--json"]).json();
    assert_eq!(users["data"][0]["roles"], json!(["clerk"]));
    place.run(&["role", "delete", "clerk"]).ok();
    let users = place.run(&["user", "list", "--json"]).json();
    assert_eq!(users["data"][0]["roles"], json!([]));
    for (words, says) in [
        (vec!["role", "delete", "clerk"], "no role `clerk`"),
        (vec!["role", "grant", "clerk", "posts.read"], "no role `clerk`"),
        (vec!["role", "create", "administrator"], "not a role to be made"),
        (vec!["user", "tenant", "add", "ada@example.com", "1"], "[tenancy] enabled` is off"),
        (vec!["user", "tenant", "list", "ada@example.com"], "[tenancy] enabled` is off"),
        (vec!["user", "role", "give", "ada@example.com", "clerk", "--tenant", "1"], "[tenancy] enabled` is off"),
    ] {
        place.run(&words).refused(says);
    }
}
