//! One row at a time.

use crate::shop::{Shop, code, expected, json, parse};
use portcullis_records::{self as records, Operation, OperationKind, RecordsError};
use portcullis_testkit::{TestDatabase, cases, conformance::Case};

pub const CASES: &[Case] = cases![
    a_created_row_comes_back_with_its_defaults,
    children_are_created_with_their_parent,
    a_unique_key_names_its_columns,
    a_foreign_key_names_its_columns,
    a_check_does_not_hold,
    a_missing_column_is_named,
    an_update_changes_what_is_present,
    a_deleted_row_comes_back_once_more,
    sec_64_a_stale_write_is_refused_with_the_present_row,
    an_upsert_inserts_or_changes,
    a_batch_refers_to_its_own_results,
    a_batch_that_fails_leaves_nothing,
];

fn a_created_row_comes_back_with_its_defaults(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"customer_id":3,"total":1.25,"created_at":"2026-02-01T00:00:00Z"}"#;
    let row = r#"{"id":6,"customer_id":3,"status":"new","total":1.25,"note":null,"created_at":"2026-02-01T00:00:00Z"}"#;
    assert_eq!(shop.create("orders", body).unwrap(), expected(row));
    assert_eq!(shop.read("orders", "6").unwrap(), expected(row));
    assert_eq!(code(shop.create("orders", r#"{"custmer_id":3}"#)), "unknown_column");
}

fn children_are_created_with_their_parent(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"customer_id":3,"total":1,"created_at":"2026-02-01T00:00:00Z",
        "order_items":[{"line":1,"sku":"A-1","qty":1},{"line":2,"sku":"B-2","qty":2}]}"#;
    let row = shop.create("orders", body).unwrap();
    let items = r#"[{"order_id":6,"line":1,"sku":"A-1","qty":1},{"order_id":6,"line":2,"sku":"B-2","qty":2}]"#;
    assert_eq!(row["order_items"], expected(items));
    let broken = body.replace("B-2", "Z-9");
    assert_eq!(code(shop.create("orders", &broken)), "foreign_key");
    assert_eq!((shop.count("orders"), shop.count("order_items")), (6, 7));
}

fn a_unique_key_names_its_columns(database: &TestDatabase) {
    let shop = Shop::open(database);
    let again = shop.create("customers", r#"{"email":"ada@example.com","name":"Ada II"}"#);
    assert!(matches!(&again, Err(RecordsError::Duplicate { columns }) if columns == &["email"]), "{again:?}");
    let again = shop.create("products", r#"{"sku":"A-1","name":"x","price":1}"#);
    assert!(matches!(&again, Err(RecordsError::Duplicate { columns }) if columns == &["sku"]), "{again:?}");
    let again = shop.update("customers", "2", r#"{"email":"ada@example.com"}"#, None);
    assert_eq!(code(again), "duplicate");
}

fn a_foreign_key_names_its_columns(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"customer_id":99,"total":1,"created_at":"2026-02-01T00:00:00Z"}"#;
    assert_eq!(code(shop.create("orders", body)), "foreign_key");
    let delete = shop.delete("customers", "1", None);
    assert!(matches!(&delete, Err(RecordsError::ForeignKey { deleting: true, .. })), "{delete:?}");
    assert_eq!(shop.count("customers"), 3);
}

fn a_check_does_not_hold(database: &TestDatabase) {
    let shop = Shop::open(database);
    assert_eq!(code(shop.create("products", r#"{"sku":"X","name":"x","price":-1}"#)), "check_failed");
    assert_eq!(code(shop.update("products", "A-1", r#"{"price":-1}"#, None)), "check_failed");
}

fn a_missing_column_is_named(database: &TestDatabase) {
    let shop = Shop::open(database);
    let missing = shop.create("customers", r#"{"email":"x@example.com"}"#).unwrap_err();
    assert_eq!((missing.code(), missing.to_string().as_str()), ("missing_column", "the column `name` is required"));
    assert_eq!(code(shop.create("customers", r#"{"email":"x@example.com","name":null}"#)), "null_not_allowed");
}

fn an_update_changes_what_is_present(database: &TestDatabase) {
    let shop = Shop::open(database);
    let row = r#"{"id":2,"customer_id":1,"status":"paid","total":5.25,"note":"x","created_at":"2026-01-02T10:00:00Z"}"#;
    assert_eq!(shop.update("orders", "2", r#"{"status":"paid","note":"x"}"#, None).unwrap(), expected(row));
    // The same values once more: the row is still there.
    assert_eq!(shop.update("orders", "2", r#"{"id":2,"note":"x"}"#, None).unwrap(), expected(row));
    assert_eq!(code(shop.update("orders", "2", r#"{"id":3}"#, None)), "key_change");
    assert_eq!(code(shop.update("orders", "99", r#"{"note":"x"}"#, None)), "not_found");
    let item = r#"{"order_id":1,"line":2,"sku":"B-2","qty":11}"#;
    assert_eq!(shop.update("order_items", "1,2", r#"{"qty":11}"#, None).unwrap(), expected(item));
}

fn a_deleted_row_comes_back_once_more(database: &TestDatabase) {
    let shop = Shop::open(database);
    let row = shop.read("orders", "4").unwrap();
    assert_eq!(shop.delete("orders", "4", None).unwrap(), row);
    assert_eq!(code(shop.delete("orders", "4", None)), "not_found");
    assert_eq!(code(shop.read("orders", "4")), "not_found");
}

fn sec_64_a_stale_write_is_refused_with_the_present_row(database: &TestDatabase) {
    let shop = Shop::open(database);
    let tag = shop.tag("orders", "2");
    shop.update("orders", "2", r#"{"note":"mine"}"#, Some(&tag)).unwrap();
    let stale = shop.update("orders", "2", r#"{"note":"theirs"}"#, Some(&tag));
    let Err(RecordsError::Stale { current }) = stale else { panic!("{stale:?}") };
    assert_eq!(parse(&current)["note"], "mine");
    assert_eq!(code(shop.delete("orders", "2", Some(&tag))), "precondition_failed");
    shop.delete("orders", "2", Some(&shop.tag("orders", "2"))).unwrap_err();
    assert_eq!(shop.read("orders", "2").unwrap()["note"], "mine");
}

fn an_upsert_inserts_or_changes(database: &TestDatabase) {
    let shop = Shop::open(database);
    let (row, inserted) = shop.upsert("customers", r#"{"email":"dan@example.com","name":"Dan"}"#, &["email"]).unwrap();
    assert!(inserted, "{row}");
    let (changed, inserted) =
        shop.upsert("customers", r#"{"email":"dan@example.com","name":"Daniel"}"#, &["email"]).unwrap();
    assert!(!inserted);
    assert_eq!((&changed["id"], changed["name"].as_str()), (&row["id"], Some("Daniel")));
    let none = shop.upsert("customers", r#"{"email":"dan@example.com","name":"Dan"}"#, &["name"]);
    assert_eq!(code(none), "invalid_conflict");
    assert_eq!(shop.count("customers"), 4);
}

fn operation<'a>(shop: &'a Shop, id: &str, table: &str, kind: OperationKind, body: &str) -> Operation<'a> {
    Operation { id: Some(id.to_owned()), table: shop.table(table), kind, body: json(body) }
}

fn a_batch_refers_to_its_own_results(database: &TestDatabase) {
    let shop = Shop::open(database);
    let operations = [
        operation(&shop, "c", "customers", OperationKind::Create, r#"{"email":"eve@example.com","name":"Eve"}"#),
        operation(
            &shop,
            "o",
            "orders",
            OperationKind::Create,
            r#"{"customer_id":{"$ref":"c.id"},"total":3,"created_at":"2026-02-01T00:00:00Z"}"#,
        ),
        operation(&shop, "u", "orders", OperationKind::Update("4".to_owned()), r#"{"customer_id":{"$ref":"c.id"}}"#),
        operation(&shop, "d", "order_items", OperationKind::Delete("1,2".to_owned()), "{}"),
    ];
    let results = shop.wait(records::batch(shop.session(), &operations)).unwrap();
    assert_eq!(results.iter().map(|result| result.created).collect::<Vec<_>>(), [true, true, false, false]);
    let customer = parse(&results[0].row)["id"].clone();
    assert_eq!(parse(&results[1].row)["customer_id"], customer);
    assert_eq!(shop.read("orders", "4").unwrap()["customer_id"], customer);
    assert_eq!(code(shop.read("order_items", "1,2")), "not_found");
}

fn a_batch_that_fails_leaves_nothing(database: &TestDatabase) {
    let shop = Shop::open(database);
    let operations = [
        operation(&shop, "a", "tags", OperationKind::Create, r#"{"label":"fresh"}"#),
        operation(&shop, "b", "orders", OperationKind::Update("1".to_owned()), r#"{"note":"changed"}"#),
        operation(&shop, "c", "tags", OperationKind::Create, r#"{"label":"heavy"}"#),
    ];
    let failed = shop.wait(records::batch(shop.session(), &operations)).unwrap_err();
    assert!(matches!(&failed, RecordsError::Operation { index: 2, .. }), "{failed:?}");
    assert_eq!(failed.code(), "duplicate");
    assert_eq!(shop.count("tags"), 2);
    assert_eq!(shop.read("orders", "1").unwrap()["note"], "urgent: call");
}
