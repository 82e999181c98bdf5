//! `portcullis role`: roles of a project and what they may do, over whichever store holds them.

use super::user::{Open, client, now, role_name};
use crate::{
    Global,
    options::OfProject,
    output::{note, say, say_json, table},
};
use anyhow::anyhow;
use clap::{Args, Subcommand};
use portcullis_identity::{IdentityError, roles::RoleView};
use serde_json::{Value, json};

/// Subcommands of `role`.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// Every role: the customer's, those beside the tables, and those of the settings
    List(OfProject),
    /// Make a role, or describe it anew
    Create {
        /// Its name
        #[arg(value_parser = role_name)]
        role: String,
        /// What it is for
        #[arg(long, env = "PORTCULLIS_DESCRIPTION")]
        description: Option<String>,
        #[command(flatten)]
        of: OfProject,
    },
    /// Remove a role, with its permissions and holders
    Delete {
        /// Its name
        role: String,
        #[command(flatten)]
        of: OfProject,
    },
    /// Give a role permissions, such as orders.read, orders.* or *.read
    Grant(Permissions),
    /// Take permissions from a role
    Revoke(Permissions),
}

/// Which role and which permissions.
#[derive(Debug, Args)]
pub struct Permissions {
    /// The role's name
    role: String,
    /// The permissions
    #[arg(required = true, value_name = "PERMISSION")]
    permissions: Vec<String>,
    #[command(flatten)]
    of: OfProject,
}

impl Role {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::List(of) => list(global, of).await,
            Self::Create { role, description, of } => {
                let open = Open::any(global, of).await?;
                let made = open.identity.put_role(&open.project, role, description.as_deref(), &client(), now()).await;
                let new = made.map_err(|error| open.refused(error))?;
                let what = if new { "is there now" } else { "was there already" };
                open.told(global, json!({ "role": role, "new": new }), format_args!("The role `{role}` {what}."))
            }
            Self::Delete { role, of } => {
                let open = Open::any(global, of).await?;
                let gone = open.identity.remove_role(&open.project, role, &client(), now()).await;
                gone.map_err(|error| refused(&open, role, error))?;
                let text = format!("The role `{role}` is gone, and whoever had it has it no longer.");
                open.told(global, json!({ "role": role }), text)
            }
            Self::Grant(grant) => grant.grant(global).await,
            Self::Revoke(revoke) => revoke.revoke(global).await,
        }
    }
}

async fn list(global: &Global, of: &OfProject) -> anyhow::Result<()> {
    let open = Open::any(global, of).await?;
    let all = open.identity.roles(&open.project).await.map_err(|error| open.refused(error))?;
    if global.json {
        let view = |role: &RoleView| -> Value {
            json!({
                "name": role.name,
                "description": role.description,
                "source": role.source.word(),
                "permissions": role.permissions,
            })
        };
        return say_json(&json!({ "data": all.iter().map(view).collect::<Vec<_>>() }));
    }
    let rows: Vec<[String; 3]> = all
        .iter()
        .map(|role| [role.name.clone(), role.source.word().to_owned(), role.permissions.join(", ")])
        .collect();
    table(&rows);
    if !open.project.settings.rbac.enabled {
        note("Roles are not asked for: `[rbac] enabled` is off.");
    }
    Ok(())
}

impl Permissions {
    async fn grant(&self, global: &Global) -> anyhow::Result<()> {
        let open = Open::any(global, &self.of).await?;
        let mut problems = Vec::new();
        for permission in &self.permissions {
            let given = open.identity.grant_permission(&open.project, &self.role, permission, &client(), now()).await;
            problems.extend(given.map_err(|error| refused(&open, &self.role, error))?);
        }
        if global.json {
            return say_json(&json!({ "role": self.role, "permissions": self.permissions, "problems": problems }));
        }
        say(format_args!("The role `{}` has {}.", self.role, self.permissions.join(", ")));
        for problem in problems {
            note(format_args!("This allows nothing so far: {problem}."));
        }
        Ok(())
    }

    async fn revoke(&self, global: &Global) -> anyhow::Result<()> {
        let open = Open::any(global, &self.of).await?;
        for permission in &self.permissions {
            let taken = open.identity.revoke_permission(&open.project, &self.role, permission, &client(), now()).await;
            taken.map_err(|error| match error {
                IdentityError::NotFound => anyhow!("the role `{}` does not have `{permission}`", self.role),
                error => open.refused(error),
            })?;
        }
        let value = json!({ "role": self.role, "permissions": self.permissions });
        open.told(
            global,
            value,
            format_args!("The role `{}` no longer has {}.", self.role, self.permissions.join(", ")),
        )
    }
}

/// Why identity refused, with the name that was given.
fn refused(open: &Open, role: &str, error: IdentityError) -> anyhow::Error {
    match error {
        IdentityError::NotFound => {
            anyhow!("{} has no role `{role}`: make it with `portcullis role create`", open.whose())
        }
        error => open.refused(error),
    }
}
