//! `/v1/collections`.

use crate::Site;
use http::Method;
use serde_json::{Value, json};

const TASKS: &str = "/v1/collections/tasks";

#[test]
fn documents_are_made_read_changed_and_deleted() {
    let site = Site::start();
    let (ada, eve) = (site.token("ada@example.com"), site.token("eve@example.com"));
    let made = site.call(&ada, Method::POST, TASKS, json!({"name": "one", "done": false})).ok(201);
    assert_eq!(made["data"], json!({"name": "one", "done": false}));
    assert_eq!((&made["owner_id"], &made["created_at"]), (&json!("1"), &json!("2027-01-15T08:00:00Z")));
    let path = format!("{TASKS}/{}", made["id"].as_str().unwrap());
    assert_eq!(site.call(&ada, Method::GET, &path, Value::Null).ok(200), made);
    site.call(&eve, Method::GET, &path, Value::Null).refused(404, "not_found");
    let changed = site.call(&ada, Method::PATCH, &path, json!({"done": true})).ok(200);
    assert_eq!(changed["data"], json!({"name": "one", "done": true}));
    site.call(&eve, Method::PATCH, &path, json!({"done": false})).refused(404, "not_found");
    let counted =
        site.call(&ada, Method::POST, &format!("{path}/increment"), json!({"field": "likes", "by": 3})).ok(200);
    assert_eq!(counted["data"]["likes"], 3);
    let wrong = json!({"field": "name"});
    site.call(&ada, Method::POST, &format!("{path}/increment"), wrong).refused(400, "not_a_number");
    let by = json!({"field": "likes", "by": 1.5});
    site.call(&ada, Method::POST, &format!("{path}/increment"), by).refused(400, "invalid_value");
    // The admin key passes every permission.
    assert_eq!(site.app.get(&path).ok(200)["data"]["likes"], 3);
    assert_eq!(site.app.get("/v1/collections").ok(200)["data"], json!(["tasks"]));
    site.call(&ada, Method::GET, "/v1/collections", Value::Null).refused(403, "forbidden");
    site.call(&eve, Method::DELETE, &path, Value::Null).refused(404, "not_found");
    assert_eq!(site.call(&ada, Method::DELETE, &path, Value::Null).status, 204);
    site.call(&ada, Method::DELETE, &path, Value::Null).refused(404, "not_found");
}

#[test]
fn users_of_one_account_share_as_far_as_the_name_says() {
    let site = Site::start();
    let ada = site.token("ada@example.com");
    site.add(&ada, "bob@example.com").ok(201);
    let bob = site.token("bob@example.com");
    for (name, status) in [("tasks", 403), ("tasks_760_", 200), ("tasks_700_", 404)] {
        let made = site.call(&ada, Method::POST, &format!("/v1/collections/{name}"), json!({"n": 1})).ok(201);
        let path = format!("/v1/collections/{name}/{}", made["id"].as_str().unwrap());
        let answer = site.call(&bob, Method::PATCH, &path, json!({"n": 2}));
        assert_eq!(answer.status, status, "{name} {}", answer.text());
    }
    // Without credentials only what is called public, and that only to read.
    let public = "/v1/collections/pub_news";
    site.call(&ada, Method::POST, public, json!({"title": "hello"})).ok(201);
    assert_eq!(site.app.stranger(Method::GET, public, &Value::Null).ok(200)["total"], 1);
    site.app.stranger(Method::POST, public, &json!({"title": "me too"})).refused(401, "unauthenticated");
    site.app.stranger(Method::GET, TASKS, &Value::Null).refused(401, "unauthenticated");
}

#[test]
fn queries_pages_and_changes_by_clauses() {
    let site = Site::start();
    let ada = site.token("ada@example.com");
    let bodies: Vec<Value> = (0..5).map(|n| json!({"n": n, "even": n % 2 == 0})).collect();
    let made = site.call(&ada, Method::POST, TASKS, json!(bodies)).ok(201);
    assert_eq!(made["ids"].as_array().unwrap().len(), 5);
    let page = site.call(&ada, Method::GET, "/v1/collections/tasks?page=2&pageSize=2&sort=n:desc", Value::Null).ok(200);
    assert_eq!(
        (&page["total"], &page["total_pages"], &page["data"][0]["data"]["n"]),
        (&json!(5), &json!(3), &json!(2))
    );
    let query = json!({"where": [["even", "=", true], ["n", ">", 0]], "sort": "created_at:desc"});
    let found = site.call(&ada, Method::POST, "/v1/collections/tasks/query", query).ok(200);
    let numbers: Vec<&Value> = found["data"].as_array().unwrap().iter().map(|one| &one["data"]["n"]).collect();
    assert_eq!(numbers, [&json!(4), &json!(2)]);
    let count =
        |body: Value| site.call(&ada, Method::POST, "/v1/collections/tasks/count", body).ok(200)["count"].clone();
    assert_eq!(count(json!({"where": [["id", "in", made["ids"]], ["n", "<", 2]]})), 2);
    let body = json!({"where": [["even", "=", true]], "set": {"seen": 1}});
    assert_eq!(site.call(&ada, Method::PATCH, TASKS, body).ok(200)["updated"], 3);
    let body = json!({"where": [["seen", "=", 1]]});
    assert_eq!(site.call(&ada, Method::POST, "/v1/collections/tasks/delete", body).ok(200)["deleted"], 3);
    assert_eq!(count(json!({})), 2);
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let site = Site::start();
    let ada = site.token("ada@example.com");
    let post = |path: &str, body: Value| site.call(&ada, Method::POST, path, body);
    let refused = post("/v1/collections/tasks/query", json!({"where": [["a", "=", 1], ["a", "~", 1]]}));
    assert_eq!(refused.refused(400, "invalid_query")["errors"][0]["pointer"], "/where/1");
    post(TASKS, json!(7)).refused(400, "invalid_document");
    post("/v1/collections/a%20b", json!({})).refused(400, "invalid_collection");
    post("/v1/collections/tasks_789_", json!({})).refused(400, "invalid_collection");
    post("/v1/collections/tasks/query", json!({"filter": []})).refused(400, "unknown_field");
    post("/v1/collections/tasks/delete", json!({})).refused(400, "missing_field");
    site.call(&ada, Method::PATCH, TASKS, json!({"set": {"a": 1}})).refused(400, "missing_field");
    site.call(&ada, Method::GET, "/v1/collections/tasks?size=3", Value::Null).refused(400, "invalid_parameter");
    site.call(&ada, Method::GET, "/v1/collections/tasks?page=0", Value::Null).refused(400, "invalid_query");
    site.call(&ada, Method::GET, "/v1/collections/tasks?sort=n:up", Value::Null).refused(400, "invalid_query");
    post(TASKS, json!(vec![json!({}); 1_001])).refused(422, "too_many_documents");
    post(TASKS, json!({"text": "x".repeat(1024 * 1024)})).refused(413, "document_too_large");
    site.call(&ada, Method::DELETE, TASKS, Value::Null).refused(405, "method_not_allowed");
}

#[test]
fn sec_33_collections_are_served_only_where_they_are_switched_on() {
    let site = Site::with(|settings| settings.documents.enabled = false);
    let ada = site.token("ada@example.com");
    site.call(&ada, Method::POST, TASKS, json!({"n": 1})).refused(404, "not_found");
    site.app.get("/v1/collections").refused(404, "not_found");
}

#[test]
fn sec_32_a_key_that_is_confined_to_tables_reaches_no_documents() {
    let site = Site::start();
    let ada = site.token("ada@example.com");
    let key = site.call(&ada, Method::POST, "/auth/api-keys", json!({"name": "k", "scopes": ["users.read"]})).ok(201);
    let key = key["key"].as_str().unwrap();
    site.call(key, Method::GET, TASKS, Value::Null).refused(403, "forbidden");
}
