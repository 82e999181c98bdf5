//! `portcullis doctor`: checks the set-up and every project, and says what to do.

mod identity;
mod roles;
mod tenants;

use crate::{
    Global,
    commands::init::warnings,
    options::OfProject,
    output::{say, say_json},
};
use clap::Args;
use portcullis_control::{Connection, Control, connect};
use portcullis_schema::Database;
use portcullis_store::StoreError;
use serde::Serialize;
use std::{process::ExitCode, time::Duration};
use tokio::time::timeout;

/// How long a database may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Try to cross from one tenant to another on every path of a stage; keeps nothing of what it writes
    #[arg(long)]
    tenants: bool,
    #[command(flatten)]
    of: OfProject,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    Warning,
    Failed,
}

/// One check.
#[derive(Debug, Serialize)]
struct Check {
    check: &'static str,
    /// Which project and stage, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    status: Status,
    message: String,
}

#[derive(Default)]
struct Report(Vec<Check>);

impl Report {
    fn add(&mut self, check: &'static str, subject: Option<&str>, status: Status, message: impl Into<String>) {
        self.0.push(Check { check, subject: subject.map(str::to_owned), status, message: message.into() });
    }
}

impl Doctor {
    /// Runs the command; something that failed gives exit code 1.
    pub async fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        if self.tenants {
            return tenants::run(global, &self.of).await;
        }
        let mut report = Report::default();
        if let Some(control) = open(global, &mut report) {
            for connection in control.connections().await? {
                examine(&control, &connection, &mut report).await;
            }
            if control.projects().await?.is_empty() {
                report.add(
                    "projects",
                    None,
                    Status::Warning,
                    "none yet; make one with `portcullis init <DATABASE_URL>`",
                );
            }
            let nodes = control.store().live_nodes().await?;
            let message = match nodes.as_slice() {
                [] => "none runs on this machine; start one with `portcullis serve`".to_owned(),
                nodes => nodes.iter().map(|node| node.url.as_str()).collect::<Vec<_>>().join(", "),
            };
            report.add("nodes", None, Status::Ok, message);
        }
        let failed = report.0.iter().any(|check| check.status == Status::Failed);
        show(global, &report, failed)?;
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn open(global: &Global, report: &mut Report) -> Option<Control> {
    let dir = global.data_dir();
    match global.open(false) {
        Ok(control) => {
            report.add("data directory", None, Status::Ok, format!("`{}`", dir.display()));
            check_rights(&dir, report);
            report.add("master key", None, Status::Ok, "opens this instance's secrets");
            report.add("control store", None, Status::Ok, "answers");
            Some(control)
        }
        Err(error) => {
            let check = match error.downcast_ref::<StoreError>() {
                Some(StoreError::NoInstance(_)) => "data directory",
                Some(
                    StoreError::MasterKeyMissing(_)
                    | StoreError::MasterKeyWrong { .. }
                    | StoreError::MasterKeyUnusable { .. },
                ) => "master key",
                _ => "control store",
            };
            report.add(check, None, Status::Failed, format!("{error:#}"));
            None
        }
    }
}

/// Warns where others on the machine may read what is private.
fn check_rights(dir: &std::path::Path, report: &mut Report) {
    #[cfg(unix)]
    for (name, allowed) in [("", 0o700), ("control.db", 0o600), ("master.key", 0o600)] {
        use std::os::unix::fs::PermissionsExt as _;
        let path = dir.join(name);
        let Ok(metadata) = std::fs::metadata(&path) else { continue };
        let mode = metadata.permissions().mode() & 0o777;
        if mode & !allowed != 0 {
            let shown = path.display();
            let message = format!("`{shown}` may be used by others (mode {mode:o}); run chmod {allowed:o} '{shown}'");
            report.add("file rights", None, Status::Warning, message);
        }
    }
    #[cfg(not(unix))]
    let _ = (dir, report);
}

async fn examine(control: &Control, connection: &Connection, report: &mut Report) {
    let subject = format!("{} ({})", connection.slug, connection.stage);
    let subject = Some(subject.as_str());
    let reached = reach(control, connection).await;
    let answers = reached.is_ok();
    match reached {
        Ok(()) => report.add("database", subject, Status::Ok, format!("{} answers", connection.display)),
        Err(error) => report.add("database", subject, Status::Failed, error),
    }
    let in_force = match control.in_force(&connection.id).await {
        Ok(in_force) => in_force,
        Err(error) => return report.add("build", subject, Status::Failed, error.to_string()),
    };
    let faults = portcullis_control::check(&in_force.settings, &in_force.catalog);
    for fault in faults {
        report.add("settings", subject, Status::Failed, fault);
    }
    if !in_force.settings.auth.enabled {
        let message = "auth.enabled is false: everything exposed can be read and written without credentials";
        report.add("authentication", subject, Status::Warning, message);
    }
    if answers && in_force.settings.auth.enabled {
        identity::examine(control, connection, &in_force, report).await;
        roles::examine(control, connection, &in_force, report).await;
    }
    let database: Database = in_force.all_tables();
    let served = database.tables().iter().filter(|table| in_force.serves(&table.name)).count();
    report.add("tables", subject, Status::Ok, format!("{} found, {served} served", database.tables().len()));
    for warning in warnings(&in_force.catalog) {
        report.add("schema", subject, Status::Warning, warning);
    }
    let waiting = in_force.waiting();
    let names = [waiting.tables, waiting.columns].concat();
    if !names.is_empty() {
        let message = format!(
            "new and not served: {}; approve with `portcullis schema approve --project {} --stage {} {}`",
            names.join(", "),
            connection.slug,
            connection.stage,
            names.join(" ")
        );
        report.add("approvals", subject, Status::Warning, message);
    }
}

async fn reach(control: &Control, connection: &Connection) -> Result<(), String> {
    let target = control.target(connection).map_err(|error| error.to_string())?;
    match timeout(PATIENCE, connect(&target)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("{} does not answer", connection.display)),
    }
}

fn show(global: &Global, report: &Report, failed: bool) -> anyhow::Result<()> {
    if global.json {
        return say_json(&serde_json::json!({ "ok": !failed, "checks": report.0 }));
    }
    for Check { check, subject, status, message } in &report.0 {
        let mark = match status {
            Status::Ok => "ok     ",
            Status::Warning => "warning",
            Status::Failed => "FAILED ",
        };
        let subject = subject.as_ref().map_or_else(String::new, |subject| format!("{subject}: "));
        say(format_args!("{mark}  {check}: {subject}{message}"));
    }
    Ok(())
}
