//! Making users and changing them.

use super::{
    Directory, User,
    directory::{failed, run, width},
    is_uuid,
};
use crate::{IdentityError, times::rfc3339_s};
use portcullis_base::{Secret, Timestamp};
use portcullis_engines::EngineError;
use portcullis_query::{
    Json, Statement, Value,
    access::Action,
    plan::{
        Condition,
        internal::{Internal, is},
    },
};
use portcullis_schema::{Column, ColumnType, Generated};

/// A user to be made.
#[derive(Debug)]
pub struct NewUser {
    /// The address.
    pub email: String,
    /// The password, as it is kept.
    pub password: Option<Secret<String>>,
    /// Further columns, by name.
    pub columns: Vec<(String, Json)>,
}

impl<'p> Directory<'p> {
    /// Makes a user: active, not verified, with whatever the table wants filled in.
    ///
    /// # Errors
    ///
    /// [`IdentityError::EmailTaken`], [`IdentityError::Invalid`] with the column that is missing or does not fit.
    pub async fn create(&self, new: NewUser, now: Timestamp) -> Result<User, IdentityError> {
        let write = self.statements(Action::Create, "a user signs up");
        let id = self.must("id")?;
        let values = self.values_of(&write, &new, now)?;
        let rows = match self.project.engine.fetch(write.insert(values, &[id])).await {
            Ok(rows) => rows,
            Err(EngineError::UniqueViolation { .. }) if self.has_email(&new.email).await? => {
                return Err(IdentityError::EmailTaken);
            }
            Err(EngineError::UniqueViolation { columns, .. }) => {
                let field = columns.and_then(|columns| columns.into_iter().next()).unwrap_or_default();
                return Err(IdentityError::invalid(&field, "duplicate", "another user has this value"));
            }
            Err(EngineError::NotNull { column }) => {
                let column = column.unwrap_or_default();
                let message = format!("the column `{column}` is required");
                return Err(IdentityError::invalid(&column, "missing_column", message));
            }
            Err(error) => return Err(failed(self.project, error)),
        };
        // The row as the database made it; where neither key nor counter tells, the address does.
        drop(rows);
        let made = self.by_email(&new.email).await?;
        made.ok_or_else(|| IdentityError::Internal("a new user cannot be found again".to_owned()))
    }

    /// Makes sure that a user can be made of this, whoever has the address: so that what is wrong with the rest tells
    /// nothing of the address. SEC-5.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] with the column that is missing or does not fit.
    pub(crate) fn check_new(&self, new: &NewUser, now: Timestamp) -> Result<(), IdentityError> {
        self.values_of(&self.statements(Action::Create, "a user signs up"), new, now).map(drop)
    }

    /// Makes sure that the database lets a user be made, whoever has the address.
    ///
    /// # Errors
    ///
    /// [`IdentityError::ReadOnly`].
    pub(crate) async fn check_writable(&self, new: &NewUser, now: Timestamp) -> Result<(), IdentityError> {
        let write = self.statements(Action::Create, "whether users can be made is looked at");
        let columns: Vec<_> = self.values_of(&write, new, now)?.into_iter().map(|(column, _)| column).collect();
        match run(self.project, write.insert_nothing(&columns)).await {
            Err(IdentityError::ReadOnly) => Err(IdentityError::ReadOnly),
            // What else may be wrong is told by the row itself.
            _ => Ok(()),
        }
    }

    /// Makes sure that no other user has what is unique beside the address.
    pub(crate) async fn check_unique(&self, new: &NewUser, now: Timestamp) -> Result<(), IdentityError> {
        let write = self.statements(Action::Create, "a user signs up");
        let values = self.values_of(&write, new, now)?;
        let (id, email) = (self.must("id")?, self.must("email")?);
        for key in &self.card.table.unique_keys {
            let given: Option<Vec<_>> = key
                .iter()
                .map(|part| values.iter().find(|(column, value)| column.id == *part && !value.is_null()))
                .collect();
            let Some(given) = given.filter(|given| given.iter().all(|(own, _)| own.id != email.id && own.id != id.id))
            else {
                continue;
            };
            let read = self.statements(Action::Read, "a value that is unique is looked for");
            let condition = given.iter().map(|(column, value)| is(column, value.clone())).collect();
            let found = run(self.project, read.select(&[id], Condition::All(condition), None, 1)).await?;
            if !found.is_empty() {
                let field = given.first().map(|(column, _)| column.name.clone()).unwrap_or_default();
                return Err(IdentityError::invalid(&field, "duplicate", "another user has this value"));
            }
        }
        Ok(())
    }

    pub(super) fn values_of(
        &self,
        write: &Internal<'p>,
        new: &NewUser,
        now: Timestamp,
    ) -> Result<Vec<(&'p Column, Value)>, IdentityError> {
        let (email, password) = (self.must("email")?, self.must("password")?);
        let mut values: Vec<(&'p Column, Value)> = Vec::new();
        values.push((email, word(write, email, Json::String(new.email.clone()))?));
        let kept =
            new.password.as_ref().map_or(Json::String(String::new()), |hash| Json::String(hash.expose().clone()));
        values.push((password, word(write, password, kept)?));
        for (name, value) in &new.columns {
            let Some(column) = self.card.table.column_by_name(name) else { continue };
            if !values.iter().any(|(own, _)| own.id == column.id) {
                values.push((column, word(write, column, value.clone())?));
            }
        }
        self.fill_in(write, &mut values, now)?;
        let missing = self.card.table.columns.iter().find(|column| {
            !column.nullable
                && column.default.is_none()
                && column.generated == Generated::No
                && !values.iter().any(|(own, _)| own.id == column.id)
                && !self.card.table.info.has_triggers
        });
        if let Some(column) = missing {
            let message = format!("the column `{}` is required", column.name);
            return Err(IdentityError::invalid(&column.name, "missing_column", message));
        }
        Ok(values)
    }

    /// What the table wants and nobody gives: a UUID, a flag, times, an empty name.
    fn fill_in(
        &self,
        write: &Internal<'p>,
        values: &mut Vec<(&'p Column, Value)>,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        for column in &self.card.table.columns {
            let given = values.iter().any(|(own, _)| own.id == column.id);
            if given || column.generated != Generated::No {
                continue;
            }
            let wanted = !column.nullable && column.default.is_none();
            let filled = match self.card.field_of(column.id) {
                Some("id") if wanted && is_uuid(column) => Json::String(uuid(&mut rand::rng())),
                Some("is_active") if column.default.is_none() => match column.ty {
                    ColumnType::DateTime { .. } | ColumnType::Date => continue,
                    ColumnType::Boolean => Json::Bool(true),
                    ColumnType::Text { .. } | ColumnType::Enum { .. } => Json::String("active".to_owned()),
                    _ => Json::Number("1".to_owned()),
                },
                Some("email_verified") if wanted => match column.ty {
                    ColumnType::DateTime { .. } | ColumnType::Date => continue,
                    ColumnType::Boolean => Json::Bool(false),
                    _ => Json::Number("0".to_owned()),
                },
                Some("created_at" | "updated_at") if column.default.is_none() => moment(column, now),
                _ if wanted
                    && matches!(
                        column.name.as_str(),
                        "created_at" | "updated_at" | "date_joined" | "createdAt" | "updatedAt"
                    ) =>
                {
                    moment(column, now)
                }
                _ => continue,
            };
            values.push((column, word(write, column, filled)?));
        }
        Ok(())
    }

    /// The statement that puts another hash in place of the stored one, for a transaction.
    pub(crate) fn password_statement(
        &self,
        id: &str,
        hash: &Secret<String>,
        now: Timestamp,
    ) -> Result<Option<Statement>, IdentityError> {
        let column = self.must("password")?;
        let json = Json::String(hash.expose().clone());
        self.change_statement(id, vec![(column, json)], "a user's password is changed", now)
    }

    /// Puts another hash in place of this one; nothing where the row has a third by now.
    ///
    /// # Errors
    ///
    /// The database's.
    pub(crate) async fn replace_password(
        &self,
        id: &str,
        old: &Secret<String>,
        new: &Secret<String>,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let column = self.must("password")?;
        let Ok(old) = self
            .statements(Action::Update, "a password gets a better hash")
            .compared(column, &Json::String(old.expose().clone()))
        else {
            return Ok(false);
        };
        let json = Json::String(new.expose().clone());
        let statement =
            self.change_where(id, vec![(column, json)], Some((column, old)), "a password gets a better hash", now)?;
        match statement {
            Some(statement) => Ok(run(self.project, statement).await?.affected > 0),
            None => Ok(false),
        }
    }

    fn change_statement(
        &self,
        id: &str,
        columns: Vec<(&'p Column, Json)>,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<Option<Statement>, IdentityError> {
        self.change_where(id, columns, None, reason, now)
    }

    fn change_where(
        &self,
        id: &str,
        columns: Vec<(&'p Column, Json)>,
        while_has: Option<(&'p Column, Value)>,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<Option<Statement>, IdentityError> {
        let write = self.statements(Action::Update, reason);
        let key = self.must("id")?;
        let Ok(value) = write.compared(key, &Json::String(id.to_owned())) else { return Ok(None) };
        let mut set = Vec::with_capacity(columns.len() + 1);
        for (column, json) in columns {
            set.push((column, word(&write, column, json)?));
        }
        if let Some(column) = self.card.column("updated_at").filter(|column| column.generated.writable()) {
            set.push((column, word(&write, column, moment(column, now))?));
        }
        let mut condition = vec![is(key, value)];
        condition.extend(while_has.map(|(column, value)| is(column, value)));
        Ok(Some(write.update(set, Condition::All(condition))))
    }

    /// Changes columns of one user; gives whether there is one.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] with the column that does not fit, [`IdentityError::ReadOnly`].
    pub async fn change(
        &self,
        id: &str,
        columns: Vec<(&'p Column, Json)>,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        if columns.is_empty() {
            return Ok(true);
        }
        let Some(statement) = self.change_statement(id, columns, reason, now)? else { return Ok(false) };
        match run(self.project, statement).await {
            Ok(rows) => Ok(rows.affected > 0),
            Err(IdentityError::Directory(EngineError::UniqueViolation { columns, .. })) => {
                let field = columns.and_then(|columns| columns.into_iter().next()).unwrap_or_default();
                Err(IdentityError::invalid(&field, "duplicate", "another user has this value"))
            }
            Err(error) => Err(error),
        }
    }

    /// Puts another hash in place of the stored one.
    ///
    /// # Errors
    ///
    /// As [`Directory::change`].
    pub async fn set_password(&self, id: &str, hash: &Secret<String>, now: Timestamp) -> Result<bool, IdentityError> {
        let column = self.must("password")?;
        if width(column).is_some_and(|width| hash.expose().len() > width) {
            return Err(IdentityError::Internal(format!("the column `{}` is too narrow", column.name)));
        }
        let json = Json::String(hash.expose().clone());
        self.change(id, vec![(column, json)], "a user's password is changed", now).await
    }

    /// Notes a good login where the table has a column for it. A table that cannot be written is left alone.
    pub async fn note_login(&self, id: &str, now: Timestamp) {
        let Some(column) = self.card.column("last_login").filter(|column| column.generated.writable()) else { return };
        let write = self.statements(Action::Update, "a login is noted");
        let Ok(key) = self.must("id") else { return };
        let (Ok(id), Ok(at)) =
            (write.compared(key, &Json::String(id.to_owned())), word(&write, column, moment(column, now)))
        else {
            return;
        };
        let _ = self.project.engine.fetch(write.update(vec![(column, at)], is(key, id))).await;
    }

    /// What says in the table that the address is not verified, where it has a column for it.
    pub(crate) fn unverified(&self) -> Option<(&'p Column, Json)> {
        let column = self.card.column("email_verified").filter(|column| column.generated.writable())?;
        let json = match column.ty {
            _ if column.nullable => Json::Null,
            ColumnType::Boolean => Json::Bool(false),
            ColumnType::Text { .. } => Json::String("0".to_owned()),
            ColumnType::DateTime { .. } | ColumnType::Date => return None,
            _ => Json::Number("0".to_owned()),
        };
        Some((column, json))
    }

    /// Marks the address verified where the table has a column for it; whether it has.
    ///
    /// # Errors
    ///
    /// As [`Directory::change`].
    pub async fn note_verified(&self, id: &str, now: Timestamp) -> Result<bool, IdentityError> {
        let Some(column) = self.card.column("email_verified").filter(|column| column.generated.writable()) else {
            return Ok(false);
        };
        let json = match column.ty {
            ColumnType::DateTime { .. } | ColumnType::Date => moment(column, now),
            ColumnType::Boolean => Json::Bool(true),
            ColumnType::Text { .. } => Json::String("1".to_owned()),
            _ => Json::Number("1".to_owned()),
        };
        self.change(id, vec![(column, json)], "an address is verified", now).await
    }
}

pub(crate) fn word<'p>(write: &Internal<'p>, column: &'p Column, json: Json) -> Result<Value, IdentityError> {
    write.written(column, &json).map_err(|mismatch| {
        IdentityError::invalid(&column.name, "invalid_value", format!("`{}`: {}", column.name, mismatch.0))
    })
}

pub(crate) fn moment(column: &Column, now: Timestamp) -> Json {
    let text = rfc3339_s(now);
    match column.ty {
        ColumnType::Date => Json::String(text[..10].to_owned()),
        ColumnType::Integer { .. } => Json::Number(now.unix_s().to_string()),
        _ => Json::String(text),
    }
}

pub(crate) fn uuid(rng: &mut dyn rand::Rng) -> String {
    let mut bytes = [0u8; 16];
    rng.fill_bytes(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
