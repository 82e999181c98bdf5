//! MoonDB's HTTP: `/p/{id}/auth`, `/p/{id}/api`, `/p/{id}/v1`, and where strangers may, `/v1/accounts` and `/v1/projects`.
//!
//! Written from its public documentation; every answer has the `data` wrapper, every refusal a `suggestion`.

mod ask;
mod columns;
mod documents;
mod error;
mod filter;
mod hooks;
mod routes;
mod token;
mod wire;

use crate::{Cors, Enabling, Needs, Scope, Surface};
use portcullis_control::{KeyInfo, declared::Declared};
use portcullis_identity::{SignupColumns, SurfaceRules};
use portcullis_project::KeyKind;
use serde_json::{Map, json};

/// What is its own: an hour, thirty days, refresh tokens that outlive a change of password, any declared column.
pub static RULES: SurfaceRules = SurfaceRules {
    access_ttl_s: Some(3_600),
    refresh_ttl_s: Some(30 * 86_400),
    keeps_refresh_on_password_change: true,
    signup: SignupColumns::All,
    ..SurfaceRules::foreign("moondb")
};

/// The surface.
pub static SURFACE: Surface = Surface {
    rules: &RULES,
    scope: Scope::InRequest,
    cors: Cors::Any,
    registers: true,
    handle: |call| Box::pin(routes::handle(call)),
    refuse: error::refuse,
    enable,
};

/// `base_url`, `project_id`, `public_key`, and an admin key that is shown this once.
fn enable(enabling: Enabling) -> Needs {
    Box::pin(async move {
        let Enabling { control, connection, base_url } = enabling;
        let mut needs = Map::new();
        needs.insert("base_url".to_owned(), json!(base_url));
        let Some(connection) = connection else { return Ok(needs) };
        needs.insert("project_id".to_owned(), json!(connection.project.as_str()));
        let keys = control.keys(&connection).await?;
        let public = keys.into_iter().find_map(|key: KeyInfo| key.readable);
        let public = match public {
            Some(key) => key,
            None => control.create_key(&connection, KeyKind::Public, "moondb").await?.expose().clone(),
        };
        needs.insert("public_key".to_owned(), json!(public));
        let connection = control.in_force(&connection.id).await?.connection;
        let admin = control.create_key(&connection, KeyKind::Admin, "moondb").await?;
        needs.insert("admin_key".to_owned(), json!(admin.expose()));
        Ok(needs)
    })
}

/// The declared schema of a project, if it has one; read with the requests that need more than the settings tell.
async fn declared(call: &ask::Ask, project: &portcullis_project::Project) -> Result<Option<Declared>, error::Refusal> {
    Ok(call.state.control.declared(&project.connection).await?.map(|version| version.declared))
}
