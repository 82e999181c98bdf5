//! Rows that stay when they are deleted: `deleted_column`. They are there for nobody, on any way.

use crate::shop::{field, get, ids, members, post, rows, spell};
use http::Method;
use portcullis_testkit::{
    Engine,
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::json;

pub const SUITE: Suite = Suite {
    name: "deleted_rows_over_HTTP",
    fixture: &Fixture {
        name: "deleted",
        script,
        settings: |settings| {
            for table in ["authors", "books"] {
                let rules = settings.tables.get_mut(table).expect("the table");
                rules.deleted_column = Some("deleted_at".to_owned());
            }
        },
    },
    cases: served![
        a_deleted_row_is_there_for_nobody_and_stays_in_the_table,
        a_deleted_row_is_not_reached_over_relationships,
        nobody_writes_when_a_row_was_deleted,
        a_mass_delete_marks_and_says_so_beforehand,
        a_batch_marks_too,
        what_a_deleted_row_holds_once_stays_taken,
    ],
};

fn script(engine: Engine) -> String {
    spell(
        engine,
        "CREATE TABLE authors (id {counter}, name VARCHAR(50) NOT NULL UNIQUE, deleted_at {moment} NULL);
         CREATE TABLE books (id {counter}, title VARCHAR(50) NOT NULL, author_id BIGINT, deleted_at {moment} NULL,
            CONSTRAINT books_author FOREIGN KEY (author_id) REFERENCES authors (id));
         CREATE TABLE marks (id {counter}, title VARCHAR(50) NOT NULL, deleted_at {moment} NULL);
         INSERT INTO authors (name, deleted_at) VALUES ('Ada', NULL), ('Bob', NULL), ('Gone', '2026-01-01 10:00:00{z}');
         INSERT INTO books (title, author_id, deleted_at) VALUES ('one', 1, NULL), ('two', 1, NULL),
            ('old', 1, '2026-01-01 10:00:00{z}'), ('of the gone', 3, NULL), ('b1', 2, NULL), ('b2', 2, NULL), ('b3', 2, NULL);
         INSERT INTO marks (title, deleted_at) VALUES ('seen', NULL), ('also seen', '2026-01-01 10:00:00{z}');",
    )
}

fn a_deleted_row_is_there_for_nobody_and_stays_in_the_table(app: &Served) {
    // The caller has an admin key, which passes every other rule.
    app.get("/books/3").refused(404, "not_found");
    assert_eq!(app.get("/authors").ok(200)["total"], 2);
    assert!(ids(app, "books", &field("title", "eq", "old")).is_empty());
    let counted = post(app, "/books/count", 200, &json!({"expressions": [field("title", "eq", "old")]}));
    assert_eq!(counted["count"], 0);
    app.put("/books/3", &json!({"title": "x"})).refused(404, "not_found");
    app.delete("/books/3").refused(404, "not_found");

    let made = post(app, "/books", 201, &json!({"title": "short-lived"}));
    assert_eq!(made["deleted_at"], json!(null));
    let path = format!("/books/{}", made["id"]);
    assert_eq!(app.delete(&path).ok(200)["title"], "short-lived");
    app.get(&path).refused(404, "not_found");
    app.delete(&path).refused(404, "not_found");
    // A table whose rows are not kept so shows the column as any other.
    assert_eq!(app.get("/marks").ok(200)["total"], 2);
}

fn a_deleted_row_is_not_reached_over_relationships(app: &Served) {
    let all = rows(
        app,
        "authors",
        &json!({"expressions": [{"relationship": "books", "include": true}], "sort": [{"field": "id"}]}),
    );
    assert_eq!(members(&all, "name"), ["Ada", "Bob"]);
    let titles = members(&all[0]["books"], "title");
    assert!(titles.contains(&json!("one")) && !titles.contains(&json!("old")), "{titles:?}");
    let found = rows(
        app,
        "books",
        &json!({"expressions": [{"relationship": "author", "include": true},
        field("title", "eq", "of the gone")]}),
    );
    assert_eq!(found[0]["author"], json!(null));
    let by = json!({"relationship": "author", "expressions": [field("name", "eq", "Gone")]});
    assert!(ids(app, "books", &by).is_empty());
}

fn nobody_writes_when_a_row_was_deleted(app: &Served) {
    app.put("/books/1", &json!({"deleted_at": "2026-01-01T10:00:00Z"})).refused(400, "not_writable");
    app.post("/books", &json!({"title": "x", "deleted_at": "2026-01-01T10:00:00Z"})).refused(400, "not_writable");
    assert_eq!(get(app, "/books/1")["deleted_at"], json!(null));
}

fn a_mass_delete_marks_and_says_so_beforehand(app: &Served) {
    let which = json!({"expressions": [field("title", "in", json!(["b1", "b2"]))]});
    let preview = app
        .call(Method::DELETE, "/books/filter?preview=true", &[("content-type", "application/json")], which.to_string())
        .ok(200);
    assert_eq!(preview["count"], 2);
    let sql = preview["sql"].as_str().expect("an administrator sees it");
    assert!(sql.starts_with("UPDATE") && sql.contains("deleted_at"), "{sql}");
    let done =
        app.call(Method::DELETE, "/books/filter", &[("content-type", "application/json")], which.to_string()).ok(200);
    assert_eq!(done["affected"], 2);
    assert!(ids(app, "books", &field("title", "in", json!(["b1", "b2"]))).is_empty());
}

fn a_batch_marks_too(app: &Served) {
    let made = post(app, "/books", 201, &json!({"title": "batched"}));
    let path = format!("/books/{}", made["id"]);
    let batch = json!({"operations": [{"method": "DELETE", "path": path}]});
    post(app, "/batch", 200, &batch);
    app.get(&path).refused(404, "not_found");
}

fn what_a_deleted_row_holds_once_stays_taken(app: &Served) {
    app.post("/authors", &json!({"name": "Gone"})).refused(409, "duplicate");
    // Neither does an upsert bring it back.
    app.post("/authors?on_conflict=name", &json!({"name": "Gone"})).refused(409, "duplicate");
    assert_eq!(members(&rows(app, "authors", &json!({"expressions": []})), "name"), ["Ada", "Bob"]);
}
