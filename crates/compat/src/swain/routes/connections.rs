//! Connections by number; `POST /Connection`: connect, read the schema, keep both; `PUT`: another way to the same database.

use super::{
    Answered, BODY, actions, invalid, models,
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

/// `PUT /Connection/{id}`: another login, host or port for the same database.
pub async fn change(mut call: Call, caller: OperatorCaller, id: &str) -> Answered {
    let body = call.json(BODY).await?;
    let connection = numbered(&call, id).await?;
    let control = call.state.control.clone();
    let project = control.numbers(ids::PROJECT, vec![connection.project.0.clone()]).await.map_err(of_control)?;
    let fixed = [("project_id", project[&connection.project.0]), ("stage_id", ids::stage(&connection.stage))];
    for (name, own) in fixed {
        if body.get(name).is_some_and(|value| !value.is_null()) && number(&body, name)? != own {
            return Err(invalid(format!("`{name}` of a connection stays; make another connection")));
        }
    }
    let current = control.target(&connection).map_err(of_control)?;
    let target = Target::parse(&merged(&current.url, &connection.engine, &body)?).map_err(of_control)?;
    let stage = connection.stage.parse().map_err(|_| invalid("the connection has no stage"))?;
    control.existing(&connection.slug, stage, &target).await.map_err(of_control)?;
    connect(&target).await.map_err(of_control)?;
    control.set_url(&connection, &target).await.map_err(of_control)?;
    actions::told(&call, &caller, "operator.connection", &connection).await?;
    call.state.opener.refresh().await.map_err(|error| of_control(error.into()))?;
    models::read(&call, "connections", id).await
}

/// A URL with the parts that a body names in their places; its other parts and parameters stay.
fn merged(current: &Secret<String>, engine: &str, body: &Value) -> Result<Secret<String>, ApiError> {
    let unfit = || invalid("an embedded database has no server, user or password to change");
    let (scheme, rest) = current.expose().split_once("://").ok_or_else(unfit)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let same = |driver: &str| driver.replace("postgresql", "postgres").replace("mariadb", "mysql");
    if text("driver").is_some_and(|driver| same(&driver.to_ascii_lowercase()) != same(engine)) {
        return Err(invalid("`driver` of a connection stays; make another connection"));
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    // A host in brackets has colons of its own.
    let (host, port) = match place.rfind(':').filter(|at| place.rfind(']').is_none_or(|end| end < *at)) {
        Some(at) => (&place[..at], &place[at + 1..]),
        None => (place, ""),
    };
    let (database, parameters) = path.split_once('?').map_or((path, None), |(one, two)| (one, Some(two)));
    let host = match text("host") {
        Some(host) => checked_host(host)?,
        None => host,
    };
    let port = match body.get("port").filter(|port| !port.is_null()) {
        Some(_) => port_of(body)?.to_string(),
        None => port.to_owned(),
    };
    let user = text("user").map_or_else(|| user.to_owned(), encoded);
    let password = text("password").map_or_else(|| password.to_owned(), encoded);
    let database = text("dbname").map_or_else(|| database.to_owned(), encoded);
    let port = if port.is_empty() { port } else { format!(":{port}") };
    let parameters = parameters.map_or_else(String::new, |parameters| format!("?{parameters}"));
    Ok(Secret::new(format!("{scheme}://{user}:{password}@{host}{port}/{database}{parameters}")))
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn checked_host(host: &str) -> Result<&str, ApiError> {
    let good = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
    if good { Ok(host) } else { Err(invalid("`host` is a host name or an address")) }
}

fn port_of(body: &Value) -> Result<u16, ApiError> {
    u16::try_from(number(body, "port")?).map_err(|_| invalid("`port` is 1 to 65535"))
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
    let host = checked_host(needed("host")?)?;
    let port = match body.get("port").filter(|port| !port.is_null()) {
        None => port,
        Some(_) => port_of(body)?,
    };
    let password = body.get("password").and_then(Value::as_str).unwrap_or_default();
    let (user, database) = (encoded(needed("user")?), encoded(needed("dbname")?));
    Ok(Secret::new(format!("{scheme}://{user}:{}@{host}:{port}/{database}", encoded(password))))
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

    #[test]
    fn what_a_body_does_not_name_stays_in_the_url() {
        let old = Secret::new("postgres://u:p%20w@db:5432/shop?sslmode=require".to_owned());
        let to = |body: Value| merged(&old, "postgres", &body).map(|url| url.expose().clone());
        assert_eq!(to(json!({})).unwrap(), *old.expose());
        assert_eq!(to(json!({"password": "a@b"})).unwrap(), "postgres://u:a%40b@db:5432/shop?sslmode=require");
        let moved = json!({"host": "[::1]", "port": 6000, "user": "x/y", "driver": "PostgreSQL", "name": "ignored"});
        assert_eq!(to(moved).unwrap(), "postgres://x%2Fy:p%20w@[::1]:6000/shop?sslmode=require");
        for wrong in [json!({"host": "a/b"}), json!({"port": 0.5}), json!({"driver": "mysql"})] {
            to(wrong).unwrap_err();
        }
        merged(&Secret::new("sqlite:/shop.db".to_owned()), "sqlite", &json!({"user": "x"})).unwrap_err();
    }
}
