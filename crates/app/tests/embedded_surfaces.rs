//! An embedding program's hooks at every surface: one operation is one name, whoever's client calls it.

use portcullis::{
    App, HookError,
    axum::{
        body::{Body, to_bytes},
        extract::ConnectInfo,
        http::{Method, Request, header},
    },
};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

const PASSWORD: &str = "a long and quiet evening";

/// What a hook saw: surface, operation, status, whether a user was known.
type Seen = Arc<Mutex<Vec<(String, String, u16, bool)>>>;

struct House {
    app: App,
    /// MoonDB's project, StaticBackend's key.
    id: String,
    key: String,
    seen: Seen,
    _dir: TempDir,
}

impl House {
    async fn new() -> Self {
        Self::with("600/1m/ip").await
    }

    async fn with(requests: &'static str) -> Self {
        let dir = TempDir::new().unwrap();
        let place = dir.path().join("notes.db");
        let url = format!("sqlite:{}", place.display());
        rusqlite::Connection::open(&place)
            .unwrap()
            .execute_batch(
                "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
                 password_hash TEXT NOT NULL, first_name TEXT, last_name TEXT, created_at TEXT);
                 CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);",
            )
            .unwrap();
        let seen = Seen::default();
        let own = seen.clone();
        let app = App::builder()
            .data_dir(dir.path().join("data"))
            .database(&url)
            .project("notes")
            .settings(|settings| {
                settings.documents.enabled = true;
                requests.clone_into(&mut settings.auth.rate_limits.requests);
                settings.auth.password_blocklist = Some(false);
            })
            .default_admin("root@house.example", PASSWORD)
            .surface("solobase")
            .surface("moondb")
            .surface("baasix")
            .surface("staticbackend")
            .on_before("/api/auth/register", |mut event| async move {
                let mut account: Value = event.json()?;
                match account["email"].as_str().and_then(|email| email.split_once('@')) {
                    Some((_, "house.example")) => event.next().await,
                    // A hook may put another body in its place.
                    Some((name, "old-house.example")) => {
                        account["email"] = json!(format!("{name}@house.example"));
                        event.set_json(&account)?;
                        event.next().await
                    }
                    _ => Err(HookError::new("only people of the house").status(403).code("not_of_the_house")),
                }
            })
            .on_after("*", move |event| {
                let own = own.clone();
                async move {
                    let status = event.answer.status().as_u16();
                    let known = event.user.is_some();
                    own.lock().unwrap().push((event.surface.to_owned(), event.operation.clone(), status, known));
                    event.next().await
                }
            })
            .build()
            .await
            .unwrap();
        let control = app.handle().control().clone();
        let connection = control.connection(Some("notes"), None).await.unwrap();
        let key = control.public_key(&connection).await.unwrap();
        let id = connection.project.0.clone();
        // The key is in force once the node has taken it in.
        let node = Self { app, id, key, seen, _dir: dir };
        node.app.handle().refresh().await.unwrap();
        node
    }

    async fn call(&self, method: Method, path: &str, token: Option<&str>, body: &Value) -> (u16, Value) {
        let path = path.replace("{id}", &self.id);
        let mut request = Request::builder().method(method).uri(path).header("sb-public-key", &self.key);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let mut request = request.header(header::CONTENT_TYPE, "application/json").body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4_000))));
        let answer = self.app.call(request).await;
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), 1_000_000).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn take(&self) -> Vec<(String, String, u16, bool)> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

/// Surface, its signup, its login, who one is, a list of rows or documents, and where the token stands.
const WAYS: [(&str, &str, &str, &str, &str, &str); 5] = [
    ("native", "/p/notes/auth/signup", "/p/notes/auth/login", "/p/notes/auth/me", "/p/notes/notes", "/token"),
    (
        "solobase",
        "/compat/solobase/notes/api/auth/register",
        "/compat/solobase/notes/api/auth/login",
        "/compat/solobase/notes/api/auth/me",
        "/compat/solobase/notes/api/database/tables/notes/records",
        "/data/token",
    ),
    (
        "moondb",
        "/compat/moondb/p/{id}/auth/signup",
        "/compat/moondb/p/{id}/auth/login",
        "/compat/moondb/p/{id}/auth/me",
        "/compat/moondb/p/{id}/api/NOTES",
        "/data/token",
    ),
    (
        "baasix",
        "/compat/baasix/notes/auth/register",
        "/compat/baasix/notes/auth/login",
        "/compat/baasix/notes/auth/me",
        "/compat/baasix/notes/items/Note",
        "/token",
    ),
    (
        "staticbackend",
        "/compat/staticbackend/register",
        "/compat/staticbackend/login",
        "/compat/staticbackend/me",
        "/compat/staticbackend/db/tasks",
        "",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_before_an_operation_holds_for_the_clients_of_every_product() {
    let house = House::new().await;
    for (surface, signup, login, me, rows, token) in WAYS {
        let account = |email: &str| match surface {
            "solobase" => json!({"email": email, "password": PASSWORD, "password_confirmation": PASSWORD, "name": "A"}),
            "baasix" => json!({"email": email, "password": PASSWORD, "firstName": "A"}),
            _ => json!({"email": email, "password": PASSWORD}),
        };
        let (status, refusal) = house.call(Method::POST, signup, None, &account("eve@else.example")).await;
        assert_eq!(status, 403, "{surface}: {refusal}");
        assert!(refusal.to_string().to_lowercase().contains("only people of the house"), "{surface}: {refusal}");
        let email = format!("{surface}@house.example");
        let old = account(&format!("{surface}@old-house.example"));
        let (status, made) = house.call(Method::POST, signup, None, &old).await;
        assert!((200..300).contains(&status), "{surface}: {status} {made}");
        let (status, found) =
            house.call(Method::POST, login, None, &json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(status, 200, "{surface}: {found}");
        let token = found.pointer(token).and_then(Value::as_str).unwrap().to_owned();
        let (status, _) = house.call(Method::GET, me, Some(&token), &Value::Null).await;
        let (rows_status, _) = house.call(Method::GET, rows, Some(&token), &Value::Null).await;
        let auth = |name: &str, status: u16, known| (surface.to_owned(), format!("/api/auth/{name}"), status, known);
        let of_rows = match surface {
            "staticbackend" => "/api/v1/collections/tasks",
            "solobase" => "/api/database/tables/notes/records",
            _ => "/api/notes",
        };
        let wanted = vec![
            auth("register", 403, false),
            auth("register", if matches!(surface, "baasix" | "staticbackend") { 200 } else { 201 }, false),
            auth("login", 200, false),
            auth("me", status, true),
            (surface.to_owned(), of_rows.to_owned(), rows_status, true),
        ];
        assert_eq!(house.take(), wanted, "{surface}");
    }
    house.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_7_a_request_over_the_limit_of_a_surface_reaches_no_hook() {
    let house = House::with("3/1m/ip").await;
    let wrong = json!({"email": "root@house.example", "password": "wrong"});
    let paths = ["/compat/moondb/p/{id}/auth/login", "/compat/staticbackend/login"];
    let mut statuses = Vec::new();
    for path in [paths[0], paths[0], paths[1], paths[1], paths[0]] {
        statuses.push(house.call(Method::POST, path, None, &wrong).await.0);
    }
    // They share the project's limit.
    assert_eq!((statuses.as_slice(), house.take().len()), ([401, 401, 401, 429, 429].as_slice(), 3));
    house.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_one_operation_natively_and_at_the_surface() {
    let house = House::new().await;
    let account = json!({"email": "ada@house.example", "password": PASSWORD});
    let (_, made) = house.call(Method::POST, "/p/notes/auth/signup", None, &account).await;
    let token = made["token"].as_str().unwrap().to_owned();
    house.take();
    let path = "/p/notes/v1/collections/tasks";
    let (status, _) = house.call(Method::POST, path, Some(&token), &json!({"name": "one"})).await;
    assert_eq!(status, 201);
    let (status, found) = house.call(Method::POST, &format!("{path}/query"), Some(&token), &json!({"where": []})).await;
    assert_eq!((status, &found["total"]), (200, &json!(1)), "{found}");
    let one = |operation: &str, status| ("native".to_owned(), operation.to_owned(), status, true);
    let wanted = vec![one("/api/v1/collections/tasks", 201), one("/api/v1/collections/tasks/query", 200)];
    assert_eq!(house.take(), wanted);
    house.app.stop().await;
}
