//! `/items/{collection}` over the customer's tables.

use super::imports::{Format, failed_row};
use crate::baasix::{
    call::{Call, Who, answer},
    collection::Collection,
    error::Refused,
    fields::Fields,
    list::{Asked, Extent, Search, read},
    params::Params,
    variables::Variables,
};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use portcullis_query::{
    Json,
    access::{Action, Grant},
    plan::{PlanError, split_key},
    request::{CompareOp, Connective, Expression, LikeOp, ListRequest, Operator, Paging},
};
use portcullis_records::{self as records, Operation, OperationKind, RecordsError, Session};
use portcullis_schema::Table;
use portcullis_web::json;
use serde_json::{Map, Value, json as value};

/// Keys of rows, and what all of them are given.
type ForAll = (Vec<String>, Vec<(String, Json)>);

/// Rows of one answer at most: without `limit` the original answers them all, and keeps them in memory.
const MOST: usize = 10_000;

/// `/items/{collection}[/..]`.
pub async fn route(
    call: &Call<'_>,
    who: &Who,
    collection: Collection<'_>,
    rest: &[&str],
) -> Result<Response<Body>, Refused> {
    let items = Items { call, who, collection, session: who.session(call.project, call.now) };
    match (&call.method, rest) {
        (&Method::GET, []) => items.list().await,
        (&Method::POST, []) => items.create().await,
        (&Method::POST, ["bulk"]) => items.create_bulk().await,
        (&Method::POST, ["import-csv"]) => items.import(Format::Csv).await,
        (&Method::POST, ["import-json"]) => items.import(Format::Json).await,
        (&Method::PATCH, ["bulk"]) => items.update_bulk().await,
        (&Method::DELETE, ["bulk"]) => items.delete_bulk().await,
        (&Method::GET, [id]) => items.read(id).await,
        (&Method::PATCH, [id]) => items.update(id).await,
        (&Method::DELETE, [id]) => items.delete(id).await,
        _ => Err(Refused::no_route()),
    }
}

/// One collection, for one caller.
pub(super) struct Items<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) who: &'a Who,
    pub(super) collection: Collection<'a>,
    session: Session<'a>,
}

impl Items<'_> {
    pub(super) fn table(&self) -> &Table {
        self.collection.table
    }

    async fn list(&self) -> Result<Response<Body>, Refused> {
        let (grant, mut asked) = self.asked()?;
        if let Some(figures) = asked.figures.take() {
            let request = ListRequest {
                filter: self.filter(&grant, &mut asked),
                sort: asked.sort,
                aggregations: Some(figures.words.clone()),
                ..ListRequest::default()
            };
            let groups = self.pages(request, Extent::All { offset: 0 }).await?;
            let rows = groups.rows()?.into_iter().map(|row| Value::Object(figures.written(row)));
            let rows: Vec<_> = rows.collect();
            let count = rows.len();
            return Ok(answer(StatusCode::OK, &value!({"data": rows, "totalCount": count})));
        }
        let extent = asked.extent;
        let (request, fields) = self.request(&grant, asked)?;
        if extent == Extent::Count {
            let count = records::count(self.session, self.table(), &request)
                .await
                .map_err(|e| self.refused(e, Action::Read))?;
            return Ok(answer(StatusCode::OK, &value!({"data": [], "totalCount": count})));
        }
        let found = self.pages(request, extent).await?;
        let mut body = Vec::with_capacity(found.bytes.len() + 40);
        body.extend_from_slice(b"{\"data\":[");
        match self.shaped(&found, &fields)? {
            Some(rows) => body.extend_from_slice(&rows),
            None => body.extend_from_slice(&found.bytes),
        }
        body.extend_from_slice(format!("],\"totalCount\":{}}}", found.total).as_bytes());
        Ok(json(StatusCode::OK, body))
    }

    async fn read(&self, id: &str) -> Result<Response<Body>, Refused> {
        let (grant, mut asked) = self.asked()?;
        asked.filter.extend(self.key(id)?);
        let (request, fields) = self.request(&grant, asked)?;
        let found = match self.pages(request, Extent::Rows { offset: 0, size: 1 }).await {
            Err(refused) if refused.status == StatusCode::BAD_REQUEST && !id.is_empty() => {
                // A key that is no value of the key's type is no row's.
                return Err(self.bad_key(id, refused));
            }
            other => other?,
        };
        if found.len == 0 {
            return Err(Refused::no_item(Action::Read));
        }
        let mut body = b"{\"data\":".to_vec();
        match self.shaped(&found, &fields)? {
            Some(rows) => body.extend_from_slice(&rows),
            None => body.extend_from_slice(&found.bytes),
        }
        body.push(b'}');
        Ok(json(StatusCode::OK, body))
    }

    async fn create(&self) -> Result<Response<Body>, Refused> {
        let grant = self.may(Action::Create)?;
        let mut given = self.call.members()?;
        if let Some(password) = self.password(&mut given, Action::Create)? {
            return self.create_user(&grant, given, &password).await;
        }
        let members = self.members(given.0, Action::Create)?;
        let made = records::create(self.session, self.table(), &members, None).await;
        let made = made.map_err(|error| self.refused(error, Action::Create))?;
        Ok(answer(StatusCode::CREATED, &value!({"data": {"id": self.id_of(&made.row)?}})))
    }

    async fn update(&self, id: &str) -> Result<Response<Body>, Refused> {
        self.may(Action::Update)?;
        let mut given = self.call.members()?;
        let password = self.password(&mut given, Action::Update)?;
        let members = self.members(given.0, Action::Update)?;
        if let (Some(password), true) = (&password, members.is_empty()) {
            // Whoever cannot come to the row does not set its password.
            let seen = records::read(self.session, self.table(), id).await;
            seen.map_err(|error| self.refused(error, Action::Update))?;
            self.set_password(id, password).await?;
            return Ok(answer(StatusCode::OK, &value!({"data": {"id": id}})));
        }
        let row = records::update(self.session, self.table(), id, &members, None).await;
        let row = row.map_err(|error| self.refused(error, Action::Update))?;
        if let Some(password) = &password {
            self.set_password(id, password).await?;
        }
        Ok(answer(StatusCode::OK, &value!({"data": {"id": self.id_of(&row)?}})))
    }

    async fn delete(&self, id: &str) -> Result<Response<Body>, Refused> {
        self.may(Action::Delete)?;
        let row = records::delete(self.session, self.table(), id, None).await;
        let row = row.map_err(|error| self.refused(error, Action::Delete))?;
        Ok(answer(StatusCode::OK, &value!({"data": {"id": self.id_of(&row)?}})))
    }

    async fn create_bulk(&self) -> Result<Response<Body>, Refused> {
        self.may(Action::Create)?;
        let items = self.call.items("Request body must be an array")?;
        let rows = items.into_iter().map(|item| Ok((OperationKind::Create, self.object(item, Action::Create)?)));
        let ids = self.batch(rows.collect::<Result<_, Refused>>()?, Action::Create).await?;
        Ok(answer(StatusCode::CREATED, &value!({ "data": ids })))
    }

    async fn update_bulk(&self) -> Result<Response<Body>, Refused> {
        self.may(Action::Update)?;
        let rows = match self.for_all()? {
            Some((ids, data)) => ids.into_iter().map(|id| (OperationKind::Update(id), data.clone())).collect(),
            None => {
                let items = self.call.items("Request body must be an array")?;
                let row = |item| {
                    let members = self.object(item, Action::Update)?;
                    Ok((OperationKind::Update(self.key_of(&members)?), members))
                };
                items.into_iter().map(row).collect::<Result<Vec<_>, Refused>>()?
            }
        };
        let ids = self.batch(rows, Action::Update).await?;
        Ok(answer(StatusCode::OK, &value!({ "data": ids })))
    }

    async fn delete_bulk(&self) -> Result<Response<Body>, Refused> {
        self.may(Action::Delete)?;
        let refusal = "Request body must be an array of IDs";
        let given = match self.call.parameter("ids") {
            Some(text) if self.call.body.is_empty() => {
                text.split(',').map(|id| Json::String(id.trim().to_owned())).collect()
            }
            _ => self.call.items(refusal)?,
        };
        let rows = given.iter().map(|id| match id {
            Json::String(text) | Json::Number(text) => Ok((OperationKind::Delete(text.clone()), Vec::new())),
            _ => Err(Refused::error(StatusCode::BAD_REQUEST, refusal)),
        });
        self.batch(rows.collect::<Result<_, _>>()?, Action::Delete).await?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }

    /// The SDK's form of a bulk update: `{ids, data}`.
    fn for_all(&self) -> Result<Option<ForAll>, Refused> {
        let Ok(mut fields) = self.call.members() else { return Ok(None) };
        let (Some(Json::Array(ids)), Some(Json::Object(data))) = (fields.take("ids"), fields.take("data")) else {
            return Ok(None);
        };
        let id = |id: &Json| match id {
            Json::String(text) | Json::Number(text) => Ok(text.clone()),
            _ => Err(Refused::error(StatusCode::BAD_REQUEST, "`ids` is a list of ids")),
        };
        let ids = ids.iter().map(id).collect::<Result<_, _>>()?;
        Ok(Some((ids, self.members(data, Action::Update)?)))
    }

    /// All of it, or nothing.
    async fn batch(
        &self,
        rows: Vec<(OperationKind, Vec<(String, Json)>)>,
        action: Action,
    ) -> Result<Vec<Value>, Refused> {
        self.written(rows, action).await.map_err(|(_, refused)| refused)
    }

    /// The same, with the row that was refused.
    pub(super) async fn written(
        &self,
        rows: Vec<(OperationKind, Vec<(String, Json)>)>,
        action: Action,
    ) -> Result<Vec<Value>, (Option<usize>, Refused)> {
        let max = self.session.project.settings.limits.bulk_rows;
        if rows.len() > max {
            let message = format!("at most {max} rows are written at once");
            return Err((None, Refused::error(StatusCode::PAYLOAD_TOO_LARGE, message)));
        }
        let operations: Vec<_> = rows
            .into_iter()
            .map(|(kind, members)| Operation { id: None, table: self.table(), kind, body: Json::Object(members) })
            .collect();
        let done = records::batch(self.session, &operations).await;
        let done = done.map_err(|error| (failed_row(&error), self.refused(error, action)))?;
        done.iter().map(|one| self.id_of(&one.row).map_err(|refused| (None, refused))).collect()
    }

    /// Asks for the right before anything is read of the request.
    pub(super) fn may(&self, action: Action) -> Result<Grant, Refused> {
        self.session.planner().grant(action, self.table()).map_err(|error| self.refused(error.into(), action))
    }

    fn asked(&self) -> Result<(Grant, Asked), Refused> {
        let grant = self.may(Action::Read)?;
        let lookup = |name: &str| self.variable(name);
        let params = Params::parse(self.call.query.as_deref())?;
        Ok((grant, read(params, &Variables::at(self.call.now, &lookup))?))
    }

    fn variable(&self, name: &str) -> Option<Json> {
        let text = |text: &str| Some(Json::String(text.to_owned()));
        match name {
            "CURRENT_ROLE" | "CURRENT_ROLE.id" => text(&self.who.role.id),
            "CURRENT_ROLE.name" => text(&self.who.role.name),
            "CURRENT_USER" | "CURRENT_USER.id" => text(&self.who.user.as_ref()?.id),
            "CURRENT_USER.email" => text(&self.who.user.as_ref()?.email),
            "CURRENT_TENANT" | "CURRENT_TENANT.id" | "CURRENT_USER.tenant_Id" => {
                text(self.who.user.as_ref()?.tenant.as_deref()?)
            }
            _ => None,
        }
    }

    /// The request for rows, and what of a row is answered.
    fn request(&self, grant: &Grant, mut asked: Asked) -> Result<(ListRequest, Fields), Refused> {
        let (table, database) = (self.table(), &self.session.project.database);
        let planner = self.session.planner();
        let mut fields = std::mem::take(&mut asked.fields);
        fields.settle(table, database, &|table| planner.grant(Action::Read, table).is_ok());
        let mut filter = self.filter(grant, &mut asked);
        let related = std::mem::take(&mut asked.related);
        filter.extend(fields.includes("", &|path| {
            related.iter().filter(|(own, _)| own == path).flat_map(|(_, words)| words.clone()).collect()
        }));
        let mut projections = Vec::new();
        if !fields.all {
            // What the caller may not read is not there.
            fields.columns.retain(|word| grant.readable_column(table, word).is_some());
            projections.clone_from(&fields.columns);
            if projections.is_empty() {
                let Some(first) = fields.has_relations().then(|| grant.readable_columns(table).next()).flatten() else {
                    return Err(Refused::error(StatusCode::FORBIDDEN, "None of the fields can be read"));
                };
                projections.push(first.name.clone());
            }
        }
        Ok((ListRequest { filter, sort: asked.sort, projections, ..ListRequest::default() }, fields))
    }

    /// The filter with the words of a search.
    fn filter(&self, grant: &Grant, asked: &mut Asked) -> Vec<Expression> {
        let mut filter = std::mem::take(&mut asked.filter);
        if let Some(search) = asked.search.take() {
            filter.extend(self.search(grant, &search));
        }
        filter
    }

    /// Every word stands in one of the columns.
    fn search(&self, grant: &Grant, search: &Search) -> Vec<Expression> {
        let wanted = |name: &str| {
            search.columns.is_empty()
                || search.columns.iter().any(|word| self.table().find_column(word).is_some_and(|own| own.name == name))
        };
        let columns: Vec<_> = grant
            .readable_columns(self.table())
            .filter(|column| column.ty.is_text() && wanted(&column.name))
            .map(|column| column.name.clone())
            .collect();
        let term = |word: &String, field: &String| Expression::Field {
            place: "search".to_owned(),
            field: field.clone(),
            operator: Operator::Like(LikeOp::Contains),
            value: Json::String(word.clone()),
        };
        let any = |word: &String| {
            let expressions: Vec<_> = columns.iter().map(|column| term(word, column)).collect();
            Expression::Logical { place: "search".to_owned(), connective: Connective::Or, expressions }
        };
        if columns.is_empty() { self.nothing() } else { search.words.iter().map(any).collect() }
    }

    /// A condition that holds for no row.
    fn nothing(&self) -> Vec<Expression> {
        let table = self.table();
        let key = table.primary_key.first().map(|id| table.column(*id)).or_else(|| table.columns.first());
        let never = |field: String| Expression::Field {
            place: "search".to_owned(),
            field,
            operator: Operator::In { negated: false },
            value: Json::Array(Vec::new()),
        };
        key.map(|column| never(column.name.clone())).into_iter().collect()
    }

    /// The row of a key in a path.
    fn key(&self, id: &str) -> Result<Vec<Expression>, Refused> {
        let table = self.table();
        let parts = if table.primary_key.len() == 1 { vec![id.to_owned()] } else { split_key(id) };
        if parts.len() != table.primary_key.len() || parts.is_empty() {
            return Err(Refused::no_item(Action::Read));
        }
        let term = |(part, column): (String, &portcullis_schema::ColumnId)| Expression::Field {
            place: "id".to_owned(),
            field: table.column(*column).name.clone(),
            operator: Operator::Compare(CompareOp::Eq),
            value: Json::String(part),
        };
        Ok(parts.into_iter().zip(&table.primary_key).map(term).collect())
    }

    fn bad_key(&self, id: &str, refused: Refused) -> Refused {
        let planner = self.session.planner();
        match portcullis_query::plan::parse_key(&planner, self.table(), id) {
            Err(_) => Refused::no_item(Action::Read),
            Ok(_) => refused,
        }
    }

    /// The rows of an extent: one statement, or as many pages as it takes.
    async fn pages(&self, request: ListRequest, extent: Extent) -> Result<Found, Refused> {
        let limits = self.session.planner().limits;
        let (offset, wanted) = match extent {
            Extent::All { offset } => (offset, None),
            Extent::Rows { offset, size } => (offset, Some(usize::try_from(size).unwrap_or(usize::MAX))),
            Extent::Count => (0, Some(0)),
        };
        let most = usize::try_from(limits.page_size_max).unwrap_or(MOST);
        let mut found = Found::default();
        loop {
            let left = wanted.map_or(most, |wanted| (wanted - found.len).min(most));
            let mut part = request.clone();
            part.paging = Paging::Rows { offset: offset + found.len as u64, size: left as u64 };
            part.total = found.len == 0;
            let page = records::list(self.session, self.table(), &part).await;
            let page = page.map_err(|error| self.refused(error, Action::Read))?;
            if found.len == 0 {
                found.total = page.total.unwrap_or(0);
            }
            if found.len > 0 && page.len > 0 {
                found.bytes.push(b',');
            }
            found.bytes.extend_from_slice(&page.rows);
            found.len += page.len;
            if page.len < left || wanted.is_some_and(|wanted| found.len >= wanted) {
                return Ok(found);
            }
            if found.len >= MOST {
                let message = format!("more than {MOST} rows match; ask for them by limit and page");
                return Err(Refused::error(StatusCode::BAD_REQUEST, message));
            }
        }
    }

    /// The rows with their related rows under the names that were asked for; `None` where they are right as they are.
    fn shaped(&self, found: &Found, fields: &Fields) -> Result<Option<Vec<u8>>, Refused> {
        if !fields.has_relations() && self.collection.names.is_empty() {
            return Ok(None);
        }
        let database = &self.session.project.database;
        let mut out = Vec::with_capacity(found.bytes.len());
        for (at, row) in found.rows()?.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            let row = fields.pick(row, self.table(), database);
            out.extend_from_slice(Value::Object(self.collection.shown(row)).to_string().as_bytes());
        }
        Ok(Some(out))
    }

    pub(super) fn object(&self, item: Json, action: Action) -> Result<Vec<(String, Json)>, Refused> {
        match item {
            Json::Object(members) => self.members(members, action),
            _ => Err(Refused::error(StatusCode::BAD_REQUEST, "Each item must be an object")),
        }
    }

    /// The members that mean something here: what the table has not, or hides, is passed over as the original does.
    pub(super) fn members(&self, members: Vec<(String, Json)>, action: Action) -> Result<Vec<(String, Json)>, Refused> {
        let table = self.table();
        let rules = self.session.project.policy.table(table.id);
        let mut out = Vec::with_capacity(members.len());
        for (name, word) in members {
            let column = table.find_column(self.collection.column(&name));
            match column {
                Some(column) if rules.user_readable.has(column.id) => out.push((column.name.clone(), word)),
                Some(_) => {}
                None => {
                    let nested =
                        matches!(word, Json::Array(_) | Json::Object(_)) && table.find_relation(&name).is_some();
                    if nested && action == Action::Create {
                        out.push((name, word));
                    } else if nested {
                        let message = format!("`{name}` cannot be changed through this item; change its own items");
                        return Err(Refused::error(StatusCode::BAD_REQUEST, message));
                    }
                }
            }
        }
        Ok(out)
    }

    /// The key that a body names, in the form of a path.
    fn key_of(&self, members: &[(String, Json)]) -> Result<String, Refused> {
        let table = self.table();
        let part = |id: &portcullis_schema::ColumnId| {
            let name = &table.column(*id).name;
            match members.iter().find(|(own, _)| own == name) {
                Some((_, Json::String(text) | Json::Number(text))) => Ok(if table.primary_key.len() == 1 {
                    text.clone()
                } else {
                    text.replace('\\', "\\\\").replace(',', "\\,")
                }),
                _ => Err(Refused::error(StatusCode::BAD_REQUEST, "Each item needs its id")),
            }
        };
        let parts: Vec<_> = table.primary_key.iter().map(part).collect::<Result<_, _>>()?;
        if parts.is_empty() {
            return Err(Refused::error(StatusCode::BAD_REQUEST, "the items of this collection have no id"));
        }
        Ok(parts.join(","))
    }

    /// The id of a written row.
    fn id_of(&self, row: &[u8]) -> Result<Value, Refused> {
        let row: Map<String, Value> = serde_json::from_slice(row).map_err(|error| {
            tracing::error!(%error, "A written row is no JSON");
            Refused::error(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
        })?;
        let table = self.table();
        let mut parts = table.primary_key.iter().filter_map(|id| row.get(&table.column(*id).name).cloned());
        let first = parts.next().unwrap_or(Value::Null);
        let rest: Vec<_> = parts.collect();
        if rest.is_empty() {
            return Ok(first);
        }
        let text = |part: &Value| part.as_str().map_or_else(|| part.to_string(), str::to_owned);
        let all: Vec<_> = std::iter::once(&first).chain(&rest).map(text).collect();
        Ok(Value::String(all.join(",")))
    }

    /// What the original says to it.
    fn refused(&self, error: RecordsError, action: Action) -> Refused {
        let (project, collection) = (self.session.project, self.collection.name);
        match error {
            RecordsError::Operation { error, .. } => self.refused(*error, action),
            RecordsError::NotFound | RecordsError::Plan(PlanError::NoSuchKey { .. }) => Refused::no_item(action),
            RecordsError::Plan(PlanError::Refused { table, .. }) if table != self.table().name => {
                Refused::no_permission(Action::Read, &table)
            }
            RecordsError::Plan(PlanError::Refused { .. }) => Refused::no_permission(action, collection),
            // A column there is, and that the role may not use. Hidden ones are unknown to everybody. SEC-40.
            RecordsError::Plan(PlanError::UnknownColumn { table, column, suggestion, place }) => {
                let known = project.database.by_name(&table).and_then(|table| {
                    let found = table.find_column(&column)?;
                    project.policy.table(table.id).user_readable.has(found.id).then_some(found)
                });
                match known {
                    Some(found) => forbidden_field(action, &found.name),
                    None => PlanError::UnknownColumn { table, column, suggestion, place }.into(),
                }
            }
            RecordsError::Plan(PlanError::Invalid { code: "not_writable", place, .. }) => {
                forbidden_field(action, place.rsplit('/').next().unwrap_or_default())
            }
            RecordsError::Plan(PlanError::ForbiddenValue { column, .. })
                if project.settings.tenancy.tenant_column.as_deref() == Some(column.as_str()) =>
            {
                Refused::error(StatusCode::FORBIDDEN, "Cannot operate on data from different tenant")
            }
            other => other.into(),
        }
    }
}

fn forbidden_field(action: Action, name: &str) -> Refused {
    let message = format!("You don't have permission to {} field: {name}", action.word());
    Refused::error(StatusCode::FORBIDDEN, message)
}

/// Rows that were found.
#[derive(Debug, Default)]
struct Found {
    /// With commas between them.
    bytes: Vec<u8>,
    len: usize,
    total: u64,
}

impl Found {
    fn rows(&self) -> Result<Vec<Map<String, Value>>, Refused> {
        let mut list = Vec::with_capacity(self.bytes.len() + 2);
        list.push(b'[');
        list.extend_from_slice(&self.bytes);
        list.push(b']');
        serde_json::from_slice(&list).map_err(|error| {
            tracing::error!(%error, "Rows are no JSON");
            Refused::error(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
        })
    }
}
