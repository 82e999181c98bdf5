//! What a few rows look like. Values are reduced to counts as they arrive; none is kept, none is logged.

use super::{
    lexicon::means_active,
    looks::{HashLooks, is_address},
};
use async_trait::async_trait;
use portcullis_base::Secret;
use portcullis_engines::EngineError;
use portcullis_schema::{Catalog, Database, Naming, Serve, Table};
use std::collections::{BTreeMap, HashSet};

/// How many rows of a table are looked at.
pub const SAMPLE_ROWS: u64 = 50;
/// How many tables are looked at.
const SAMPLE_TABLES: usize = 12;
/// How many columns of a table are looked at.
const SAMPLE_COLUMNS: usize = 16;

/// Reads a few rows of a customer's table.
#[async_trait]
pub trait Sampler: Send + Sync {
    /// Up to `rows` rows of the named columns, as text; NULL is `None`.
    async fn sample(&self, table: &Table, columns: &[&str], rows: u64) -> Result<Vec<SampleRow>, EngineError>;
}

/// One row of a sample.
pub type SampleRow = Vec<Option<Secret<String>>>;

/// What is known of the rows of some tables, by API name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Samples {
    tables: BTreeMap<String, TableSample>,
}

/// What is known of one table's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSample {
    /// How many rows were looked at.
    pub rows: usize,
    /// By column.
    pub columns: BTreeMap<String, ColumnSample>,
}

/// What is known of one column's values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnSample {
    /// Values that are neither NULL nor empty.
    pub values: usize,
    /// How many of them look like addresses.
    pub addresses: usize,
    /// How many different ones there are.
    pub distinct: usize,
    /// How many say that an account is active.
    pub active: usize,
    /// How many look like a hash that only one format makes.
    pub sure_hashes: usize,
    /// How many are of each hash format, by its word.
    pub hashes: BTreeMap<&'static str, usize>,
}

impl ColumnSample {
    /// Reduces values to what matters about them.
    pub fn of<'v>(values: impl Iterator<Item = &'v str>, looks: HashLooks) -> Self {
        let mut sample = Self::default();
        let mut seen = HashSet::new();
        for value in values.filter(|value| !value.is_empty()) {
            sample.values += 1;
            sample.distinct += usize::from(seen.insert(value));
            sample.addresses += usize::from(is_address(value));
            sample.active += usize::from(means_active(value));
            if let Some(look) = looks(value) {
                sample.sure_hashes += usize::from(look.sure);
                *sample.hashes.entry(look.word).or_default() += 1;
            }
        }
        sample
    }

    /// The most common hash format and how many values have it.
    pub fn usual_hash(&self) -> Option<(&'static str, usize)> {
        self.hashes.iter().max_by_key(|(word, count)| (**count, std::cmp::Reverse(**word))).map(|(w, n)| (*w, *n))
    }

    /// How many values look like any hash.
    pub fn all_hashes(&self) -> usize {
        self.hashes.values().sum()
    }
}

impl Samples {
    /// What is known of a column; `None` where no value of it was seen.
    pub fn column(&self, table: &str, column: &str) -> Option<&ColumnSample> {
        self.tables.get(table)?.columns.get(column).filter(|sample| sample.values > 0)
    }

    /// Takes in a table's rows, reduced.
    pub fn add(&mut self, table: &str, columns: &[&str], rows: &[SampleRow], looks: HashLooks) {
        let mut sample = TableSample { rows: rows.len(), columns: BTreeMap::new() };
        for (at, column) in columns.iter().enumerate() {
            let values = rows.iter().filter_map(|row| row.get(at)?.as_ref().map(|value| value.expose().as_str()));
            sample.columns.insert((*column).to_owned(), ColumnSample::of(values, looks));
        }
        self.tables.insert(table.to_owned(), sample);
    }

    /// Looks at some rows of every table that may hold users. A table that cannot be read is passed over: the proposal
    /// then rests on names and types.
    pub async fn take(catalog: &Catalog, sampler: &dyn Sampler, looks: HashLooks) -> Self {
        let database = Database::build(catalog, Naming::Table, &Serve::ALL);
        let mut samples = Self::default();
        for table in super::users::candidates(&database).into_iter().take(SAMPLE_TABLES) {
            let mut columns = super::users::telling_columns(table);
            columns.truncate(SAMPLE_COLUMNS);
            match sampler.sample(table, &columns, SAMPLE_ROWS).await {
                Ok(rows) => samples.add(&table.name, &columns, &rows, looks),
                Err(error) => tracing::debug!(table = table.name, %error, "No rows of `{}` were looked at", table.name),
            }
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propose::looks::by_looks;

    #[test]
    fn sec_61_a_sample_keeps_counts_and_no_value() {
        let hash = format!("$2y$10${}", "Q".repeat(53));
        let rows: Vec<SampleRow> = vec![
            vec![Some(Secret::new("ada@example.com".to_owned())), Some(Secret::new(hash.clone()))],
            vec![Some(Secret::new("bob@example.com".to_owned())), None],
            vec![Some(Secret::new("ada@example.com".to_owned())), Some(Secret::new("letmein".to_owned()))],
        ];
        let mut samples = Samples::default();
        samples.add("users", &["email", "password"], &rows, by_looks);
        let email = samples.column("users", "email").unwrap();
        assert_eq!((email.values, email.addresses, email.distinct), (3, 3, 2));
        let password = samples.column("users", "password").unwrap();
        assert_eq!((password.values, password.sure_hashes), (2, 1));
        assert_eq!(password.usual_hash(), Some(("bcrypt ($2y$)", 1)));
        let shown = format!("{samples:?}");
        for value in ["ada", "letmein", "QQQ"] {
            assert!(!shown.contains(value), "{shown}");
        }
    }
}
