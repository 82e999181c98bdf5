//! `SettingMapping` and `ColumnMapping` as rows that are written: one member of the settings document each.

use super::{
    Answered, BODY, connections, invalid, models,
    projects::{created, gone, number},
    settings::apply,
};
use crate::{
    Call,
    swain::{error::of_control, ids, rows},
};
use portcullis_base::ConnectionId;
use portcullis_control::{Connection, operators::OperatorCaller};
use portcullis_web::ApiError;
use serde_json::{Map, Value};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// A setting's value.
    Setting,
    /// The column that a field of a mapping card stands for.
    Mapped,
}

impl Rows {
    /// The model of a path.
    pub fn of(model: &str) -> Option<Self> {
        let plain: String = model.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase();
        match plain.trim_end_matches('s') {
            "settingmapping" => Some(Self::Setting),
            "columnmapping" => Some(Self::Mapped),
            _ => None,
        }
    }

    const fn model(self) -> &'static str {
        match self {
            Self::Setting => "setting_mappings",
            Self::Mapped => "column_mappings",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Setting => ids::SETTING,
            Self::Mapped => ids::MAPPED,
        }
    }

    /// A row's connection and the path of its member.
    async fn place(self, call: &Call, id: &str) -> Result<(Connection, String), ApiError> {
        let number: i64 = id.parse().map_err(|_| ApiError::no_such_route())?;
        let control = &call.state.control;
        let place = control.numbered(self.kind(), number).await.map_err(of_control)?;
        let place = place.ok_or_else(ApiError::no_such_route)?;
        let (connection, name) = place.split_once(' ').ok_or_else(ApiError::no_such_route)?;
        let connection = control.in_force(&ConnectionId(connection.to_owned())).await.map_err(of_control)?.connection;
        Ok((connection, name.to_owned()))
    }

    /// What the body gives for a member.
    async fn value(self, call: &Call, connection: &Connection, name: &str, body: &Value) -> Result<Value, ApiError> {
        match self {
            Self::Setting => match body.get("value") {
                Some(value) if !value.is_null() => Ok(value.clone()),
                _ => Err(invalid("`value` is missing")),
            },
            Self::Mapped => column(call, connection, name, number(body, "schema_columns_id")?).await,
        }
    }
}

/// The name of a column, which must be in the table that the card of `name` is for.
async fn column(call: &Call, connection: &Connection, name: &str, number: i64) -> Result<Value, ApiError> {
    let control = &call.state.control;
    let wanted = control.numbered(ids::COLUMN, number).await.map_err(of_control)?;
    let in_force = control.in_force(&connection.id).await.map_err(of_control)?;
    let tree = serde_json::to_value(&in_force.settings).unwrap_or_default();
    let card = name.split('.').nth(1).unwrap_or_default();
    let own = tree["mapping"][card]["table"].as_str();
    for table in &in_force.catalog.tables {
        for column in &table.columns {
            if wanted.as_deref() == Some(&rows::column_name(connection, &table.name, &column.name)) {
                return match own {
                    Some(own) if own != table.name => Err(invalid(format!(
                        "`schema_columns_id` is a column of `{}`, the card is for `{own}`",
                        table.name
                    ))),
                    _ => Ok(Value::String(column.name.clone())),
                };
            }
        }
    }
    Err(invalid("`schema_columns_id` names no column of this connection"))
}

/// `POST`: 201.
pub async fn create(mut call: Call, caller: OperatorCaller, kind: Rows) -> Answered {
    let body = call.json(BODY).await?;
    let connection = connections::numbered(&call, &number(&body, "connections_id")?.to_string()).await;
    let connection = connection.map_err(|_| invalid("`connections_id` names no connection"))?;
    let control = call.state.control.clone();
    let item = control.numbered(ids::ITEM, number(&body, "config_items_id")?).await.map_err(of_control)?;
    let item = item.filter(|item| item.starts_with("mapping.") == (kind == Rows::Mapped));
    let item = item.ok_or_else(|| invalid("`config_items_id` names no item of this kind"))?;
    let value = kind.value(&call, &connection, &item, &body).await?;
    set(&call, &caller, &connection, &item, Some(value)).await?;
    let place = format!("{} {item}", connection.id);
    let numbers = control.numbers(kind.kind(), vec![place.clone()]).await.map_err(of_control)?;
    created(&call, kind.model(), numbers[&place]).await
}

/// `PUT`: 200.
pub async fn change(mut call: Call, caller: OperatorCaller, kind: Rows, id: &str) -> Answered {
    let body = call.json(BODY).await?;
    let (connection, name) = kind.place(&call, id).await?;
    let value = kind.value(&call, &connection, &name, &body).await?;
    set(&call, &caller, &connection, &name, Some(value)).await?;
    models::read(&call, kind.model(), id).await
}

/// `DELETE`: 204. A setting goes back to its default, which is a row as well; a field is mapped no longer.
pub async fn remove(call: &Call, caller: OperatorCaller, kind: Rows, id: &str) -> Answered {
    let (connection, name) = kind.place(call, id).await?;
    set(call, &caller, &connection, &name, None).await?;
    Ok(gone())
}

async fn set(
    call: &Call,
    caller: &OperatorCaller,
    connection: &Connection,
    name: &str,
    value: Option<Value>,
) -> Result<(), ApiError> {
    let before = call.state.control.in_force(&connection.id).await.map_err(of_control)?;
    let mut tree = serde_json::to_value(&before.settings).unwrap_or_default();
    put(&mut tree, name, value);
    apply(call, caller, connection, tree, Vec::new()).await.map(drop)
}

/// Puts a value at a path, or takes it away. Swain's values are text: what stands where no text stood is read as JSON.
fn put(tree: &mut Value, path: &str, value: Option<Value>) {
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut place = tree;
    for name in parents.split('.').filter(|name| !name.is_empty()) {
        let Some(members) = place.as_object_mut() else { return };
        place = members.entry(name).or_insert_with(|| Value::Object(Map::new()));
    }
    let Some(members) = place.as_object_mut() else { return };
    let Some(value) = value else {
        members.remove(last);
        return;
    };
    let value = match (value, members.get(last)) {
        (Value::String(text), Some(old)) if !old.is_string() && !old.is_null() => {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        }
        (value, _) => value,
    };
    members.insert(last.to_owned(), value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_takes_the_kind_of_the_one_before() {
        let mut tree = json!({"auth": {"self_signup": true, "access_token_ttl": "15m", "list": ["a"]}});
        put(&mut tree, "auth.self_signup", Some(json!("false")));
        put(&mut tree, "auth.access_token_ttl", Some(json!("5")));
        put(&mut tree, "auth.list", Some(json!("[\"b\"]")));
        put(&mut tree, "mail.from", Some(json!("a@b.example")));
        let wanted = json!({"auth": {"self_signup": false, "access_token_ttl": "5", "list": ["b"]}, "mail": {"from": "a@b.example"}});
        assert_eq!(tree, wanted);
        put(&mut tree, "mail.from", None);
        assert_eq!(tree["mail"], json!({}));
    }

    #[test]
    fn a_model_is_known_in_every_spelling() {
        for name in ["SettingMapping", "settingmapping", "setting_mappings"] {
            assert_eq!(Rows::of(name), Some(Rows::Setting));
        }
        assert_eq!(Rows::of("ColumnMapping"), Some(Rows::Mapped));
        assert_eq!(Rows::of("Columns"), None);
    }
}
