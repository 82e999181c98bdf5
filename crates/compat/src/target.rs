//! To what a request was sent: a surface, below a path, and where that is known already, a project.

use crate::{State, Surface};
use portcullis_project::Project;
use std::sync::Arc;

/// Where a request came in.
#[derive(Debug, Clone)]
pub struct Target {
    /// The project, where the path or a mount names one.
    pub project: Option<Arc<Project>>,
    /// The whole URL below which the surface answers, without a slash at the end: for links.
    pub url: String,
    /// The path of that URL: `/compat/moondb`, or nothing at a mount.
    pub base: String,
}

impl Target {
    /// The project that a request names by id or slug (`shop`, `proj_..`, `shop@staging`), if the surface is on for it.
    /// At a mount of one project no other can be named. Unknown, other and switched off are the same. SEC-48.
    pub fn named(&self, state: &State, surface: &Surface, name: &str) -> Option<Arc<Project>> {
        let project = state.web.registry.get(name)?;
        let here = self.project.as_ref().is_none_or(|own| own.id == project.id);
        (here && state.enabled.of(surface.rules.name, &project.id)).then_some(project)
    }

    /// The first open stage for which `wanted` holds among those of projects the surface is on for.
    pub fn first(&self, state: &State, surface: &Surface, wanted: impl Fn(&Project) -> bool) -> Option<Arc<Project>> {
        state.web.registry.all().into_iter().find(|project| {
            let here = self.project.as_ref().is_none_or(|own| own.connection == project.connection);
            here && state.enabled.of(surface.rules.name, &project.id) && wanted(project)
        })
    }
}
