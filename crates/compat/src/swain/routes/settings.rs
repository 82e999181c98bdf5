//! `/connections/{id}/settings|mappings|social`: parts of the settings document, under the names it has there.
//!
//! A part is written as a whole member at a time: members that are not in the body stay. What holds is served at once.

use super::{Answered, BODY, actions, invalid};
use crate::{
    Call,
    swain::{error::of_control, wire},
};
use http::StatusCode;
use portcullis_base::Secret;
use portcullis_control::{Connection, document, operators::OperatorCaller};
use portcullis_project::Settings;
use portcullis_web::ApiError;
use serde_json::{Map, Value, json};

/// Which part of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Everything but the other two.
    Settings,
    /// `[mapping.*]`.
    Mappings,
    /// `[social.*]`.
    Social,
}

impl Part {
    /// The part's members.
    fn of(self, settings: &Settings) -> Map<String, Value> {
        let mut tree = match serde_json::to_value(settings) {
            Ok(Value::Object(tree)) => tree,
            _ => Map::new(),
        };
        let mut take = |name: &str| match tree.remove(name) {
            Some(Value::Object(members)) => members,
            _ => Map::new(),
        };
        let (mapping, social) = (take("mapping"), take("social"));
        match self {
            Self::Settings => tree,
            Self::Mappings => mapping,
            Self::Social => social,
        }
    }

    /// The whole document with the part's members replaced.
    fn put(self, settings: &Settings, members: Map<String, Value>) -> Result<Value, ApiError> {
        let mut tree = serde_json::to_value(settings).unwrap_or_default();
        let place = match self {
            Self::Settings => {
                if let Some(name) = ["mapping", "social"].into_iter().find(|name| members.contains_key(*name)) {
                    return Err(invalid(format!("`{name}` has a route of its own")));
                }
                tree.as_object_mut()
            }
            Self::Mappings => tree.get_mut("mapping").and_then(Value::as_object_mut),
            Self::Social => tree.get_mut("social").and_then(Value::as_object_mut),
        };
        if let Some(place) = place {
            place.extend(members);
        }
        Ok(tree)
    }
}

/// `GET`
pub async fn read(call: &Call, connection: &Connection, part: Part) -> Answered {
    let in_force = call.state.control.in_force(&connection.id).await.map_err(of_control)?;
    Ok(wire::answer(StatusCode::OK, &Value::Object(part.of(&in_force.settings))))
}

/// `PUT`
pub async fn write(mut call: Call, caller: OperatorCaller, connection: &Connection, part: Part) -> Answered {
    let Value::Object(mut members) = call.json(BODY).await? else {
        return Err(invalid("the body must be a JSON object"));
    };
    let secrets = if part == Part::Social { secrets(&mut members)? } else { Vec::new() };
    let before = call.state.control.in_force(&connection.id).await.map_err(of_control)?;
    let (effects, build) = apply(&call, &caller, connection, part.put(&before.settings, members)?, secrets).await?;
    let body = json!({ "success": true, "message": "served", "effects": effects, "build": build });
    Ok(wire::answer(StatusCode::OK, &body))
}

/// Puts a document in force as a whole or not at all; gives what follows from it, and the build that is served now.
pub async fn apply(
    call: &Call,
    caller: &OperatorCaller,
    connection: &Connection,
    tree: Value,
    secrets: Vec<(String, Secret<String>)>,
) -> Result<(Value, Value), ApiError> {
    let control = call.state.control.clone();
    let settings = document::from_tree(tree).map_err(of_control)?;
    // Refused as a whole before anything is kept.
    let before = control.in_force(&connection.id).await.map_err(of_control)?;
    control.plan(before, settings.clone()).map_err(of_control)?;
    for (name, value) in secrets {
        let connection = control.in_force(&connection.id).await.map_err(of_control)?.connection;
        control.set_secret(&connection, &name, &value).await.map_err(of_control)?;
    }
    let before = control.in_force(&connection.id).await.map_err(of_control)?;
    let plan = control.plan(before, settings).map_err(of_control)?;
    let effects = json!(plan.effects);
    control.apply(plan).await.map_err(of_control)?;
    actions::told(call, caller, "operator.settings", connection).await?;
    Ok((effects, actions::served(call, connection).await?))
}

/// Takes providers' secrets out of the body: they are kept apart and never told again.
fn secrets(members: &mut Map<String, Value>) -> Result<Vec<(String, Secret<String>)>, ApiError> {
    let mut found = Vec::new();
    for (provider, settings) in members {
        let Some(secret) = settings.get_mut("client_secret") else { continue };
        let Some(text) = secret.as_str().map(str::to_owned) else {
            return Err(invalid(format!("`client_secret` of `{provider}` must be a text")));
        };
        if !text.starts_with("secret:") {
            let name = format!("social_{provider}");
            *secret = Value::String(format!("secret:{name}"));
            found.push((name, Secret::new(text)));
        }
    }
    Ok(found)
}
