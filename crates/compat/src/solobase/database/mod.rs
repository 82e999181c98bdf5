//! `/api/database`: the page beside the auth page, as far as it is rows. SQL texts of clients are not run here.
//!
//! Contract: section 8. Who may do what is the project's affair, as everywhere.

mod list;
mod tables;
mod write;

use super::{
    error::{Details, Refusal},
    token,
    wire::Reply,
};
use crate::Call;
use axum::body::Body;
use bytes::Bytes;
use http::{Response, StatusCode, header};
use portcullis_base::Timestamp;
use portcullis_project::Project;
use portcullis_query::access::Caller;
use portcullis_records::{RecordsError, Session};
use portcullis_schema::{Table, TableLookup};
use portcullis_web::{
    ApiError, BodyLimit,
    hooks::{About, chain},
};
use std::sync::Arc;

/// Bulk bodies may be this many times as long as others.
const BULK_FACTOR: usize = 16;

/// One call.
#[derive(Debug)]
pub struct Asked {
    /// The stage.
    pub project: Arc<Project>,
    /// Who calls: an end user.
    pub caller: Caller,
    /// The query, undecoded.
    pub query: Option<String>,
    /// The body.
    pub body: Bytes,
    /// The present.
    pub now: Timestamp,
}

impl Asked {
    /// What the use-cases start from.
    pub fn session(&self) -> Session<'_> {
        Session::new(&self.project, &self.caller, self.now)
    }

    /// The table of a path.
    fn table(&self, word: &str) -> Result<&Table, Refusal> {
        match self.project.database.find(word) {
            TableLookup::Found(table) => Ok(table),
            TableLookup::Unknown(_) => {
                Err(Refusal::new(StatusCode::NOT_FOUND, "TABLE_NOT_FOUND", format!("There is no table `{word}`")))
            }
        }
    }
}

/// Answers a call below `/api/database`.
pub async fn handle(mut call: Call, project: Arc<Project>, path: &[&str]) -> Result<Response<Body>, Refusal> {
    let method = call.method().clone();
    known(path, method.as_str())?;
    let user = token::user(&call.state, &project, &call.head.headers, call.now()).await?;
    let factor = if path.last() == Some(&"bulk") { BULK_FACTOR } else { 1 };
    let body = call.bytes(BodyLimit(project.settings.limits.body_bytes * factor)).await?;
    let query = call.head.uri.query().map(str::to_owned);
    let asked = Asked { project: project.clone(), caller: Caller::User(user.clone()), query, body, now: call.now() };
    let segments = ["api", "database"].into_iter().chain(path.iter().copied());
    let Some(hooks) = chain(&call.head.extensions, segments) else {
        return Ok(run(&asked, path, method.as_str()).await?.into_response());
    };
    let mut headers = call.head.headers.clone();
    headers.remove(header::AUTHORIZATION);
    let about = About {
        project: project.slug.clone(),
        stage: project.stage.word(),
        surface: super::RULES.name,
        operation: String::new(),
        method: method.clone(),
        path: format!("/{}", call.segments.join("/")),
        query: asked.query.clone(),
        headers,
        peer: call.client.ip,
        user: Some(user),
        request_id: call.client.request_id.clone(),
    };
    let path: Vec<String> = path.iter().map(|segment| (*segment).to_owned()).collect();
    let body = asked.body.clone();
    let refuse = |error| super::wire::refused(&Refusal::from(error));
    let work = move |body: Bytes| async move {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match run(&Asked { body, ..asked }, &path, method.as_str()).await {
            Ok(reply) => reply.into_response(),
            Err(refusal) => super::wire::refused(&refusal),
        }
    };
    Ok(hooks.run(about, body, refuse, work).await)
}

/// What is not there is refused before anybody's token is looked at.
fn known(path: &[&str], method: &str) -> Result<(), Refusal> {
    let allow = match path {
        ["tables"] | ["tables", _] => "GET",
        ["tables", _, "records"] => "GET, POST",
        ["tables", _, "records", "bulk"] => "POST, PUT, DELETE",
        ["tables", _, "records", _] => "GET, PUT, DELETE",
        ["query"] | ["query", "explain"] => {
            let message = "SQL of clients is not run here; use /tables/{table}/records with filter, sort and search";
            return Err(Refusal::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message));
        }
        _ => return Err(Refusal::not_found()),
    };
    if allow.split(", ").any(|own| own == method) { Ok(()) } else { Err(Refusal::method(allow)) }
}

async fn run(asked: &Asked, path: &[&str], method: &str) -> Result<Reply, Refusal> {
    match (path, method) {
        (["tables"], _) => Ok(tables::all(asked)),
        (["tables", table], _) => tables::one(asked, asked.table(table)?),
        (["tables", table, "records"], "GET") => list::get(asked, asked.table(table)?).await,
        (["tables", table, "records"], _) => write::create(asked, asked.table(table)?).await,
        (["tables", table, "records", "bulk"], "POST") => write::create_many(asked, asked.table(table)?).await,
        (["tables", table, "records", "bulk"], "PUT") => write::update_many(asked, asked.table(table)?).await,
        (["tables", table, "records", "bulk"], _) => write::delete_many(asked, asked.table(table)?).await,
        (["tables", table, "records", key], "GET") => list::one(asked, asked.table(table)?, key).await,
        (["tables", table, "records", key], "PUT") => write::update(asked, asked.table(table)?, key).await,
        (["tables", table, "records", key], _) => write::delete(asked, asked.table(table)?, key).await,
        _ => Err(Refusal::not_found()),
    }
}

/// A refusal of the data room: what a client of this page branches on is the kind of it.
fn refused(error: RecordsError, writing: bool) -> Refusal {
    let own = error.code();
    let error = ApiError::from(error);
    let (status, code) = match (error.status, own) {
        (StatusCode::UNAUTHORIZED, _) => return Refusal::token_invalid(),
        (StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED, _) => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
        (StatusCode::NOT_FOUND, _) => (StatusCode::NOT_FOUND, "RECORD_NOT_FOUND"),
        (StatusCode::CONFLICT, _) | (StatusCode::BAD_REQUEST, "null_not_allowed" | "check_failed") => {
            (StatusCode::CONFLICT, "CONSTRAINT_VIOLATION")
        }
        (StatusCode::BAD_REQUEST, _) if writing => {
            let mut details = Details::default();
            for problem in &error.errors {
                let field = problem.place.rsplit('/').find(|word| word.parse::<usize>().is_err()).unwrap_or_default();
                details.add(if field.is_empty() { "record" } else { field }, problem.message.clone());
            }
            if error.errors.is_empty() {
                details.add("record", error.title);
            }
            return details.into();
        }
        (StatusCode::BAD_REQUEST, _) => (StatusCode::BAD_REQUEST, "INVALID_QUERY"),
        _ => return error.into(),
    };
    let message = Refusal::from(error).message;
    Refusal::new(status, code, message)
}
