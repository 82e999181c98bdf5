//! The native surface in-process over one test database: everything exposed, one admin key, one public key.

use crate::TestDatabase;
use axum::{body::Body, extract::ConnectInfo};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use portcullis_base::{BuildId, ConnectionId, ManualClock, ProjectId, Secret, Timestamp};
use portcullis_documents::Documents;
use portcullis_engines::{EngineOptions, IntrospectOptions, connect};
use portcullis_identity::{
    DataPasswords, Identity,
    mails::{Outbox, OutboxOptions},
};
use portcullis_project::{KeyKind, Keys, Opened, Project, Registry, Settings, Stage};
use portcullis_schema::{Database, Serve};
use portcullis_store::{OpenOptions, Store, connections, projects};
use portcullis_web::State;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

// Caches of the process tell one opening from another by it.
static GENERATION: AtomicU64 = AtomicU64::new(1);

/// The key that does everything.
pub const ADMIN_KEY: &str = "sk_test_0123456789abcdef0123456789abcdef";
/// The key that opens only what is public.
pub const PUBLIC_KEY: &str = "pk_test_0123456789abcdef0123456789abcdef";

/// An application over one database. Requests go through the real router.
pub struct TestApp {
    runtime: tokio::runtime::Runtime,
    /// What the router is given.
    pub state: State,
    /// The clock the application reads.
    pub clock: Arc<ManualClock>,
    /// Woken when a statement met a changed structure.
    pub drift: Arc<tokio::sync::Notify>,
    /// The control store.
    pub store: Store,
    project: Arc<Project>,
    _folder: tempfile::TempDir,
}

/// An answer, taken apart.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Vec<u8>,
}

/// A mail in the outbox.
#[derive(Debug, Clone)]
pub struct TestLetter {
    /// The address.
    pub to: String,
    /// What it is about.
    pub kind: String,
    /// What everyone can read.
    pub text: String,
}

impl TestLetter {
    /// The link in it.
    pub fn link(&self) -> &str {
        let at = self.text.find("https://").unwrap_or_else(|| panic!("no link in {}", self.text));
        self.text[at..].split_whitespace().next().unwrap_or_default()
    }

    /// The token of its link.
    pub fn token(&self) -> String {
        let (_, token) = self.link().split_once("token=").unwrap_or_else(|| panic!("no token in {}", self.text));
        token.to_owned()
    }

    /// The twelve letters in it.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn letters(&self) -> String {
        let mut words = self.text.split(|c: char| !c.is_ascii_uppercase());
        words.find(|word| word.len() == 12).unwrap_or_else(|| panic!("no letters in {}", self.text)).to_owned()
    }

    /// The code of six digits in it.
    pub fn code(&self) -> String {
        let mut words = self.text.split(|c: char| !c.is_ascii_digit());
        words.find(|word| word.len() == 6).unwrap_or_else(|| panic!("no code in {}", self.text)).to_owned()
    }
}

impl Answer {
    /// The body as JSON; numbers keep their digits.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Fails the test unless the status is this one; gives the JSON.
    #[track_caller]
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.json()
    }

    /// Fails the test unless this is a problem document with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let body = self.json();
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["message"], body["title"]);
        assert_eq!(body["type"], format!("urn:portcullis:error:{code}"));
        body
    }
}

impl TestApp {
    /// Serves everything in the database with default settings.
    pub fn start(database: &TestDatabase) -> Self {
        Self::with(database, |_| {})
    }

    /// Serves everything in the database; `change` edits the settings first.
    pub fn with(database: &TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        Self::at(database.url(), change)
    }

    /// As [`TestApp::with`], on a node that shows nothing that only a developer should see.
    pub fn in_production(database: &TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        Self::of_stage(Stage::Production, database.url(), change)
    }

    /// Serves everything that this URL leads to; `change` edits the settings first.
    pub fn at(database_url: &str, change: impl FnOnce(&mut Settings)) -> Self {
        Self::of_stage(Stage::Development, database_url, change)
    }

    /// The same as another stage: only in development mails wait without a server for them.
    pub fn of_stage(stage: Stage, database_url: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new(Timestamp(1_800_000_000_000_000)));
        let drift = Arc::new(tokio::sync::Notify::new());
        let (project, store) = runtime.block_on(async {
            let url = Secret::new(database_url.to_owned());
            let engine = connect(&url, &EngineOptions::default()).await.expect("the database opens");
            engine.ping().await.expect("the database answers");
            let options = IntrospectOptions { schemas: schemas(database_url), progress: None };
            let catalog = Arc::new(engine.introspect(&options).await.expect("the schema can be read"));
            let mut settings = Settings::default();
            for table in Database::build(&catalog, settings.naming, &Serve::ALL).tables() {
                settings.tables.entry(table.name.clone()).or_default().expose = true;
            }
            change(&mut settings);
            let hash = |key: &str| portcullis_crypto::sha256(key.as_bytes());
            let opened = Opened {
                id: ProjectId("proj_test".to_owned()),
                slug: "test".to_owned(),
                stage,
                connection: ConnectionId("conn_test".to_owned()),
                build: BuildId("bld_test".to_owned()),
                settings,
                catalog,
                unapproved: BTreeSet::new(),
                keys: Keys::new([(hash(ADMIN_KEY), KeyKind::Admin), (hash(PUBLIC_KEY), KeyKind::Public)]),
                development: stage == Stage::Development,
            };
            let options = OpenOptions {
                dir: folder.path().join("data"),
                master_key: Some(Secret::new("a master key for tests, and for nothing else".to_owned())),
                create: true,
            };
            let store = Store::open(&options).expect("a control store");
            let generation = GENERATION.fetch_add(1, Ordering::Relaxed);
            (Arc::new(Project::open(opened, engine, generation, drift.clone())), store)
        });
        runtime.block_on(keep_connection(&store, database_url));
        let public_url = "https://api.test".to_owned();
        let options = OutboxOptions { public_url: public_url.clone(), ..OutboxOptions::default() };
        let outbound = |private| portcullis_identity::outbound::Outbound::new(private).expect("a client");
        let identity = Identity::new(store.clone(), Outbox::new(store.clone(), options));
        let identity = Arc::new(identity.with_providers(outbound(true), outbound(false)));
        let registry = Arc::new(Registry::default());
        registry.hash_passwords_by(Arc::new(DataPasswords { identity: identity.clone(), clock: clock.clone() }));
        registry.publish([project.clone()]);
        let state = State {
            registry,
            idempotency: store.idempotency(),
            documents: Documents::new(store.clone()),
            denials: Arc::default(),
            identity,
            public_url,
            clock: clock.clone(),
        };
        Self { runtime, state, clock, drift, store, project, _folder: folder }
    }

    /// The mails so far, the oldest first, once all that was put off is done.
    pub fn letters(&self) -> Vec<TestLetter> {
        let identity = &self.state.identity;
        self.runtime.block_on(identity.settled());
        let shown = self.runtime.block_on(identity.outbox.list(&self.project)).expect("the outbox");
        let letter = |one: portcullis_identity::mails::Shown| TestLetter {
            to: one.mail.to,
            kind: one.mail.kind,
            text: one.payload.map(|payload| payload.text).unwrap_or_default(),
        };
        // The test's clock stands still: the order is that in which they were put in.
        let order = self.store.db().read(|tx| tx.fetch_all("SELECT id FROM mails ORDER BY rowid", &[]));
        let order = self.runtime.block_on(order).expect("the outbox");
        let order: Vec<String> = order.iter().map(|row| row.text(0).expect("an id")).collect();
        let mut shown = shown;
        shown.sort_by_key(|one| order.iter().position(|id| *id == one.mail.id));
        shown.into_iter().map(letter).collect()
    }

    /// Sets the value of a secret that the settings name.
    pub fn set_secret(&self, name: &str, value: &str) {
        let sealed = self.store.seal_secret(&self.project.connection, name, &Secret::new(value.to_owned()));
        let now = Timestamp(1_800_000_000_000_000);
        let work = self.store.db().write(move |tx| portcullis_store::secrets::set(tx, &sealed, now));
        self.runtime.block_on(work).expect("a secret");
    }

    /// The opened project.
    pub fn project(&self) -> &Arc<Project> {
        &self.project
    }

    /// Runs something of the product's own.
    pub fn run<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }

    /// Sends requests at once; the answers come in their order.
    pub fn at_once(&self, requests: Vec<Request<Body>>) -> Vec<Answer> {
        self.runtime.block_on(async {
            let running: Vec<_> = requests
                .into_iter()
                .map(|request| {
                    let (state, project) = (self.state.clone(), self.project.clone());
                    tokio::spawn(async move { answer(&state, project, request).await })
                })
                .collect();
            let mut answers = Vec::new();
            for task in running {
                answers.push(task.await.expect("a request that does not panic"));
            }
            answers
        })
    }

    /// A request with a JSON body (none for null) and these headers, no credentials unless they are among them.
    pub fn request(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_null() {
            return request.body(Body::empty()).expect("a request");
        }
        request = request.header("content-type", "application/json");
        request.body(Body::from(body.to_string())).expect("a request")
    }

    /// Calls without credentials.
    pub fn stranger(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.send(self.request(method, path, &[], body))
    }

    /// Calls with a bearer token.
    pub fn bearer(&self, token: &str, method: Method, path: &str, body: &Value) -> Answer {
        let header = format!("Bearer {token}");
        self.send(self.request(method, path, &[("authorization", &header)], body))
    }

    /// The tables served.
    pub fn database(&self) -> &Database {
        &self.project.database
    }

    /// Sends a request as it is.
    pub fn send(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(answer(&self.state, self.project.clone(), request))
    }

    /// Sends a request with the admin key; headers as (name, value).
    pub fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            request = request.header("authorization", format!("Bearer {ADMIN_KEY}"));
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("a request"))
    }

    /// Sends a request with a JSON body and the admin key.
    pub fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.call(method, path, &[("content-type", "application/json")], body.to_string())
    }

    /// GET with the admin key.
    pub fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], Body::empty())
    }

    /// POST of JSON with the admin key.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::POST, path, body)
    }

    /// PUT of JSON with the admin key.
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::PUT, path, body)
    }

    /// DELETE with the admin key.
    pub fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, &[], Body::empty())
    }
}

async fn answer(state: &State, project: Arc<Project>, mut request: Request<Body>) -> Answer {
    let tail = request.uri().path().to_owned();
    // Documentation's own addresses: RFC 5737.
    if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 40_000))));
    }
    let answer = portcullis_api::handle(state, project, "/p/test", &tail, request).await;
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
    Answer { status: parts.status, headers: parts.headers, bytes }
}

/// The records that what we keep of users hangs on.
async fn keep_connection(store: &Store, url: &str) {
    let (project, id) = (ProjectId("proj_test".to_owned()), ConnectionId("conn_test".to_owned()));
    let now = Timestamp(1_800_000_000_000_000);
    let connection = connections::Connection {
        url: store.seal_url(&id, &Secret::new(url.to_owned())),
        id,
        project: project.clone(),
        slug: "test".to_owned(),
        stage: "development".to_owned(),
        engine: "test".to_owned(),
        display: "test".to_owned(),
        identity: [0; 32],
        version: 1,
        settings_revision: 1,
        catalog: None,
        build: None,
        created_at: now,
        synced_at: None,
    };
    let work = move |tx: &portcullis_store::Tx<'_>| {
        projects::insert(tx, &projects::Project { id: project, slug: "test".to_owned(), created_at: now })?;
        connections::insert(tx, &connection)
    };
    store.db().write(work).await.expect("the test's records");
}

/// `?schema=a,b` of a PostgreSQL URL.
fn schemas(url: &str) -> Vec<String> {
    let parsed = portcullis_engines::DatabaseUrl::parse(url);
    match parsed {
        Ok(portcullis_engines::DatabaseUrl::Postgres(target)) => target.schemas,
        _ => Vec::new(),
    }
}
