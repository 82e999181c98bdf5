//! `portcullis init`: from a database URL to an API.

mod closed;
mod proposal;
mod show;

use crate::{
    Global,
    options::{self, DEFAULT_LISTEN},
    output::{ask, note, progress},
};
use clap::{Args, builder::BoolishValueParser};
use portcullis_base::Secret;
use portcullis_control::{
    Control, Created, FreshKeys, InForce, NewStage, Target, check_slug, connect, introspect, map_managed_users,
    propose, slug_of,
};
use portcullis_project::Stage;
use portcullis_schema::{Catalog, Database, Serve, TableKind, secrets::named_like_a_secret};
use proposal::Proposal;

pub use closed::guard_users;
pub use show::tables;

/// The word for a database that Portcullis keeps itself.
const MANAGED: &str = "managed";
/// The name of a project on a managed database that was given none.
const MANAGED_SLUG: &str = "app";

/// Options of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// postgres://user:password@host:5432/database[?schema=a,b], mysql://..., sqlite:path/to/file.db, or the word
    /// `managed` for a database that portcullis keeps itself
    #[arg(value_name = "DATABASE_URL")]
    database_url: String,

    /// The project's name in paths [default: made of the database's name]
    #[arg(long, env = "PORTCULLIS_NAME")]
    name: Option<String>,

    /// Which of the project's stages: development, staging or production
    #[arg(long, env = "PORTCULLIS_STAGE", default_value = "development")]
    stage: Stage,

    /// Expose what was found and take the mapping where it is sure, without asking
    #[arg(long, short, env = "PORTCULLIS_YES", value_parser = BoolishValueParser::new())]
    yes: bool,

    /// Where nodes are reached from outside, such as https://api.example
    #[arg(long, env = "PORTCULLIS_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    /// The address the node listens on, for the URLs that are printed
    #[arg(long, env = "PORTCULLIS_LISTEN", value_name = "ADDRESS", default_value = DEFAULT_LISTEN, hide = true)]
    listen: String,
}

/// What there is to show in the end.
struct Outcome {
    project_id: String,
    slug: String,
    in_force: InForce,
    keys: Option<FreshKeys>,
    proposal: Proposal,
    warnings: Vec<String>,
}

/// What `init --yes` does, for a program that has opened the instance itself; gives the project's name, and its keys
/// where it is new.
///
/// # Errors
///
/// As the command's.
pub async fn ensure(
    control: &Control,
    database_url: String,
    name: Option<String>,
    stage: Stage,
) -> anyhow::Result<(String, Option<FreshKeys>)> {
    let init = Init { database_url, name, stage, yes: true, public_url: None, listen: DEFAULT_LISTEN.to_owned() };
    let outcome = if init.database_url == MANAGED {
        init.managed(control).await?
    } else {
        let target = Target::parse(&Secret::new(init.database_url.clone()))?;
        let slug = init.name.clone().unwrap_or_else(|| slug_of(&target.name));
        check_slug(&slug)?;
        let engine = connect(&target).await?;
        init.make(control, slug, target, &*engine).await?
    };
    Ok((outcome.slug, outcome.keys))
}

impl Init {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let outcome = match self.database_url.as_str() {
            MANAGED => {
                // Before there is a file of that name.
                check_slug(self.name.as_deref().unwrap_or(MANAGED_SLUG))?;
                let control = global.open(true)?;
                self.managed(&control).await.map(|outcome| (control, outcome))?
            }
            url => {
                let target = Target::parse(&Secret::new(url.to_owned()))?;
                let slug = self.name.clone().unwrap_or_else(|| slug_of(&target.name));
                check_slug(&slug)?;
                note(format_args!("Connecting to {} ...", target.display));
                let engine = connect(&target).await?;
                // Only now is anything written, and only into our own directory.
                let control = global.open(true)?;
                self.make(&control, slug, target, &*engine).await.map(|outcome| (control, outcome))?
            }
        };
        let (control, outcome) = outcome;
        if !control.settle().await? {
            note("A running node has not taken the change in yet; it will.");
        }
        self.show(global, &control, outcome).await
    }

    /// A database of our own, made where it does not exist yet.
    async fn managed(&self, control: &Control) -> anyhow::Result<Outcome> {
        let slug = self.name.clone().unwrap_or_else(|| MANAGED_SLUG.to_owned());
        let target = control.managed_target(&slug, self.stage)?;
        let engine = connect(&target).await?;
        self.make(control, slug, target, &*engine).await
    }

    async fn make(
        &self,
        control: &Control,
        slug: String,
        target: Target,
        engine: &dyn portcullis_engines::Engine,
    ) -> anyhow::Result<Outcome> {
        if let Some(connection) = control.existing(&slug, self.stage, &target).await? {
            return again(control, connection, &target, engine).await;
        }
        let catalog = introspect(&target, engine, Some(progress("Reading the schema"))).await?;
        let mut warnings = warnings(&catalog);
        warnings.extend(unseen_schemas(&target, &catalog));
        list(&catalog, &warnings);
        let mut proposal = Proposal::look(&catalog, engine).await;
        // Of a database of ours there is nothing to ask.
        let managed = self.database_url == MANAGED;
        if !catalog.tables.is_empty() {
            proposal.confirm(&catalog, self.yes || managed);
        }
        warnings.extend(proposal.warnings.iter().cloned());
        let expose = self.yes
            || managed
            || catalog.tables.is_empty()
            || ask("Expose the tables to callers with credentials?", true);
        let mut settings = propose(&catalog, expose);
        settings.mapping = proposal.mapping.clone();
        if managed && catalog.tables.iter().any(|table| table.name == "users") {
            map_managed_users(&mut settings);
        }
        guard_users(&mut settings, &catalog);
        let closed = closed::close(&mut settings, &catalog, &proposal.all);
        let said = proposal.warnings.len();
        proposal.apply_tenancy(&mut settings, &catalog);
        warnings.extend(proposal.warnings[said..].iter().cloned());
        if !closed.is_empty() {
            let warning = format!(
                "not exposed, as logins, rights or the workings of an application seem to be kept there: {}; `expose = true` in \
                 the settings changes that",
                closed.join(", ")
            );
            note(format_args!("warning: {warning}"));
            warnings.push(warning);
        }
        let new = NewStage { slug, stage: self.stage, target, catalog, settings };
        let Created { project, in_force, keys } = control.create(new).await?;
        Ok(Outcome { project_id: project.id.0, slug: project.slug, in_force, keys: Some(keys), proposal, warnings })
    }

    /// The base of the URLs: what was given, else where a node runs, else where one would listen.
    async fn root(&self, control: &Control) -> anyhow::Result<(String, bool)> {
        let nodes = control.store().live_nodes().await?;
        let address = options::listen_address(&self.listen)?;
        let root = match (&self.public_url, nodes.first()) {
            (None, Some(node)) => node.url.clone(),
            (given, _) => options::base(given.as_deref(), address)?,
        };
        Ok((root, !nodes.is_empty()))
    }
}

/// Lists what was found.
fn list(catalog: &Catalog, warnings: &[String]) {
    let database = Database::build(catalog, Default::default(), &Serve::ALL);
    note(format_args!("Found {}.", show::counted(database.tables())));
    for table in database.tables() {
        note(format_args!(
            "  {} ({}, {})",
            table.name,
            table.info.kind.word().replace('_', " "),
            show::count(table.columns.len(), "column")
        ));
    }
    for warning in warnings {
        note(format_args!("warning: {warning}"));
    }
}

/// The same project, stage and database once more: a sync.
async fn again(
    control: &Control,
    connection: portcullis_control::Connection,
    target: &Target,
    engine: &dyn portcullis_engines::Engine,
) -> anyhow::Result<Outcome> {
    control.set_url(&connection, target).await?;
    let synced = control.sync(&connection.id, engine, Some(progress("Reading the schema"))).await?;
    for change in &synced.changes {
        note(format_args!("  {change}"));
    }
    let mut in_force = synced.in_force;
    if control.give_users(&in_force, engine).await? {
        note("  the table `users` is mapped, so that people can sign up");
        in_force = control.in_force(&connection.id).await?;
    }
    let mut warnings = warnings(&in_force.catalog);
    let waiting = in_force.waiting();
    for name in waiting.tables.iter().chain(&waiting.columns) {
        warnings.push(format!("`{name}` is new and not served until `portcullis schema approve {name}`"));
    }
    let mut proposal = Proposal::look(&in_force.catalog, engine).await;
    proposal.compare(&in_force.settings);
    Ok(Outcome {
        project_id: connection.project.0.clone(),
        slug: connection.slug.clone(),
        in_force,
        keys: None,
        proposal,
        warnings,
    })
}

/// What an operator should know before exposing: secrets by name, and rows that cannot be addressed.
pub fn warnings(catalog: &Catalog) -> Vec<String> {
    let mut warnings = Vec::new();
    for table in Database::build(catalog, Default::default(), &Serve::ALL).tables() {
        let secret: Vec<_> =
            table.info.columns.iter().map(|column| &column.name).filter(|name| named_like_a_secret(name)).collect();
        if !secret.is_empty() {
            let names: Vec<_> = secret.iter().map(|name| format!("{}.{name}", table.name)).collect();
            warnings.push(format!("named like a secret and therefore readable by nobody: {}", names.join(", ")));
        }
        if table.info.kind == TableKind::Table && table.info.primary_key.is_empty() {
            warnings.push(format!(
                "table {} has no primary key: its rows can be listed and filtered, but not addressed one by one",
                table.name
            ));
        }
    }
    warnings
}

/// Schemas that were asked for and hold nothing this login can see.
fn unseen_schemas(target: &Target, catalog: &Catalog) -> Vec<String> {
    let seen = |schema: &str| catalog.tables.iter().any(|table| table.schema.as_deref() == Some(schema));
    let unseen = target.schemas.iter().filter(|schema| !seen(schema));
    unseen.map(|schema| format!("schema {schema} does not exist, is empty, or this login may not use it")).collect()
}
