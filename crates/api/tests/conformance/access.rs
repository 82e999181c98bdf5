//! Who may see and do what without and with keys.

use crate::shop::{field, get, post, script};
use http::Method;
use portcullis_query::access::{AccessLevel, TableAccess};
use portcullis_testkit::{
    Answer, PUBLIC_KEY,
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "access_over_HTTP",
    fixture: &Fixture {
        name: "access",
        script,
        settings: |settings| {
            let public = settings.tables.get_mut("products").expect("products");
            let open = AccessLevel::Public;
            public.access = TableAccess { read: open, create: open, update: open, delete: AccessLevel::Admin };
            public.hidden = vec!["stock".to_owned()];
            public.read_only = vec!["price".to_owned(), "active".to_owned()];
            settings.cors.origins = vec!["https://app.example".to_owned()];
            settings.tables.get_mut("tags").expect("tags").access.read = open;
            settings.tables.get_mut("logs").expect("logs").expose = false;
        },
    },
    cases: served![
        sec_48_strangers_are_told_nothing_about_what_is_not_public,
        sec_48_a_key_that_is_wrong_is_refused_everywhere,
        sec_33_a_table_that_is_not_exposed_is_unknown,
        a_public_table_is_open_to_strangers,
        sec_40_hidden_columns_do_not_exist_for_strangers,
        read_only_columns_are_not_written_by_strangers,
        sec_38_a_relationship_asks_for_the_right_to_its_table,
        sec_40_columns_named_like_secrets_are_read_by_nobody,
        a_key_is_taken_from_every_header,
        sec_52_a_credential_of_absurd_length_is_refused,
        sec_56_only_pages_of_listed_origins_may_read_answers,
    ],
};

fn anonymous(app: &Served, method: Method, path: &str, body: &Value) -> Answer {
    app.call(method, path, &[("authorization", ""), ("content-type", "application/json")], body.to_string())
}

fn look(app: &Served, path: &str) -> Answer {
    app.call(Method::GET, path, &[("authorization", "")], "")
}

fn sec_48_strangers_are_told_nothing_about_what_is_not_public(app: &Served) {
    let body = json!({"expressions": [field("nothing", "eq", 1)]});
    let mut answers = Vec::new();
    for table in ["orders", "nothing_there", "logs", "paid_orders"] {
        for (method, path) in [
            (Method::GET, ""),
            (Method::GET, "?nonsense=1"),
            (Method::POST, ""),
            (Method::POST, "/filter"),
            (Method::PUT, "/filter"),
            (Method::DELETE, "/filter"),
            (Method::POST, "/filter/query"),
            (Method::POST, "/query"),
            (Method::PUT, "/1/query"),
            (Method::GET, "/count"),
            (Method::POST, "/count"),
            (Method::POST, "/bulk"),
            (Method::PUT, "/bulk"),
            (Method::GET, "/schema"),
            (Method::GET, "/1"),
            (Method::PUT, "/1"),
            (Method::DELETE, "/1"),
            (Method::OPTIONS, "/1"),
        ] {
            let path = format!("/{table}{path}");
            for key in ["", PUBLIC_KEY] {
                let bearer = if key.is_empty() { String::new() } else { format!("Bearer {key}") };
                let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
                let body = if path.ends_with("/bulk") { json!([{"a": 1}]) } else { body.clone() };
                let answer = app.call(method.clone(), &path, &headers, body.to_string());
                assert!(answer.header("www-authenticate").is_some(), "{method} {path}: {}", answer.text());
                let mut refused = answer.refused(401, "unauthenticated");
                refused.as_object_mut().unwrap().remove("request_id");
                answers.push(refused);
            }
        }
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    let write = json!({"operations": [{"method": "POST", "path": "/orders", "body": {"nothing": 1}}]});
    anonymous(app, Method::POST, "/batch", &write).refused(401, "unauthenticated");
}

fn sec_48_a_key_that_is_wrong_is_refused_everywhere(app: &Served) {
    for authorization in ["Bearer sk_wrong", "Bearer", "Basic YTpi", "Digest x", "Bearer "] {
        for path in ["/products", "/orders", "/nothing"] {
            let answer = app.call(Method::GET, path, &[("authorization", authorization)], "");
            answer.refused(401, "unauthenticated");
        }
    }
    let long = "x".repeat(5000);
    app.call(Method::GET, "/products", &[("authorization", ""), ("x-api-key", &long)], "")
        .refused(401, "unauthenticated");
}

fn sec_33_a_table_that_is_not_exposed_is_unknown(app: &Served) {
    app.get("/logs").refused(404, "not_found");
    app.get("/log").refused(404, "not_found");
    app.get("/public.orders").refused(404, "not_found");
    for table in ["sqlite_master", "pg_class", "information_schema.tables", "mysql.user"] {
        app.get(&format!("/{table}")).refused(404, "not_found");
    }
}

fn a_public_table_is_open_to_strangers(app: &Served) {
    let page = look(app, "/products?sort=id&pageSize=2").ok(200);
    assert_eq!(page["data"][0]["name"], "Anvil");
    look(app, "/tags/1").ok(200);
    anonymous(app, Method::POST, "/tags/filter", &json!({})).ok(200);
    anonymous(app, Method::POST, "/tags", &json!({"label": "x"})).refused(401, "unauthenticated");
    anonymous(app, Method::DELETE, "/products/1", &json!({})).refused(401, "unauthenticated");
    anonymous(app, Method::DELETE, "/products/99", &json!({})).refused(401, "unauthenticated");
    let answer = app.call(Method::GET, "/tags", &[("authorization", ""), ("x-public-key", PUBLIC_KEY)], "");
    assert_eq!(answer.status, 200);
    // SQL is for those who are signed in.
    let seen = anonymous(app, Method::POST, "/tags/filter/query", &json!({})).ok(200);
    assert!(seen.get("query").is_none() && seen.get("script").is_none(), "{seen}");
    look(app, "/tags/schema").ok(200);
    app.call(Method::PATCH, "/tags", &[("authorization", "")], "").refused(405, "method_not_allowed");
}

fn sec_40_hidden_columns_do_not_exist_for_strangers(app: &Served) {
    let row = look(app, "/products/1").ok(200);
    assert!(row.get("stock").is_none() && row.get("price").is_some(), "{row}");
    assert_eq!(get(app, "/products/1")["stock"], 10);
    for body in [
        json!({"expressions": [field("stock", "eq", 1)]}),
        json!({"projections": ["stock"]}),
        json!({"sort": [{"field": "stock"}]}),
        json!({"aggregations": {"functions": [{"type": "SUM", "field": "stock"}]}}),
        json!({"aggregations": {"functions": [{"type": "COUNT"}], "group_by": ["stock"]}}),
    ] {
        let refused = anonymous(app, Method::POST, "/products/filter", &body).refused(400, "unknown_column");
        let unknown = serde_json::from_str(&body.to_string().replace("stock", "stonk")).unwrap();
        let mut other = anonymous(app, Method::POST, "/products/filter", &unknown).refused(400, "unknown_column");
        other["request_id"] = refused["request_id"].clone();
        assert_eq!(refused.to_string().replace("stock", "stonk"), other.to_string());
    }
    look(app, "/products?stock=1").refused(400, "invalid_parameter");
    look(app, "/products?sort=stock").refused(400, "unknown_column");
    anonymous(app, Method::POST, "/products", &json!({"sku": "H", "name": "x", "stock": 1}))
        .refused(400, "unknown_column");
    anonymous(app, Method::PUT, "/products/1", &json!({"stock": 1})).refused(400, "unknown_column");
    assert!(!look(app, "/products?format=csv").text().contains("stock"));
}

fn read_only_columns_are_not_written_by_strangers(app: &Served) {
    anonymous(app, Method::PUT, "/products/2", &json!({"price": 1})).refused(400, "not_writable");
    let row = anonymous(app, Method::PUT, "/products/2", &json!({"description": "by a stranger"})).ok(200);
    assert!(row.get("stock").is_none(), "{row}");
    assert_eq!(crate::shop::tidy(app.put("/products/2", &json!({"price": 0.06})).ok(200))["price"], 0.06);
}

fn sec_38_a_relationship_asks_for_the_right_to_its_table(app: &Served) {
    for relationship in [
        json!({"relationship": "Category", "include": true}),
        json!({"relationship": "Category", "expressions": [field("name", "eq", "Tools")]}),
        json!({"relationship": "OrderItems", "scope": "filterChild", "aggregations": {"functions": [{"type": "COUNT"}]}}),
    ] {
        anonymous(app, Method::POST, "/products/filter", &json!({"expressions": [relationship]}))
            .refused(401, "unauthenticated");
        post(app, "/products/filter", 200, &json!({"expressions": [relationship]}));
    }
    anonymous(app, Method::POST, "/products/filter", &json!({"sort": [{"field": "category.name"}]}))
        .refused(401, "unauthenticated");
    let nested = json!({"sku": "S-1", "name": "x", "supplier": {"name": "y"}});
    anonymous(app, Method::POST, "/products", &nested).refused(401, "unauthenticated");
    let tags =
        json!({"expressions": [{"relationship": "Products", "include": true, "expressions": [field("id", "eq", 1)]}]});
    let seen = anonymous(app, Method::POST, "/tags/filter", &tags);
    assert!(!seen.text().contains("stock"), "{}", seen.text());
}

fn sec_40_columns_named_like_secrets_are_read_by_nobody(app: &Served) {
    let row = get(app, "/customers/1");
    assert!(row.get("password_hash").is_none(), "{row}");
    for body in [
        json!({"expressions": [field("password_hash", "eq", "x1")]}),
        json!({"expressions": [field("PasswordHash", "isnull", json!(null))]}),
        json!({"projections": ["password_hash"]}),
        json!({"sort": [{"field": "password_hash"}]}),
        json!({"aggregations": {"functions": [{"type": "MAX", "field": "password_hash"}]}}),
        json!({"aggregations": {"functions": [{"type": "COUNT"}], "group_by": ["password_hash"]}}),
        json!({"distinct": true, "projections": ["password_hash"]}),
    ] {
        app.post("/customers/filter", &body).refused(400, "unknown_column");
    }
    app.get("/customers?password_hash=x1").refused(400, "invalid_parameter");
    app.post("/orders/filter", &json!({"sort": [{"field": "customer.password_hash"}]})).refused(400, "unknown_column");
    let nested =
        json!({"expressions": [{"relationship": "Customer", "expressions": [field("password_hash", "eq", "x1")]}]});
    app.post("/orders/filter", &nested).refused(400, "unknown_column");
    for path in
        ["/customers?format=csv", "/customers?format=ndjson", "/customers/schema", "/openapi.json", "/api/swagger.json"]
    {
        let answer = app.get(path);
        assert!(
            answer.status == 200 && !answer.text().to_lowercase().contains("password_hash"),
            "{path}: {}",
            answer.text()
        );
    }
    let include = json!({"expressions": [{"relationship": "Customer", "include": true}]});
    assert!(!app.post("/orders/filter", &include).text().contains("password"));
    let refused = app.post("/customers?on_conflict=password_hash", &json!({"email": "s@example.com", "name": "S"}));
    refused.refused(400, "unknown_column");
}

fn a_key_is_taken_from_every_header(app: &Served) {
    let admin = portcullis_testkit::ADMIN_KEY;
    for header in ["x-api-key", "X-Admin-Key", "x-public-key"] {
        app.call(Method::GET, "/orders", &[("authorization", ""), (header, admin)], "").ok(200);
    }
    app.call(Method::GET, "/orders", &[("authorization", &format!("bearer {admin}"))], "").ok(200);
    let mixed = [("authorization", format!("Bearer {admin}")), ("x-public-key", PUBLIC_KEY.to_owned())];
    let mixed: Vec<(&str, &str)> = mixed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    app.call(Method::GET, "/orders", &mixed, "").ok(200);
}

fn sec_52_a_credential_of_absurd_length_is_refused(app: &Served) {
    let long = "x".repeat(5_000);
    for headers in [[("authorization", format!("Bearer {long}"))], [("x-api-key", long.clone())]] {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.call(Method::GET, "/orders", &headers, "").refused(401, "unauthenticated");
    }
    let headers = [("idempotency-key", &*"k".repeat(256)), ("content-type", "application/json")];
    app.call(Method::POST, "/orders", &headers, "{}").refused(400, "invalid_idempotency_key");
}

fn sec_56_only_pages_of_listed_origins_may_read_answers(app: &Served) {
    let from = |origin: &str| app.call(Method::GET, "/orders", &[("origin", origin)], "");
    let answer = from("https://app.example");
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(answer.header("vary"), Some("Origin"));
    for origin in [
        "null",
        "*",
        "https://app.example.evil.example",
        "http://app.example",
        "https://app.example:8443",
        "https://APP.example/",
    ] {
        let answer = from(origin);
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{origin}");
        assert_eq!(answer.header("vary"), Some("Origin"), "{origin}");
    }
    let ask = |origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "PUT"), ("authorization", "")];
        app.call(Method::OPTIONS, "/orders/1", &headers, "")
    };
    let answer = ask("https://app.example");
    assert_eq!(answer.status, 204);
    assert!(answer.header("access-control-allow-methods").is_some_and(|methods| methods.contains("PUT")));
    assert_eq!(ask("https://evil.example").header("access-control-allow-methods"), None);
}
