//! Approving what a later sync found.

use crate::{Control, ControlError, InForce, in_force::Next};
use portcullis_schema::{Database, closest};
use portcullis_store::approvals::Unapproved;

/// What waits for approval in a stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Tables that are not served.
    pub tables: Vec<String>,
    /// Columns that are not served, as `table.column`.
    pub columns: Vec<String>,
}

/// What an approval did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// Tables and columns (`table.column`) that are served from now on.
    pub names: Vec<String>,
}

impl InForce {
    /// What waits for approval.
    pub fn waiting(&self) -> Waiting {
        let mut waiting = Waiting::default();
        for (table, column) in &self.unapproved {
            match column.as_str() {
                "" => waiting.tables.push(table.clone()),
                column => waiting.columns.push(format!("{table}.{column}")),
            }
        }
        waiting
    }
}

impl Control {
    /// Serves tables and columns that were found later: names such as `orders` or `orders.total`, or with `None`
    /// everything that waits. A table comes with all its columns.
    ///
    /// # Errors
    ///
    /// [`ControlError::UnknownTable`] for a name the database lacks; nothing is approved then.
    pub async fn approve(&self, before: InForce, names: Option<&[String]>) -> Result<Approved, ControlError> {
        let database = before.all_tables();
        let targets: Vec<(String, String)> = match names {
            None => before.unapproved.iter().cloned().collect(),
            Some(names) => names.iter().map(|name| target(&database, name)).collect::<Result<_, _>>()?,
        };
        let mut settings = before.settings.clone();
        let mut unapproved = before.unapproved.clone();
        for (table, column) in &targets {
            if column.is_empty() {
                settings.tables.entry(table.clone()).or_default().expose = true;
                unapproved.retain(|(name, _)| name != table);
            } else {
                unapproved.remove(&(table.clone(), column.clone()));
            }
        }
        let mut names = served_by(&before.unapproved, &unapproved);
        names.extend(
            targets
                .iter()
                .filter(|(table, column)| column.is_empty() && !before.serves(table) && !names.contains(table))
                .map(|(table, _)| table.clone())
                .collect::<Vec<_>>(),
        );
        let catalog = before.catalog.clone();
        self.put_in_force(Next { before, settings, catalog, unapproved, made_by: "approve" }).await?;
        Ok(Approved { names })
    }
}

fn served_by(before: &Unapproved, after: &Unapproved) -> Vec<String> {
    before
        .difference(after)
        .map(|(table, column)| if column.is_empty() { table.clone() } else { format!("{table}.{column}") })
        .collect()
}

/// What a name means: a table, else the column behind one of its dots.
fn target(database: &Database, name: &str) -> Result<(String, String), ControlError> {
    if database.by_name(name).is_some() {
        return Ok((name.to_owned(), String::new()));
    }
    let mut near = closest(name, database.tables().iter().map(|table| table.name.as_str())).map(str::to_owned);
    for (at, _) in name.match_indices('.') {
        let (table, column) = (&name[..at], &name[at + 1..]);
        let Some(found) = database.by_name(table) else { continue };
        if found.info.columns.iter().any(|info| info.name == column) {
            return Ok((table.to_owned(), column.to_owned()));
        }
        near = closest(column, found.info.columns.iter().map(|info| info.name.as_str()))
            .map(|column| format!("{table}.{column}"));
    }
    Err(ControlError::UnknownTable { name: name.to_owned(), suggestion: near })
}
