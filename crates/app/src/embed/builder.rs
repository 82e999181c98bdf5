//! The options of an embedded node.

use super::{AfterEvent, App, AppHandle, Event, ServeEvent, event, listen, project, router_of};
use crate::{Node, NodeOptions, Service, first_operator, options};
use axum::Router;
use portcullis_base::{Secret, SystemClock};
use portcullis_control::{Control, operators::Operators};
use portcullis_project::{Settings, Stage};
use portcullis_store::{OpenOptions, Store};
use portcullis_web::{
    TrustedProxies,
    hooks::{AfterHook, BeforeHook, HookError, Hooks, Outcome},
};
use std::{
    fmt,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

pub(super) type Edit = Box<dyn FnOnce(&mut Settings) + Send>;
/// Hooks are made once there is a node they can be given.
type Make<H> = Box<dyn FnOnce(&AppHandle) -> H + Send>;
type Serving = Pin<Box<dyn Future<Output = Result<Router, HookError>> + Send>>;
type ServeHook = Box<dyn FnOnce(ServeEvent) -> Serving + Send>;

/// An administrator among the end users.
pub(super) struct Administrator {
    pub email: String,
    pub password: Secret<String>,
}

/// The options of an [`App`].
#[derive(Default)]
pub struct AppBuilder {
    data_dir: Option<PathBuf>,
    master_key: Option<Secret<String>>,
    listen: Option<String>,
    public_url: Option<String>,
    database: Option<String>,
    project: Option<String>,
    stage: Option<Stage>,
    jwt_secret: Option<Secret<String>>,
    administrator: Option<Administrator>,
    surfaces: Vec<String>,
    edits: Vec<Edit>,
    before: Vec<(String, Make<BeforeHook>)>,
    after: Vec<(String, Make<AfterHook>)>,
    serve: Vec<ServeHook>,
}

impl AppBuilder {
    /// Where the instance keeps its data. Default: `./portcullis-data`.
    #[must_use]
    pub fn data_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.data_dir = Some(dir.as_ref().to_owned());
        self
    }

    /// Seals what is secret at rest. Default: `PORTCULLIS_MASTER_KEY`, else a file beside the data.
    #[must_use]
    pub fn master_key(mut self, key: impl Into<String>) -> Self {
        self.master_key = Some(Secret::new(key.into()));
        self
    }

    /// The address to listen on, such as `127.0.0.1:8080`; with port 0 any that is free. Without it nothing listens,
    /// and the program serves [`App::router`] itself.
    #[must_use]
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = Some(address.into());
        self
    }

    /// Where the node is reached from outside. Default: `http://` and the address.
    #[must_use]
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// The database of the program's project: a URL, or the word `managed` for one that Portcullis keeps. At the first
    /// start it is taken in as `portcullis init --yes` would, at every other one it is synced. Without it the projects
    /// of the data directory are served.
    #[must_use]
    pub fn database(mut self, url: impl Into<String>) -> Self {
        self.database = Some(url.into());
        self
    }

    /// The name of the program's project. Default: made of the database's name.
    #[must_use]
    pub fn project(mut self, name: impl Into<String>) -> Self {
        self.project = Some(name.into());
        self
    }

    /// The stage of the program's project. Default: development.
    #[must_use]
    pub const fn stage(mut self, stage: Stage) -> Self {
        self.stage = Some(stage);
        self
    }

    /// Signs access tokens by HS256 with this secret, instead of a key of the node's own.
    #[must_use]
    pub fn jwt_secret(mut self, secret: impl Into<String>) -> Self {
        self.jwt_secret = Some(Secret::new(secret.into()));
        self
    }

    /// An administrator among the end users, made where the address has no account yet. One that is there keeps its
    /// password. There is no default one.
    #[must_use]
    pub fn default_admin(mut self, email: impl Into<String>, password: impl Into<String>) -> Self {
        self.administrator = Some(Administrator { email: email.into(), password: Secret::new(password.into()) });
        self
    }

    /// Lets the clients of another product in, such as `solobase`: see `portcullis surface list`.
    #[must_use]
    pub fn surface(mut self, name: impl Into<String>) -> Self {
        self.surfaces.push(name.into());
        self
    }

    /// Changes the project's settings at every start, before anything is served.
    #[must_use]
    pub fn settings(mut self, edit: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        self.edits.push(Box::new(edit));
        self
    }

    /// Runs a hook before the operations of a path, after the limits of the request and before its work. See
    /// `docs/guide/embedding.md` for how paths are matched.
    #[must_use]
    pub fn on_before<F, A>(mut self, path: &str, hook: F) -> Self
    where
        F: Fn(Event) -> A + Send + Sync + 'static,
        A: Future<Output = Outcome> + Send + 'static,
    {
        let make = move |app: &AppHandle| -> BeforeHook {
            let app = app.clone();
            Arc::new(move |inner| Box::pin(hook(event::Event { inner, app: app.clone() })))
        };
        self.before.push((path.to_owned(), Box::new(make)));
        self
    }

    /// Runs a hook after the operations of a path, whatever they answered.
    #[must_use]
    pub fn on_after<F, A>(mut self, path: &str, hook: F) -> Self
    where
        F: Fn(AfterEvent) -> A + Send + Sync + 'static,
        A: Future<Output = Outcome> + Send + 'static,
    {
        let make = move |app: &AppHandle| -> AfterHook {
            let app = app.clone();
            Arc::new(move |inner| Box::pin(hook(event::AfterEvent { inner, app: app.clone() })))
        };
        self.after.push((path.to_owned(), Box::new(make)));
        self
    }

    /// Runs a hook after the operations of a path that did what was asked.
    #[must_use]
    pub fn on_after_success<F, A>(self, path: &str, hook: F) -> Self
    where
        F: Fn(AfterEvent) -> A + Send + Sync + 'static,
        A: Future<Output = Outcome> + Send + 'static,
    {
        let hook = Arc::new(hook);
        self.on_after(path, move |event| {
            let hook = hook.clone();
            async move { if event.succeeded() { hook(event).await } else { event.next().await } }
        })
    }

    /// Runs before anything is served; gives the router back, with whatever routes the program adds.
    #[must_use]
    pub fn on_serve<F, A>(mut self, hook: F) -> Self
    where
        F: FnOnce(ServeEvent) -> A + Send + 'static,
        A: Future<Output = Result<Router, HookError>> + Send + 'static,
    {
        self.serve.push(Box::new(move |event| Box::pin(hook(event))));
        self
    }

    /// Opens everything: the data directory, the project, its database. Nothing is served yet.
    ///
    /// # Errors
    ///
    /// Which option cannot be, or what does not answer.
    pub async fn build(self) -> anyhow::Result<App> {
        // Opening a node is a large future; a program's own stays small, and its stack with it.
        Box::pin(self.built()).await
    }

    async fn built(self) -> anyhow::Result<App> {
        // One provider for every TLS connection; a second call would only say that there is one.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = listen(self.listen.as_deref()).await?;
        let address = match &listener {
            Some(listener) => listener.local_addr()?,
            None => options::listen_address(options::DEFAULT_LISTEN)?,
        };
        let public_url = options::base(self.public_url.as_deref(), address)?;
        let dir = self.data_dir.unwrap_or_else(|| PathBuf::from("./portcullis-data"));
        let environment = || std::env::var("PORTCULLIS_MASTER_KEY").ok().filter(|key| !key.is_empty()).map(Secret::new);
        let master_key = self.master_key.or_else(environment);
        let store = Store::open(&OpenOptions { dir, master_key, create: true })?;
        let control = Control::new(store, Arc::new(SystemClock));
        let stage = self.stage.unwrap_or(Stage::Development);
        let mut made = (None, None);
        if let Some(url) = self.database {
            let (name, jwt_secret, edits) = (self.project, self.jwt_secret, self.edits);
            let wanted = project::Wanted { url, name, stage, jwt_secret, surfaces: self.surfaces, edits };
            let (slug, keys) = project::prepare(&control, wanted).await?;
            made = (Some(slug), keys);
        } else if self.jwt_secret.is_some()
            || !self.edits.is_empty()
            || !self.surfaces.is_empty()
            || self.administrator.is_some()
        {
            anyhow::bail!("say which database the options are for: App::builder().database(..)");
        }
        let operators = Operators::new(control.store().clone(), Arc::new(SystemClock));
        let setup_link = first_operator::prepare(&operators, first_operator::given()?, &public_url).await?;
        let options = NodeOptions {
            public_url,
            development: address.ip().is_loopback(),
            allow_private: true,
            open_registration: false,
            registration_server: None,
            trusted_proxies: TrustedProxies::default(),
            email: None,
            mounts: Vec::new(),
        };
        let running = Node::start(control, Arc::new(SystemClock), options).await?;
        if let (Some(slug), Some(wanted)) = (&made.0, &self.administrator)
            && let Err(error) = project::administrator(&running.node, slug, stage, wanted).await
        {
            running.stop().await;
            return Err(error);
        }
        let plain = Service::new(&running.node);
        let handle = AppHandle { node: running.node.clone(), plain: plain.clone() };
        let mut hooks = Hooks::default();
        for (path, make) in self.before {
            hooks.before(&path, make(&handle));
        }
        for (path, make) in self.after {
            hooks.after(&path, make(&handle));
        }
        let service = if hooks.is_empty() { plain } else { plain.with_hooks(hooks) };
        let mut router = None;
        for hook in self.serve {
            let current = router.unwrap_or_else(|| router_of(service.clone()));
            let event = ServeEvent { app: handle.clone(), router: current };
            match hook(event).await {
                Ok(changed) => router = Some(changed),
                Err(error) => {
                    error.log();
                    running.stop().await;
                    anyhow::bail!("a hook refused to serve: {error}");
                }
            }
        }
        Ok(App { running, service, handle, router, listener, keys: made.1, setup_link })
    }
}

impl fmt::Debug for AppBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppBuilder").field("data_dir", &self.data_dir).finish_non_exhaustive()
    }
}
