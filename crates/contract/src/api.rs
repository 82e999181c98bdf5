//! What one caller may do with one project: tables, rights, columns and relationships, nothing beyond. SEC-68.

use crate::{
    auth, documents,
    names::{self, ModelNames},
    routes::{ROUTES, Route},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use portcullis_project::{
    Project,
    settings::{CardKind, Limits},
};
use portcullis_query::access::{Action, Caller, Grant, Policy, decide};
use portcullis_schema::{Column, ColumnId, Database, Relation, RelationKind, Table, TableId, TableLookup};
use serde_json::{Value, json};

/// The numbers of the limits that the documents name.
#[derive(Debug, Clone, Copy)]
pub struct ApiLimits {
    /// Rows of a page at most.
    pub page_size_max: u64,
    /// Rows of a page when the request does not say.
    pub page_size_default: u64,
    /// Rows of a bulk at most.
    pub bulk_rows: u64,
    /// Rows a mass write may touch without `limit`.
    pub mass_rows: u64,
    /// Operations of a batch at most.
    pub batch_operations: u64,
}

impl From<&Limits> for ApiLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            page_size_max: limits.page_size_max.into(),
            page_size_default: limits.page_size_default.into(),
            bulk_rows: limits.bulk_rows as u64,
            mass_rows: limits.mass_rows,
            batch_operations: limits.batch_operations as u64,
        }
    }
}

/// A project's API as one caller may use it.
#[derive(Debug)]
pub struct Api<'s> {
    pub(crate) title: String,
    pub(crate) limits: ApiLimits,
    pub(crate) models: Vec<Model<'s>>,
    /// Which of the four somebody without credentials may do to any table.
    public: [bool; 4],
    /// Whether somebody signed in asks, where users can sign in at all.
    pub(crate) auth: Option<bool>,
    /// How far the caller reaches among the collections of documents, where there are any to be had.
    pub(crate) documents: Option<DocumentsReach>,
}

/// How far a caller reaches among the collections of documents, the widest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentsReach {
    /// What anyone may read.
    Public,
    /// What the names of collections let a user do.
    Member,
    /// Everything.
    Unlimited,
}

impl DocumentsReach {
    /// How far `caller` reaches in a project; not at all where documents are not served, and with a key that is
    /// confined to tables.
    pub fn of(project: &Project, caller: &Caller) -> Option<Self> {
        if !project.settings.documents.enabled {
            return None;
        }
        match caller {
            Caller::Anonymous | Caller::PublicKey => Some(Self::Public),
            Caller::Administrator => Some(Self::Unlimited),
            Caller::User(user) if user.scopes.is_some() => None,
            Caller::User(user) if user.administrator && !project.settings.tenancy.enabled => Some(Self::Unlimited),
            Caller::User(_) => Some(Self::Member),
        }
    }
}

/// A table as one caller may use it.
#[derive(Debug)]
pub(crate) struct Model<'s> {
    pub table: &'s Table,
    pub names: ModelNames,
    /// The model in a path, percent-encoded.
    pub path: String,
    /// By [`place_of`].
    grants: [Option<Grant>; 4],
    /// Which of the four need no credentials.
    public: [bool; 4],
    pub relations: Vec<RelationView<'s>>,
}

/// A relationship whose far end the caller may read.
#[derive(Debug)]
pub(crate) struct RelationView<'s> {
    pub relation: &'s Relation,
    pub target: &'s Table,
    /// The definition of the target's rows.
    pub definition: String,
    /// The foreign key's columns, as far as the caller may read them all; otherwise empty.
    pub foreign_key: String,
    /// What the foreign key points at, likewise.
    pub references: String,
    /// The join table's name.
    pub join: Option<&'s str>,
}

const ACTIONS: [Action; 4] = [Action::Read, Action::Create, Action::Update, Action::Delete];

const fn place_of(action: Action) -> usize {
    match action {
        Action::Read => 0,
        Action::Create => 1,
        Action::Update => 2,
        Action::Delete => 3,
    }
}

impl<'s> Api<'s> {
    /// The API of an opened stage as `caller` may use it.
    pub fn of(project: &'s Project, caller: &Caller) -> Self {
        let limits = ApiLimits::from(&project.settings.limits);
        let api = Self::build(&project.slug, &project.database, &project.policy, caller, limits);
        let users = project.cards.get(CardKind::User).is_some() && !project.policy.open;
        let api = if users { api.with_users(caller) } else { api };
        match DocumentsReach::of(project, caller) {
            Some(reach) => api.with_documents(reach),
            None => api,
        }
    }

    /// The same for a project that serves collections of documents.
    #[must_use]
    pub fn with_documents(mut self, reach: DocumentsReach) -> Self {
        self.documents = Some(reach);
        self
    }

    /// The same for a project whose users can sign in.
    #[must_use]
    pub fn with_users(mut self, caller: &Caller) -> Self {
        self.auth = Some(caller.is_signed_in());
        self
    }

    /// The API over a schema as `caller` may use it; `project` is the name in the title.
    pub fn build(project: &str, database: &'s Database, policy: &Policy, caller: &Caller, limits: ApiLimits) -> Self {
        let names = names::settle(database);
        let grant = |action, table: TableId| decide(policy, caller, action, table).ok();
        let public = |action, table: TableId| decide(policy, &Caller::Anonymous, action, table).is_ok();
        let models = database
            .tables()
            .iter()
            .filter_map(|table| {
                let mut grants = ACTIONS.map(|action| grant(action, table.id));
                if !table.is_writable() {
                    grants[1..].fill(None);
                }
                if grants.iter().all(Option::is_none) {
                    return None;
                }
                Some(Model {
                    table,
                    names: names::of(&names, table.id)?.clone(),
                    path: path_of(database, table),
                    grants,
                    public: ACTIONS.map(|action| public(action, table.id)),
                    relations: relations(database, table, &names, &grant),
                })
            })
            .collect();
        Self {
            title: format!("{project} API"),
            limits,
            models,
            auth: None,
            documents: None,
            public: ACTIONS.map(|action| database.tables().iter().any(|table| public(action, table.id))),
        }
    }

    /// The model of a table, if the caller may do anything with it.
    pub(crate) fn model(&self, table: TableId) -> Option<&Model<'s>> {
        self.models.iter().find(|model| model.table.id == table)
    }

    /// Whether somebody without credentials may write anything.
    pub(crate) fn has_public_writes(&self) -> bool {
        self.public[1..].contains(&true)
    }

    /// The tags of the documents, those of tables with the comment the database keeps.
    pub(crate) fn tags(&self) -> Value {
        let tables = self.models.iter().map(|model| (model.names.tag.as_str(), model.table.info.comment.as_deref()));
        let fixed = [
            (auth::TAG, Some("Signing in, and one's own account."), self.auth.is_some()),
            (documents::TAG, Some("Documents without a table."), self.documents.is_some()),
            ("schema", Some("What there is."), true),
            ("batch", Some("Several writes at once."), self.writes()),
        ];
        let fixed = fixed.into_iter().filter(|(_, _, there)| *there).map(|(tag, about, _)| (tag, about));
        tables
            .chain(fixed)
            .map(|(name, description)| match description {
                Some(description) => json!({ "name": name, "description": description }),
                None => json!({ "name": name }),
            })
            .collect()
    }

    /// Whether the caller may write anything at all.
    pub(crate) fn writes(&self) -> bool {
        self.models.iter().any(|model| ACTIONS[1..].iter().any(|action| model.may(*action)))
    }
}

impl<'s> Model<'s> {
    /// Whether the caller may do this.
    pub fn may(&self, action: Action) -> bool {
        self.grants[place_of(action)].is_some()
    }

    /// Whether this needs no credentials.
    pub fn is_public(&self, action: Action) -> bool {
        self.public[place_of(action)]
    }

    /// The routes the caller may use.
    pub fn routes(&self) -> impl Iterator<Item = &'static Route> {
        ROUTES.iter().filter(|route| {
            self.grants[place_of(route.action)].as_ref().is_some_and(|grant| !route.shows_sql || grant.sees_sql())
                && (!route.keyed || !self.table.primary_key.is_empty())
        })
    }

    /// The columns a row of an answer has.
    pub fn columns(&self) -> impl Iterator<Item = &'s Column> {
        let grant = self.grants.iter().flatten().next();
        self.table.columns.iter().filter(move |column| grant.is_some_and(|grant| grant.reads(column.id)))
    }

    /// Whether a request may set a column.
    pub fn writes(&self, column: &Column) -> bool {
        [Action::Create, Action::Update]
            .iter()
            .any(|action| self.grants[place_of(*action)].as_ref().is_some_and(|grant| grant.writes(column.id)))
    }

    /// Whether rows can be created or changed at all.
    pub fn takes_rows(&self) -> bool {
        self.may(Action::Create) || self.may(Action::Update)
    }

    /// Whether a create may turn into an update: there is a key to find the row by, and the right to change it.
    pub fn upserts(&self) -> bool {
        self.grants[place_of(Action::Update)]
            .as_ref()
            .is_some_and(|grant| self.table.unique_keys.iter().any(|key| key.iter().all(|column| grant.reads(*column))))
    }
}

/// The word for a table in a path: its model, or its name where another table answers to that.
fn path_of(database: &Database, table: &Table) -> String {
    let word = match database.find(&table.model) {
        TableLookup::Found(found) if found.id == table.id => &table.model,
        _ => &table.name,
    };
    utf8_percent_encode(word, NON_ALPHANUMERIC).to_string()
}

/// The relationships of a table whose far end (and join table) the caller may read. SEC-38.
fn relations<'s>(
    database: &'s Database,
    table: &'s Table,
    names: &[ModelNames],
    grant: &impl Fn(Action, TableId) -> Option<Grant>,
) -> Vec<RelationView<'s>> {
    let Some(own) = grant(Action::Read, table.id) else { return Vec::new() };
    table
        .relations
        .iter()
        .filter_map(|relation| {
            let far = grant(Action::Read, relation.target)?;
            let between = match &relation.join {
                Some(join) => Some((database.table(join.table), grant(Action::Read, join.table)?, &join.near)),
                None => None,
            };
            let target = database.table(relation.target);
            let ours = visible(table, &own, &relation.columns);
            let theirs = visible(target, &far, &relation.target_columns);
            let (foreign_key, references) = match &between {
                Some((join, grant, near)) => (visible(join, grant, near), ours),
                None if relation.kind == RelationKind::BelongsTo => (ours, theirs),
                None => (theirs, ours),
            };
            Some(RelationView {
                relation,
                target,
                definition: names::of(names, relation.target)?.model.clone(),
                foreign_key,
                references,
                join: between.map(|(join, _, _)| join.name.as_str()),
            })
        })
        .collect()
}

/// The columns' names joined by `,`, or nothing if one of them is hidden from the caller. SEC-40.
fn visible(table: &Table, grant: &Grant, columns: &[ColumnId]) -> String {
    if columns.iter().all(|column| grant.reads(*column)) {
        columns.iter().map(|column| table.column(*column).name.as_str()).collect::<Vec<_>>().join(",")
    } else {
        String::new()
    }
}
