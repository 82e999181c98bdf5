//! Writes that try to come out of their tenant, or to take a row along.

use crate::site::{CHIEF, CROSSING, KEY, NARROW, READER, WRITER, call};
use portcullis_testkit::{
    conformance::{Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "access_crossing",
    fixture: &CROSSING,
    cases: served![
        sec_36_the_server_sets_tenant_and_owner,
        sec_35_foreign_rows_are_neither_changed_nor_deleted,
        a_foreign_key_never_points_at_a_row_of_another_tenant,
        an_upsert_never_touches_a_foreign_row,
        what_is_written_stays_inside_of_the_rules,
        sec_38_relations_stay_inside_of_the_tenant,
    ],
};

/// The rows that belong to others, as they lie in the database.
fn foreign(app: &Served, table: &str) -> Vec<Option<String>> {
    app.database.texts(&format!("SELECT name FROM {table} WHERE id IN (3, 4) ORDER BY id"))
}

fn stored(app: &Served, table: &str, id: &Value, column: &str) -> Option<String> {
    app.database.texts(&format!("SELECT {column} FROM {table} WHERE id = {id}"))[0].clone()
}

fn sec_36_the_server_sets_tenant_and_owner(app: &Served) {
    for (person, table) in
        [(WRITER, "signed"), (WRITER, "owned"), (WRITER, "ruled"), (CHIEF, "closed"), (READER, "publics")]
    {
        let path = format!("/{table}");
        let made = call(app, person, "POST", &path, &json!({"name": "new"})).ok(201);
        assert_eq!(stored(app, table, &made["id"], "account_id").as_deref(), Some("1"));
        assert_eq!(stored(app, table, &made["id"], "user_id"), Some(person.id.to_string()));
        let said = json!({"name": "new", "account_id": 1, "user_id": person.id});
        call(app, person, "POST", &path, &said).ok(201);
        for body in [json!({"account_id": 2}), json!({"account_id": null}), json!({"AccountId": "2"})] {
            call(app, person, "POST", &path, &body).refused(403, "forbidden_value");
            call(app, person, "PUT", &format!("{path}/{}", made["id"]), &body).refused(403, "forbidden_value");
            let operation = json!({"method": "POST", "path": path, "body": body});
            call(app, person, "POST", "/batch", &json!({"operations": [operation]})).refused(403, "forbidden_value");
            let bulk = call(app, person, "POST", &format!("{path}/bulk"), &json!([body])).json();
            assert_eq!(bulk["failed"][0]["error"]["code"], "forbidden", "{bulk}");
            let mass = json!({"expressions": [{"field": "id", "operator": "gt", "value": 0}], "updateData": body});
            call(app, person, "PUT", &format!("{path}/filter"), &mass).refused(403, "forbidden_value");
        }
        let another = json!({"user_id": 7});
        if person == CHIEF {
            call(app, person, "PUT", &format!("{path}/{}", made["id"]), &another).ok(200);
        } else {
            call(app, person, "POST", &path, &another).refused(403, "forbidden_value");
            call(app, person, "PUT", &format!("{path}/{}", made["id"]), &another).refused(403, "forbidden_value");
        }
    }
}

fn sec_35_foreign_rows_are_neither_changed_nor_deleted(app: &Served) {
    for (person, table) in
        [(WRITER, "signed"), (WRITER, "owned"), (WRITER, "ruled"), (CHIEF, "closed"), (READER, "publics")]
    {
        let before = foreign(app, table);
        for id in [3, 4, 99] {
            let path = format!("/{table}/{id}");
            for (method, body) in
                [("GET", Value::Null), ("PUT", json!({"name": "x"})), ("PUT", json!({})), ("DELETE", Value::Null)]
            {
                call(app, person, method, &path, &body).refused(404, "not_found");
            }
            let operation = json!({"method": "DELETE", "path": path});
            call(app, person, "POST", "/batch", &json!({"operations": [operation]})).refused(404, "not_found");
            let bulk = call(app, person, "PUT", &format!("/{table}/bulk"), &json!([{"id": id, "name": "x"}])).json();
            assert_eq!(bulk["failed"][0]["error"]["code"], "not_found", "{bulk}");
        }
        let mass =
            json!({"expressions": [{"field": "id", "operator": "in", "value": [3, 4]}], "updateData": {"name": "x"}});
        call(app, person, "PUT", &format!("/{table}/filter"), &mass).ok(200);
        let filter = json!({"expressions": [{"field": "id", "operator": "in", "value": [3, 4]}]});
        call(app, person, "DELETE", &format!("/{table}/filter"), &filter).ok(200);
        assert_eq!(foreign(app, table), before, "{table}");
    }
    // Deletion follows where the row is one's own.
    let made = call(app, WRITER, "POST", "/signed", &json!({"name": "gone"})).ok(201);
    call(app, WRITER, "DELETE", &format!("/signed/{}", made["id"]), &Value::Null).ok(200);
}

fn a_foreign_key_never_points_at_a_row_of_another_tenant(app: &Served) {
    let made = call(app, WRITER, "POST", "/kids", &json!({"parent_id": 1, "name": "k"})).ok(201);
    let mut absent = None;
    for parent in [99, 3, 4] {
        let body = json!({"parent_id": parent, "name": "k"});
        let mut told = call(app, WRITER, "POST", "/kids", &body).refused(409, "foreign_key");
        told.as_object_mut().unwrap().remove("request_id");
        let first = absent.get_or_insert_with(|| told.clone()).clone();
        assert_eq!(told, first, "a foreign row is told from an absent one");
        call(app, WRITER, "PUT", &format!("/kids/{}", made["id"]), &body).refused(409, "foreign_key");
        let bulk = call(app, WRITER, "POST", "/kids/bulk", &json!([body, {"parent_id": 2, "name": "b"}])).json();
        assert_eq!(bulk["failed"][0]["error"]["code"], "foreign_key", "{bulk}");
        assert_eq!(bulk["succeeded"].as_array().unwrap().len(), 1, "{bulk}");
        let mass = json!({"expressions": [{"field": "id", "operator": "eq", "value": made["id"]}], "updateData": {"parent_id": parent}});
        call(app, WRITER, "PUT", "/kids/filter", &mass).refused(409, "foreign_key");
        let operation = json!({"method": "POST", "path": "/kids", "body": body});
        call(app, WRITER, "POST", "/batch", &json!({"operations": [operation]})).refused(409, "foreign_key");
    }
    // Nobody's kid would be nobody's row.
    call(app, WRITER, "POST", "/kids", &json!({"name": "k"})).refused(403, "forbidden_row");
    call(app, WRITER, "PUT", &format!("/kids/{}", made["id"]), &json!({"parent_id": null}))
        .refused(403, "forbidden_row");
    let strays =
        app.database.texts("SELECT id FROM kids WHERE id NOT IN (1, 3, 4) AND (parent_id IS NULL OR parent_id > 2)");
    assert_eq!(strays, [] as [Option<String>; 0]);
    // An admin key may.
    call(app, KEY, "POST", "/kids", &json!({"parent_id": 3, "name": "key"})).ok(201);
}

fn an_upsert_never_touches_a_foreign_row(app: &Served) {
    let before = foreign(app, "ruled");
    for id in [3, 4] {
        let body = json!({"id": id, "name": "taken"});
        call(app, WRITER, "POST", "/ruled?on_conflict=id", &body).refused(409, "duplicate");
        let bulk = call(app, WRITER, "POST", "/ruled/bulk?on_conflict=id", &json!([body])).json();
        assert_eq!(bulk["failed"][0]["error"]["code"], "duplicate", "{bulk}");
    }
    assert_eq!(foreign(app, "ruled"), before);
    // One's own is changed, and keeps its owner.
    let body = json!({"id": 1, "name": "upserted"});
    call(app, WRITER, "POST", "/ruled?on_conflict=id", &body).ok(200);
    assert_eq!(stored(app, "ruled", &json!(1), "name").as_deref(), Some("upserted"));
    assert_eq!(stored(app, "ruled", &json!(1), "user_id").as_deref(), Some("1"));
}

fn what_is_written_stays_inside_of_the_rules(app: &Served) {
    let made = call(app, NARROW, "POST", "/signed", &json!({"name": "mine"})).ok(201);
    assert_eq!(made.as_object().unwrap().len(), 2, "{made}");
    assert_eq!(stored(app, "signed", &made["id"], "fixed").as_deref(), Some("narrow@x.example"));
    let count = || app.database.texts("SELECT COUNT(*) FROM signed");
    let before = count();
    call(app, NARROW, "POST", "/signed", &json!({"name": "other"})).refused(403, "forbidden_row");
    call(app, NARROW, "PUT", &format!("/signed/{}", made["id"]), &json!({"name": "other"}))
        .refused(403, "forbidden_row");
    let mass =
        json!({"expressions": [{"field": "name", "operator": "eq", "value": "mine"}], "updateData": {"name": "other"}});
    call(app, NARROW, "PUT", "/signed/filter", &mass).refused(403, "forbidden_row");
    call(app, NARROW, "PUT", "/signed/2", &json!({"name": "mine"})).refused(404, "not_found");
    assert_eq!(count(), before);
    assert_eq!(stored(app, "signed", &made["id"], "name").as_deref(), Some("mine"));
}

fn sec_38_relations_stay_inside_of_the_tenant(app: &Served) {
    let kids = |body: &Value| call(app, WRITER, "POST", "/kids/filter", body).ok(200)["data"].clone();
    let parent = json!({"expressions": [{"relationship": "Parent", "scope": "filterChild", "include": true}]});
    let rows = kids(&parent);
    assert!(rows.as_array().unwrap().iter().all(|row| row["parent"]["account_id"] == 1), "{rows}");
    let named = json!({"expressions": [{"relationship": "Parent", "expressions": [{"field": "name", "operator": "in", "value": ["row 3", "row 4"]}]}]});
    assert_eq!(kids(&named), json!([]));
    let accounts = json!({"expressions": [{"relationship": "Signeds", "scope": "filterChild", "include": true,
        "aggregations": {"functions": [{"type": "COUNT"}]}}]});
    let found = call(app, WRITER, "POST", "/accounts/filter", &accounts).ok(200)["data"].clone();
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    assert!(found[0]["signeds"].as_array().unwrap().iter().all(|row| row["account_id"] == 1), "{found}");
    // Not readable: no way there.
    let denied = json!({"expressions": [{"relationship": "Accounts", "scope": "filterChild", "include": true}]});
    let status = call(app, NARROW, "POST", "/signed/filter", &denied).status.as_u16();
    assert!(status == 400 || status == 403, "{status}");
}
