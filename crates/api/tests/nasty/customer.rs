//! The database is the customer's: looking at it leaves no trace, and a login that may only read sees it all.

use crate::{load, serve};
use portcullis_base::Secret;
use portcullis_engines::{EngineOptions, IntrospectOptions, connect};
use portcullis_schema::Catalog;
use portcullis_testkit::{Engine, TestApp, TestDatabase, block_on};
use serde_json::json;
use std::{fs, process::Command};

/// Sync, lists, counts, schemas and filters of every table.
fn look_at_everything(app: &TestApp) {
    for table in app.database().tables() {
        let path = crate::sweep::encode(if table.name.is_empty() { &table.model } else { &table.name });
        for tail in ["", "?sort=", "/count", "/schema", "?format=csv"] {
            app.get(&format!("/{path}{tail}"));
        }
        app.post(&format!("/{path}/filter"), &json!({"expressions": []}));
    }
}

pub fn reading_leaves_the_file_as_it_was(database: &TestDatabase) {
    load(database);
    let path = database.url().trim_start_matches("sqlite:").to_owned();
    let before = fs::read(&path).expect("the file");
    let app = TestApp::start(database);
    look_at_everything(&app);
    drop(app);
    assert!(fs::read(&path).expect("the file") == before, "the file has changed");
    for beside in ["-wal", "-journal", "-shm"] {
        assert!(!fs::exists(format!("{path}{beside}")).unwrap_or(true), "{beside} is left behind");
    }
}

pub fn reading_leaves_the_database_as_it_was(database: &TestDatabase) {
    load(database);
    let before = dump(database);
    let app = serve_loaded(database);
    look_at_everything(&app);
    drop(app);
    let after = dump(database);
    let changed: Vec<_> = before.lines().zip(after.lines()).filter(|(before, after)| before != after).take(3).collect();
    assert!(after == before, "the database has changed: {changed:?}");
    assert!(before.len() > 10_000, "the dump holds the tables");
}

fn serve_loaded(database: &TestDatabase) -> TestApp {
    TestApp::at(&format!("{}{}", database.url(), crate::schemas(database.engine())), |_| {})
}

/// The whole database: as `pg_dump`, which comes with the server, writes it; on MariaDB, whose tool is a package of its
/// own, every definition the catalogue holds and the checksum of every table's rows.
pub fn dump(database: &TestDatabase) -> String {
    match database.engine() {
        Engine::MariaDb => format!("{}{}", definitions(database), counters_and_checksums(database)),
        Engine::Postgres => pg_dump_of(database, &[]),
        Engine::Sqlite => database.texts("SELECT sql FROM sqlite_schema").into_iter().flatten().collect(),
    }
}

/// The same without rows.
pub fn structure(database: &TestDatabase) -> String {
    match database.engine() {
        Engine::MariaDb => definitions(database),
        Engine::Postgres => pg_dump_of(database, &["--schema-only"]),
        Engine::Sqlite => {
            let query = "SELECT type || name || tbl_name || COALESCE(sql, '') FROM sqlite_schema ORDER BY 1";
            database.texts(query).into_iter().flatten().collect()
        }
    }
}

fn pg_dump_of(database: &TestDatabase, options: &[&str]) -> String {
    let url = database.url();
    let name = url.split('?').next().and_then(|url| url.rsplit('/').next()).expect("a database's name");
    let socket = url.rsplit('=').next().expect("a socket's folder");
    let mut command = Command::new(pg_dump());
    let output = command.args(["-U", "postgres", "-h", socket]).args(options).arg(name).output().expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    without_random(&String::from_utf8_lossy(&output.stdout))
}

fn texts_of(database: &TestDatabase, query: &str) -> Vec<String> {
    database.texts(query).into_iter().flatten().collect()
}

fn definitions(database: &TestDatabase) -> String {
    let mut out = String::new();
    for query in [
        "SELECT concat_ws('|', table_name, column_name, ordinal_position, column_type, is_nullable, column_default, extra, \
         column_comment, collation_name, generation_expression) FROM information_schema.columns \
         WHERE table_schema = database() ORDER BY BINARY table_name, ordinal_position",
        "SELECT concat_ws('|', table_name, index_name, seq_in_index, column_name, non_unique) \
         FROM information_schema.statistics WHERE table_schema = database() \
         ORDER BY BINARY table_name, index_name, seq_in_index",
        "SELECT concat_ws('|', table_name, constraint_name, check_clause) FROM information_schema.check_constraints \
         WHERE constraint_schema = database() ORDER BY BINARY table_name, constraint_name",
        "SELECT concat_ws('|', table_name, view_definition) FROM information_schema.views \
         WHERE table_schema = database() ORDER BY BINARY table_name",
        "SELECT concat_ws('|', trigger_name, event_object_table, action_statement) FROM information_schema.triggers \
         WHERE trigger_schema = database() ORDER BY BINARY trigger_name",
        "SELECT concat_ws('|', table_name, table_type, engine, table_collation, table_comment) \
         FROM information_schema.tables WHERE table_schema = database() ORDER BY BINARY table_name",
        "SELECT concat_ws('|', routine_name, routine_definition) FROM information_schema.routines \
         WHERE routine_schema = database() ORDER BY BINARY routine_name",
    ] {
        out.push_str(&texts_of(database, query).join("\n"));
    }
    out
}

fn counters_and_checksums(database: &TestDatabase) -> String {
    let texts = |query: &str| texts_of(database, query);
    let mut out = texts(
        "SELECT concat_ws('|', table_name, auto_increment) FROM information_schema.tables \
         WHERE table_schema = database() ORDER BY BINARY table_name",
    )
    .join("\n");
    // One statement for each table: how many rows, and the checksum of them all.
    let sums = texts(
        "SELECT concat('SELECT concat(count(*), '' '', coalesce(bit_xor(crc32(concat_ws(''|'', ', \
         group_concat(concat('`', replace(column_name, '`', '``'), '`') ORDER BY ordinal_position), '))), 0)) FROM `', \
         replace(c.table_name, '`', '``'), '`') FROM information_schema.columns c \
         JOIN information_schema.tables t USING (table_schema, table_name) \
         WHERE table_schema = database() AND table_type = 'BASE TABLE' GROUP BY BINARY c.table_name, c.table_name ORDER BY BINARY c.table_name",
    );
    for query in sums {
        out.push_str(&format!("\n{}: {}", query.rsplit(" FROM ").next().unwrap_or_default(), texts(&query).join(" ")));
    }
    out
}

/// Newer versions of the tool bracket a dump in a random word.
fn without_random(dump: &str) -> String {
    dump.lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn pg_dump() -> String {
    let mut found: Vec<String> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/pg_dump")))
        .filter(|path| path.exists())
        .map(|path| path.display().to_string())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| "pg_dump".to_owned())
}

pub fn a_login_that_may_only_read_sees_the_same_tables(database: &TestDatabase) {
    let _app = serve(database);
    let name = format!("reader_{}", &database.url().split("pt_").nth(1).expect("the name")[..12]);
    let (grant, revoke) = match database.engine() {
        Engine::Postgres => (
            format!(
                "CREATE ROLE {name} LOGIN; GRANT USAGE ON SCHEMA public, other, \"Third; one\" TO {name}; \
                 GRANT SELECT ON ALL TABLES IN SCHEMA public, other, \"Third; one\" TO {name};"
            ),
            format!("DROP OWNED BY {name}; DROP ROLE {name};"),
        ),
        _ => (
            format!("CREATE USER {name}@localhost; GRANT SELECT ON *.* TO {name}@localhost;"),
            format!("DROP USER {name}@localhost;"),
        ),
    };
    database.run(&grant);
    let url = format!("{}{}", database.url(), crate::schemas(database.engine()));
    let admin = url.split("://").nth(1).and_then(|rest| rest.split('@').next()).expect("the login").to_owned();
    let (owner, reader) = (catalog(&url), catalog(&url.replacen(&format!("//{admin}@"), &format!("//{name}@"), 1)));
    database.run(&revoke);
    let names = |catalog: &Catalog| -> Vec<String> { catalog.tables.iter().map(|table| table.name.clone()).collect() };
    assert_eq!(names(&reader), names(&owner));
    for (mut own, mut read) in owner.tables.into_iter().zip(reader.tables) {
        if database.engine() == Engine::MariaDb {
            // Triggers are told only to those who may have them: see `docs/engine-limits.md`.
            (own.has_triggers, read.has_triggers) = (false, false);
        }
        assert_eq!(read, own);
    }
}

fn catalog(url: &str) -> Catalog {
    let schemas = match portcullis_engines::DatabaseUrl::parse(url) {
        Ok(portcullis_engines::DatabaseUrl::Postgres(target)) => target.schemas,
        _ => Vec::new(),
    };
    block_on(async {
        let engine =
            connect(&Secret::new(url.to_owned()), &EngineOptions::default()).await.expect("the database opens");
        engine.introspect(&IntrospectOptions { schemas, progress: None }).await.expect("the schema can be read")
    })
}
