//! The project of an embedding program: made at the first start, kept to its options at every other.

use super::builder::{Administrator, Edit};
use crate::{Node, commands::init};
use anyhow::Context as _;
use portcullis_base::Secret;
use portcullis_control::{Control, FreshKeys};
use portcullis_crypto::jwt::SigningKey;
use portcullis_identity::{Client, users::Directory};
use portcullis_project::{Stage, settings::TokenAlgorithm};

/// Under which name the secret of `jwt_secret` is kept.
const SECRET: &str = "jwt";

/// A project as the options have it.
pub struct Wanted {
    pub url: String,
    pub name: Option<String>,
    pub stage: Stage,
    pub jwt_secret: Option<Secret<String>>,
    pub surfaces: Vec<String>,
    pub edits: Vec<Edit>,
}

/// Makes the project, or syncs it, and puts its settings right; gives its name, and its keys where they are new.
pub async fn prepare(control: &Control, wanted: Wanted) -> anyhow::Result<(String, Option<FreshKeys>)> {
    let surfaces = wanted.surfaces.iter().map(|name| {
        let found = portcullis_compat::surface(name);
        found.with_context(|| format!("there is no surface `{name}`; `portcullis surface list` shows them"))
    });
    let surfaces: Vec<_> = surfaces.collect::<anyhow::Result<_>>()?;
    let (slug, keys) = init::ensure(control, wanted.url, wanted.name, wanted.stage).await?;
    let connection = control.connection(Some(&slug), Some(wanted.stage)).await?;
    let before = control.in_force(&connection.id).await?;
    let mut settings = before.settings.clone();
    if let Some(secret) = &wanted.jwt_secret {
        let bytes = Secret::new(secret.expose().as_bytes().to_vec());
        SigningKey::from_secret(&bytes).context("the secret of `jwt_secret` cannot sign access tokens")?;
        control.set_secret(&connection, SECRET, secret).await?;
        settings.auth.algorithm = TokenAlgorithm::Hs256;
        settings.auth.jwt_secret = Some(format!("secret:{SECRET}"));
    }
    for edit in wanted.edits {
        edit(&mut settings);
    }
    let plan = control.plan(control.in_force(&connection.id).await?, settings)?;
    if !plan.is_empty() {
        control.apply(plan).await?;
    }
    for surface in surfaces {
        let project = (surface.scope != portcullis_compat::Scope::Instance).then_some(&connection.project);
        control.enable_surface(surface.rules.name, project).await?;
    }
    Ok((slug, keys))
}

/// Makes the administrator unless the address has an account, whose password and roles are left as they are.
pub async fn administrator(node: &Node, slug: &str, stage: Stage, wanted: &Administrator) -> anyhow::Result<()> {
    let name = format!("{slug}@{stage}");
    let project = node.registry.get(&name).with_context(|| format!("the project `{name}` is not open"))?;
    let what = || format!("the administrator {} cannot be made", wanted.email);
    if Directory::of(&project).with_context(what)?.has_email(&wanted.email).await.with_context(what)? {
        return Ok(());
    }
    let client = Client { surface: &portcullis_identity::COMMAND, ..Client::default() };
    let (roles, now) = (["administrator".to_owned()], node.clock.now());
    let made = node.identity.create_user(&project, &wanted.email, &wanted.password, &roles, &client, now).await;
    made.map(drop).with_context(what)
}
