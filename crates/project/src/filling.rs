//! What a new row is given where nobody gives it: asked when a tenant is made, and before, when settings are checked.

use portcullis_schema::{Column, ColumnType, Generated, Table};

/// Columns that hold what a tenant is called.
const NAMES: [&str; 6] = ["name", "title", "label", "display_name", "company", "company_name"];
/// Columns that hold the tenant's name in the letters of addresses.
const SLUGS: [&str; 4] = ["slug", "code", "key", "subdomain"];
/// Columns that hold when the row came to be.
const TIMES: [&str; 5] = ["created_at", "updated_at", "createdat", "updatedat", "joined_at"];

/// What a column is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filling {
    /// A new UUID.
    Uuid,
    /// The name of the tenant.
    Name,
    /// The same in the letters of addresses.
    Slug,
    /// The present.
    Moment,
}

/// Whether a column can hold a UUID.
pub fn is_uuid(column: &Column) -> bool {
    match column.ty {
        ColumnType::Uuid => true,
        // Text ids are as long as a UUID wherever a framework makes them.
        ColumnType::Text { max_chars } => max_chars.is_none_or(|max| max >= 36),
        _ => false,
    }
}

/// What a column of a new row is given; `key` says that it is the row's key, `tenant` that the row is a tenant.
pub fn filling(column: &Column, key: bool, tenant: bool) -> Option<Filling> {
    if column.generated != Generated::No {
        return None;
    }
    let wanted = !column.nullable && column.default.is_none();
    let name = column.name.to_ascii_lowercase();
    let text = matches!(column.ty, ColumnType::Text { .. });
    match name.as_str() {
        _ if wanted && key && is_uuid(column) => Some(Filling::Uuid),
        name if tenant && text && NAMES.contains(&name) => Some(Filling::Name),
        name if tenant && text && wanted && SLUGS.contains(&name) => Some(Filling::Slug),
        name if wanted && TIMES.contains(&name) => Some(Filling::Moment),
        _ => None,
    }
}

/// A column that a new tenant needs and that nothing fills; `key` is the key of the table.
pub fn unfilled<'t>(table: &'t Table, key: &Column) -> Option<&'t Column> {
    // A trigger may fill in what is missing; then the database has the word.
    if table.info.has_triggers {
        return None;
    }
    table.columns.iter().find(|column| {
        !column.nullable
            && column.default.is_none()
            && column.generated == Generated::No
            && filling(column, column.id == key.id, true).is_none()
    })
}
