//! `portcullis serve`: runs a node until it is told to stop.

use crate::{
    Global, Mount, Node, NodeOptions, first_operator, mounts, node_email,
    options::{self, DEFAULT_LISTEN},
    output::{note, say},
    server,
    service::{Service, stage_path},
};
use anyhow::Context as _;
use clap::{ArgAction, Args, builder::BoolishValueParser};
use portcullis_base::{Secret, SystemClock};
use portcullis_control::{Control, RegistrationServer, operators::Operators};
use portcullis_project::Stage;
use portcullis_web::TrustedProxies;
use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// The address to listen on
    #[arg(long, env = "PORTCULLIS_LISTEN", value_name = "ADDRESS", default_value = DEFAULT_LISTEN)]
    listen: String,

    /// Where the node is reached from outside, such as https://api.example [default: http:// and the address]
    #[arg(long, env = "PORTCULLIS_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    /// Show what only developers should see (SQL texts and explanations) although others can reach the node
    #[arg(long, env = "PORTCULLIS_EXPOSE_DEVELOPMENT", value_parser = BoolishValueParser::new())]
    expose_development: bool,

    /// Whether servers that settings name, such as the mail server, may have private addresses
    #[arg(
        long,
        env = "PORTCULLIS_OUTBOUND_ALLOW_PRIVATE",
        value_name = "BOOL",
        default_value = "true",
        action = ArgAction::Set,
        value_parser = BoolishValueParser::new()
    )]
    outbound_allow_private: bool,

    /// Whether strangers may make themselves projects where a compatibility surface has calls for it
    #[arg(
        long,
        env = "PORTCULLIS_SURFACES_OPEN_REGISTRATION",
        value_name = "BOOL",
        default_value = "false",
        action = ArgAction::Set,
        value_parser = BoolishValueParser::new()
    )]
    surfaces_open_registration: bool,

    /// Where the databases of such projects are made: a PostgreSQL, MariaDB or MySQL server; files in the data directory
    /// unless it is given
    #[arg(
        long,
        env = "PORTCULLIS_SURFACES_REGISTRATION_DATABASE",
        value_name = "DATABASE_URL",
        hide_env_values = true
    )]
    surfaces_registration_database: Option<String>,

    /// Proxies whose X-Forwarded-For is believed: addresses and networks, with commas between them
    #[arg(long, env = "PORTCULLIS_TRUSTED_PROXIES", value_name = "LIST", default_value = "")]
    trusted_proxies: TrustedProxies,
}

impl Serve {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        // A bad address is found before an instance is made.
        let address = options::listen_address(&self.listen)?;
        options::base(self.public_url.as_deref(), address)?;
        first_operator::given()?;
        let server = self.surfaces_registration_database.clone().filter(|url| !url.is_empty()).map(Secret::new);
        let registration_server = server.as_ref().map(RegistrationServer::parse).transpose()?;
        let mounts = mounts::read(global.config().as_deref())?;
        let email = node_email::read(global.config().as_deref())?;
        let control = global.open(true)?;
        let listener = listen(address).await?;
        let address = listener.local_addr()?;
        let options = NodeOptions {
            public_url: options::base(self.public_url.as_deref(), address)?,
            development: address.ip().is_loopback() || self.expose_development,
            allow_private: self.outbound_allow_private,
            open_registration: self.surfaces_open_registration,
            registration_server,
            trusted_proxies: self.trusted_proxies.clone(),
            email,
            mounts,
        };
        run(control, listener, options, ready).await
    }
}

/// Binds the address, with an error that says what to try.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| match address.port() {
        0 => format!("cannot listen on {address}"),
        port => {
            format!("cannot listen on {address}; is another node running? try --listen {}:{}", address.ip(), port + 1)
        }
    })
}

/// Serves until the process is told to stop; `ready` is called once everything answers.
pub async fn run(
    control: Control,
    listener: TcpListener,
    options: NodeOptions,
    ready: impl FnOnce(&Node, SocketAddr),
) -> anyhow::Result<()> {
    // Before anything is said to be ready: a stop that comes early must not kill.
    let stop = stop_signal()?;
    let address = listener.local_addr()?;
    let operators = Operators::new(control.store().clone(), Arc::new(SystemClock));
    let link = first_operator::prepare(&operators, first_operator::given()?, &options.public_url).await?;
    let extra = listen_for_mounts(address, &options.mounts).await?;
    let running = Node::start(control, Arc::new(SystemClock), options).await?;
    warn_development(&running.node, address);
    ready(&running.node, address);
    if let Some(link) = link {
        say(link);
    }
    let service = Service::new(&running.node);
    let (stopping, stopped) = tokio::sync::watch::channel(false);
    let others: Vec<_> = extra
        .into_iter()
        .map(|(listener, port)| {
            let mut stopped = stopped.clone();
            let stop = async move { drop(stopped.wait_for(|stop| *stop).await) };
            tokio::spawn(server::serve(listener, handler(service.at_port(port)), stop))
        })
        .collect();
    server::serve(listener, handler(service), stop).await;
    let _ = stopping.send(true);
    for other in others {
        let _ = other.await;
    }
    running.stop().await;
    tracing::info!("Stopped");
    Ok(())
}

fn handler(service: Service) -> impl server::Handler {
    move |request| {
        let service = service.clone();
        async move { service.answer(request).await }
    }
}

/// One listener for each port that a mount names, on the address of the node itself.
async fn listen_for_mounts(address: SocketAddr, mounts: &[Mount]) -> anyhow::Result<Vec<(TcpListener, u16)>> {
    let ports: BTreeSet<u16> = mounts.iter().filter_map(|mount| mount.port).filter(|p| *p != address.port()).collect();
    let mut listeners = Vec::new();
    for port in ports {
        let place = SocketAddr::new(address.ip(), port);
        let listener = TcpListener::bind(place).await;
        listeners
            .push((listener.with_context(|| format!("cannot listen on {place}, which `[[mounts]]` names"))?, port));
    }
    Ok(listeners)
}

/// The one line with the URLs.
fn ready(node: &Node, _: SocketAddr) {
    let root = &node.options.public_url;
    let apis: Vec<String> = apis(node).into_iter().map(|path| format!("{root}{path}")).collect();
    match apis.as_slice() {
        [] => say(format_args!(
            "portcullis is ready: console {root}/console/ - no projects yet, make one with `portcullis init <DATABASE_URL>`"
        )),
        apis => say(format_args!("portcullis is ready: console {root}/console/ - API {}", apis.join(" "))),
    }
}

/// The paths of the open stages.
pub fn apis(node: &Node) -> Vec<String> {
    let default = |slug: &str, stage| node.registry.get(slug).is_some_and(|first| first.stage == stage);
    let all = node.registry.all();
    all.iter().map(|open| stage_path(&open.slug, open.stage, default(&open.slug, open.stage))).collect()
}

fn warn_development(node: &Node, address: SocketAddr) {
    let open = node.registry.all();
    let stages: Vec<&str> =
        open.iter().filter(|open| open.stage == Stage::Development).map(|open| open.slug.as_str()).collect();
    if !address.ip().is_loopback() && !stages.is_empty() {
        let treated =
            if node.options.development { "shown with SQL texts and explanations" } else { "treated like production" };
        note(format_args!(
            "warning: the node listens on {address}, which others can reach; the development stage of {} is {treated}",
            stages.join(", ")
        ));
    }
    for open in open.iter().filter(|open| open.policy.open) {
        note(format_args!(
            "warning: auth.enabled is false for {} ({}): everybody who reaches the node may read and write",
            open.slug, open.stage
        ));
    }
}

/// Ready when the process is told to stop: SIGTERM or Ctrl-C.
pub fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
