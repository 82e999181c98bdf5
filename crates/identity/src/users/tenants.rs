//! Users and tenants in the customer's tables: whose a user is, making one in a tenant, or with a tenant of their own.

use super::{
    Directory, User,
    directory::{failed, objects, run, statements},
    id_json, id_text, is_uuid, moment, uuid, word,
    write::NewUser,
};
use crate::IdentityError;
use portcullis_base::Timestamp;
use portcullis_engines::{EngineError, TxMode};
use portcullis_project::{
    filling::{Filling, filling, unfilled},
    settings::OnSignup,
};
use portcullis_query::{Json, Rows, Statement, Value, access::Action, plan::internal::is};
use portcullis_schema::{Column, ColumnType, Generated, Table};

/// Tenants of a user at most.
const TENANTS: u64 = 1_000;
/// How often a transaction that lost a race is tried again. REL-18.
const RETRIES: u32 = 3;

/// Which tenant a new user gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Home {
    /// None.
    #[default]
    Nowhere,
    /// One there is.
    In(String),
    /// A new one of this name.
    New(String),
}

impl Home {
    /// The tenant, if it is there already.
    pub fn tenant(&self) -> Option<&str> {
        match self {
            Self::In(tenant) => Some(tenant),
            Self::Nowhere | Self::New(_) => None,
        }
    }
}

impl<'p> Directory<'p> {
    /// Whether a signup makes a tenant too.
    pub(crate) fn creates_tenants(&self) -> bool {
        let tenancy = &self.project.settings.tenancy;
        tenancy.enabled && tenancy.on_signup == OnSignup::Create && !self.users_are_tenants()
    }

    /// A user as one of their tenant, to see whether the rest fits: a tenant that is not there yet has some id.
    pub(crate) fn with_home(&self, new: &NewUser, home: &Home) -> NewUser {
        let mut new =
            NewUser { email: new.email.clone(), password: new.password.clone(), columns: new.columns.clone() };
        let column = self.tenant_column().filter(|_| *home != Home::Nowhere && !self.users_are_tenants());
        if let Some(column) = column {
            let some = || match column.ty {
                ColumnType::Integer { .. } => Json::Number("1".to_owned()),
                _ if is_uuid(column) => Json::String(uuid(&mut rand::rng())),
                _ => Json::String("1".to_owned()),
            };
            let value = home.tenant().map_or_else(some, |tenant| id_json(column, tenant));
            new.columns.retain(|(name, _)| *name != column.name);
            new.columns.push((column.name.clone(), value));
        }
        new
    }

    /// The user's tenants by the tables: the usual one first.
    pub(crate) async fn tenants(&self, user: &User) -> Result<Vec<String>, IdentityError> {
        let mut tenants: Vec<String> = user.tenant.iter().cloned().collect();
        if self.users_are_tenants() {
            return Ok(tenants);
        }
        let Some(own) = self.project.cards.membership() else { return Ok(tenants) };
        let read = statements(self.project, own.table, Action::Read, "a user's tenants are looked up");
        let Ok(id) = read.compared(own.user_id, &id_json(own.user_id, &user.id)) else { return Ok(tenants) };
        let select = read.select(&[own.tenant_id], is(own.user_id, id), Some(own.tenant_id), TENANTS);
        for row in objects(&run(self.project, select).await?)? {
            if let Some(tenant) = row.get(&own.tenant_id.name).and_then(id_text)
                && !tenants.contains(&tenant)
            {
                tenants.push(tenant);
            }
        }
        Ok(tenants)
    }

    /// Whether the table of tenants has this one; where there is no such table any may be.
    pub(crate) async fn has_tenant(&self, tenant: &str) -> Result<bool, IdentityError> {
        let Some((table, key)) = self.tenant_key() else { return Ok(true) };
        let read = statements(self.project, table, Action::Read, "a tenant is looked up");
        let Ok(value) = read.compared(key, &Json::String(tenant.to_owned())) else { return Ok(false) };
        Ok(!run(self.project, read.select(&[key], is(key, value), None, 1)).await?.is_empty())
    }

    /// The table of tenants and its key.
    fn tenant_key(&self) -> Option<(&'p Table, &'p Column)> {
        let table = self.project.cards.tenants()?;
        match table.primary_key.as_slice() {
            [key] => Some((table, table.column(*key))),
            _ => None,
        }
    }

    /// Makes a user in a tenant, or with a new one of their own: all or nothing. Whether the tables hold the tie;
    /// where they have no place for it, it is kept beside them.
    ///
    /// # Errors
    ///
    /// As [`Directory::create`]'s; [`IdentityError::Invalid`] with a column that a new tenant would need.
    pub(crate) async fn create_in(
        &self,
        new: NewUser,
        home: &Home,
        now: Timestamp,
    ) -> Result<(User, Option<String>), IdentityError> {
        if *home == Home::Nowhere || self.users_are_tenants() {
            return Ok((self.create(new, now).await?, None));
        }
        let mut tries = 0;
        let (id, tenant, tied) = loop {
            match self.create_both(&new, home, now).await {
                Err(IdentityError::Directory(error)) if error.is_retryable() && tries < RETRIES => tries += 1,
                Err(IdentityError::Directory(EngineError::UniqueViolation { .. }))
                    if self.has_email(&new.email).await? =>
                {
                    return Err(IdentityError::EmailTaken);
                }
                Err(IdentityError::Directory(EngineError::NotNull { column })) => {
                    let column = column.unwrap_or_default();
                    let message = format!("the column `{column}` is required");
                    return Err(IdentityError::invalid(&column, "missing_column", message));
                }
                Err(IdentityError::Directory(error)) => return Err(failed(self.project, error)),
                Err(error) => return Err(error),
                Ok(done) => break done,
            }
        };
        let made = self.by_id(&id).await?;
        let made = made.ok_or_else(|| IdentityError::Internal("a new user cannot be found again".to_owned()))?;
        Ok((made, (!tied).then_some(tenant)))
    }

    /// One try; gives the user's id, the tenant's, and whether the tables tie them.
    async fn create_both(
        &self,
        new: &NewUser,
        home: &Home,
        now: Timestamp,
    ) -> Result<(String, String, bool), IdentityError> {
        let mut tx = self.project.engine.begin(TxMode::Write).await.map_err(IdentityError::Directory)?;
        let tenant = match home {
            Home::In(tenant) => tenant.clone(),
            Home::New(name) => {
                let (insert, key, given) = self.tenant_insert(name, now)?;
                made_id(&tx.fetch(insert).await.map_err(IdentityError::Directory)?, key, given)?
            }
            Home::Nowhere => return Err(IdentityError::Internal("no tenant to make a user in".to_owned())),
        };
        let write = self.statements(Action::Create, "a user signs up");
        let column = self.tenant_column().filter(|column| column.generated.writable());
        let new = self.with_home(new, &Home::In(tenant.clone()));
        let key = self.must("id")?;
        let values = self.values_of(&write, &new, now)?;
        let given = values.iter().find(|(own, _)| own.id == key.id).map(|(_, value)| value.clone());
        let id = made_id(&tx.fetch(write.insert(values, &[key])).await.map_err(IdentityError::Directory)?, key, given)?;
        let mut tied = column.is_some();
        if let Some(insert) = self.membership_insert(&id, &tenant, now)? {
            tx.fetch(insert).await.map_err(IdentityError::Directory)?;
            tied = true;
        }
        tx.commit().await.map_err(IdentityError::Directory)?;
        Ok((id, tenant, tied))
    }

    /// The statement that makes a user one of a tenant, where the customer has a table for it.
    pub(crate) fn membership_insert(
        &self,
        user: &str,
        tenant: &str,
        now: Timestamp,
    ) -> Result<Option<Statement>, IdentityError> {
        let Some(own) = self.project.cards.membership() else { return Ok(None) };
        let write = statements(self.project, own.table, Action::Create, "a user becomes one of a tenant");
        let mut values = vec![
            (own.user_id, word(&write, own.user_id, id_json(own.user_id, user))?),
            (own.tenant_id, word(&write, own.tenant_id, id_json(own.tenant_id, tenant))?),
        ];
        for (column, json) in usual(own.table, &values, None, now) {
            values.push((column, word(&write, column, json)?));
        }
        Ok(Some(write.insert(values, &[])))
    }

    /// The statement that takes a user out of a tenant in the customer's table of memberships.
    pub(crate) fn membership_delete(&self, user: &str, tenant: &str) -> Result<Option<Statement>, IdentityError> {
        let Some(own) = self.project.cards.membership() else { return Ok(None) };
        let write = statements(self.project, own.table, Action::Delete, "a user leaves a tenant");
        let user = write.compared(own.user_id, &id_json(own.user_id, user));
        let tenant = write.compared(own.tenant_id, &id_json(own.tenant_id, tenant));
        let (Ok(user), Ok(tenant)) = (user, tenant) else { return Ok(None) };
        let both = vec![is(own.user_id, user), is(own.tenant_id, tenant)];
        Ok(Some(write.delete(portcullis_query::plan::Condition::All(both))))
    }

    fn tenant_insert(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<(Statement, &'p Column, Option<Value>), IdentityError> {
        let (table, key) = self.tenant_key().ok_or(IdentityError::SwitchedOff(
            "a new user cannot get a tenant of their own: the table of tenants has no single key",
        ))?;
        let write = statements(self.project, table, Action::Create, "a new user gets a tenant of their own");
        let mut values: Vec<(&Column, Value)> = Vec::new();
        for (column, json) in usual(table, &values, Some((key, name)), now) {
            values.push((column, word(&write, column, json)?));
        }
        if let Some(column) = unfilled(table, key) {
            let message = format!(
                "a new `{}` needs `{}`, which a signup does not give; only `[tenancy] on_signup = \"invite\"` or \
                 \"none\" work with this table",
                table.name, column.name
            );
            return Err(IdentityError::invalid("tenant_name", "missing_column", message));
        }
        let given = values.iter().find(|(own, _)| own.id == key.id).map(|(_, value)| value.clone());
        Ok((write.insert(values, &[key]), key, given))
    }
}

/// What a table wants filled in and nobody gives: a UUID, times, the name of a tenant.
fn usual<'p>(
    table: &'p Table,
    given: &[(&Column, Value)],
    tenant: Option<(&Column, &str)>,
    now: Timestamp,
) -> Vec<(&'p Column, Json)> {
    let mut out = Vec::new();
    for column in &table.columns {
        if given.iter().any(|(own, _)| own.id == column.id) || column.generated != Generated::No {
            continue;
        }
        let key = tenant.map_or(column.name.eq_ignore_ascii_case("id"), |(key, _)| key.id == column.id);
        let name = tenant.map_or("", |(_, name)| name);
        let filled = match filling(column, key, tenant.is_some()) {
            Some(Filling::Uuid) => Json::String(uuid(&mut rand::rng())),
            Some(Filling::Name) => Json::String(name.to_owned()),
            Some(Filling::Slug) => Json::String(slug(name)),
            Some(Filling::Moment) => moment(column, now),
            None => continue,
        };
        out.push((column, filled));
    }
    out
}

/// A name in the letters of addresses, with a few random ones behind it, as no two tenants may share it.
fn slug(name: &str) -> String {
    let mut text: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect::<String>()
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    text.truncate(40);
    format!("{text}-{}", &uuid(&mut rand::rng())[..8]).trim_start_matches('-').to_owned()
}

/// The id of a row that was made: as the database gives it back, as it was given, or as it was counted.
fn made_id(rows: &Rows, key: &Column, given: Option<Value>) -> Result<String, IdentityError> {
    let back = objects(rows)?.first().and_then(|row| row.get(&key.name).and_then(id_text));
    let given = given.and_then(|value| match value {
        Value::Text(text) => Some(text),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    });
    let counted = rows.last_insert_id.map(|id| id.to_string());
    back.or(given)
        .or(counted)
        .ok_or_else(|| IdentityError::Internal(format!("the key `{}` of a new row is not known", key.name)))
}
