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

/// Ids of nobody, for the types an id may have: a number or text, a UUID, bytes.
const NOBODY: [&str; 3] = ["0", "00000000-0000-0000-0000-000000000000", "AAAAAAAAAAAAAAAAAAAAAA=="];

impl<'p> Directory<'p> {
    /// The user whose address, or where it is mapped whose name, this is. An empty one, or one that several rows
    /// have, is nobody's.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn by_login(&self, login: &str) -> Result<Option<User>, IdentityError> {
        let email = self.must("email")?;
        let Some(username) = self.card.column("username") else { return self.by_email(login).await };
        // One look for both: a second one for whoever has no such address would tell by the clock. SEC-4.
        let rows = self.near(&[email, username], login).await?;
        let of = |column| rows.iter().filter(|row| holds(row, column, login)).cloned().collect::<Vec<_>>();
        Ok(only(of(email)).or_else(|| only(of(username))).and_then(|row| User::read(self, row)))
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
        let rows = self.near(&[self.must("email")?], address).await?;
        Ok(rows.into_iter().filter_map(|row| User::read(self, row)).collect())
    }

    /// Whether any row has this address.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn has_email(&self, address: &str) -> Result<bool, IdentityError> {
        Ok(!self.near(&[self.must("email")?], address).await?.is_empty())
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

    /// Looks for a user whom nobody is: what [`Directory::by_id`] costs for somebody. SEC-4.
    ///
    /// # Errors
    ///
    /// The database's.
    pub(crate) async fn by_no_id(&self) -> Result<(), IdentityError> {
        let statements = self.statements(Action::Read, "as much work for nobody as for somebody");
        let column = self.must("id")?;
        let fits = |id: &&str| statements.compared(column, &Json::String((*id).to_owned())).ok();
        if let Some(value) = NOBODY.iter().find_map(fits) {
            self.fetch(&statements, is(column, value), 2).await?;
        }
        Ok(())
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
        let rows = self.near(&[column], text).await?;
        Ok(only(rows).and_then(|row| User::read(self, row)))
    }

    /// The rows of which one of the columns holds the text, ASCII letters in any case.
    async fn near(&self, columns: &[&'p Column], text: &str) -> Result<Vec<Map<String, Value>>, IdentityError> {
        let wanted = normalised(text);
        if wanted.is_empty() || wanted.contains('\0') {
            return Ok(Vec::new());
        }
        let statements = self.statements(Action::Read, "a user is found by address or name");
        let mut any = Vec::new();
        for column in columns {
            if let Ok(exact) = statements.compared(column, &Json::String(text.trim().to_owned())) {
                any.extend([is(column, exact), folded(column, &wanted)]);
            }
        }
        if any.is_empty() {
            return Ok(Vec::new());
        }
        let limit = NEAR * columns.len() as u64;
        let mut condition = Condition::Any(any);
        if let Some(tenant) = self.tenant {
            let Some(own) = self.tenant_column() else { return Ok(Vec::new()) };
            let Ok(tenant) = statements.compared(own, &Json::String(tenant.to_owned())) else { return Ok(Vec::new()) };
            condition = Condition::All(vec![condition, is(own, tenant)]);
        }
        let mut rows = self.fetch(&statements, condition, limit).await?;
        // A database's own idea of equal letters may be wider than ours.
        rows.retain(|row| columns.iter().any(|column| holds(row, column, text)));
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

/// Whether the row has the text in the column, ASCII letters in any case.
fn holds(row: &Map<String, Value>, column: &Column, text: &str) -> bool {
    row.get(&column.name).and_then(Value::as_str).is_some_and(|own| normalised(own) == normalised(text))
}

fn only<T>(mut all: Vec<T>) -> Option<T> {
    if all.len() == 1 { all.pop() } else { None }
}
