//! `portcullis settings`: configuration as code.

use crate::{
    Global,
    options::OfProject,
    output::{ask, note, say, say_json},
};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, builder::BoolishValueParser};
use portcullis_base::Secret;
use portcullis_control::{Connection, Control, Plan, document};
use portcullis_crypto::jwt::SigningKey;
use serde_json::json;
use std::{
    io::{IsTerminal as _, Read as _},
    path::{Path, PathBuf},
};

/// Subcommands of `settings`.
#[derive(Debug, Subcommand)]
pub enum Settings {
    /// Show what applying a document would change
    Plan(Document),
    /// Make a document the settings of a stage: plan, build, deploy
    Apply(Apply),
    /// Print the settings of a stage as TOML
    Export(OfProject),
    /// Values that settings name as `secret:NAME`
    #[command(subcommand)]
    Secret(SecretCommand),
}

/// A document and whose it is.
#[derive(Debug, Args)]
pub struct Document {
    /// The document, TOML or JSON; `-` for standard input
    #[arg(long, env = "PORTCULLIS_FILE", default_value = "settings.toml")]
    file: PathBuf,
    #[command(flatten)]
    of: OfProject,
}

/// Options of `settings apply`.
#[derive(Debug, Args)]
pub struct Apply {
    #[command(flatten)]
    document: Document,
    /// Do not ask
    #[arg(long, short, env = "PORTCULLIS_YES", value_parser = BoolishValueParser::new())]
    yes: bool,
}

/// Subcommands of `settings secret`.
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Keep a value, read from standard input, sealed
    Set {
        /// The name behind `secret:`
        name: String,
        #[command(flatten)]
        of: OfProject,
    },
}

impl Settings {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let control = global.open(false)?;
        match self {
            Self::Plan(document) => {
                let plan = document.plan(&control).await?;
                show(global, &plan, None)
            }
            Self::Apply(apply) => apply.run(global, &control).await,
            Self::Export(of) => {
                let connection = control.connection(of.project.as_deref(), of.stage).await?;
                let in_force = control.in_force(&connection.id).await?;
                if global.json {
                    return say_json(&in_force.settings);
                }
                say(control.export(&in_force).trim_end());
                Ok(())
            }
            Self::Secret(SecretCommand::Set { name, of }) => set_secret(global, &control, name, of).await,
        }
    }
}

impl Document {
    async fn plan(&self, control: &Control) -> anyhow::Result<Plan> {
        let connection = control.connection(self.of.project.as_deref(), self.of.stage).await?;
        let settings = document::parse(&read(&self.file)?)?;
        Ok(control.plan(control.in_force(&connection.id).await?, settings)?)
    }
}

impl Apply {
    async fn run(&self, global: &Global, control: &Control) -> anyhow::Result<()> {
        let plan = self.document.plan(control).await?;
        if plan.is_empty() {
            return show(global, &plan, None);
        }
        if !global.json {
            show(global, &plan, None)?;
        }
        // A document from standard input leaves nothing to answer with.
        let asks = !self.yes && !global.json && self.document.file != Path::new("-");
        if asks && !ask("Apply?", true) {
            bail!("nothing was applied");
        }
        let (slug, stage) = (plan.before.connection.slug.clone(), plan.before.connection.stage.clone());
        let shown = (plan.diff.clone(), plan.effects.clone());
        let build = control.apply(plan).await?;
        if !control.settle().await? {
            note("A running node has not taken the change in yet; it will.");
        }
        if global.json {
            let (diff, effects) = shown;
            return say_json(&json!({
                "project": slug, "stage": stage, "changed": build.is_some(), "build": build, "diff": diff,
                "effects": effects,
            }));
        }
        say(format_args!("Applied to {slug} ({stage}); build {}.", build.map_or_else(String::new, |build| build.0)));
        Ok(())
    }
}

fn show(global: &Global, plan: &Plan, build: Option<&str>) -> anyhow::Result<()> {
    let connection = &plan.before.connection;
    if global.json {
        return say_json(&json!({
            "project": connection.slug, "stage": connection.stage, "changed": !plan.is_empty(), "build": build,
            "diff": plan.diff, "effects": plan.effects,
        }));
    }
    if plan.is_empty() {
        say(format_args!("{} ({}): the settings are already as the document says.", connection.slug, connection.stage));
        return Ok(());
    }
    say(format_args!("{} ({}):\n", connection.slug, connection.stage));
    say(&plan.diff);
    for effect in &plan.effects {
        say(format_args!("* {effect}"));
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read the document from standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the settings document `{}`; name one with --file", file.display()))
}

async fn set_secret(global: &Global, control: &Control, name: &str, of: &OfProject) -> anyhow::Result<()> {
    let connection = control.connection(of.project.as_deref(), of.stage).await?;
    let mut value = String::new();
    if std::io::stdin().is_terminal() {
        note("Type the value; it can be read on the screen. End with Enter and Ctrl-D, or pipe it in instead.");
    }
    std::io::stdin().read_to_string(&mut value).context("cannot read the value from standard input")?;
    // `echo` and editors end the line; a secret with a line break at its end is rarer than that.
    let value = Secret::new(value.trim_end_matches(['\r', '\n']).to_owned());
    if value.expose().is_empty() {
        bail!(
            "the value is empty; give it on standard input: printf %s \"$VALUE\" | portcullis settings secret set {name}"
        );
    }
    check_signing(control, &connection, name, &value).await?;
    control.set_secret(&connection, name, &value).await?;
    if global.json {
        return say_json(&json!({ "project": connection.slug, "stage": connection.stage, "secret": name }));
    }
    say(format_args!(
        "Kept `{name}` for {} ({}); settings name it as \"secret:{name}\".",
        connection.slug, connection.stage
    ));
    Ok(())
}

/// The secret that signs access tokens must not be one that can be guessed: every login would fail.
async fn check_signing(
    control: &Control,
    connection: &Connection,
    name: &str,
    value: &Secret<String>,
) -> anyhow::Result<()> {
    let auth = control.in_force(&connection.id).await?.settings.auth;
    if auth.jwt_secret.as_deref().and_then(|text| text.strip_prefix("secret:")) == Some(name) {
        let bytes = Secret::new(value.expose().as_bytes().to_vec());
        SigningKey::from_secret(&bytes).with_context(|| format!("`{name}` cannot sign access tokens"))?;
    }
    Ok(())
}
