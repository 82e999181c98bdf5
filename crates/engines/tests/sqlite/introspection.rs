use crate::bench::*;
use portcullis_engines::{Engine, IntrospectOptions};
use portcullis_schema::{Catalog, ColumnInfo, ColumnType, Generated, Storage, TableInfo, TableKind};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

async fn catalog(sql: &str) -> Catalog {
    File::new(sql).engine().introspect(&IntrospectOptions::default()).await.unwrap()
}

fn table<'a>(catalog: &'a Catalog, name: &str) -> &'a TableInfo {
    catalog.tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("no table {name}"))
}

fn column<'a>(table: &'a TableInfo, name: &str) -> &'a ColumnInfo {
    table.columns.iter().find(|column| column.name == name).unwrap_or_else(|| panic!("no column {name}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_come_with_columns_keys_checks_and_triggers() {
    let catalog = catalog(
        "CREATE TABLE customers(id INTEGER PRIMARY KEY AUTOINCREMENT, email VARCHAR(40) NOT NULL UNIQUE,
            balance DECIMAL(10,2) DEFAULT 0, is_active BOOLEAN NOT NULL DEFAULT 1, nick TEXT DEFAULT NULL,
            CONSTRAINT short CHECK (length(nick) <= 12));
         CREATE UNIQUE INDEX part ON customers(nick) WHERE nick <> '';
         CREATE UNIQUE INDEX folded ON customers(lower(nick));
         CREATE UNIQUE INDEX \"two of them\" ON customers(nick, balance);
         CREATE TABLE lines(customer INT, line INT, total REAL AS (line * 2.0) STORED, half AS (line / 2),
            PRIMARY KEY (line, customer), FOREIGN KEY (customer) REFERENCES Customers ON DELETE CASCADE) WITHOUT ROWID;
         CREATE TABLE notes(customer, line, parent REFERENCES notes(ROW_ID), row_id TEXT PRIMARY KEY,
            CONSTRAINT to_line FOREIGN KEY (line, customer) REFERENCES lines(line, customer) ON UPDATE SET NULL);
         CREATE TRIGGER touched AFTER UPDATE ON notes BEGIN SELECT 1; END;",
    )
    .await;
    let names: Vec<&str> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["customers", "lines", "notes"], "sqlite_sequence is SQLite's own");

    let customers = table(&catalog, "customers");
    assert_eq!(customers.kind, TableKind::Table);
    assert_eq!(customers.primary_key, ["id"]);
    assert_eq!(column(customers, "id").generated, Generated::Counter);
    assert!(!column(customers, "id").nullable && !column(customers, "email").nullable);
    assert_eq!(column(customers, "email").ty, ColumnType::Text { max_chars: None });
    assert_eq!(column(customers, "email").native_type, "VARCHAR(40)");
    assert_eq!(column(customers, "nick").ty, ColumnType::Text { max_chars: Some(12) });
    assert_eq!(column(customers, "nick").default, None);
    assert_eq!(column(customers, "balance").ty, ColumnType::Decimal { precision: Some(10), scale: Some(2) });
    assert_eq!(column(customers, "balance").default.as_deref(), Some("0"));
    assert_eq!(column(customers, "is_active").ty, ColumnType::Boolean);
    let unique: Vec<_> = customers.unique_keys.iter().map(|key| key.columns.join("+")).collect();
    assert_eq!(unique, ["email", "nick+balance"], "partial and expression indexes are no keys");
    assert_eq!(customers.unique_keys[1].name, "two of them");
    assert_eq!(
        (customers.checks[0].name.as_str(), customers.checks[0].expression.as_str()),
        ("short", "length(nick) <= 12")
    );

    let lines = table(&catalog, "lines");
    assert_eq!(lines.primary_key, ["line", "customer"]);
    assert_eq!(column(lines, "line").generated, Generated::No);
    assert_eq!(column(lines, "total").generated, Generated::Computed);
    assert_eq!(column(lines, "half").generated, Generated::Computed);
    let key = &lines.foreign_keys[0];
    assert_eq!((key.parent.as_str(), &key.parent_columns[..]), ("customers", &["id".to_owned()][..]));
    assert_eq!((key.on_delete.as_deref(), key.on_update.as_deref()), (Some("CASCADE"), None));
    assert_eq!(key.name, "lines_customer_fkey");
    assert!(!lines.has_triggers);

    let notes = table(&catalog, "notes");
    assert!(notes.has_triggers);
    assert_eq!(column(notes, "row_id").generated, Generated::No);
    let keys: Vec<_> = notes.foreign_keys.iter().map(|key| (key.name.as_str(), key.parent_columns.join("+"))).collect();
    assert_eq!(keys, [("notes_parent_fkey", "row_id".to_owned()), ("to_line", "line+customer".to_owned())]);
    assert_eq!(notes.foreign_keys[1].on_update.as_deref(), Some("SET NULL"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_row_id_itself_is_a_counter() {
    let catalog = catalog(
        "CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(id INT PRIMARY KEY);
         CREATE TABLE c(id INTEGER PRIMARY KEY DESC); CREATE TABLE d(id TEXT PRIMARY KEY);
         CREATE TABLE e(id INTEGER PRIMARY KEY) STRICT; CREATE TABLE f(id INTEGER PRIMARY KEY) WITHOUT ROWID;
         CREATE TABLE g(id INTEGER, PRIMARY KEY (id));",
    )
    .await;
    let counters: String = catalog
        .tables
        .iter()
        .filter(|table| table.columns[0].generated == Generated::Counter)
        .map(|table| table.name.as_str())
        .collect();
    assert_eq!(counters, "aeg");
}

#[tokio::test(flavor = "multi_thread")]
async fn date_times_and_uuids_are_known_by_their_rows() {
    let catalog = catalog(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, space DATETIME, iso TIMESTAMP, seconds DATETIME, millis DATETIME,
            unused DATETIME, late DATETIME, counted DATETIME DEFAULT (unixepoch()), as_text UUID, as_bytes UUID, flag TINYINT(1), small TINYINT(1));
         INSERT INTO t(space, iso, seconds, millis, late, as_text, as_bytes, flag, small) VALUES
            ('2024-01-01 00:00:00', '2024-01-01T00:00:00.5Z', 1700000000, 1700000000000, '2024-01-01T00:00:00Z',
             'f47ac10b-58cc-4372-a567-0e02b2c3d479', x'f47ac10b58cc4372a5670e02b2c3d479', 1, 7);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 60) INSERT INTO t(flag) SELECT 0 FROM n;
         CREATE TABLE strict_one(id INTEGER PRIMARY KEY, created_at TEXT NOT NULL, said_at TEXT,
            made_at TEXT DEFAULT CURRENT_TIMESTAMP, open_at TEXT, name TEXT) STRICT;
         INSERT INTO strict_one(created_at, said_at, name) VALUES ('2024-01-01T00:00:00Z', 'home', '2024-01-01T00:00:00Z');
         CREATE TABLE loose(created_at TEXT); INSERT INTO loose VALUES ('2024-01-01T00:00:00Z');",
    )
    .await;
    let t = table(&catalog, "t");
    for (name, storage) in [
        ("space", Storage::TextSpace),
        ("iso", Storage::TextIso),
        ("seconds", Storage::EpochSeconds),
        ("millis", Storage::EpochMillis),
        ("unused", Storage::TextSpace),
        ("late", Storage::TextIso),
        ("counted", Storage::EpochSeconds),
        ("as_text", Storage::UuidText),
        ("as_bytes", Storage::UuidBytes),
    ] {
        assert_eq!(column(t, name).storage, storage, "{name}");
    }
    assert_eq!(column(t, "flag").ty, ColumnType::Boolean);
    assert_eq!(column(t, "small").ty, ColumnType::Integer { bits: 64, signed: true });
    let (moment, text) = (ColumnType::DateTime { zone: false }, ColumnType::Text { max_chars: None });
    let strict = table(&catalog, "strict_one");
    assert_eq!((&column(strict, "created_at").ty, column(strict, "created_at").storage), (&moment, Storage::TextIso));
    assert_eq!((&column(strict, "made_at").ty, column(strict, "made_at").storage), (&moment, Storage::TextSpace));
    for name in ["said_at", "open_at", "name"] {
        assert_eq!(column(strict, name).ty, text, "{name}");
    }
    assert_eq!(column(table(&catalog, "loose"), "created_at").ty, text);
}

#[tokio::test(flavor = "multi_thread")]
async fn views_take_their_types_from_the_tables_behind() {
    let catalog = catalog(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, at DATETIME NOT NULL, price DECIMAL(8,2));
         INSERT INTO t VALUES (1, 1700000000, 2.5);
         CREATE VIEW shown AS SELECT id AS number, at, price, price * 1.5 AS more, upper('x') AS word, count(*) AS n FROM t;
         CREATE VIEW above AS SELECT number, at FROM shown;
         CREATE VIEW broken AS SELECT gone FROM nowhere;
         CREATE VIRTUAL TABLE found USING fts5(title, body);",
    )
    .await;
    let names: Vec<&str> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["above", "found", "shown", "t"], "neither what is broken nor what is behind a virtual table");
    let shown = table(&catalog, "shown");
    assert_eq!(shown.kind, TableKind::View);
    let integer = ColumnType::Integer { bits: 64, signed: true };
    assert_eq!(column(shown, "number").ty, integer);
    assert_eq!(column(shown, "number").generated, Generated::No);
    assert_eq!(
        (&column(shown, "at").ty, column(shown, "at").storage),
        (&ColumnType::DateTime { zone: false }, Storage::EpochSeconds)
    );
    assert_eq!(column(shown, "price").ty, ColumnType::Decimal { precision: Some(8), scale: Some(2) });
    assert_eq!(column(shown, "more").ty, ColumnType::Float { bits: 64 });
    assert_eq!(column(shown, "word").ty, ColumnType::Text { max_chars: None });
    assert_eq!(column(shown, "n").ty, integer);
    assert_eq!(column(table(&catalog, "above"), "at").storage, Storage::EpochSeconds);
    let found = table(&catalog, "found");
    assert_eq!(found.kind, TableKind::View);
    assert_eq!(found.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["title", "body"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_may_hold_anything() {
    let catalog = catalog(
        r#"CREATE TABLE "select ""from"" it's"("order" INTEGER PRIMARY KEY, "a ""b"" c" DATETIME, [group] UUID UNIQUE, `é.x` TEXT);
           INSERT INTO "select ""from"" it's" VALUES (1, '2024-01-01T00:00:00Z', x'f47ac10b58cc4372a5670e02b2c3d479', '');
           CREATE TABLE "x y"("z z" REFERENCES "select ""from"" it's"([group]));
           CREATE VIEW "a view" AS SELECT * FROM "select ""from"" it's";"#,
    )
    .await;
    let it = table(&catalog, "select \"from\" it's");
    assert_eq!(column(it, "a \"b\" c").storage, Storage::TextIso);
    assert_eq!(it.unique_keys[0].columns, ["group"]);
    assert_eq!(table(&catalog, "x y").foreign_keys[0].parent, it.name);
    assert_eq!(column(table(&catalog, "a view"), "group").storage, Storage::UuidBytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_tables_are_read_in_seconds_with_progress() {
    let mut sql = String::from("BEGIN;");
    for n in 0..5_000 {
        sql.push_str(&format!(
            "CREATE TABLE t{n}(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, at DATETIME, parent INTEGER REFERENCES t0(id));"
        ));
    }
    sql.push_str("COMMIT;");
    let file = File::new(&sql);
    let engine = file.engine();
    let (calls, last) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, seen) = (Arc::clone(&calls), Arc::clone(&last));
    let options = IntrospectOptions {
        progress: Some(Arc::new(move |done, total| {
            assert_eq!(total, 5_000);
            count.fetch_add(1, Ordering::Relaxed);
            seen.store(done, Ordering::Relaxed);
        })),
        ..IntrospectOptions::default()
    };
    let begun = Instant::now();
    let catalog = engine.introspect(&options).await.unwrap();
    assert_eq!(catalog.tables.len(), 5_000);
    assert!(begun.elapsed() < ms(20_000), "{:?}", begun.elapsed());
    assert!(calls.load(Ordering::Relaxed) >= 50 && last.load(Ordering::Relaxed) == 5_000);
}
