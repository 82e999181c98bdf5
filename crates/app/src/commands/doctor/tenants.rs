//! `doctor --tenants`: tries to cross from one tenant to another on every path of a stage; keeps nothing.

use crate::{
    Global,
    options::OfProject,
    output::{say, say_json},
    stand,
};
use portcullis_api::crossing::{Crossing, cross};
use serde_json::json;
use std::process::ExitCode;

/// Leaks that are shown one by one.
const SHOWN: usize = 20;

/// Runs the crossing test; anything that went across gives exit code 1.
pub async fn run(global: &Global, of: &OfProject) -> anyhow::Result<ExitCode> {
    let open = stand::open(global, of).await?;
    let report = cross(&open.stand).await?;
    let good = report.leaks.is_empty() && report.broken.is_empty();
    if global.json {
        say_json(&json!({ "ok": good, "crossing": report }))?;
    } else {
        show(&report);
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(report: &Crossing) {
    for leak in report.leaks.iter().take(SHOWN) {
        say(format_args!("LEAK     {}, tenant {}: {}\n         {}", leak.path, leak.tenant, leak.request, leak.why));
    }
    if report.leaks.len() > SHOWN {
        say(format_args!("         and {} more; --json shows all", report.leaks.len() - SHOWN));
    }
    for broken in report.broken.iter().take(SHOWN) {
        say(format_args!("FAILED   tenant {}: {}\n         {}", broken.tenant, broken.request, broken.why));
    }
    if report.broken.len() > SHOWN {
        say(format_args!("         and {} more; --json shows all", report.broken.len() - SHOWN));
    }
    for skipped in &report.skipped {
        say(format_args!("skipped  {skipped}"));
    }
    let listed = [
        ("tables", &report.tables),
        ("one side", &report.one_sided),
        ("no key", &report.keyless),
        ("shared", &report.shared),
    ];
    for (word, tables) in listed.iter().filter(|(_, tables)| !tables.is_empty()) {
        say(format_args!("{word:<8} {}", tables.join(", ")));
    }
    let paths: Vec<String> = report.paths.iter().map(|(path, tried)| format!("{path} {tried}")).collect();
    say(format_args!("paths    {}", paths.join(", ")));
    say(format_args!(
        "{} requests tried to cross on {} tables, {} of a caller's own had to work; {} leaks. {} tables are everybody's, {} \
         could not be tried. Nothing was kept.",
        report.tried,
        report.tables.len(),
        report.controls,
        report.leaks.len(),
        report.shared.len(),
        report.skipped.len()
    ));
}
