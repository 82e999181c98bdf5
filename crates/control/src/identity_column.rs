//! What signing in would like the users table to have: room for a longer hash, a column for when an address was verified.
//! Shown as SQL, done only on approval, and mapped then. Nothing depends on it: without, what is kept of users is kept
//! beside their table.

use crate::{Control, ControlError, Faults, InForce, Target, connect, connect::explain, introspect};
use portcullis_base::{BuildId, ConnectionId};
use portcullis_crypto::password::Spelling;
use portcullis_engines::{Engine, EngineError};
use portcullis_project::settings::{CardKind, PasswordFormat};
use portcullis_query::render::structure::customer_column::{ColumnOf, add_moment, how_it_was_made, now_where_empty};
use portcullis_schema::{ColumnType, Database, Serve, Table, TableKind};
use portcullis_store::StoreError;

/// Characters that a password column gets: what frameworks use, and room for any hash we write.
const ROOM: u32 = 255;
/// Other changes at the same moment after which it gives up.
const TRIES: usize = 5;

/// A field of `[mapping.user]` that the users table may be given a column for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserField {
    /// More room for the hash.
    Password,
    /// When the address was verified.
    EmailVerified,
    /// When somebody last signed in.
    LastLogin,
}

impl UserField {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Password, Self::EmailVerified, Self::LastLogin];

    /// The field's name in the settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::EmailVerified => "email_verified",
            Self::LastLogin => "last_login",
        }
    }

    const fn usual(self) -> &'static str {
        match self {
            Self::Password => "password_hash",
            Self::EmailVerified => "email_verified_at",
            Self::LastLogin => "last_login_at",
        }
    }
}

/// What is wanted of the users table.
#[derive(Debug, Clone)]
pub struct WantedUserColumn {
    /// For what.
    pub field: UserField,
    /// The column's name; none is the usual one.
    pub column: Option<String>,
    /// Whether users who are there count as verified, for [`UserField::EmailVerified`].
    pub existing_verified: bool,
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnOffer {
    /// The users table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The statements, in order; empty where the database needs nothing.
    pub sql: Vec<String>,
}

impl InForce {
    /// The password column that is too narrow for argon2id, how much it holds, and how much is needed.
    pub fn narrow_password(&self) -> Option<(String, u32, usize)> {
        let database = self.all_tables();
        let (table, fields) = self.settings.mapping.card(CardKind::User)?;
        let column = fields.iter().find(|field| field.name == "password")?.column?;
        let found = database.by_name(table)?.column_by_name(column)?;
        let ColumnType::Text { max_chars: Some(has) } = found.info.ty else { return None };
        let needs = Spelling::argon2id().width();
        ((has as usize) < needs).then(|| (format!("{table}.{column}"), has, needs))
    }

    /// What to do where argon2id is switched on and does not fit.
    pub fn narrow_password_advice(&self) -> Option<String> {
        if self.settings.auth.password_format != PasswordFormat::Argon2id {
            return None;
        }
        let (column, has, needs) = self.narrow_password()?;
        Some(format!(
            "`{column}` holds {has} characters and argon2id needs {needs}: passwords are kept in another format until the column \
             is wider; `portcullis mapping column password` shows the SQL for it"
        ))
    }
}

impl Control {
    /// What would be done for a field, as SQL of the stage's engine; nothing is done.
    ///
    /// # Errors
    ///
    /// [`ControlError::Settings`] where the table cannot be given it, [`ControlError::Database`].
    pub async fn offer_user_column(
        &self,
        before: &InForce,
        wanted: &WantedUserColumn,
        engine: &dyn Engine,
    ) -> Result<ColumnOffer, ControlError> {
        let target = self.target(&before.connection)?;
        // What an earlier run did stands in the database, not in what was synced before it.
        let catalog = introspect(&target, engine, None).await?;
        let database = Database::build(&catalog, before.settings.naming, &Serve::ALL);
        let table = users(&database, before)?;
        match wanted.field {
            UserField::Password => widening(table, before, engine, &target).await,
            field => adding(table, before, field, wanted, engine),
        }
    }

    /// Runs what [`Control::offer_user_column`] shows, reads the schema again and maps the column.
    ///
    /// # Errors
    ///
    /// As the offer's, and [`ControlError::Restructure`] where the database refuses.
    pub async fn make_user_column(
        &self,
        before: InForce,
        wanted: &WantedUserColumn,
    ) -> Result<(ColumnOffer, Option<BuildId>), ControlError> {
        let target = self.target(&before.connection)?;
        let engine = connect(&target).await?;
        let offer = self.offer_user_column(&before, wanted, &*engine).await?;
        if let Err(failed) = engine.restructure(&offer.sql).await {
            return Err(refused(&offer, &*engine, failed.at, &failed.error));
        }
        let id = before.connection.id.clone();
        let mut tries = 0;
        let build = loop {
            match self.map_user_column(&id, &offer, wanted.field, &*engine).await {
                // A node that watches may have synced meanwhile.
                Err(ControlError::Store(StoreError::Changed)) if tries < TRIES => tries += 1,
                done => break done?,
            }
        };
        Ok((offer, build))
    }

    async fn map_user_column(
        &self,
        id: &ConnectionId,
        offer: &ColumnOffer,
        field: UserField,
        engine: &dyn Engine,
    ) -> Result<Option<BuildId>, ControlError> {
        self.sync(id, engine, None).await?;
        let mut now = self.in_force(id).await?;
        let name = format!("{}.{}", offer.table, offer.column);
        if now.waiting().columns.contains(&name) {
            self.approve(now, Some(&[name])).await?;
            now = self.in_force(id).await?;
        }
        let mut settings = now.settings.clone();
        let user = &mut settings.mapping.user;
        match field {
            UserField::Password => {}
            UserField::EmailVerified => user.email_verified = Some(offer.column.clone()),
            UserField::LastLogin => user.last_login = Some(offer.column.clone()),
        }
        self.apply(self.plan(now, settings)?).await
    }
}

fn fault(message: String) -> ControlError {
    ControlError::Settings(Faults(vec![message]))
}

fn users<'d>(database: &'d Database, before: &InForce) -> Result<&'d Table, ControlError> {
    let Some((name, _)) = before.settings.mapping.card(CardKind::User) else {
        return Err(fault("no users table is mapped; name it in `[mapping.user]` first".to_owned()));
    };
    let table = database.by_name(name);
    let table = table.ok_or_else(|| ControlError::UnknownTable { name: name.to_owned(), suggestion: None })?;
    match table.info.kind {
        TableKind::Table => Ok(table),
        _ => Err(fault(format!("`{name}` is a view, which takes no column; change the table behind it"))),
    }
}

fn mapped(before: &InForce, field: UserField) -> Option<String> {
    let (_, fields) = before.settings.mapping.card(CardKind::User)?;
    fields.iter().find(|own| own.name == field.word())?.column.map(str::to_owned)
}

async fn widening(
    table: &Table,
    before: &InForce,
    engine: &dyn Engine,
    target: &Target,
) -> Result<ColumnOffer, ControlError> {
    let column = mapped(before, UserField::Password);
    let column = column.ok_or_else(|| fault("`mapping.user.password` is missing: name its column first".to_owned()))?;
    let found = table.column_by_name(&column);
    let found = found.ok_or_else(|| fault(format!("table `{}` has no column `{column}`", table.name)))?;
    let mut offer = ColumnOffer { table: table.name.clone(), column: column.clone(), sql: Vec::new() };
    let ColumnType::Text { max_chars: Some(has) } = found.info.ty else { return Ok(offer) };
    if has >= ROOM {
        return Ok(offer);
    }
    let of = ColumnOf { schema: table.info.schema.as_deref(), table: &table.info.name, column: &found.info.name };
    let made = match how_it_was_made(&of, engine.dialect()) {
        None => None,
        Some(asked) => {
            let rows = engine.fetch(asked).await.map_err(|error| explain(target, &error))?;
            let row = if rows.is_empty() { None } else { serde_json::from_slice(rows.row(0)).ok() };
            row.and_then(|row: serde_json::Value| row["definition"].as_str().map(str::to_owned))
        }
    };
    let sql = engine.dialect().structure().widen(&of, ROOM, made.as_deref()).ok_or_else(|| {
        fault(format!(
            "`{}.{column}` ({}) cannot be made wider in place on this database: it takes a table that is made anew, which is \
             yours to do; until then passwords are kept in a format that fits",
            table.name, found.native_type
        ))
    })?;
    offer.sql.push(sql);
    Ok(offer)
}

fn adding(
    table: &Table,
    before: &InForce,
    field: UserField,
    wanted: &WantedUserColumn,
    engine: &dyn Engine,
) -> Result<ColumnOffer, ControlError> {
    let word = field.word();
    if let Some(column) = mapped(before, field) {
        return Err(fault(format!("`mapping.user.{word}` is `{}.{column}` already", table.name)));
    }
    let column = wanted.column.clone().unwrap_or_else(|| field.usual().to_owned());
    let good = !column.is_empty()
        && column.len() <= 60
        && column.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !column.starts_with(|c: char| c.is_ascii_digit());
    if !good {
        return Err(fault(format!("`{column}` cannot be the column's name: use letters, digits and `_`")));
    }
    let mut offer = ColumnOffer { table: table.name.clone(), column: column.clone(), sql: Vec::new() };
    let of = ColumnOf { schema: table.info.schema.as_deref(), table: &table.info.name, column: &column };
    match table.columns.iter().find(|own| own.name.eq_ignore_ascii_case(&column)) {
        // A run that was broken off has made it already.
        Some(own) if own.name == column && own.nullable && matches!(own.ty, ColumnType::DateTime { .. }) => {}
        Some(own) => {
            return Err(fault(format!(
                "table `{}` has a column `{}` already: map it in the settings (`{word} = \"{}\"` in `[mapping.user]`), or name \
                 another with --column",
                table.name, own.name, own.name
            )));
        }
        None => offer.sql = add_moment(&of, engine.dialect()),
    }
    if field == UserField::EmailVerified && wanted.existing_verified {
        offer.sql.push(now_where_empty(&of, engine.dialect()));
    }
    Ok(offer)
}

/// What the database refused, with the statement; what the driver said goes to the log.
fn refused(offer: &ColumnOffer, engine: &dyn Engine, at: usize, error: &EngineError) -> ControlError {
    let statement = offer.sql.get(at).map_or("the end of it", String::as_str);
    tracing::warn!(
        "A change of the users table failed at `{statement}`: {error}: {}",
        error.cause().unwrap_or_default()
    );
    let why = match error {
        EngineError::Denied | EngineError::ReadOnly => {
            "the login of the connection may not change the table; run it as the table's owner, then sync and map the column"
                .to_owned()
        }
        error => error.to_string(),
    };
    let left = match engine.dialect().structure().is_transactional() || at == 0 {
        true => "nothing was changed",
        false => "what came before it is done; run this again to go on from there",
    };
    ControlError::Restructure { statement: statement.to_owned(), why, left }
}
