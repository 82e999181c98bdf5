//! What is not done, and says why.

use crate::world::{ROWS, World, blog};
use portcullis_control::{ControlError, declared::Approval};
use portcullis_testkit::{TestDatabase, cases, conformance::Case};
use serde_json::json;

pub const CASES: &[Case] = cases![
    what_loses_rows_needs_a_confirmation,
    somebody_elses_database_needs_an_approval,
    a_required_column_without_a_default_needs_an_empty_table,
    labels_in_use_cannot_go,
    a_faulty_document_changes_nothing,
];

fn what_loses_rows_needs_a_confirmation(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    database.run(ROWS);
    for change in [
        |document: &mut serde_json::Value| drop(document["tables"].as_object_mut().unwrap().remove("comments")),
        |document: &mut serde_json::Value| {
            drop(document["tables"]["posts"]["columns"].as_object_mut().unwrap().remove("body"));
        },
        |document: &mut serde_json::Value| document["tables"]["posts"]["columns"]["body"] = json!("int"),
        |document: &mut serde_json::Value| {
            document["tables"]["posts"]["columns"]["slug"] = json!("string unique max_length 9")
        },
        |document: &mut serde_json::Value| {
            document["tables"]["posts"]["columns"]["state"]["values"] = json!(["open"]);
        },
    ] {
        let mut document = blog();
        change(&mut document);
        let refused = world.try_apply(&document, Approval::default()).unwrap_err();
        assert!(matches!(refused, ControlError::NeedsConfirmation(_)), "{refused}");
    }
    assert_eq!(world.versions(), [(1, true)]);
    assert!(world.plan(&blog()).unwrap().is_empty());
}

fn somebody_elses_database_needs_an_approval(database: &TestDatabase) {
    let world = World::new(database);
    let refused = world.try_apply(&blog(), Approval { destructive: true, customer: false }).unwrap_err();
    assert!(matches!(refused, ControlError::NotManaged(_)), "{refused}");
    assert!(world.now().catalog.tables.is_empty() && world.versions().is_empty());
    world.try_apply(&blog(), Approval { destructive: false, customer: true }).unwrap();
    assert!(world.now().serves("posts"));
}

fn a_required_column_without_a_default_needs_an_empty_table(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    let mut document = blog();
    document["tables"]["comments"]["columns"]["mood"] = json!("string required");
    document["tables"]["posts"]["columns"]["body"] = json!("text required");
    assert!(world.plan(&document).is_ok());
    database.run(ROWS);
    let refused = world.plan(&document).unwrap_err().to_string();
    assert!(
        refused.contains("`tables.comments.columns.mood`") && refused.contains("`tables.posts.columns.body`"),
        "{refused}"
    );
}

fn labels_in_use_cannot_go(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    database.run(ROWS);
    let mut document = blog();
    document["tables"]["posts"]["columns"]["state"] =
        json!({ "type": "enum", "values": ["closed"], "default": "closed" });
    let refused = world.try_apply(&document, Approval { destructive: true, customer: false }).unwrap_err();
    assert!(matches!(refused, ControlError::Restructure { .. }), "{refused}");
    assert_eq!(database.texts("SELECT state FROM posts"), [Some("open".to_owned())]);
    // The document in force stays what it was.
    assert_eq!(world.versions().into_iter().find(|(_, done)| *done), Some((1, true)));
}

fn a_faulty_document_changes_nothing(database: &TestDatabase) {
    let world = World::managed(database);
    let document = json!({
        "tables": {
            "a": { "columns": { "id": "string", "b": "ref c", "d": "strin", "e": { "type": "enum" } }, "access": { "read": "owner" } },
            "f": { "auth_table": true, "columns": { "password_hash": "string" } },
            "g": { "auth_table": true, "columns": {} }
        },
        "tabels": {}
    });
    let refused = world.plan(&document).unwrap_err().to_string();
    for part in [
        "`tabels` is not known",
        "`tables.a.columns.id`: every such table has `id` by itself",
        "`strin` is no type; did you mean `string`?",
        "`enum` needs `values`",
        "`tables.f.columns.password_hash`",
    ] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    assert!(world.now().catalog.tables.is_empty());
}
