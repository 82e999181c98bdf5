//! The product's own collections under `/items`: roles, permissions and who has which role. An administrator's.

use super::permissions;
use crate::baasix::{
    call::{Call, Fields, Who, answer},
    error::Refused,
    list::{Extent, read},
    params::Params,
    role::{ADMINISTRATOR, Role, Roles, uuid_of},
    rows,
    variables::Variables,
};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use portcullis_identity::INTO_ROLE;
use portcullis_query::{
    Json,
    access::Action,
    request::{CompareOp, Connective, Expression, Operator},
};
use serde_json::{Value, json};

/// Collections that are no tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// `baasix_Role`
    Role,
    /// `baasix_Permission`
    Permission,
    /// `baasix_UserRole`
    UserRole,
}

impl System {
    /// The collection of a name.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "baasix_Role" => Some(Self::Role),
            "baasix_Permission" => Some(Self::Permission),
            "baasix_UserRole" => Some(Self::UserRole),
            _ => None,
        }
    }
}

/// `/items/baasix_..[/..]`.
pub async fn route(
    call: &Call<'_>,
    roles: &Roles,
    who: &Who,
    system: System,
    (name, rest): (&str, &[&str]),
) -> Result<Response<Body>, Refused> {
    if !who.is_administrator() {
        let action = match call.method {
            Method::POST => Action::Create,
            Method::PATCH => Action::Update,
            Method::DELETE => Action::Delete,
            _ => Action::Read,
        };
        return Err(Refused::no_permission(action, name));
    }
    let id = |status, id: String| Ok(answer(status, &json!({"data": {"id": id}})));
    match (&call.method, rest) {
        (&Method::GET, []) => list(call, all(call, roles, system).await?),
        (&Method::GET, [wanted]) => {
            let all = all(call, roles, system).await?;
            let row = all.into_iter().find(|row| row["id"] == *wanted).ok_or_else(|| Refused::no_item(Action::Read))?;
            Ok(answer(StatusCode::OK, &json!({ "data": row })))
        }
        (&Method::POST, []) => {
            let made = match system {
                System::Role => make_role(call, roles).await?,
                System::Permission => text(&permissions::make(call, roles).await?["id"]),
                System::UserRole => give(call, roles).await?,
            };
            id(StatusCode::CREATED, made)
        }
        (&Method::PATCH, [wanted]) => {
            match system {
                System::Role => change_role(call, roles, wanted).await?,
                System::Permission => drop(permissions::change(call, roles, wanted).await?),
                System::UserRole => return Err(Refused::no_route()),
            }
            id(StatusCode::OK, (*wanted).to_owned())
        }
        (&Method::DELETE, [wanted]) => {
            match system {
                System::Role => remove_role(call, roles, wanted).await?,
                System::Permission => permissions::remove(call, roles, wanted).await?,
                System::UserRole => take(call, roles, wanted).await?,
            }
            id(StatusCode::OK, (*wanted).to_owned())
        }
        _ => Err(Refused::no_route()),
    }
}

async fn all(call: &Call<'_>, roles: &Roles, system: System) -> Result<Vec<Value>, Refused> {
    Ok(match system {
        System::Role => roles.all().iter().map(|role| role.row(call.project)).collect(),
        System::Permission => rows::all(call, roles).await?.into_iter().map(|(_, row)| row).collect(),
        System::UserRole => held(call, roles).await?.into_iter().map(|(_, _, row)| row).collect(),
    })
}

fn list(call: &Call<'_>, all: Vec<Value>) -> Result<Response<Body>, Refused> {
    let asked = read(Params::parse(call.query.as_deref())?, &Variables::none())?;
    if !asked.sort.is_empty() || asked.figures.is_some() || asked.search.is_some() {
        let message = "this collection is filtered and paged, not sorted, searched or counted up";
        return Err(Refused::error(StatusCode::BAD_REQUEST, message));
    }
    let mut found = Vec::new();
    for row in all {
        if holds(&asked.filter, Connective::And, &row)? {
            found.push(row);
        }
    }
    let count = found.len();
    let part = match asked.extent {
        Extent::Count => (0, 0),
        Extent::All { offset } => (offset, u64::MAX),
        Extent::Rows { offset, size } => (offset, size),
    };
    let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let rows: Vec<_> = found.into_iter().skip(place(part.0)).take(place(part.1)).collect();
    Ok(answer(StatusCode::OK, &json!({"data": rows, "totalCount": count})))
}

/// Whether a filter of equalities holds for a row.
fn holds(filter: &[Expression], connective: Connective, row: &Value) -> Result<bool, Refused> {
    let mut any = false;
    let mut every = true;
    for expression in filter {
        let one = match expression {
            Expression::Field { field, operator, value, .. } => {
                let own = row
                    .get(field)
                    .ok_or_else(|| Refused::error(StatusCode::BAD_REQUEST, format!("there is no field `{field}`")))?;
                match operator {
                    Operator::Compare(CompareOp::Eq) => same(own, value),
                    Operator::Compare(CompareOp::Neq) => !same(own, value),
                    Operator::In { negated } => {
                        value.as_array().unwrap_or_default().iter().any(|value| same(own, value)) != *negated
                    }
                    Operator::Null { negated } => own.is_null() != *negated,
                    _ => {
                        let message = format!("`{}` is not served on this collection", operator.name());
                        return Err(Refused::error(StatusCode::BAD_REQUEST, message));
                    }
                }
            }
            Expression::Columns { .. } | Expression::Path { .. } => {
                let message = "this collection is filtered by equality";
                return Err(Refused::error(StatusCode::BAD_REQUEST, message));
            }
            Expression::Logical { connective, expressions, .. } => holds(expressions, *connective, row)?,
            Expression::Relationship(_) => {
                return Err(Refused::error(StatusCode::BAD_REQUEST, "this collection has no relationships"));
            }
        };
        any |= one;
        every &= one;
    }
    Ok(match connective {
        Connective::And => every,
        Connective::Or => any,
        Connective::Not => !every,
    })
}

fn same(own: &Value, word: &Json) -> bool {
    match (own, word) {
        (Value::String(own), Json::String(word)) => own == word,
        (Value::Bool(own), Json::Bool(word)) => own == word,
        (Value::Bool(own), Json::String(word)) => own.to_string() == *word,
        (Value::Number(own), Json::Number(word) | Json::String(word)) => own.to_string() == *word,
        _ => false,
    }
}

async fn make_role(call: &Call<'_>, roles: &Roles) -> Result<String, Refused> {
    let mut fields = call.members()?;
    let missing = || Refused::error(StatusCode::BAD_REQUEST, "Required field missing").details("name");
    let name = fields.text("name")?.ok_or_else(missing)?;
    if roles.all().iter().any(|role| role.name == name) {
        return Err(Refused::error(StatusCode::CONFLICT, "Unique constraint violation"));
    }
    let description = fields.text("description")?;
    let invites = invited(roles, &mut fields)?;
    let identity = &call.state.identity;
    identity.put_role(call.project, &name, description.as_deref(), call.client, call.now).await?;
    if let Some(invites) = invites {
        change_invites(call, &Role::named(call.project, &name, None), &invites).await?;
    }
    Ok(Role::named(call.project, &name, description).id)
}

fn known<'r>(roles: &'r Roles, id: &str, action: Action) -> Result<&'r Role, Refused> {
    roles.all().iter().find(|role| role.id == id).ok_or_else(|| Refused::no_item(action))
}

async fn change_role(call: &Call<'_>, roles: &Roles, id: &str) -> Result<(), Refused> {
    let role = known(roles, id, Action::Update)?;
    let mut fields = call.members()?;
    if fields.text("name")?.is_some_and(|name| name != role.name) {
        if role.is_system() {
            return Err(Refused::error(StatusCode::FORBIDDEN, "System role names cannot be changed"));
        }
        let message = "roles are known by their names here: make another role and give it to its holders";
        return Err(Refused::error(StatusCode::BAD_REQUEST, message));
    }
    if let Some(description) = fields.text("description")? {
        if role.name == ADMINISTRATOR {
            return Err(Refused::error(StatusCode::FORBIDDEN, "System roles cannot be changed"));
        }
        let identity = &call.state.identity;
        identity.put_role(call.project, &role.name, Some(&description), call.client, call.now).await?;
    }
    match invited(roles, &mut fields)? {
        Some(_) if role.name == ADMINISTRATOR => {
            Err(Refused::error(StatusCode::FORBIDDEN, "System roles cannot be changed"))
        }
        Some(invites) => change_invites(call, role, &invites).await,
        None => Ok(()),
    }
}

/// `canInviteRoleIds` as names of roles, if it is given.
fn invited(roles: &Roles, fields: &mut Fields) -> Result<Option<Vec<String>>, Refused> {
    let wrong = || Refused::error(StatusCode::BAD_REQUEST, "canInviteRoleIds is a list of ids of roles");
    let ids = match fields.take("canInviteRoleIds") {
        None => return Ok(None),
        Some(Json::Null) => return Ok(Some(Vec::new())),
        Some(Json::Array(ids)) => ids,
        Some(_) => return Err(wrong()),
    };
    let name = |id: &Json| {
        let id = id.as_str().ok_or_else(wrong)?;
        let role = roles.all().iter().find(|role| role.id == id);
        let role = role.ok_or_else(|| Refused::error(StatusCode::CONFLICT, "Foreign key constraint violation"))?;
        if role.name == ADMINISTRATOR {
            let message = "Only administrators invite administrators";
            return Err(Refused::error(StatusCode::FORBIDDEN, message));
        }
        Ok(role.name.clone())
    };
    ids.iter().map(name).collect::<Result<_, _>>().map(Some)
}

/// Gives a role the permissions to invite into others, and takes those it has no more.
async fn change_invites(call: &Call<'_>, role: &Role, wanted: &[String]) -> Result<(), Refused> {
    let identity = &call.state.identity;
    let kept = identity.roles(call.project).await?;
    // A role of this surface alone becomes one that is kept.
    for name in std::iter::once(&role.name).chain(wanted) {
        if !kept.iter().any(|own| own.name == *name) {
            identity.put_role(call.project, name, None, call.client, call.now).await?;
        }
    }
    let word = |name: &String| format!("{INTO_ROLE}{name}");
    for name in wanted.iter().filter(|name| !role.invites.contains(name)) {
        identity.grant_permission(call.project, &role.name, &word(name), call.client, call.now).await?;
    }
    for name in role.invites.iter().filter(|name| !wanted.contains(name)) {
        identity.revoke_permission(call.project, &role.name, &word(name), call.client, call.now).await?;
    }
    Ok(())
}

async fn remove_role(call: &Call<'_>, roles: &Roles, id: &str) -> Result<(), Refused> {
    let role = known(roles, id, Action::Delete)?;
    if role.is_system() {
        return Err(Refused::error(StatusCode::FORBIDDEN, "System roles cannot be deleted"));
    }
    Ok(call.state.identity.remove_role(call.project, &role.name, call.client, call.now).await?)
}

/// Who has which role, as (user, role, row): as far as that is kept beside the tables.
async fn held(call: &Call<'_>, roles: &Roles) -> Result<Vec<(String, String, Value)>, Refused> {
    let mut all = Vec::new();
    for (user, role, tenant) in call.state.identity.kept_assignments(call.project).await? {
        let place = tenant.as_deref().unwrap_or_default();
        let id = uuid_of(call.project, &["user role", &user, &role, place]);
        let of = roles.find(&role).map_or_else(|| Role::named(call.project, &role, None), Clone::clone);
        let row = json!({"id": id, "user_Id": user, "role_Id": of.id, "tenant_Id": tenant});
        all.push((user, role, row));
    }
    Ok(all)
}

async fn give(call: &Call<'_>, roles: &Roles) -> Result<String, Refused> {
    let mut fields = call.members()?;
    let missing = |name: &str| Refused::error(StatusCode::BAD_REQUEST, "Required field missing").details(name);
    let user = fields.id("user_Id").ok_or_else(|| missing("user_Id"))?;
    let role = fields.id("role_Id").ok_or_else(|| missing("role_Id"))?;
    let conflict = || Refused::error(StatusCode::CONFLICT, "Foreign key constraint violation");
    let role = roles.all().iter().find(|own| own.id == role).ok_or_else(conflict)?;
    let tenant = fields.id("tenant_Id");
    let identity = &call.state.identity;
    let given =
        identity.assign_role(call.project, &user, (&role.name, tenant.as_deref()), true, call.client, call.now).await?;
    if !given {
        return Err(conflict());
    }
    Ok(uuid_of(call.project, &["user role", &user, &role.name, tenant.as_deref().unwrap_or_default()]))
}

async fn take(call: &Call<'_>, roles: &Roles, id: &str) -> Result<(), Refused> {
    let all = held(call, roles).await?;
    let found = all.into_iter().find(|(_, _, row)| row["id"] == id);
    let (user, role, row) = found.ok_or_else(|| Refused::no_item(Action::Delete))?;
    let tenant = row["tenant_Id"].as_str();
    let identity = &call.state.identity;
    identity.assign_role(call.project, &user, (&role, tenant), false, call.client, call.now).await?;
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
