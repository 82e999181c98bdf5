//! Sends what is in the queue: claims, hands over, notes what became of it. REL-9, REL-24.

use super::{Outbox, Payload};
use portcullis_base::{Clock, Timestamp};
use portcullis_mail::{MailError, SmtpSettings, Transport, smtp};
use portcullis_project::{Project, Registry};
use portcullis_store::{
    StoreError,
    mails::{self, Mail},
};
use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Mails that are handed over at the same time.
const AT_ONCE: u32 = 4;
/// How long a worker sleeps when nobody wakes it. Other nodes put mails in too.
const NAP: Duration = Duration::from_secs(1);
/// How often old records are looked for. Seconds.
const PURGE_EVERY_S: i64 = 3_600;

/// Makes the way to a server.
type Dial = dyn Fn(SmtpSettings) -> Arc<dyn Transport> + Send + Sync;

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ran {
    /// Mails accepted by a server.
    pub sent: usize,
    /// Mails to be tried again.
    pub retried: usize,
    /// Mails refused for good.
    pub failed: usize,
    /// Mails dropped with their tokens.
    pub expired: usize,
}

impl Ran {
    /// How many mails were in this node's hands.
    pub const fn claimed(self) -> usize {
        self.sent + self.retried + self.failed
    }
}

/// Sends the mails of every open stage.
pub struct Worker {
    outbox: Outbox,
    registry: Arc<Registry>,
    dial: Arc<Dial>,
    /// Accepted by a server, but the store could not be told yet: never sent again by this node.
    accepted: Mutex<HashSet<String>>,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worker")
    }
}

/// How long after the `attempts`-th try the next one comes. Seconds: 10 s, 1 min, 5 min, 15 min, then every hour.
pub fn retry_after_s(attempts: i64) -> i64 {
    const WAITS_S: [i64; 5] = [10, 60, 300, 900, 3_600];
    let at = usize::try_from(attempts.max(1) - 1).unwrap_or(0);
    WAITS_S.get(at).copied().unwrap_or(3_600)
}

enum Outcome {
    Sent,
    Failed(String),
    Retry { error: String, server_is_down: bool },
}

impl Worker {
    /// A worker that sends by SMTP.
    pub fn new(outbox: Outbox, registry: Arc<Registry>) -> Self {
        Self::with_dial(outbox, registry, Arc::new(|settings| Arc::new(smtp(settings))))
    }

    /// A worker that sends in another way: for tests.
    pub fn with_dial(outbox: Outbox, registry: Arc<Registry>, dial: Arc<Dial>) -> Self {
        Self { outbox, registry, dial, accepted: Mutex::default() }
    }

    /// Works until it is dropped.
    pub async fn run(&self, clock: &dyn Clock) {
        let mut purged_at = Timestamp(0);
        loop {
            let now = clock.now();
            match self.run_once(now).await {
                Ok(ran) if ran.claimed() > 0 => continue,
                Ok(_) => {}
                Err(error) => tracing::error!("Mails wait, the control store failed: {error}"),
            }
            if now >= purged_at.plus_s(PURGE_EVERY_S) {
                purged_at = now;
                if let Err(error) = self.outbox.store.db().write(move |tx| mails::purge(tx, now)).await {
                    tracing::error!("Old mails were not forgotten: {error}");
                }
            }
            let _ = tokio::time::timeout(NAP, self.outbox.wake.notified()).await;
        }
    }

    /// One round: drops what has expired, claims a few mails that are due and hands them over.
    ///
    /// # Errors
    ///
    /// What the store says; whatever was in hand is taken up again when its lease ends.
    pub async fn run_once(&self, now: Timestamp) -> Result<Ran, StoreError> {
        let owner = self.outbox.store.boot().to_owned();
        let round = self.outbox.store.db().write(move |tx| {
            let expired = mails::expire(tx, now)?;
            Ok((expired, mails::claim(tx, &owner, AT_ONCE, now)?))
        });
        let (expired, claimed) = round.await?;
        let mut ran = Ran { expired, ..Ran::default() };
        let outcomes = futures_util::future::join_all(claimed.iter().map(|mail| self.deliver(mail))).await;
        for (mail, outcome) in claimed.iter().zip(outcomes) {
            self.note(mail, outcome, now, &mut ran).await?;
        }
        Ok(ran)
    }

    async fn deliver(&self, mail: &Mail) -> Outcome {
        if self.was_accepted(&mail.id) {
            return Outcome::Sent;
        }
        let later = |error: String| Outcome::Retry { error, server_is_down: false };
        let Some(project) = self.project(mail) else { return later("the project is not open".to_owned()) };
        let payload = match self.outbox.store.open_mail(mail).map(|kept| kept.as_ref().map(Payload::read)) {
            Ok(Some(Ok(payload))) => payload,
            Ok(None) => return Outcome::Failed("the mail is empty".to_owned()),
            Ok(Some(Err(error))) | Err(error) => return Outcome::Failed(error.to_string()),
        };
        let sending = match self.outbox.sending(&project).await {
            Ok(sending) => sending,
            // Settings may be corrected before the token ends.
            Err(error) => return later(error.to_string()),
        };
        let message = match payload.message(&mail.id, &mail.to, &sending.from, mail.created_at) {
            Ok(message) => message,
            Err(error) => return Outcome::Failed(error),
        };
        match (self.dial)(sending.server).send(&message).await {
            Ok(_) => {
                self.accepted().insert(mail.id.clone());
                Outcome::Sent
            }
            Err(error) => match error {
                MailError::Permanent { detail, .. } => Outcome::Failed(detail),
                MailError::Temporary { detail, .. } => later(detail),
                MailError::Unavailable { detail, .. } => Outcome::Retry { error: detail, server_is_down: true },
            },
        }
    }

    async fn note(&self, mail: &Mail, outcome: Outcome, now: Timestamp, ran: &mut Ran) -> Result<(), StoreError> {
        let (id, owner) = (mail.id.clone(), self.outbox.store.boot().to_owned());
        let db = self.outbox.store.db();
        match outcome {
            Outcome::Sent => {
                db.write(move |tx| mails::sent(tx, &id, now)).await?;
                self.accepted().remove(&mail.id);
                ran.sent += 1;
            }
            Outcome::Failed(error) => {
                tracing::warn!(mail.id = %mail.id, "A mail `{}` was refused for good: {error}", mail.kind);
                db.write(move |tx| mails::failed(tx, &id, &owner, now, &error)).await?;
                ran.failed += 1;
            }
            Outcome::Retry { error, server_is_down } => {
                let wait_s = retry_after_s(mail.attempts);
                tracing::warn!(mail.id = %mail.id, wait_s, "A mail `{}` waits: {error}", mail.kind);
                let connection = mail.connection.clone();
                db.write(move |tx| {
                    mails::retry(tx, &id, &owner, now.plus_s(wait_s), &error)?;
                    if server_is_down {
                        mails::put_off(tx, &connection, now.plus_s(retry_after_s(1)), now)?;
                    }
                    Ok(())
                })
                .await?;
                ran.retried += 1;
            }
        }
        Ok(())
    }

    fn project(&self, mail: &Mail) -> Option<Arc<Project>> {
        self.registry.all().into_iter().find(|project| project.connection == mail.connection)
    }

    fn was_accepted(&self, id: &str) -> bool {
        self.accepted().contains(id)
    }

    fn accepted(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
