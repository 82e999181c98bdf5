//! `portcullis connection`: the databases of projects.

use crate::{
    Global,
    options::OfProject,
    output::{moment, note, progress, rfc3339, say, say_json, table},
};
use clap::{Args, Subcommand};
use portcullis_control::connect;
use serde_json::{Value, json};

/// Subcommands of `connection`.
#[derive(Debug, Subcommand)]
pub enum Connection {
    /// Every connection
    List,
    /// Whether the database answers
    Test(OfProject),
    /// Read the schema again, and serve what follows from it
    Sync(OfProject),
    /// Let declared schemas change this database's structure, or no longer
    Manage(Manage),
}

/// Options of `connection manage`.
#[derive(Debug, Args)]
pub struct Manage {
    /// No longer
    #[arg(long)]
    off: bool,
    #[command(flatten)]
    of: OfProject,
}

impl Connection {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::List => list(global).await,
            Self::Test(of) => test(global, of).await,
            Self::Sync(of) => sync(global, of).await,
            Self::Manage(manage) => manage.run(global).await,
        }
    }
}

impl Manage {
    async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let control = global.open(false)?;
        let connection = control.connection(self.of.project.as_deref(), self.of.stage).await?;
        control.set_managed(&connection, !self.off).await?;
        let managed = control.is_managed(&connection).await?;
        if global.json {
            return say_json(&json!({ "project": connection.slug, "stage": connection.stage, "managed": managed }));
        }
        let what = if managed { "may be changed by" } else { "is only changed by approved" };
        say(format_args!(
            "{} ({}): the structure of {} {what} declared schemas.",
            connection.slug, connection.stage, connection.display
        ));
        Ok(())
    }
}

async fn list(global: &Global) -> anyhow::Result<()> {
    let all = global.open(false)?.connections().await?;
    if global.json {
        let all: Vec<Value> = all
            .iter()
            .map(|one| {
                json!({
                    "id": one.id, "project": one.slug, "stage": one.stage, "engine": one.engine,
                    "database": one.display, "synced_at": one.synced_at.map(rfc3339),
                })
            })
            .collect();
        return say_json(&json!({ "data": all }));
    }
    if all.is_empty() {
        say("There are no connections yet; make one with `portcullis init <DATABASE_URL>`.");
    }
    let synced = |one: &portcullis_control::Connection| {
        one.synced_at.map_or_else(|| "never synced".to_owned(), |at| format!("synced {} UTC", moment(at)))
    };
    let rows: Vec<_> =
        all.iter().map(|one| [one.slug.clone(), one.stage.clone(), one.display.clone(), synced(one)]).collect();
    table(&rows);
    Ok(())
}

async fn test(global: &Global, of: &OfProject) -> anyhow::Result<()> {
    let control = global.open(false)?;
    let connection = control.connection(of.project.as_deref(), of.stage).await?;
    let target = control.target(&connection)?;
    connect(&target).await?;
    if global.json {
        return say_json(&json!({ "project": connection.slug, "stage": connection.stage, "ok": true }));
    }
    say(format_args!("{} ({}): {} answers.", connection.slug, connection.stage, connection.display));
    Ok(())
}

async fn sync(global: &Global, of: &OfProject) -> anyhow::Result<()> {
    let control = global.open(false)?;
    let connection = control.connection(of.project.as_deref(), of.stage).await?;
    let target = control.target(&connection)?;
    let engine = connect(&target).await?;
    let synced = control.sync(&connection.id, &*engine, Some(progress("Reading the schema"))).await?;
    if !control.settle().await? {
        note("A running node has not taken the change in yet; it will.");
    }
    let waiting = synced.in_force.waiting();
    if global.json {
        let changes: Vec<String> = synced.changes.iter().map(ToString::to_string).collect();
        return say_json(&json!({
            "project": connection.slug, "stage": connection.stage, "changes": changes, "build": synced.build,
            "waiting": { "tables": waiting.tables, "columns": waiting.columns },
        }));
    }
    if synced.changes.is_empty() {
        say("Nothing has changed since the last sync.");
    }
    for change in &synced.changes {
        say(change);
    }
    if !waiting.tables.is_empty() || !waiting.columns.is_empty() {
        say(format_args!("Approve with `portcullis schema approve --all --project {}`.", connection.slug));
    }
    Ok(())
}
