//! What is wanted against what is there.
//!
//! Only what an earlier document made is ever dropped: other tables and columns of the database are left alone.

use super::SchemaChange;
use portcullis_query::render::structure::{Step, StructureChange, object_name};
use portcullis_schema::{
    Catalog, ColumnInfo, ColumnType, ForeignKeyInfo, TableInfo, TableKind,
    wanted::{KEY, WantedColumn, WantedTable, WantedType},
};

/// What earlier documents made.
#[derive(Debug, Default)]
pub struct Earlier {
    /// The document in force.
    pub applied: Vec<WantedTable>,
    /// The one that was being applied when something went wrong; some of it may be there.
    pub pending: Vec<WantedTable>,
}

/// The way from one structure to the other.
#[derive(Debug, Default)]
pub struct Difference<'a> {
    /// For the engine.
    pub changes: Vec<StructureChange<'a>>,
    /// For people.
    pub told: Vec<SchemaChange>,
    /// Tables that must have no row, with the required column that has no default.
    pub must_be_empty: Vec<(&'a str, &'a str)>,
    /// Columns that must have no gap, because they become required and have no default.
    pub must_be_full: Vec<(&'a str, &'a str)>,
    /// What keeps it from being done.
    pub faults: Vec<String>,
}

/// Compares. `rebuilds` says that the engine makes a table anew to change it, which takes along only declared columns.
pub fn compare<'a>(
    wanted: &'a [WantedTable],
    earlier: &'a Earlier,
    catalog: &'a Catalog,
    rebuilds: bool,
) -> Difference<'a> {
    let mut difference = Difference::default();
    for table in dropped(wanted, earlier) {
        if let Some(found) = find(catalog, table) {
            difference.drop_table(found);
        }
    }
    for table in wanted {
        match find(catalog, &table.name) {
            None => {
                difference.tell(
                    "create_table",
                    &table.name,
                    None,
                    false,
                    format!("the table `{}` is made", table.name),
                );
                difference.changes.push(StructureChange::Create(table));
            }
            Some(found) if found.kind != TableKind::Table => {
                difference.faults.push(format!("`tables.{}`: the database has a view of this name", table.name));
            }
            Some(found) => difference.alter(table, found, earlier, rebuilds),
        }
    }
    difference
}

fn find<'a>(catalog: &'a Catalog, name: &str) -> Option<&'a TableInfo> {
    catalog.tables.iter().find(|table| table.name == name)
}

fn dropped<'a>(wanted: &[WantedTable], earlier: &'a Earlier) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for table in earlier.applied.iter().chain(&earlier.pending) {
        if !wanted.iter().any(|other| other.name == table.name) && !names.contains(&table.name.as_str()) {
            names.push(&table.name);
        }
    }
    names
}

impl Earlier {
    fn column<'t>(tables: &'t [WantedTable], table: &str, column: &str) -> Option<&'t WantedColumn> {
        tables.iter().find(|own| own.name == table)?.column(column)
    }

    fn made(&self, table: &str, column: &str) -> bool {
        [&self.applied, &self.pending].into_iter().any(|tables| Self::column(tables, table, column).is_some())
    }

    /// The column as it is known to be there; `None` where nobody knows.
    fn known(&self, table: &str, column: &str) -> Option<&WantedColumn> {
        let applied = Self::column(&self.applied, table, column)?;
        match Self::column(&self.pending, table, column) {
            Some(pending) if pending != applied => None,
            _ => Some(applied),
        }
    }

    fn table(&self, name: &str) -> Option<&WantedTable> {
        self.applied.iter().find(|table| table.name == name)
    }
}

impl<'a> Difference<'a> {
    fn tell(&mut self, action: &'static str, table: &str, column: Option<&str>, destructive: bool, message: String) {
        let column = column.map(str::to_owned);
        self.told.push(SchemaChange { action, table: table.to_owned(), column, destructive, message });
    }

    fn drop_table(&mut self, found: &'a TableInfo) {
        let name = &found.name;
        self.tell("drop_table", name, None, true, format!("the table `{name}` goes, with all its rows"));
        let labels = |column: &&ColumnInfo| matches!(column.ty, ColumnType::Enum { .. });
        self.changes.push(StructureChange::Drop {
            table: name,
            references: found.foreign_keys.iter().map(|key| key.name.as_str()).collect(),
            enums: found.columns.iter().filter(labels).map(|column| column.name.as_str()).collect(),
        });
    }

    fn alter(&mut self, table: &'a WantedTable, found: &'a TableInfo, earlier: &'a Earlier, rebuilds: bool) {
        let mut steps: Vec<Step<'a>> = Vec::new();
        let name = table.name.as_str();
        if found.primary_key != [KEY] {
            self.faults.push(format!("`tables.{name}`: the table of this name has another key than `{KEY}`"));
            return;
        }
        for column in &table.columns {
            match found.columns.iter().find(|other| other.name == column.name) {
                None => self.add_column(table, column, &mut steps),
                Some(there) => self.change_column(table, column, there, found, earlier, &mut steps),
            }
        }
        for there in &found.columns {
            if table.column(&there.name).is_none() && earlier.made(name, &there.name) {
                let column = &there.name;
                let message = match column.as_str() {
                    "deleted_at" => {
                        format!("rows of `{name}` that were deleted are there again: the column `deleted_at` goes")
                    }
                    _ => format!("the column `{name}.{column}` goes, with all its values"),
                };
                self.tell("drop_column", name, Some(column), true, message);
                steps.extend(
                    found
                        .foreign_keys
                        .iter()
                        .filter(|key| key.columns == [column.clone()])
                        .map(|key| Step::DropReference(&key.name)),
                );
                let labels = matches!(there.ty, ColumnType::Enum { .. });
                steps.push(Step::DropColumn { name: column, labels });
            }
        }
        self.keys(table, found, earlier, &mut steps);
        let foreign: Vec<&str> = found
            .columns
            .iter()
            .filter(|there| table.column(&there.name).is_none() && !earlier.made(name, &there.name))
            .map(|there| there.name.as_str())
            .collect();
        let simple = |step: &Step<'_>| {
            matches!(
                step,
                Step::AddColumn(_)
                    | Step::AddUnique(_)
                    | Step::DropUnique { .. }
                    | Step::AddIndex(_)
                    | Step::DropIndex(_)
                    | Step::Touch
            )
        };
        if rebuilds && !foreign.is_empty() && !steps.iter().all(simple) {
            self.faults.push(format!(
                "`tables.{name}`: the table has to be made anew for this, and has columns that no declared schema made ({}); declare them too",
                foreign.join(", ")
            ));
        }
        if steps.is_empty() {
            return;
        }
        let kept = table
            .columns
            .iter()
            .filter(|column| found.columns.iter().any(|there| there.name == column.name))
            .map(|column| column.name.as_str())
            .collect();
        self.changes.push(StructureChange::Alter { table, kept, steps });
    }

    fn add_column(&mut self, table: &'a WantedTable, column: &'a WantedColumn, steps: &mut Vec<Step<'a>>) {
        let message = format!("the column `{}.{}` is added", table.name, column.name);
        self.tell("add_column", &table.name, Some(&column.name), false, message);
        if column.required && column.default.is_none() {
            self.must_be_empty.push((&table.name, &column.name));
        }
        steps.push(Step::AddColumn(column));
        if column.references.is_some() {
            steps.push(Step::AddReference(column));
        }
        if table.touched.as_ref() == Some(&column.name) {
            steps.push(Step::Touch);
        }
    }

    fn change_column(
        &mut self,
        table: &'a WantedTable,
        column: &'a WantedColumn,
        there: &'a ColumnInfo,
        found: &'a TableInfo,
        earlier: &Earlier,
        steps: &mut Vec<Step<'a>>,
    ) {
        let (name, own) = (table.name.as_str(), column.name.as_str());
        let retyped = !fits(&column.ty, &there.ty);
        let known = earlier.known(name, own);
        let renulled = there.nullable == column.required && own != KEY;
        let attributes = match known {
            Some(known) => (&known.default, &known.min, &known.max) != (&column.default, &column.min, &column.max),
            // Made by somebody else, or perhaps half changed: said once more. The key's default stays as it is.
            None => own != KEY && (column.default.is_some() || column.min.is_some() || column.max.is_some()),
        };
        if retyped {
            let destructive = loses(&column.ty, &there.ty);
            let message = format!(
                "the column `{name}.{own}` changes from {} to {}{}",
                shown(&there.ty),
                wanted_word(&column.ty),
                if destructive { ": values that do not fit are lost or refused" } else { "" }
            );
            self.tell("change_type", name, Some(own), destructive, message);
        } else if renulled || attributes {
            let what = match (renulled, column.required) {
                (true, true) => "becomes required",
                (true, false) => "becomes optional",
                (false, _) => "gets another default or other bounds",
            };
            self.tell("change_column", name, Some(own), false, format!("the column `{name}.{own}` {what}"));
        }
        if renulled && column.required && column.default.is_none() {
            self.must_be_full.push((name, own));
        }
        if retyped || renulled || attributes {
            steps.push(Step::ChangeColumn { column, retyped });
        }
        let key = found.foreign_keys.iter().find(|key| key.columns == [column.name.clone()]);
        self.reference(table, column, key, steps);
        if known.is_none() && table.touched.as_deref() == Some(own) {
            steps.push(Step::Touch);
        }
    }

    fn reference(
        &mut self,
        table: &WantedTable,
        column: &'a WantedColumn,
        found: Option<&'a ForeignKeyInfo>,
        steps: &mut Vec<Step<'a>>,
    ) {
        let same = match (&column.references, found) {
            (None, None) => true,
            (Some(wanted), Some(found)) => {
                let rule = found.on_delete.as_deref().filter(|rule| *rule != "NO ACTION").unwrap_or("RESTRICT");
                found.parent == wanted.table && rule == wanted.on_delete.sql()
            }
            _ => false,
        };
        if same {
            return;
        }
        let (name, own) = (&table.name, &column.name);
        if let Some(found) = found {
            let message = format!("`{name}.{own}` no longer points at `{}` as it did", found.parent);
            self.tell("drop_reference", name, Some(own), false, message);
            steps.push(Step::DropReference(&found.name));
        }
        if let Some(wanted) = &column.references {
            let message = format!(
                "`{name}.{own}` points at `{}`, on delete {}",
                wanted.table,
                wanted.on_delete.sql().to_lowercase()
            );
            self.tell("add_reference", name, Some(own), false, message);
            steps.push(Step::AddReference(column));
        }
    }

    /// Unique indexes, and columns that are looked up by.
    fn keys(&mut self, table: &'a WantedTable, found: &'a TableInfo, earlier: &'a Earlier, steps: &mut Vec<Step<'a>>) {
        let name = table.name.as_str();
        for columns in &table.unique {
            if !found.unique_keys.iter().any(|key| key.columns == *columns) {
                let list = columns.join(", ");
                let message = format!("the values of ({list}) in `{name}` occur once from now on");
                self.tell("add_unique", name, Some(&list), false, message);
                steps.push(Step::AddUnique(columns));
            }
        }
        for key in &found.unique_keys {
            let ours = object_name("uq", name, &key.columns) == key.name;
            if ours && !table.unique.contains(&key.columns) {
                let list = key.columns.join(", ");
                self.tell(
                    "drop_unique",
                    name,
                    Some(&list),
                    false,
                    format!("the values of ({list}) in `{name}` may occur twice"),
                );
                steps.push(Step::DropUnique { name: &key.name, columns: &key.columns });
            }
        }
        let before: Vec<&str> = earlier.table(name).map(WantedTable::looked_up_by).unwrap_or_default();
        let wanted = table.looked_up_by();
        for column in &wanted {
            if !before.contains(column) || earlier.known(name, column).is_none() {
                self.tell("add_index", name, Some(column), false, format!("`{name}.{column}` gets an index"));
                steps.push(Step::AddIndex(column));
            }
        }
        for column in before {
            // With its column an index goes by itself.
            if !wanted.contains(&column) && table.column(column).is_some() {
                self.tell("drop_index", name, Some(column), false, format!("`{name}.{column}` loses its index"));
                steps.push(Step::DropIndex(column));
            }
        }
    }
}

/// Whether a column holds already what is wanted.
fn fits(wanted: &WantedType, there: &ColumnType) -> bool {
    match (wanted, there) {
        (WantedType::Text { max_chars: Some(max) }, ColumnType::Text { max_chars: Some(found) }) => max == found,
        // As good as without a bound.
        (WantedType::Text { max_chars: None }, ColumnType::Text { max_chars }) => {
            max_chars.is_none_or(|max| max >= 65_535)
        }
        (WantedType::Integer, ColumnType::Integer { bits: 64, signed: true })
        | (WantedType::Float, ColumnType::Float { bits: 64 })
        | (WantedType::Boolean, ColumnType::Boolean)
        | (WantedType::Date, ColumnType::Date)
        | (WantedType::DateTime, ColumnType::DateTime { .. })
        | (WantedType::Json, ColumnType::Json)
        | (WantedType::Uuid, ColumnType::Uuid | ColumnType::Text { max_chars: Some(36) }) => true,
        (WantedType::Enum(values), ColumnType::Enum { values: found }) => values == found,
        _ => false,
    }
}

/// Whether values may be lost on the way.
fn loses(wanted: &WantedType, there: &ColumnType) -> bool {
    match (wanted, there) {
        (WantedType::Text { max_chars: Some(max) }, ColumnType::Text { max_chars }) => {
            max_chars.is_none_or(|found| found > *max)
        }
        (WantedType::Text { max_chars: None }, ColumnType::Text { .. }) => false,
        (WantedType::Enum(values), ColumnType::Enum { values: found }) => {
            found.iter().any(|label| !values.contains(label))
        }
        _ => true,
    }
}

fn shown(ty: &ColumnType) -> String {
    match ty {
        ColumnType::Text { max_chars: Some(max) } => format!("text of {max} characters"),
        ColumnType::Enum { values } => format!("enum ({})", values.join(", ")),
        other => other.word().to_owned(),
    }
}

fn wanted_word(ty: &WantedType) -> String {
    match ty {
        WantedType::Text { max_chars: Some(max) } => format!("text of {max} characters"),
        WantedType::Text { max_chars: None } => "text".to_owned(),
        WantedType::Enum(values) => format!("enum ({})", values.join(", ")),
        WantedType::Integer => "integer".to_owned(),
        WantedType::Float => "number".to_owned(),
        WantedType::Boolean => "boolean".to_owned(),
        WantedType::Date => "date".to_owned(),
        WantedType::DateTime => "date-time".to_owned(),
        WantedType::Json => "json".to_owned(),
        WantedType::Uuid => "uuid".to_owned(),
    }
}
