//! `portcullis operator`: who administers the instance.

use crate::{
    Global,
    output::{moment, password_from_input, rfc3339, say, say_json, table},
};
use clap::{Args, Subcommand};
use portcullis_base::{Secret, SystemClock};
use portcullis_control::operators::{OperatorInfo, Operators, Source};
use serde_json::{Value, json};
use std::sync::Arc;

/// Subcommands of `operator`.
#[derive(Debug, Subcommand)]
pub enum Operator {
    /// Make an operator
    Create(Account),
    /// Give an operator another password: ends their sessions, and any wait after failed attempts
    Passwd(Account),
    /// Every operator
    List,
}

/// Whose account, and where the password comes from.
#[derive(Debug, Args)]
pub struct Account {
    /// The operator's mail address
    #[arg(long, env = "PORTCULLIS_EMAIL")]
    email: String,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

impl Operator {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Create(account) => {
                // Before an instance is made where there is none.
                let password = account.password("create")?;
                let made = operators(global, true)?.create(&account.email, password, &Source::Command).await?;
                told(global, &made, "can sign in")
            }
            Self::Passwd(account) => {
                let password = account.password("passwd")?;
                let operators = operators(global, false)?;
                let changed = operators.reset_password(&account.email, password, &Source::Command).await?;
                told(global, &changed, "has another password; their sessions have ended")
            }
            Self::List => list(global, &operators(global, false)?.list().await?),
        }
    }
}

impl Account {
    fn password(&self, command: &str) -> anyhow::Result<Secret<String>> {
        let email = &self.email;
        let how = format!("printf %s \"$PASSWORD\" | portcullis operator {command} --email {email} --password-stdin");
        password_from_input(self.password_stdin, &how)
    }
}

fn operators(global: &Global, create: bool) -> anyhow::Result<Operators> {
    Ok(Operators::new(global.open(create)?.store().clone(), Arc::new(SystemClock)))
}

fn told(global: &Global, operator: &OperatorInfo, what: &str) -> anyhow::Result<()> {
    if global.json {
        return say_json(&json!({ "operator": shown(operator) }));
    }
    say(format_args!("{} {what}.", operator.email));
    Ok(())
}

fn list(global: &Global, all: &[OperatorInfo]) -> anyhow::Result<()> {
    if global.json {
        return say_json(&json!({ "data": all.iter().map(shown).collect::<Vec<_>>() }));
    }
    if all.is_empty() {
        say("There are no operators yet; make one with `portcullis operator create --email E --password-stdin`.");
    }
    let seen = |at: Option<_>| at.map_or_else(|| "never signed in".to_owned(), |at| format!("{} UTC", moment(at)));
    let rows: Vec<[String; 3]> =
        all.iter().map(|one| [one.email.clone(), one.id.clone(), seen(one.last_login_at)]).collect();
    table(&rows);
    Ok(())
}

fn shown(operator: &OperatorInfo) -> Value {
    json!({
        "id": operator.id,
        "email": operator.email,
        "created_at": rfc3339(operator.created_at),
        "password_changed_at": rfc3339(operator.password_changed_at),
        "last_login_at": operator.last_login_at.map(rfc3339),
    })
}
