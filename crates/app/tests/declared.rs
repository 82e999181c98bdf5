//! `portcullis schema plan|apply` with the real binary.

mod support;

use serde_json::json;
use support::Place;

fn document() -> serde_json::Value {
    json!({ "tables": {
        "users": { "auth_table": true, "columns": { "name": "string" }, "access": { "read": "admin" } },
        "notes": {
            "columns": { "text": "string required", "by": "ref users" },
            "access": { "read": "public", "update": "owner" }, "owner_field": "by"
        }
    } })
}

#[test]
fn a_document_becomes_a_served_schema_and_its_losses_are_asked_for() {
    let place = Place::new();
    place.run(&["init", "managed", "--name", "notes", "--json"]).json();
    std::fs::write(place.path("schema.json"), document().to_string()).unwrap();
    let plan = place.run(&["schema", "plan", "--json"]).json();
    assert_eq!((&plan["managed"], &plan["changed"], &plan["applied"]), (&json!(true), &json!(true), &json!(false)));
    assert_eq!(plan["changes"][0]["action"], "create_table");
    let applied = place.run(&["schema", "apply", "--project", "notes", "--yes", "--json"]).json();
    assert_eq!(applied["version"], 1);
    let settings = place.run(&["settings", "export"]).ok();
    for part in ["owner_column = \"by\"", "read = \"public\"", "password = \"password_hash\""] {
        assert!(settings.contains(part), "{part}: {settings}");
    }
    let again = place.run(&["schema", "apply", "--yes"]).ok();
    assert!(again.contains("is as the document says: version 1"), "{again}");

    let mut smaller = document();
    smaller["tables"].as_object_mut().unwrap().remove("notes");
    std::fs::write(place.path("smaller.json"), smaller.to_string()).unwrap();
    place
        .run(&["schema", "apply", "--file", "smaller.json", "--yes"])
        .refused("the table `notes` goes, with all its rows");
    let applied = place.run(&["schema", "apply", "--file", "smaller.json", "--yes", "--confirm-destructive"]).ok();
    assert!(applied.contains("version 2"), "{applied}");
}

#[test]
fn somebody_elses_database_is_changed_only_when_the_sql_is_approved() {
    let place = Place::new();
    place.sql("shop.db", "CREATE TABLE orders (id INTEGER PRIMARY KEY)");
    place.run(&["init", "shop.db", "--yes", "--json"]).json();
    std::fs::write(place.path("schema.json"), document().to_string()).unwrap();
    let plan = place.run(&["schema", "plan"]).ok();
    assert!(plan.contains("This would be run on it") && plan.contains("CREATE TABLE \"notes\""), "{plan}");
    place.run(&["schema", "apply", "--yes"]).refused("is not managed by portcullis");
    place.run(&["schema", "apply", "--yes", "--approve-sql"]).ok();
    let shown = place.run(&["schema", "show", "--json"]).json();
    assert_eq!(shown["tables"].as_array().unwrap().len(), 3);
}
