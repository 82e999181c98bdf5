//! `portcullis tenancy column`: the tenant column where tables lack it, as SQL, and run on approval.

use crate::{
    Global,
    options::OfProject,
    output::{note, say, say_json},
};
use anyhow::bail;
use clap::{Args, Subcommand};
use portcullis_control::{TenantColumn, connect};
use serde_json::json;

/// Subcommands of `tenancy`.
#[derive(Debug, Subcommand)]
pub enum Tenancy {
    /// Show the SQL that gives tables a tenant column, filled from what they point at; with --approve run it
    Column(Column),
}

/// Options of `tenancy column`.
#[derive(Debug, Args)]
pub struct Column {
    /// The table of tenants [default: the one of the settings]
    #[arg(long, env = "PORTCULLIS_TENANT_TABLE")]
    tenant_table: Option<String>,
    /// The column [default: the one of the settings]
    #[arg(long, env = "PORTCULLIS_TENANT_COLUMN")]
    column: Option<String>,
    /// A table that gets it; can be repeated [default: every exposed table that nothing is decided about]
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    /// The tenant of rows that point at nothing that tells; without it nobody sees them
    #[arg(long, value_name = "TENANT")]
    fill: Option<String>,
    /// Run it; broken off, it goes on when it is run again
    #[arg(long)]
    approve: bool,
    #[command(flatten)]
    of: OfProject,
}

impl Tenancy {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Column(column) => column.run(global).await,
        }
    }
}

impl Column {
    async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let control = global.open(false)?;
        let connection = control.connection(self.of.project.as_deref(), self.of.stage).await?;
        let before = control.in_force(&connection.id).await?;
        let settings = &before.settings.tenancy;
        let (Some(tenant_table), Some(column)) = (
            self.tenant_table.clone().or_else(|| settings.tenant_table.clone()),
            self.column.clone().or_else(|| settings.tenant_column.clone()),
        ) else {
            bail!("name the table of tenants and the column: --tenant-table accounts --column account_id");
        };
        let wanted = TenantColumn { tenant_table, column, tables: self.tables.clone(), fill: self.fill.clone() };
        let engine = connect(&control.target(&connection)?).await?;
        let steps = control.tenant_column_plan(&before, &wanted, &*engine).await?;
        if !self.approve {
            if global.json {
                let steps: Vec<_> = steps
                    .iter()
                    .map(|step| json!({"table": step.table, "what": step.what, "sql": step.sql, "from": step.from}))
                    .collect();
                return say_json(&json!({ "approved": false, "steps": steps }));
            }
            for step in &steps {
                if let Some(from) = &step.from {
                    say(format_args!("-- {}: the tenant of {from}; again until no row is left", step.table));
                }
                say(format_args!("{};", step.sql));
            }
            note("Nothing was done. With --approve this is run.");
            return Ok(());
        }
        let tell = |at: portcullis_control::TenantProgress| {
            let rows = if at.rows > 0 { format!(", {} rows", at.rows) } else { String::new() };
            note(format_args!("{}/{} {}: {}{rows}", at.step, at.steps, at.table, at.what));
        };
        let filled = control.run_tenant_column(&before, &wanted, &tell).await?;
        drop(control.sync(&connection.id, &*engine, None).await?);
        let mut names: Vec<String> = steps.iter().map(|step| format!("{}.{}", step.table, wanted.column)).collect();
        names.dedup();
        let now = control.in_force(&connection.id).await?;
        let waiting = now.waiting().columns;
        names.retain(|name| waiting.contains(name));
        if !names.is_empty() {
            drop(control.approve(now, Some(&names)).await?);
        }
        control.settle().await?;
        if global.json {
            return say_json(&json!({ "approved": true, "rows": filled, "columns": names }));
        }
        say(format_args!("Done; {filled} rows were given their tenant."));
        Ok(())
    }
}
