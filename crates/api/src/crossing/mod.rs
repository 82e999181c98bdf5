//! The crossing test: tries to read and write across tenants on every table, verb, operator, relationship, figure,
//! bulk, batch, import and mass path of a running stage. Everything it writes is taken back.
//!
//! It knows the answer by another way than the one under test: whose a row is follows from the data in memory
//! ([`truth`]), while the routes keep tenants apart in SQL.

mod intruder;
mod owner;
mod reads;
mod schema;
mod switch;
mod tree;
mod truth;
mod writes;

use crate::{RehearsalError, Stand};
use intruder::Intruder;
use portcullis_project::settings::TenancySettings;
use portcullis_schema::Table;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use truth::Truth;

/// Tenants that try to cross; each against all others.
const INTRUDERS: usize = 3;
/// Foreign rows of a table that are tried one by one.
const VICTIMS: usize = 3;

/// Something that went across.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leak {
    /// The kind of path: one of [`Crossing::paths`].
    pub path: &'static str,
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
    /// Requests by the kind of path.
    pub paths: BTreeMap<&'static str, usize>,
    /// Tables whose rows are tenants', and that have some.
    pub tables: Vec<String>,
    /// Those of [`Crossing::tables`] where one tenant has all rows: its own people had nothing to cross to.
    pub one_sided: Vec<String>,
    /// Those of [`Crossing::tables`] with rows that no key names: they were tried by filters, not one by one.
    pub keyless: Vec<String>,
    /// Tables whose rows are everybody's by the settings; what is related to them was tried.
    pub shared: Vec<String>,
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
    cross_as(stand, &stand.project.settings.tenancy).await
}

/// As [`cross`], by what `declared` says about whose rows are. A stage that does something else leaks: that is how a
/// test shows that leaks are seen.
///
/// # Errors
///
/// As [`cross`].
pub async fn cross_as(stand: &Stand, declared: &TenancySettings) -> Result<Crossing, CrossingError> {
    if !declared.enabled {
        return Err(CrossingError::Off);
    }
    let truth = Truth::read(stand, declared).await?;
    if truth.tenants.len() < 2 {
        return Err(CrossingError::TooFewTenants(truth.tenants.len()));
    }
    let mut report = Crossing::default();
    let project = stand.project.clone();
    for table in project.database.tables() {
        sort_in(table, &truth, &mut report);
    }
    switch::try_all(stand, &truth, declared, &mut report).await;
    schema::try_all(stand, &truth, &mut report).await?;
    for tenant in truth.tenants.iter().take(INTRUDERS).map(Some).chain([None]) {
        let mut intruder = Intruder::new(stand, &truth, declared, tenant.cloned(), &mut report);
        for table in project.database.tables() {
            reads::try_all(&mut intruder, table).await?;
            writes::try_all(&mut intruder, table).await?;
        }
    }
    Ok(report)
}

/// Says of a table whether it can be tried.
fn sort_in(table: &Table, truth: &Truth, report: &mut Crossing) {
    let name = table.name.clone();
    let known = match truth.table(table.id) {
        Ok(known) => known,
        Err(why) => return report.skipped.push(format!("{name}: cannot be read: {why}")),
    };
    if !known.scoped {
        return report.shared.push(name);
    }
    if known.rows.is_empty() {
        return report.skipped.push(format!("{name}: has no rows"));
    }
    if known.unknown() == known.rows.len() {
        let why = "whose its rows are stands in a table that is not served, or in rows that were not looked at";
        return report.skipped.push(format!("{name}: {why}"));
    }
    let sides: BTreeSet<&owner::Whose> = known.rows.iter().map(|row| &row.whose).collect();
    if sides.len() < 2 {
        report.one_sided.push(name.clone());
    }
    if known.rows.iter().any(|row| !row.named) {
        report.keyless.push(name.clone());
    }
    report.tables.push(name);
}
