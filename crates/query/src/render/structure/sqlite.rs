//! SQLite: a column can be added; anything else makes the table anew and copies its rows.

use super::{
    Script, Step, Structure, StructureChange, bounds, customer_column::ColumnOf, indexes, labels, list, literal,
    object_name, quoted, reference,
};
use crate::render::dialects::SQLITE;
use portcullis_schema::wanted::{KEY, WantedColumn, WantedDefault, WantedTable, WantedType};

/// A random UUID of version 4, as text.
const RANDOM_UUID: &str = "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || \
     substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))";

/// SQLite's structure.
#[derive(Debug, Clone, Copy)]
pub struct SqliteStructure;

impl Structure for SqliteStructure {
    fn write(&self, change: &StructureChange<'_>, _: Option<&str>, out: &mut Script) {
        match change {
            StructureChange::Create(table) => {
                out.main.push(create(table, &table.name));
                beside(table, &mut out.last);
            }
            StructureChange::Drop { table, .. } => out.first.push(format!("DROP TABLE {}", name(table))),
            StructureChange::Alter { table, kept, steps } => alter(table, kept, steps, out),
        }
    }

    fn is_transactional(&self) -> bool {
        true
    }

    // A bound is a check of the table here, and a check changes only with the whole table.
    fn widen(&self, _: &ColumnOf<'_>, _: u32, _: Option<&str>) -> Option<String> {
        None
    }

    fn widens_from_definition(&self) -> bool {
        false
    }
}

fn name(name: &str) -> String {
    quoted(&SQLITE, name)
}

fn alter(table: &WantedTable, kept: &[&str], steps: &[Step<'_>], out: &mut Script) {
    let as_it_is = |step: &Step<'_>| match step {
        Step::AddColumn(column) => is_simple(column),
        Step::AddUnique(_) | Step::DropUnique { .. } | Step::AddIndex(_) | Step::DropIndex(_) | Step::Touch => true,
        // Of a column that is added, where it stands in the column itself.
        Step::AddReference(column) => !kept.contains(&column.name.as_str()),
        Step::DropColumn { .. } | Step::ChangeColumn { .. } | Step::DropReference(_) => false,
    };
    if !steps.iter().all(as_it_is) {
        return rebuild(table, kept, out);
    }
    for step in steps {
        match step {
            Step::AddColumn(column) => {
                out.main.push(format!("ALTER TABLE {} ADD COLUMN {}", name(&table.name), definition(column)));
            }
            Step::AddUnique(columns) => out.last.push(index(&table.name, true, columns)),
            Step::AddIndex(column) => out.last.push(index(&table.name, false, &[(*column).to_owned()])),
            Step::DropUnique { name: index, .. } => out.first.push(format!("DROP INDEX {}", name(index))),
            Step::DropIndex(column) => {
                let index = object_name("ix", &table.name, &[column]);
                out.first.push(format!("DROP INDEX IF EXISTS {}", name(&index)));
            }
            Step::Touch => out.last.extend(touch(table)),
            Step::AddReference(_) | Step::DropColumn { .. } | Step::ChangeColumn { .. } | Step::DropReference(_) => {}
        }
    }
}

/// What `ALTER TABLE ADD COLUMN` takes. Source: SQLite, "ALTER TABLE", section 4.
fn is_simple(column: &WantedColumn) -> bool {
    match &column.default {
        Some(default) => default.is_constant() && column.references.is_none(),
        None => !column.required,
    }
}

/// Source: SQLite, "ALTER TABLE", section 7; foreign keys are off meanwhile and checked at the end.
fn rebuild(table: &WantedTable, kept: &[&str], out: &mut Script) {
    let aside = format!("portcullis_new_{}", table.name);
    let (old, new) = (name(&table.name), name(&aside));
    out.main.push(create(table, &aside));
    let values: Vec<String> = kept.iter().map(|column| copied(table, column)).collect();
    out.main.push(format!("INSERT INTO {new} ({}) SELECT {} FROM {old}", list(&SQLITE, kept), values.join(", ")));
    out.main.push(format!("DROP TABLE {old}"));
    out.main.push(format!("ALTER TABLE {new} RENAME TO {old}"));
    beside(table, &mut out.last);
}

/// A column in the copy: a required one with a default fills its gaps.
fn copied(table: &WantedTable, column: &str) -> String {
    let own = name(column);
    match table.column(column) {
        Some(WantedColumn { required: true, default: Some(value), .. }) => {
            format!("coalesce({own}, {})", default(value))
        }
        _ => own,
    }
}

fn create(table: &WantedTable, called: &str) -> String {
    let columns: Vec<String> = table.columns.iter().map(definition).collect();
    format!("CREATE TABLE {} ({})", name(called), columns.join(", "))
}

/// Indexes and the trigger of a table.
fn beside(table: &WantedTable, out: &mut Vec<String>) {
    out.extend(indexes(table).iter().map(|(unique, columns)| index(&table.name, *unique, columns)));
    out.extend(touch(table));
}

fn index(table: &str, unique: bool, columns: &[String]) -> String {
    let (word, kind) = if unique { ("UNIQUE INDEX", "uq") } else { ("INDEX", "ix") };
    let index = name(&object_name(kind, table, columns));
    format!("CREATE {word} IF NOT EXISTS {index} ON {} ({})", name(table), list(&SQLITE, columns))
}

/// Triggers do not set off triggers here, so that the change inside ends it.
fn touch(table: &WantedTable) -> Option<String> {
    let column = name(table.touched.as_ref()?);
    let (table_name, key) = (name(&table.name), name(KEY));
    let trigger = name(&object_name("touch", &table.name, &[] as &[&str]));
    Some(format!(
        "CREATE TRIGGER IF NOT EXISTS {trigger} AFTER UPDATE ON {table_name} FOR EACH ROW WHEN NEW.{column} IS OLD.{column} \
         BEGIN UPDATE {table_name} SET {column} = CURRENT_TIMESTAMP WHERE {key} = NEW.{key}; END"
    ))
}

fn definition(column: &WantedColumn) -> String {
    let own = name(&column.name);
    let mut text = format!("{own} {}", word(&column.ty));
    if column.required || column.name == KEY {
        text.push_str(" NOT NULL");
    }
    if column.name == KEY {
        text.push_str(" PRIMARY KEY");
    }
    if let Some(value) = &column.default {
        text.push_str(&format!(" DEFAULT {}", default(value)));
    }
    match &column.ty {
        WantedType::Text { max_chars: Some(max) } => text.push_str(&format!(" CHECK (length({own}) <= {max})")),
        WantedType::Enum(values) => text.push_str(&format!(" CHECK ({own} IN ({}))", labels(&SQLITE, values))),
        _ => {}
    }
    if let Some(bounds) = bounds(&SQLITE, column) {
        text.push_str(&format!(" CHECK ({bounds})"));
    }
    if let Some(reference) = reference(&SQLITE, column, None) {
        text.push_str(&format!(" {reference}"));
    }
    text
}

fn word(ty: &WantedType) -> String {
    match ty {
        WantedType::Text { max_chars: Some(max) } => format!("VARCHAR({max})"),
        WantedType::Text { max_chars: None } | WantedType::Enum(_) => "TEXT".to_owned(),
        WantedType::Integer => "INTEGER".to_owned(),
        WantedType::Float => "REAL".to_owned(),
        WantedType::Boolean => "BOOLEAN".to_owned(),
        WantedType::Date => "DATE".to_owned(),
        WantedType::DateTime => "DATETIME".to_owned(),
        WantedType::Json => "JSON".to_owned(),
        WantedType::Uuid => "UUID".to_owned(),
    }
}

fn default(value: &WantedDefault) -> String {
    match value {
        WantedDefault::Text(text) => literal(&SQLITE, text),
        WantedDefault::Number(digits) => digits.clone(),
        WantedDefault::Boolean(value) => i32::from(*value).to_string(),
        WantedDefault::Now => "CURRENT_TIMESTAMP".to_owned(),
        WantedDefault::Uuid => RANDOM_UUID.to_owned(),
    }
}
