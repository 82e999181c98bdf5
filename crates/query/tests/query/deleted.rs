//! Rows that stay when they are deleted: left out of every statement, whoever asks, and marked instead of removed.

use crate::support::{Build, catalog::catalog, members};
use portcullis_query::{
    Value,
    access::{Action, Caller, Grant, Policy, TableAccess, TablePolicy, decide},
    plan::internal::{Internal, is},
    render::{
        self, Dialect,
        dialects::{MYSQL, POSTGRES, SQLITE},
    },
};
use portcullis_schema::{Database, Naming, Serve};

const TABLES: &str = "
authors
  id          int counter key
  name        text
  deleted_at  datetime null
books
  id          int counter key
  author_id   int null ->authors.id
  title       text
  deleted_at  datetime null
";

fn library() -> Build {
    let database = Database::build(&catalog(TABLES), Naming::Table, &Serve::ALL);
    let policy = Policy::new(&database, |table| {
        let deleted = table.column_by_name("deleted_at").unwrap().id;
        TablePolicy::new(table, TableAccess::default(), &[], &[]).with_deleted(table, deleted)
    });
    Build { database, policy }
}

fn select(build: &Build, table: &str, body: &str) -> String {
    build.sql(table, body).unwrap().text
}

#[test]
fn an_administrator_finds_no_deleted_row_on_any_way() {
    let build = library();
    assert!(
        select(&build, "books", "{}").contains(r#"WHERE t0."deleted_at" IS NULL ORDER BY"#),
        "{}",
        select(&build, "books", "{}")
    );
    let by_author = r#"{"expressions": [{"relationship": "author", "expressions": [{"field": "name", "operator": "eq", "value": "Ada"}]}]}"#;
    let text = select(&build, "books", by_author);
    assert_eq!(text.matches(r#""deleted_at" IS NULL"#).count(), 2, "{text}");
    let planner = build.admin();
    let table = build.table("books");
    let grant = planner.grant(Action::Read, table).unwrap();
    let row = render::select(&planner.row(table, &grant, &[Value::Int(1)]), &POSTGRES).text;
    assert!(row.contains(r#""deleted_at" IS NULL"#), "{row}");
}

#[test]
fn a_delete_is_an_update_on_every_engine() {
    let build = library();
    let table = build.table("books");
    let dialects: [&'static dyn Dialect; 3] = [&POSTGRES, &MYSQL, &SQLITE];
    for dialect in dialects {
        let planner = build.planner(&Caller::Administrator, dialect);
        let grant = planner.write_grant(Action::Delete, table).unwrap();
        let delete = planner.delete(table, &grant, vec![vec![Value::Int(1)]], false);
        let statement = render::delete(&delete, dialect);
        let text = statement.text.replace('`', "\"");
        assert!(text.starts_with(r#"UPDATE "books""#) && text.contains(r#"SET "deleted_at" = "#), "{text}");
        assert!(text.contains(r#""deleted_at" IS NULL"#), "{text}");
        assert_eq!(statement.values.len(), 2, "now, and the key: {text}");
    }
}

#[test]
fn a_row_that_cannot_be_marked_is_not_removed_either() {
    let database = Database::build(&catalog(TABLES), Naming::Table, &Serve::ALL);
    // A column that holds no time: a build refuses it, and a schema that changed may still have it.
    let policy = Policy::new(&database, |table| {
        let named = table.column_by_name(if table.name == "books" { "author_id" } else { "deleted_at" }).unwrap().id;
        TablePolicy::new(table, TableAccess::default(), &[], &[]).with_deleted(table, named)
    });
    let build = Build { database, policy };
    let (planner, table) = (build.admin(), build.table("books"));
    let grant = planner.write_grant(Action::Delete, table).unwrap();
    let text = render::delete(&planner.delete(table, &grant, vec![vec![Value::Int(1)]], false), &POSTGRES).text;
    assert!(text.contains("WHERE 1 = 0"), "{text}");
}

#[test]
fn only_deleting_writes_the_column() {
    let build = library();
    let (planner, table) = (build.admin(), build.table("books"));
    let grant = planner.write_grant(Action::Update, table).unwrap();
    let body = members(r#"{"deleted_at": "2026-01-01T00:00:00Z"}"#);
    assert_eq!(planner.write_row(table, &grant, &body, "").unwrap_err().code(), "not_writable");
    assert!(planner.write_row(table, &grant, &members(r#"{"title": "x"}"#), "").is_ok());
    let read = decide(&build.policy, &Caller::Administrator, Action::Read, table.id).unwrap();
    assert!(read.reads(table.column_by_name("deleted_at").unwrap().id));
}

#[test]
fn statements_of_our_own_leave_them_out_where_they_are_told_to() {
    let build = library();
    let table = build.table("authors");
    let deleted = table.column_by_name("deleted_at");
    let grant = Grant::unrestricted(table, Action::Read, "a test");
    let name = table.column_by_name("name").unwrap();
    let text = |internal: &Internal<'_>| {
        let select = internal.select(&[name], is(name, Value::Text("Ada".into())), None, 1).text;
        let update = internal.update(vec![(name, Value::Text("Eve".into()))], is(name, Value::Text("Ada".into()))).text;
        (select, update)
    };
    let plain = Internal::new(table, &POSTGRES, &grant);
    let (select, update) = text(&plain);
    assert!(!select.contains("IS NULL") && !update.contains("IS NULL"));
    let (select, update) = text(&plain.without_deleted(deleted));
    assert!(
        select.contains(r#""deleted_at" IS NULL"#) && update.contains(r#""deleted_at" IS NULL"#),
        "{select} {update}"
    );
}
