//! One opened stage of a project.

use crate::{Cards, Keys, Passwords, Settings, policy::policy, settings::parse_duration};
use portcullis_base::{BuildId, ConnectionId, ProjectId};
use portcullis_engines::Engine;
use portcullis_query::access::{Policy, Rule, RuleValue};
use portcullis_schema::{Catalog, Database, Serve};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fmt,
    str::FromStr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// The generations of stages that are only supposed.
static SUPPOSED: AtomicU64 = AtomicU64::new(u64::MAX);

/// Which of a project's databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Where the API is made: more is shown, nothing is at stake.
    Development,
    /// A rehearsal.
    Staging,
    /// The real one.
    Production,
}

impl Stage {
    /// The stages in the order in which `/p/{project}` prefers them.
    pub const BY_PREFERENCE: [Self; 3] = [Self::Production, Self::Staging, Self::Development];

    /// The stage's name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Stage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "development" => Ok(Self::Development),
            "staging" => Ok(Self::Staging),
            "production" => Ok(Self::Production),
            other => Err(format!("`{other}` is no stage; use development, staging or production")),
        }
    }
}

/// What a stage is opened from: the pieces the control store keeps.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The project.
    pub id: ProjectId,
    /// Its name in paths.
    pub slug: String,
    /// Which of its databases.
    pub stage: Stage,
    /// The connection.
    pub connection: ConnectionId,
    /// The deployed build.
    pub build: BuildId,
    /// The settings document of the build.
    pub settings: Settings,
    /// The schema as last synced.
    pub catalog: Arc<Catalog>,
    /// Columns found by a later sync that nobody has approved yet, as (API table name, column).
    pub unapproved: BTreeSet<(String, String)>,
    /// The project's keys.
    pub keys: Keys,
    /// Whether this node may show what only a developer should see (SQL texts to everyone signed in).
    pub development: bool,
}

/// One opened stage. Immutable: publishing makes a new one and swaps the pointer.
pub struct Project {
    /// The project.
    pub id: ProjectId,
    /// Its name in paths.
    pub slug: String,
    /// Which of its databases.
    pub stage: Stage,
    /// The connection.
    pub connection: ConnectionId,
    /// The deployed build.
    pub build: BuildId,
    /// The settings document.
    pub settings: Settings,
    /// The whole schema as last synced, served or not.
    pub catalog: Arc<Catalog>,
    /// The served tables.
    pub database: Database,
    /// Who may do what.
    pub policy: Policy,
    /// The customer's tables behind users, sessions, tokens and roles.
    pub cards: Cards,
    /// The project's keys.
    pub keys: Keys,
    /// Whether this node may show what only a developer should see.
    pub development: bool,
    /// The customer's database.
    pub engine: Arc<dyn Engine>,
    /// How long a request may take whose answer is not a stream.
    pub request_timeout: Duration,
    /// Whether decisions need more of a caller than what a token says: roles, tenants, columns of the users table as
    /// they are now.
    pub follows_callers: bool,
    /// Whether nothing that is done here may last, in the customer's database or in our own store.
    pub rehearsal: bool,
    passwords: OnceLock<Arc<dyn Passwords>>,
    unapproved: BTreeSet<(String, String)>,
    /// Counts up with every newly opened project in this process: caches key on it.
    pub generation: u64,
    drift: Arc<Notify>,
}

impl Project {
    /// Puts a stage together. `drift` is woken when a statement shows that the schema has changed.
    pub fn open(opened: Opened, engine: Arc<dyn Engine>, generation: u64, drift: Arc<Notify>) -> Self {
        let Opened { id, slug, stage, connection, build, settings, catalog, unapproved, keys, development } = opened;
        let serve = Serve {
            table: &|table| settings.tables.get(table).is_some_and(|table| table.expose),
            column: &|table, column| !unapproved.contains(&(table.to_owned(), column.to_owned())),
        };
        let mut database = Database::build(&catalog, settings.naming, &serve);
        let cards = Cards::resolve(&settings.mapping, &catalog, settings.naming).with_tenancy(
            &settings.tenancy,
            &catalog,
            settings.naming,
        );
        for (table, column) in cards.secrets() {
            database.keep_secret(table, column);
        }
        let mut policy = policy(&settings, &catalog, &database, &cards);
        policy.show_sql = development;
        let rules = database.tables().iter().filter_map(|table| policy.table(table.id).row_rule.as_ref());
        let follows_callers = settings.rbac.enabled
            || settings.tenancy.enabled
            || !settings.rbac.administrator_roles.is_empty()
            || rules.into_iter().any(|rule| names_caller(rule));
        let request_timeout = parse_duration(&settings.limits.request_timeout).unwrap_or(Duration::from_secs(30));
        Self {
            id,
            slug,
            stage,
            connection,
            build,
            request_timeout,
            follows_callers,
            rehearsal: false,
            passwords: OnceLock::new(),
            unapproved,
            settings,
            catalog,
            database,
            policy,
            cards,
            keys,
            development,
            engine,
            generation,
            drift,
        }
    }

    /// The same stage over an engine that keeps nothing, for questions about what would happen.
    #[must_use]
    pub fn rehearsed(&self, engine: Arc<dyn Engine>) -> Self {
        self.reopened(engine, self.settings.clone(), self.generation)
    }

    /// The same under other settings: what would be if a rule were not.
    #[must_use]
    pub fn rehearsed_as(&self, engine: Arc<dyn Engine>, settings: Settings) -> Self {
        // Counted down from the other end: what is remembered of the served stage is not touched.
        self.reopened(engine, settings, SUPPOSED.fetch_sub(1, Ordering::Relaxed))
    }

    fn reopened(&self, engine: Arc<dyn Engine>, settings: Settings, generation: u64) -> Self {
        let opened = Opened {
            id: self.id.clone(),
            slug: self.slug.clone(),
            stage: self.stage,
            connection: self.connection.clone(),
            build: self.build.clone(),
            settings,
            catalog: self.catalog.clone(),
            unapproved: self.unapproved.clone(),
            keys: self.keys.clone(),
            development: self.development,
        };
        let passwords = self.passwords.clone();
        Self { rehearsal: true, passwords, ..Self::open(opened, engine, generation, self.drift.clone()) }
    }

    /// Who hashes passwords that are written through the data routes; without anybody they cannot be written.
    pub fn passwords(&self) -> Option<&dyn Passwords> {
        self.passwords.get().map(AsRef::as_ref)
    }

    pub(crate) fn hash_passwords_by(&self, passwords: Arc<dyn Passwords>) {
        let _ = self.passwords.set(passwords);
    }

    /// Tells that a statement met a structure other than the synced one: the schema is read again soon.
    pub fn report_drift(&self) {
        self.drift.notify_one();
    }
}

/// Whether a rule asks for what the tables say of the caller.
fn names_caller(rule: &Rule) -> bool {
    match rule {
        Rule::All(parts) | Rule::Any(parts) => parts.iter().any(names_caller),
        Rule::Not(inner) => names_caller(inner),
        Rule::Related { rule, .. } => names_caller(rule),
        Rule::Field { value, .. } => is_of_caller(value),
    }
}

fn is_of_caller(value: &RuleValue) -> bool {
    match value {
        RuleValue::UserColumn(_) | RuleValue::Tenant | RuleValue::Role => true,
        RuleValue::List(items) => items.iter().any(is_of_caller),
        RuleValue::Literal(_) | RuleValue::UserId | RuleValue::Now { .. } => false,
    }
}

impl fmt::Debug for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Project").field("slug", &self.slug).field("stage", &self.stage).finish_non_exhaustive()
    }
}
