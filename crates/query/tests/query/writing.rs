//! What rows a write takes, and what it refuses.

use crate::support::{Build, members};
use portcullis_query::{
    access::{Action, Caller},
    plan::PlanError,
    render::{self, dialects::POSTGRES},
};

fn insert(shop: &Build, table: &str, body: &str, conflict: Option<&[&str]>) -> Result<String, PlanError> {
    let planner = shop.admin();
    let table = shop.table(table);
    let grant = planner.write_grant(Action::Create, table)?;
    let row = planner.write_row(table, &grant, &members(body), "")?;
    let conflict: Option<Vec<String>> = conflict.map(|words| words.iter().map(|&word| word.to_owned()).collect());
    let plan = planner.insert(table, &grant, row, conflict.as_deref(), "")?;
    Ok(render::insert(&plan, &POSTGRES).text)
}

fn refused(shop: &Build, table: &str, body: &str, conflict: Option<&[&str]>) -> (&'static str, String) {
    let error = insert(shop, table, body, conflict).expect_err(body);
    (error.code(), error.place().unwrap_or_default().to_owned())
}

#[test]
fn a_counter_may_be_absent_or_null_also_one_the_database_keeps_for_itself() {
    let shop = Build::shop();
    for body in [r#"{"name":"A"}"#, r#"{"id":null,"name":"A"}"#] {
        assert!(
            insert(&shop, "accounts", body, None)
                .unwrap()
                .starts_with(r#"INSERT INTO "accounts" ("name") VALUES ($1)"#)
        );
    }
    for body in [r#"{}"#, r#"{"id":null}"#] {
        assert!(insert(&shop, "counters", body, None).unwrap().starts_with(r#"INSERT INTO "counters" DEFAULT VALUES"#));
    }
    assert_eq!(refused(&shop, "counters", r#"{"id":1}"#, None).0, "not_writable");
    assert_eq!(refused(&shop, "counters", r#"{"twice":1}"#, None).0, "not_writable");
}

#[test]
fn a_row_that_does_not_fit_is_refused_where_it_does_not() {
    let shop = Build::shop();
    for (table, body, code, place) in [
        ("users", r#"{"first_name":"A"}"#, "missing_column", "/email"),
        ("users", r#"{"email":null}"#, "null_not_allowed", "/email"),
        ("users", r#"{"email":"a","emial":"b"}"#, "unknown_column", "/emial"),
        ("users", r#"{"email":"a","Email":"b"}"#, "invalid_body", "/Email"),
        ("users", r#"{"email":5}"#, "invalid_value", "/email"),
        ("accounts", r#"{"name":"A","id":"one"}"#, "invalid_value", "/id"),
        (
            "orders",
            r#"{"user_id":1,"status":"open","placed_at":"2026-01-01","total":1.234}"#,
            "invalid_value",
            "/total",
        ),
    ] {
        assert_eq!(refused(&shop, table, body, None), (code, place.to_owned()), "{body}");
    }
    let view = insert(&shop, "active_users", r#"{"id":1,"email":"a"}"#, None).unwrap_err();
    assert_eq!(view.code(), "read_only");
}

#[test]
fn the_first_visible_column_that_is_missing_is_named() {
    let shop = Build::public_shop(&["user_id"]);
    let planner = shop.planner(&Caller::Anonymous, &POSTGRES);
    let table = shop.table("orders");
    let grant = planner.write_grant(Action::Create, table).unwrap();
    let error = planner.insert(table, &grant, Vec::new(), None, "").unwrap_err();
    assert_eq!(error.place(), Some("/status"));
}

#[test]
fn sec_40_a_hidden_column_cannot_be_written_or_told_by_a_conflict() {
    let shop = Build::public_shop(&["email"]);
    let planner = shop.planner(&Caller::Anonymous, &POSTGRES);
    let table = shop.table("users");
    let grant = planner.write_grant(Action::Create, table).unwrap();
    let error = planner.write_row(table, &grant, &members(r#"{"email":"a"}"#), "").unwrap_err();
    assert_eq!(error.code(), "unknown_column");
    let words = ["email".to_owned()];
    let error = planner.insert(table, &grant, Vec::new(), Some(&words), "").unwrap_err();
    assert_eq!(error.code(), "unknown_column");
}

#[test]
fn an_upsert_names_a_unique_key_that_the_row_holds() {
    let shop = Build::shop();
    let text = insert(&shop, "users", r#"{"email":"a","first_name":"b"}"#, Some(&["Email"])).unwrap();
    assert!(text.contains(r#" ON CONFLICT ("email") DO NOTHING RETURNING "#), "{text}");
    let body = r#"{"order_id":1,"line":2,"product_id":3,"quantity":4}"#;
    assert!(insert(&shop, "order_items", body, Some(&["line", "order_id"])).is_ok());
    for (table, body, key, code) in [
        ("users", r#"{"email":"a","first_name":"b"}"#, &["first_name"][..], "invalid_conflict"),
        ("users", r#"{"email":"a"}"#, &["email", "email"], "invalid_conflict"),
        ("users", r#"{"email":"a"}"#, &["id"], "invalid_conflict"),
        ("users", r#"{"email":"a"}"#, &["nothing"], "unknown_column"),
        ("order_items", body, &["line"], "invalid_conflict"),
        ("users", r#"{"email":"a"}"#, &[], "invalid_conflict"),
    ] {
        assert_eq!(refused(&shop, table, body, Some(key)).0, code, "{key:?}");
    }
}
