//! Samples out of a customer's database: one bounded SELECT per table.

use super::samples::{SampleRow, Sampler};
use async_trait::async_trait;
use portcullis_base::Secret;
use portcullis_engines::{Engine, EngineError};
use portcullis_query::{
    Value,
    plan::{ColumnRef, Operand, Select, Selected},
    render,
};
use portcullis_schema::{Output, Table};

/// Takes samples over a connected engine.
pub struct EngineSampler<'e>(pub &'e dyn Engine);

#[async_trait]
impl Sampler for EngineSampler<'_> {
    async fn sample(&self, table: &Table, columns: &[&str], rows: u64) -> Result<Vec<SampleRow>, EngineError> {
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        tracing::debug!(table = table.name, rows, "Looking at rows of `{}` to propose a mapping", table.name);
        let mut select = Select::from(table);
        select.limit = Some(rows);
        let columns = columns.iter().filter_map(|name| table.column_by_name(name));
        // Nothing is written as JSON: the values are captured, counted and gone.
        select.columns = columns
            .map(|column| Selected {
                operand: Operand::Column(ColumnRef { alias: 0, column }),
                output: Output { shape: column.shape.clone(), visible: false, captured: true },
            })
            .collect();
        let width = select.columns.len();
        let rows = self.0.fetch(render::select(&select, self.0.dialect())).await?;
        Ok(rows.captured.chunks(width).map(|row| row.iter().map(text).collect()).collect())
    }
}

fn text(value: &Value) -> Option<Secret<String>> {
    match value {
        // Some frameworks keep hashes in columns of bytes.
        Value::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::Bool(yes) => Some(u8::from(*yes).to_string()),
        other => other.to_text(),
    }
    .map(Secret::new)
}
