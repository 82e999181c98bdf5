//! `portcullis user`: the end users of a project, in the customer's own table.

use crate::{
    Global,
    options::OfProject,
    output::{note, password_from_input, say, say_json, table},
};
use anyhow::bail;
use clap::{Args, Subcommand};
use portcullis_base::{Clock as _, SystemClock, Timestamp};
use portcullis_control::{Connection, Control, Opener};
use portcullis_identity::{
    Client, Identity, IdentityError,
    mails::{Outbox, OutboxOptions},
    users::Directory,
};
use portcullis_project::Project;
use serde_json::{Value, json};
use std::sync::Arc;

/// Subcommands of `user`.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Make a user: a row of the users table, with a password in the format most rows have
    Create(Create),
    /// The first users of the table, by id
    List {
        /// How many
        #[arg(long, env = "PORTCULLIS_LIMIT", default_value_t = 50)]
        limit: u64,
        #[command(flatten)]
        of: OfProject,
    },
    /// Shut a user out: their sessions end, and they cannot sign in; the table stays as it is
    Disable(One),
    /// Let a user sign in again who was shut out here
    Enable(One),
    /// Roles of a user: in the customer's table where it has them, else beside it
    #[command(subcommand)]
    Role(Role),
    /// Tenants of a user, where `[tenancy]` is on
    #[command(subcommand)]
    Tenant(Tenant),
}

/// Subcommands of `user tenant`.
#[derive(Debug, Subcommand)]
pub enum Tenant {
    /// The user's tenants, the usual one first
    List(One),
    /// Make the user one of a tenant
    Add(TenantOf),
    /// Take the user out of a tenant; their tokens for it end
    Remove(TenantOf),
}

/// Which user and which tenant.
#[derive(Debug, Args)]
pub struct TenantOf {
    /// The user's mail address, or name to sign in with
    #[arg(value_name = "EMAIL")]
    login: String,
    /// The tenant's id
    tenant: String,
    #[command(flatten)]
    of: OfProject,
}

/// Subcommands of `user role`.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// Give a user a role; `administrator` is more than a label
    Give(RoleOf),
    /// Take it again
    Take(RoleOf),
}

/// A new user.
#[derive(Debug, Args)]
pub struct Create {
    /// The user's mail address
    #[arg(long, env = "PORTCULLIS_EMAIL")]
    email: String,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// A role to give the user; can be repeated
    #[arg(long = "role", value_name = "ROLE", value_parser = role_name)]
    roles: Vec<String>,
    #[command(flatten)]
    of: OfProject,
}

/// Which user.
#[derive(Debug, Args)]
pub struct One {
    /// The user's mail address, or name to sign in with
    #[arg(value_name = "EMAIL")]
    login: String,
    #[command(flatten)]
    of: OfProject,
}

/// Which user and which role.
#[derive(Debug, Args)]
pub struct RoleOf {
    /// The user's mail address, or name to sign in with
    #[arg(value_name = "EMAIL")]
    login: String,
    /// The role's name
    #[arg(value_parser = role_name)]
    role: String,
    /// In this tenant only
    #[arg(long, value_name = "ID", env = "PORTCULLIS_TENANT")]
    tenant: Option<String>,
    #[command(flatten)]
    of: OfProject,
}

impl User {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Create(create) => {
                let email = &create.email;
                let how = format!("printf %s \"$PASSWORD\" | portcullis user create --email {email} --password-stdin");
                let password = password_from_input(create.password_stdin, &how)?;
                let open = Open::new(global, &create.of).await?;
                let identity = &open.identity;
                let made = identity.create_user(&open.project, email, &password, &create.roles, &client(), now()).await;
                let user = made.map_err(|error| open.refused(error))?;
                let shown = open.shown(&user).await?;
                open.told(
                    global,
                    json!({ "user": shown }),
                    format_args!("{} can sign in to {}.", user.email, open.whose()),
                )
            }
            Self::List { limit, of } => Open::new(global, of).await?.list(global, *limit).await,
            Self::Disable(one) => one.set_disabled(global, true).await,
            Self::Enable(one) => one.set_disabled(global, false).await,
            Self::Role(Role::Give(of)) => of.set(global, true).await,
            Self::Role(Role::Take(of)) => of.set(global, false).await,
            Self::Tenant(Tenant::List(one)) => one.tenants(global).await,
            Self::Tenant(Tenant::Add(of)) => of.set(global, true).await,
            Self::Tenant(Tenant::Remove(of)) => of.set(global, false).await,
        }
    }
}

impl One {
    async fn set_disabled(&self, global: &Global, disabled: bool) -> anyhow::Result<()> {
        let open = Open::new(global, &self.of).await?;
        let user = open.find(&self.login).await?;
        let done = open.identity.set_disabled(&open.project, &user.id, disabled, &client(), now()).await;
        done.map_err(|error| open.refused(error))?;
        let shown = open.shown(&user).await?;
        let what = match (disabled, user.active) {
            (true, _) => "is shut out; their sessions have ended",
            (false, true) => "can sign in again",
            (false, false) => "is no longer shut out here, but the users table still says that they are not active",
        };
        open.told(global, json!({ "user": shown }), format_args!("{} {what}.", user.email))
    }
}

impl One {
    async fn tenants(&self, global: &Global) -> anyhow::Result<()> {
        let open = Open::new(global, &self.of).await?;
        let user = open.find(&self.login).await?;
        let all = open.identity.tenants_of(&open.project, &user).await.map_err(|error| open.refused(error))?;
        if global.json {
            let view = |one: &portcullis_identity::Tenant| json!({ "id": one.id, "name": one.name, "source": one.source.word(), "roles": one.roles });
            return say_json(&json!({ "data": all.iter().map(view).collect::<Vec<_>>() }));
        }
        let rows: Vec<[String; 4]> = (all.into_iter())
            .map(|one| [one.id, one.name.unwrap_or_default(), one.source.word().to_owned(), one.roles.join(", ")])
            .collect();
        table(&rows);
        Ok(())
    }
}

impl TenantOf {
    async fn set(&self, global: &Global, joins: bool) -> anyhow::Result<()> {
        let open = Open::new(global, &self.of).await?;
        let user = open.find(&self.login).await?;
        let (project, identity) = (&open.project, &open.identity);
        let done = match joins {
            true => identity.join_tenant(project, &user, &self.tenant, &client(), now()).await,
            false => identity.leave_tenant(project, &user, &self.tenant, &client(), now()).await.map(|()| true),
        };
        let new = done.map_err(|error| match error {
            IdentityError::NotFound => anyhow::anyhow!("{} is none of the tenant `{}`", user.email, self.tenant),
            error => open.refused(error),
        })?;
        let what = match (joins, new) {
            (true, true) => "is one of the tenant now",
            (true, false) => "was one of the tenant already",
            (false, _) => "is no longer one of the tenant",
        };
        let value = json!({ "user": open.shown(&user).await?, "tenant": self.tenant });
        open.told(global, value, format_args!("{} {what}: `{}`.", user.email, self.tenant))
    }
}

impl RoleOf {
    async fn set(&self, global: &Global, given: bool) -> anyhow::Result<()> {
        let open = Open::new(global, &self.of).await?;
        let user = open.find(&self.login).await?;
        if let Some(tenant) = &self.tenant {
            return self.set_in(global, &open, &user, tenant, given).await;
        }
        let done = open.identity.set_role(&open.project, &user.id, &self.role, given, &client(), now()).await;
        done.map_err(|error| open.refused(error))?;
        let shown = open.shown(&user).await?;
        let what = if given { "has the role" } else { "no longer has the role" };
        let own = shown["role"].as_str() == Some(self.role.as_str());
        let beside = if !given && own { " from here; the users table still says so" } else { "" };
        open.told(global, json!({ "user": shown }), format_args!("{} {what} `{}`{beside}.", user.email, self.role))
    }
}

impl RoleOf {
    async fn set_in(
        &self,
        global: &Global,
        open: &Open,
        user: &portcullis_identity::User,
        tenant: &str,
        given: bool,
    ) -> anyhow::Result<()> {
        let (project, identity, what) = (&open.project, &open.identity, (tenant, self.role.as_str()));
        let done = match given {
            true => identity.give_tenant_role(project, user, what, &client(), now()).await,
            false => identity.take_tenant_role(project, user, what, &client(), now()).await,
        };
        done.map_err(|error| match error {
            IdentityError::NotFound => {
                anyhow::anyhow!("{} does not have the role `{}` in the tenant `{tenant}`", user.email, self.role)
            }
            IdentityError::NotAMember => anyhow::anyhow!(
                "{} is none of the tenant `{tenant}`: add them with `portcullis user tenant add`",
                user.email
            ),
            error => open.refused(error),
        })?;
        let has = if given { "has the role" } else { "no longer has the role" };
        let value = json!({ "user": open.shown(user).await?, "tenant": tenant, "role": self.role });
        open.told(global, value, format_args!("{} {has} `{}` in the tenant `{tenant}`.", user.email, self.role))
    }
}

/// A project opened for one command.
pub(super) struct Open {
    control: Control,
    connection: Connection,
    pub project: Arc<Project>,
    pub identity: Identity,
}

impl Open {
    async fn new(global: &Global, of: &OfProject) -> anyhow::Result<Self> {
        let open = Self::any(global, of).await?;
        if let Err(error) = Directory::of(&open.project) {
            return Err(open.refused(error));
        }
        Ok(open)
    }

    /// The same, whether there is a users table or not.
    pub async fn any(global: &Global, of: &OfProject) -> anyhow::Result<Self> {
        let control = global.open(false)?;
        let connection = control.connection(of.project.as_deref(), of.stage).await?;
        let project = Opener::open_alone(&control, &connection).await?;
        let store = control.store().clone();
        let identity = Identity::new(store.clone(), Outbox::new(store, OutboxOptions::default()));
        Ok(Self { control, connection, project, identity })
    }

    pub fn whose(&self) -> String {
        format!("{} ({})", self.connection.slug, self.connection.stage)
    }

    fn directory(&self) -> anyhow::Result<Directory<'_>> {
        Directory::of(&self.project).map_err(|error| self.refused(error))
    }

    async fn find(&self, login: &str) -> anyhow::Result<portcullis_identity::User> {
        let found = self.directory()?.by_login(login).await.map_err(|error| self.refused(error))?;
        match found {
            Some(user) => Ok(user),
            None => bail!("{} has no user `{login}`, or several of that address, who cannot sign in", self.whose()),
        }
    }

    async fn list(&self, global: &Global, limit: u64) -> anyhow::Result<()> {
        let (users, more) = self.directory()?.first(limit).await.map_err(|error| self.refused(error))?;
        let mut all = Vec::with_capacity(users.len());
        for user in &users {
            all.push(self.shown(user).await?);
        }
        if global.json {
            return say_json(&json!({ "data": all, "more": more }));
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let state = |one: &Value| match (&one["disabled"], &one["is_active"]) {
            (Value::Bool(true), _) => "shut out here",
            (_, Value::Bool(false)) => "not active",
            _ => "",
        };
        let roles = |one: &Value| {
            let given = one["roles"].as_array().into_iter().flatten();
            one["role"].as_str().into_iter().chain(given.filter_map(Value::as_str)).collect::<Vec<_>>().join(", ")
        };
        let rows: Vec<[String; 5]> = (all.iter())
            .map(|one| [text(&one["id"]), text(&one["email"]), text(&one["name"]), roles(one), state(one).to_owned()])
            .collect();
        table(&rows);
        if more {
            note(format_args!("There are more; show them with --limit {}.", limit.saturating_mul(10)));
        }
        Ok(())
    }

    /// A user as operators see them; never a hash.
    async fn shown(&self, user: &portcullis_identity::User) -> anyhow::Result<Value> {
        let kept = self.control.end_user(&self.connection.id, &user.id).await?;
        Ok(json!({
            "id": user.id,
            "email": user.email,
            "name": user.name,
            "is_active": user.active,
            "disabled": kept.disabled,
            "role": user.role,
            "roles": kept.roles,
        }))
    }

    pub fn told(&self, global: &Global, value: Value, text: impl std::fmt::Display) -> anyhow::Result<()> {
        if global.json {
            return say_json(&value);
        }
        say(text);
        Ok(())
    }

    /// Why identity refused, with what would help.
    pub fn refused(&self, error: IdentityError) -> anyhow::Error {
        match error {
            IdentityError::NotConfigured => anyhow::anyhow!(
                "{} has no users table: name it in `[mapping.user]` of the settings (`portcullis settings export`)",
                self.whose()
            ),
            IdentityError::ReadOnly => {
                anyhow::anyhow!("the users table of {} cannot be written with the login of its URL", self.whose())
            }
            IdentityError::Invalid { code: "missing_column", message, .. } => anyhow::anyhow!(
                "{message}, and this command sets no more than address and password; make the row where the others \
                 were made, and its user can sign in here"
            ),
            error => anyhow::anyhow!(error),
        }
    }
}

pub(super) fn client() -> Client {
    Client { surface: &portcullis_identity::COMMAND, ..Client::default() }
}

pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

pub(super) fn role_name(text: &str) -> Result<String, String> {
    let good =
        !text.trim().is_empty() && text.len() <= 64 && text.trim() == text && !text.chars().any(char::is_control);
    if good {
        Ok(text.to_owned())
    } else {
        Err("a role's name has 1 to 64 letters, without blanks around it".to_owned())
    }
}
