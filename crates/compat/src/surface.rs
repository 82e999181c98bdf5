//! What a surface is made of.

use crate::{Call, State, Target};
use axum::body::Body;
use futures_util::future::BoxFuture;
use http::Response;
use portcullis_control::{Connection, Control, ControlError};
use portcullis_identity::SurfaceRules;
use portcullis_web::ApiError;
use serde_json::{Map, Value};
use std::sync::Arc;

/// An answer that is on its way.
pub type Answer = BoxFuture<'static, Response<Body>>;
/// What the clients of a surface need, as `surface enable` prints it.
pub type Needs = BoxFuture<'static, Result<Map<String, Value>, ControlError>>;

/// One product's HTTP: the `static SURFACE` of its folder.
#[derive(Debug)]
pub struct Surface {
    /// Its name, and what is its own about tokens, limits and passwords.
    pub rules: &'static SurfaceRules,
    /// What stands between its name and its paths, and for what it is enabled.
    pub scope: Scope,
    /// Which pages of other origins may call it.
    pub cors: Cors,
    /// Whether strangers can make themselves a project through it, where the instance allows that.
    pub registers: bool,
    /// Answers a request. Whatever it does not know it refuses in its own words.
    pub handle: fn(Call) -> Answer,
    /// Writes a refusal that arose before or beside `handle` in the words of this surface.
    pub refuse: fn(ApiError, &str) -> Response<Body>,
    /// Makes what its clients need beside the switch: keys, for instance. Called once with every enabling.
    pub enable: fn(Enabling) -> Needs,
}

/// How a path names its project, and for what a surface is enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `/compat/<name>/...`, enabled for the whole instance; there are no projects in it.
    Instance,
    /// `/compat/<name>/...`, enabled per project: the surface finds the project in the path or the headers
    /// ([`Target::project`]).
    InRequest,
    /// `/compat/<name>/{project}/...`, enabled per project.
    InPath,
}

/// Which pages of other origins may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cors {
    /// Those in the project's `[cors]`, with credentials.
    Listed,
    /// All, without credentials: `*`.
    Any,
    /// All, without credentials: the origin is echoed.
    Echoed,
}

/// One enabling of a surface.
#[derive(Debug)]
pub struct Enabling {
    /// The use-cases.
    pub control: Control,
    /// The connection whose stage the project's plain name serves; `None` with [`Scope::Instance`].
    pub connection: Option<Connection>,
    /// The whole URL below which the surface answers.
    pub base_url: String,
}

/// For a surface whose clients need nothing but the URL, under the name `base_url`.
pub fn base_url_only(enabling: Enabling) -> Needs {
    Box::pin(async move {
        let mut needs = Map::new();
        needs.insert("base_url".to_owned(), Value::String(enabling.base_url));
        Ok(needs)
    })
}

impl Surface {
    /// Whether anything of it is switched on here: else it is as if it did not exist.
    pub(crate) fn answers(&self, state: &State, target: &Target) -> bool {
        let name = self.rules.name;
        match (self.scope, &target.project) {
            (Scope::Instance, _) => state.enabled.everywhere(name),
            (Scope::InPath, None) => false,
            (_, Some(project)) => state.enabled.of(name, &project.id),
            (Scope::InRequest, None) => state.enabled.anywhere(name) || (self.registers && state.open_registration),
        }
    }

    /// The whole URL below which it answers for a project.
    pub fn url(&self, public_url: &str, slug: Option<&str>) -> String {
        let base = format!("{public_url}/compat/{}", self.rules.name);
        match (self.scope, slug) {
            (Scope::InPath, Some(slug)) => format!("{base}/{slug}"),
            _ => base,
        }
    }
}

/// Shared, so that a handler can take it along.
pub(crate) type Shared = Arc<State>;
