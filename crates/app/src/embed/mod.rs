//! A node inside another program: [`App::builder`], hooks before and after operations, routes of one's own.

mod builder;
mod event;
mod handle;
mod project;

pub use builder::AppBuilder;
pub use event::{AfterEvent, Event, ServeEvent};
pub use handle::AppHandle;

use crate::{Running, Service, server, service::answering};
use anyhow::{Context as _, bail};
use axum::{Router, body::Body, http::Request, response::Response};
use portcullis_control::FreshKeys;
use std::{fmt, net::SocketAddr};
use tokio::net::TcpListener;

/// A node that is ready: everything is open and watched, nothing listens yet.
pub struct App {
    running: Running,
    service: Service,
    handle: AppHandle,
    /// Set where the program added routes of its own; all else passes by it.
    router: Option<Router>,
    listener: Option<TcpListener>,
    keys: Option<FreshKeys>,
    setup_link: Option<String>,
}

impl App {
    /// The options of an app, all at their defaults.
    pub fn builder() -> AppBuilder {
        AppBuilder::default()
    }

    /// The services of the node, as hooks have them.
    pub const fn handle(&self) -> &AppHandle {
        &self.handle
    }

    /// The keys of the project, where this start made it: they are shown only now.
    pub const fn keys(&self) -> Option<&FreshKeys> {
        self.keys.as_ref()
    }

    /// Where the first operator is made, while there is none. The link works once.
    pub fn setup_link(&self) -> Option<&str> {
        self.setup_link.as_deref()
    }

    /// The address that is listened on, if one was asked for; its port is known where 0 was asked for.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.as_ref()?.local_addr().ok()
    }

    /// Everything that is served, hooks and own routes included: for tests, or to stand in another axum application.
    /// Limits count by the client's address, so give requests an `axum::extract::ConnectInfo<SocketAddr>`.
    pub fn router(&self) -> Router {
        self.router.clone().unwrap_or_else(|| router_of(self.service.clone()))
    }

    /// Answers one request as [`App::router`] would.
    pub async fn call(&self, request: Request<Body>) -> Response {
        match &self.router {
            Some(router) => answering(router.clone(), request).await,
            None => self.service.answer(request).await,
        }
    }

    /// Serves until the process is told to stop (SIGTERM, Ctrl-C); requests in flight end first.
    ///
    /// # Errors
    ///
    /// Where no address was asked for.
    pub async fn start(self) -> anyhow::Result<()> {
        let stop = crate::commands::serve::stop_signal()?;
        self.start_until(stop).await
    }

    /// Serves until `stop` is ready; requests in flight end first.
    ///
    /// # Errors
    ///
    /// Where no address was asked for.
    pub async fn start_until(mut self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Some(listener) = self.listener.take() else {
            bail!("say where to listen: App::builder().listen(\"127.0.0.1:8080\")");
        };
        match self.router.take() {
            None => {
                let service = self.service.clone();
                let handler = move |request| {
                    let service = service.clone();
                    async move { service.answer(request).await }
                };
                server::serve(listener, handler, stop).await;
            }
            Some(router) => {
                let handler = move |request| answering(router.clone(), request);
                server::serve(listener, handler, stop).await;
            }
        }
        self.stop().await;
        Ok(())
    }

    /// Ends what runs in the background. A program that serves [`App::router`] itself calls this at its end.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("address", &self.address()).finish_non_exhaustive()
    }
}

fn router_of(service: Service) -> Router {
    Router::new().fallback(move |request: Request<Body>| {
        let service = service.clone();
        async move { service.answer(request).await }
    })
}

async fn listen(address: Option<&str>) -> anyhow::Result<Option<TcpListener>> {
    let Some(text) = address else { return Ok(None) };
    let address = crate::options::listen_address(text)?;
    let listener = TcpListener::bind(address).await;
    listener.map(Some).with_context(|| format!("cannot listen on {address}"))
}
