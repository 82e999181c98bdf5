//! The crossing test: tries to read and write across tenants on every table, verb, operator, relationship, figure,
//! bulk, batch, import and mass path of a running stage. Everything it writes is taken back.
//!
//! It knows the answer by another way than the one under test: whose a row is follows from the data in memory
//! ([`truth`]), while the routes keep tenants apart in SQL.

mod reads;
mod tree;
mod truth;
mod writes;

use crate::{Asked, RehearsalError, Rehearsed, Stand};
use axum::body::Bytes;
use http::Method;
use portcullis_query::access::{Caller, EndUser};
use portcullis_schema::Table;
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc};
use truth::{Truth, key_of};

/// Tenants that try to cross; each against all others.
const INTRUDERS: usize = 3;
/// Foreign rows of a table that are tried one by one.
const VICTIMS: usize = 3;

/// Something that went across.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leak {
    /// Who, by tenant.
    pub tenant: String,
    /// The request.
    pub request: String,
    /// What went across.
    pub why: String,
}

/// What was tried and what came of it.
#[derive(Debug, Default, Serialize)]
pub struct Crossing {
    /// Requests that tried to cross.
    pub tried: usize,
    /// Requests that must work, so that the rest is no empty proof.
    pub controls: usize,
    /// Tables with rows of several tenants.
    pub tables: Vec<String>,
    /// Tables where nothing could be tried, and why.
    pub skipped: Vec<String>,
    /// What went across.
    pub leaks: Vec<Leak>,
    /// Requests of a caller's own that should have worked and did not.
    pub broken: Vec<Leak>,
}

/// Why nothing could be tried.
#[derive(Debug, thiserror::Error)]
pub enum CrossingError {
    /// Tenants are not kept apart here.
    #[error("tenancy is off: `[tenancy] enabled` is not true, so that there is nothing to cross")]
    Off,
    /// Too little data.
    #[error("the data has {0} tenants with rows; two are needed to try to cross from one to the other")]
    TooFewTenants(usize),
    /// A table could not be read with the right of an administrator's key.
    #[error("`{table}` cannot be read: {why}")]
    Unreadable {
        /// Which.
        table: String,
        /// Why.
        why: String,
    },
    /// A request could not be rehearsed.
    #[error(transparent)]
    Rehearsal(#[from] RehearsalError),
}

/// Tries to cross on every path.
///
/// # Errors
///
/// [`CrossingError`] where nothing can be tried.
pub async fn cross(stand: &Stand) -> Result<Crossing, CrossingError> {
    let project = stand.project.clone();
    if !project.settings.tenancy.enabled {
        return Err(CrossingError::Off);
    }
    let truth = Truth::read(stand).await?;
    if truth.tenants.len() < 2 {
        return Err(CrossingError::TooFewTenants(truth.tenants.len()));
    }
    let mut report = Crossing::default();
    for table in project.database.tables() {
        let name = &table.name;
        match truth.table(table.id) {
            None => report.skipped.push(format!("{name}: has no key, so that its rows cannot be told apart")),
            Some(rows) if rows.scoped && rows.rows.is_empty() => report.skipped.push(format!("{name}: has no rows")),
            Some(rows) if rows.scoped => report.tables.push(name.clone()),
            Some(_) => {}
        }
    }
    for tenant in truth.tenants.iter().take(INTRUDERS).map(Some).chain([None]) {
        // The most a user of a tenant can be: what stops this one stops the others.
        let user = EndUser {
            id: "portcullis-crossing".to_owned(),
            tenant: tenant.cloned(),
            administrator: true,
            ..EndUser::default()
        };
        let mut intruder = Intruder {
            stand,
            truth: &truth,
            tenant: tenant.cloned(),
            user: user.id.clone(),
            caller: Caller::User(Arc::new(user)),
            report: &mut report,
        };
        for table in project.database.tables() {
            reads::try_all(&mut intruder, table).await?;
            writes::try_all(&mut intruder, table).await?;
        }
    }
    Ok(report)
}

/// One caller who tries.
struct Intruder<'a> {
    stand: &'a Stand,
    truth: &'a Truth,
    tenant: Option<String>,
    user: String,
    caller: Caller,
    report: &'a mut Crossing,
}

impl Intruder<'_> {
    /// Sends a request; everything in the answer that is a row must be the caller's own. Gives status and body.
    async fn send(
        &mut self,
        table: &Table,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(u16, Value), CrossingError> {
        let text = body.as_ref().map(Value::to_string);
        self.send_as(table, method, path, text, None).await.map(|(status, body, _)| (status, body))
    }

    async fn send_as(
        &mut self,
        table: &Table,
        method: Method,
        path: &str,
        text: Option<String>,
        media_type: Option<&str>,
    ) -> Result<(u16, Value, Bytes), CrossingError> {
        let asked = Asked {
            method,
            path: path.to_owned(),
            body: text.clone().map(Bytes::from),
            media_type: media_type.map(str::to_owned),
        };
        let Rehearsed { status, body, .. } = self.stand.rehearse(&self.caller, &asked).await?;
        self.report.tried += 1;
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        let request = format!("{} {path} {}", asked.method, text.unwrap_or_default());
        if status.as_u16() >= 500 {
            self.broken(&request, format!("answers {status}"));
        }
        let project = self.stand.project.clone();
        for (whose, row) in tree::rows(&project.database, table, &json) {
            let Some(key) = key_of(whose, &row) else { continue };
            let Some(known) = self.truth.table(whose.id) else { continue };
            if known.scoped && known.whose(&key).may(self.tenant.as_deref(), &self.user) == Some(false) {
                self.leak(&request, format!("shows row {key} of `{}`, which is another tenant's", whose.name));
            }
        }
        Ok((status.as_u16(), json, body))
    }

    fn leak(&mut self, request: &str, why: String) {
        let tenant = self.tenant.clone().unwrap_or_else(|| "none".to_owned());
        self.report.leaks.push(Leak { tenant, request: request.trim().to_owned(), why });
    }

    fn broken(&mut self, request: &str, why: String) {
        let tenant = self.tenant.clone().unwrap_or_else(|| "none".to_owned());
        self.report.broken.push(Leak { tenant, request: request.trim().to_owned(), why });
    }

    /// The keys of rows the caller may have, and of those that are others'.
    fn sides(&self, table: &Table) -> (BTreeSet<String>, Vec<String>) {
        let (mut own, mut foreign) = (BTreeSet::new(), Vec::new());
        for (key, _) in self.truth.table(table.id).into_iter().flat_map(|truth| &truth.rows) {
            let whose = self.truth.table(table.id).map(|truth| truth.whose(key).clone());
            match whose.and_then(|whose| whose.may(self.tenant.as_deref(), &self.user)) {
                Some(true) => drop(own.insert(key.clone())),
                Some(false) => foreign.push(key.clone()),
                None => {}
            }
        }
        (own, foreign)
    }

    /// A row as an administrator's key sees it.
    fn row(&self, table: &Table, key: &str) -> Option<truth::Row> {
        let rows = &self.truth.table(table.id)?.rows;
        rows.iter().find(|(known, _)| known == key).map(|(_, row)| row.clone())
    }
}
