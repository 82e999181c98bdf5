//! `GET /tables` and `GET /tables/{table}`: what the caller may read.

use super::{Asked, Refusal, refused};
use crate::solobase::wire::Reply;
use portcullis_query::access::Action;
use portcullis_schema::{Table, TableKind};
use serde_json::{Value, json};

/// The tables.
pub fn all(asked: &Asked) -> Reply {
    let planner = asked.session().planner();
    let tables = asked.project.database.tables().iter();
    let readable = tables.filter(|table| planner.grant(Action::Read, table).is_ok());
    let tables: Vec<Value> = readable.map(|table| json!({"name": table.name, "type": kind(table)})).collect();
    Reply::ok(json!({"tables": tables}))
}

/// The columns of one.
pub fn one(asked: &Asked, table: &Table) -> Result<Reply, Refusal> {
    let planner = asked.session().planner();
    let grant = planner.grant(Action::Read, table).map_err(|error| refused(error.into(), false))?;
    let columns = grant.readable_columns(table).map(|column| {
        json!({
            "name": column.name,
            "type": column.ty.word(),
            "nullable": column.nullable,
            "primary_key": table.primary_key.contains(&column.id),
        })
    });
    let columns: Vec<Value> = columns.collect();
    Ok(Reply::ok(json!({"table": {"name": table.name, "type": kind(table), "columns": columns}})))
}

fn kind(table: &Table) -> &'static str {
    if table.info.kind == TableKind::Table { "table" } else { "view" }
}
