//! Projects that strangers make themselves, with their databases on each engine: a file, a schema, a database.

use http::Method;
use portcullis_testkit::{Answer, Engine, Site, TestDatabase, cases, conformance};
use serde_json::{Value, json};
use std::process::ExitCode;

const PASSWORD: &str = "correct horse battery";

static CASES: &[conformance::Case] = cases![
    a_stranger_declares_a_schema_and_keeps_rows_in_a_database_of_its_own,
    an_application_of_documents_begins_with_one_call,
];

fn main() -> ExitCode {
    conformance::run(&[("projects_of_strangers", CASES)])
}

/// An instance whose strangers' databases are made where `database` is.
struct World<'d> {
    site: Site,
    database: &'d TestDatabase,
}

impl<'d> World<'d> {
    fn new(database: &'d TestDatabase) -> Self {
        let site = match database.engine() {
            Engine::Sqlite => Site::open(),
            Engine::Postgres | Engine::MariaDb => Site::open_on(database.url()),
        };
        Self { site, database }
    }

    fn call(&self, surface: &str, method: Method, path: &str, header: (&str, &str), body: Value) -> Answer {
        self.site.call(method, &format!("/compat/{surface}{path}"), &[header], &body)
    }

    /// What stands behind a project.
    fn display(&self, project: &str) -> String {
        let connection = self.site.run(self.site.state.control.connection(Some(project), None));
        connection.expect("the project").display
    }
}

impl Drop for World<'_> {
    fn drop(&mut self) {
        // Schemas go with the database; databases of their own do not.
        if self.database.engine() != Engine::MariaDb {
            return;
        }
        let all = self.site.run(self.site.state.control.connections()).unwrap_or_default();
        for name in self.database.texts("SELECT schema_name FROM information_schema.schemata").into_iter().flatten() {
            if name.starts_with("pc_") && all.iter().any(|connection| connection.display.contains(&format!("/{name}")))
            {
                self.database.run(&format!("DROP DATABASE `{name}`"));
            }
        }
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value}")).to_owned()
}

fn a_stranger_declares_a_schema_and_keeps_rows_in_a_database_of_its_own(database: &TestDatabase) {
    let world = World::new(database);
    let body = json!({"email": "dev@studio.example", "password": "a long enough one"});
    let made = world.call("moondb", Method::POST, "/v1/accounts/signup", ("x-none", ""), body).ok(201);
    let account = text(&made, "/data/api_key");
    let project = |name: &str| {
        let header = ("x-api-key", account.as_str());
        world.call("moondb", Method::POST, "/v1/projects", header, json!({ "name": name })).ok(201)["data"].clone()
    };
    let (one, two) = (project("Blog"), project("Blog"));
    let schema = json!({"options": {"soft_delete": true}, "tables": {
        "users": {"auth_table": true, "columns": {"name": "string"}},
        "posts": {"columns": {"title": "string required", "stars": "int default 0", "author": "ref users"},
            "access": {"read": "public", "update": "owner", "delete": "owner"}, "owner_field": "author"},
    }});
    for project in [&one, &two] {
        let (id, key) = (text(project, "/id"), text(project, "/admin_key"));
        let path = format!("/p/{id}/v1/schema");
        let applied = world.call("moondb", Method::PUT, &path, ("x-admin-key", &key), schema.clone()).ok(200);
        assert_eq!(applied["data"]["applied"], true, "{applied}");
    }
    let (id, key) = (text(&one, "/id"), text(&one, "/public_key"));
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    let signed = world.call("moondb", Method::POST, &format!("/p/{id}/auth/signup"), ("x-none", ""), body).ok(201);
    let bearer = format!("Bearer {}", text(&signed, "/data/token"));
    let posts = format!("/p/{id}/api/posts");
    for title in ["first", "second"] {
        world.call("moondb", Method::POST, &posts, ("authorization", &bearer), json!({ "title": title })).ok(201);
    }
    let list = || {
        world
            .call("moondb", Method::GET, &format!("{posts}?sort=title.asc"), ("x-public-key", &key), Value::Null)
            .ok(200)
    };
    let found = list();
    assert_eq!((&found["meta"]["total"], &found["data"][0]["stars"]), (&json!(2), &json!(0)));
    let row = format!("{posts}/{}", text(&found, "/data/0/id"));
    world.call("moondb", Method::DELETE, &row, ("authorization", &bearer), Value::Null).ok(200);
    assert_eq!(list()["data"][0]["title"], "second");
    assert_eq!(list()["meta"]["total"], 1);

    // Each has its own: neither rows nor users of the other.
    let (id, key) = (text(&two, "/id"), text(&two, "/public_key"));
    let path = format!("/p/{id}/api/posts");
    let empty = world.call("moondb", Method::GET, &path, ("x-public-key", &key), Value::Null).ok(200);
    assert_eq!(empty["meta"]["total"], 0);
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let refused = world.call("moondb", Method::POST, &format!("/p/{id}/auth/login"), ("x-none", ""), body);
    assert_eq!(refused.status, 401, "{}", refused.text());
    let engine = match database.engine() {
        Engine::Sqlite => "sqlite:",
        Engine::Postgres => "postgres://",
        Engine::MariaDb => "mysql://",
    };
    assert!(world.display(&id).starts_with(engine), "{}", world.display(&id));
}

fn an_application_of_documents_begins_with_one_call(database: &TestDatabase) {
    let world = World::new(database);
    let path = "/account/init?email=ada%40studio.test&ui=true";
    let made = world.call("staticbackend", Method::GET, path, ("x-none", ""), Value::Null).ok(200);
    let (key, password) = (text(&made, "/pk"), text(&made, "/pw"));
    let body = json!({"email": "ada@studio.test", "password": password});
    let token = world.call("staticbackend", Method::POST, "/login", ("sb-public-key", &key), body).ok(200);
    assert!(token.as_str().is_some_and(|token| token.contains('.')), "{token}");
    let body = json!({"email": "bob@studio.test", "password": PASSWORD});
    world.call("staticbackend", Method::POST, "/register", ("sb-public-key", &key), body.clone()).ok(200);
    let again = world.call("staticbackend", Method::POST, "/register", ("sb-public-key", &key), body);
    assert_eq!(again.status, 500, "{}", again.text());
}
