//! Many rows at once: bulk, by filter, import, and many callers at a time.

use crate::shop::{Outcome, Shop, code, json, members, parse, request};
use futures_util::future::join_all;
use portcullis_query::RowFormat;
use portcullis_records::{self as records, BulkOutcome, ImportFormat, MassOutcome, MassRequest};
use portcullis_testkit::{TestDatabase, cases, conformance::Case};

pub const CASES: &[Case] = cases![
    a_bulk_keeps_what_fits,
    a_bulk_update_names_each_row_by_its_key,
    a_change_by_filter_gives_the_changed_rows,
    a_deletion_by_filter_gives_the_deleted_rows,
    rel_14_changes_by_filter_are_capped,
    a_preview_changes_nothing,
    an_export_is_imported_again,
    an_import_tells_what_it_refused,
    rel_18_parallel_writes_lose_nothing,
];

fn bulk(shop: &Shop, table: &str, items: &str, conflict: Option<&[String]>) -> BulkOutcome {
    let items = json(items).as_array().unwrap().to_vec();
    shop.wait(records::bulk_create(shop.session(), shop.table(table), &items, conflict)).unwrap()
}

fn a_bulk_keeps_what_fits(database: &TestDatabase) {
    let shop = Shop::open(database);
    let items = r#"[{"label":"a"},{"label":"heavy"},{"lable":"b"},{"label":"c"},{"label":"a"}]"#;
    let outcome = bulk(&shop, "tags", items, None);
    let labels: Vec<_> = outcome.succeeded.iter().map(|row| parse(row)["label"].as_str().unwrap().to_owned()).collect();
    assert_eq!(labels, ["a", "c"]);
    let failed: Vec<_> = outcome.failed.iter().map(|row| (row.index, row.error.bulk_code())).collect();
    assert_eq!(failed, [(1, "duplicate"), (2, "validation_error"), (4, "duplicate")]);
    assert_eq!(shop.count("tags"), 4);
    let upsert = bulk(&shop, "tags", r#"[{"label":"a"},{"label":"d"}]"#, Some(&["label".to_owned()]));
    assert_eq!((upsert.succeeded.len(), upsert.all_inserted, shop.count("tags")), (2, false, 5));
}

fn a_bulk_update_names_each_row_by_its_key(database: &TestDatabase) {
    let shop = Shop::open(database);
    let items = json(r#"[{"id":1,"note":"x"},{"id":99,"note":"y"},{"note":"z"},{"id":2,"note":"w"}]"#);
    let outcome = shop.wait(records::bulk_update(shop.session(), shop.table("orders"), items.as_array().unwrap()));
    let outcome = outcome.unwrap();
    assert_eq!(outcome.failed.iter().map(|row| row.index).collect::<Vec<_>>(), [1, 2]);
    let notes = ["1", "2"].map(|id| shop.read("orders", id).unwrap()["note"].clone());
    assert_eq!(notes, ["x", "w"]);
}

fn change(shop: &Shop, filter: &str, update: Option<&str>, limit: Option<u64>) -> Outcome<MassOutcome> {
    let (request, update) = (request(filter)?, update.map(members));
    let mass = MassRequest { filter: &request.filter, update: update.as_deref(), limit };
    shop.wait(async {
        match update {
            Some(_) => records::mass_update(shop.session(), shop.table("orders"), mass).await,
            None => records::mass_delete(shop.session(), shop.table("orders"), mass).await,
        }
    })
}

const PAID: &str = r#"{"expressions":[{"field":"status","operator":"eq","value":"paid"}]}"#;

fn ids(rows: &[u8]) -> Vec<String> {
    let rows = parse(&[b"[", rows, b"]"].concat());
    let mut ids: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["id"].to_string()).collect();
    ids.sort();
    ids
}

fn a_change_by_filter_gives_the_changed_rows(database: &TestDatabase) {
    let shop = Shop::open(database);
    // The change makes the filter untrue: the rows come back nevertheless.
    let outcome = change(&shop, PAID, Some(r#"{"status":"void"}"#), None).unwrap();
    assert_eq!((outcome.count, ids(&outcome.rows)), (3, vec!["1".to_owned(), "3".to_owned(), "5".to_owned()]));
    assert_eq!(shop.ids("orders", r#"{"field":"status","operator":"eq","value":"void"}"#), [1, 3, 4, 5]);
    assert_eq!(code(change(&shop, "{}", Some(r#"{"status":"x"}"#), None)), "empty_filter");
    for nothing in ["{}", r#"{"id":null}"#] {
        assert_eq!(code(change(&shop, PAID, Some(nothing), None)), "empty_update");
    }
}

fn a_deletion_by_filter_gives_the_deleted_rows(database: &TestDatabase) {
    let shop = Shop::open(database);
    let void = r#"{"expressions":[{"field":"status","operator":"eq","value":"void"}]}"#;
    let outcome = change(&shop, void, None, None).unwrap();
    assert_eq!((outcome.count, ids(&outcome.rows), shop.count("orders")), (1, vec!["4".to_owned()], 4));
    // One that is still referred to keeps all.
    assert_eq!(code(change(&shop, PAID, None, None)), "foreign_key");
    assert_eq!(shop.count("orders"), 4);
}

fn rel_14_changes_by_filter_are_capped(database: &TestDatabase) {
    let shop = Shop::open(database);
    assert_eq!(code(change(&shop, PAID, Some(r#"{"note":"x"}"#), Some(2))), "too_many_rows");
    assert_eq!(shop.ids("orders", r#"{"field":"note","operator":"eq","value":"x"}"#), [] as [i64; 0]);
    assert_eq!(change(&shop, PAID, Some(r#"{"note":"x"}"#), Some(3)).unwrap().count, 3);
}

fn a_preview_changes_nothing(database: &TestDatabase) {
    let shop = Shop::open(database);
    let request = request(PAID).unwrap();
    let update = members(r#"{"note":"x"}"#);
    let mass = MassRequest { filter: &request.filter, update: Some(&update), limit: None };
    let preview = shop.wait(records::mass_preview(shop.session(), shop.table("orders"), mass)).unwrap();
    assert_eq!((preview.count, ids(&preview.sample)), (3, vec!["1".to_owned(), "3".to_owned(), "5".to_owned()]));
    assert!(preview.sql.is_some_and(|sql| sql.contains("UPDATE")));
    assert_eq!(shop.ids("orders", r#"{"field":"note","operator":"eq","value":"x"}"#), [] as [i64; 0]);
}

fn an_export_is_imported_again(database: &TestDatabase) {
    let shop = Shop::open(database);
    for (export, import) in [(RowFormat::Csv, ImportFormat::Csv), (RowFormat::Ndjson, ImportFormat::Ndjson)] {
        let whole = r#"{"expressions":[{"field":"sku","operator":"neq","value":"none"}]}"#;
        let before = shop.export("order_items", whole, export).unwrap();
        database.run("DELETE FROM order_items");
        let outcome = shop.import("order_items", &before, import).unwrap();
        assert_eq!((outcome.succeeded, outcome.failed), (5, 0));
        assert_eq!(shop.export("order_items", whole, export).unwrap(), before);
    }
}

fn an_import_tells_what_it_refused(database: &TestDatabase) {
    let shop = Shop::open(database);
    let csv = "label\r\nfirst\r\nheavy\r\n\"second, \"\"quoted\"\"\r\nline\"\r\n";
    let outcome = shop.import("tags", csv, ImportFormat::Csv).unwrap();
    assert_eq!((outcome.succeeded, outcome.failed), (2, 1));
    let (failed, record) = &outcome.first_failed[0];
    assert_eq!(
        (failed.index, failed.error.bulk_code(), record.to_text().as_str()),
        (1, "duplicate", r#"{"label":"heavy"}"#)
    );
    let label = r#"{"expressions":[{"field":"label","operator":"startswith","value":"second"}]}"#;
    assert_eq!(shop.rows("tags", label)[0]["label"], "second, \"quoted\"\r\nline");
}

fn rel_18_parallel_writes_lose_nothing(database: &TestDatabase) {
    let shop = Shop::open(database);
    let bodies: Vec<_> = (0..60).map(|n| members(&format!(r#"{{"label":"label {}"}}"#, n % 40))).collect();
    let outcomes =
        shop.wait(join_all(bodies.iter().map(|body| records::create(shop.session(), shop.table("tags"), body, None))));
    let created = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).map(|e| e.code()).collect();
    assert_eq!((created, refused), (40, vec!["duplicate"; 20]));
    assert_eq!(shop.count("tags"), 42);
}
