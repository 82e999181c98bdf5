//! Chinook has no tenants. Here its sellers are given one each, by a column that is filled along the foreign keys; and
//! its customers are users who own what is theirs.

use crate::stage::{Stage, every_path, names, quoted};
use portcullis_testkit::{Engine, TestDatabase, chinook};
use serde_json::json;

/// A table or column as the engine's script calls it.
fn called(engine: Engine, name: &str) -> String {
    if engine != Engine::Postgres {
        return name.to_owned();
    }
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// What everybody looks at.
const CATALOGUE: [&str; 7] = ["Album", "Artist", "Genre", "MediaType", "Playlist", "PlaylistTrack", "Track"];

fn catalogue(engine: Engine) -> Vec<String> {
    CATALOGUE.map(|name| called(engine, name)).to_vec()
}

pub fn nothing_crosses_between_sellers(database: &TestDatabase) {
    chinook::load(database);
    let (stage, engine) = (Stage::init(database, ""), database.engine());
    let [employee, customer, invoice, line] =
        ["Employee", "Customer", "Invoice", "InvoiceLine"].map(|name| called(engine, name));
    // The last first: what they follow from is found, whatever the order.
    let words = [
        "--tenant-table",
        &employee,
        "--column",
        "Seller",
        "--table",
        &line,
        "--table",
        &invoice,
        "--table",
        &customer,
    ];
    let shown = stage.column(&words).ok();
    let q = |name: &str| quoted(engine, name);
    assert!(shown.lines().any(|sql| sql.contains(&q(&line)) && sql.contains(" ADD COLUMN ")), "{shown}");
    let done = stage.column(&[&words[..], &["--approve"]].concat());
    assert!(done.err.contains(&line) && done.err.contains("fill, "), "no progress: {}", done.err);
    let filled = done.ok();
    assert!(filled.contains(&(59 + 412 + 2240).to_string()), "{filled}");
    // The database itself says the same, and that each row has the seller of its customer.
    let follows = format!(
        "SELECT count(*) FROM {l} x JOIN {i} i ON i.{iid} = x.{iid} JOIN {c} c ON c.{cid} = i.{cid} \
         WHERE x.{s} = i.{s} AND i.{s} = c.{s} AND c.{s} = c.{rep}",
        l = q(&line),
        i = q(&invoice),
        c = q(&customer),
        s = q("Seller"),
        iid = q(&called(engine, "InvoiceId")),
        cid = q(&called(engine, "CustomerId")),
        rep = q(&called(engine, "SupportRepId")),
    );
    assert_eq!(database.texts(&follows), [Some("2240".to_owned())]);
    let refused = format!("UPDATE {} SET {} = 99", q(&line), q("Seller"));
    if engine != Engine::Sqlite {
        let there = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| database.run(&refused)));
        assert!(there.is_err(), "the foreign key is there");
    }

    stage.apart(json!({
        "enabled": true, "tenant_table": employee, "tenant_column": "Seller", "exclude": catalogue(engine),
    }));
    let crossing = stage.nothing_crosses("chinook by sellers");
    let tables = names(&crossing["tables"]);
    assert_eq!(tables.len(), 4, "{tables:?}");
    assert_eq!(names(&crossing["shared"]).len(), CATALOGUE.len());
    assert_eq!(crossing["skipped"], json!([]));
    assert!(crossing["tried"].as_u64().unwrap() > 3_000, "{}", crossing["tried"]);
    every_path(&crossing, &["switch"]);
}

pub fn nothing_crosses_between_customers(database: &TestDatabase) {
    chinook::load(database);
    let engine = database.engine();
    let [customer, invoice, line, employee] =
        ["Customer", "Invoice", "InvoiceLine", "Employee"].map(|name| called(engine, name));
    let (id, email) = (called(engine, "CustomerId"), called(engine, "Email"));
    database.run(&format!("ALTER TABLE {} ADD COLUMN password_hash VARCHAR(200)", quoted(engine, &customer)));
    let stage = Stage::init(database, "");
    stage.settings(|document| {
        let user = json!({"user": {"table": customer, "id": id, "email": email, "password": "password_hash"}});
        document.insert("mapping".to_owned(), toml::Value::try_from(user).unwrap());
    });
    let exclude: Vec<String> = catalogue(engine).into_iter().chain([employee]).collect();
    stage.apart(json!({
        "enabled": true, "tenant_table": customer, "tenant_column": id, "exclude": exclude,
        "through": { line.clone(): invoice },
    }));
    let crossing = stage.nothing_crosses("chinook by customers");
    assert_eq!(names(&crossing["tables"]).len(), 3, "{}", crossing["tables"]);
    assert_eq!(crossing["skipped"], json!([]));
    assert!(crossing["tried"].as_u64().unwrap() > 2_000, "{}", crossing["tried"]);
    every_path(&crossing, &[]);
}
