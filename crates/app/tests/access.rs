//! Tenants, roles and rules of the demo, as its operator checks them: cases of a policy, the crossing test, explanations.

mod support;

use serde_json::{Value, json};
use support::{Answer, Place, Running};

const POLICY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/shop/policy.toml");

/// A place where the demo has been opened once.
fn shop() -> Place {
    let place = Place::new();
    let mut demo = place.start(&["demo", "--listen", "127.0.0.1:0", "--data-dir", "portcullis-data"], &[]);
    assert_eq!(demo.signal("INT"), 0);
    place
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

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

fn token_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    body(answer)["token"].as_str().unwrap().to_owned()
}

#[test]
fn the_demos_policy_holds_and_its_cases_keep_nothing() {
    let place = shop();
    let done = place.run(&["policy", "test", "--file", POLICY, "--project", "shop", "--json"]);
    let told: Value = serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    let faults: Vec<&Value> = told["cases"].as_array().unwrap().iter().filter(|case| case["ok"] != true).collect();
    assert!(faults.is_empty() && done.code == 0, "{faults:#?}");
    assert!(told["cases"].as_array().unwrap().len() >= 15);
    let again = place.run(&["policy", "test", "--file", POLICY, "--project", "shop"]);
    assert_eq!(again.code, 0, "{}", again.out);
    assert!(again.out.contains("0 failed"), "{}", again.out);
}

#[test]
fn a_case_that_comes_out_otherwise_fails_the_command_and_says_how() {
    let place = shop();
    std::fs::write(
        place.path("wrong.toml"),
        "[[cases]]\nname = \"strangers read orders\"\ncaller = \"anonymous\"\nrequest = \"GET /orders\"\nexpect = \"allow\"\n\
         [[cases]]\nname = \"nobody\"\ncaller = \"nobody@example.test\"\nrequest = \"GET /orders\"\nexpect = \"allow\"\n",
    )
    .unwrap();
    let done = place.run(&["policy", "test", "--file", "wrong.toml", "--project", "shop"]);
    assert_eq!(done.code, 1);
    assert!(done.out.contains("expected allow, got deny (401)"), "{}", done.out);
    assert!(done.out.contains("there is no user `nobody@example.test`"), "{}", done.out);
    let missing = place.run(&["policy", "test", "--file", "none.toml", "--project", "shop"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("none.toml"), "{}", missing.err);
}

#[test]
fn sec_35_to_40_nothing_crosses_from_one_tenant_of_the_demo_to_another() {
    let place = shop();
    let done = place.run(&["doctor", "--tenants", "--project", "shop", "--json"]);
    let told: Value = serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    assert_eq!(told["crossing"]["leaks"], json!([]), "{told:#}");
    assert_eq!(told["crossing"]["broken"], json!([]), "{told:#}");
    assert_eq!(done.code, 0);
    let crossing = &told["crossing"];
    assert!(crossing["tried"].as_u64().unwrap() > 500 && crossing["controls"].as_u64().unwrap() > 5, "{crossing}");
    for table in ["accounts", "users", "customers", "orders", "order_items"] {
        assert!(crossing["tables"].as_array().unwrap().iter().any(|name| name == table), "{crossing}");
    }
}

#[test]
fn an_operator_is_told_why_and_nobody_else_is() {
    let place = shop();
    let made = place.run_with(
        &["operator", "create", "--email", "op@example.test", "--password-stdin"],
        &[],
        "a password of an operator",
    );
    assert_eq!(made.code, 0, "{made:?}");
    let node = place.serve();
    let login = json!({"email": "op@example.test", "password": "a password of an operator"});
    let operator = token_of(&send(&node, "POST", "/admin/v1/auth/login", None, &login));
    let login = json!({"email": "bruno@nordlicht.example", "password": "demo-password"});
    let bruno = token_of(&send(&node, "POST", "/p/shop/auth/login", None, &login));

    // (caller, request, body, outcome, words of the reason)
    let asked = [
        ("anonymous", "GET /orders", Value::Null, "denied", "access level is `authenticated`"),
        ("public_key", "GET /customers", Value::Null, "denied", "access level is `authenticated`"),
        (
            "bruno@nordlicht.example",
            "DELETE /orders/1",
            Value::Null,
            "denied",
            "no role of the caller has a permission",
        ),
        ("bruno@nordlicht.example", "GET /orders/2", Value::Null, "hidden", "`account_id` is the caller's tenant, 1"),
        ("ada@nordlicht.example", "DELETE /orders/2", Value::Null, "hidden", "`account_id` is the caller's tenant, 1"),
        ("bruno@nordlicht.example", "GET /order_items/3", Value::Null, "hidden", "`order_id`"),
        ("bruno@nordlicht.example", "GET /accounts/2", Value::Null, "hidden", "tenant, 1"),
        ("bruno@nordlicht.example", "GET /orders/99999", Value::Null, "absent", "there is no such row"),
        ("bruno@nordlicht.example", "GET /nothing", Value::Null, "absent", "no such table"),
        ("bruno@nordlicht.example", "GET /orders?account_id=2", Value::Null, "emptied", "120 rows match"),
        ("bruno@nordlicht.example", "GET /orders?number=none", Value::Null, "absent", "no row matches"),
        ("ada@nordlicht.example", "PATCH /users/2", json!({"role": "manager"}), "denied", "access level is `admin`"),
        ("ada@nordlicht.example", "PATCH /orders/1", json!({"account_id": 2}), "denied", "account_id"),
        ("bruno@nordlicht.example", "GET /orders?nonsense=1", Value::Null, "invalid", "nonsense"),
        ("bruno@nordlicht.example", "GET /orders/1", Value::Null, "allowed", "allow"),
    ];
    for (caller, request, sent, outcome, because) in asked {
        let question = json!({"caller": caller, "request": request, "body": sent});
        let answer = send(&node, "POST", "/admin/v1/projects/shop/explain", Some(&operator), &question);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let told = body(&answer);
        assert_eq!(told["outcome"], outcome, "{request}: {told:#}");
        assert!(told["because"].as_str().unwrap().contains(because), "{request}: {told:#}");
        if outcome == "hidden" || outcome == "emptied" {
            assert!(!told["statements"].as_array().unwrap().is_empty(), "{told:#}");
        }
    }

    let refused = send(&node, "GET", "/p/shop/orders/2", Some(&bruno), &json!({}));
    assert_eq!(refused.status, 404);
    // The demo is a development stage: there the refusal itself says who asked and what was decided.
    assert!(body(&refused)["explain"]["decisions"].is_array(), "{}", refused.body);
    let id = body(&refused)["request_id"].as_str().unwrap().to_owned();
    let told = body(&send(&node, "GET", &format!("/admin/v1/explain/{id}"), Some(&operator), &json!({})));
    assert_eq!((&told["outcome"], &told["caller"]["id"]), (&json!("hidden"), &json!("2")), "{told:#}");
    for nobody in [None, Some(bruno.as_str())] {
        let answer = send(&node, "GET", &format!("/admin/v1/explain/{id}"), nobody, &json!({}));
        assert_eq!(answer.status, 401, "{}", answer.body);
    }
    assert_eq!(send(&node, "GET", "/admin/v1/explain/none", Some(&operator), &json!({})).status, 404);
    let forged = send(&node, "GET", "/p/shop/orders", Some("ak_0123456789abcdef0123456789abcdef"), &json!({}));
    assert!(forged.status == 401 && body(&forged).get("explain").is_none(), "{}", forged.body);
    let id = body(&forged)["request_id"].as_str().unwrap().to_owned();
    let told = body(&send(&node, "GET", &format!("/admin/v1/explain/{id}"), Some(&operator), &json!({})));
    assert_eq!(
        (&told["outcome"], &told["decided_by"][0]["rule"]),
        (&json!("denied"), &json!("credentials")),
        "{told:#}"
    );
    let question = json!({"caller": "dana@nordlicht.example", "request": "GET /orders"});
    let answer = send(&node, "POST", "/admin/v1/projects/shop/explain", Some(&operator), &question);
    assert!(answer.status == 400 && answer.body.contains("switched off"), "{}", answer.body);
}

#[test]
fn a_missing_tenant_column_is_shown_as_sql_and_added_on_approval() {
    let place = Place::new();
    place.sql(
        "old.db",
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         CREATE TABLE users (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), email TEXT NOT NULL UNIQUE, password TEXT NOT NULL);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), text TEXT NOT NULL);
         CREATE TABLE lines (id INTEGER PRIMARY KEY, note_id INTEGER REFERENCES notes (id), text TEXT);
         CREATE TABLE loose (id INTEGER PRIMARY KEY, text TEXT);
         INSERT INTO accounts VALUES (1, 'one'), (2, 'two');
         INSERT INTO users VALUES (1, 1, 'a@x.test', '$2y$04$SMNGmDFWGmxnzKSBK6TeCetZ2TEu00xnUz2ccTFrMnPTHifxpfGAG'), (2, 2, 'b@x.test', '$2y$04$SMNGmDFWGmxnzKSBK6TeCetZ2TEu00xnUz2ccTFrMnPTHifxpfGAG');
         INSERT INTO notes VALUES (1, 1, 'x'), (2, 2, 'y'), (3, NULL, 'z');
         INSERT INTO lines VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 3, 'z');
         INSERT INTO loose VALUES (1, 'x')",
    );
    assert_eq!(place.run(&["init", "sqlite:old.db", "--name", "old", "--yes", "--json"]).code, 0);
    let words = ["--tenant-table", "accounts", "--column", "account_id", "--table", "lines", "--table", "notes"];
    let ask = |more: &[&str]| place.run(&[&["tenancy", "column", "--project", "old"], &words[..], more].concat());
    let shown = ask(&[]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.out.contains("ALTER TABLE \"notes\" ADD COLUMN \"account_id\""), "{}", shown.out);
    let count = |sql: &str| -> i64 {
        rusqlite::Connection::open(place.path("old.db")).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(
        count("SELECT count(*) FROM pragma_table_info('notes') WHERE name = 'account_id'"),
        0,
        "nothing was done"
    );
    let done = ask(&["--approve"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(
        count("SELECT count(*) FROM notes n JOIN users u ON u.id = n.user_id AND u.account_id = n.account_id"),
        2
    );
    assert_eq!(count("SELECT count(*) FROM lines WHERE account_id IS NULL"), 1, "what points at nothing is nobody's");
    // Run again it finds everything done.
    let again = ask(&["--approve", "--fill", "1"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(count("SELECT count(*) FROM lines WHERE account_id IS NULL"), 0);
}

/// An application whose roles are in tables of its own, some of them as one finds them after years.
const ROLES: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, role TEXT);
    CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, state TEXT);
    CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE permissions (id INTEGER PRIMARY KEY, name TEXT NOT NULL, entity_name TEXT, allowed_actions TEXT, scope_expression TEXT);
    CREATE TABLE role_permissions (role_id INTEGER REFERENCES roles (id), permission_id INTEGER REFERENCES permissions (id));
    CREATE TABLE user_roles (user_id INTEGER REFERENCES users (id), role_id INTEGER REFERENCES roles (id));
    INSERT INTO users VALUES (1, 'a@x.test', 'x', 'superuser'), (2, 'b@x.test', 'x', 'superuser'), (3, 'c@x.test', 'x', NULL),
        (4, 'd@x.test', 'x', NULL), (5, 'e@x.test', 'x', NULL);
    INSERT INTO roles VALUES (1, 'editor'), (2, 'bare'), (3, 'sound');
    INSERT INTO permissions VALUES (1, 'posts.read', NULL, NULL, NULL), (2, 'pots.read', NULL, NULL, NULL),
        (3, 'posts.publish', NULL, NULL, NULL), (4, 'own', 'posts', 'update', '[{\"field\":\"author\",\"operator\":\"eq\",\"value\":\"$user.id\"}]'),
        (5, 'odd', 'posts', 'delete', 'state = new');
    INSERT INTO role_permissions VALUES (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (3, 1);
    INSERT INTO user_roles VALUES (3, 2), (4, 3), (4, 1);";

#[test]
fn doctor_names_roles_that_cannot_be_used_and_what_to_do() {
    let place = Place::new();
    place.sql("cms.db", ROLES);
    place.run(&["init", "sqlite:cms.db", "--name", "cms", "--yes", "--json"]).ok();
    let silent = place.run(&["doctor", "--json"]).json();
    assert!(!silent["checks"].to_string().contains("\"roles\""), "roles are off: {silent}");
    let mut document: toml::Table = toml::from_str(&place.run(&["settings", "export"]).ok()).unwrap();
    document.insert("rbac".to_owned(), toml::toml! { enabled = true }.into());
    let mapping = document.entry("mapping").or_insert(toml::Value::Table(Default::default()));
    let cards = toml::toml! {
        [user]
        table = "users"
        id = "id"
        email = "email"
        password = "password_hash"
        role = "role"
        [role]
        table = "roles"
        id = "id"
        name = "name"
        [permission]
        table = "permissions"
        id = "id"
        name = "name"
        entity_name = "entity_name"
        allowed_actions = "allowed_actions"
        scope_expression = "scope_expression"
        [role_permission]
        table = "role_permissions"
        role_id = "role_id"
        permission_id = "permission_id"
        [user_role]
        table = "user_roles"
        user_id = "user_id"
        role_id = "role_id"
    };
    *mapping = cards.into();
    place.run_with(&["settings", "apply", "--file", "-"], &[], &document.to_string()).ok();
    let told = place.run(&["doctor", "--json"]);
    let told: Value = serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {told:?}"));
    let said: Vec<&str> = told["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["check"] == "roles")
        .map(|check| {
            assert_eq!(check["status"], "warning");
            check["message"].as_str().unwrap()
        })
        .collect();
    for says in [
        "role `editor`: the permission `pots.read`: no table `pots` is served; did you mean `posts`?",
        "role `editor`: the permission `posts.publish`: no action `publish`; known are read, create",
        "role `editor`: the permission `own`, `scope_expression` on `posts`: table `posts` has no column `author`",
        "role `editor`: the permission `odd`, `scope_expression` on `posts`",
        "role `superuser`: 2 users have it, and nobody defined it",
        "role `bare` allows nothing that is served, and 1 users have it",
        "1 users have no role, and there is no `rbac.default_role`",
    ] {
        assert!(said.iter().any(|said| said.contains(says)), "{says}\n{said:#?}");
    }
    assert_eq!(said.len(), 7, "{said:#?}");
    assert!(said[0].contains("portcullis role revoke editor") && said[0].contains("--project cms"), "{}", said[0]);
    // What is put right is told no more.
    place.sql(
        "cms.db",
        "DELETE FROM role_permissions WHERE permission_id > 1; UPDATE users SET role = 'sound' WHERE role = 'superuser' OR id = 5; \
         INSERT INTO role_permissions VALUES (2, 1)",
    );
    let good = place.run(&["doctor"]);
    assert!(good.out.contains("roles: cms (development): every role that is held allows something"), "{}", good.out);
}

#[test]
fn a_policy_file_with_a_slip_is_refused_and_a_wrong_expectation_says_what_came_instead() {
    let place = shop();
    let case = |more: &str| format!("[[cases]]\nname = \"a case\"\ncaller = \"ada@nordlicht.example\"\n{more}\n");
    let refused = [
        (case("request = \"GET /orders\"\nexpects = \"deny\""), "expects"),
        (case("request = \"GET /orders\"\nexpect = \"denied\""), "denied"),
        (case("request = \"GET /orders\""), "expect"),
        ("[[case]]\nname = \"x\"".to_owned(), "case"),
        (String::new(), "[[cases]]"),
        ("[[cases".to_owned(), "wrong.toml"),
    ];
    for (text, says) in refused {
        std::fs::write(place.path("wrong.toml"), &text).unwrap();
        let done = place.run(&["policy", "test", "--file", "wrong.toml", "--project", "shop"]);
        assert!(done.code == 1 && done.err.contains(says) && done.err.contains("wrong.toml"), "{text}\n{done:?}");
    }
    let wrong = [
        (case("request = \"GET /orders?pageSize=5\"\nexpect = \"allow\"\nrows = 5"), "expected 5 rows, got 120"),
        (
            case("request = \"GET /orders\"\nexpect = \"allow\"\nevery = { account_id = 2 }"),
            "expected `account_id` to be 2",
        ),
        (
            case("request = \"GET /orders\"\nexpect = \"allow\"\nwithout = [\"status\"]"),
            "expected no row to have `status`",
        ),
        (case("request = \"GET /orders/2\"\nexpect = \"absent\"\nstatus = 410"), "expected status 410, got 404"),
        (case("request = \"DELETE /users/2\"\nexpect = \"allow\""), "expected allow, got deny (403)"),
        (case("request = \"/orders\"\nexpect = \"allow\""), "is no request; write a method and a path"),
        (case("request = \"POST /auth/login\"\nexpect = \"allow\""), "only the data routes"),
        (
            case("request = \"GET /orders/1\"\nexpect = \"allow\"\nevery = { nothing = 1 }"),
            "expected `nothing` to be 1",
        ),
        (
            case("request = \"GET /orders?number=none\"\nexpect = \"allow\"\nevery = { account_id = 1 }"),
            "expected rows, got none",
        ),
    ];
    for (text, says) in wrong {
        std::fs::write(place.path("wrong.toml"), &text).unwrap();
        let done = place.run(&["policy", "test", "--file", "wrong.toml", "--project", "shop"]);
        assert!(done.code == 1 && done.out.contains(says), "{text}\n{done:?}");
        assert!(done.out.contains("FAILED   a case") && done.out.contains("1 failed"), "{}", done.out);
    }
    let elsewhere = case("request = \"GET /orders\"\nexpect = \"allow\"")
        .replace("\"ada@nordlicht.example\"", "{ user = \"ada@nordlicht.example\", tenant = \"2\" }");
    std::fs::write(place.path("wrong.toml"), elsewhere).unwrap();
    let done = place.run(&["policy", "test", "--file", "wrong.toml", "--project", "shop"]);
    assert!(done.code == 1 && done.out.contains("in tenant `2`: the user is not of it"), "{done:?}");
    let shut = case("request = \"GET /orders\"\nexpect = \"allow\"").replace("ada@", "dana@");
    std::fs::write(place.path("wrong.toml"), shut).unwrap();
    let done = place.run(&["policy", "test", "--file", "wrong.toml", "--project", "shop"]);
    assert!(done.code == 1 && done.out.contains("is gone, or switched off"), "{done:?}");
}
