//! Rules of roles that are kept beside the settings: what a role may do to one table, to which rows and columns. And
//! callers that are held to one role, also where roles are off.

use crate::{Client, Identity, IdentityError, audit::Event, users::Directory};
use portcullis_base::Timestamp;
use portcullis_project::Project;
use portcullis_query::{
    Json,
    access::{Action, EndUser, PermissionWords, RoleWords, RuleWords},
};
use portcullis_store::{
    StoreError,
    role_rules::{self, RoleRule},
    users,
};
use serde_json::json;
use std::sync::Arc;

/// Rules of one stage at most. SEC-52.
const MOST: usize = 10_000;

/// A rule to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRoleRule {
    /// Whose.
    pub role: String,
    /// On which table.
    pub table: String,
    /// For what.
    pub action: Action,
    /// Which columns; none is all.
    pub fields: Vec<String>,
    /// Which rows.
    pub condition: Option<Json>,
    /// What new rows are given.
    pub defaults: Vec<(String, Json)>,
    /// As it was written where it came from.
    pub given: Json,
    /// Whether it allows anything: one that does not is kept for what it shows.
    pub allows: bool,
}

impl NewRoleRule {
    fn kept(self, created_at: Timestamp, now: Timestamp) -> RoleRule {
        let text = |word: &String| Json::String(word.clone());
        RoleRule {
            role: self.role,
            table: self.table,
            action: self.action.word().to_owned(),
            fields: Json::Array(self.fields.iter().map(text).collect()).to_text(),
            condition: self.condition.map(|condition| condition.to_text()),
            defaults: Json::Object(self.defaults).to_text(),
            given: self.given.to_text(),
            allows: self.allows,
            created_at,
            updated_at: now,
        }
    }
}

impl Identity {
    /// The rules that are kept, the oldest first.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn role_rules(&self, project: &Project) -> Result<Vec<RoleRule>, IdentityError> {
        let connection = project.connection.clone();
        Ok(self.store.db().read(move |tx| role_rules::list(tx, &connection)).await?)
    }

    /// Keeps a rule. It acts with the next request.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] `duplicate` where the role has one for the table and action.
    pub async fn add_role_rule(
        &self,
        project: &Project,
        new: NewRoleRule,
        client: &Client,
        now: Timestamp,
    ) -> Result<RoleRule, IdentityError> {
        let (connection, rule) = (project.connection.clone(), new.kept(now, now));
        let kept = rule.clone();
        let added = self
            .store
            .db()
            .write(move |tx| {
                if role_rules::list(tx, &connection)?.len() >= MOST {
                    return Err(StoreError::Changed);
                }
                role_rules::insert(tx, &connection, &kept)
            })
            .await;
        self.settled_rule(project, added, "role_rule_added", &rule, client, now).await?;
        Ok(rule)
    }

    /// Puts another rule in place of one.
    ///
    /// # Errors
    ///
    /// As [`Identity::add_role_rule`].
    pub async fn change_role_rule(
        &self,
        project: &Project,
        old: &RoleRule,
        new: NewRoleRule,
        client: &Client,
        now: Timestamp,
    ) -> Result<RoleRule, IdentityError> {
        let (connection, rule) = (project.connection.clone(), new.kept(old.created_at, now));
        let (gone, kept) = (old.clone(), rule.clone());
        let changed = self
            .store
            .db()
            .write(move |tx| {
                role_rules::remove(tx, &connection, &gone.role, &gone.table, &gone.action)?;
                role_rules::insert(tx, &connection, &kept)
            })
            .await;
        self.settled_rule(project, changed, "role_rule_changed", &rule, client, now).await?;
        Ok(rule)
    }

    /// Takes a rule away, and with it what it allowed.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn remove_role_rule(
        &self,
        project: &Project,
        rule: &RoleRule,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, gone) = (project.connection.clone(), rule.clone());
        let work = move |tx: &portcullis_store::Tx<'_>| {
            role_rules::remove(tx, &connection, &gone.role, &gone.table, &gone.action)
        };
        let removed = self.store.db().write(work).await.map(drop);
        self.settled_rule(project, removed, "role_rule_removed", rule, client, now).await
    }

    async fn settled_rule(
        &self,
        project: &Project,
        outcome: Result<(), StoreError>,
        event: &'static str,
        rule: &RoleRule,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        match outcome {
            Ok(()) => {}
            Err(StoreError::Exists) => {
                let message = "the role has a rule for this table and action";
                return Err(IdentityError::invalid("action", "duplicate", message));
            }
            Err(StoreError::Changed) => {
                let message = format!("a stage has at most {MOST} rules of roles");
                return Err(IdentityError::invalid("role", "too_many_rules", message));
            }
            Err(error) => return Err(error.into()),
        }
        self.standings_changed(project, now).await?;
        let about = json!({"table": rule.table, "action": rule.action});
        let event = Event { actor: None, ..Event::of_user(event, &rule.role).about(about) };
        self.audit(project, event, client, now).await;
        Ok(())
    }

    /// What is kept here of some roles, as words.
    pub(crate) fn add_kept_rules(rules: &[RoleRule], roles: &mut [RoleWords]) {
        for rule in rules.iter().filter(|rule| rule.allows) {
            let Some(role) = roles.iter_mut().find(|role| role.name == rule.role) else { continue };
            let permission = PermissionWords::from(format!("{}.{}", rule.table, rule.action).as_str());
            if !role.permissions.contains(&permission) {
                role.permissions.push(permission);
            }
            role.rules.push(words(rule));
        }
    }

    /// The caller in one role alone, held to what it allows also where roles are off. An administrator stays one.
    ///
    /// # Errors
    ///
    /// The store's and the database's.
    pub async fn in_role(
        &self,
        project: &Project,
        user: EndUser,
        role: &str,
        now: Timestamp,
    ) -> Result<Arc<EndUser>, IdentityError> {
        let names = [role.to_owned()];
        let rights = self.rights_of(project, &names, now).await?;
        let columns = match user.id.as_str() {
            "" => Arc::from([]),
            id => self.asked_columns(project, id, rights.user_columns()).await?,
        };
        Ok(Arc::new(EndUser { roles: vec![role.to_owned()], rights: Some(rights), columns, ..user }))
    }

    /// Who has which role by what is kept beside the tables, as (user, role, tenant); no tenant is everywhere.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn kept_assignments(
        &self,
        project: &Project,
    ) -> Result<Vec<(String, String, Option<String>)>, IdentityError> {
        let connection = project.connection.clone();
        Ok(self.store.db().read(move |tx| users::given_roles(tx, &connection)).await?)
    }

    /// Gives a user a role or takes it, everywhere or in one tenant, whose member the user then is; false where there
    /// is no such user.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] for a role or tenant that cannot be.
    pub async fn assign_role(
        &self,
        project: &Project,
        user: &str,
        (role, tenant): (&str, Option<&str>),
        given: bool,
        client: &Client,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let Some(user) = Directory::of(project)?.by_id(user).await? else { return Ok(false) };
        match tenant {
            None => self.set_role(project, &user.id, role, given, client, now).await?,
            Some(tenant) if given => {
                self.join_tenant(project, &user, tenant, client, now).await?;
                self.give_tenant_role(project, &user, (tenant, role), client, now).await?;
            }
            Some(tenant) => self.take_tenant_role(project, &user, (tenant, role), client, now).await?,
        }
        Ok(true)
    }

    /// What its table calls a tenant.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn name_of_tenant(&self, project: &Project, id: &str) -> Result<Option<String>, IdentityError> {
        Directory::of(project)?.tenant_name(id).await
    }
}

/// A rule as words. What cannot be read stands as text, which allows nothing.
fn words(rule: &RoleRule) -> RuleWords {
    let read = |text: &str| Json::parse(text.as_bytes()).unwrap_or_else(|_| Json::String(text.to_owned()));
    let fields = match read(&rule.fields) {
        Json::Array(items) => items.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        _ => vec![String::new()],
    };
    let defaults = match read(&rule.defaults) {
        Json::Object(members) => members,
        _ => Vec::new(),
    };
    RuleWords {
        table: rule.table.clone(),
        actions: vec![rule.action.clone()],
        fields,
        condition: rule.condition.as_deref().map(read),
        defaults,
    }
}
