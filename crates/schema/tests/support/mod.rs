//! Catalogues written as text, for tests.
//!
//! ```text
//! users
//!   id         int counter key
//!   account_id int null ->accounts.id
//!   email      text(254) unique
//! order_items
//!   order_id   int ->orders.id
//!   line       int
//!   key (order_id, line)
//!   fk (order_id, line) other (a, b)
//! view active_users
//!   id int
//! ```

use portcullis_schema::{
    Catalog, ColumnInfo, ColumnType, ForeignKeyInfo, Generated, Storage, TableInfo, TableKind, UniqueKey,
};

/// Reads a catalogue.
pub fn catalog(text: &str) -> Catalog {
    let mut tables: Vec<TableInfo> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with(' ') {
            member(tables.last_mut().expect("a table before its columns"), &words, line);
        } else {
            tables.push(table(&words));
        }
    }
    Catalog { tables }
}

fn table(words: &[&str]) -> TableInfo {
    let (kind, name) = match words {
        ["view", name, ..] => (TableKind::View, *name),
        [name, ..] => (TableKind::Table, *name),
        [] => unreachable!("a line without words is no line"),
    };
    let (schema, name) = match name.split_once('.') {
        Some((schema, name)) => (Some(schema.to_owned()), name),
        None => (None, name),
    };
    TableInfo {
        schema,
        name: name.to_owned(),
        kind,
        columns: Vec::new(),
        primary_key: Vec::new(),
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        comment: None,
        has_triggers: words.contains(&"triggers"),
    }
}

fn member(table: &mut TableInfo, words: &[&str], line: &str) {
    let list = |text: &str| -> Vec<String> { text.split(',').map(|name| name.trim().to_owned()).collect() };
    let parts: Vec<&str> = line.split(['(', ')']).map(str::trim).collect();
    match words[0] {
        "key" => table.primary_key = list(parts[1]),
        "unique" => {
            let columns = list(parts[1]);
            table.unique_keys.push(UniqueKey { name: columns.join("_"), columns });
        }
        "fk" => foreign_key(table, list(parts[1]), parts[2], list(parts[3])),
        name => column(table, name, words),
    }
}

fn foreign_key(table: &mut TableInfo, columns: Vec<String>, parent: &str, parent_columns: Vec<String>) {
    let (parent_schema, parent) = match parent.split_once('/') {
        Some((schema, parent)) => (Some(schema.to_owned()), parent),
        None => (table.schema.clone(), parent),
    };
    table.foreign_keys.push(ForeignKeyInfo {
        name: format!("fk_{}", columns.join("_")),
        columns,
        parent_schema,
        parent: parent.to_owned(),
        parent_columns,
        on_delete: None,
        on_update: None,
    });
}

fn column(table: &mut TableInfo, name: &str, words: &[&str]) {
    let flags = &words[2..];
    let has = |flag: &str| flags.contains(&flag);
    let generated = match () {
        () if has("counter") => Generated::Counter,
        () if has("always") => Generated::CounterAlways,
        () if has("computed") => Generated::Computed,
        () => Generated::No,
    };
    let storage = match flags.iter().find_map(|flag| flag.strip_prefix("as:")) {
        None => Storage::Native,
        Some("space") => Storage::TextSpace,
        Some("iso") => Storage::TextIso,
        Some("seconds") => Storage::EpochSeconds,
        Some("millis") => Storage::EpochMillis,
        Some("bytes") => Storage::UuidBytes,
        Some("cast") => Storage::CastText,
        Some(other) => panic!("no storage {other}"),
    };
    let own = || vec![name.to_owned()];
    if has("key") {
        table.primary_key.push(name.to_owned());
    }
    if has("unique") {
        table.unique_keys.push(UniqueKey { name: name.to_owned(), columns: own() });
    }
    if let Some((parent, column)) = flags.iter().find_map(|flag| flag.strip_prefix("->")?.split_once('.')) {
        foreign_key(table, own(), parent, vec![column.to_owned()]);
    }
    table.columns.push(ColumnInfo {
        name: name.to_owned(),
        native_type: words[1].to_owned(),
        ty: column_type(words[1]),
        nullable: has("null"),
        default: has("default").then(|| "DEFAULT".to_owned()),
        generated,
        comment: None,
        storage,
    });
}

fn column_type(word: &str) -> ColumnType {
    if let Some(item) = word.strip_suffix("[]") {
        return ColumnType::Array { item: Box::new(column_type(item)) };
    }
    let (word, arguments) = word.split_once('(').unwrap_or((word, ""));
    let arguments = arguments.trim_end_matches(')');
    let number = |text: &str| text.parse().ok();
    match word {
        "bool" => ColumnType::Boolean,
        "int" => ColumnType::Integer { bits: 64, signed: true },
        "int16" => ColumnType::Integer { bits: 16, signed: true },
        "uint" => ColumnType::Integer { bits: 64, signed: false },
        "decimal" => match arguments.split_once(',') {
            Some((precision, scale)) => ColumnType::Decimal { precision: number(precision), scale: number(scale) },
            None => ColumnType::Decimal { precision: None, scale: None },
        },
        "float" => ColumnType::Float { bits: 64 },
        "float32" => ColumnType::Float { bits: 32 },
        "text" => ColumnType::Text { max_chars: number(arguments) },
        "enum" => ColumnType::Enum { values: arguments.split('|').map(ToOwned::to_owned).collect() },
        "uuid" => ColumnType::Uuid,
        "date" => ColumnType::Date,
        "time" => ColumnType::Time { zone: false },
        "datetime" => ColumnType::DateTime { zone: false },
        "datetimetz" => ColumnType::DateTime { zone: true },
        "json" => ColumnType::Json,
        "bytes" => ColumnType::Bytes,
        "other" => ColumnType::Other,
        other => panic!("no type {other}"),
    }
}
