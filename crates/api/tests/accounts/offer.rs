//! What the documents of a project tell of accounts and collections, and what collections promise beside: indexes,
//! quotas, answers that are remembered.

use crate::Site;
use http::Method;
use serde_json::{Value, json};

const TASKS: &str = "/v1/collections/tasks";

/// Operation ids of a document, with their paths.
fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().values();
        methods.filter_map(|one| Some((one["operationId"].as_str()?.to_owned(), path.clone()))).collect::<Vec<_>>()
    });
    all.collect()
}

fn collections(document: &Value) -> Vec<String> {
    let all = operations(document);
    all.into_iter().filter(|(_, path)| path.starts_with("/v1/collections")).map(|(id, _)| id).collect()
}

#[test]
fn sec_68_the_documents_tell_of_collections_what_the_caller_may_do() {
    let site = Site::with(|settings| settings.auth.signup_fields = Vec::new());
    let ada = site.token("ada@example.com");
    for path in ["/openapi.json", "/swagger.json"] {
        let stranger = site.app.stranger(Method::GET, path, &Value::Null).ok(200);
        let reads = [
            "listCollectionDocuments",
            "countCollectionDocuments",
            "queryCollectionDocuments",
            "getCollectionDocument",
        ];
        let mut told = collections(&stranger);
        told.sort_unstable();
        let mut wanted: Vec<String> = reads.iter().map(|id| (*id).to_owned()).collect();
        wanted.sort_unstable();
        assert_eq!(told, wanted, "{path}");

        let member = site.app.bearer(&ada, Method::GET, path, &Value::Null).ok(200);
        let told = collections(&member);
        assert_eq!(told.len(), 10, "{told:?}");
        assert!(told.contains(&"createCollectionDocument".to_owned()) && !told.contains(&"listCollections".to_owned()));
        for id in ["getAccount", "listAccountUsers", "addAccountUser", "removeAccountUser"] {
            let found =
                operations(&member).into_iter().any(|(own, path)| own == id && path.starts_with("/auth/account"));
            assert!(found, "{path} {id}");
        }

        let admin = site.app.get(path).ok(200);
        let told = collections(&admin);
        assert_eq!(told.len(), 14, "{told:?}");
        assert!(told.contains(&"createCollectionIndex".to_owned()));
        // Every shape that is pointed at is there.
        let names = admin.pointer("/components/schemas").or_else(|| admin.get("definitions")).unwrap();
        let text = admin.to_string();
        for part in text.split("\"$ref\":\"").skip(1) {
            let name = part.split('"').next().unwrap().rsplit('/').next().unwrap();
            assert!(names.get(name).is_some() || text.contains("components/responses"), "{path} {name}");
        }
        assert!(names.get("documents.Document").is_some(), "{path}");
    }
    // An API key that is confined to tables is told of none.
    let key = site.call(&ada, Method::POST, "/auth/api-keys", json!({"name": "k", "scopes": ["users.read"]})).ok(201);
    let confined = site.app.bearer(key["key"].as_str().unwrap(), Method::GET, "/openapi.json", &Value::Null).ok(200);
    assert!(collections(&confined).is_empty());
}

#[test]
fn sec_68_where_collections_are_off_no_document_tells_of_them() {
    let site = Site::with(|settings| settings.documents.enabled = false);
    let document = site.app.get("/openapi.json").ok(200);
    assert!(collections(&document).is_empty());
    assert!(!document.to_string().contains("documents.Document"));
}

#[test]
fn administrators_make_list_and_drop_indexes() {
    let site = Site::start();
    let ada = site.token("ada@example.com");
    let path = format!("{TASKS}/indexes");
    for n in 0..3 {
        site.call(&ada, Method::POST, TASKS, json!({"n": n})).ok(201);
    }
    site.call(&ada, Method::POST, &path, json!({"field": "n"})).refused(403, "forbidden");
    site.call(&ada, Method::GET, &path, Value::Null).refused(403, "forbidden");
    let admin = |method: Method, path: &str, body: Value| site.app.json(method, path, &body);
    assert_eq!(admin(Method::POST, &path, json!({"field": "n"})).ok(201), json!({"field": "n"}));
    admin(Method::POST, &path, json!({"field": "n"})).ok(200);
    admin(Method::POST, &path, json!({})).refused(400, "missing_field");
    admin(Method::POST, &path, json!({"field": "x".repeat(129)})).refused(400, "invalid_query");
    assert_eq!(admin(Method::GET, &path, Value::Null).ok(200)["data"], json!([{"field": "n"}]));
    let found = site.call(&ada, Method::POST, &format!("{TASKS}/query"), json!({"where": [["n", ">", 0]]})).ok(200);
    assert_eq!(found["total"], 2);
    assert_eq!(admin(Method::DELETE, &format!("{path}/n"), Value::Null).status, 204);
    admin(Method::DELETE, &format!("{path}/n"), Value::Null).refused(404, "not_found");
    admin(Method::PUT, &path, json!({})).refused(405, "method_not_allowed");
    admin(Method::GET, &format!("{path}/n"), Value::Null).refused(405, "method_not_allowed");
}

#[test]
fn sec_50_a_stage_that_is_full_says_so() {
    let site = Site::with(|settings| settings.documents.max_documents = 2);
    let ada = site.token("ada@example.com");
    site.call(&ada, Method::POST, TASKS, json!([{"n": 1}, {"n": 2}])).ok(201);
    let refused = site.call(&ada, Method::POST, TASKS, json!({"n": 3}));
    let body = refused.refused(507, "documents_full");
    assert!(body["title"].as_str().unwrap().contains("at most 2 documents"), "{body}");
}

#[test]
fn sec_65_a_document_is_made_once_for_one_key() {
    let site = Site::start();
    let ada = site.token("ada@example.com");
    let bearer = format!("Bearer {ada}");
    let post = |body: Value| {
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "one")];
        let request = site.app.request(Method::POST, TASKS, &headers, &body);
        site.app.send(request)
    };
    let first = post(json!({"n": 1})).ok(201);
    assert_eq!(post(json!({"n": 1})).ok(201), first);
    assert_eq!(post(json!({"n": 2})).status, 422);
    assert_eq!(site.call(&ada, Method::GET, TASKS, Value::Null).ok(200)["total"], 1);
}
