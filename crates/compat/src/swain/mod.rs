//! Swain's platform over the projects of this instance: what its command line and its generated clients call.
//!
//! Swain's data and sign-in routes of a deployed API are the native surface; here is the rest: operators sign in, and
//! projects, connections, stages, schemas, builds, settings and mappings are rows of models. The rows are put into a
//! database in memory's stead (see [`platform`]), so that the grammar of filters is the one all surfaces have.
//!
//! Contract: Swain (CrudSQL), section 7.

mod error;
mod ids;
mod platform;
mod routes;
mod rows;
mod script;
mod wire;

use crate::{Cors, Enabling, Needs, Scope, Surface};
use portcullis_identity::SurfaceRules;
use serde_json::{Map, Value};

pub use platform::Cache;

/// Operators' tokens are not an end user's: of all rules only the name is used.
static RULES: SurfaceRules = SurfaceRules::as_native("swain");

/// The surface.
pub static SURFACE: Surface = Surface {
    rules: &RULES,
    scope: Scope::Instance,
    cors: Cors::Listed,
    registers: false,
    handle: |call| Box::pin(routes::handle(call)),
    refuse: |error, id| error.into_response(id),
    enable,
};

fn enable(enabling: Enabling) -> Needs {
    Box::pin(async move {
        let mut needs = Map::new();
        needs.insert("platform_url".to_owned(), Value::String(enabling.base_url));
        Ok(needs)
    })
}
