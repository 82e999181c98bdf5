//! `portcullis key`: the keys of a stage.

use crate::{
    Global,
    options::OfProject,
    output::{moment, note, rfc3339, say, say_json, table},
};
use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use portcullis_base::{Clock as _, SystemClock};
use portcullis_control::{Connection, Control, Opener};
use portcullis_identity::{
    Identity,
    mails::{Outbox, OutboxOptions},
};
use portcullis_project::KeyKind;
use serde_json::{Value, json};

/// Subcommands of `key`.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// The live keys; of admin keys only the beginning
    List(OfProject),
    /// One more key; the others live on
    Create {
        /// Which kind
        #[arg(long, default_value = "admin")]
        kind: Kind,
        /// What to call it
        #[arg(long, env = "PORTCULLIS_NAME", default_value = "")]
        name: String,
        #[command(flatten)]
        of: OfProject,
    },
    /// A new key in place of all others of its kind: of public and admin keys, which end at once, or the key that signs
    /// access tokens, with one lifetime of overlap
    Rotate(Rotate),
    /// End a key's life at once
    Revoke {
        /// Its id, or enough of its beginning
        key: String,
        #[command(flatten)]
        of: OfProject,
    },
}

/// Options of `key rotate`.
#[derive(Debug, Args)]
pub struct Rotate {
    /// Which kind
    #[arg(long, default_value = "admin")]
    kind: Rotated,
    #[command(flatten)]
    of: OfProject,
}

/// What can be rotated.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Rotated {
    /// `pk_...`
    Public,
    /// `sk_...`
    Admin,
    /// What signs users' access tokens; nobody is signed out
    Signing,
}

/// What a key may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Kind {
    /// `pk_...`: names the project, opens nothing that is not public
    Public,
    /// `sk_...`: does everything
    Admin,
}

impl Kind {
    const fn kind(self) -> KeyKind {
        match self {
            Self::Public => KeyKind::Public,
            Self::Admin => KeyKind::Admin,
        }
    }
}

impl Key {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let control = global.open(false)?;
        let of = match self {
            Self::List(of) | Self::Create { of, .. } | Self::Revoke { of, .. } => of,
            Self::Rotate(rotate) => &rotate.of,
        };
        let connection = control.connection(of.project.as_deref(), of.stage).await?;
        let whose = format!("{} ({})", connection.slug, connection.stage);
        let made = match self {
            Self::List(_) => return list(global, &control.keys(&connection).await?),
            Self::Create { kind, name, .. } => control.create_key(&connection, kind.kind(), name).await?,
            Self::Rotate(rotate) => match rotate.kind {
                Rotated::Public => control.rotate_key(&connection, KeyKind::Public).await?,
                Rotated::Admin => control.rotate_key(&connection, KeyKind::Admin).await?,
                Rotated::Signing => return rotate_signing(global, &control, &connection).await,
            },
            Self::Revoke { key, .. } => {
                let all = control.keys(&connection).await?;
                let found: Vec<_> =
                    all.iter().filter(|one| one.id == *key || one.prefix.starts_with(key.as_str())).collect();
                let [one] = found.as_slice() else {
                    bail!("`{key}` names {} keys of {whose}; `portcullis key list` shows them", found.len());
                };
                control.revoke_key(&connection, &one.id).await?;
                control.settle().await?;
                if global.json {
                    return say_json(&json!({ "revoked": one.id }));
                }
                say(format_args!("{} of {whose} is no longer accepted.", one.prefix));
                return Ok(());
            }
        };
        if !control.settle().await? {
            note("A running node has not taken the change in yet; it will.");
        }
        if global.json {
            return say_json(&json!({ "project": connection.slug, "stage": connection.stage, "key": made.expose() }));
        }
        say(format_args!("{}\n\nThe key of {whose}, shown only this once.", made.expose()));
        Ok(())
    }
}

async fn rotate_signing(global: &Global, control: &Control, connection: &Connection) -> anyhow::Result<()> {
    let project = Opener::open_alone(control, connection).await?;
    let store = control.store().clone();
    let identity = Identity::new(store.clone(), Outbox::new(store, OutboxOptions::default()));
    identity.rotate_key(&project, SystemClock.now()).await?;
    if global.json {
        return say_json(&json!({ "project": connection.slug, "stage": connection.stage, "rotated": "signing" }));
    }
    say(format_args!(
        "Access tokens of {} ({}) are signed with a new key from now on; those already issued stay good until they run \
         out.",
        connection.slug, connection.stage
    ));
    Ok(())
}

fn list(global: &Global, all: &[portcullis_control::KeyInfo]) -> anyhow::Result<()> {
    if global.json {
        let all: Vec<Value> = all
            .iter()
            .map(|key| {
                json!({
                    "id": key.id, "kind": key.kind, "name": key.name, "prefix": key.prefix, "key": key.readable,
                    "created_at": rfc3339(key.created_at),
                })
            })
            .collect();
        return say_json(&json!({ "data": all }));
    }
    let shown =
        |key: &portcullis_control::KeyInfo| key.readable.clone().unwrap_or_else(|| format!("{}...", key.prefix));
    let rows: Vec<_> = all
        .iter()
        .map(|key| {
            [key.id.clone(), key.kind.clone(), shown(key), key.name.clone(), format!("{} UTC", moment(key.created_at))]
        })
        .collect();
    table(&rows);
    Ok(())
}
