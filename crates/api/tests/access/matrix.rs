//! The matrix: whoever calls, whatever the table, by every endpoint.

use crate::site::{CHIEF, HOMELESS, KEY, MATRIX, NARROW, NOBODY, PEOPLE, Person, READER, ROWS, TABLES, WRITER, call};
use portcullis_query::access::{AccessLevel, Action};
use portcullis_testkit::{
    conformance::{Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "access_matrix",
    fixture: &MATRIX,
    cases: served![
        sec_44_every_caller_table_and_endpoint_is_decided_as_the_settings_say,
        sec_40_hidden_columns_are_unknown_on_every_path,
        sec_34_public_routes_are_matched_literally,
    ],
};

/// Method, path below the table, body, what it is.
fn endpoints() -> Vec<(&'static str, &'static str, Value, Action)> {
    let all = json!({"expressions": [{"field": "id", "operator": "lt", "value": 100}]});
    let change = json!({"expressions": [{"field": "id", "operator": "lt", "value": 100}], "updateData": {"name": "x"}});
    vec![
        ("GET", "", Value::Null, Action::Read),
        ("HEAD", "", Value::Null, Action::Read),
        ("GET", "/count", Value::Null, Action::Read),
        ("GET", "/schema", Value::Null, Action::Read),
        ("POST", "/count", all.clone(), Action::Read),
        ("POST", "/filter", all.clone(), Action::Read),
        ("POST", "/filter/query", all.clone(), Action::Read),
        ("POST", "/query", json!({"name": "x"}), Action::Create),
        ("PUT", "/filter?preview=true", change.clone(), Action::Update),
        ("PATCH", "/filter?preview=true", change, Action::Update),
        ("DELETE", "/filter?preview=true", all, Action::Delete),
    ]
}

/// What the settings mean, in a few lines of its own.
fn allowed(person: Person, level: AccessLevel, table: &str, action: Action) -> bool {
    if person == KEY {
        return true;
    }
    // Every table here belongs to tenants: strangers and those without one come to none, however public it is.
    if person.id == 0 || person == HOMELESS {
        return false;
    }
    if person == CHIEF {
        return true;
    }
    let permission = match person.role {
        "reader" => action == Action::Read,
        "writer" => true,
        "narrow" => table == "signed",
        _ => false,
    };
    match level {
        AccessLevel::Public => true,
        AccessLevel::Authenticated | AccessLevel::Owner | AccessLevel::Role => permission,
        AccessLevel::Admin => false,
    }
}

/// The rows somebody comes to.
fn rows(person: Person, level: AccessLevel, table: &str) -> Vec<i64> {
    ROWS.into_iter()
        .filter(|(id, tenant, owner)| {
            let ours = person == KEY || *tenant == person.tenant;
            let own = level != AccessLevel::Owner || person == CHIEF || person == KEY || *owner == person.id;
            // The condition of the role `narrow`.
            let shown = person != NARROW || table != "signed" || *id == 1;
            ours && own && shown
        })
        .map(|(id, ..)| id)
        .collect()
}

fn refusal(person: Person) -> (u16, &'static str) {
    if person.id == 0 { (401, "unauthenticated") } else { (403, "forbidden") }
}

fn ids(body: &Value) -> Vec<i64> {
    body.as_array().expect("rows").iter().map(|row| row["id"].as_i64().expect("an id")).collect()
}

fn sec_44_every_caller_table_and_endpoint_is_decided_as_the_settings_say(app: &Served) {
    let mut asked = 0;
    for person in PEOPLE {
        for (table, level) in TABLES {
            for (method, path, body, action) in endpoints() {
                // Paths of public routes have a case of their own.
                if table == "closed" && path.is_empty() {
                    continue;
                }
                let place = format!("{} {method} /{table}{path}", person.name);
                let answer = call(app, person, method, &format!("/{table}{path}"), &body);
                asked += 1;
                let may = allowed(person, level, table, action);
                if !may {
                    let (status, code) = refusal(person);
                    assert_eq!(answer.status.as_u16(), status, "{place}: {}", answer.text());
                    if method != "HEAD" && person != HOMELESS {
                        assert_eq!(answer.json()["code"], code, "{place}");
                    }
                    continue;
                }
                assert_eq!(answer.status.as_u16(), 200, "{place}: {}", answer.text());
                let expected = rows(person, level, table);
                match (method, path) {
                    ("HEAD", _) | (_, "/schema" | "/query") => {}
                    (_, "/count") => assert_eq!(answer.json()["count"], expected.len(), "{place}: {}", answer.text()),
                    (_, path) if path.ends_with("preview=true") => {
                        let body = answer.json();
                        assert_eq!(body["count"], expected.len(), "{place}");
                        assert_eq!(ids(&body["sample"]), expected, "{place}");
                    }
                    _ => assert_eq!(ids(&answer.json()["data"]), expected, "{place}: {}", answer.text()),
                }
            }
            for (id, ..) in ROWS {
                let place = format!("{} /{table}/{id}", person.name);
                let same = json!({"name": format!("row {id}")});
                for (method, body, action) in [
                    ("GET", Value::Null, Action::Read),
                    ("HEAD", Value::Null, Action::Read),
                    ("PUT", same.clone(), Action::Update),
                    ("PATCH", same.clone(), Action::Update),
                ] {
                    let answer = call(app, person, method, &format!("/{table}/{id}"), &body);
                    asked += 1;
                    let expected = match allowed(person, level, table, action) {
                        false => refusal(person).0,
                        true if rows(person, level, table).contains(&id) => 200,
                        true => 404,
                    };
                    assert_eq!(answer.status.as_u16(), expected, "{method} {place}: {}", answer.text());
                }
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
}

fn sec_40_hidden_columns_are_unknown_on_every_path(app: &Served) {
    for person in [READER, WRITER, CHIEF] {
        for body in [
            json!({"expressions": [{"field": "hidden", "operator": "eq", "value": "h"}]}),
            json!({"sort": [{"field": "hidden", "direction": "asc"}]}),
            json!({"projections": ["hidden"]}),
            json!({"aggregations": {"functions": [{"type": "COUNT"}], "group_by": ["hidden"]}}),
            json!({"aggregations": {"functions": [{"type": "MAX", "field": "hidden"}]}}),
        ] {
            call(app, person, "POST", "/publics/filter", &body).refused(400, "unknown_column");
        }
        let row = call(app, person, "GET", "/publics/1", &Value::Null).ok(200);
        assert!(row.get("hidden").is_none() && row["fixed"] == "f", "{row}");
        call(app, person, "PUT", "/publics/1", &json!({"hidden": "x"})).refused(400, "unknown_column");
        call(app, person, "PUT", "/publics/1", &json!({"fixed": "x"})).refused(400, "not_writable");
    }
    // The fields of a role are all there is for its holders.
    let row = call(app, NARROW, "GET", "/signed/1", &Value::Null).ok(200);
    assert_eq!(row, json!({"id": 1, "name": "row 1"}));
    let by_fixed = json!({"expressions": [{"field": "fixed", "operator": "eq", "value": "f"}]});
    call(app, NARROW, "POST", "/signed/filter", &by_fixed).refused(400, "unknown_column");
    assert_eq!(call(app, KEY, "GET", "/publics/1", &Value::Null).ok(200)["hidden"], "h");
}

fn sec_34_public_routes_are_matched_literally(app: &Served) {
    use crate::site::{PUBLIC, STRANGER};
    for person in [STRANGER, PUBLIC, NOBODY, HOMELESS, READER] {
        for path in ["/countries", "/api/countries", "/countries?page=1"] {
            call(app, person, "GET", path, &Value::Null).ok(200);
        }
    }
    let mut others: Vec<String> =
        ["/countries/1", "/Countries", "/countries/count", "/country"].map(str::to_owned).to_vec();
    others.extend(
        ["//countries", "/countries//", "/x/../countries", "/countries;x", "/%63ountries%2f"].map(str::to_owned),
    );
    for path in others {
        let status = call(app, STRANGER, "GET", &path, &Value::Null).status.as_u16();
        assert!(status == 401 || status == 404, "{path}: {status}");
    }
    call(app, NOBODY, "GET", "/countries/1", &Value::Null).refused(403, "forbidden");
    // A public route opens no tenant's rows to strangers, and needs no permission of a member.
    call(app, STRANGER, "GET", "/closed", &Value::Null).refused(401, "unauthenticated");
    call(app, HOMELESS, "GET", "/closed", &Value::Null).refused(403, "no_tenant");
    assert_eq!(ids(&call(app, NOBODY, "GET", "/closed", &Value::Null).ok(200)["data"]), [1, 2, 5]);
    // Credentials that do not hold are none there.
    let headers = [("authorization", "Bearer a.b.c")];
    app.call(http::Method::GET, "/countries", &headers, "").ok(200);
    app.call(http::Method::GET, "/countries/1", &headers, "").refused(401, "unauthenticated");
    assert_eq!(WRITER.tenant, Some(1));
}
