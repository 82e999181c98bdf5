//! One caller who tries, and what is looked for in every answer.

use super::{
    Crossing, CrossingError, Leak, tree,
    truth::{Row, Truth, text},
};
use crate::{Asked, Rehearsed, Stand};
use axum::body::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use portcullis_project::settings::TenancySettings;
use portcullis_query::access::{Caller, EndUser};
use portcullis_schema::Table;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Rows of a caller's own that are asked for by their keys until one is found.
const REACHED: usize = 10;

/// One caller who tries.
pub struct Intruder<'a> {
    pub stand: &'a Stand,
    pub truth: &'a Truth,
    pub declared: &'a TenancySettings,
    pub tenant: Option<String>,
    pub report: &'a mut Crossing,
    user: String,
    caller: Caller,
    path: &'static str,
}

/// A request as it is tried.
pub struct Tried {
    pub method: Method,
    pub path: String,
    pub body: Option<String>,
    pub media_type: Option<&'static str>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// What came of it.
pub struct Got {
    pub status: u16,
    pub json: Value,
    pub bytes: Bytes,
}

impl Tried {
    /// A request with a JSON body or none.
    pub fn new(method: Method, path: &str, body: Option<Value>) -> Self {
        let body = body.map(|body| body.to_string());
        Self { method, path: path.to_owned(), body, media_type: None, headers: Vec::new() }
    }

    /// The same with a header.
    pub fn with(mut self, name: HeaderName, value: &HeaderValue) -> Self {
        self.headers.push((name, value.clone()));
        self
    }
}

impl Got {
    /// Whether it was answered with 2xx or 3xx.
    pub fn is_good(&self) -> bool {
        self.status < 400
    }

    /// How many rows it says there are, or were touched.
    pub fn says(&self) -> u64 {
        let number = |name: &&str| self.json[*name].as_u64();
        ["total", "count", "affected"].iter().find_map(number).unwrap_or(0)
    }
}

impl<'a> Intruder<'a> {
    /// The most a user of a tenant can be: what stops this one stops the others.
    pub fn new(
        stand: &'a Stand,
        truth: &'a Truth,
        declared: &'a TenancySettings,
        tenant: Option<String>,
        report: &'a mut Crossing,
    ) -> Self {
        // Where each user is a tenant, users are called like their tenants.
        let by_user =
            declared.tenant_table.is_some() && declared.tenant_table == stand.project.settings.mapping.user.table;
        let id = tenant.clone().filter(|_| by_user).unwrap_or_else(|| "portcullis-crossing".to_owned());
        let user = EndUser { id: id.clone(), tenant: tenant.clone(), administrator: true, ..EndUser::default() };
        let caller = Caller::User(Arc::new(user));
        Self { stand, truth, declared, tenant, report, user: id, caller, path: "list" }
    }

    /// What the following requests are about: one of [`Crossing::paths`].
    pub fn now(&mut self, path: &'static str) {
        self.path = path;
    }

    /// Sends a request with a JSON body; everything in the answer that is a row must be the caller's own.
    pub async fn send(
        &mut self,
        table: &Table,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Got, CrossingError> {
        self.try_it(table, Tried::new(method, path, body)).await
    }

    /// As [`Intruder::send`], with everything a request may have.
    pub async fn try_it(&mut self, table: &Table, tried: Tried) -> Result<Got, CrossingError> {
        let asked = Asked {
            method: tried.method.clone(),
            path: tried.path.clone(),
            body: tried.body.clone().map(Bytes::from),
            media_type: tried.media_type.map(str::to_owned),
        };
        let Rehearsed { status, body, .. } = self.stand.rehearse_with(&self.caller, &asked, &tried.headers).await?;
        self.report.tried += 1;
        *self.report.paths.entry(self.path).or_default() += 1;
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        let named: Vec<String> = tried.headers.iter().map(|(name, value)| format!(" [{name}: {value:?}]")).collect();
        let request = format!("{} {}{} {}", tried.method, tried.path, named.concat(), tried.body.unwrap_or_default());
        // What an engine cannot do for anybody is an answer too.
        if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED {
            self.broken(&request, format!("answers {status}"));
        }
        self.look(table, &request, &json);
        Ok(Got { status: status.as_u16(), json, bytes: body })
    }

    /// Looks for rows of others in an answer.
    pub fn look(&mut self, table: &Table, request: &str, json: &Value) {
        let project = self.stand.project.clone();
        for (whose, row) in tree::rows(&project.database, table, json) {
            let Some(known) = self.truth.scoped(whose.id) else { continue };
            let Some((key, of)) = known.shown(whose, &row) else { continue };
            if of.may(self.tenant.as_deref(), &self.user) == Some(false) {
                let key = key.trim_start_matches('\u{0}').to_owned();
                self.leak(request, format!("shows row {key} of `{}`, which is another tenant's", whose.name));
            }
        }
    }

    /// Notes that something went across.
    pub fn leak(&mut self, request: &str, why: String) {
        self.report.leaks.push(self.noted(request, why));
    }

    /// Notes that something does not work that should.
    pub fn broken(&mut self, request: &str, why: String) {
        self.report.broken.push(self.noted(request, why));
    }

    fn noted(&self, request: &str, why: String) -> Leak {
        let tenant = self.tenant.clone().unwrap_or_else(|| "none".to_owned());
        Leak { path: self.path, tenant, request: request.trim().to_owned(), why }
    }

    /// The keys of rows the caller may have, and of those that are others'.
    pub fn sides(&self, table: &Table) -> (BTreeSet<String>, Vec<String>) {
        let (mut own, mut foreign) = (BTreeSet::new(), Vec::new());
        for known in self.truth.table(table.id).ok().into_iter().flat_map(|truth| &truth.rows) {
            match known.whose.may(self.tenant.as_deref(), &self.user) {
                Some(true) => drop(own.insert(known.key.clone())),
                Some(false) => foreign.push(known.key.clone()),
                None => {}
            }
        }
        (own, foreign)
    }

    /// A row as an administrator's key sees it.
    pub fn row(&self, table: &Table, key: &str) -> Option<Row> {
        Some(self.truth.table(table.id).ok()?.get(key)?.row.clone())
    }

    /// Whether a key names its row in paths.
    pub fn is_named(&self, table: &Table, key: &str) -> bool {
        self.truth.table(table.id).ok().and_then(|truth| truth.get(key)).is_some_and(|known| known.named)
    }

    /// A row of one's own that its key leads to. Of some types of keys none does, not even an administrator's.
    pub async fn reached(&self, table: &Table, own: &BTreeSet<String>) -> Result<Option<String>, CrossingError> {
        for key in own.iter().filter(|key| self.is_named(table, key)).take(REACHED) {
            let path = format!("/{}/{}", tree::called(table), tree::segment(key));
            let asked = Asked { method: Method::GET, path, body: None, media_type: None };
            if self.stand.rehearse(&Caller::Administrator, &asked).await?.status.is_success() {
                return Ok(Some(key.clone()));
            }
        }
        Ok(None)
    }

    /// What a column holds: in rows of the caller's own, and in rows of others alone.
    pub fn values(&self, table: &Table, column: &str) -> (Vec<Value>, BTreeMap<String, Value>) {
        let (mut own, mut foreign) = (Vec::new(), BTreeMap::new());
        for known in self.truth.table(table.id).ok().into_iter().flat_map(|truth| &truth.rows) {
            let Some(value) = known.row.get(column) else { continue };
            match known.whose.may(self.tenant.as_deref(), &self.user) {
                Some(true) => own.push(value.clone()),
                Some(false) => drop(text(value).map(|text| foreign.insert(text, value.clone()))),
                None => {}
            }
        }
        for text in own.iter().filter_map(text) {
            foreign.remove(&text);
        }
        (own, foreign)
    }

    /// Expressions that only this row of another tenant meets, or only rows of others.
    pub fn that(&self, table: &Table, key: &str) -> Option<Vec<Value>> {
        let row = self.row(table, key)?;
        let eq = |column: &str| json!({"field": column, "operator": "eq", "value": row.get(column)});
        if self.is_named(table, key) {
            return Some(table.primary_key.iter().map(|id| eq(&table.column(*id).name)).collect());
        }
        let column = self.declared.tenant_column.as_deref()?;
        row.get(column).filter(|value| !value.is_null())?;
        Some(vec![eq(column)])
    }
}
