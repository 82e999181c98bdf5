//! The answer of an aggregation: each group's columns, its figures flat, and once more under `aggregations`.

use crate::RecordsError;
use portcullis_query::{
    Rows,
    plan::{Operand, Select},
};
use serde_json::{Map, Value};

/// A row's members in order, every number with all its digits.
pub(crate) fn members(row: &[u8]) -> Result<Map<String, Value>, RecordsError> {
    serde_json::from_slice(row).map_err(|error| {
        RecordsError::Database(portcullis_engines::EngineError::Other { cause: format!("a row is no JSON: {error}") })
    })
}

/// Adds the `aggregations` object to every group; gives the rows with commas between them.
pub(crate) fn with_aggregations(rows: &Rows, select: &Select<'_>) -> Result<Vec<u8>, RecordsError> {
    let figures: Vec<&str> = select
        .columns
        .iter()
        .filter(|selected| matches!(selected.operand, Operand::Aggregate(_)))
        .map(|selected| &*selected.output.shape.name)
        .collect();
    let mut out = Vec::with_capacity(rows.bytes.len() * 2);
    for index in 0..rows.len() {
        if index > 0 {
            out.push(b',');
        }
        let mut group = members(rows.row(index))?;
        let nested: Map<_, _> = figures
            .iter()
            .filter_map(|name| group.get(*name).map(|value| ((*name).to_owned(), value.clone())))
            .collect();
        group.insert("aggregations".to_owned(), Value::Object(nested));
        out.extend_from_slice(Value::Object(group).to_string().as_bytes());
    }
    Ok(out)
}
