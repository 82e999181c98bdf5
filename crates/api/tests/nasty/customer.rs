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
    let Some(before) = dump(database) else { return };
    let app = serve_loaded(database);
    look_at_everything(&app);
    drop(app);
    assert!(dump(database).as_ref() == Some(&before), "the database has changed");
    assert!(before.len() > 10_000, "the dump holds the tables");
}

fn serve_loaded(database: &TestDatabase) -> TestApp {
    TestApp::at(&format!("{}{}", database.url(), crate::schemas(database.engine())), |_| {})
}

/// The whole database as its own tool writes it.
fn dump(database: &TestDatabase) -> Option<String> {
    let url = database.url();
    let name = url.split('?').next()?.rsplit('/').next()?.to_owned();
    let socket = url.rsplit('=').next()?.to_owned();
    let mut command = match database.engine() {
        Engine::Postgres => {
            let mut command = Command::new(pg_dump()?);
            command.args(["-U", "postgres", "-h", &socket, &name]);
            command
        }
        _ => {
            let mut command = Command::new("mariadb-dump");
            command.args([
                "--no-defaults",
                "-uroot",
                "--skip-dump-date",
                "--force",
                "--triggers",
                "-S",
                &socket,
                &name,
            ]);
            command
        }
    };
    match command.output() {
        Ok(output) if !output.stdout.is_empty() => Some(without_random(&String::from_utf8_lossy(&output.stdout))),
        answer => {
            eprintln!("SKIPPED: no dump of {} here: {answer:?}", database.engine());
            None
        }
    }
}

/// Newer versions of the tool bracket a dump in a random word.
fn without_random(dump: &str) -> String {
    dump.lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn pg_dump() -> Option<String> {
    let mut found: Vec<String> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/pg_dump")))
        .filter(|path| path.exists())
        .map(|path| path.display().to_string())
        .collect();
    found.sort();
    let found = found.pop();
    if found.is_none() {
        eprintln!("SKIPPED: pg_dump is missing");
    }
    found
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
