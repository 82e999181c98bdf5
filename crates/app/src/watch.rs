//! The watchers of a node: changes in the control store, and changes in the structure of each customer's database.

use crate::Node;
use portcullis_base::ConnectionId;
use portcullis_control::{ControlError, OpenStage};
use portcullis_store::nodes::Lease;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::watch as channel,
    task::AbortHandle,
    time::{MissedTickBehavior, interval, timeout},
};

/// How often the control store is asked for changes.
const STORE_POLL: Duration = Duration::from_millis(200);
/// How often each database is asked for its structure's mark.
const STRUCTURE_POLL: Duration = Duration::from_secs(5);
/// How long a database may take to answer the poll before it counts as away.
const POLL_LIMIT: Duration = Duration::from_secs(8);
/// Statements that show drift cause at most one sync in this time, whatever a client sends.
const DRIFT_PAUSE: Duration = Duration::from_secs(1);
/// Where a database has no mark, a sync that takes longer than this is not made with every poll.
const CHEAP_SYNC: Duration = Duration::from_millis(250);
/// How often such a sync is made.
const COSTLY_SYNC_PAUSE: Duration = Duration::from_secs(60);
/// How often remembered answers that are too old are forgotten.
const PURGE: Duration = Duration::from_secs(600);

/// Watches until it is told to stop, then takes the node off the list.
pub async fn run(node: Arc<Node>, lease: Lease, revision: i64, mut stop: channel::Receiver<bool>) {
    let mut stages = Stages::default();
    stages.follow(&node).await;
    let purge = tokio::spawn(forget_old_answers(node.clone()));
    let mut poll = interval(STORE_POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = revision;
    loop {
        tokio::select! {
            _ = poll.tick() => {}
            _ = stop.changed() => break,
        }
        if let Err(error) = node.identity.poll_revocations().await {
            tracing::debug!(%error, "What ended before its time could not be read");
        }
        match take_in(&node, &lease, seen).await {
            Ok(revision) => {
                if revision != seen {
                    seen = revision;
                    stages.follow(&node).await;
                }
                if node.health.set_store(true) {
                    tracing::info!("The control store answers again");
                }
            }
            Err(error) => {
                if node.health.set_store(false) {
                    tracing::error!("The control store does not answer: {error}");
                }
            }
        }
    }
    purge.abort();
    stages.end();
    if let Err(error) = lease.end().await {
        tracing::warn!("This node stays on the list of running ones: {error}");
    }
}

async fn take_in(node: &Node, lease: &Lease, seen: i64) -> Result<i64, portcullis_store::StoreError> {
    if node.control.store().revision().await? == seen {
        return Ok(seen);
    }
    let revision = node.opener.refresh().await?;
    node.surfaces.refresh(node.control.store()).await?;
    lease.seen(revision).await?;
    Ok(revision)
}

async fn forget_old_answers(node: Arc<Node>) {
    let mut tick = interval(PURGE);
    loop {
        tick.tick().await;
        if let Err(error) = node.idempotency.purge(node.clock.now()).await {
            tracing::warn!("Old answers could not be forgotten: {error}");
        }
        if let Err(error) = node.identity.purge(node.clock.now()).await {
            tracing::warn!(%error, "What ran out could not be forgotten");
        }
    }
}

/// One task for each open stage, so that a database that hangs delays no other.
#[derive(Default)]
struct Stages(HashMap<ConnectionId, (OpenStage, AbortHandle)>);

impl Stages {
    async fn follow(&mut self, node: &Arc<Node>) {
        let open: HashMap<_, _> =
            node.opener.stages().await.into_iter().map(|stage| (stage.connection.clone(), stage)).collect();
        self.0.retain(|id, (stage, task)| {
            let stays = open.contains_key(id);
            if !stays {
                task.abort();
                node.health.forget(&stage.project.slug, stage.project.stage.word());
            }
            stays
        });
        for (id, stage) in open {
            self.0.entry(id).or_insert_with(|| {
                let task = tokio::spawn(watch_stage(node.clone(), stage.clone()));
                (stage, task.abort_handle())
            });
        }
    }

    fn end(self) {
        for (_, task) in self.0.values() {
            task.abort();
        }
    }
}

/// What a watcher remembers of its database.
#[derive(Default)]
struct Memory {
    mark: Option<String>,
    synced: Option<Instant>,
    sync_took: Duration,
}

async fn watch_stage(node: Arc<Node>, stage: OpenStage) {
    let mut tick = interval(STRUCTURE_POLL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut memory = Memory::default();
    let (slug, word) = (stage.project.slug.clone(), stage.project.stage.word());
    loop {
        let drifted = tokio::select! {
            _ = tick.tick() => false,
            () = stage.drift.notified() => true,
        };
        let outcome = look(&node, &stage.connection, &mut memory, drifted).await;
        let before = node.health.set_database(&slug, word, outcome.is_ok());
        match (outcome, before) {
            (Err(error), None | Some(true)) => {
                tracing::warn!("The database of project `{slug}` ({word}) is away: {error}");
            }
            (Ok(()), Some(false)) => tracing::info!("The database of project `{slug}` ({word}) is back"),
            _ => {}
        }
        if drifted {
            tokio::time::sleep(DRIFT_PAUSE).await;
        }
    }
}

/// Asks a database for its mark, and syncs where it has changed.
async fn look(node: &Node, id: &ConnectionId, memory: &mut Memory, drifted: bool) -> Result<(), String> {
    let find = async || node.opener.stages().await.into_iter().find(|stage| stage.connection == *id);
    let Some(mut stage) = find().await else { return Ok(()) };
    if stage.offline {
        node.opener.retry(id).await.map_err(|error| error.to_string())?;
        match find().await {
            Some(again) => stage = again,
            None => return Ok(()),
        }
    }
    let engine = stage.project.engine.clone();
    let mark = match timeout(POLL_LIMIT, engine.structure_mark()).await {
        Err(_) => return Err("it did not answer in time".to_owned()),
        Ok(Err(error)) => return Err(text(&error)),
        Ok(Ok(mark)) => mark,
    };
    let due = match (&mark, memory.synced) {
        (_, None) => true,
        (Some(_), Some(_)) => mark != memory.mark,
        (None, Some(last)) => memory.sync_took < CHEAP_SYNC || last.elapsed() > COSTLY_SYNC_PAUSE,
    };
    if !due && !drifted {
        return Ok(());
    }
    let began = Instant::now();
    let synced = match node.control.sync(id, &*engine, None).await {
        Ok(synced) => synced,
        Err(ControlError::Database { what, .. }) => return Err(what),
        Err(error) => {
            tracing::error!("A sync of project `{}` failed: {error}", stage.project.slug);
            return Ok(());
        }
    };
    // The mark was taken before the sync: what changed in between shows with the next poll.
    *memory = Memory { mark, synced: Some(Instant::now()), sync_took: began.elapsed() };
    for change in &synced.changes {
        tracing::info!("Project `{}` ({}): {change}", stage.project.slug, stage.project.stage);
    }
    if synced.build.is_some() {
        node.opener.refresh().await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn text(error: &portcullis_engines::EngineError) -> String {
    error.cause().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
