//! Writing: rows to insert, change and delete.

use super::{
    Condition, Delete, Insert, OnConflict, PlanError, Planner, Select, Selected, Update, condition::Ground,
    keys::key_condition, planner::Aliases, select::keys_condition,
};
use crate::{
    Json, Value,
    access::{Action, Grant, Reason, Refusal, RefusalKind},
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
            if let Some((column, expected)) = self.server_set(table, grant, name) {
                let given = self.value(column, word, Purpose::Write, &place).ok();
                if expected.is_none() || given != expected {
                    let message = format!("the column `{}` is set by the server; leave it out", column.name);
                    return Err(PlanError::ForbiddenValue { column: column.name.clone(), message, place });
                }
                // On insert it is filled in; on update it stays what it is.
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

    /// The column a word means, where the server sets it for this caller, and the value it has then. SEC-36.
    fn server_set(&self, table: &'s Table, grant: &Grant, word: &str) -> Option<(&'s Column, Option<Value>)> {
        if !grant.sets_tenant() && grant.sets_owner().is_none() {
            return None;
        }
        let column = grant.readable_column(table, word)?;
        if grant.sets_tenant() && self.tenant_column(table).is_some_and(|own| own.id == column.id) {
            return Some((column, self.tenant_value(column)));
        }
        let owner = grant.sets_owner() == Some(column.id) && !grant.frees_owner();
        owner.then(|| (column, self.owner_value(column)))
    }

    /// Whether a column is written by the server, for this caller.
    pub(super) fn is_server_set(&self, table: &'s Table, grant: &Grant, column: &Column) -> bool {
        (grant.sets_tenant() && self.tenant_column(table).is_some_and(|own| own.id == column.id))
            || (grant.sets_owner() == Some(column.id) && !grant.frees_owner())
    }

    /// Whether a value is the one that the caller's role gives new rows: the operator chose it, not the caller.
    pub(super) fn is_given(&self, grant: &Grant, column: &Column, value: &Value) -> bool {
        grant.defaults().iter().filter(|(id, _)| *id == column.id).any(|(_, word)| {
            let given = self.word(word).and_then(|word| self.value(column, &word, Purpose::Write, "").ok());
            given.as_ref() == Some(value)
        })
    }

    /// Adds what the server sets, and what roles give new rows.
    fn fill(&self, table: &'s Table, grant: &Grant, row: &mut WriteRow<'s>, place: &str) -> Result<(), PlanError> {
        let lacks = |row: &WriteRow<'s>, id| !row.iter().any(|(given, _)| given.id == id);
        if grant.sets_tenant() {
            let filled = self.tenant_column(table).and_then(|column| Some((column, self.tenant_value(column)?)));
            let Some((column, value)) = filled else {
                // A tenant that its column cannot hold is none. SEC-39.
                let refusal = Refusal { kind: RefusalKind::NoTenant, reason: Reason::NoTenant };
                return Err(PlanError::Refused { refusal, action: grant.action().word(), table: table.name.clone() });
            };
            row.retain(|(given, _)| given.id != column.id);
            row.push((column, value));
        }
        if let Some(id) = grant.sets_owner().filter(|id| lacks(row, *id))
            && let Some(value) = self.owner_value(table.column(id))
        {
            row.push((table.column(id), value));
        }
        for (id, value) in grant.defaults() {
            let column = table.column(*id);
            if lacks(row, *id)
                && let Some(word) = self.word(value)
            {
                let value = self.value(column, &word, Purpose::Write, &format!("{place}/{}", column.name))?;
                if column.nullable || !value.is_null() {
                    row.push((column, value));
                }
            }
        }
        Ok(())
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
        mut row: WriteRow<'s>,
        conflict: Option<&[String]>,
        place: &str,
    ) -> Result<Insert<'s>, PlanError> {
        debug_assert_eq!(grant.action(), Action::Create);
        let given: Vec<&Column> = row.iter().map(|(column, _)| *column).collect();
        self.fill(table, grant, &mut row, place)?;
        if table.primary_key.is_empty() && self.needs_checks(table, grant, &row) {
            return Err(PlanError::Unsupported { feature: "writing into a table without a primary key under rules" });
        }
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
        let on_conflict = conflict.map(|words| self.on_conflict(table, grant, &row, &given, words)).transpose()?;
        Ok(Insert { table, values: row, on_conflict, returning: self.returning(table, grant) })
    }

    fn on_conflict(
        &self,
        table: &'s Table,
        grant: &Grant,
        row: &WriteRow<'s>,
        given: &[&'s Column],
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
        // A row that is there already keeps what the server set.
        let update = given
            .iter()
            .copied()
            .filter(|column| !key.iter().any(|part| part.id == column.id) && !table.primary_key.contains(&column.id))
            .filter(|column| !self.is_server_set(table, grant, column))
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
            scope: self.scope(Ground { table, alias: 0, grant }, &mut Aliases::default()),
            condition: rows_of(table, keys),
            returning: if returning { self.returning(table, grant) } else { Vec::new() },
        }
    }

    /// Plans the deletion of rows.
    pub fn delete(&self, table: &'s Table, grant: &Grant, keys: Vec<Vec<Value>>, returning: bool) -> Delete<'s> {
        debug_assert_eq!(grant.action(), Action::Delete);
        let scope = self.scope(Ground { table, alias: 0, grant }, &mut Aliases::default());
        let (marks, scope) = match self.deletion(table, grant) {
            None => (None, scope),
            Some((column, Some(now))) => (Some((column, now)), scope),
            // A row that must stay and cannot be marked stays as it is.
            Some((_, None)) => (None, Condition::never()),
        };
        Delete {
            table,
            marks,
            scope,
            condition: rows_of(table, keys),
            returning: if returning { self.returning(table, grant) } else { Vec::new() },
        }
    }

    /// The deletion of the rows that a mass write touches, for people to read.
    pub fn mass_deletion(&self, grant: &Grant, rows: Select<'s>) -> Delete<'s> {
        let marks = self.deletion(rows.table, grant).and_then(|(column, now)| Some((column, now?)));
        Delete { marks, ..rows.into_delete() }
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
        // A filter reads: through it, and through the rows a preview shows, values could be asked for.
        let read = self.grant(Action::Read, table)?;
        let ground = Ground { table, alias: 0, grant: &read };
        let mut aliases = Aliases::default();
        let mut select = Select { scope: self.scopes(table, 0, &[grant, &read], &mut aliases), ..Select::from(table) };
        select.condition = self.conditions(ground, &mut aliases, filter)?;
        if select.condition.is_always() {
            return Err(PlanError::Invalid {
                code: "empty_filter",
                message: "an empty filter would touch the whole table; name a condition".to_owned(),
                place: "/expressions".to_owned(),
            });
        }
        select.columns = self.readable(table, &read);
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

pub(super) fn rows_of(table: &Table, mut keys: Vec<Vec<Value>>) -> super::Condition<'_> {
    if keys.len() == 1 {
        return key_condition(table, &keys.swap_remove(0));
    }
    keys_condition(table, keys)
}
