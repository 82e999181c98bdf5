//! Rows of mapped cards beside the users: how ids and moments are written, and what a table wants filled in.

use super::{
    directory::width,
    {is_uuid, moment, objects, run, statements, uuid, word},
};
use crate::IdentityError;
use portcullis_base::Timestamp;
use portcullis_crypto::{same, sha256};
use portcullis_project::{CardRef, Project};
use portcullis_query::{
    Json, Value,
    access::Action,
    convert::parse_moment,
    plan::{
        Condition,
        internal::{Internal, is},
    },
};
use portcullis_schema::{Column, ColumnType, Generated};
use serde_json::Value as JsonValue;

/// Rows that are looked at to see how a table keeps its tokens.
const SAMPLE: u64 = 20;

/// A row to be written into a card's table.
pub(crate) struct NewRow<'p> {
    write: Internal<'p>,
    card: CardRef<'p>,
    values: Vec<(&'p Column, Value)>,
}

impl<'p> NewRow<'p> {
    pub fn new(project: &'p Project, card: CardRef<'p>, reason: &'static str) -> Self {
        Self { write: statements(project, card.table, Action::Create, reason), card, values: Vec::new() }
    }

    /// Sets a field, if it is mapped.
    pub fn text(mut self, field: &str, text: &str) -> Result<Self, IdentityError> {
        if let Some(column) = self.card.column(field) {
            self.values.push((column, word(&self.write, column, id_json(column, text))?));
        }
        Ok(self)
    }

    /// Sets a time, if it is mapped.
    pub fn time(mut self, field: &str, at: Timestamp) -> Result<Self, IdentityError> {
        if let Some(column) = self.card.column(field) {
            self.values.push((column, word(&self.write, column, moment(column, at))?));
        }
        Ok(self)
    }

    /// The statement; an id that nobody makes is made here, and so are the usual times.
    pub fn insert(mut self, now: Timestamp) -> Result<portcullis_query::Statement, IdentityError> {
        let id = self.card.column("id").map(|column| column.id);
        for column in &self.card.table.columns {
            let given = self.values.iter().any(|(own, _)| own.id == column.id);
            if given || column.generated != Generated::No || column.nullable || column.default.is_some() {
                continue;
            }
            let usual = matches!(column.name.as_str(), "created_at" | "updated_at" | "createdAt" | "updatedAt");
            let filled = match () {
                () if is_uuid(column) && (id == Some(column.id) || column.name == "id") => {
                    Json::String(uuid(&mut rand::rng()))
                }
                () if usual => moment(column, now),
                () => continue,
            };
            self.values.push((column, word(&self.write, column, filled)?));
        }
        Ok(self.write.insert(self.values, &[]))
    }
}

/// The text of an id as its column has it.
pub(crate) fn id_json(column: &Column, text: &str) -> Json {
    match column.ty {
        ColumnType::Integer { .. } if text.parse::<i64>().is_ok() => Json::Number(text.to_owned()),
        _ => Json::String(text.to_owned()),
    }
}

/// A token as the table keeps its tokens: as it is, or its SHA-256 in hexadecimal. A table without rows gets hashes.
pub(crate) async fn spelled(
    project: &Project,
    card: CardRef<'_>,
    column: &Column,
    text: &str,
) -> Result<String, IdentityError> {
    let read = statements(project, card.table, Action::Read, "how a table keeps its tokens is looked up");
    let own = card.table.column(column.id);
    let rows = objects(&run(project, read.select(&[own], Condition::always(), None, SAMPLE)).await?)?;
    let plain =
        rows.iter().any(|row| row.get(&column.name).and_then(JsonValue::as_str).is_some_and(|kept| !is_hex(kept)));
    let narrow = width(column).is_some_and(|width| width < 64);
    Ok(if plain || narrow { text.to_owned() } else { hex(text) })
}

/// The rows that may hold a token, however it is kept; `None` for what no row can hold.
pub(crate) fn holds<'p>(read: &Internal<'p>, column: &'p Column, text: &str) -> Option<Condition<'p>> {
    if text.is_empty() || text.contains('\0') {
        return None;
    }
    let hashed = hex(text);
    // What looks like a hash may be one that was read from a copy of the table: it is no token.
    let words = if is_hex(text) { vec![hashed.as_str()] } else { vec![text, hashed.as_str()] };
    let all = words.into_iter().filter_map(|word| read.compared(column, &Json::String(word.to_owned())).ok());
    Some(Condition::Any(all.map(|value| is(column, value)).collect()))
}

/// Whether a kept text is this token; a database's own idea of equal texts may be wider than ours.
pub(crate) fn is_token(kept: &str, text: &str) -> bool {
    (!is_hex(text) && same(kept.as_bytes(), text.as_bytes())) || same(kept.as_bytes(), hex(text).as_bytes())
}

/// Whether a moment of a row has passed; one that cannot be read has.
pub(crate) fn has_passed(value: &JsonValue, now: Timestamp) -> bool {
    match value {
        JsonValue::String(text) => {
            parse_moment(text).is_none_or(|until| until.and_utc().timestamp_micros() <= now.micros())
        }
        // Seconds, or milliseconds where seconds would be an age of the world away.
        JsonValue::Number(number) => number.as_i64().is_none_or(|until| {
            let seconds = if until > 100_000_000_000 { until / 1_000 } else { until };
            seconds <= now.unix_s()
        }),
        _ => true,
    }
}

fn hex(text: &str) -> String {
    sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
