//! What ended before its time, in memory: asked with every token, never the store. SEC-18, REL-11.

use crate::{
    CredentialFault, Identity, IdentityError,
    keys::{access_ttl_s, longest_ttl_s},
};
use parking_lot::RwLock;
use portcullis_base::{ConnectionId, Timestamp};
use portcullis_crypto::jwt::MAX_LEEWAY_S;
use portcullis_project::Project;
use portcullis_store::{
    Tx,
    revocations::{self, Revocation},
};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How long checks go on with what is known while the store does not answer.
const GRACE: Duration = Duration::from_secs(30);

/// The endings a node knows of.
#[derive(Debug, Default)]
pub(crate) struct Revocations(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    stages: HashMap<ConnectionId, Stage>,
    seen: i64,
    /// The last time the store was asked; `None` where nobody polls (a command, a test).
    polled: Option<Instant>,
}

#[derive(Debug, Default)]
struct Stage {
    /// Sessions and API keys that ended, until when that matters.
    ended: HashMap<String, Timestamp>,
    /// The lowest password version of a user that is good.
    versions: HashMap<String, (i64, Timestamp)>,
    /// Counts up with every end of the stage's keys.
    keys: u64,
    /// Counts up with every user who has set up a second factor.
    basics: u64,
    /// Counts up with every change of roles and memberships.
    standings: u64,
}

impl Revocations {
    /// Whether a token of this session and version is still good.
    ///
    /// # Errors
    ///
    /// Its session or user has ended it; or the store has been away for too long.
    pub fn check(
        &self,
        connection: &ConnectionId,
        user: &str,
        version: i64,
        session: Option<&str>,
    ) -> Result<(), IdentityError> {
        let known = self.0.read();
        if known.polled.is_some_and(|at| at.elapsed() > GRACE) {
            return Err(IdentityError::Store(portcullis_store::StoreError::Closed));
        }
        let Some(stage) = known.stages.get(connection) else { return Ok(()) };
        let old = stage.versions.get(user).is_some_and(|(lowest, _)| version < *lowest);
        let ended = session.is_some_and(|session| stage.ended.contains_key(session));
        match session {
            Some(session) if ended => {
                Err(CredentialFault::SessionEnded { user: user.to_owned(), session: session.to_owned() }.into())
            }
            _ if old => Err(CredentialFault::TokensEnded { user: user.to_owned() }.into()),
            _ => Ok(()),
        }
    }

    /// How often the stage's keys have ended: tokens remembered under another number are checked again.
    pub fn keys(&self, connection: &ConnectionId) -> u64 {
        self.0.read().stages.get(connection).map_or(0, |stage| stage.keys)
    }

    /// Under which number pairs of HTTP Basic are remembered.
    pub fn basics(&self, connection: &ConnectionId) -> u64 {
        self.0.read().stages.get(connection).map_or(0, |stage| stage.basics)
    }

    /// Under which number roles and tenants of users are remembered.
    pub fn standings(&self, connection: &ConnectionId) -> u64 {
        self.0.read().stages.get(connection).map_or(0, |stage| stage.standings)
    }

    fn take_in(&self, all: &[Revocation]) {
        let mut known = self.0.write();
        for one in all {
            known.seen = known.seen.max(one.id);
            let stage = known.stages.entry(one.connection.clone()).or_default();
            match one.kind.as_str() {
                "user" => {
                    let entry = stage.versions.entry(one.subject.clone()).or_insert((0, one.expires_at));
                    entry.0 = entry.0.max(one.version);
                    entry.1 = entry.1.max(one.expires_at);
                }
                "keys" => stage.keys += 1,
                "basic" => stage.basics += 1,
                "standing" => stage.standings += 1,
                _ => drop(stage.ended.insert(one.subject.clone(), one.expires_at)),
            }
        }
    }

    fn forget(&self, now: Timestamp) {
        for stage in self.0.write().stages.values_mut() {
            stage.ended.retain(|_, until| *until > now);
            stage.versions.retain(|_, (_, until)| *until > now);
        }
    }
}

/// An ending, ready to be kept in the transaction of what caused it.
pub(crate) fn ending(project: &Project, kind: &str, subject: &str, version: i64, now: Timestamp) -> Revocation {
    Revocation {
        id: 0,
        connection: project.connection.clone(),
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        version,
        expires_at: now.plus_s(longest_ttl_s(project) + 2 * i64::from(MAX_LEEWAY_S)),
    }
}

/// The end of one session, remembered for as long as an access token of it may be good: those of other surfaces live
/// longer than ours.
pub(crate) fn session_ending(project: &Project, id: &str, native: bool, now: Timestamp) -> Revocation {
    let ttl_s = if native { access_ttl_s(project) } else { longest_ttl_s(project) };
    let expires_at = now.plus_s(ttl_s + 2 * i64::from(MAX_LEEWAY_S));
    Revocation { expires_at, ..ending(project, "session", id, 0, now) }
}

/// Keeps endings; gives them with their places.
pub(crate) fn keep(tx: &Tx<'_>, all: Vec<Revocation>) -> Result<Vec<Revocation>, portcullis_store::StoreError> {
    all.into_iter()
        .map(|mut one| {
            one.id = revocations::insert(tx, &one)?;
            Ok(one)
        })
        .collect()
}

impl Identity {
    /// Applies endings on this node at once; the others read them from the store.
    pub(crate) fn apply(&self, all: &[Revocation]) {
        // Places are not taken as seen: another node's ending with a lower place may not have been read yet.
        let own: Vec<_> = all.iter().map(|one| Revocation { id: 0, ..one.clone() }).collect();
        self.revocations.take_in(&own);
        for one in all.iter().filter(|one| one.kind == "keys") {
            self.keys.forget(&one.connection);
        }
    }

    /// Tells all nodes that a stage's keys have changed.
    pub(crate) async fn revoke_keys(&self, project: &Project, now: Timestamp) -> Result<(), IdentityError> {
        let all = vec![ending(project, "keys", "", 0, now)];
        let kept = self.store.db().write(move |tx| keep(tx, all)).await?;
        self.apply(&kept);
        Ok(())
    }

    /// Takes in what other nodes ended since the last time; for a poll every 200 ms.
    ///
    /// # Errors
    ///
    /// The store's; checks go on for a short grace with what is known.
    pub async fn poll_revocations(&self) -> Result<(), IdentityError> {
        let seen = self.revocations.0.read().seen;
        let all = self.store.db().read(move |tx| revocations::since(tx, seen)).await?;
        self.revocations.take_in(&all);
        for one in all.iter().filter(|one| one.kind == "keys") {
            self.keys.forget(&one.connection);
        }
        self.revocations.0.write().polled = Some(Instant::now());
        Ok(())
    }

    /// Forgets what ran out, in memory and in the store.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn purge(&self, now: Timestamp) -> Result<(), IdentityError> {
        const PIECE: i64 = 500;
        self.revocations.forget(now);
        let day = now.plus_s(-86_400);
        self.store
            .db()
            .write(move |tx| {
                revocations::purge(tx, now)?;
                portcullis_store::one_time::purge(tx, day)?;
                portcullis_store::invitations::purge(tx, now.plus_s(-90 * 86_400))?;
                portcullis_store::attempts::purge(tx, now, day)
            })
            .await?;
        // Ended sessions are kept a week for what may be asked about them.
        let before = now.plus_s(-7 * 86_400);
        while self.store.db().write(move |tx| portcullis_store::sessions::purge(tx, before, PIECE)).await?
            == PIECE as usize
        {}
        Ok(())
    }
}
