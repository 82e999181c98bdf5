//! The bodies of `/models` and `/{model}/schema`.

use crate::api::{Api, Model, RelationView};
use portcullis_query::{access::Action, plan::operators_of};
use portcullis_schema::{Column, ColumnType, Generated, TableId};
use serde_json::{Map, Value, json};

/// `{"models": {"Users": "users", ...}}`: the models the caller may do anything with, and their tables.
pub fn models(api: &Api<'_>) -> Value {
    let models: Map<String, Value> =
        api.models.iter().map(|model| (model.table.model.clone(), model.table.name.as_str().into())).collect();
    json!({ "models": models })
}

/// The columns and relationships of a table the caller may read; `None` for any other.
pub fn model_schema(api: &Api<'_>, table: TableId) -> Option<Value> {
    let model = api.model(table).filter(|model| model.may(Action::Read))?;
    let fields: Vec<Value> = model.columns().map(|column| field(model, column)).collect();
    let relationships: Vec<Value> = model.relations.iter().map(relationship).collect();
    Some(json!({ "fields": fields, "relationships": relationships }))
}

fn field(model: &Model<'_>, column: &Column) -> Value {
    let operators: Vec<_> = operators_of(column).map(|operator| operator.name()).collect();
    let mut out = json!({
        "name": column.name,
        "dbColumnName": column.name,
        "type": column.ty.word(),
        "isPrimaryKey": model.table.primary_key.contains(&column.id),
        "autoIncrement": matches!(column.generated, Generated::Counter | Generated::CounterAlways),
        "nullable": column.nullable,
        "readOnly": !model.writes(column),
        "operators": operators,
    });
    if let ColumnType::Enum { values } = &column.ty {
        out["values"] = json!(values);
    }
    out
}

fn relationship(view: &RelationView<'_>) -> Value {
    json!({
        "name": view.relation.name,
        "jsonName": view.relation.json_name,
        "type": view.relation.kind.word(),
        "relatedModel": view.target.model,
        "relatedTable": view.target.name,
        "foreignKey": view.foreign_key,
        "references": view.references,
        "joinTable": view.join.unwrap_or_default(),
        "isSlice": view.relation.kind.is_many(),
        "isPolymorphic": false,
        "polymorphicType": "",
    })
}
