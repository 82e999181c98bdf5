//! `/schemas`: the served tables in the words of the original. An administrator's, and to be read only: the database is
//! changed by its owner.

use crate::baasix::{
    call::{Call, Who, answer},
    collection::Collection,
    error::Refused,
};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use portcullis_project::Project;
use portcullis_schema::{Column, ColumnType, Generated, RelationKind, Table};
use serde_json::{Map, Value, json};

/// `/schemas[/..]`.
pub fn route(call: &Call<'_>, who: &Who, rest: &[&str]) -> Result<Response<Body>, Refused> {
    if !who.is_administrator() {
        return Err(Refused::administrators_only());
    }
    match (&call.method, rest) {
        (&Method::GET, []) => {
            let tables = call.project.database.tables().iter();
            let all: Vec<_> = tables.map(|table| described(call.project, &table.name, table)).collect();
            Ok(answer(StatusCode::OK, &json!({ "data": all })))
        }
        (&Method::GET, [name]) => {
            let found = Collection::find(call.project, name)?;
            Ok(answer(StatusCode::OK, &json!({ "data": described(call.project, name, found.table) })))
        }
        (&Method::GET, _) => Err(Refused::no_route()),
        _ => {
            let message = "Collections are the tables of the database and are not changed here: change the database, or \
                           its declared schema with `portcullis schema apply`";
            Err(Refused::error(StatusCode::FORBIDDEN, message))
        }
    }
}

fn described(project: &Project, name: &str, table: &Table) -> Value {
    let readable = &project.policy.table(table.id).user_readable;
    let mut fields = Map::new();
    for column in table.columns.iter().filter(|column| readable.has(column.id)) {
        let mut field = column_type(&column.ty);
        field.insert("allowNull".to_owned(), json!(column.nullable));
        field.insert("primaryKey".to_owned(), json!(table.primary_key.contains(&column.id)));
        field.insert("unique".to_owned(), json!(table.unique_keys.iter().any(|key| key[..] == [column.id])));
        if let Some(value) = default_of(column) {
            field.insert("defaultValue".to_owned(), value);
        }
        fields.insert(column.name.clone(), Value::Object(field));
    }
    for relation in &table.relations {
        let word = match relation.kind {
            RelationKind::BelongsTo => "BelongsTo",
            RelationKind::HasOne => "HasOne",
            RelationKind::HasMany => "HasMany",
            RelationKind::ManyToMany => "BelongsToMany",
        };
        let target = project.database.table(relation.target);
        let key = (relation.kind == RelationKind::BelongsTo).then(|| relation.columns.first()).flatten();
        let key = key.map(|id| table.column(*id)).filter(|column| readable.has(column.id));
        let described = json!({"relType": word, "target": target.name, "foreignKey": key.map(|column| &column.name)});
        fields.insert(relation.json_name.clone(), described);
    }
    json!({"collectionName": name, "schema": {"name": name, "timestamps": false, "paranoid": false, "fields": fields}})
}

fn default_of(column: &Column) -> Option<Value> {
    match (&column.generated, &column.default) {
        (Generated::Counter | Generated::CounterAlways, _) => Some(json!({"type": "AUTOINCREMENT"})),
        // Whatever the database says is its own SQL.
        (_, Some(sql)) => Some(json!({"type": "SQL", "value": sql})),
        _ => None,
    }
}

/// The original's word for a type, with its bounds.
fn column_type(ty: &ColumnType) -> Map<String, Value> {
    let (word, values) = match ty {
        ColumnType::Boolean => ("Boolean", None),
        ColumnType::Integer { bits: 64, .. } => ("BigInt", None),
        ColumnType::Integer { .. } => ("Integer", None),
        ColumnType::Decimal { precision, scale } => ("Decimal", Some(json!({"precision": precision, "scale": scale}))),
        ColumnType::Float { .. } => ("Double", None),
        ColumnType::Text { max_chars: Some(chars) } => ("String", Some(json!({"stringLength": chars}))),
        ColumnType::Text { max_chars: None } | ColumnType::Other => ("Text", None),
        ColumnType::Enum { values } => ("ENUM", Some(json!({"values": values}))),
        ColumnType::Uuid => ("UUID", None),
        ColumnType::Date => ("Date", None),
        ColumnType::Time { .. } => ("Time", None),
        ColumnType::DateTime { .. } => ("DateTime", None),
        ColumnType::Json => ("JSON", None),
        ColumnType::Bytes => ("Binary", None),
        ColumnType::Array { .. } => ("Array", None),
    };
    let mut field = Map::new();
    field.insert("type".to_owned(), json!(word));
    if let Some(values) = values {
        field.insert("values".to_owned(), values);
    }
    field
}
