//! Which column holds which field of a card: by name and type, each column once.

use super::{
    fields::Field,
    names::{Key, folded_words},
};
use portcullis_schema::{Column, ColumnId, ColumnType, Table, TableId};
use std::collections::BTreeMap;

/// Which types can hold a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fits {
    /// Text.
    Text,
    /// Text, a number or a UUID.
    TextOrNumber,
    /// Text or bytes.
    Secret,
    /// Yes or no, also as a number or a word.
    Flag,
    /// A moment, also as a number of seconds or as text.
    Moment,
    /// Yes or no, or since when.
    FlagOrMoment,
}

impl Fits {
    /// Whether a column of this type can hold it.
    pub const fn holds(self, ty: &ColumnType) -> bool {
        use ColumnType as T;
        let text = matches!(ty, T::Text { .. } | T::Enum { .. } | T::Other);
        let number = matches!(ty, T::Integer { .. });
        let moment = matches!(ty, T::DateTime { .. } | T::Date);
        match self {
            Self::Text => text,
            Self::TextOrNumber => text || number || matches!(ty, T::Uuid),
            Self::Secret => text || matches!(ty, T::Bytes),
            Self::Flag => text || number || matches!(ty, T::Boolean | T::Decimal { .. }),
            Self::Moment => moment || number || matches!(ty, T::Text { .. }),
            Self::FlagOrMoment => moment || number || matches!(ty, T::Boolean | T::Text { .. }),
        }
    }
}

/// The columns of one table by field.
pub type Found<'t> = BTreeMap<&'static str, &'t Column>;

/// Gives each field its column, in the order of the fields; `allowed` has a word in it.
pub fn assign<'t>(
    table: &'t Table,
    fields: &[Field],
    allowed: impl Fn(&Field, &Column, &Key) -> bool,
) -> (Found<'t>, Vec<ColumnId>) {
    let words = folded_words(&table.name);
    let keys: Vec<Key> = table.columns.iter().map(|column| Key::of(&column.name, &words)).collect();
    let mut found = Found::new();
    let mut taken: Vec<ColumnId> = Vec::new();
    for field in fields {
        let best = table
            .columns
            .iter()
            .zip(&keys)
            .filter(|(column, _)| !taken.contains(&column.id) && field.fits.holds(&column.ty))
            .filter_map(|(column, key)| key.rank(field.names).map(|rank| (rank, column, key)))
            .filter(|(_, column, key)| !is_another_s(field, fields, column, key) && allowed(field, column, key))
            .map(|(rank, column, _)| (rank, column))
            .min_by_key(|(rank, column)| (*rank, column.id.0));
        if let Some((_, column)) = best {
            taken.push(column.id);
            found.insert(field.name, column);
        }
    }
    (found, taken)
}

// `user_name` is a user name before it is the `name` of a user.
fn is_another_s(field: &Field, fields: &[Field], column: &Column, key: &Key) -> bool {
    !key.is_wholly_in(field.names)
        && fields
            .iter()
            .any(|other| other.name != field.name && other.fits.holds(&column.ty) && key.is_wholly_in(other.names))
}

/// The one column that names a row: the primary key, else a column that is unique, never null and named like a key.
pub fn key_column(table: &Table) -> Option<&Column> {
    if let [id] = table.primary_key[..] {
        return Some(table.column(id));
    }
    let words = folded_words(&table.name);
    let named = |column: &&Column| {
        let key = Key::of(&column.name, &words);
        key.rank("id uid userid uuid guid nr nummer").is_some()
    };
    let unique = |column: &&Column| is_unique(table, column.id);
    table
        .columns
        .iter()
        .find(|column| named(column) && (unique(column) || table.primary_key.contains(&column.id)))
        .or_else(|| table.columns.iter().filter(|column| !column.nullable && unique(column)).find(named))
        // A view has no key: the name has to do.
        .or_else(|| table.columns.iter().filter(|_| table.primary_key.is_empty()).find(named))
}

/// Whether a column is a unique key of its own.
pub fn is_unique(table: &Table, column: ColumnId) -> bool {
    table.unique_keys.iter().any(|key| **key == [column])
}

/// Each column that is a foreign key of its own, with the place of the table it points at; `place` finds a table by its name.
pub fn references(table: &Table, place: impl Fn(Option<&str>, &str) -> Option<TableId>) -> Vec<(&Column, TableId)> {
    let keys = table.info.foreign_keys.iter().filter(|key| key.columns.len() == 1);
    keys.filter_map(|key| {
        let column = table.column_by_name(&key.columns[0])?;
        Some((column, place(key.parent_schema.as_deref(), &key.parent)?))
    })
    .collect()
}

/// Whether two columns can be compared as a key and its reference.
pub const fn same_kind(a: &ColumnType, b: &ColumnType) -> bool {
    use ColumnType as T;
    matches!(
        (a, b),
        (T::Integer { .. }, T::Integer { .. })
            | (T::Uuid | T::Text { .. } | T::Other, T::Uuid | T::Text { .. } | T::Other)
            | (T::Bytes, T::Bytes)
            | (T::Decimal { .. }, T::Decimal { .. } | T::Integer { .. })
            | (T::Integer { .. }, T::Decimal { .. })
    )
}
