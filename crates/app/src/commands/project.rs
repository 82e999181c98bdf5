//! `portcullis project`: what there is.

use crate::{
    Global,
    commands::init::tables,
    options::OfProject,
    output::{moment, rfc3339, say, say_json, table},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// Subcommands of `project`.
#[derive(Debug, Subcommand)]
pub enum Project {
    /// Every project with its stages
    List,
    /// One project: its stages and tables
    Show(Show),
}

/// Options of `project show`.
#[derive(Debug, Args)]
pub struct Show {
    /// The project's name or id, the same as --project
    #[arg(value_name = "PROJECT", conflicts_with = "project")]
    name: Option<String>,
    #[command(flatten)]
    of: OfProject,
}

impl Project {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::List => list(global).await,
            Self::Show(which) => show(global, which).await,
        }
    }
}

async fn list(global: &Global) -> anyhow::Result<()> {
    let control = global.open(false)?;
    let (projects, connections) = (control.projects().await?, control.connections().await?);
    let stages = |id| connections.iter().filter(move |one| one.project == id);
    if global.json {
        let all: Vec<Value> = projects
            .iter()
            .map(|project| {
                let stages: Vec<_> = stages(project.id.clone()).map(|one| &one.stage).collect();
                json!({ "id": project.id, "slug": project.slug, "stages": stages })
            })
            .collect();
        return say_json(&json!({ "data": all }));
    }
    if projects.is_empty() {
        say("There are no projects yet; make one with `portcullis init <DATABASE_URL>`.");
    }
    let rows: Vec<[String; 3]> = projects
        .iter()
        .map(|project| {
            let stages: Vec<_> = stages(project.id.clone()).map(|one| one.stage.clone()).collect();
            [project.slug.clone(), project.id.0.clone(), stages.join(", ")]
        })
        .collect();
    table(&rows);
    Ok(())
}

async fn show(global: &Global, which: &Show) -> anyhow::Result<()> {
    let control = global.open(false)?;
    let name = which.name.as_deref().or(which.of.project.as_deref());
    let connection = control.connection(name, which.of.stage).await?;
    let in_force = control.in_force(&connection.id).await?;
    let tables = tables(&in_force);
    if global.json {
        return say_json(&json!({
            "project": { "id": connection.project, "slug": connection.slug },
            "stage": connection.stage,
            "database": connection.display,
            "build": connection.build,
            "synced_at": connection.synced_at.map(rfc3339),
            "tables": tables,
        }));
    }
    let served = tables.iter().filter(|table| table["exposed"] == true).count();
    table(&[
        ["Project".to_owned(), format!("{} ({})", connection.slug, connection.project)],
        ["Stage".to_owned(), connection.stage.clone()],
        ["Database".to_owned(), connection.display.clone()],
        ["Build".to_owned(), connection.build.as_ref().map_or_else(String::new, |build| build.0.clone())],
        [
            "Synced".to_owned(),
            connection.synced_at.map_or_else(|| "never".to_owned(), |at| format!("{} UTC", moment(at))),
        ],
        ["Tables".to_owned(), format!("{} found, {served} served", tables.len())],
    ]);
    Ok(())
}
