//! Writing under a rule: every row is looked at once more after it was written, in the same transaction.

use crate::shop::{SCRIPT, Shop, code};
use portcullis_query::access::{Caller, EndUser};
use portcullis_testkit::{TestDatabase, cases, conformance::Case};
use serde_json::json;
use std::sync::Arc;

pub const CASES: &[Case] = cases![
    sec_35_a_change_that_stays_within_reach_is_kept,
    sec_35_a_change_out_of_reach_leaves_the_row_as_it_was,
    sec_38_a_parent_out_of_reach_is_one_that_is_not_there,
    sec_35_an_upsert_of_a_row_out_of_reach_changes_nothing,
];

/// The shop of an end user, who sees no void orders, not Bob and no crane.
fn shop(database: &TestDatabase) -> Shop {
    let open = Shop::open_with(database, SCRIPT, |settings| {
        let mut rule = |table: &str, column: &str, word: &str| {
            let own = settings.tables.get_mut(table).expect("a table of the shop");
            own.row_rule = Some(json!({ "field": column, "operator": "neq", "value": word }));
        };
        rule("orders", "status", "void");
        rule("customers", "name", "Bob");
        rule("products", "name", "Crane");
    });
    open.seen_by(Caller::User(Arc::new(EndUser { id: "1".into(), ..EndUser::default() })))
}

fn sec_35_a_change_that_stays_within_reach_is_kept(database: &TestDatabase) {
    let shop = shop(database);
    assert_eq!(shop.update("orders", "1", r#"{"note":"seen"}"#, None).unwrap()["note"], "seen");
    assert_eq!(shop.update("orders", "2", r#"{"status":"paid","customer_id":3}"#, None).unwrap()["status"], "paid");
    let order = shop.create("orders", r#"{"customer_id":1,"total":1,"created_at":"2026-02-01T00:00:00Z"}"#).unwrap();
    assert_eq!(order["status"], "new");
    assert_eq!(shop.update("order_items", "1,1", r#"{"sku":"B-2"}"#, None).unwrap()["sku"], "B-2");
}

fn sec_35_a_change_out_of_reach_leaves_the_row_as_it_was(database: &TestDatabase) {
    let shop = shop(database);
    assert_eq!(code(shop.update("orders", "1", r#"{"status":"void"}"#, None)), "forbidden_row");
    assert_eq!(shop.read("orders", "1").unwrap()["status"], "paid");
    let void = r#"{"customer_id":1,"status":"void","total":1,"created_at":"2026-02-01T00:00:00Z"}"#;
    assert_eq!(code(shop.create("orders", void)), "forbidden_row");
    // A row that is out of reach already is not there.
    assert_eq!(code(shop.update("orders", "4", r#"{"status":"paid"}"#, None)), "not_found");
    assert_eq!(code(shop.delete("orders", "4", None)), "not_found");
    let shop = shop.seen_by(Caller::Administrator);
    assert_eq!((shop.count("orders"), &shop.read("orders", "4").unwrap()["status"]), (5, &json!("void")));
}

fn sec_38_a_parent_out_of_reach_is_one_that_is_not_there(database: &TestDatabase) {
    let shop = shop(database);
    for parent in [2, 99] {
        assert_eq!(code(shop.update("orders", "1", &format!(r#"{{"customer_id":{parent}}}"#), None)), "foreign_key");
        let order = format!(r#"{{"customer_id":{parent},"total":1,"created_at":"2026-02-01T00:00:00Z"}}"#);
        assert_eq!(code(shop.create("orders", &order)), "foreign_key");
    }
    assert_eq!(shop.read("orders", "1").unwrap()["customer_id"], 1);
    // Of a table of several keys each has to be within reach.
    for (order, sku) in [(4, "A-1"), (1, "C-3")] {
        let item = format!(r#"{{"order_id":{order},"line":9,"sku":"{sku}","qty":1}}"#);
        let refused = shop.create("order_items", &item);
        assert!(refused.is_err(), "{item}: {refused:?}");
    }
    let shop = shop.seen_by(Caller::Administrator);
    assert_eq!((shop.count("orders"), shop.count("order_items")), (5, 5));
}

fn sec_35_an_upsert_of_a_row_out_of_reach_changes_nothing(database: &TestDatabase) {
    let shop = shop(database);
    let put = |email: &str| {
        let body = format!(r#"{{"email":"{email}","name":"Changed"}}"#);
        shop.upsert("customers", &body, &["email"]).map(|(row, inserted)| (row["name"].clone(), inserted))
    };
    assert_eq!(put("ada@example.com").unwrap(), (json!("Changed"), false));
    assert_eq!(put("new@example.com").unwrap(), (json!("Changed"), true));
    assert_eq!(code(put("bob@example.com")), "duplicate");
    let shop = shop.seen_by(Caller::Administrator);
    assert_eq!(shop.read("customers", "2").unwrap()["name"], "Bob");
}
