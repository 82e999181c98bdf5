//! Settings applied: what would change, what that does, and doing it.

use crate::{Control, ControlError, Faults, InForce, check, diff, document, in_force::Next};
use portcullis_base::BuildId;
use portcullis_project::Settings;
use std::collections::BTreeSet;

/// A settings document that fits, and what applying it changes.
#[derive(Debug)]
pub struct Plan {
    /// What is in force now.
    pub before: InForce,
    /// What would be.
    pub settings: Settings,
    /// The difference of the two documents, line by line; empty when there is none.
    pub diff: String,
    /// What it does, in sentences.
    pub effects: Vec<String>,
}

impl Plan {
    /// Whether applying it changes anything.
    pub fn is_empty(&self) -> bool {
        self.before.settings == self.settings
    }
}

impl Control {
    /// Checks a whole document against the schema and tells what applying it would change. Writes nothing.
    ///
    /// # Errors
    ///
    /// [`ControlError::Settings`] with every fault.
    pub fn plan(&self, before: InForce, settings: Settings) -> Result<Plan, ControlError> {
        let faults = check::check(&settings, &before.catalog);
        if !faults.is_empty() {
            return Err(ControlError::Settings(Faults(faults)));
        }
        let diff = diff::readable(&document::export(&before.settings), &document::export(&settings));
        let effects = effects(&before, &settings);
        Ok(Plan { before, settings, diff, effects })
    }

    /// Makes a build of a planned document and serves it; `None` when it changes nothing.
    /// Exposing a table that was not exposed approves it with all its columns.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`]; `Changed` when something else was put in force since the plan was made.
    pub async fn apply(&self, plan: Plan) -> Result<Option<BuildId>, ControlError> {
        let Plan { before, settings, .. } = plan;
        let mut unapproved = before.unapproved.clone();
        let opened = newly_exposed(&before.settings, &settings);
        unapproved.retain(|(table, _)| !opened.contains(table.as_str()));
        let catalog = before.catalog.clone();
        self.put_in_force(Next { before, settings, catalog, unapproved, made_by: "apply" }).await
    }
}

fn exposed(settings: &Settings) -> BTreeSet<&str> {
    settings.tables.iter().filter(|(_, table)| table.expose).map(|(name, _)| name.as_str()).collect()
}

fn newly_exposed<'s>(old: &Settings, new: &'s Settings) -> BTreeSet<&'s str> {
    let before = exposed(old);
    exposed(new).into_iter().filter(|table| !before.contains(table)).collect()
}

fn effects(before: &InForce, new: &Settings) -> Vec<String> {
    let old = &before.settings;
    let mut effects = Vec::new();
    if old.auth.enabled != new.auth.enabled {
        effects.push(match new.auth.enabled {
            true => "credentials are asked for again".to_owned(),
            false => "WARNING: everything exposed becomes public, for reading and writing".to_owned(),
        });
    }
    let opened: Vec<_> = newly_exposed(old, new).into_iter().collect();
    let closed: Vec<_> = newly_exposed(new, old).into_iter().collect();
    for (tables, what) in [(opened, "newly served"), (closed, "no longer served")] {
        if !tables.is_empty() {
            effects.push(format!("{what}: {}", tables.join(", ")));
        }
    }
    for (name, table) in &new.tables {
        let Some(then) = old.tables.get(name).filter(|then| then.expose && table.expose) else { continue };
        if then.access != table.access {
            effects.push(format!("{name}: other callers may use it than before"));
        }
        if then.hidden != table.hidden || then.read_only != table.read_only {
            effects.push(format!("{name}: other columns are hidden or read-only than before"));
        }
    }
    let after = InForce { settings: new.clone(), ..before.clone() };
    effects.extend(after.narrow_password_advice().filter(|_| old.auth.password_format != new.auth.password_format));
    if old.naming != new.naming {
        effects.push("model names change in paths, documents and generated clients".to_owned());
    }
    if old.limits.statement_timeout != new.limits.statement_timeout {
        effects.push("the database is connected anew, with the other statement timeout".to_owned());
    }
    effects
}
