//! `portcullis policy test`: cases of who may do what, run against a stage. Nothing they write is kept.

pub mod file;
pub mod run;

use crate::{
    Global,
    options::OfProject,
    output::{say, say_json},
    stand,
};
use clap::{Args, Subcommand};
use portcullis_base::{Clock as _, SystemClock};
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};

/// Subcommands of `policy`.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Run a file of cases (caller, request, what should come of it) against a stage
    Test(Test),
}

/// A file of cases.
#[derive(Debug, Args)]
pub struct Test {
    /// The file
    #[arg(long, env = "PORTCULLIS_FILE", default_value = "policy.toml")]
    file: PathBuf,
    #[command(flatten)]
    of: OfProject,
}

impl Policy {
    /// Runs the command; a case that comes out otherwise gives exit code 1.
    pub async fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        match self {
            Self::Test(test) => test.run(global).await,
        }
    }
}

impl Test {
    async fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let cases = file::read(&self.file)?.cases;
        let open = stand::open(global, &self.of).await?;
        let mut outcomes = Vec::with_capacity(cases.len());
        for case in &cases {
            let outcome = run::run(&open.stand, &open.identity, case, SystemClock.now()).await;
            let outcome = outcome.unwrap_or_else(|error| run::Outcome {
                name: case.name.clone(),
                faults: vec![format!("{error:#}")],
                status: 0,
            });
            if !global.json {
                let mark = if outcome.faults.is_empty() { "ok     " } else { "FAILED " };
                say(format_args!("{mark}  {}", outcome.name));
                outcome.faults.iter().for_each(|fault| say(format_args!("         {fault}")));
            }
            outcomes.push(outcome);
        }
        let failed = outcomes.iter().filter(|outcome| !outcome.faults.is_empty()).count();
        if global.json {
            let all: Vec<_> = outcomes
                .iter()
                .map(|one| json!({"name": one.name, "ok": one.faults.is_empty(), "status": one.status, "faults": one.faults}))
                .collect();
            say_json(&json!({"ok": failed == 0, "cases": all}))?;
        } else {
            say(format_args!("{} cases, {failed} failed.", outcomes.len()));
        }
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
