//! `portcullis schema plan|apply`: tables as a document says.

use crate::{
    Global,
    options::OfProject,
    output::{ask, note, say, say_json},
};
use anyhow::{Context as _, bail};
use clap::{Args, builder::BoolishValueParser};
use portcullis_control::{
    Control,
    declared::{Approval, Declared, SchemaPlan},
};
use portcullis_engines::Engine;
use serde_json::json;
use std::{
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Options of `schema plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// The document, JSON; `-` for standard input
    #[arg(long, env = "PORTCULLIS_FILE", default_value = "schema.json")]
    file: PathBuf,
    #[command(flatten)]
    of: OfProject,
}

/// Options of `schema apply`.
#[derive(Debug, Args)]
pub struct Apply {
    #[command(flatten)]
    plan: Plan,
    /// Do not ask
    #[arg(long, short, env = "PORTCULLIS_YES", value_parser = BoolishValueParser::new())]
    yes: bool,
    /// Also where rows or values are lost
    #[arg(long, env = "PORTCULLIS_CONFIRM_DESTRUCTIVE", value_parser = BoolishValueParser::new())]
    confirm_destructive: bool,
    /// Run the SQL on a database that portcullis does not manage
    #[arg(long, env = "PORTCULLIS_APPROVE_SQL", value_parser = BoolishValueParser::new())]
    approve_sql: bool,
}

impl Plan {
    /// Runs the command.
    pub async fn run(&self, global: &Global, control: &Control) -> anyhow::Result<()> {
        let (plan, _) = self.plan(control).await?;
        if global.json {
            return say_json(&described(&plan, false));
        }
        show(&plan);
        Ok(())
    }

    async fn plan(&self, control: &Control) -> anyhow::Result<(SchemaPlan, Arc<dyn Engine>)> {
        let connection = control.connection(self.of.project.as_deref(), self.of.stage).await?;
        let declared = Declared::parse(&read(&self.file)?)?;
        let engine = portcullis_control::connect(&control.target(&connection)?).await?;
        let before = control.in_force(&connection.id).await?;
        Ok((control.plan_schema(before, &*engine, declared).await?, engine))
    }
}

impl Apply {
    /// Runs the command.
    pub async fn run(&self, global: &Global, control: &Control) -> anyhow::Result<()> {
        let (plan, engine) = self.plan.plan(control).await?;
        // A document from standard input leaves nothing to answer with.
        let asks = !self.yes && !global.json && self.plan.file != Path::new("-") && !plan.is_empty();
        let mut approval = Approval {
            destructive: self.confirm_destructive || plan.declared.confirm_destructive,
            customer: self.approve_sql,
        };
        let refused = (plan.is_destructive() && !approval.destructive)
            || (!plan.managed && !plan.sql.is_empty() && !approval.customer);
        if !global.json && (asks || !refused) {
            show(&plan);
        }
        if asks && !plan.managed && !plan.sql.is_empty() && !approval.customer {
            // Somebody else's database: no is the answer of whoever only presses Enter.
            approval.customer = ask("Run this SQL on a database that portcullis does not manage?", false);
        }
        if asks && plan.is_destructive() && !approval.destructive {
            approval.destructive = ask("Rows or values are lost. Go on?", false);
        } else if asks && !ask("Apply?", true) {
            bail!("nothing was applied");
        }
        let answer = described(&plan, true);
        let (slug, stage) = (plan.before.connection.slug.clone(), plan.before.connection.stage.clone());
        let applied = control.apply_schema(plan, &*engine, approval).await?;
        if !control.settle().await? {
            note("A running node has not taken the change in yet; it will.");
        }
        if global.json {
            let mut answer = answer;
            answer["version"] = applied.version.into();
            answer["build"] = json!(applied.build);
            return say_json(&answer);
        }
        match applied.build {
            Some(build) => {
                say(format_args!("Applied to {slug} ({stage}): version {}, build {}.", applied.version, build.0))
            }
            None => say(format_args!("{slug} ({stage}) is as the document says: version {}.", applied.version)),
        }
        Ok(())
    }
}

fn described(plan: &SchemaPlan, applied: bool) -> serde_json::Value {
    json!({
        "project": plan.before.connection.slug,
        "stage": plan.before.connection.stage,
        "managed": plan.managed,
        "applied": applied,
        "changed": !plan.is_empty(),
        "destructive": plan.is_destructive(),
        "changes": plan.changes,
        "sql": plan.sql,
    })
}

fn show(plan: &SchemaPlan) {
    let connection = &plan.before.connection;
    if plan.is_empty() {
        return say(format_args!("{} ({}): everything is as the document says.", connection.slug, connection.stage));
    }
    say(format_args!("{} ({}):\n", connection.slug, connection.stage));
    for change in &plan.changes {
        say(format_args!("{} {}", if change.destructive { "!" } else { "*" }, change.message));
    }
    if plan.changes.is_empty() {
        say("* the structure stays; access and settings change");
    }
    if plan.resumes {
        say("* an earlier attempt stopped on its way; this goes on from there");
    }
    if !plan.managed && !plan.sql.is_empty() {
        say("\nThe database is not managed by portcullis. This would be run on it:\n");
        for statement in &plan.sql {
            say(format_args!("{statement};"));
        }
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read the document from standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the schema document `{}`; name one with --file", file.display()))
}
