//! Wiring, the server and the commands. Holds no business rule.
//!
//! The binary `portcullis` is one user of it; a program that embeds a node is another: see [`App::builder`].

pub mod commands;
mod config;
mod embed;
mod first_operator;
mod health;
mod limits;
mod mounts;
mod node;
mod node_email;
mod options;
mod output;
mod server;
mod service;
mod stand;
mod watch;

pub use axum;
pub use embed::{AfterEvent, App, AppBuilder, AppHandle, Event, ServeEvent};
pub use health::Health;
pub use mounts::Mount;
pub use node::{Node, NodeOptions, Running};
pub use options::Global;
pub use portcullis_project::{Settings, Stage};
pub use portcullis_web::{Answer, HookError};
pub use server::{Handler, serve};
pub use service::Service;

use clap::{CommandFactory, FromArgMatches};
use std::{ffi::OsString, process::ExitCode};

/// Runs the command line: 0 done, 1 refused or failed, 2 wrong usage.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let command = match config::apply(commands::Cli::command(), &arguments) {
        Ok(command) => command,
        Err(error) => return output::failed(&error),
    };
    let matches = match command.try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => return usage(&error),
    };
    let cli = match commands::Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    output::start_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::failed(&anyhow::Error::from(error)),
    };
    let done = runtime.block_on(cli.run());
    // A prompt or a hanging name look-up on the blocking pool must not hold the exit up.
    runtime.shutdown_background();
    match done {
        Ok(code) => code,
        Err(error) => output::failed(&error),
    }
}

fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    // Help and version are no mistakes.
    if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}
