//! Which surface a path or a mount means.

use crate::{SURFACES, Scope, State, Surface, Target};

/// A surface that is on, where the request came in, and the path below it.
#[derive(Debug)]
pub struct Found<'p> {
    /// The surface.
    pub surface: &'static Surface,
    /// Where.
    pub target: Target,
    /// The path below the surface, beginning with a slash, or empty.
    pub tail: &'p str,
}

/// What answers a path below `/compat`. A surface that is off is as unknown as one that does not exist.
pub fn find<'p>(state: &State, path: &'p str) -> Option<Found<'p>> {
    let rest = path.strip_prefix("/compat/")?;
    let (name, tail) = split(rest);
    let surface = SURFACES.iter().copied().find(|surface| surface.rules.name == name)?;
    let (project, tail) = match surface.scope {
        Scope::InPath => {
            let (name, below) = split(tail.strip_prefix('/')?);
            (Some(state.web.registry.get(&name.replace("%40", "@"))?), below)
        }
        Scope::Instance | Scope::InRequest => (None, tail),
    };
    let base = path[..path.len() - tail.len()].to_owned();
    let target = Target { project, url: format!("{}{base}", state.web.public_url), base };
    surface.answers(state, &target).then_some(Found { surface, target, tail })
}

/// What answers at a host name of its own, below which the surface stands at `/`; `project` is what the mount names.
pub fn mounted<'p>(
    state: &State,
    surface: &'static Surface,
    project: Option<&str>,
    url: &str,
    path: &'p str,
) -> Option<Found<'p>> {
    let project = match project {
        Some(name) => Some(state.web.registry.get(name)?),
        None => None,
    };
    let target = Target { project, url: url.to_owned(), base: String::new() };
    surface.answers(state, &target).then_some(Found { surface, target, tail: path })
}

/// `name/rest` is `name` and `/rest`.
fn split(path: &str) -> (&str, &str) {
    path.split_at(path.find('/').unwrap_or(path.len()))
}
