//! What a node knows about its own state, kept up to date by the watchers so that asking costs no database work.

use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// The state of the control store and of each stage's database.
#[derive(Debug, Default)]
pub struct Health {
    store: AtomicBool,
    /// By (project, stage): whether its database answers.
    databases: Mutex<BTreeMap<(String, String), bool>>,
}

impl Health {
    /// Notes whether the control store answers; true when that is news.
    pub fn set_store(&self, answers: bool) -> bool {
        self.store.swap(answers, Ordering::Relaxed) != answers
    }

    /// Whether the control store answers.
    pub fn store(&self) -> bool {
        self.store.load(Ordering::Relaxed)
    }

    /// Notes whether a stage's database answers; gives what was known before.
    pub fn set_database(&self, project: &str, stage: &str, answers: bool) -> Option<bool> {
        let mut all = self.databases.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((project.to_owned(), stage.to_owned()), answers)
    }

    /// Forgets a stage that is gone.
    pub fn forget(&self, project: &str, stage: &str) {
        let mut all = self.databases.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&(project.to_owned(), stage.to_owned()));
    }

    /// The body of `/readyz`.
    pub fn body(&self) -> Value {
        let word = |good: bool, bad: &'static str| if good { "ok" } else { bad };
        let all = self.databases.lock().unwrap_or_else(PoisonError::into_inner);
        let projects: Vec<Value> = all
            .iter()
            .map(|((project, stage), answers)| {
                json!({ "project": project, "stage": stage, "database": word(*answers, "unreachable") })
            })
            .collect();
        json!({
            "status": word(self.store(), "unavailable"),
            "control_store": word(self.store(), "unreachable"),
            "projects": projects,
        })
    }
}
