//! A node inside another program: its options, hooks and own routes, through the router it serves.

use portcullis::{
    Answer, App, AppBuilder, HookError,
    axum::{
        body::{Body, to_bytes},
        extract::ConnectInfo,
        http::{Method, Request},
        routing::get,
    },
};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tempfile::TempDir;

const TABLES: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
     password_hash TEXT NOT NULL, first_name TEXT, created_at TEXT); \
     CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL); INSERT INTO notes VALUES (1, 'first')";
const PASSWORD: &str = "a long and quiet evening";

/// A database with users and notes, and the options of an app over it.
fn place() -> (TempDir, AppBuilder) {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("notes.db");
    rusqlite::Connection::open(&file).unwrap().execute_batch(TABLES).unwrap();
    let app = builder(&dir);
    (dir, app)
}

fn builder(dir: &TempDir) -> AppBuilder {
    let url = format!("sqlite:{}", dir.path().join("notes.db").display());
    App::builder().data_dir(dir.path().join("data")).database(url).project("notes")
}

async fn send(app: &App, method: Method, path: &str, token: Option<&str>, body: Value) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut request = request.body(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) }).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 40_000))));
    let answer = app.call(request).await;
    let status = answer.status().as_u16();
    let bytes = to_bytes(answer.into_body(), 1_000_000).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::String(text)))
}

async fn post(app: &App, path: &str, body: Value) -> (u16, Value) {
    send(app, Method::POST, path, None, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_stand_before_and_after_an_operation_whatever_its_spelling() {
    let (_dir, app) = place();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let own = seen.clone();
    let app = app
        .on_before("/api/auth/register", |event| async move {
            if event.json::<Value>()?["email"].as_str().is_none_or(|email| !email.ends_with("@house.example")) {
                return Err(HookError::new("not of the house").status(403).code("not_of_the_house"));
            }
            event.next().await
        })
        .on_after("/api/auth/*", move |event| {
            let own = own.clone();
            async move {
                let peer = event.peer.map(|peer| peer.to_string());
                own.lock().unwrap().push((event.operation.clone(), event.answer.status().as_u16(), peer));
                event.next().await
            }
        })
        .on_after_success("/api/auth/login", |mut event| async move {
            let mut body = event.answer.value().await?;
            body["welcome"] = json!("back");
            event.answer.set_json(&body)?;
            event.next().await
        })
        .build()
        .await
        .unwrap();
    let account = |email: &str| json!({"email": email, "password": PASSWORD});
    for path in ["/p/notes/auth/signup", "/p/notes/api/auth/register", "/p/notes/auth/sign%75p"] {
        let (status, body) = post(&app, path, account("eve@else.example")).await;
        assert_eq!(
            (status, &body["code"], &body["title"]),
            (403, &json!("not_of_the_house"), &json!("not of the house"))
        );
    }
    assert_eq!(post(&app, "/p/notes/auth/signup", account("ada@house.example")).await.0, 201);
    let (status, body) = post(&app, "/p/notes/auth/token", account("ada@house.example")).await;
    assert_eq!((status, &body["welcome"]), (200, &json!("back")));
    let wrong = json!({"email": "ada@house.example", "password": "wrong"});
    let (status, body) = post(&app, "/p/notes/auth/login", wrong).await;
    assert_eq!((status, &body["welcome"]), (401, &Value::Null));
    let peer = || Some("192.0.2.1".to_owned());
    let all = |name: &str, status| (format!("/api/auth/{name}"), status, peer());
    let register = || all("register", 403);
    let wanted = [register(), register(), register(), all("register", 201), all("login", 200), all("login", 401)];
    assert_eq!(*seen.lock().unwrap(), wanted);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_7_a_request_over_the_limit_reaches_no_hook() {
    let (_dir, app) = place();
    let ran = Arc::new(AtomicUsize::new(0));
    let own = ran.clone();
    let app = app
        .settings(|settings| settings.auth.rate_limits.requests = "3/1m/ip".to_owned())
        .on_before("/api/auth/login", move |event| {
            own.fetch_add(1, Ordering::Relaxed);
            event.next()
        })
        .build()
        .await
        .unwrap();
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let body = json!({"email": "ada@house.example", "password": "wrong"});
        statuses.push(post(&app, "/p/notes/auth/login", body).await.0);
    }
    assert_eq!((statuses.as_slice(), ran.load(Ordering::Relaxed)), ([401, 401, 401, 429, 429].as_slice(), 3));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_of_data_routes_know_the_table_and_the_user_and_may_replace_the_body() {
    let (_dir, app) = place();
    let app = app
        .on_before("/api/notes", |mut event| async move {
            let Some(user) = event.user.clone() else { return Err(HookError::new("who are you?").status(401)) };
            if event.method == Method::POST {
                event.set_json(&json!({"text": format!("written by {}", user.email)}))?;
            }
            event.next().await
        })
        .build()
        .await
        .unwrap();
    let account = json!({"email": "ada@house.example", "password": PASSWORD});
    let (_, signed_in) = post(&app, "/p/notes/auth/signup", account).await;
    let token = signed_in["token"].as_str();
    for path in ["/p/notes/notes", "/p/notes/api/Note", "/p/notes/NOTES"] {
        let (status, row) = send(&app, Method::POST, path, token, json!({"text": "x"})).await;
        assert_eq!((status, &row["text"]), (201, &json!("written by ada@house.example")), "{path}");
    }
    // A key is no user; and who may not use the table is refused before any hook.
    let key = app.keys().unwrap().admin.expose().clone();
    let (status, body) = send(&app, Method::GET, "/p/notes/notes", Some(&key), Value::Null).await;
    assert_eq!((status, &body["title"]), (401, &json!("who are you?")));
    let (status, body) = send(&app, Method::GET, "/p/notes/notes", None, Value::Null).await;
    assert_eq!((status, &body["code"]), (401, &json!("unauthenticated")));
    // Another path of the table has no hook here.
    assert_eq!(send(&app, Method::GET, "/p/notes/notes/1", Some(&key), Value::Null).await.1["text"], "first");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_reaches_the_rows_through_the_node_and_meets_no_hook_there() {
    let (_dir, app) = place();
    let key = Arc::new(Mutex::new(String::new()));
    let own = key.clone();
    let app = app
        .on_before("*", |_| async { Err(HookError::new("closed")) })
        .on_after("/api/notes", move |mut event| {
            let request = Request::get("/p/notes/notes/1").header("x-admin-key", own.lock().unwrap().as_str());
            async move {
                let answer = event.app().request(request.body(Body::empty())?).await;
                let row: Value = serde_json::from_slice(&to_bytes(answer.into_body(), 10_000).await?)?;
                event.answer = Answer::json(200, &row)?;
                event.next().await
            }
        })
        .build()
        .await
        .unwrap();
    let admin = app.keys().unwrap().admin.expose().clone();
    admin.clone_into(&mut key.lock().unwrap());
    let (status, row) = send(&app, Method::GET, "/p/notes/notes", Some(&admin), Value::Null).await;
    assert_eq!((status, row), (200, json!({"id": 1, "text": "first"})));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn options_hold_at_every_start_and_what_is_there_stays() {
    let (dir, app) = place();
    let options = |app: AppBuilder| {
        app.jwt_secret("a secret of thirty-two bytes or more, as HS256 wants")
            .default_admin("root@house.example", PASSWORD)
            .settings(|settings| settings.auth.self_signup = false)
    };
    let first = options(app).build().await.unwrap();
    assert!(first.keys().is_some() && first.setup_link().is_some_and(|link| link.contains("/console/setup?token=")));
    let account = json!({"email": "root@house.example", "password": PASSWORD});
    let (status, body) = post(&first, "/p/notes/auth/login", account.clone()).await;
    assert_eq!((status, &body["roles"]), (200, &json!(["administrator"])), "{body}");
    let token = body["token"].as_str().unwrap().to_owned();
    let stranger = json!({"email": "eve@else.example", "password": PASSWORD});
    assert_eq!(post(&first, "/p/notes/auth/signup", stranger).await.0, 403);
    first.stop().await;
    // Another password of the options changes nobody's.
    let app = options(builder(&dir)).default_admin("root@house.example", "another password, and a long one");
    let second = app.build().await.unwrap();
    assert!(second.keys().is_none());
    assert_eq!(post(&second, "/p/notes/auth/login", account).await.0, 200);
    let (status, me) = send(&second, Method::GET, "/p/notes/auth/me", Some(&token), Value::Null).await;
    assert_eq!((status, &me["email"]), (200, &json!("root@house.example")), "the same secret signs");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_said_when_the_app_is_built() {
    let dir = TempDir::new().unwrap();
    let builder = || App::builder().data_dir(dir.path().join("data"));
    let error = builder().jwt_secret("short").build().await.unwrap_err();
    assert!(error.to_string().contains(".database("), "{error}");
    let (_place, app) = place();
    let error = app.jwt_secret("short").build().await.unwrap_err();
    assert!(error.to_string().contains("jwt_secret"), "{error}");
    let (_place, app) = place();
    let error = app.surface("solobas").build().await.unwrap_err();
    assert!(error.to_string().contains("no surface `solobas`"), "{error}");
    let error = builder().listen("nonsense").build().await.unwrap_err();
    assert!(error.to_string().contains("nonsense"), "{error}");
    let app = builder().build().await.unwrap();
    let error = app.start().await.unwrap_err();
    assert!(error.to_string().contains(".listen("), "{error}");
    let error = builder().on_serve(|_| async { Err(HookError::new("not now")) }).build().await.unwrap_err();
    assert!(error.to_string().contains("not now"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn own_routes_stand_beside_ours_and_requests_in_flight_end_before_a_stop() {
    let (_dir, app) = place();
    let (begun, mut begins) = tokio::sync::mpsc::channel::<()>(1);
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let released = Arc::new(tokio::sync::Mutex::new(Some(released)));
    let slow = get(move || {
        let (begun, released) = (begun.clone(), released.clone());
        async move {
            let _ = begun.send(()).await;
            if let Some(released) = released.lock().await.take() {
                let _ = released.await;
            }
            "done"
        }
    });
    let app = app
        .listen("127.0.0.1:0")
        .on_serve(|serve| async move { Ok(serve.router.route("/slow", slow)) })
        .on_serve(|serve| async move { Ok(serve.router.route("/hello", get(|| async { "hello" }))) })
        .build()
        .await
        .unwrap();
    assert_eq!(send(&app, Method::GET, "/hello", None, Value::Null).await, (200, json!("hello")));
    assert_eq!(send(&app, Method::GET, "/healthz", None, Value::Null).await, (200, json!("ok\n")));
    let address = app.address().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(app.start_until(async {
        let _ = stopped.await;
    }));
    let request = tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let mut socket = std::net::TcpStream::connect(address).unwrap();
        socket.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    });
    begins.recv().await.unwrap();
    stop.send(()).unwrap();
    release.send(()).unwrap();
    let answer = request.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    serving.await.unwrap().unwrap();
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_7_hooks_of_the_solobase_surface_run_after_its_limits_and_refuse_in_its_envelope() {
    let (_dir, app) = place();
    let ran = Arc::new(AtomicUsize::new(0));
    let own = ran.clone();
    let app = app
        .surface("solobase")
        .default_admin("root@house.example", PASSWORD)
        .on_before("/api/auth/login", move |event| {
            own.fetch_add(1, Ordering::Relaxed);
            async move {
                match event.json::<Value>()?["email"].as_str() {
                    Some("eve@else.example") => Err(HookError::new("Not today")),
                    Some("mallory@else.example") => {
                        Err(HookError::new("Pay first").status(402).code("PAYMENT_REQUIRED"))
                    }
                    _ => event.next().await,
                }
            }
        })
        .on_after("/api/auth/me", |mut event| async move {
            let mut body = event.answer.value().await?;
            body["seen"] = json!([event.surface, event.path, event.user.as_ref().map(|user| user.email.clone())]);
            event.answer.set_json(&body)?;
            event.next().await
        })
        .on_before("/api/database/tables/*", |_| async { Answer::json(200, &json!("the hook's own")) })
        .build()
        .await
        .unwrap();
    let login = "/compat/solobase/notes/api/auth/login";
    let refused = |code: &str, message: &str| json!({"success": false, "error": {"code": code, "message": message}});
    let body = |email: &str| json!({"email": email, "password": PASSWORD});
    let answer = post(&app, login, body("eve@else.example")).await;
    assert_eq!(answer, (400, refused("HOOK_REJECTED", "Not today")));
    let answer = post(&app, login, body("mallory@else.example")).await;
    assert_eq!(answer, (402, refused("PAYMENT_REQUIRED", "Pay first")));
    let (status, signed_in) = post(&app, login, body("root@house.example")).await;
    assert_eq!((status, &signed_in["data"]["user"]["role"]), (200, &json!("admin")));
    for wanted in [401, 401, 429, 429] {
        assert_eq!(post(&app, login, json!({"email": "root@house.example", "password": "wrong"})).await.0, wanted);
    }
    assert_eq!(ran.load(Ordering::Relaxed), 5, "no hook runs for what is over the limit");
    let token = signed_in["data"]["token"].as_str();
    let me = "/compat/solobase/notes/api/auth/me";
    let (status, answer) = send(&app, Method::GET, me, token, Value::Null).await;
    assert_eq!((status, &answer["seen"]), (200, &json!(["solobase", "/api/auth/me", "root@house.example"])));
    let rows = "/compat/solobase/notes/api/database/tables/notes/records";
    assert_eq!(send(&app, Method::GET, rows, token, Value::Null).await, (200, json!("the hook's own")));
    assert_eq!(send(&app, Method::GET, rows, None, Value::Null).await.0, 401, "no hook for nobody");
    app.stop().await;
}
