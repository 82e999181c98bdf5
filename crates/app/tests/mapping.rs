//! `portcullis mapping column` on every engine, with the real binary: shown, refused, approved, mapped.

mod support;

use portcullis_testkit::{Engine, TestDatabase, engines};
use serde_json::{Value, json};
use support::{Place, Running};

const PASSWORD: &str = "correct horse battery";
/// bcrypt of [`PASSWORD`] at a cost that tests can bear.
const HASH: &str = "$2y$04$SMNGmDFWGmxnzKSBK6TeCetZ2TEu00xnUz2ccTFrMnPTHifxpfGAG";

/// A users table whose password column has room for bcrypt and no more.
fn old_application(engine: Engine) -> TestDatabase {
    let (id, password) = match engine {
        Engine::Postgres => ("SERIAL PRIMARY KEY", "VARCHAR(60) NOT NULL DEFAULT '!'"),
        Engine::MariaDb => (
            "INTEGER AUTO_INCREMENT PRIMARY KEY",
            "VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '!' COMMENT 'bcrypt, so far'",
        ),
        Engine::Sqlite => ("INTEGER PRIMARY KEY", "VARCHAR(60) NOT NULL DEFAULT '!' CHECK (length(password) <= 60)"),
    };
    TestDatabase::create(
        engine,
        &format!(
            "CREATE TABLE users (id {id}, email VARCHAR(190) NOT NULL UNIQUE, password {password}); \
             INSERT INTO users (email, password) VALUES ('ada@example.com', '{HASH}'), ('bob@example.com', '{HASH}')"
        ),
    )
}

/// A project on it, with the upgrade to argon2id switched on.
fn project(database: &TestDatabase) -> Place {
    let place = Place::new();
    let made = place.run(&["init", database.url(), "--name", "shop", "--yes", "--json"]).json();
    assert_eq!(made["mapping"]["user"]["accepted"], true, "{made}");
    let document = place.run(&["settings", "export"]).ok();
    let upgraded = "[auth]\npassword_format = \"argon2id\"\nrehash_passwords = true\n";
    let document = match document.contains("\n[auth]\n") {
        true => document.replacen("\n[auth]\n", &format!("\n{upgraded}"), 1),
        false => format!("{document}\n{upgraded}"),
    };
    let told = place.run_with(&["settings", "plan", "--file", "-"], &[], &document).ok();
    assert!(told.contains("`users.password` holds 60 characters and argon2id needs"), "{told}");
    place.run_with(&["settings", "apply", "--file", "-", "--yes"], &[], &document).ok();
    place
}

fn login(node: &Running, email: &str) -> Value {
    let body = json!({ "email": email, "password": PASSWORD }).to_string();
    let answer = node.send(&format!(
        "POST /p/shop/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    ));
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

fn stored(database: &TestDatabase, id: u8) -> String {
    database.texts(&format!("SELECT password FROM users WHERE id = {id}")).remove(0).unwrap()
}

/// How the users' columns are made.
fn columns(database: &TestDatabase) -> Vec<String> {
    let query = match database.engine() {
        Engine::Postgres => {
            "SELECT concat_ws('|', column_name, data_type, character_maximum_length, is_nullable, column_default) \
             FROM information_schema.columns WHERE table_name = 'users' ORDER BY ordinal_position"
        }
        Engine::MariaDb => {
            "SELECT concat_ws('|', column_name, column_type, collation_name, is_nullable, column_default, column_comment) \
             FROM information_schema.columns WHERE table_schema = database() AND table_name = 'users' ORDER BY ordinal_position"
        }
        Engine::Sqlite => "SELECT sql FROM sqlite_schema WHERE name = 'users'",
    };
    database.texts(query).into_iter().flatten().collect()
}

#[test]
fn a_password_column_gets_room_for_argon2id_only_on_approval() {
    for engine in engines() {
        let database = old_application(engine);
        let place = project(&database);
        let doctor = place.run(&["doctor", "--json"]);
        assert!(doctor.out.contains("portcullis mapping column password"), "{engine}: {}", doctor.out);
        let before = columns(&database);
        let node = place.serve();
        login(&node, "ada@example.com");
        assert_eq!(stored(&database, 1), HASH, "{engine}");
        let column = |more: &[&str]| place.run(&[&["mapping", "column", "password", "--json"], more].concat());
        if engine == Engine::Sqlite {
            column(&[]).refused("cannot be made wider in place");
            column(&["--approve"]).refused("cannot be made wider in place");
            assert_eq!(columns(&database), before);
            continue;
        }
        let shown = column(&[]).json();
        let sql = match engine {
            Engine::Postgres => r#"ALTER TABLE "public"."users" ALTER COLUMN "password" TYPE varchar(255)"#,
            _ => {
                "ALTER TABLE `users` MODIFY COLUMN `password` varchar(255) CHARACTER SET ascii COLLATE ascii_bin \
                 NOT NULL DEFAULT '!' COMMENT 'bcrypt, so far'"
            }
        };
        let offer =
            json!({"approved": false, "field": "password", "table": "users", "column": "password", "sql": [sql]});
        assert_eq!(shown, offer, "{engine}");
        let text = place.run(&["mapping", "column", "password"]);
        assert!(text.out.contains(&format!("{sql};")) && text.err.contains("Nothing was done"), "{}", text.err);
        assert_eq!(columns(&database), before, "{engine}");

        let done = column(&["--approve"]).json();
        assert_eq!((&done["approved"], &done["sql"]), (&json!(true), &json!([sql])));
        // The rest of the column is as it was.
        let after: Vec<String> = before.iter().map(|line| line.replace("60", "255")).collect();
        assert_eq!(columns(&database), after, "{engine}");
        login(&node, "ada@example.com");
        assert!(stored(&database, 1).starts_with("$argon2id$"), "{engine}: {}", stored(&database, 1));
        assert_eq!(stored(&database, 2), HASH);
        login(&node, "ada@example.com");
        assert_eq!(column(&[]).json()["sql"], json!([]));
        assert!(!place.run(&["doctor", "--json"]).out.contains("mapping column password"));
    }
}

#[test]
fn a_column_for_verified_addresses_is_added_and_mapped_only_on_approval() {
    for engine in engines() {
        let database = old_application(engine);
        let place = project(&database);
        let node = place.serve();
        let before = columns(&database);
        let column = |more: &[&str]| place.run(&[&["mapping", "column", "email_verified", "--json"], more].concat());
        let add = match engine {
            Engine::Postgres => r#"ALTER TABLE "public"."users" ADD COLUMN "email_verified_at" timestamptz"#,
            Engine::MariaDb => "ALTER TABLE `users` ADD COLUMN `email_verified_at` datetime(6) NULL",
            Engine::Sqlite => r#"ALTER TABLE "users" ADD COLUMN "email_verified_at" DATETIME"#,
        };
        assert_eq!(column(&[]).json()["sql"], json!([add]), "{engine}");
        assert_eq!(column(&["--existing-verified"]).json()["sql"].as_array().unwrap().len(), 2);
        column(&["--column", "email"]).refused("has a column `email` already");
        column(&["--column", "x\"; DROP TABLE users"]).refused("cannot be the column's name");
        place.run(&["mapping", "column", "password", "--column", "p"]).refused("`password` has one");
        place.run(&["mapping", "column", "last_login", "--existing-verified"]).refused("goes with `email_verified`");
        assert_eq!(columns(&database), before, "{engine}");
        assert_eq!(login(&node, "ada@example.com")["user"]["email_verified"], false);

        column(&["--existing-verified", "--approve"]).json();
        let document = place.run(&["settings", "export"]).ok();
        assert!(document.contains("email_verified = \"email_verified_at\""), "{document}");
        assert_eq!(login(&node, "ada@example.com")["user"]["email_verified"], true, "{engine}");
        let empty = database.texts("SELECT count(*) FROM users WHERE email_verified_at IS NULL");
        assert_eq!(empty[0].as_deref(), Some("0"));
        column(&["--approve"]).refused("is `users.email_verified_at` already");

        // Nobody is taken as verified unasked, and a column of another name is taken as it is called.
        let done = place.run(&["mapping", "column", "last_login", "--column", "seen", "--approve", "--json"]).json();
        assert_eq!((&done["column"], done["sql"].as_array().unwrap().len()), (&json!("seen"), 1));
        login(&node, "bob@example.com");
        let seen = database.texts("SELECT count(*) FROM users WHERE seen IS NOT NULL");
        assert_eq!(seen[0].as_deref(), Some("1"), "{engine}");
    }
}

#[test]
fn a_login_that_may_not_change_the_table_is_told_so_and_nothing_changes() {
    for engine in engines().into_iter().filter(|engine| *engine != Engine::Sqlite) {
        let database = old_application(engine);
        let url = database.url();
        let unique = &url.split("pt_").nth(1).unwrap()[..12];
        let name = format!("mapper_{unique}");
        let own = url.split('?').next().unwrap().rsplit('/').next().unwrap();
        let (grant, revoke) = match engine {
            Engine::Postgres => (
                format!("CREATE ROLE {name} LOGIN; GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO {name}"),
                format!("DROP OWNED BY {name}; DROP ROLE {name}"),
            ),
            _ => (
                format!("CREATE USER {name}@localhost; GRANT SELECT, UPDATE ON {own}.* TO {name}@localhost"),
                format!("DROP USER {name}@localhost"),
            ),
        };
        database.run(&grant);
        let admin = url.split("://").nth(1).unwrap().split('@').next().unwrap();
        let place = Place::new();
        place
            .run(&[
                "init",
                &url.replacen(&format!("//{admin}@"), &format!("//{name}@"), 1),
                "--name",
                "shop",
                "--yes",
                "--json",
            ])
            .json();
        let before = columns(&database);
        for field in ["password", "email_verified"] {
            assert_eq!(place.run(&["mapping", "column", field, "--json"]).json()["sql"].as_array().unwrap().len(), 1);
            let done = place.run(&["mapping", "column", field, "--approve"]);
            done.refused("the login of the connection may not change the table; run it as the table's owner");
        }
        assert_eq!(columns(&database), before, "{engine}");
        assert!(!place.run(&["settings", "export"]).ok().contains("email_verified ="));
        database.run(&revoke);
    }
}
