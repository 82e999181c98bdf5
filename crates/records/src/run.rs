//! Running statements: alone on the engine, or inside a transaction that is tried again after a deadlock.

use crate::{RecordsError, Session};
use portcullis_engines::{EngineError, Transaction, TxMode};
use portcullis_query::{
    Rows, Statement, Value,
    access::Grant,
    plan::{Selected, WriteRow},
    render,
};
use portcullis_schema::Table;

/// How often a transaction that lost a race is tried again. REL-18.
const RETRIES: u32 = 3;

impl Session<'_> {
    /// Runs one statement on its own; a lost race is tried again, as nothing was done.
    pub(crate) async fn fetch(&self, statement: Statement, table: &Table) -> Result<Rows, RecordsError> {
        let mut tries = 0;
        loop {
            match self.project.engine.fetch(statement.clone()).await {
                Err(error) if error.is_retryable() && tries < RETRIES => tries += 1,
                result => return result.map_err(|error| self.failed(error, table, false)),
            }
        }
    }

    /// Runs one statement that cannot lose a race on its own.
    pub(crate) async fn fetch_once(&self, statement: Statement, table: &Table) -> Result<Rows, RecordsError> {
        self.project.engine.fetch(statement).await.map_err(|error| self.failed(error, table, false))
    }

    /// Opens a transaction for writing.
    pub(crate) async fn begin(&self, table: &Table) -> Result<Work, RecordsError> {
        let transaction =
            self.project.engine.begin(TxMode::Write).await.map_err(|error| self.failed(error, table, false))?;
        Ok(Work { transaction })
    }

    /// Commits.
    pub(crate) async fn commit(&self, work: Work, table: &Table) -> Result<(), RecordsError> {
        work.transaction.commit().await.map_err(|error| self.failed(error, table, false))
    }
}

/// Whether a use-case may be run again from its start.
pub(crate) fn may_retry(error: &RecordsError, tries: &mut u32) -> bool {
    let again = matches!(error, RecordsError::Database(EngineError::Serialization)) && *tries < RETRIES;
    *tries += 1;
    again
}

/// Runs `$body`, a block that opens and commits its own transaction, again while it loses races.
macro_rules! retrying {
    ($body:expr) => {{
        let mut tries = 0;
        loop {
            match $body.await {
                Err(error) if crate::run::may_retry(&error, &mut tries) => {}
                result => break result,
            }
        }
    }};
}
pub(crate) use retrying;

/// An open transaction.
pub(crate) struct Work {
    pub transaction: Box<dyn Transaction>,
}

impl Work {
    pub(crate) async fn fetch(
        &mut self,
        session: &Session<'_>,
        statement: Statement,
        table: &Table,
        deleting: bool,
    ) -> Result<Rows, RecordsError> {
        self.transaction.fetch(statement).await.map_err(|error| session.failed(error, table, deleting))
    }
}

impl Work {
    /// Asks whether rows that were just written may stay as they are.
    ///
    /// # Errors
    ///
    /// [`RecordsError::OutOfScope`], or [`RecordsError::ForeignKey`] for a parent the caller could not read: as for one
    /// that is not there. Whoever began the transaction takes it back.
    pub(crate) async fn check(
        &mut self,
        session: &Session<'_>,
        table: &Table,
        grant: &Grant,
        keys: Vec<Vec<Value>>,
        written: &WriteRow<'_>,
    ) -> Result<(), RecordsError> {
        let planner = session.planner();
        let count = keys.len();
        if count == 0 {
            // A row that cannot be named cannot be looked at.
            let blind = planner.needs_checks(table, grant, written);
            return if blind { Err(RecordsError::OutOfScope) } else { Ok(()) };
        }
        let Some(checks) = planner.checks(table, grant, keys, written)? else { return Ok(()) };
        let dialect = planner.dialect;
        if self.fetch(session, render::select(&checks.all, dialect), table, false).await?.len() == count {
            return Ok(());
        }
        // A parent that cannot be read is told as one that is not there, also where the row is scoped through it.
        for (columns, parent) in &checks.parents {
            if self.fetch(session, render::select(parent, dialect), table, false).await?.len() < count {
                let named = columns.iter().filter(|_| dialect.names_foreign_keys());
                let columns = named.map(|column| column.name.clone()).collect();
                return Err(RecordsError::ForeignKey { columns, deleting: false });
            }
        }
        Err(RecordsError::OutOfScope)
    }
}

/// The primary key of result row `row`, given what was selected: captured values come in the order of the result.
pub(crate) fn key_of(table: &Table, selected: &[Selected<'_>], rows: &Rows, row: usize) -> Option<Vec<Value>> {
    let captured: Vec<_> = selected.iter().filter(|selected| selected.output.captured).collect();
    let values = rows.captured(row, captured.len());
    table
        .primary_key
        .iter()
        .map(|id| {
            let at = captured.iter().position(|selected| match &selected.operand {
                portcullis_query::plan::Operand::Column(own) => own.alias == 0 && own.column.id == *id,
                _ => false,
            })?;
            values.get(at).cloned()
        })
        .collect()
}
