//! What the control store keeps, as rows of Swain's models.

use super::{ids, script::Script};
use crate::State;
use portcullis_base::ConnectionId;
use portcullis_control::{BuildInfo, Connection, ControlError, InForce, operators::OperatorInfo};
use portcullis_identity::rfc3339;
use portcullis_project::{Settings, settings::CardKind};
use portcullis_store::projects::Project;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Numbers = BTreeMap<String, i64>;

/// A connection with what is known of it; what was never synced has no schema.
struct Known {
    connection: Connection,
    builds: Vec<BuildInfo>,
    in_force: Option<InForce>,
}

/// The platform's rows.
pub async fn gather(state: &State, operators: &[OperatorInfo]) -> Result<Script, ControlError> {
    let control = &state.control;
    let (projects, connections) = (control.projects().await?, control.connections().await?);
    let mut known = Vec::new();
    for connection in connections {
        let in_force = match control.in_force(&connection.id).await {
            Ok(in_force) => Some(in_force),
            Err(ControlError::NotSynced(_)) => None,
            Err(error) => return Err(error),
        };
        known.push(Known { builds: control.builds(&connection).await?, in_force, connection });
    }
    let mut script = Script::default();
    people(state, operators, &mut script).await?;
    let project_ids = control.numbers(ids::PROJECT, projects.iter().map(|one| one.id.0.clone()).collect()).await?;
    for project in &projects {
        script.insert("projects", &project_row(project, project_ids[&project.id.0]));
    }
    // Numbers are kept for good: also those of projects that are gone.
    let there: Vec<i64> = projects.iter().map(|project| project_ids[&project.id.0]).collect();
    owners(state, operators, &there, &mut script).await?;
    for (at, name) in ["Development", "Staging", "Production"].into_iter().enumerate() {
        script.insert("stages", &json!({ "id": at + 1, "name": name, "is_read_only": false }));
    }
    let connection_ids = known.iter().map(|one| one.connection.id.0.clone()).collect();
    let connection_ids = control.numbers(ids::CONNECTION, connection_ids).await?;
    for one in &known {
        let id = connection_ids[&one.connection.id.0];
        script.insert("connections", &connection_row(state, one, id, project_ids[&one.connection.project.0]));
        if one.in_force.is_some() {
            schema(state, one, id, &mut script).await?;
        }
    }
    settings(state, &known, &connection_ids, &mut script).await?;
    Ok(script)
}

/// The one account, its members, and what they may do.
async fn people(state: &State, operators: &[OperatorInfo], script: &mut Script) -> Result<(), ControlError> {
    let url = &state.web.public_url;
    let name = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    script.insert("accounts", &json!({ "id": ids::ACCOUNT, "name": name }));
    script.insert("roles", &json!({ "id": 1, "name": "operator" }));
    let all = json!({
        "id": 1, "name": "*", "description": "Operators administer everything", "entity_name": "*",
        "allowed_actions": "*"
    });
    script.insert("permissions", &all);
    let numbers = operator_ids(state, operators).await?;
    for operator in operators {
        let id = numbers[&operator.id];
        let row = json!({
            "id": id, "email": operator.email, "is_active": true, "accounts_id": ids::ACCOUNT,
            "created_at": rfc3339(operator.created_at), "updated_at": rfc3339(operator.password_changed_at)
        });
        script.insert("users", &row);
        script.insert("account_members_m", &json!({ "id": id, "accounts_id": ids::ACCOUNT, "member_id": id }));
        script.insert("user_roles_m", &json!({ "id": id, "users_id": id, "roles_id": 1 }));
    }
    Ok(())
}

/// The numbers of operators.
pub async fn operator_ids(state: &State, operators: &[OperatorInfo]) -> Result<Numbers, ControlError> {
    state.control.numbers(ids::OPERATOR, operators.iter().map(|one| one.id.clone()).collect()).await
}

/// Every operator has every project.
async fn owners(
    state: &State,
    operators: &[OperatorInfo],
    projects: &[i64],
    script: &mut Script,
) -> Result<(), ControlError> {
    let numbers = operator_ids(state, operators).await?;
    let mut id = 0;
    for owner in operators {
        for project in projects {
            id += 1;
            let row = json!({ "id": id, "owner_id": numbers[&owner.id], "projects_id": project });
            script.insert("user_project_m", &row);
        }
    }
    Ok(())
}

fn project_row(project: &Project, id: i64) -> Value {
    json!({
        "id": id, "name": project.slug, "description": "", "accounts_id": ids::ACCOUNT, "is_active": true,
        "is_legacy": false, "tenant_id": ids::ACCOUNT, "created_at": rfc3339(project.created_at)
    })
}

fn connection_row(state: &State, known: &Known, id: i64, project: i64) -> Value {
    let one = &known.connection;
    let place = Place::of(one);
    json!({
        "id": id, "project_id": project, "stage_id": ids::stage(&one.stage),
        "current_schema_id": known.in_force.as_ref().map(|_| id), "driver": one.engine, "host": place.host,
        "port": place.port, "dbname": place.database,
        "api_endpoint": known.in_force.as_ref().map(|_| endpoint(state, one)), "tenant_id": ids::ACCOUNT,
        "created_at": rfc3339(one.created_at), "updated_at": one.synced_at.map(rfc3339)
    })
}

/// Where a connection leads, from what people may see of its URL.
struct Place {
    host: Option<String>,
    port: Option<u16>,
    database: String,
}

impl Place {
    fn of(connection: &Connection) -> Self {
        let display = &connection.display;
        match display.split_once("://").and_then(|(_, rest)| rest.split_once('/')) {
            Some((authority, database)) => {
                let (host, port) = authority.rsplit_once(':').unwrap_or((authority, ""));
                Self {
                    host: Some(host.to_owned()),
                    port: port.parse().ok(),
                    database: database.split('?').next().unwrap_or(database).to_owned(),
                }
            }
            // Of a file its name says enough.
            None => Self {
                host: None,
                port: None,
                database: display.rsplit(['/', ':']).next().unwrap_or(display).to_owned(),
            },
        }
    }
}

/// Where the API of a connection answers.
pub fn endpoint(state: &State, connection: &Connection) -> String {
    let default = state.web.registry.get(&connection.slug).is_some_and(|open| open.connection == connection.id);
    let stage = if default { String::new() } else { format!("@{}", connection.stage) };
    format!("{}/p/{}{stage}", state.web.public_url, connection.slug)
}

/// A connection's schema, its columns and its builds.
async fn schema(state: &State, known: &Known, id: i64, script: &mut Script) -> Result<(), ControlError> {
    let Some(in_force) = &known.in_force else { return Ok(()) };
    let control = &state.control;
    let builds = known.builds.iter().map(|info| info.build.id.0.clone()).collect();
    let builds = control.numbers(ids::BUILD, builds).await?;
    let served = known.builds.iter().find(|info| info.served).map(|info| builds[&info.build.id.0]);
    let row = json!({
        "id": id, "name": known.connection.slug, "connection_id": id, "current_build_id": served,
        "tenant_id": ids::ACCOUNT, "created_at": rfc3339(known.connection.created_at)
    });
    script.insert("schemas", &row);
    for info in &known.builds {
        let row = json!({
            "id": builds[&info.build.id.0], "schema_id": id, "type": info.build.made_by, "status": "success",
            "deployment_status": if info.served { "deployed" } else { "superseded" },
            "service_name": format!("{} #{}", known.connection.slug, info.build.number),
            "api_endpoint": info.served.then(|| endpoint(state, &known.connection)), "tenant_id": ids::ACCOUNT,
            "created_at": rfc3339(info.build.created_at)
        });
        script.insert("builds", &row);
    }
    let columns = column_ids(state, &known.connection, in_force).await?;
    for table in &in_force.catalog.tables {
        for column in &table.columns {
            let number = columns[&column_name(&known.connection, &table.name, &column.name)];
            let parent = table.foreign_keys.iter().find(|key| key.columns == [column.name.clone()]);
            let parent = parent
                .and_then(|key| columns.get(&column_name(&known.connection, &key.parent, key.parent_columns.first()?)));
            let row = json!({
                "id": number, "connections_id": id, "table": table.name, "name": column.name,
                "data_type": column.native_type, "is_nullable": column.nullable, "fk_id": parent,
                "tenant_id": ids::ACCOUNT
            });
            script.insert("schema_columns", &row);
            let link = json!({ "id": number, "schemas_id": id, "schema_columns_id": number });
            script.insert("schema_column_m", &link);
        }
    }
    Ok(())
}

async fn column_ids(state: &State, connection: &Connection, in_force: &InForce) -> Result<Numbers, ControlError> {
    let names = in_force
        .catalog
        .tables
        .iter()
        .flat_map(|table| table.columns.iter().map(|column| column_name(connection, &table.name, &column.name)));
    state.control.numbers(ids::COLUMN, names.collect()).await
}

/// Under which name a column has its number.
pub fn column_name(connection: &Connection, table: &str, column: &str) -> String {
    format!("{} {table} {column}", connection.id)
}

/// Settings as (item, value) and mapping cards as (item, column), of every connection.
async fn settings(
    state: &State,
    known: &[Known],
    connections: &Numbers,
    script: &mut Script,
) -> Result<(), ControlError> {
    let (mut values, mut mapped) = (Vec::new(), Vec::new());
    for one in known {
        let Some(in_force) = &one.in_force else { continue };
        let connection = one.connection.id.clone();
        leaves(&tree(&in_force.settings), "", &mut |name, value| values.push((connection.clone(), name, value)));
        let columns = column_ids(state, &one.connection, in_force).await?;
        for kind in CardKind::ALL {
            let Some((table, fields)) = in_force.settings.mapping.card(kind) else { continue };
            let all = in_force.all_tables();
            let real = all.by_name(table).map_or(table, |table| table.info.name.as_str()).to_owned();
            for field in fields {
                let Some(column) = field.column else { continue };
                let column = columns.get(&column_name(&one.connection, &real, column)).copied();
                mapped.extend(
                    column
                        .map(|column| (connection.clone(), format!("mapping.{}.{}", kind.word(), field.name), column)),
                );
            }
        }
    }
    let names = values.iter().map(|one| one.1.clone()).chain(mapped.iter().map(|one| one.1.clone())).collect();
    let items = state.control.numbers(ids::ITEM, names).await?;
    for (name, id) in &items {
        let (group, item) = name.rsplit_once('.').unwrap_or(("general", name));
        let display = item.replace('_', " ");
        let row = json!({ "id": id, "group_name": group, "item_name": item, "display_name": display });
        script.insert("config_items", &row);
    }
    // They keep their numbers whatever else is set or mapped later.
    let place = |connection: &ConnectionId, name: &str| format!("{connection} {name}");
    let names = values.iter().map(|(connection, name, _)| place(connection, name)).collect();
    let numbers = state.control.numbers(ids::SETTING, names).await?;
    for (connection, name, value) in &values {
        let row = json!({
            "id": numbers[&place(connection, name)], "config_items_id": items[name],
            "connections_id": connections[&connection.0], "value": value
        });
        script.insert("setting_mappings", &row);
    }
    let names = mapped.iter().map(|(connection, name, _)| place(connection, name)).collect();
    let numbers = state.control.numbers(ids::MAPPED, names).await?;
    for (connection, name, column) in &mapped {
        let row = json!({
            "id": numbers[&place(connection, name)], "config_items_id": items[name],
            "connections_id": connections[&connection.0], "schema_columns_id": column
        });
        script.insert("column_mappings", &row);
    }
    Ok(())
}

/// The document without mapping and tables, which are models and settings of their own.
fn tree(settings: &Settings) -> Value {
    let mut tree = serde_json::to_value(settings).unwrap_or_default();
    if let Some(tree) = tree.as_object_mut() {
        tree.retain(|name, _| !matches!(name.as_str(), "mapping" | "tables"));
    }
    tree
}

fn leaves(tree: &Value, place: &str, found: &mut impl FnMut(String, String)) {
    match tree {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, &if place.is_empty() { name.clone() } else { format!("{place}.{name}") }, found);
            }
        }
        Value::Null => {}
        Value::String(text) => found(place.to_owned(), text.clone()),
        other => found(place.to_owned(), other.to_string()),
    }
}
