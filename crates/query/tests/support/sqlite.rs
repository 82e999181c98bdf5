//! SQLite as the product's connections have it: LIKE with case, `lower` for all of Unicode, `json_contains` of objects.

use crate::support::ddl::ddl;
use portcullis_query::{Statement, Value, render::dialects::SQLITE};
use portcullis_schema::Catalog;
use rusqlite::{
    Connection,
    functions::FunctionFlags,
    types::{Value as Sql, ValueRef},
};

/// An empty database with the tables of a catalogue.
pub fn database(catalog: &Catalog) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("PRAGMA case_sensitive_like = ON").unwrap();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let lower = |context: &rusqlite::functions::Context<'_>| {
        Ok(context.get::<Option<String>>(0)?.map(|text| text.to_lowercase()))
    };
    connection.create_scalar_function("lower", 1, flags, lower).unwrap();
    let contains = |context: &rusqlite::functions::Context<'_>| {
        let document = |at| -> Result<Option<serde_json::Value>, rusqlite::Error> {
            Ok(context.get::<Option<String>>(at)?.and_then(|text| serde_json::from_str(&text).ok()))
        };
        let (whole, part) = (document(0)?, document(1)?);
        Ok(whole.zip(part).map(|(whole, part)| match (whole.as_object(), part.as_object()) {
            (Some(whole), Some(part)) => part.iter().all(|(key, value)| whole.get(key) == Some(value)),
            _ => whole == part,
        }))
    };
    connection.create_scalar_function("json_contains", 2, flags, contains).unwrap();
    for statement in ddl(catalog, &SQLITE) {
        connection.execute_batch(&statement).unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
    connection
}

/// Runs a statement and gives every column of every row.
pub fn fetch(connection: &Connection, statement: &Statement) -> Result<Vec<Vec<Value>>, rusqlite::Error> {
    let mut prepared = connection.prepare(&statement.text)?;
    assert_eq!(prepared.parameter_count(), statement.values.len(), "{}", statement.text);
    let values: Vec<Sql> = statement.values.iter().map(bound).collect();
    let width = prepared.column_count();
    let mut rows = prepared.query(rusqlite::params_from_iter(values))?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push((0..width).map(|at| row.get_ref(at).map(read)).collect::<Result<_, _>>()?);
    }
    Ok(out)
}

fn bound(value: &Value) -> Sql {
    match value {
        Value::Null => Sql::Null,
        Value::Bool(value) => Sql::Integer(i64::from(*value)),
        Value::Int(value) => Sql::Integer(*value),
        Value::Float(value) => Sql::Real(*value),
        Value::Text(text) => Sql::Text(text.clone()),
        Value::Bytes(bytes) => Sql::Blob(bytes.clone()),
        other => panic!("SQLite is never given {other:?}"),
    }
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(value) => Value::Float(value),
        ValueRef::Text(text) => Value::Text(String::from_utf8(text.to_vec()).unwrap()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}
