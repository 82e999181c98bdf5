//! Writing: rows to insert, change and delete.

use super::{
    Delete, Insert, OnConflict, PlanError, Planner, Select, Selected, Update, condition::Ground, keys::key_condition,
    planner::Aliases, select::keys_condition,
};
use crate::{
    Json, Value,
    access::{Action, Grant},
    convert::Purpose,
    request::Expression,
};
use portcullis_schema::{Column, Generated, Table, closest};

/// Columns and values of one row, resolved.
pub type WriteRow<'s> = Vec<(&'s Column, Value)>;

impl<'s> Planner<'s> {
    /// Asks for the right to write, and that the table can be written at all.
    ///
    /// # Errors
    ///
    /// [`PlanError::Refused`], [`PlanError::ReadOnly`].
    pub fn write_grant(&self, action: Action, table: &'s Table) -> Result<Grant, PlanError> {
        let grant = self.grant(action, table)?;
        if table.is_writable() { Ok(grant) } else { Err(PlanError::ReadOnly { table: table.name.clone() }) }
    }

    /// Resolves the members of a body into columns and values.
    ///
    /// # Errors
    ///
    /// An unknown or unwritable column, a value that does not fit.
    pub fn write_row(
        &self,
        table: &'s Table,
        grant: &Grant,
        members: &[(String, Json)],
        place: &str,
    ) -> Result<WriteRow<'s>, PlanError> {
        let mut row: WriteRow<'s> = Vec::with_capacity(members.len());
        for (name, word) in members {
            let place = format!("{place}/{name}");
            // A counter that is null counts on, also one that is never the writer's.
            let counts = |column: &Column| matches!(column.generated, Generated::Counter | Generated::CounterAlways);
            if matches!(word, Json::Null)
                && grant.readable_column(table, name).is_some_and(counts)
                && table.is_writable()
            {
                continue;
            }
            let column = self.writable_column(table, grant, name, &place)?;
            if row.iter().any(|(known, _)| known.id == column.id) {
                return Err(PlanError::Invalid {
                    code: "invalid_body",
                    message: format!("the column `{}` is given twice", column.name),
                    place,
                });
            }
            let value = self.value(column, word, Purpose::Write, &place)?;
            if value.is_null() && !column.nullable {
                return Err(PlanError::Invalid {
                    code: "null_not_allowed",
                    message: format!("the column `{}` must not be null", column.name),
                    place,
                });
            }
            row.push((column, value));
        }
        Ok(row)
    }

    fn writable_column(
        &self,
        table: &'s Table,
        grant: &Grant,
        word: &str,
        place: &str,
    ) -> Result<&'s Column, PlanError> {
        let column = table.find_column(word);
        match column {
            Some(column) if grant.writes(column.id) => Ok(column),
            // A column one may read but not write is no secret.
            Some(column) if grant.reads(column.id) => Err(PlanError::Invalid {
                code: "not_writable",
                message: match column.generated {
                    Generated::Computed => format!("the column `{}` is computed by the database", column.name),
                    Generated::CounterAlways => format!("the column `{}` is counted by the database", column.name),
                    Generated::No | Generated::Counter => format!("the column `{}` cannot be written", column.name),
                },
                place: place.to_owned(),
            }),
            _ => Err(PlanError::UnknownColumn {
                table: table.name.clone(),
                column: word.to_owned(),
                suggestion: closest(word, grant.readable_columns(table).map(|column| column.name.as_str()))
                    .map(ToOwned::to_owned),
                place: place.to_owned(),
            }),
        }
    }

    /// Plans one insert; `row` comes from [`Planner::write_row`].
    ///
    /// # Errors
    ///
    /// A required column is missing, or `conflict` names no unique key.
    pub fn insert(
        &self,
        table: &'s Table,
        grant: &Grant,
        row: WriteRow<'s>,
        conflict: Option<&[String]>,
        place: &str,
    ) -> Result<Insert<'s>, PlanError> {
        debug_assert_eq!(grant.action(), Action::Create);
        // A trigger may fill in what is missing; then the database has the word.
        if !table.info.has_triggers {
            let missing = table.columns.iter().find(|column| {
                !column.nullable
                    && column.default.is_none()
                    && column.generated == Generated::No
                    && !row.iter().any(|(given, _)| given.id == column.id)
                    // Of a hidden one the database tells.
                    && (grant.reads(column.id) || grant.writes(column.id))
            });
            if let Some(column) = missing {
                return Err(PlanError::Invalid {
                    code: "missing_column",
                    message: format!("the column `{}` is required", column.name),
                    place: format!("{place}/{}", column.name),
                });
            }
        }
        let on_conflict = conflict.map(|words| self.on_conflict(table, grant, &row, words)).transpose()?;
        Ok(Insert { table, values: row, on_conflict, returning: self.returning(table, grant) })
    }

    fn on_conflict(
        &self,
        table: &'s Table,
        grant: &Grant,
        row: &WriteRow<'s>,
        words: &[String],
    ) -> Result<OnConflict<'s>, PlanError> {
        self.write_grant(Action::Update, table)?;
        let invalid =
            |message: String| PlanError::Invalid { code: "invalid_conflict", message, place: "on_conflict".to_owned() };
        let key =
            words.iter().map(|word| self.column(table, grant, word, "on_conflict")).collect::<Result<Vec<_>, _>>()?;
        let unique = table.unique_keys.iter().any(|unique| {
            unique.len() == key.len() && unique.iter().all(|id| key.iter().any(|column| column.id == *id))
        });
        if !unique {
            return Err(invalid(format!("({}) is no unique key of `{}`", words.join(", "), table.name)));
        }
        if let Some(column) =
            key.iter().find(|column| !row.iter().any(|(given, value)| given.id == column.id && !value.is_null()))
        {
            return Err(invalid(format!("the row lacks `{}`, by which conflicts are found", column.name)));
        }
        let update = row
            .iter()
            .map(|(column, _)| *column)
            .filter(|column| !key.iter().any(|part| part.id == column.id) && !table.primary_key.contains(&column.id))
            .collect();
        Ok(OnConflict { key, update })
    }

    /// Plans the change of rows; `set` comes from [`Planner::write_row`].
    pub fn update(
        &self,
        table: &'s Table,
        grant: &Grant,
        keys: Vec<Vec<Value>>,
        set: WriteRow<'s>,
        returning: bool,
    ) -> Update<'s> {
        debug_assert_eq!(grant.action(), Action::Update);
        Update {
            table,
            set,
            condition: rows_of(table, keys),
            returning: if returning { self.returning(table, grant) } else { Vec::new() },
        }
    }

    /// Plans the deletion of rows.
    pub fn delete(&self, table: &'s Table, grant: &Grant, keys: Vec<Vec<Value>>, returning: bool) -> Delete<'s> {
        debug_assert_eq!(grant.action(), Action::Delete);
        Delete {
            table,
            condition: rows_of(table, keys),
            returning: if returning { self.returning(table, grant) } else { Vec::new() },
        }
    }

    /// Plans the reading of the keys (and, captured, nothing else) of the rows a mass write touches, locked;
    /// one more than `cap` is read.
    ///
    /// # Errors
    ///
    /// The filter is empty, or does not fit the table.
    pub fn mass_keys(
        &self,
        table: &'s Table,
        grant: &Grant,
        filter: &[Expression],
        cap: u64,
    ) -> Result<Select<'s>, PlanError> {
        let mut select = self.mass_rows(table, grant, filter)?;
        select.columns = Vec::new();
        for id in &table.primary_key {
            let column = super::ColumnRef { alias: 0, column: table.column(*id) };
            select.capture(super::Operand::Column(column));
        }
        select.lock = true;
        select.limit = Some(cap.saturating_add(1));
        Ok(select)
    }

    /// Plans the reading of the rows a mass write touches.
    ///
    /// # Errors
    ///
    /// As [`Planner::mass_keys`].
    pub fn mass_rows(&self, table: &'s Table, grant: &Grant, filter: &[Expression]) -> Result<Select<'s>, PlanError> {
        if table.primary_key.is_empty() {
            return Err(PlanError::NoKey { table: table.name.clone() });
        }
        self.limits.check_expressions(filter)?;
        let ground = Ground { table, alias: 0, grant };
        let mut select = Select::from(table);
        select.condition = self.conditions(ground, &mut Aliases::default(), filter)?;
        if select.condition.is_always() {
            return Err(PlanError::Invalid {
                code: "empty_filter",
                message: "an empty filter would touch the whole table; name a condition".to_owned(),
                place: "/expressions".to_owned(),
            });
        }
        select.columns = self.readable(table, grant);
        let keys = table.primary_key.iter().map(|id| table.column(*id));
        super::order::make_total(&mut select.order, 0, keys);
        Ok(select)
    }

    /// The columns given back of a written row: all that may be read, the key captured.
    fn returning(&self, table: &'s Table, grant: &Grant) -> Vec<Selected<'s>> {
        let mut select = Select::from(table);
        select.columns = self.readable(table, grant);
        for id in &table.primary_key {
            let column = super::ColumnRef { alias: 0, column: table.column(*id) };
            select.capture(super::Operand::Column(column));
        }
        select.columns
    }
}

fn rows_of(table: &Table, mut keys: Vec<Vec<Value>>) -> super::Condition<'_> {
    if keys.len() == 1 {
        return key_condition(table, &keys.swap_remove(0));
    }
    keys_condition(table, keys)
}
