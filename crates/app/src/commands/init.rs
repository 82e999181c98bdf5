//! `portcullis init`: from a database URL to an API.

use crate::{
    Global,
    options::{self, DEFAULT_LISTEN},
    output::{ask, note, progress, say, say_json, table},
    service::stage_path,
};
use clap::{Args, builder::BoolishValueParser};
use portcullis_base::Secret;
use portcullis_control::{
    Control, Created, FreshKeys, InForce, NewStage, Target, check_slug, connect, introspect, propose, slug_of,
};
use portcullis_project::Stage;
use portcullis_schema::{Catalog, Database, Serve, Table, TableKind, secrets::named_like_a_secret};
use serde_json::{Value, json};

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

    /// Expose every table found, without asking
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
    warnings: Vec<String>,
}

impl Init {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let outcome = match self.database_url.as_str() {
            MANAGED => self.managed(global).await?,
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
    async fn managed(&self, global: &Global) -> anyhow::Result<(Control, Outcome)> {
        let slug = self.name.clone().unwrap_or_else(|| MANAGED_SLUG.to_owned());
        // Before there is a file of that name.
        check_slug(&slug)?;
        let control = global.open(true)?;
        let path = control.store().dir().join("managed").join(format!("{slug}-{}.sqlite", self.stage));
        portcullis_store::embedded::create(&path, None)?;
        let target = Target::parse(&Secret::new(format!("sqlite:{}", path.display())))?;
        let engine = connect(&target).await?;
        let outcome = self.make(&control, slug, target, &*engine).await?;
        Ok((control, outcome))
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
        let expose = self.confirm(&catalog, &warnings);
        let settings = propose(&catalog, expose);
        let new = NewStage { slug, stage: self.stage, target, catalog, settings };
        let Created { project, in_force, keys } = control.create(new).await?;
        Ok(Outcome { project_id: project.id.0, slug: project.slug, in_force, keys: Some(keys), warnings })
    }

    /// Lists what was found and asks the one question.
    fn confirm(&self, catalog: &Catalog, warnings: &[String]) -> bool {
        let database = Database::build(catalog, Default::default(), &Serve::ALL);
        note(format_args!("Found {}.", counted(database.tables())));
        for table in database.tables() {
            note(format_args!(
                "  {} ({}, {})",
                table.name,
                table.info.kind.word().replace('_', " "),
                count(table.columns.len(), "column")
            ));
        }
        for warning in warnings {
            note(format_args!("warning: {warning}"));
        }
        if self.yes || database.tables().is_empty() {
            return true;
        }
        ask("Expose all of them to callers with credentials?", true)
    }

    async fn show(&self, global: &Global, control: &Control, outcome: Outcome) -> anyhow::Result<()> {
        let Outcome { project_id, slug, in_force, keys, mut warnings } = outcome;
        let (root, running) = self.root(control).await?;
        let default = control.connection(Some(&slug), None).await?.id == in_force.connection.id;
        let stage: Stage = in_force.connection.stage.parse().map_err(anyhow::Error::msg)?;
        let base_url = format!("{root}{}", stage_path(&slug, stage, default));
        let mut moved = None;
        if default && keys.is_some() {
            moved = control.connections().await?.into_iter().find(|one| one.slug == slug && one.stage != stage.word());
        }
        if let Some(other) = moved {
            let warning = format!(
                "/p/{slug} is the stage {stage} from now on, with its own keys; the other stages are at \
                 /p/{slug}@{} and the like",
                other.stage
            );
            note(format_args!("warning: {warning}"));
            warnings.push(warning);
        }
        if global.json {
            return say_json(&json!({
                "project": { "id": project_id, "slug": slug },
                "stage": stage.word(),
                "base_url": base_url,
                "public_key": keys.as_ref().map(|keys| keys.public.expose()),
                "admin_key": keys.as_ref().map(|keys| keys.admin.expose()),
                "tables": tables(&in_force),
                "mapping": {},
                "tenancy": {},
                "warnings": warnings,
            }));
        }
        say(format_args!("\nProject {slug} ({stage}) is ready.\n"));
        let mut rows = vec![
            ["API".to_owned(), base_url.clone()],
            ["Swagger UI".to_owned(), format!("{base_url}/swagger/index.html")],
        ];
        if let Some(keys) = &keys {
            rows.push(["Public key".to_owned(), keys.public.expose().clone()]);
            rows.push(["Admin key".to_owned(), format!("{}  (shown only this once)", keys.admin.expose())]);
        }
        table(&rows);
        if let (Some(keys), Some(first)) = (&keys, first_served(&in_force)) {
            say("\nTry it:\n");
            say(format_args!("  curl -H 'X-Admin-Key: {}' '{base_url}/{first}?pageSize=3'", keys.admin.expose()));
        }
        if keys.is_some() && first_served(&in_force).is_none() {
            say(nothing_served(&in_force, &slug));
        }
        if keys.is_none() {
            say("\nThe schema was read again. Keys stay as they are; `portcullis key rotate` makes new ones.");
        }
        let waiting = in_force.waiting();
        if !waiting.tables.is_empty() || !waiting.columns.is_empty() {
            say(format_args!(
                "\nWaiting for approval: {}. Serve them with `portcullis schema approve --all --project {slug}`.",
                [waiting.tables, waiting.columns].concat().join(", ")
            ));
        }
        if !running {
            let dir = global.given_data_dir().map_or(String::new(), |dir| format!(" --data-dir {}", dir.display()));
            say(format_args!("\nStart the node:\n\n  portcullis serve{dir}"));
        }
        Ok(())
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
    let mut warnings = warnings(&synced.in_force.catalog);
    let waiting = synced.in_force.waiting();
    for name in waiting.tables.iter().chain(&waiting.columns) {
        warnings.push(format!("`{name}` is new and not served until `portcullis schema approve {name}`"));
    }
    Ok(Outcome {
        project_id: connection.project.0.clone(),
        slug: connection.slug.clone(),
        in_force: synced.in_force,
        keys: None,
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

/// Every table as `init --json` shows it.
pub fn tables(in_force: &InForce) -> Vec<Value> {
    let row = |table: &Table| {
        json!({
            "name": table.name,
            "model": table.model,
            "kind": table.info.kind.word(),
            "exposed": in_force.serves(&table.name),
        })
    };
    in_force.all_tables().tables().iter().map(row).collect()
}

fn first_served(in_force: &InForce) -> Option<String> {
    let database = in_force.all_tables();
    let served = || database.tables().iter().filter(|table| in_force.serves(&table.name));
    served().find(|table| !table.primary_key.is_empty()).or_else(|| served().next()).map(|table| table.name.clone())
}

/// What to do about an API that has no table to serve.
fn nothing_served(in_force: &InForce, slug: &str) -> String {
    if in_force.all_tables().tables().is_empty() {
        return format!(
            "\nThere is nothing to serve yet. Make tables, then:\n\n  portcullis connection sync --project {slug}\n  \
             portcullis schema approve --all --project {slug}"
        );
    }
    format!(
        "\nNo table is served yet. Write `expose = true` for those that should be:\n\n  \
         portcullis settings export --project {slug} > settings.toml\n  \
         portcullis settings apply --project {slug} --file settings.toml"
    )
}

fn counted(tables: &[Table]) -> String {
    let views = tables.iter().filter(|table| table.info.kind != TableKind::Table).count();
    match (tables.len() - views, views) {
        (0, 0) => "an empty database".to_owned(),
        (tables, 0) => count(tables, "table"),
        (tables, views) => format!("{} and {}", count(tables, "table"), count(views, "view")),
    }
}

fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}
