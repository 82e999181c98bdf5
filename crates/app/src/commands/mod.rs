//! The command line: one file per command.

mod build;
mod connection;
mod declared;
mod demo;
mod doctor;
pub(crate) mod init;
mod key;
mod mapping;
mod operator;
mod policy;
mod project;
mod role;
mod schema;
pub(crate) mod serve;
mod settings;
mod surface;
mod tenancy;
mod user;

use crate::Global;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Your database, your tables, a complete API. One binary.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. A new one is a file beside these and a variant here.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try it: an embedded shop database, served at once
    Demo(demo::Demo),
    /// Connect a database, read its schema, and make it an API
    Init(init::Init),
    /// Run a node
    Serve(serve::Serve),
    /// Check the set-up and every project; says what to do
    Doctor(doctor::Doctor),
    /// Projects of this instance
    #[command(subcommand)]
    Project(project::Project),
    /// The databases of projects
    #[command(subcommand)]
    Connection(connection::Connection),
    /// What a sync found, and approving what is new
    #[command(subcommand)]
    Schema(schema::Schema),
    /// Settings as code: plan, apply, export
    #[command(subcommand)]
    Settings(settings::Settings),
    /// Builds, and going back to an earlier one
    #[command(subcommand)]
    Build(build::Build),
    /// Keys of a project's stage
    #[command(subcommand)]
    Key(key::Key),
    /// End users of a project: make, list, shut out, give roles
    #[command(subcommand)]
    User(user::User),
    /// Who may do what, as cases that are run against a stage
    #[command(subcommand)]
    Policy(policy::Policy),
    /// What signing in would like the users table to have
    #[command(subcommand)]
    Mapping(mapping::Mapping),
    /// The tenant column where tables lack it
    #[command(subcommand)]
    Tenancy(tenancy::Tenancy),
    /// Compatibility surfaces: other products' clients, unchanged
    #[command(subcommand)]
    Surface(surface::Surface),
    /// Roles of a project and what they may do
    #[command(subcommand)]
    Role(role::Role),
    /// Operators: who administers the instance
    #[command(subcommand)]
    Operator(operator::Operator),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// Why it did not do what it should.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let global = &self.global;
        global.check()?;
        match self.command {
            Command::Demo(command) => command.run(global).await?,
            Command::Init(command) => command.run(global).await?,
            Command::Serve(command) => command.run(global).await?,
            Command::Doctor(command) => return command.run(global).await,
            Command::Project(command) => command.run(global).await?,
            Command::Connection(command) => command.run(global).await?,
            Command::Schema(command) => command.run(global).await?,
            Command::Settings(command) => command.run(global).await?,
            Command::Build(command) => command.run(global).await?,
            Command::Key(command) => command.run(global).await?,
            Command::User(command) => command.run(global).await?,
            Command::Policy(command) => return command.run(global).await,
            Command::Mapping(command) => command.run(global).await?,
            Command::Tenancy(command) => command.run(global).await?,
            Command::Surface(command) => command.run(global).await?,
            Command::Role(command) => command.run(global).await?,
            Command::Operator(command) => command.run(global).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
