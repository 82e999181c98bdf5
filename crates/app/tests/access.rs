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
