//! PostgreSQL: everything in one transaction; labels are types of their own.

use super::{
    Script, Step, Structure, StructureChange, bounds, customer_column::ColumnOf, indexes, labels, list, literal,
    object_name, place, quoted, reference,
};
use crate::render::dialects::POSTGRES;
use portcullis_schema::wanted::{KEY, WantedColumn, WantedDefault, WantedTable, WantedType};

/// PostgreSQL's structure.
#[derive(Debug, Clone, Copy)]
pub struct PostgresStructure;

/// Where the tables are.
#[derive(Clone, Copy)]
struct At<'a>(Option<&'a str>);

impl Structure for PostgresStructure {
    fn write(&self, change: &StructureChange<'_>, schema: Option<&str>, out: &mut Script) {
        let at = At(schema);
        match change {
            StructureChange::Create(table) => at.create(table, out),
            StructureChange::Drop { table, references, enums } => {
                for reference in references {
                    out.first.push(format!("ALTER TABLE {} DROP CONSTRAINT {}", at.place(table), name(reference)));
                }
                out.first.push(format!("DROP TABLE {}", at.place(table)));
                out.first.extend(enums.iter().map(|column| at.drop_type(table, column)));
            }
            StructureChange::Alter { table, steps, .. } => {
                for step in steps {
                    at.step(table, step, out);
                }
            }
        }
    }

    fn is_transactional(&self) -> bool {
        true
    }

    fn widen(&self, of: &ColumnOf<'_>, chars: u32, _: Option<&str>) -> Option<String> {
        let (own, column) = (of.place(&POSTGRES), name(of.column));
        Some(format!("ALTER TABLE {own} ALTER COLUMN {column} TYPE varchar({chars})"))
    }

    fn widens_from_definition(&self) -> bool {
        false
    }
}

fn name(name: &str) -> String {
    quoted(&POSTGRES, name)
}

impl At<'_> {
    fn place(self, table: &str) -> String {
        place(&POSTGRES, table, self.0)
    }

    fn create(self, table: &WantedTable, out: &mut Script) {
        for column in &table.columns {
            out.main.extend(self.make_type(table, column, ""));
        }
        let columns: Vec<String> = table.columns.iter().map(|column| self.definition(table, column)).collect();
        let own = self.place(&table.name);
        out.main.push(format!("CREATE TABLE {own} ({}, PRIMARY KEY ({}))", columns.join(", "), name(KEY)));
        out.last.extend(indexes(table).iter().map(|(unique, columns)| self.index(&table.name, *unique, columns)));
        out.last.extend(table.columns.iter().filter_map(|column| self.add_reference(table, column)));
        self.touch(table, out);
    }

    fn step(self, table: &WantedTable, step: &Step<'_>, out: &mut Script) {
        let own = self.place(&table.name);
        match step {
            Step::AddColumn(column) => {
                out.main.extend(self.make_type(table, column, ""));
                out.main.push(format!("ALTER TABLE {own} ADD COLUMN {}", self.definition(table, column)));
            }
            Step::DropColumn { name: column, labels } => {
                out.first.push(format!("ALTER TABLE {own} DROP COLUMN {}", name(column)));
                out.first.extend(labels.then(|| self.drop_type(&table.name, column)));
            }
            Step::ChangeColumn { column, retyped } => self.change(table, column, *retyped, out),
            Step::AddReference(column) => out.last.extend(self.add_reference(table, column)),
            Step::DropReference(key) => out.first.push(format!("ALTER TABLE {own} DROP CONSTRAINT {}", name(key))),
            Step::AddUnique(columns) => out.last.push(self.index(&table.name, true, columns)),
            Step::DropUnique { name: index, .. } => out.first.push(format!("DROP INDEX {}", self.place(index))),
            Step::AddIndex(column) => out.last.push(self.index(&table.name, false, &[(*column).to_owned()])),
            Step::DropIndex(column) => {
                let index = object_name("ix", &table.name, &[column]);
                out.first.push(format!("DROP INDEX IF EXISTS {}", self.place(&index)));
            }
            Step::Touch => self.touch(table, out),
        }
    }

    fn change(self, table: &WantedTable, column: &WantedColumn, retyped: bool, out: &mut Script) {
        let (own, column_name) = (self.place(&table.name), name(&column.name));
        let mut alter = |what: String| out.main.push(format!("ALTER TABLE {own} {what}"));
        alter(format!("ALTER COLUMN {column_name} DROP DEFAULT"));
        let check = name(&object_name("ck", &table.name, &[&column.name]));
        alter(format!("DROP CONSTRAINT IF EXISTS {check}"));
        if retyped {
            out.main.extend(self.make_type(table, column, "_new"));
            let ty = match column.ty {
                WantedType::Enum(_) => self.type_name(table, column, "_new"),
                _ => self.word(table, column),
            };
            out.main.push(format!(
                "ALTER TABLE {own} ALTER COLUMN {column_name} TYPE {ty} USING ({column_name}::text)::{ty}"
            ));
            // The type of the former labels has this name, if there were any.
            out.main.push(self.drop_type(&table.name, &column.name));
            if matches!(column.ty, WantedType::Enum(_)) {
                let to = name(&object_name("en", &table.name, &[&column.name]));
                out.main.push(format!("ALTER TYPE {} RENAME TO {to}", self.type_name(table, column, "_new")));
            }
        }
        let mut alter = |what: String| out.main.push(format!("ALTER TABLE {own} {what}"));
        if let Some(value) = &column.default {
            alter(format!("ALTER COLUMN {column_name} SET DEFAULT {}", default(value)));
        }
        alter(format!("ALTER COLUMN {column_name} {} NOT NULL", if column.required { "SET" } else { "DROP" }));
        if let Some(bounds) = bounds(&POSTGRES, column) {
            alter(format!("ADD CONSTRAINT {check} CHECK ({bounds})"));
        }
        if let (true, Some(value)) = (column.required, &column.default) {
            // Before the bound that refuses what is missing.
            let at = out.main.len() - 1 - usize::from(bounds(&POSTGRES, column).is_some());
            let fill = format!("UPDATE {own} SET {column_name} = {} WHERE {column_name} IS NULL", default(value));
            out.main.insert(at, fill);
        }
    }

    fn definition(self, table: &WantedTable, column: &WantedColumn) -> String {
        let mut text = format!("{} {}", name(&column.name), self.word(table, column));
        if let Some(value) = &column.default {
            text.push_str(&format!(" DEFAULT {}", default(value)));
        }
        if column.required || column.name == KEY {
            text.push_str(" NOT NULL");
        }
        if let Some(bounds) = bounds(&POSTGRES, column) {
            let check = name(&object_name("ck", &table.name, &[&column.name]));
            text.push_str(&format!(" CONSTRAINT {check} CHECK ({bounds})"));
        }
        text
    }

    fn word(self, table: &WantedTable, column: &WantedColumn) -> String {
        match &column.ty {
            WantedType::Text { max_chars: Some(max) } => format!("varchar({max})"),
            WantedType::Text { max_chars: None } => "text".to_owned(),
            WantedType::Integer => "bigint".to_owned(),
            WantedType::Float => "double precision".to_owned(),
            WantedType::Boolean => "boolean".to_owned(),
            WantedType::Date => "date".to_owned(),
            WantedType::DateTime => "timestamptz".to_owned(),
            WantedType::Json => "jsonb".to_owned(),
            WantedType::Uuid => "uuid".to_owned(),
            WantedType::Enum(_) => self.type_name(table, column, ""),
        }
    }

    fn type_name(self, table: &WantedTable, column: &WantedColumn, ending: &str) -> String {
        self.place(&format!("{}{ending}", object_name("en", &table.name, &[&column.name])))
    }

    fn make_type(self, table: &WantedTable, column: &WantedColumn, ending: &str) -> Option<String> {
        let WantedType::Enum(values) = &column.ty else { return None };
        Some(format!("CREATE TYPE {} AS ENUM ({})", self.type_name(table, column, ending), labels(&POSTGRES, values)))
    }

    fn drop_type(self, table: &str, column: &str) -> String {
        format!("DROP TYPE IF EXISTS {}", self.place(&object_name("en", table, &[column])))
    }

    fn index(self, table: &str, unique: bool, columns: &[String]) -> String {
        let (word, kind) = if unique { ("UNIQUE INDEX", "uq") } else { ("INDEX", "ix") };
        let index = name(&object_name(kind, table, columns));
        format!("CREATE {word} IF NOT EXISTS {index} ON {} ({})", self.place(table), list(&POSTGRES, columns))
    }

    fn add_reference(self, table: &WantedTable, column: &WantedColumn) -> Option<String> {
        let reference = reference(&POSTGRES, column, self.0)?;
        let key = name(&object_name("fk", &table.name, &[&column.name]));
        let own = self.place(&table.name);
        Some(format!("ALTER TABLE {own} ADD CONSTRAINT {key} FOREIGN KEY ({}) {reference}", name(&column.name)))
    }

    fn touch(self, table: &WantedTable, out: &mut Script) {
        let Some(column) = &table.touched else { return };
        let function = self.place(&object_name("touch", &table.name, &[] as &[&str]));
        let (trigger, own) = (name(&object_name("touch", &table.name, &[] as &[&str])), self.place(&table.name));
        let column = name(column);
        out.last.push(format!(
            "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS \
             $touch$ BEGIN IF NEW.{column} IS NOT DISTINCT FROM OLD.{column} THEN NEW.{column} := now(); END IF; RETURN NEW; END $touch$"
        ));
        out.last.push(format!("DROP TRIGGER IF EXISTS {trigger} ON {own}"));
        out.last.push(format!(
            "CREATE TRIGGER {trigger} BEFORE UPDATE ON {own} FOR EACH ROW EXECUTE FUNCTION {function}()"
        ));
    }
}

fn default(value: &WantedDefault) -> String {
    match value {
        WantedDefault::Text(text) => literal(&POSTGRES, text),
        WantedDefault::Number(digits) => digits.clone(),
        WantedDefault::Boolean(value) => value.to_string(),
        WantedDefault::Now => "now()".to_owned(),
        WantedDefault::Uuid => "gen_random_uuid()".to_owned(),
    }
}
