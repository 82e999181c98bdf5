//! The documents of a small shop, whole and in their rules. `UPDATE_GOLDEN=1` writes the golden files anew.

mod shop;

use portcullis_contract::{model_schema, models, openapi31, swagger2};
use portcullis_query::access::{Caller, Policy};
use portcullis_schema::Database;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn golden(name: &str, value: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let mut text = String::new();
    lines(value, 0, &mut text);
    text.push('\n');
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(known == text, "{name} is not what is rendered; UPDATE_GOLDEN=1 writes it, then read the difference");
}

/// JSON with a line for each operation, definition and the like: short enough to keep, long enough to read changes in.
fn lines(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(members) if depth < 3 && !members.is_empty() => {
            out.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                out.push_str(if at == 0 { "\n" } else { ",\n" });
                out.push_str(&"  ".repeat(depth + 1));
                out.push_str(&format!("{}: ", json!(name)));
                lines(member, depth + 1, out);
            }
            out.push_str(&format!("\n{}}}", "  ".repeat(depth)));
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Both documents, by a word for messages.
fn both(database: &Database, policy: &Policy, caller: &Caller) -> [(&'static str, Value); 2] {
    let api = shop::api(database, policy, caller);
    [("2.0", swagger2(&api, "/p/shop/api")), ("3.1", openapi31(&api, "/p/shop/api"))]
}

fn operations(document: &Value) -> Vec<(String, &'static str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            METHODS.iter().filter_map(move |method| Some((path.clone(), *method, methods.get(*method)?)))
        })
        .collect()
}

fn operation<'d>(document: &'d Value, id: &str) -> Option<&'d Value> {
    operations(document).into_iter().map(|(_, _, operation)| operation).find(|found| found["operationId"] == id)
}

fn definitions(document: &Value) -> BTreeMap<String, Value> {
    let found = document.get("definitions").or_else(|| document.pointer("/components/schemas")).unwrap();
    found.as_object().unwrap().clone().into_iter().collect()
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(to)) = members.get("$ref") {
                assert_eq!(members.len(), 1, "something stands beside {to}");
                found.insert(to.clone());
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn the_shop_as_its_administrator_sees_it() {
    let database = shop::shop();
    let policy = shop::policy(&database);
    let [(_, two), (_, three)] = both(&database, &policy, &Caller::Administrator);
    golden("shop.swagger2.json", &two);
    golden("shop.openapi31.json", &three);
    let api = shop::api(&database, &policy, &Caller::Administrator);
    golden("shop.models.json", &models(&api));
    let schemas: Value = database
        .tables()
        .iter()
        .map(|table| (table.name.clone(), model_schema(&api, table.id).unwrap()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    golden("shop.schemas.json", &schemas);
}

#[test]
fn the_shop_as_a_stranger_sees_it() {
    let database = shop::shop();
    let policy = shop::policy(&database);
    let [(_, two), (_, three)] = both(&database, &policy, &Caller::Anonymous);
    golden("shop.public.swagger2.json", &two);
    golden("shop.public.openapi31.json", &three);
}

#[test]
fn operation_ids_are_unique_and_every_reference_resolves() {
    // Names that would meet: `countAll` + `Orders` and `count` + `AllOrders`, a page of one table and another table.
    let columns = || vec![shop::counter("id", shop::WHOLE)];
    let names = [
        "orders",
        "all_orders",
        "query_orders",
        "orders_filter_response",
        "orders_bulk_result",
        "orders_api",
        "Orders",
        "api_error_response",
        "query_filter",
        "configuration",
        "café",
        "日本",
        "models",
        "batch",
        "schema",
        "2fa",
    ];
    let odd = shop::build(names.iter().map(|name| shop::table(name, &["id"], columns())).collect());
    for (database, policy) in [(shop::shop(), None), (odd, Some(()))] {
        let mut rules = shop::policy(&database);
        rules.open = policy.is_some();
        for caller in [Caller::Anonymous, Caller::Administrator] {
            for (version, document) in both(&database, &rules, &caller) {
                let mut ids = BTreeSet::new();
                for (path, method, operation) in operations(&document) {
                    let id = operation["operationId"].as_str().unwrap();
                    assert!(ids.insert(id.to_owned()), "{version}: {id} twice, also at {method} {path}");
                    assert!(id.chars().all(|c| c.is_ascii_alphanumeric()), "{id} is no identifier");
                    assert_eq!(operation["tags"].as_array().unwrap().len(), 1);
                }
                let mut found = BTreeSet::new();
                references(&document, &mut found);
                for to in found {
                    assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{version}: {to} leads nowhere");
                }
            }
        }
    }
}

#[test]
fn every_definition_is_reached() {
    let database = shop::shop();
    let policy = shop::policy(&database);
    for caller in [Caller::Anonymous, Caller::Administrator] {
        for (version, document) in both(&database, &policy, &caller) {
            let mut found = BTreeSet::new();
            references(&document, &mut found);
            for name in definitions(&document).keys() {
                assert!(found.iter().any(|to| to.ends_with(&format!("/{name}"))), "{version}: nothing needs {name}");
            }
        }
    }
}

#[test]
fn names_do_not_depend_on_who_asks_and_give_way_in_a_fixed_order() {
    let columns = || vec![shop::counter("id", shop::WHOLE)];
    let names = ["all_orders", "api_error_response", "orders", "orders_filter_response", "café"];
    let database = shop::build(names.iter().map(|name| shop::table(name, &["id"], columns())).collect());
    let mut policy = shop::policy(&database);
    policy.open = true;
    let [(_, two), (_, three)] = both(&database, &policy, &Caller::Administrator);
    for document in [&two, &three] {
        let definitions = definitions(document);
        // Ours keeps its name, then the tables, then what is made from tables.
        for name in
            ["api.ErrorResponse", "ApiErrorResponseModel", "OrdersFilterResponse", "OrdersFilterResponse2", "CafU00E9"]
        {
            assert!(definitions.contains_key(name), "{name}");
        }
        assert!(definitions["OrdersFilterResponse"]["properties"].get("id").is_some());
        assert!(definitions["OrdersFilterResponse2"]["properties"].get("data").is_some());
        let of = |path: &str, method: &str| document["paths"][path][method]["operationId"].clone();
        assert_eq!(of("/AllOrders/count", "post"), "countAllOrders");
        assert_eq!(of("/Orders/count", "get"), "countAllOrders2");
        assert_eq!(of("/Caf%C3%A9", "get"), "listCafU00E9");
    }
}

#[test]
fn models_require_nothing() {
    let database = shop::shop();
    for (version, document) in both(&database, &shop::policy(&database), &Caller::Administrator) {
        for (name, definition) in definitions(&document) {
            assert!(definition.get("required").is_none(), "{version}: {name} requires something");
        }
    }
}

#[test]
fn views_are_only_read_and_rows_without_a_key_are_not_named() {
    let database = shop::shop();
    for (version, document) in both(&database, &shop::policy(&database), &Caller::Administrator) {
        let ids = |model: &str| -> BTreeSet<String> {
            operations(&document)
                .into_iter()
                .filter(|(_, _, operation)| operation["tags"][0] == model)
                .map(|(_, _, operation)| operation["operationId"].as_str().unwrap().replace(model, ""))
                .collect()
        };
        let expect = |words: &[&str]| -> BTreeSet<String> { words.iter().map(|word| (*word).to_owned()).collect() };
        let read = ["list", "filter", "filterQuery", "count", "countAll", "getSchema"];
        assert_eq!(ids("OrderTotals"), expect(&read), "{version}");
        let further = ["create", "bulkCreate", "import", "query"];
        assert_eq!(ids("EventLog"), expect(&[&read[..], &further].concat()), "{version}");
        assert_eq!(ids("Orders").len(), 18, "{version}");
    }
}

#[test]
fn sec_40_hidden_and_secret_columns_are_in_no_document() {
    let database = shop::shop();
    let policy = shop::policy(&database);
    for caller in [Caller::Anonymous, Caller::PublicKey, Caller::Administrator] {
        let api = shop::api(&database, &policy, &caller);
        let schemas: Vec<_> = database.tables().iter().filter_map(|table| model_schema(&api, table.id)).collect();
        for document in both(&database, &policy, &caller).into_iter().map(|(_, document)| document).chain(schemas) {
            let text = document.to_string();
            assert!(!text.contains("password_hash"), "a secret shows");
            let hidden = text.contains("internal_note") || text.contains("customer_id");
            assert!(matches!(caller, Caller::Administrator) || !hidden, "a hidden column shows to a stranger");
        }
    }
}

#[test]
fn sec_68_a_document_shows_only_what_the_caller_may_use() {
    let database = shop::shop();
    let policy = shop::policy(&database);
    for (version, document) in both(&database, &policy, &Caller::PublicKey) {
        let tags: BTreeSet<_> =
            operations(&document).into_iter().map(|(_, _, operation)| operation["tags"][0].to_string()).collect();
        assert_eq!(
            tags.into_iter().collect::<Vec<_>>(),
            ["\"EventLog\"", "\"Orders\"", "\"Products\"", "\"authentication\"", "\"batch\"", "\"schema\""],
            "{version}"
        );
        assert!(operation(&document, "listOrders").is_some());
        assert!(operation(&document, "updateByIdOrders").is_some());
        assert!(operation(&document, "createOrders").is_none());
        assert!(operation(&document, "deleteByIdOrders").is_none());
        // SQL is not for strangers.
        assert!(operation(&document, "updateQueryByIdOrders").is_none());
        let definitions = definitions(&document);
        // Products are joined to orders through a table one may not read.
        assert!(definitions["Orders"]["properties"].get("products").is_none());
        assert!(definitions["Orders"]["properties"].get("customer").is_none());
        assert!(!definitions.contains_key("Customers"));
        let optional = operation(&document, "listOrders").unwrap()["security"].as_array().unwrap();
        assert!(optional.contains(&json!({})), "{version}: no credentials are needed");
    }
    let api = shop::api(&database, &policy, &Caller::Anonymous);
    assert_eq!(models(&api)["models"].as_object().unwrap().len(), 3);
    assert!(model_schema(&api, database.by_name("customers").unwrap().id).is_none());
    assert!(model_schema(&api, database.by_name("event_log").unwrap().id).is_none());
}

#[test]
fn what_generated_clients_hold_on_to_stays() {
    let database = shop::shop();
    let [(_, two), (_, three)] = both(&database, &shop::policy(&database), &Caller::Administrator);
    assert_eq!(two["basePath"], "/p/shop/api");
    assert!(two.get("host").is_none() && two.get("schemes").is_none());
    assert_eq!(three["servers"][0]["url"], "/p/shop/api");
    for (id, name) in [
        ("filterOrders", "filter_payload"),
        ("filterQueryOrders", "filter_payload"),
        ("countOrders", "filter_payload"),
        ("deleteByFilterOrders", "filter_payload"),
        ("updateByFilterOrders", "update_filter_payload"),
        ("createOrders", "entity"),
        ("updateByIdOrders", "entity"),
    ] {
        let operation_two = operation(&two, id).unwrap();
        assert_eq!(operation_two["x-codegen-method-name"], id);
        let body = operation_two["parameters"].as_array().unwrap().iter().find(|parameter| parameter["in"] == "body");
        assert_eq!(body.unwrap()["name"], name);
        assert_eq!(operation(&three, id).unwrap()["x-codegen-request-body-name"], name);
    }
    let names = |operation: &Value| -> Vec<String> {
        let all = operation["parameters"].as_array().unwrap();
        all.iter().map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(operation(&two, "filterOrders").unwrap())[..3], ["filter_payload", "page", "pageSize"]);
    assert_eq!(names(operation(&two, "listOrders").unwrap())[..3], ["page", "pageSize", "sort"]);
    assert_eq!(names(operation(&three, "listOrders").unwrap())[..3], ["page", "pageSize", "sort"]);
}
