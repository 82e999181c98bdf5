//! What somebody asks about their own session: me, check, logout, refresh.

use super::{
    super::super::{
        call::{Call, Who, answer},
        collection::{Collection, USERS},
        cookie,
        error::Refused,
        role::Roles,
        rows, wire,
    },
    entry::{Extent, Mode, signed_in, tenant_row},
};
use axum::body::Body;
use http::{Response, StatusCode, header};
use portcullis_query::access::Action;
use portcullis_records as records;
use portcullis_schema::names::loose;
use serde_json::{Map, Value, json};

/// `GET /auth/me`: the user as far as the role may read users, with role, permissions and tenant; and everything once
/// more under `data` for the SDK.
pub async fn me(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let identity = &call.state.identity;
    let roles = Roles::load(identity, call.project).await?;
    let who = call.who(&roles).await?;
    let user = who.signed_in()?;
    let mut shown = wire::user(call.project, &identity.me(call.project, user, call.now).await?);
    if let Some(readable) = readable(call, &who).await? {
        shown.retain(|name, _| name == "id" || readable.iter().any(|own| loose(own) == loose(name)));
    }
    let permissions = rows::of_role(call, &roles, &who.role).await?;
    let tenant = match &user.tenant {
        Some(id) => tenant_row(call, user, id).await?.get("id").cloned().unwrap_or(Value::Null),
        None => Value::Null,
    };
    let short = |row: &Value| {
        let part = |name: &str| row.get(name).cloned().unwrap_or(Value::Null);
        json!({"action": part("action"), "collection": part("collection"), "fields": part("fields"), "conditions": part("conditions")})
    };
    let role = json!({
        "id": who.role.id,
        "name": who.role.name,
        "isTenantSpecific": who.role.is_tenant_specific(),
    });
    let body = json!({
        "user": shown,
        "role": role,
        "permissions": permissions.iter().map(short).collect::<Vec<_>>(),
        "tenant": tenant,
        "data": shown,
    });
    Ok(answer(StatusCode::OK, &body))
}

/// The names under which the role may read the caller's own row; `None` is all of them. Needs the right to read users.
async fn readable(call: &Call<'_>, who: &Who) -> Result<Option<Vec<String>>, Refused> {
    if who.is_administrator() {
        return Ok(None);
    }
    let refused = || Refused::no_permission(Action::Read, USERS);
    let id = &who.signed_in()?.id;
    let Ok(collection) = Collection::find(call.project, USERS) else {
        // The table is not served: the role's row for it is all there is to ask.
        return rows::readable_users(call, &who.role).await?.ok_or_else(refused).map(Some);
    };
    let row = records::read(who.session(call.project, call.now), collection.table, id).await.map_err(|_| refused())?;
    let row: Map<String, Value> = serde_json::from_slice(&row).map_err(|_| refused())?;
    let mut names: Vec<String> = collection.shown(row).into_iter().map(|(name, _)| name).collect();
    names.extend(["status", "fullName"].map(str::to_owned));
    Ok(Some(names))
}

/// `PATCH /auth/me` of the SDK: the caller's own columns.
pub async fn change_me(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let user = call.user().await?.ok_or_else(Refused::unauthorized)?;
    let members = call.members()?.0;
    let changed = call.state.identity.update_me(call.project, &user, members, call.client, call.now).await?;
    let shown = wire::user(call.project, &changed);
    Ok(answer(StatusCode::OK, &json!({"user": shown, "data": shown})))
}

/// `GET /auth/check`.
pub async fn check(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let given = call.has_credentials();
    match call.user().await? {
        Some(user) => {
            let valid = json!({"valid": true, "user": {"id": user.id}});
            let mut body = valid.clone();
            body["data"] = valid;
            Ok(answer(StatusCode::OK, &body))
        }
        None => {
            let message = if given { "Invalid or expired token" } else { "No token provided" };
            Ok(answer(StatusCode::UNAUTHORIZED, &json!({"valid": false, "message": message})))
        }
    }
}

/// `GET|POST /auth/logout`, also by nobody.
pub async fn logout(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    if let Some(user) = call.user().await? {
        call.state.identity.logout(call.project, &user, call.client, call.now).await?;
    }
    let mut response = super::super::super::call::said("Logged out successfully");
    response.headers_mut().append(header::SET_COOKIE, cookie::clear(call.project)?);
    Ok(response)
}

/// `POST /auth/refresh` of the SDK.
pub async fn refresh(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let mut fields = call.members()?;
    let token = fields.secret("refreshToken")?.ok_or_else(Refused::unauthorized)?;
    let result = call.state.identity.refresh(call.project, &token, call.client, call.now).await?;
    signed_in(call, &result, Mode::Jwt, None, Extent::Whole).await
}
