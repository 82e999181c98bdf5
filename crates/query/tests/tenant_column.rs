//! The SQL that gives a table its tenant column, in all dialects side by side.
//!
//! `UPDATE_GOLDEN=1 cargo test -p portcullis-query --test tenant_column` writes `tenant_column.txt` anew; then read the
//! difference.

use portcullis_query::{
    Value,
    render::{
        Dialect,
        dialects::{MARIADB, POSTGRES, SQLITE},
        structure::tenant_column::{Gaining, Tells},
    },
};
use portcullis_schema::{ColumnInfo, ColumnType, Generated, Storage, TableInfo, TableKind};
use std::{fmt::Write as _, fs, path::Path};

static DIALECTS: [(&str, &dyn Dialect); 3] = [("postgres", &POSTGRES), ("mariadb", &MARIADB), ("sqlite", &SQLITE)];

fn column(name: &str, ty: &str, counted: bool) -> ColumnInfo {
    ColumnInfo {
        name: name.to_owned(),
        native_type: ty.to_owned(),
        ty: if ty == "integer" {
            ColumnType::Integer { bits: 32, signed: true }
        } else {
            ColumnType::Text { max_chars: None }
        },
        nullable: true,
        default: None,
        generated: if counted { Generated::Counter } else { Generated::No },
        comment: None,
        storage: Storage::Native,
    }
}

/// A table of these columns; the first so many are its key.
fn table(schema: Option<&str>, name: &str, columns: &[(&str, &str)], keys: usize, counted: bool) -> TableInfo {
    TableInfo {
        schema: schema.map(str::to_owned),
        name: name.to_owned(),
        kind: TableKind::Table,
        columns: columns.iter().enumerate().map(|(at, (name, ty))| column(name, ty, counted && at == 0)).collect(),
        primary_key: columns.iter().take(keys).map(|(name, _)| (*name).to_owned()).collect(),
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        comment: None,
        has_triggers: false,
    }
}

fn write(out: &mut String, title: &str, gaining: Gaining<'_>, tells: &[Tells<'_>]) {
    let _ = writeln!(out, "== {title}");
    let mut step = |what: &str, sql: &dyn Fn(&dyn Dialect) -> Option<String>| {
        for (name, dialect) in DIALECTS {
            let text = sql(dialect).unwrap_or_else(|| "(comes with another step)".to_owned());
            let _ = writeln!(out, "{what:<12} {name:<9} {text}");
        }
    };
    step("column", &|dialect| Some(dialect.structure().add_column(&gaining)));
    step("index", &|dialect| dialect.structure().add_index(&gaining));
    step("foreign_key", &|dialect| dialect.structure().add_reference(&gaining));
    for tells in tells {
        step("fill", &|dialect| Some(dialect.structure().fill(&gaining, tells)));
    }
    out.push('\n');
}

#[test]
fn the_sql_of_a_tenant_column_is_that_of_the_golden_file() {
    let tenants = table(None, "accounts", &[("id", "integer")], 1, true);
    let orders = table(None, "orders", &[("id", "integer"), ("customer_id", "integer")], 1, true);
    let customers = table(None, "customers", &[("id", "integer")], 1, true);
    let mut out = "What gives a table its tenant column, step by step.\n\n".to_owned();
    let gaining =
        Gaining { table: &orders, column: "account_id", tenants: &tenants, key: &tenants.columns[0], spelling: None };
    let above = Tells::Above { table: &customers, holds: "account_id", by: vec![("customer_id", "id")] };
    write(&mut out, "a counted key; by the customer, else a given tenant", gaining, &[above, Tells::Given]);

    let named = table(Some("old \"data\""), "select", &[("k", "varchar(36)")], 1, false);
    let odd = table(Some("old \"data\""), "group", &[("from", "text"), ("to`", "text"), ("v", "text")], 2, false);
    let gaining = Gaining {
        table: &odd,
        column: "ten\"ant",
        tenants: &named,
        key: &named.columns[0],
        spelling: Some("ascii COLLATE ascii_bin"),
    };
    let above = Tells::Above { table: &named, holds: "k", by: vec![("from", "k"), ("to`", "ten\"ant")] };
    write(&mut out, "odd names, a key of text, a foreign key of two columns", gaining, &[above]);

    let keyless = table(None, "log", &[("ROWID", "text"), ("line", "text")], 0, false);
    let gaining = Gaining { table: &keyless, column: "account_id", ..gaining };
    write(&mut out, "no key, and a column called like the row's own number", gaining, &[Tells::Given]);
    let nameless = table(None, "log", &[("rowid", "text"), ("oid", "text"), ("_rowid_", "text")], 0, false);
    let gaining = Gaining { table: &nameless, ..gaining };
    write(&mut out, "no key, and every name of the row's number is taken", gaining, &[Tells::Given]);
    let text = table(None, "notes", &[("k", "text")], 1, false);
    let gaining = Gaining { table: &text, ..gaining };
    write(&mut out, "a key of text", gaining, &[Tells::Given]);
    out.truncate(out.trim_end().len());
    out.push('\n');

    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tenant_column.txt"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, &out).unwrap();
    }
    let known = fs::read_to_string(path).unwrap();
    for (at, (was, is)) in known.lines().zip(out.lines()).enumerate() {
        assert_eq!(was, is, "line {}; UPDATE_GOLDEN=1 writes it anew", at + 1);
    }
    assert_eq!(known.len(), out.len());
}

#[test]
fn only_mariadb_asks_for_the_spelling_of_a_text_key_and_binds_its_name() {
    let tenants = table(None, "acc'ounts", &[("id", "varchar(9)"), ("n", "integer")], 1, false);
    let [text, number] = [0, 1].map(|at| &tenants.columns[at]);
    for (name, dialect) in DIALECTS {
        let asked = dialect.structure().spelling(&tenants, text);
        assert_eq!(asked.is_some(), name == "mariadb");
        assert!(dialect.structure().spelling(&tenants, number).is_none());
        if let Some(statement) = asked {
            assert!(!statement.text.contains("acc'ounts"), "{}", statement.text);
            assert_eq!(statement.values, ["acc'ounts", "id"].map(|name| Value::Text(name.to_owned())));
        }
    }
}
