//! `/db`, `/query`, `/inc`, `/newid`, and the same for the root token under `/sudo`.

use super::super::{
    Routed,
    auth::{author, author_or_nobody, user},
    error::Refused,
    filter::{clauses, clauses_of_x, list as wanted},
    wire::{body, document, fields, json, ok, own_members, page},
};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_documents::{Author, Clause, Collection, DocumentsError, new_document_id};
use portcullis_query::Json;
use serde_json::{Value, json as value};

/// Who calls: with `root` only the holder of the root token, else a user, or for what is public anybody.
async fn by(call: &Routed, collection: &Collection, root: bool, reads: bool) -> Result<Author, Refused> {
    if root {
        return Ok(call.root().await?.author);
    }
    if reads && collection.is_public() { author_or_nobody(call).await } else { author(call).await }
}

fn given(call: &Routed, name: &str) -> bool {
    call.parameter(name).is_some_and(|text| !text.is_empty())
}

/// `GET /newid`.
pub async fn new_id(call: &Routed) -> Result<Response<Body>, Refused> {
    user(call).await?;
    Ok(ok(&Value::String(new_document_id(&mut rand::rng()))))
}

/// `GET /sudolistall`: the names of collections.
pub async fn names(call: &Routed) -> Result<Response<Body>, Refused> {
    let root = call.root().await?;
    let names = call.documents().collections(&call.project.connection, &root.author).await?;
    Ok(ok(&value!(names)))
}

/// `POST /sudo/index?col=&field=`: true once the collection is looked up by the field.
pub async fn index(call: &Routed) -> Result<Response<Body>, Refused> {
    let root = call.root().await?;
    let collection = Collection::parse(&call.parameter("col").unwrap_or_default())?;
    let field = call.parameter("field").filter(|field| !field.is_empty());
    let field = field.ok_or_else(|| Refused::bad("`field` is required"))?;
    let (connection, now) = (&call.project.connection, call.now());
    call.documents().create_index(connection, &collection, &root.author, &field, now).await?;
    Ok(ok(&value!(true)))
}

/// `GET /db/{col}?page=&size=&desc=`.
pub async fn list(call: &Routed, name: &str, root: bool) -> Result<Response<Body>, Refused> {
    let collection = Collection::parse(name)?;
    let author = by(call, &collection, root, true).await?;
    let list = wanted(call, Vec::new());
    let found = call.documents().list(&call.project.connection, &collection, &author, &list).await?;
    Ok(ok(&page(found)))
}

/// `POST /query/{col}` with clauses.
pub async fn query(call: &Routed, name: &str, root: bool) -> Result<Response<Body>, Refused> {
    let collection = Collection::parse(name)?;
    let author = by(call, &collection, root, true).await?;
    let body = body(call)?.ok_or_else(|| Refused::bad("the clauses are missing"))?;
    let list = wanted(call, clauses(body)?);
    let found = call.documents().list(&call.project.connection, &collection, &author, &list).await?;
    Ok(ok(&page(found)))
}

/// `POST /db/count/{col}` with clauses, or nothing.
pub async fn count(call: &Routed, name: &str, root: bool) -> Result<Response<Body>, Refused> {
    let collection = Collection::parse(name)?;
    let author = by(call, &collection, root, true).await?;
    let clauses = match body(call)? {
        None | Some(Json::Null) => Vec::new(),
        Some(json) => clauses(json)?,
    };
    let count = call.documents().count(&call.project.connection, &collection, &author, &clauses).await?;
    Ok(ok(&value!({ "count": count })))
}

/// `POST /db/{col}`: 201 with the document; `?bulk=1` 201 true; `?ids=true` the documents of these ids.
pub async fn create(call: &Routed, name: &str, root: bool) -> Result<Response<Body>, Refused> {
    let collection = Collection::parse(name)?;
    if given(call, "ids") {
        return by_ids(call, &collection, root).await;
    }
    let author = by(call, &collection, root, false).await?;
    let bulk = given(call, "bulk");
    let body = body(call)?.ok_or_else(|| Refused::bad("invalid body"))?;
    let (documents, connection, now) = (call.documents(), &call.project.connection, call.now());
    if !bulk {
        let made = documents.create(connection, &collection, &author, own_members(body), now).await?;
        return Ok(json(StatusCode::CREATED, &document(made)));
    }
    let Json::Array(bodies) = body else { return Err(Refused::bad("invalid body")) };
    let bodies = bodies.into_iter().map(own_members).collect();
    documents.create_many(connection, &collection, &author, bodies, now).await?;
    Ok(json(StatusCode::CREATED, &value!(true)))
}

async fn by_ids(call: &Routed, collection: &Collection, root: bool) -> Result<Response<Body>, Refused> {
    let author = by(call, collection, root, true).await?;
    let ids = match body(call)? {
        Some(Json::Array(items)) => items,
        _ => return Err(Refused::bad("invalid body")),
    };
    let ids: Option<Vec<String>> = ids.iter().map(|id| id.as_str().map(str::to_owned)).collect();
    let ids = ids.ok_or_else(|| Refused::bad("invalid body"))?;
    if ids.is_empty() {
        return Err(Refused::bad("ids list can not be empty"));
    }
    let documents = call.documents();
    let found = documents.read_many(&call.project.connection, collection, &author, ids).await?;
    Ok(ok(&Value::Array(found.into_iter().map(document).collect())))
}

/// `GET /db/{col}/{id}`.
pub async fn read(call: &Routed, name: &str, id: &str, root: bool) -> Result<Response<Body>, Refused> {
    let collection = Collection::parse(name)?;
    let author = by(call, &collection, root, true).await?;
    let found = call.documents().read(&call.project.connection, &collection, &author, id).await?;
    Ok(ok(&document(found)))
}

/// `PUT /db/{col}/{id}`: the whole document after the change.
pub async fn update(call: &Routed, name: &str, id: &str, root: bool) -> Result<Response<Body>, Refused> {
    let collection = Collection::parse(name)?;
    let author = by(call, &collection, root, false).await?;
    let set = own_members(body(call)?.ok_or_else(|| Refused::bad("invalid body"))?);
    let (documents, now) = (call.documents(), call.now());
    let changed = documents.update(&call.project.connection, &collection, &author, (id, set), now).await?;
    Ok(ok(&document(changed)))
}

/// `PUT /db/{col}?bulk=1` `{"update", "clauses"}`: how many were changed.
pub async fn update_many(call: &Routed, name: &str, root: bool) -> Result<Response<Body>, Refused> {
    let collection = Collection::parse(name)?;
    let author = by(call, &collection, root, false).await?;
    if !given(call, "bulk") {
        return Err(Refused::bad("an id, or `bulk=1`, is required"));
    }
    let mut fields = fields(call)?;
    let set = own_members(fields.take("update").ok_or_else(|| Refused::bad("`update` is required"))?);
    let clauses = fields.take("clauses").ok_or_else(|| Refused::bad("`clauses` is required"))?;
    let what = (self::clauses(clauses)?, set);
    let (documents, now) = (call.documents(), call.now());
    let changed = documents.update_many(&call.project.connection, &collection, &author, what, now).await?;
    Ok(ok(&value!(changed)))
}

/// `DELETE /db/{col}/{id}`: 1, or 0 where there is none that the caller may delete.
pub async fn delete(call: &Routed, name: &str, id: &str, root: bool) -> Result<Response<Body>, Refused> {
    let collection = Collection::parse(name)?;
    let author = by(call, &collection, root, false).await?;
    match call.documents().delete(&call.project.connection, &collection, &author, id).await {
        Ok(()) => Ok(ok(&value!(1))),
        Err(DocumentsError::NotFound | DocumentsError::Forbidden) => Ok(ok(&value!(0))),
        Err(error) => Err(error.into()),
    }
}

/// `DELETE /db/{col}?bulk=1&x=`: how many were deleted.
pub async fn delete_many(call: &Routed, name: &str, root: bool) -> Result<Response<Body>, Refused> {
    let collection = Collection::parse(name)?;
    let author = by(call, &collection, root, false).await?;
    let x = call.parameter("x").filter(|x| !x.is_empty() && given(call, "bulk"));
    let clauses: Vec<Clause> =
        clauses_of_x(&x.ok_or_else(|| Refused::bad("an id, or `bulk=1` and `x`, is required"))?)?;
    let documents = call.documents();
    let deleted = documents.delete_many(&call.project.connection, &collection, &author, clauses).await?;
    Ok(ok(&value!(deleted)))
}

/// `PUT /inc/{col}/{id}` `{"field", "range"}`: true.
pub async fn increase(call: &Routed, name: &str, id: &str) -> Result<Response<Body>, Refused> {
    let collection = Collection::parse(name)?;
    let author = author(call).await?;
    let mut fields = fields(call)?;
    let (field, by) = (fields.required("field")?, fields.number("range")?);
    let (documents, now) = (call.documents(), call.now());
    documents.increment(&call.project.connection, &collection, &author, (id, &field, by), now).await?;
    Ok(ok(&value!(true)))
}
