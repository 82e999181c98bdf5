//! What Swain's workflow does with a connection: test, sync, build, deploy. Every deed is told to the audit.

use super::{Answered, BODY, client, invalid};
use crate::{
    Call,
    swain::{
        error::{of_control, of_operators},
        ids, wire,
    },
};
use http::StatusCode;
use portcullis_control::{
    Connection, ControlError, connect,
    operators::{Deed, OperatorCaller},
};
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// `POST /connections/{id}/test`: whether the database answers; that it does not is an answer too.
pub async fn test(call: &Call, connection: &Connection) -> Answered {
    let reached = match call.state.control.target(connection) {
        Ok(target) => connect(&target).await.map(drop),
        Err(error) => Err(error),
    };
    let body = match reached {
        Ok(()) => json!({ "success": true, "message": "the database answers" }),
        Err(error @ ControlError::Database { .. }) => json!({ "success": false, "message": error.to_string() }),
        Err(error) => return Err(of_control(error)),
    };
    Ok(wire::answer(StatusCode::OK, &body))
}

/// `POST /connections/{id}/sync`: reads the schema again and serves what follows from it.
pub async fn sync(call: &Call, caller: OperatorCaller, connection: &Connection) -> Answered {
    let control = &call.state.control;
    let target = control.target(connection).map_err(of_control)?;
    let engine = connect(&target).await.map_err(of_control)?;
    let synced = control.sync(&connection.id, &*engine, None).await.map_err(of_control)?;
    told(call, &caller, "operator.sync", connection).await?;
    let changes: Vec<String> = synced.changes.iter().map(ToString::to_string).collect();
    let build = served(call, connection).await?;
    let message = match changes.len() {
        0 => "nothing has changed".to_owned(),
        1 => "1 change".to_owned(),
        many => format!("{many} changes"),
    };
    let body = json!({ "success": true, "message": message, "changes": changes, "build": build });
    Ok(wire::answer(StatusCode::OK, &body))
}

/// `POST /connections/{id}/build`: checks the settings against the schema. Here that is done with every change, and what
/// holds is served at once; so this tells which build that is.
pub async fn build(call: &Call, caller: OperatorCaller, connection: &Connection) -> Answered {
    let control = &call.state.control;
    let in_force = control.in_force(&connection.id).await.map_err(of_control)?;
    let settings = in_force.settings.clone();
    control.plan(in_force, settings).map_err(of_control)?;
    told(call, &caller, "operator.build", connection).await?;
    Ok(wire::answer(StatusCode::OK, &served(call, connection).await?))
}

/// `POST /connections/{id}/deploy`: serves the build that the body names by `build_id`; without one, what is served.
pub async fn deploy(mut call: Call, caller: OperatorCaller, connection: &Connection) -> Answered {
    let body = call.json(BODY).await?;
    let control = call.state.control.clone();
    if let Some(number) = body.get("build_id").filter(|id| !id.is_null()) {
        let number = number.as_i64().ok_or_else(|| invalid("`build_id` must be a whole number"))?;
        let id = control.numbered(ids::BUILD, number).await.map_err(of_control)?;
        let id = id.ok_or_else(|| invalid("`build_id` names no build of this connection"))?;
        let before = control.in_force(&connection.id).await.map_err(of_control)?;
        control.deploy(before, &id).await.map_err(of_control)?;
        told(&call, &caller, "operator.deploy", connection).await?;
    }
    Ok(wire::answer(StatusCode::OK, &served(&call, connection).await?))
}

/// The build that is served now, once this node serves it.
pub async fn served(call: &Call, connection: &Connection) -> Result<Value, ApiError> {
    let control = &call.state.control;
    call.state.opener.refresh().await.map_err(|error| of_control(error.into()))?;
    let connection = control.in_force(&connection.id).await.map_err(of_control)?.connection;
    let build = connection.build.clone().ok_or_else(|| of_control(ControlError::NotSynced(connection.slug.clone())))?;
    let numbers = control.numbers(ids::BUILD, vec![build.0.clone()]).await.map_err(of_control)?;
    Ok(json!({
        "id": numbers[&build.0],
        "status": "success",
        "deployment_status": "deployed",
        "api_endpoint": super::super::rows::endpoint(&call.state, &connection),
    }))
}

/// Tells the audit.
pub async fn told(
    call: &Call,
    caller: &OperatorCaller,
    name: &'static str,
    connection: &Connection,
) -> Result<(), ApiError> {
    let deed = Deed { name, connection: connection.id.clone(), subject: connection.slug.clone(), detail: None };
    call.state.operators.tell(caller, deed, &client(call)).await.map_err(of_operators)
}
