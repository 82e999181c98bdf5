//! `portcullis schema`: what a sync found, approving what is new, and tables as a document declares them.

use super::declared;
use crate::{
    Global,
    options::OfProject,
    output::{note, say, say_json, table},
};
use anyhow::bail;
use clap::{Args, Subcommand};
use portcullis_control::{Control, ControlError, InForce};
use portcullis_schema::{Table, closest};
use serde_json::{Value, json};

/// Subcommands of `schema`.
#[derive(Debug, Subcommand)]
pub enum Schema {
    /// Tables and columns, and which of them are served
    Show(Show),
    /// Serve tables and columns that a later sync found
    Approve(Approve),
    /// Show what applying a declared schema would change
    Plan(declared::Plan),
    /// Make the tables of a declared schema, and serve them
    Apply(declared::Apply),
}

/// Options of `schema show`.
#[derive(Debug, Args)]
pub struct Show {
    /// Only this table, with its columns
    table: Option<String>,
    #[command(flatten)]
    of: OfProject,
}

/// Options of `schema approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// Tables (`orders`) and columns (`orders.total`)
    #[arg(value_name = "TABLE[.COLUMN]", required_unless_present = "all", conflicts_with = "all")]
    names: Vec<String>,
    /// Everything that waits
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    of: OfProject,
}

impl Schema {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let control = global.open(false)?;
        match self {
            Self::Show(show) => show.run(global, &control).await,
            Self::Approve(approve) => approve.run(global, &control).await,
            Self::Plan(plan) => plan.run(global, &control).await,
            Self::Apply(apply) => apply.run(global, &control).await,
        }
    }
}

impl Show {
    async fn run(&self, global: &Global, control: &Control) -> anyhow::Result<()> {
        let connection = control.connection(self.of.project.as_deref(), self.of.stage).await?;
        let in_force = control.in_force(&connection.id).await?;
        let database = in_force.all_tables();
        let tables: Vec<&Table> = match &self.table {
            None => database.tables().iter().collect(),
            Some(name) => match database.by_name(name) {
                Some(table) => vec![table],
                None => {
                    let suggestion = closest(name, database.tables().iter().map(|table| table.name.as_str()));
                    return Err(ControlError::UnknownTable {
                        name: name.clone(),
                        suggestion: suggestion.map(str::to_owned),
                    }
                    .into());
                }
            },
        };
        if global.json {
            let tables: Vec<Value> = tables.iter().map(|table| described(&in_force, table)).collect();
            return say_json(&json!({ "project": connection.slug, "stage": connection.stage, "tables": tables }));
        }
        if self.table.is_some() {
            for table in tables {
                columns(&in_force, table);
            }
        } else {
            let row = |table: &&Table| {
                let columns = format!("{} columns", table.columns.len());
                let state = match (state(&in_force, &table.name, ""), waiting_columns(&in_force, table)) {
                    ("served", waiting @ 1..) => format!("served, {waiting} of them waiting for approval"),
                    (state, _) => state.to_owned(),
                };
                [table.name.clone(), table.info.kind.word().to_owned(), columns, state]
            };
            self::table(&tables.iter().map(row).collect::<Vec<_>>());
        }
        Ok(())
    }
}

impl Approve {
    async fn run(&self, global: &Global, control: &Control) -> anyhow::Result<()> {
        let connection = control.connection(self.of.project.as_deref(), self.of.stage).await?;
        let before = control.in_force(&connection.id).await?;
        if !self.all && self.names.is_empty() {
            bail!("name tables or columns, or say --all");
        }
        let approved = control.approve(before, (!self.all).then_some(self.names.as_slice())).await?;
        if !control.settle().await? {
            note("A running node has not taken the change in yet; it will.");
        }
        if global.json {
            return say_json(&json!({
                "project": connection.slug, "stage": connection.stage, "approved": approved.names,
            }));
        }
        match approved.names.as_slice() {
            [] => say("Nothing was waiting."),
            names => say(format_args!("Served from now on: {}.", names.join(", "))),
        }
        Ok(())
    }
}

/// `served`, `waiting` or `not exposed`.
fn state(in_force: &InForce, table: &str, column: &str) -> &'static str {
    let waits = |column: &str| in_force.unapproved.contains(&(table.to_owned(), column.to_owned()));
    if waits("") || (!column.is_empty() && waits(column)) {
        "waiting for approval"
    } else if in_force.serves(table) {
        "served"
    } else {
        "not exposed"
    }
}

fn waiting_columns(in_force: &InForce, table: &Table) -> usize {
    let waits = |name: &str| in_force.unapproved.contains(&(table.name.clone(), name.to_owned()));
    table.columns.iter().filter(|column| waits(&column.name)).count()
}

fn columns(in_force: &InForce, table: &Table) {
    say(format_args!("{} ({}), {}", table.name, table.info.kind.word(), state(in_force, &table.name, "")));
    let rows: Vec<_> = table
        .columns
        .iter()
        .map(|column| {
            let mut notes = Vec::new();
            if table.info.primary_key.contains(&column.name) {
                notes.push("primary key");
            }
            if column.secret {
                notes.push("secret by its name");
            }
            if state(in_force, &table.name, &column.name) == "waiting for approval" {
                notes.push("waiting for approval");
            }
            let null = if column.nullable { "null" } else { "not null" };
            [column.name.clone(), column.native_type.clone(), null.to_owned(), notes.join(", ")]
        })
        .collect();
    self::table(&rows);
}

fn described(in_force: &InForce, table: &Table) -> Value {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|column| {
            json!({
                "name": column.name,
                "type": column.ty.word(),
                "native_type": column.native_type,
                "nullable": column.nullable,
                "primary_key": table.info.primary_key.contains(&column.name),
                "approved": !in_force.unapproved.contains(&(table.name.clone(), column.name.clone())),
            })
        })
        .collect();
    json!({
        "name": table.name,
        "model": table.model,
        "kind": table.info.kind.word(),
        "exposed": in_force.serves(&table.name),
        "waiting": in_force.unapproved.contains(&(table.name.clone(), String::new())),
        "columns": columns,
    })
}
