//! MariaDB and MySQL: every statement is a transaction of its own, so that each leaves a structure one can go on from.

use super::{
    Script, Step, Structure, StructureChange, bounds, customer_column::ColumnOf, indexes, labels, list, literal,
    object_name, quoted, reference,
};
use crate::render::dialects::MARIADB;
use portcullis_schema::wanted::{KEY, WantedColumn, WantedDefault, WantedTable, WantedType};

/// A random UUID of version 4.
const RANDOM_UUID: &str = "(lower(concat(hex(random_bytes(4)), '-', hex(random_bytes(2)), '-4', substr(hex(random_bytes(2)), 2), '-', \
     substr('89ab', 1 + (ord(random_bytes(1)) & 3), 1), substr(hex(random_bytes(2)), 2), '-', hex(random_bytes(6)))))";

/// MariaDB's structure (`mariadb`) or MySQL's, which has no type for UUIDs.
#[derive(Debug, Clone, Copy)]
pub struct MySqlStructure {
    /// Whether the server is MariaDB.
    pub mariadb: bool,
}

impl Structure for MySqlStructure {
    fn write(&self, change: &StructureChange<'_>, _: Option<&str>, out: &mut Script) {
        match change {
            StructureChange::Create(table) => self.create(table, out),
            StructureChange::Drop { table, references, .. } => {
                for reference in references {
                    out.first.push(format!("ALTER TABLE {} DROP FOREIGN KEY {}", name(table), name(reference)));
                }
                out.first.push(format!("DROP TABLE {}", name(table)));
            }
            StructureChange::Alter { table, steps, .. } => {
                for step in steps {
                    self.step(table, step, out);
                }
            }
        }
    }

    fn is_transactional(&self) -> bool {
        false
    }

    // A column that is modified loses whatever is not said again: its line of the definition says it all.
    fn widen(&self, of: &ColumnOf<'_>, chars: u32, made: Option<&str>) -> Option<String> {
        let column = name(of.column);
        let begins = format!("{column} ");
        let line = made?.lines().skip(1).find_map(|line| line.trim_start().strip_prefix(&begins))?;
        let line = line.strip_suffix(',').unwrap_or(line);
        let end = line.find(' ').unwrap_or(line.len());
        let (ty, rest) = line.split_at(end);
        let is_text = ["varchar(", "char("].iter().any(|word| ty.starts_with(word)) || ty == "tinytext";
        is_text.then(|| format!("ALTER TABLE {} MODIFY COLUMN {column} varchar({chars}){rest}", of.place(&MARIADB)))
    }

    fn widens_from_definition(&self) -> bool {
        true
    }
}

fn name(name: &str) -> String {
    quoted(&MARIADB, name)
}

impl MySqlStructure {
    fn create(self, table: &WantedTable, out: &mut Script) {
        let mut parts: Vec<String> = table.columns.iter().map(|column| self.definition(table, column)).collect();
        parts.push(format!("PRIMARY KEY ({})", name(KEY)));
        // In one statement, so that a table is never there without them.
        for (unique, columns) in indexes(table) {
            let (word, kind) = if unique { ("UNIQUE KEY", "uq") } else { ("KEY", "ix") };
            parts.push(format!(
                "{word} {} ({})",
                name(&object_name(kind, &table.name, &columns)),
                list(&MARIADB, &columns)
            ));
        }
        out.main.push(format!(
            "CREATE TABLE {} ({}) ENGINE = InnoDB CHARACTER SET utf8mb4",
            name(&table.name),
            parts.join(", ")
        ));
        out.last.extend(table.columns.iter().filter_map(|column| self.add_reference(table, column)));
    }

    fn step(self, table: &WantedTable, step: &Step<'_>, out: &mut Script) {
        let own = name(&table.name);
        match step {
            Step::AddColumn(column) => {
                out.main.push(format!("ALTER TABLE {own} ADD COLUMN {}", self.definition(table, column)));
            }
            Step::DropColumn { name: column, .. } => {
                out.first.push(format!("ALTER TABLE {own} DROP COLUMN {}", name(column)));
            }
            Step::ChangeColumn { column, .. } => {
                if let (
                    true,
                    Some(value @ (WantedDefault::Text(_) | WantedDefault::Number(_) | WantedDefault::Boolean(_))),
                ) = (column.required, &column.default)
                {
                    let column = name(&column.name);
                    out.main.push(format!("UPDATE {own} SET {column} = {} WHERE {column} IS NULL", default(value)));
                }
                out.main.push(format!("ALTER TABLE {own} MODIFY COLUMN {}", self.definition(table, column)));
            }
            Step::AddReference(column) => out.last.extend(self.add_reference(table, column)),
            Step::DropReference(key) => out.first.push(format!("ALTER TABLE {own} DROP FOREIGN KEY {}", name(key))),
            Step::AddUnique(columns) => out.last.push(format!(
                "ALTER TABLE {own} ADD UNIQUE KEY {} ({})",
                name(&object_name("uq", &table.name, columns)),
                list(&MARIADB, columns)
            )),
            Step::DropUnique { name: index, columns } => {
                // A foreign key may lean on it.
                let first = columns.first().and_then(|first| table.column(first));
                if let Some(column) = first.filter(|column| column.references.is_some()) {
                    self.add_index(table, &column.name, &mut out.first);
                }
                out.first.push(format!("ALTER TABLE {own} DROP KEY {}", name(index)));
            }
            // A foreign key brings its index along; a crash may have left one behind.
            Step::AddIndex(column) => self.add_index(table, column, &mut out.last),
            Step::DropIndex(column) => {
                let index = name(&object_name("ix", &table.name, &[column]));
                let guard = if self.mariadb { "IF EXISTS " } else { "" };
                out.first.push(format!("ALTER TABLE {own} DROP KEY {guard}{index}"));
            }
            Step::Touch => {
                if let Some(column) = table.touched.as_ref().and_then(|column| table.column(column)) {
                    out.main.push(format!("ALTER TABLE {own} MODIFY COLUMN {}", self.definition(table, column)));
                }
            }
        }
    }

    fn add_index(self, table: &WantedTable, column: &str, out: &mut Vec<String>) {
        let index = name(&object_name("ix", &table.name, &[column]));
        let guard = if self.mariadb { "IF NOT EXISTS " } else { "" };
        out.push(format!("ALTER TABLE {} ADD KEY {guard}{index} ({})", name(&table.name), name(column)));
    }

    fn definition(self, table: &WantedTable, column: &WantedColumn) -> String {
        let mut text = format!("{} {}", name(&column.name), self.word(&column.ty));
        let required = column.required || column.name == KEY;
        text.push_str(if required { " NOT NULL" } else { " NULL" });
        if let Some(value) = &column.default {
            text.push_str(&format!(" DEFAULT {}", default(value)));
        }
        if table.touched.as_ref() == Some(&column.name) {
            text.push_str(" ON UPDATE CURRENT_TIMESTAMP(6)");
        }
        if let Some(bounds) = bounds(&MARIADB, column) {
            text.push_str(&format!(" CHECK ({bounds})"));
        }
        text
    }

    fn word(self, ty: &WantedType) -> String {
        match ty {
            WantedType::Text { max_chars: Some(max) } => format!("varchar({max})"),
            WantedType::Text { max_chars: None } => "longtext".to_owned(),
            WantedType::Integer => "bigint".to_owned(),
            WantedType::Float => "double".to_owned(),
            WantedType::Boolean => "tinyint(1)".to_owned(),
            WantedType::Date => "date".to_owned(),
            WantedType::DateTime => "datetime(6)".to_owned(),
            WantedType::Json => "json".to_owned(),
            WantedType::Uuid if self.mariadb => "uuid".to_owned(),
            WantedType::Uuid => "char(36)".to_owned(),
            WantedType::Enum(values) => format!("enum({})", labels(&MARIADB, values)),
        }
    }

    fn add_reference(self, table: &WantedTable, column: &WantedColumn) -> Option<String> {
        let reference = reference(&MARIADB, column, None)?;
        let key = name(&object_name("fk", &table.name, &[&column.name]));
        let own = name(&table.name);
        Some(format!("ALTER TABLE {own} ADD CONSTRAINT {key} FOREIGN KEY ({}) {reference}", name(&column.name)))
    }
}

fn default(value: &WantedDefault) -> String {
    match value {
        // In parentheses, because a text column takes no bare literal here.
        WantedDefault::Text(text) => format!("({})", literal(&MARIADB, text)),
        WantedDefault::Number(digits) => digits.clone(),
        WantedDefault::Boolean(value) => i32::from(*value).to_string(),
        WantedDefault::Now => "CURRENT_TIMESTAMP(6)".to_owned(),
        WantedDefault::Uuid => RANDOM_UUID.to_owned(),
    }
}
