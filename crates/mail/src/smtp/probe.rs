//! Tries a mail server step by step: what an operator looks at when no mail arrives.

use super::{
    Mode, SEND_TIMEOUT_S, SmtpSettings,
    session::{self, Session},
};
use crate::{MailError, Message, error::clean};
use std::{
    future::Future,
    time::{Duration, Instant},
};

/// How long one step may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(SEND_TIMEOUT_S / 3);

/// One step and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `dns`, `connect`, `tls`, `login`, `accepted`.
    pub name: &'static str,
    /// Whether it went well.
    pub ok: bool,
    /// How long it took.
    pub took_ms: u64,
    /// What was found, or what went wrong. Never the password.
    pub detail: String,
}

/// Sends `message` step by step, and stops at the first step that fails.
pub async fn probe(settings: &SmtpSettings, message: &Message) -> Vec<Step> {
    let mut steps = Vec::with_capacity(5);
    // A failed step has been noted; the rest is left out.
    let _ = run(settings, message, &mut steps).await;
    steps
}

async fn run(settings: &SmtpSettings, message: &Message, steps: &mut Vec<Step>) -> Option<()> {
    let mut log = Log { steps, settings };
    let addresses = log
        .step("dns", session::resolve(settings), |found| {
            let list: Vec<_> = found.iter().map(|address| address.ip().to_string()).collect();
            format!("{} is {}", settings.host, list.join(", "))
        })
        .await?;
    let stream = log
        .step("connect", session::connect(&addresses), |stream| {
            stream.peer_addr().map_or_else(|_| "connected".to_owned(), |address| format!("connected to {address}"))
        })
        .await?;
    let mut session = log
        .step("tls", Session::open(settings, stream), |session| match (session.is_encrypted(), settings.mode()) {
            (true, Mode::Implicit) => "TLS from the first byte".to_owned(),
            (true, _) => "TLS by STARTTLS".to_owned(),
            (false, Mode::Plain) => {
                "no TLS, as the settings say: passwords and mails can be read on the way".to_owned()
            }
            (false, _) => "no TLS: the server does not offer it on this port".to_owned(),
        })
        .await?;
    log.step("login", session.log_in(), |logged_in| match (logged_in, &settings.username) {
        (true, Some(username)) => format!("logged in as {username}"),
        _ => "no login set, none tried".to_owned(),
    })
    .await?;
    let delivery = async { session.deliver(&message.encode()?).await };
    log.step("accepted", delivery, |answer| format!("the server took the mail for {}: {answer}", message.to)).await?;
    let _ = tokio::time::timeout(Duration::from_secs(2), session.quit()).await;
    Some(())
}

struct Log<'a> {
    steps: &'a mut Vec<Step>,
    settings: &'a SmtpSettings,
}

impl Log<'_> {
    async fn step<T>(
        &mut self,
        name: &'static str,
        work: impl Future<Output = Result<T, MailError>>,
        found: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        let start = Instant::now();
        let result = tokio::time::timeout(STEP_TIMEOUT, work)
            .await
            .unwrap_or_else(|_| Err(MailError::unavailable(format!("no answer within {} s", STEP_TIMEOUT.as_secs()))));
        let took_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (ok, detail) = match &result {
            Ok(value) => (true, found(value)),
            Err(error) => (false, error.to_string()),
        };
        self.steps.push(Step { name, ok, took_ms, detail: clean(&detail, self.settings.secret()) });
        result.ok()
    }
}
