//! Connections by number, and `POST /Connection`: connect, read the schema, keep both.

use super::{
    Answered, BODY, invalid,
    projects::{created, number},
};
use crate::{
    Call,
    swain::{error::of_control, ids},
};
use http::StatusCode;
use portcullis_base::Secret;
use portcullis_control::{Connection, NewStage, Target, connect, introspect, operators::OperatorCaller, propose};
use portcullis_project::Stage;
use portcullis_web::ApiError;
use serde_json::Value;

/// The connection of a number.
pub async fn numbered(call: &Call, text: &str) -> Result<Connection, ApiError> {
    let number: i64 = text.parse().map_err(|_| ApiError::no_such_route())?;
    let control = &call.state.control;
    let all = control.connections().await.map_err(of_control)?;
    let ids = all.iter().map(|connection| connection.id.0.clone()).collect();
    let numbers = control.numbers(ids::CONNECTION, ids).await.map_err(of_control)?;
    let found = all.into_iter().find(|connection| numbers.get(&connection.id.0) == Some(&number));
    found.ok_or_else(ApiError::no_such_route)
}

/// Makes a connection. Nothing of its database is served until settings say so.
pub async fn create(mut call: Call, caller: OperatorCaller) -> Answered {
    let body = call.json(BODY).await?;
    let control = call.state.control.clone();
    let project = control.numbered(ids::PROJECT, number(&body, "project_id")?).await.map_err(of_control)?;
    let project = project.ok_or_else(|| invalid("`project_id` names no project"))?;
    let project = control.project(Some(&project)).await.map_err(of_control)?;
    let stage = match number(&body, "stage_id")? {
        1 => Stage::Development,
        2 => Stage::Staging,
        3 => Stage::Production,
        _ => return Err(invalid("`stage_id` is 1 (Development), 2 (Staging) or 3 (Production)")),
    };
    let target = Target::parse(&url(&body)?).map_err(of_control)?;
    if control.existing(&project.slug, stage, &target).await.map_err(of_control)?.is_some() {
        return Err(ApiError::new(StatusCode::CONFLICT, "conflict", "the project has this connection already"));
    }
    let engine = connect(&target).await.map_err(of_control)?;
    let catalog = introspect(&target, &*engine, None).await.map_err(of_control)?;
    let settings = propose(&catalog, false);
    let new = NewStage { slug: project.slug.clone(), stage, target, catalog, settings };
    // The keys that come with a stage are made again on the command line where they are needed.
    let made = control.create(new).await.map_err(of_control)?;
    let id = made.in_force.connection.id.0;
    tracing::info!(operator = %caller.operator.email, project = %project.slug, %stage, "A connection was made through the platform");
    call.state.opener.refresh().await.map_err(|error| of_control(error.into()))?;
    let numbers = control.numbers(ids::CONNECTION, vec![id.clone()]).await.map_err(of_control)?;
    created(&call, "connections", numbers[&id]).await
}

/// The URL of what the body names. Files of this machine are not connected from afar.
fn url(body: &Value) -> Result<Secret<String>, ApiError> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let needed = |name: &str| text(name).ok_or_else(|| invalid(format!("`{name}` is missing")));
    let (scheme, port) = match needed("driver")?.to_ascii_lowercase().as_str() {
        "postgres" | "postgresql" => ("postgres", 5_432),
        "mysql" | "mariadb" => ("mysql", 3_306),
        "sqlite" => return Err(invalid("an embedded database is connected with `portcullis init`, beside its file")),
        other => return Err(invalid(format!("`driver` is postgres, mysql or mariadb, not `{other}`"))),
    };
    let host = needed("host")?;
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte)) {
        return Err(invalid("`host` is a host name or an address"));
    }
    let port = match body.get("port").filter(|port| !port.is_null()) {
        None => port,
        Some(_) => u16::try_from(number(body, "port")?).map_err(|_| invalid("`port` is 1 to 65535"))?,
    };
    let part = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let password = body.get("password").and_then(Value::as_str).unwrap_or_default();
    let (user, database) = (part(needed("user")?), part(needed("dbname")?));
    Ok(Secret::new(format!("{scheme}://{user}:{}@{host}:{port}/{database}", part(password))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_body_names_cannot_break_out_of_its_place_in_the_url() {
        let body = json!({"driver": "PostgreSQL", "host": "db", "port": "6000", "dbname": "a/b?x=1", "user": "u@evil", "password": "p:/#"});
        assert_eq!(url(&body).unwrap().expose(), "postgres://u%40evil:p%3A%2F%23@db:6000/a%2Fb%3Fx%3D1");
        for wrong in [
            json!({"driver": "sqlite", "dbname": "/etc/passwd"}),
            json!({"driver": "postgres", "host": "db/../x", "dbname": "a", "user": "u"}),
            json!({"driver": "postgres", "host": "db", "port": 70000, "dbname": "a", "user": "u"}),
            json!({"driver": "oracle"}),
        ] {
            url(&wrong).unwrap_err();
        }
    }
}
