//! Running the cases against a stage: every request goes through the real router, and nothing it writes is kept.

use super::file::{Case, Expect, UserWords, Who};
use anyhow::{Context as _, bail};
use axum::body::Bytes;
use portcullis_api::{Asked, Rehearsed, Stand};
use portcullis_base::Timestamp;
use portcullis_identity::{Identity, IdentityError, users::Directory};
use portcullis_project::Project;
use portcullis_query::access::Caller;
use serde_json::Value;

/// What came of a case.
#[derive(Debug)]
pub struct Outcome {
    /// The case's name.
    pub name: String,
    /// What was wrong; nothing where it came as it should.
    pub faults: Vec<String>,
    /// The status.
    pub status: u16,
}

/// Runs one case.
///
/// # Errors
///
/// The case itself is of no use: no such user, no such request.
pub async fn run(stand: &Stand, identity: &Identity, case: &Case, now: Timestamp) -> anyhow::Result<Outcome> {
    let caller = caller(&stand.project, identity, &case.caller, now).await?;
    let mut asked = Asked::parse(&case.request)?;
    asked.body = case.body.as_ref().map(|body| Bytes::from(body.to_string()));
    let answer = stand.rehearse(&caller, &asked).await?;
    Ok(Outcome { name: case.name.clone(), faults: faults(case, &answer), status: answer.status.as_u16() })
}

/// Who a case is about.
///
/// # Errors
///
/// The users table has nobody of that address, or the user is not of that tenant.
pub async fn caller(project: &Project, identity: &Identity, who: &Who, now: Timestamp) -> anyhow::Result<Caller> {
    let words = match who {
        Who::Word(word) => match word.as_str() {
            "anonymous" => return Ok(Caller::Anonymous),
            "public_key" => return Ok(Caller::PublicKey),
            "admin_key" => return Ok(Caller::Administrator),
            user => UserWords { user: user.to_owned(), tenant: None },
        },
        Who::User(words) => words.clone(),
    };
    let login = &words.user;
    let directory = Directory::of(project).context("the project has no users table (`[mapping.user]`)")?;
    let Some(user) = directory.by_login(login).await? else {
        bail!("there is no user `{login}`; a caller is anonymous, public_key, admin_key or a user's address");
    };
    match identity.standing(project, &user.id, words.tenant.as_deref(), now).await {
        Ok(user) => Ok(Caller::User(user)),
        Err(IdentityError::BadCredentials(fault)) => bail!("nobody can call as `{login}`: {fault}"),
        Err(IdentityError::NotAMember) => bail!(
            "nobody can call as `{login}` in tenant `{}`: the user is not of it",
            words.tenant.as_deref().unwrap_or_default()
        ),
        Err(error) => Err(error).with_context(|| format!("nobody can call as `{login}`")),
    }
}

fn faults(case: &Case, answer: &Rehearsed) -> Vec<String> {
    let mut faults = Vec::new();
    let status = answer.status.as_u16();
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let came = Expect::of(status);
    if came != Some(case.expect) {
        let word = came.map_or("an error of the server", Expect::word);
        let message = body["message"].as_str().unwrap_or_default();
        faults.push(format!("expected {}, got {word} ({status}) {message}", case.expect.word()).trim_end().to_owned());
    }
    if case.status.is_some_and(|wanted| wanted != status) {
        faults.push(format!("expected status {}, got {status}", case.status.unwrap_or_default()));
    }
    if let Some(wanted) = case.rows {
        let found = ["total", "count", "affected"].iter().find_map(|name| body[*name].as_u64());
        let found = found.or_else(|| body["data"].as_array().map(|rows| rows.len() as u64));
        if found != Some(wanted) {
            faults.push(format!("expected {wanted} rows, got {}", found.map_or("none".to_owned(), |n| n.to_string())));
        }
    }
    let rows: Vec<&Value> = match &body["data"] {
        Value::Array(rows) => rows.iter().collect(),
        _ if body.is_object() => vec![&body],
        _ => Vec::new(),
    };
    for (column, wanted) in &case.every {
        if let Some(row) = rows.iter().find(|row| &row[column.as_str()] != wanted) {
            faults.push(format!("expected `{column}` to be {wanted} in every row, got {}", row[column.as_str()]));
        }
    }
    for column in &case.without {
        if rows.iter().any(|row| row.get(column).is_some()) {
            faults.push(format!("expected no row to have `{column}`"));
        }
    }
    if !case.every.is_empty() && rows.is_empty() {
        faults.push("expected rows, got none".to_owned());
    }
    faults
}
