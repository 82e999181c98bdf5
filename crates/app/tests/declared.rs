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
    let made = |change: &serde_json::Value| change["action"] == "create_table" && change["table"] == "users";
    assert!(plan["changes"].as_array().unwrap().iter().any(made), "{plan}");
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

/// What may sign up on a managed project, and into which table.
fn signs_up(place: &Place, email: &str) -> u16 {
    let node = place.serve();
    let body = json!({ "email": email, "password": "a fine new password" }).to_string();
    let head =
        "POST /p/notes/auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n";
    node.send(&format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).status
}

#[test]
fn a_managed_database_always_has_users() {
    let place = Place::new();
    place.run(&["init", "managed", "--name", "notes", "--json"]).json();
    let apply = |document: serde_json::Value| {
        std::fs::write(place.path("schema.json"), document.to_string()).unwrap();
        place.run(&["schema", "apply", "--yes", "--confirm-destructive", "--json"]).json()
    };
    let mapped = || {
        let settings = place.run(&["settings", "export"]).ok();
        settings.split("[mapping.user]").nth(1).map(|card| card.lines().nth(1).unwrap_or_default().to_owned())
    };
    // A document without users leaves the table as it is.
    let notes = json!({ "columns": { "text": "string" } });
    let applied = apply(json!({ "tables": { "notes": notes } }));
    assert!(!applied["changes"].to_string().contains("users"), "{applied}");
    assert_eq!(mapped().as_deref(), Some("table = \"users\""));
    assert_eq!(signs_up(&place, "ada@example.com"), 201);

    // It is not empty any more: an auth table of another name is made beside it and takes the mapping.
    let people = json!({ "auth_table": true, "columns": { "name": "string" } });
    let applied = apply(json!({ "tables": { "notes": notes, "people": people } }));
    assert!(!applied["changes"].to_string().contains("drop_table"), "{applied}");
    assert_eq!(mapped().as_deref(), Some("table = \"people\""));
    assert_eq!(signs_up(&place, "ada@example.com"), 201);

    // Without it the first one is the users' again, with whom it has.
    apply(json!({ "tables": { "notes": notes } }));
    assert_eq!(mapped().as_deref(), Some("table = \"users\""));
    assert_eq!(signs_up(&place, "ada@example.com"), 409);
    assert_eq!(signs_up(&place, "bob@example.com"), 201);
}

#[test]
fn the_users_that_a_managed_database_was_made_with_make_room_while_they_are_empty() {
    let place = Place::new();
    place.run(&["init", "managed", "--name", "notes", "--json"]).json();
    let apply = |document: serde_json::Value| {
        std::fs::write(place.path("schema.json"), document.to_string()).unwrap();
        place.run(&["schema", "apply", "--yes", "--confirm-destructive", "--json"]).json()
    };
    let actions = |applied: &serde_json::Value| -> Vec<String> {
        let changes = applied["changes"].as_array().unwrap().iter();
        changes
            .map(|change| format!("{} {}", change["action"].as_str().unwrap(), change["table"].as_str().unwrap()))
            .collect()
    };
    let members = json!({ "auth_table": true, "columns": { "name": "string" } });
    assert_eq!(
        actions(&apply(json!({ "tables": { "members": members } }))),
        ["drop_table users", "create_table members"]
    );
    assert_eq!(signs_up(&place, "ada@example.com"), 201);
    // The document takes its users away: people can still sign up.
    assert_eq!(actions(&apply(json!({ "tables": {} }))), ["drop_table members", "create_table users"]);
    assert_eq!(signs_up(&place, "ada@example.com"), 201);

    // A table of that name that holds no users has the name.
    let other = Place::new();
    other.run(&["init", "managed", "--name", "notes", "--json"]).json();
    std::fs::write(
        other.path("schema.json"),
        json!({ "tables": { "users": { "columns": { "n": "int" } } } }).to_string(),
    )
    .unwrap();
    other.run(&["schema", "apply", "--yes", "--json"]).json();
    assert!(!other.run(&["settings", "export"]).ok().contains("[mapping.user]"));
    assert_eq!(signs_up(&other, "ada@example.com"), 501);
}
