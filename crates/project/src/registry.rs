//! Which stages are open, by every name under which a path may call them.

use crate::{Passwords, Project, Stage};
use arc_swap::ArcSwap;
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

/// The open stages. Reading takes no lock; publishing swaps the whole map.
#[derive(Debug, Default)]
pub struct Registry {
    names: ArcSwap<HashMap<String, Arc<Project>>>,
    passwords: OnceLock<Arc<dyn Passwords>>,
}

impl Registry {
    /// Says who hashes passwords that are written through the data routes; for stages that are published from now on.
    /// Once: later ones are ignored.
    pub fn hash_passwords_by(&self, passwords: Arc<dyn Passwords>) {
        let _ = self.passwords.set(passwords);
    }

    /// The stage that `shop`, `proj_..`, `shop@staging` or `proj_..@staging` names.
    pub fn get(&self, name: &str) -> Option<Arc<Project>> {
        self.names.load().get(name).cloned()
    }

    /// Every open stage once, ordered by slug and stage.
    pub fn all(&self) -> Vec<Arc<Project>> {
        let mut all: HashMap<(&str, Stage), Arc<Project>> = HashMap::new();
        let names = self.names.load_full();
        for project in names.values() {
            all.insert((&project.slug, project.stage), project.clone());
        }
        let mut all: Vec<_> = all.into_values().collect();
        all.sort_by(|a, b| (&a.slug, a.stage).cmp(&(&b.slug, b.stage)));
        all
    }

    /// Serves these stages and no others from now on.
    pub fn publish(&self, projects: impl IntoIterator<Item = Arc<Project>>) {
        let projects: Vec<_> = projects.into_iter().collect();
        if let Some(passwords) = self.passwords.get() {
            projects.iter().for_each(|project| project.hash_passwords_by(passwords.clone()));
        }
        let mut names = HashMap::new();
        for project in &projects {
            for name in [&project.slug, &project.id.0] {
                names.insert(format!("{name}@{}", project.stage), project.clone());
            }
        }
        // Without a stage: production, else staging, else development.
        for stage in Stage::BY_PREFERENCE {
            for project in projects.iter().filter(|project| project.stage == stage) {
                for name in [&project.slug, &project.id.0] {
                    names.entry(name.clone()).or_insert_with(|| project.clone());
                }
            }
        }
        self.names.store(Arc::new(names));
    }
}
