//! `/api/database`: the page beside the auth page, as far as it is rows. SQL texts of clients are not run here.
//!
//! Contract: section 8. Who may do what is the project's affair, as everywhere.

mod export;
mod import;
mod list;
mod tables;
mod write;

use super::{
    error::{Details, Refusal},
    limits, token,
};
use crate::Call;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use portcullis_base::Timestamp;
use portcullis_identity::{IdentityError, Limit};
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
    /// The body; of an import only where it is JSON.
    pub body: Bytes,
    /// The type that the body says it has, without parameters.
    pub media: String,
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

/// Answers a call below `/api/database`: its limits first, then the hooks of an embedding program, then its work.
pub async fn handle(call: Call, project: Arc<Project>, path: &[&str]) -> Result<Response<Body>, Refusal> {
    known(path, call.method().as_str())?;
    let limit = if call.method() == Method::GET { Limit::Reads } else { Limit::Writes };
    let (identity, now) = (call.state.identity().clone(), call.now());
    let state = match identity.count(&project, limit, None, &call.client, now).await {
        Ok(state) => state,
        Err(IdentityError::RateLimited(state)) => {
            let mut response = super::wire::refused(&limits::refusal(&state));
            limits::write(&state, response.headers_mut());
            return Ok(response);
        }
        Err(error) => return Err(error.into()),
    };
    let mut response = counted(call, project, path).await.unwrap_or_else(|refusal| super::wire::refused(&refusal));
    limits::write(&state, response.headers_mut());
    Ok(response)
}

async fn counted(mut call: Call, project: Arc<Project>, path: &[&str]) -> Result<Response<Body>, Refusal> {
    let method = call.method().clone();
    let user = token::user(&call.state, &project, &call.head.headers, call.now()).await?;
    let media = call.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let media = media.trim().to_ascii_lowercase();
    // An import is as long as it is, and is never held as a whole, unless it is JSON: hooks see it without its body.
    let (body, stream) = match path.last() {
        Some(&"import") if !matches!(media.as_str(), "" | "application/json") => (Bytes::new(), call.take_body()),
        last => {
            let factor = if matches!(last, Some(&("bulk" | "import"))) { BULK_FACTOR } else { 1 };
            (call.bytes(BodyLimit(project.settings.limits.body_bytes * factor)).await?, Body::empty())
        }
    };
    let query = call.head.uri.query().map(str::to_owned);
    let caller = Caller::User(user.clone());
    let asked = Asked { project: project.clone(), caller, query, body, media, now: call.now() };
    let segments = ["api", "database"].into_iter().chain(path.iter().copied());
    let Some(hooks) = chain(&call.head.extensions, segments) else {
        return run(&asked, path, method.as_str(), stream).await;
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
        let answer = run(&Asked { body, ..asked }, &path, method.as_str(), stream).await;
        answer.unwrap_or_else(|refusal| super::wire::refused(&refusal))
    };
    Ok(hooks.run(about, body, refuse, work).await)
}

/// What is not there is refused before anybody's token is looked at.
fn known(path: &[&str], method: &str) -> Result<(), Refusal> {
    let allow = match path {
        ["tables"] | ["tables", _] => "GET",
        ["tables", _, "records"] => "GET, POST",
        ["tables", _, "records", "bulk"] => "POST, PUT, DELETE",
        ["tables", _, "export"] => "GET",
        ["tables", _, "import"] => "POST",
        ["tables", _, "records", _] => "GET, PUT, DELETE",
        ["query"] | ["query", "explain"] => {
            let message = "SQL of clients is not run here; use /tables/{table}/records with filter, sort and search";
            return Err(Refusal::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message));
        }
        _ => return Err(Refusal::not_found()),
    };
    if allow.split(", ").any(|own| own == method) { Ok(()) } else { Err(Refusal::method(allow)) }
}

async fn run(asked: &Asked, path: &[&str], method: &str, stream: Body) -> Result<Response<Body>, Refusal> {
    let (name, rest) = match path {
        ["tables"] => return Ok(tables::all(asked).into_response()),
        ["tables", name, rest @ ..] => (name, rest),
        _ => return Err(Refusal::not_found()),
    };
    let table = asked.table(name)?;
    let reply = match (rest, method) {
        ([], _) => tables::one(asked, table)?,
        (["export"], _) => return export::get(asked, table).await,
        (["import"], _) => import::post(asked, table, stream).await?,
        (["records"], "GET") => list::get(asked, table).await?,
        (["records"], _) => write::create(asked, table).await?,
        (["records", "bulk"], "POST") => write::create_many(asked, table).await?,
        (["records", "bulk"], "PUT") => write::update_many(asked, table).await?,
        (["records", "bulk"], _) => write::delete_many(asked, table).await?,
        (["records", key], "GET") => list::one(asked, table, key).await?,
        (["records", key], "PUT") => write::update(asked, table, key).await?,
        (["records", key], _) => write::delete(asked, table, key).await?,
        _ => return Err(Refusal::not_found()),
    };
    Ok(reply.into_response())
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
