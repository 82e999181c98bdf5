//! `/permissions`: rows that say what a role may do. An administrator's.

use crate::baasix::{
    call::{Call, Who, answer, said},
    error::Refused,
    role::Roles,
    rows,
};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use portcullis_identity::IdentityError;
use portcullis_query::Json;
use portcullis_store::role_rules::RoleRule;
use serde_json::{Value, json};

/// `/permissions[/..]`.
pub async fn route(call: &Call<'_>, roles: &Roles, who: &Who, rest: &[&str]) -> Result<Response<Body>, Refused> {
    if !who.is_administrator() {
        return Err(Refused::administrators_only());
    }
    match (&call.method, rest) {
        (&Method::GET, []) => list(call, roles).await,
        (&Method::POST, []) => create(call, roles).await,
        // What is granted acts at once: there is nothing to reload.
        (&Method::POST, ["reload"]) => Ok(said("Permission cache reloaded successfully")),
        (&Method::GET, [id]) => {
            let (_, row) = find(call, roles, id).await?;
            Ok(answer(StatusCode::OK, &json!({ "data": row })))
        }
        (&Method::PATCH, [id]) => update(call, roles, id).await,
        (&Method::DELETE, [id]) => delete(call, roles, id).await,
        _ => Err(Refused::no_route()),
    }
}

async fn list(call: &Call<'_>, roles: &Roles) -> Result<Response<Body>, Refused> {
    let rows: Vec<Value> = rows::all(call, roles).await?.into_iter().map(|(_, row)| row).collect();
    let count = rows.len();
    Ok(answer(StatusCode::OK, &json!({"data": rows, "totalCount": count})))
}

/// The row of an id.
pub async fn find(call: &Call<'_>, roles: &Roles, id: &str) -> Result<(RoleRule, Value), Refused> {
    let all = rows::all(call, roles).await?;
    let found = all.into_iter().find(|(rule, _)| rows::id_of(call.project, rule) == id);
    found.ok_or_else(|| Refused::no_item(portcullis_query::access::Action::Read))
}

/// The bare row; nothing of what the body says beside it is kept.
pub async fn make(call: &Call<'_>, roles: &Roles) -> Result<Value, Refused> {
    let new = rows::read(call, roles, &call.members()?.0)?;
    let made = call.state.identity.add_role_rule(call.project, new, call.client, call.now).await;
    let made = made.map_err(duplicate)?;
    Ok(rows::row(call.project, roles, &made))
}

async fn create(call: &Call<'_>, roles: &Roles) -> Result<Response<Body>, Refused> {
    Ok(answer(StatusCode::CREATED, &make(call, roles).await?))
}

/// Changes a row; gives it as it is then. Another role, collection or action makes it another row.
pub async fn change(call: &Call<'_>, roles: &Roles, id: &str) -> Result<Value, Refused> {
    let (rule, row) = find(call, roles, id).await?;
    let known = Json::parse(row.to_string().as_bytes()).map_err(|_| Refused::no_route())?;
    let mut members = known.as_object().unwrap_or_default().to_vec();
    for (name, value) in call.members()?.0 {
        match members.iter_mut().find(|(own, _)| *own == name) {
            Some((_, own)) => *own = value,
            None => members.push((name, value)),
        }
    }
    let new = rows::read(call, roles, &members)?;
    let changed = call.state.identity.change_role_rule(call.project, &rule, new, call.client, call.now).await;
    let changed = changed.map_err(duplicate)?;
    Ok(rows::row(call.project, roles, &changed))
}

async fn update(call: &Call<'_>, roles: &Roles, id: &str) -> Result<Response<Body>, Refused> {
    Ok(answer(StatusCode::OK, &change(call, roles, id).await?))
}

/// Takes a row away, with the permission it stood for.
pub async fn remove(call: &Call<'_>, roles: &Roles, id: &str) -> Result<(), Refused> {
    let (rule, _) = find(call, roles, id).await?;
    Ok(call.state.identity.remove_role_rule(call.project, &rule, call.client, call.now).await?)
}

async fn delete(call: &Call<'_>, roles: &Roles, id: &str) -> Result<Response<Body>, Refused> {
    remove(call, roles, id).await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

fn duplicate(error: IdentityError) -> Refused {
    match error {
        IdentityError::Invalid { code: "duplicate", .. } => {
            Refused::error(StatusCode::CONFLICT, "Unique constraint violation")
        }
        other => other.into(),
    }
}
