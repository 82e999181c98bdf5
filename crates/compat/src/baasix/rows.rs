//! Permission rows: a role's rule on one table and action, under the names of Baasix.

use super::{
    call::Call,
    collection::{TENANTS, USERS, table_behind},
    conditions::{Columns, Ground, columns},
    error::Refused,
    role::{Role, Roles, uuid_of},
    wire::moment,
};
use http::StatusCode;
use portcullis_identity::NewRoleRule;
use portcullis_project::{Project, settings::CardKind};
use portcullis_query::{Json, access::Action};
use portcullis_store::role_rules::RoleRule;
use serde_json::{Map, Value, json};

/// Members of a row that are written.
const GIVEN: [&str; 4] = ["fields", "conditions", "relConditions", "defaultValues"];

/// The id of a rule's row.
pub fn id_of(project: &Project, rule: &RoleRule) -> String {
    uuid_of(project, &["permission", &rule.role, &rule.table, &rule.action])
}

/// A rule as a row.
pub fn row(project: &Project, roles: &Roles, rule: &RoleRule) -> Value {
    let given: Map<String, Value> = serde_json::from_str(&rule.given).unwrap_or_default();
    let role = roles.find(&rule.role).map_or_else(|| Role::named(project, &rule.role, None), Clone::clone);
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(id_of(project, rule)));
    row.insert("role_Id".to_owned(), json!(role.id));
    row.insert("collection".to_owned(), given.get("collection").cloned().unwrap_or_else(|| json!(rule.table)));
    row.insert("action".to_owned(), json!(rule.action));
    for name in GIVEN {
        row.insert(name.to_owned(), given.get(name).cloned().unwrap_or(Value::Null));
    }
    row.insert("createdAt".to_owned(), json!(moment(rule.created_at)));
    row.insert("updatedAt".to_owned(), json!(moment(rule.updated_at)));
    Value::Object(row)
}

/// Every row, with its rule.
pub async fn all(call: &Call<'_>, roles: &Roles) -> Result<Vec<(RoleRule, Value)>, Refused> {
    let rules = call.state.identity.role_rules(call.project).await?;
    Ok(rules.into_iter().map(|rule| (rule.clone(), row(call.project, roles, &rule))).collect())
}

/// The rows of one role.
pub async fn of_role(call: &Call<'_>, roles: &Roles, role: &Role) -> Result<Vec<Value>, Refused> {
    let all = all(call, roles).await?;
    Ok(all.into_iter().filter(|(rule, _)| rule.role == role.name).map(|(_, row)| row).collect())
}

/// Where the users table is not served: the names under which a role may read users, by its row; `None` without one,
/// or where conditions would have to be asked of the table.
pub async fn readable_users(call: &Call<'_>, role: &Role) -> Result<Option<Vec<String>>, Refused> {
    let table = table_behind(call.project, USERS).unwrap_or(USERS);
    let rules = call.state.identity.role_rules(call.project).await?;
    let rule = rules.into_iter().find(|rule| {
        rule.role == role.name && rule.table == table && rule.action == "read" && rule.condition.is_none()
    });
    let Some(rule) = rule else { return Ok(None) };
    let fields: Vec<String> = serde_json::from_str(&rule.fields).unwrap_or_default();
    // An empty list is every column.
    let every = ["email", "firstName", "lastName", "fullName", "phone", "avatar_Id", "status", "emailVerified"];
    let further = ["lastAccess", "createdAt", "updatedAt"];
    let all = || every.iter().chain(&further).map(|name| (*name).to_owned()).collect();
    Ok(Some(if fields.is_empty() { all() } else { fields }))
}

/// A new row, or a changed one, read against the project.
pub fn read(call: &Call<'_>, roles: &Roles, members: &[(String, Json)]) -> Result<NewRoleRule, Refused> {
    let missing = |name: &str| Refused::error(StatusCode::BAD_REQUEST, "Required field missing").details(name);
    let get = |name: &str| members.iter().find(|(own, _)| own == name).map(|(_, value)| value);
    let text = |name: &str| get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let (id, collection, action) = (text("role_Id"), text("collection"), text("action"));
    let id = id.ok_or_else(|| missing("role_Id"))?;
    let collection = collection.ok_or_else(|| missing("collection"))?;
    let word = action.ok_or_else(|| missing("action"))?;
    let action = Action::ALL.into_iter().find(|action| action.word() == word).ok_or_else(|| {
        let message = format!("Unknown action: {word}; use create, read, update or delete");
        Refused::error(StatusCode::BAD_REQUEST, message)
    })?;
    let role = roles.find(id).filter(|role| role.id == id);
    let role = role.ok_or_else(|| Refused::error(StatusCode::CONFLICT, "Foreign key constraint violation"))?;
    let empty = |words: &Json| match words {
        Json::Null => true,
        Json::Object(members) => members.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    };
    if get("relConditions").is_some_and(|words| !empty(words)) {
        let message = "relConditions of a permission are not served here: put the conditions into the permission of the \
                       related collection, where they hold on every way to it";
        return Err(Refused::error(StatusCode::BAD_REQUEST, message));
    }
    let users = call.project.cards.get(CardKind::User).map(|card| card.table);
    let ground = Ground { users, role: &role.id };
    let table = table_behind(call.project, collection)
        .map(str::to_owned)
        .or_else(|| served(call.project, collection))
        .unwrap_or_else(|| collection.to_owned());
    let asked = columns(get("fields"))?;
    // Without columns nothing can be written; whoever reads gets the row as it is.
    let (fields, allows) = match asked {
        Columns::All => (Vec::new(), true),
        Columns::Some(names) if names.is_empty() => {
            let all =
                matches!(action, Action::Delete) || (action == Action::Read && get("fields").is_none_or(empty_words));
            (Vec::new(), all)
        }
        Columns::Some(names) => (spelled(call.project, &table, collection, names), true),
    };
    let condition = ground.condition(get("conditions"))?;
    let defaults = ground.defaults(get("defaultValues"))?;
    let defaults = defaults.into_iter().map(|(name, word)| (column(call.project, &table, collection, &name), word));
    let defaults = defaults.collect();
    let mut given = vec![("collection".to_owned(), Json::String(collection.to_owned()))];
    for name in GIVEN {
        given.push((name.to_owned(), get(name).cloned().unwrap_or(Json::Null)));
    }
    Ok(NewRoleRule {
        role: role.name.clone(),
        table,
        action,
        fields,
        condition,
        defaults,
        given: Json::Object(given),
        allows,
    })
}

fn empty_words(words: &Json) -> bool {
    matches!(words, Json::Null)
}

fn served(project: &Project, name: &str) -> Option<String> {
    match project.database.find(name) {
        portcullis_schema::TableLookup::Found(table) => Some(table.name.clone()),
        portcullis_schema::TableLookup::Unknown(_) => None,
    }
}

/// Columns as their table spells them.
fn spelled(project: &Project, table: &str, collection: &str, names: Vec<String>) -> Vec<String> {
    names.into_iter().map(|name| column(project, table, collection, &name)).collect()
}

fn column(project: &Project, table: &str, collection: &str, name: &str) -> String {
    let Some(table) = project.database.by_name(table) else { return name.to_owned() };
    let own = match collection {
        USERS | TENANTS => super::collection::Collection::find(project, collection).ok(),
        _ => None,
    };
    let word = own.as_ref().map_or(name, |own| own.column(name));
    table.find_column(word).map_or_else(|| name.to_owned(), |column| column.name.clone())
}
