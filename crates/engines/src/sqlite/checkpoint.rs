//! Moves the WAL into the file on a thread of its own, so that the writer seldom has to wait for the disk.
//!
//! A checkpoint beside a busy writer never catches up with it, and only one that does lets the WAL begin anew. So
//! SQLite's own at commit stays on, and where ours keep it from its turn, the writer waits and finishes the work.

use super::connect::{Conn, Role, Source};
use crossbeam_channel::{Sender, bounded};
use parking_lot::Mutex;
use rusqlite::wal::CheckpointMode;
use std::{sync::Arc, thread};

/// Pages to be moved that are worth a checkpoint: half of what makes SQLite begin one at commit.
const PAGES: i32 = 500;
/// Pages in the WAL that make the writer finish the work itself, and do so again after as many more.
const TOO_MANY: i32 = 2_000;

/// The way to the thread.
pub struct Checkpoints {
    /// `None` without WAL.
    to: Option<Sender<()>>,
    /// Held while a checkpoint runs.
    turn: Arc<Mutex<()>>,
    next: i32,
}

impl Checkpoints {
    /// Starts the thread.
    pub fn start(source: &Arc<Source>) -> Self {
        let turn = Arc::new(Mutex::new(()));
        let mut to = None;
        if source.wal && !source.read_only {
            let (source, turn) = (Arc::clone(source), Arc::clone(&turn));
            let (tell, told) = bounded::<()>(1);
            let started = thread::Builder::new().name("sqlite-checkpoint".to_owned()).spawn(move || {
                let mut conn = None;
                while told.recv().is_ok() {
                    conn = conn.take().filter(|conn| source.is_current(conn));
                    if conn.is_none() {
                        conn = source.connect(Role::Writer).ok();
                    }
                    if let Some(conn) = &conn {
                        let _turn = turn.lock();
                        passive(conn);
                    }
                }
            });
            to = started.is_ok().then_some(tell);
        }
        Self { to, turn, next: TOO_MANY }
    }

    /// Asks for a checkpoint where one is worth it.
    pub fn after_commit(&mut self, conn: &Conn) {
        let Some(to) = &self.to else { return };
        // NOOP only tells the numbers; they are -1 when the file is no longer in WAL mode.
        let Ok((written, moved)) = conn.sql.wal_checkpoint_v2(Some("main"), CheckpointMode::NOOP) else { return };
        if written < PAGES {
            self.next = TOO_MANY;
        }
        if written >= self.next {
            let _turn = self.turn.lock();
            passive(conn);
            // Readers of older states may keep it from being enough.
            self.next = written.saturating_add(TOO_MANY);
        } else if written - moved >= PAGES {
            // Asked already, when there is no room.
            let _ = to.try_send(());
        }
    }
}

fn passive(conn: &Conn) {
    if let Err(error) = conn.sql.wal_checkpoint_v2(Some("main"), CheckpointMode::PASSIVE) {
        // Somebody else's checkpoint is as good as ours.
        tracing::debug!(%error, "The checkpoint was left to another");
    }
}
