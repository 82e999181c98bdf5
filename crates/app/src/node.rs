//! A running node: what is open, and who watches over it.

use crate::{Health, mounts::Mount, watch};
use portcullis_base::Clock;
use portcullis_compat::Enabled;
use portcullis_control::{Control, Opener, RegistrationServer, operators::Operators};
use portcullis_identity::{
    DataPasswords, Identity,
    mails::{NodeEmail, Outbox, OutboxOptions, Worker},
    outbound::Outbound,
};
use portcullis_project::Registry;
use portcullis_store::{Idempotency, StoreError, nodes::Lease};
use portcullis_web::TrustedProxies;
use std::{fmt, sync::Arc};
use tokio::{sync::watch as channel, task::JoinHandle};

/// How a node is run.
#[derive(Debug, Clone)]
pub struct NodeOptions {
    /// The base of every link, without a slash at the end.
    pub public_url: String,
    /// Whether development stages may show what only a developer should see.
    pub development: bool,
    /// Whether servers that the settings name, such as the mail server, may have private addresses. SEC-54.
    pub allow_private: bool,
    /// Whether strangers may make themselves projects through the surfaces that have calls for it.
    pub open_registration: bool,
    /// Where the databases of such projects are made, beside files in the data directory.
    pub registration_server: Option<RegistrationServer>,
    /// Whose word about a client's address is taken. SEC-8.
    pub trusted_proxies: TrustedProxies,
    /// The mail server of projects without their own.
    pub email: Option<NodeEmail>,
    /// Host names and ports at which one surface stands at `/`.
    pub mounts: Vec<Mount>,
}

/// What surfaces and watchers share.
pub struct Node {
    /// The use-cases.
    pub control: Control,
    /// The operators.
    pub operators: Operators,
    /// End users: the one instance of this node, so that what it ends holds at once.
    pub identity: Arc<Identity>,
    /// The open stages.
    pub registry: Arc<Registry>,
    /// Opens them.
    pub opener: Arc<Opener>,
    /// Which compatibility surfaces are on.
    pub surfaces: Arc<Enabled>,
    /// Remembered answers to writes.
    pub idempotency: Idempotency,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// How the node is run.
    pub options: NodeOptions,
    /// What is known about its state.
    pub health: Health,
}

/// A node that watches; see [`Running::stop`].
pub struct Running {
    /// The node.
    pub node: Arc<Node>,
    stop: channel::Sender<bool>,
    watcher: JoinHandle<()>,
    mails: JoinHandle<()>,
}

impl Node {
    /// Opens every stage of the instance and starts to watch. A customer's database that is away holds nothing up.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the control store does not answer.
    pub async fn start(control: Control, clock: Arc<dyn Clock>, options: NodeOptions) -> Result<Running, StoreError> {
        let registry = Arc::new(Registry::default());
        let lease: Lease = control.store().register_node(&options.public_url, clock.now()).await?;
        let letters = OutboxOptions {
            public_url: options.public_url.clone(),
            allow_private: options.allow_private,
            node_email: options.email.clone(),
        };
        let outbox = Outbox::new(control.store().clone(), letters);
        let mut identity = Identity::new(control.store().clone(), outbox.clone());
        match Outbound::new(false) {
            Ok(outbound) => identity = identity.with_issuers(outbound, clock.clone()),
            Err(error) => tracing::error!(%error, "Tokens of other issuers cannot be checked on this node"),
        }
        match (Outbound::new(true), Outbound::new(false)) {
            (Ok(anywhere), Ok(public)) => identity = identity.with_providers(anywhere, public),
            (Err(error), _) | (_, Err(error)) => tracing::error!(%error, "No provider can be asked on this node"),
        }
        let identity = Arc::new(identity);
        registry.hash_passwords_by(Arc::new(DataPasswords { identity: identity.clone(), clock: clock.clone() }));
        let node = Arc::new(Self {
            opener: Arc::new(Opener::new(control.clone(), registry.clone(), options.development)),
            surfaces: Arc::default(),
            idempotency: control.store().idempotency(),
            identity,
            operators: Operators::new(control.store().clone(), clock.clone()),
            registry,
            clock,
            health: Health::default(),
            options,
            control,
        });
        if let Err(error) = node.identity.poll_revocations().await {
            tracing::error!(%error, "What ended before its time could not be read");
        }
        let revision = node.opener.refresh().await?;
        node.surfaces.refresh(node.control.store()).await?;
        lease.seen(revision).await?;
        node.health.set_store(true);
        let (stop, stopped) = channel::channel(false);
        let watcher = tokio::spawn(watch::run(node.clone(), lease, revision, stopped));
        let (worker, clock) = (Worker::new(outbox, node.registry.clone()), node.clock.clone());
        let mails = tokio::spawn(async move { worker.run(&*clock).await });
        Ok(Running { node, stop, watcher, mails })
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Running {
    /// Stops watching and takes the node off the list of those that run.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.watcher.await;
        self.node.identity.settled().await;
        self.mails.abort();
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}
