//! A whole instance in-process: control store, projects made as operators make them, every surface. Requests go the way
//! they go on a node, so that a test sees what a client would.

use crate::{Answer, TestLetter};
use axum::{body::Body, extract::ConnectInfo};
use http::{Method, Request};
use http_body_util::BodyExt;
use portcullis_base::{ManualClock, Secret, Timestamp};
use portcullis_compat::{Enabled, Enabling, Own, State};
use portcullis_control::{
    Control, FreshKeys, NewStage, Opener, RegistrationServer, Target, connect, introspect, operators::Operators,
    propose,
};
use portcullis_identity::{
    COMMAND, Client, Identity,
    mails::{Outbox, OutboxOptions},
    outbound::Outbound,
};
use portcullis_project::{Project, Registry, Settings, Stage, settings::TableSettings};
use portcullis_schema::{Database, Serve};
use portcullis_store::{OpenOptions, Store};
use serde_json::{Map, Value};
use std::{net::SocketAddr, sync::Arc};

/// Where the instance says it is reached.
pub const PUBLIC_URL: &str = "https://api.test";

/// An instance of a test's own.
pub struct Site {
    runtime: tokio::runtime::Runtime,
    /// What compatibility surfaces are given.
    pub state: Arc<State>,
    /// The clock everything reads.
    pub clock: Arc<ManualClock>,
    /// The control store.
    pub store: Store,
    _folder: tempfile::TempDir,
}

impl Site {
    /// An instance without projects.
    pub fn new() -> Self {
        Self::with(false, None)
    }

    /// An instance where strangers may make themselves projects.
    pub fn open() -> Self {
        Self::with(true, None)
    }

    /// The same where the databases of such projects are made on a server.
    ///
    /// # Panics
    ///
    /// The URL is that of no server.
    pub fn open_on(server: &str) -> Self {
        let server = RegistrationServer::parse(&Secret::new(server.to_owned()));
        Self::with(true, Some(server.expect("a server's URL")))
    }

    fn with(open_registration: bool, registration_server: Option<RegistrationServer>) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new(Timestamp(1_800_000_000_000_000)));
        let options = OpenOptions {
            dir: folder.path().join("data"),
            master_key: Some(Secret::new("a master key for tests, and for nothing else".to_owned())),
            create: true,
        };
        let _entered = runtime.enter();
        let store = Store::open(&options).expect("a control store");
        let letters = OutboxOptions { public_url: PUBLIC_URL.to_owned(), ..OutboxOptions::default() };
        let outbound = |private| Outbound::new(private).expect("a client");
        let identity = Identity::new(store.clone(), Outbox::new(store.clone(), letters));
        let identity = identity.with_issuers(outbound(false), clock.clone());
        let identity = Arc::new(identity.with_providers(outbound(true), outbound(false)));
        let registry: Arc<Registry> = Arc::default();
        let control = Control::new(store.clone(), clock.clone());
        let opener = Arc::new(Opener::new(control.clone(), registry.clone(), true));
        let web = portcullis_web::State {
            registry,
            idempotency: store.idempotency(),
            documents: portcullis_documents::Documents::new(store.clone()),
            denials: Arc::default(),
            identity,
            public_url: PUBLIC_URL.to_owned(),
            clock: clock.clone(),
        };
        let enabled: Arc<Enabled> = Arc::default();
        let operators = Operators::new(store.clone(), clock.clone());
        let state = Arc::new(State {
            web,
            control,
            operators,
            opener,
            enabled,
            open_registration,
            registration_server,
            own: Own::default(),
        });
        drop(_entered);
        Self { runtime, state, clock, store, _folder: folder }
    }

    /// Runs something of the product's own.
    pub fn run<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }

    /// Makes a project in its development stage over a database: every table exposed; `change` edits the settings first.
    ///
    /// # Panics
    ///
    /// Where the settings do not fit the database.
    pub fn project(&self, slug: &str, database_url: &str, change: impl FnOnce(&mut Settings)) -> FreshKeys {
        let created = self.run(async {
            let target = Target::parse(&Secret::new(database_url.to_owned())).expect("a database URL");
            let engine = connect(&target).await.expect("the database opens");
            let catalog = introspect(&target, &*engine, None).await.expect("the schema can be read");
            let mut settings = propose(&catalog, true);
            change(&mut settings);
            for table in Database::build(&catalog, settings.naming, &Serve::ALL).tables() {
                let exposed = TableSettings { expose: true, ..TableSettings::default() };
                settings.tables.entry(table.name.clone()).or_insert(exposed);
            }
            let new = NewStage { slug: slug.to_owned(), stage: Stage::Development, target, catalog, settings };
            let created = self.state.control.create(new).await;
            created.unwrap_or_else(|error| panic!("the project cannot be made: {error}"))
        });
        self.refresh();
        created.keys
    }

    /// Takes in what was changed in the store, as a node does by itself.
    pub fn refresh(&self) {
        self.run(async {
            self.state.opener.refresh().await.expect("the store answers");
            self.state.enabled.refresh(&self.store).await.expect("the store answers");
        });
    }

    /// The open stage that a name means.
    ///
    /// # Panics
    ///
    /// Where there is none.
    pub fn opened(&self, name: &str) -> Arc<Project> {
        self.state.web.registry.get(name).unwrap_or_else(|| panic!("no project `{name}` is open"))
    }

    /// Keeps a secret of a project, for `secret:<name>` of its settings.
    ///
    /// # Panics
    ///
    /// Where the store does not take it.
    pub fn set_secret(&self, project: &str, name: &str, value: &str) {
        let connection = self.opened(project).connection.clone();
        let sealed = self.store.seal_secret(&connection, name, &Secret::new(value.to_owned()));
        let now = Timestamp(1_800_000_000_000_000);
        let work = self.store.db().write(move |tx| portcullis_store::secrets::set(tx, &sealed, now));
        self.run(work).expect("a secret");
    }

    /// Lets declared schemas change a project's database.
    ///
    /// # Panics
    ///
    /// Where there is no such project.
    pub fn manage(&self, project: &str) {
        self.run(async {
            let connection = self.state.control.connection(Some(project), None).await.expect("the project");
            self.state.control.set_managed(&connection, true).await.expect("the store answers");
        });
    }

    /// Makes an operator.
    pub fn operator(&self, email: &str, password: &str) {
        let source = portcullis_control::operators::Source::Command;
        let secret = Secret::new(password.to_owned());
        self.run(self.state.operators.create(email, secret, &source)).expect("an operator");
    }

    /// Makes an end user.
    pub fn user(&self, project: &str, email: &str, password: &str, roles: &[String]) {
        let project = self.opened(project);
        let (secret, client) = (Secret::new(password.to_owned()), Client { surface: &COMMAND, ..Client::default() });
        let now = self.state.now();
        let made = self.state.identity().create_user(&project, email, &secret, roles, &client, now);
        self.run(made).unwrap_or_else(|error| panic!("no user {email}: {error}"));
    }

    /// Switches a surface on and gives what its clients need.
    ///
    /// # Panics
    ///
    /// Where there is no such surface or project.
    pub fn enable(&self, surface: &str, project: Option<&str>) -> Map<String, Value> {
        let found = portcullis_compat::surface(surface).unwrap_or_else(|| panic!("there is no surface `{surface}`"));
        let needs = self.run(async {
            let control = self.state.control.clone();
            let connection = match project {
                Some(name) => Some(control.connection(Some(name), None).await.expect("a project")),
                None => None,
            };
            let (id, base_url) = (connection.as_ref().map(|one| one.project.clone()), found.url(PUBLIC_URL, project));
            let enabling = Enabling { control: control.clone(), connection, base_url };
            let needs = (found.enable)(enabling).await.unwrap_or_else(|error| panic!("`{surface}`: {error}"));
            control.enable_surface(surface, id.as_ref()).await.expect("the store answers");
            needs
        });
        self.refresh();
        needs
    }

    /// The mails of a project so far, the oldest first, once all that was put off is done.
    pub fn letters(&self, project: &str) -> Vec<TestLetter> {
        let project = self.opened(project);
        let identity = self.state.identity();
        let shown = self.run(async {
            identity.settled().await;
            identity.outbox.list(&project).await.expect("the outbox")
        });
        let order = self.store.db().read(|tx| tx.fetch_all("SELECT id FROM mails ORDER BY rowid", &[]));
        let order: Vec<String> =
            self.run(order).expect("the outbox").iter().map(|row| row.text(0).expect("an id")).collect();
        let mut shown = shown;
        shown.sort_by_key(|one| order.iter().position(|id| *id == one.mail.id));
        let letter = |one: portcullis_identity::mails::Shown| TestLetter {
            to: one.mail.to,
            kind: one.mail.kind,
            text: one.payload.map(|payload| payload.text).unwrap_or_default(),
        };
        shown.into_iter().map(letter).collect()
    }

    /// Calls a path of the node, from an address that is documentation's own (RFC 5737) unless the request names one.
    pub fn send(&self, mut request: Request<Body>) -> Answer {
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 40_000))));
        }
        self.run(async {
            let response = self.route(request).await;
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
            Answer { status: parts.status, headers: parts.headers, bytes }
        })
    }

    /// Calls with a JSON body; none for null.
    pub fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_null() {
            return self.send(request.body(Body::empty()).expect("a request"));
        }
        let request = request.header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request"))
    }

    async fn route(&self, request: Request<Body>) -> http::Response<Body> {
        let path = request.uri().path().to_owned();
        if let Some(rest) = path.strip_prefix("/p/") {
            let (name, _) = rest.split_once('/').unwrap_or((rest, ""));
            let (base, tail) = path.split_at("/p/".len() + name.len());
            if let Some(project) = self.state.web.registry.get(name) {
                return portcullis_api::handle(&self.state.web, project, base, tail, request).await;
            }
        }
        match portcullis_compat::find(&self.state, &path) {
            Some(found) => portcullis_compat::serve(&self.state, found, request).await,
            None => portcullis_web::ApiError::no_such_route().into_response("test"),
        }
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}
