//! Finding one user: by address, by name, by id.

use super::{
    Directory, User,
    directory::{objects, run},
    normalised,
};
use crate::IdentityError;
use portcullis_query::{
    Json,
    access::Action,
    plan::{
        Condition,
        internal::{Internal, folded, is},
    },
};
use portcullis_schema::Column;
use serde_json::{Map, Value};

/// Rows that may differ from one another in letters outside ASCII only.
const NEAR: u64 = 50;

impl<'p> Directory<'p> {
    /// The user whose address, or where it is mapped whose name, this is. An empty one, or one that several rows
    /// have, is nobody's.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn by_login(&self, login: &str) -> Result<Option<User>, IdentityError> {
        if let Some(user) = self.by_email(login).await? {
            return Ok(Some(user));
        }
        match self.card.column("username") {
            Some(column) => self.one(column, login).await,
            None => Ok(None),
        }
    }

    /// The user whose address this is; ASCII letters in any case.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn by_email(&self, address: &str) -> Result<Option<User>, IdentityError> {
        self.one(self.must("email")?, address).await
    }

    /// Every user whose address this is.
    pub(crate) async fn all_by_email(&self, address: &str) -> Result<Vec<User>, IdentityError> {
        let rows = self.near(self.must("email")?, address).await?;
        Ok(rows.into_iter().filter_map(|row| User::read(self, row)).collect())
    }

    /// Whether any row has this address.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn has_email(&self, address: &str) -> Result<bool, IdentityError> {
        Ok(!self.near(self.must("email")?, address).await?.is_empty())
    }

    /// The user of this id.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn by_id(&self, id: &str) -> Result<Option<User>, IdentityError> {
        let statements = self.statements(Action::Read, "a user is found by id");
        let column = self.must("id")?;
        // What no row can hold is nobody's id.
        let Ok(value) = statements.compared(column, &Json::String(id.to_owned())) else { return Ok(None) };
        let rows = self.fetch(&statements, is(column, value), 2).await?;
        Ok(only(rows.into_iter().filter_map(|row| User::read(self, row)).collect()))
    }

    /// The first users by id, and whether there are more.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn first(&self, limit: u64) -> Result<(Vec<User>, bool), IdentityError> {
        let statements = self.statements(Action::Read, "users are listed for an operator");
        let order = Some(self.must("id")?);
        let statement = statements.select(&self.columns(), Condition::always(), order, limit.saturating_add(1));
        let rows = objects(&run(self.project, statement).await?)?;
        let more = rows.len() as u64 > limit;
        let users = rows.into_iter().filter_map(|row| User::read(self, row));
        Ok((users.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect(), more))
    }

    async fn one(&self, column: &'p Column, text: &str) -> Result<Option<User>, IdentityError> {
        let rows = self.near(column, text).await?;
        Ok(only(rows).and_then(|row| User::read(self, row)))
    }

    async fn near(&self, column: &'p Column, text: &str) -> Result<Vec<Map<String, Value>>, IdentityError> {
        let wanted = normalised(text);
        if wanted.is_empty() || wanted.contains('\0') {
            return Ok(Vec::new());
        }
        let statements = self.statements(Action::Read, "a user is found by address or name");
        let Ok(exact) = statements.compared(column, &Json::String(text.trim().to_owned())) else {
            return Ok(Vec::new());
        };
        let mut condition = Condition::Any(vec![is(column, exact), folded(column, &wanted)]);
        if let Some(tenant) = self.tenant {
            let Some(own) = self.tenant_column() else { return Ok(Vec::new()) };
            let Ok(tenant) = statements.compared(own, &Json::String(tenant.to_owned())) else { return Ok(Vec::new()) };
            condition = Condition::All(vec![condition, is(own, tenant)]);
        }
        let mut rows = self.fetch(&statements, condition, NEAR).await?;
        // A database's own idea of equal letters may be wider than ours.
        rows.retain(|row| row.get(&column.name).and_then(Value::as_str).is_some_and(|own| normalised(own) == wanted));
        Ok(rows)
    }

    async fn fetch(
        &self,
        statements: &Internal<'p>,
        condition: Condition<'p>,
        limit: u64,
    ) -> Result<Vec<Map<String, Value>>, IdentityError> {
        objects(&run(self.project, statements.select(&self.columns(), condition, None, limit)).await?)
    }
}

fn only<T>(mut all: Vec<T>) -> Option<T> {
    if all.len() == 1 { all.pop() } else { None }
}
