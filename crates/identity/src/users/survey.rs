//! What an operator should know of a users table: hash formats, and addresses with which nobody can sign in.

use super::{
    Directory,
    directory::{objects, run},
    normalised,
};
use crate::IdentityError;
use portcullis_crypto::password::{Format, identify};
use portcullis_query::{access::Action, plan::Condition};
use std::collections::{BTreeMap, HashMap};

/// Counts over the rows of a users table. Holds no password, and addresses only where several rows have them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Survey {
    /// How many rows were looked at.
    pub rows: u64,
    /// Whether there are more.
    pub more: bool,
    /// Rows by the format of their password, the most common first.
    pub formats: Vec<(Format, u64)>,
    /// Rows whose password is empty: they sign in by mail or elsewhere, or not at all.
    pub without_password: u64,
    /// Rows whose password is of no format that is known.
    pub unknown: u64,
    /// Rows without an address.
    pub without_address: u64,
    /// Addresses that several rows have, with how many.
    pub ambiguous: Vec<(String, u64)>,
}

impl Directory<'_> {
    /// Looks at up to `limit` rows.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn survey(&self, limit: u64) -> Result<Survey, IdentityError> {
        let read = self.statements(Action::Read, "an operator asks what the users table looks like");
        let (email, password) = (self.must("email")?, self.must("password")?);
        let order = Some(self.must("id")?);
        let statement = read.select(&[email, password], Condition::always(), order, limit.saturating_add(1));
        let mut rows = objects(&run(self.project, statement).await?)?;
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let mut survey = Survey { rows: rows.len() as u64, more, ..Survey::default() };
        let mut formats: HashMap<Format, u64> = HashMap::new();
        let mut addresses: BTreeMap<String, u64> = BTreeMap::new();
        for row in &rows {
            let text = |name: &str| row.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
            match (text(&password.name), identify(text(&password.name))) {
                ("", _) => survey.without_password += 1,
                (_, None) => survey.unknown += 1,
                (_, Some(format)) => *formats.entry(format).or_default() += 1,
            }
            match normalised(text(&email.name)) {
                address if address.is_empty() => survey.without_address += 1,
                address => *addresses.entry(address).or_default() += 1,
            }
        }
        survey.formats = formats.into_iter().collect();
        survey.formats.sort_by_key(|(format, count)| (std::cmp::Reverse(*count), format.word()));
        survey.ambiguous = addresses.into_iter().filter(|(_, count)| *count > 1).collect();
        Ok(survey)
    }
}
