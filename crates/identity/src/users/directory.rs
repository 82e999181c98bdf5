//! The users table of one opened project: statements over it.

use crate::{IdentityError, SignupColumns};
use portcullis_engines::EngineError;
use portcullis_project::{CardRef, Project, settings::CardKind};
use portcullis_query::{
    Rows, Statement,
    access::{Action, Grant},
    plan::internal::Internal,
};
use portcullis_schema::{Column, ColumnType, Table};
use serde_json::{Map, Value};

/// How often a statement that lost a race is tried again. REL-18.
const RETRIES: u32 = 3;

/// The users table of one opened project.
#[derive(Clone, Copy)]
pub struct Directory<'p> {
    pub(crate) project: &'p Project,
    pub(crate) card: CardRef<'p>,
    /// Only users of this tenant are found by address or name.
    pub(crate) tenant: Option<&'p str>,
}

impl<'p> Directory<'p> {
    /// The users of a project.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotConfigured`] without a user card.
    pub fn of(project: &'p Project) -> Result<Self, IdentityError> {
        let card = project.cards.get(CardKind::User).ok_or(IdentityError::NotConfigured)?;
        Ok(Self { project, card, tenant: None })
    }

    /// The same, of which only the users of a tenant are found by address or name, where an address may be several
    /// users', one per tenant (`[tenancy] email_per_tenant`); elsewhere as it is.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] where the tenant must be named and is not.
    pub fn within(self, tenant: Option<&'p str>) -> Result<Self, IdentityError> {
        if !self.is_per_tenant() {
            return Ok(self);
        }
        match tenant.filter(|tenant| !tenant.is_empty()) {
            Some(tenant) => Ok(Self { tenant: Some(tenant), ..self }),
            None => {
                let message = "`tenant` is required: an address may be that of several users here, one per tenant";
                Err(IdentityError::invalid("tenant", "missing_field", message))
            }
        }
    }

    /// The same among the users of a tenant, where an address may be several users'.
    pub(crate) fn of_tenant(self, tenant: Option<&'p str>) -> Self {
        if self.is_per_tenant() && tenant.is_some() { Self { tenant, ..self } } else { self }
    }

    /// Whether an address may be several users', one per tenant.
    pub(crate) fn is_per_tenant(&self) -> bool {
        let tenancy = &self.project.settings.tenancy;
        tenancy.enabled && tenancy.email_per_tenant && !self.users_are_tenants() && self.tenant_column().is_some()
    }

    /// Whether the users are the tenants: each is one of their own.
    pub(crate) fn users_are_tenants(&self) -> bool {
        self.project.settings.tenancy.tenant_table.as_ref() == Some(&self.card.table.name)
    }

    /// The column of a field the card cannot be without.
    pub(crate) fn must(&self, field: &str) -> Result<&'p Column, IdentityError> {
        self.card.column(field).ok_or(IdentityError::NotConfigured)
    }

    /// Statements over the users table.
    pub(crate) fn statements(&self, action: Action, reason: &'static str) -> Internal<'p> {
        statements(self.project, self.card.table, action, reason)
    }

    /// The columns whose values a [`crate::User`] has: what is mapped, and what its owner may read.
    pub(crate) fn columns(&self) -> Vec<&'p Column> {
        let table = self.card.table;
        table
            .columns
            .iter()
            .filter(|column| {
                let tenant = self.tenant_column().is_some_and(|tenant| tenant.id == column.id);
                tenant || self.card.field_of(column.id).is_some() || self.shows(column)
            })
            .collect()
    }

    /// The column that says a user's tenant: the user's own id where users are the tenants.
    pub(crate) fn tenant_column(&self) -> Option<&'p Column> {
        let tenancy = &self.project.settings.tenancy;
        if !tenancy.enabled {
            return None;
        }
        if self.users_are_tenants() {
            return self.card.column("id");
        }
        self.card.table.column_by_name(tenancy.tenant_column.as_deref()?)
    }

    /// Whether the user may read the column: what the data routes show of it, or what a signup may set.
    pub(crate) fn shows(&self, column: &Column) -> bool {
        let (settings, secret) = (&self.project.settings, column.secret || self.is_secret(column));
        if secret {
            return false;
        }
        match self.served() {
            Some(table) => table
                .column_by_name(&column.name)
                .is_some_and(|own| self.project.policy.table(table.id).user_readable.has(own.id)),
            None => {
                let mapped = self.card.field_of(column.id).is_some();
                mapped || settings.auth.signup_fields.contains(&column.name)
            }
        }
    }

    /// Whether the user may change the column.
    pub(crate) fn lets_write(&self, column: &Column) -> bool {
        if column.secret || self.is_secret(column) || !column.generated.writable() || !self.card.table.is_writable() {
            return false;
        }
        let ours = !matches!(self.card.field_of(column.id), None | Some("firstname" | "lastname" | "username"));
        match self.served() {
            _ if ours => false,
            Some(table) => table
                .column_by_name(&column.name)
                .is_some_and(|own| self.project.policy.table(table.id).user_writable.has(own.id)),
            None => {
                let named = matches!(self.card.field_of(column.id), Some("firstname" | "lastname"));
                named || self.project.settings.auth.signup_fields.contains(&column.name)
            }
        }
    }

    /// Whether a signup may set the column.
    pub(crate) fn lets_sign_up_with(&self, column: &Column, which: SignupColumns) -> bool {
        let ours = matches!(
            self.card.field_of(column.id),
            Some(
                "id" | "password"
                    | "is_active"
                    | "role"
                    | "email_verified"
                    | "created_at"
                    | "updated_at"
                    | "last_login"
            )
        );
        let tenant = self.project.settings.tenancy.tenant_column.as_ref();
        let listed = self.project.settings.auth.signup_fields.contains(&column.name) || self.any(column, which);
        listed && !ours && column.generated.writable() && tenant.is_none_or(|tenant| *tenant != column.name)
    }

    /// Where a surface lets a signup set any column: one that end users may write.
    fn any(&self, column: &Column, which: SignupColumns) -> bool {
        let rules = self.project.settings.tables.get(&self.card.table.name);
        let closed = rules.is_some_and(|rules| {
            [&rules.hidden, &rules.read_only].iter().any(|columns| columns.contains(&column.name))
        });
        which == SignupColumns::All && !closed && !column.name.eq_ignore_ascii_case("role")
    }

    fn is_secret(&self, column: &Column) -> bool {
        self.card.field_of(column.id) == Some("password")
    }

    /// The table as the data routes serve it.
    fn served(&self) -> Option<&'p Table> {
        self.project.database.by_name(&self.card.table.name)
    }
}

/// Statements over a mapped table.
pub(crate) fn statements<'p>(
    project: &'p Project,
    table: &'p Table,
    action: Action,
    reason: &'static str,
) -> Internal<'p> {
    let grant = Grant::unrestricted(table, action, reason);
    let rules = project.settings.tables.get(&table.name);
    let deleted = rules.and_then(|rules| table.column_by_name(rules.deleted_column.as_deref()?));
    Internal::new(table, project.engine.dialect(), &grant).without_deleted(deleted)
}

/// Runs a statement; a lost race is tried again, as nothing was done.
pub(crate) async fn run(project: &Project, statement: Statement) -> Result<Rows, IdentityError> {
    let mut tries = 0;
    loop {
        match project.engine.fetch(statement.clone()).await {
            Err(error) if error.is_retryable() && tries < RETRIES => tries += 1,
            Err(error) => return Err(failed(project, error)),
            Ok(rows) => return Ok(rows),
        }
    }
}

/// Gives an engine's error its meaning.
pub(crate) fn failed(project: &Project, error: EngineError) -> IdentityError {
    if matches!(error, EngineError::Drift { .. }) {
        project.report_drift();
    }
    if let Some(cause) = error.cause() {
        tracing::warn!(project = %project.slug, cause, "The database refused a statement about users");
    }
    match error {
        EngineError::Denied | EngineError::ReadOnly => IdentityError::ReadOnly,
        error => IdentityError::Directory(error),
    }
}

/// Rows as JSON objects.
pub(crate) fn objects(rows: &Rows) -> Result<Vec<Map<String, Value>>, IdentityError> {
    (0..rows.len())
        .map(|at| serde_json::from_slice(rows.row(at)).map_err(|error| IdentityError::Internal(error.to_string())))
        .collect()
}

/// What a column has room for; `None` is anything.
pub(crate) const fn width(column: &Column) -> Option<usize> {
    match column.info.ty {
        ColumnType::Text { max_chars: Some(max) } => Some(max as usize),
        _ => None,
    }
}
