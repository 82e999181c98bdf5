//! What is written down of what happened. SEC-63.

use crate::{Client, Identity};
use portcullis_base::Timestamp;
use portcullis_project::Project;
use portcullis_store::audit::{self, AuditEvent};

/// Something that happened to somebody.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub event: &'static str,
    pub result: String,
    pub actor: Option<String>,
    pub subject: Option<String>,
    pub detail: Option<String>,
}

impl Event {
    /// Something a user did.
    pub fn of_user(event: &'static str, user: &str) -> Self {
        Self {
            event,
            result: "ok".to_owned(),
            actor: Some(user.to_owned()),
            subject: Some(user.to_owned()),
            detail: None,
        }
    }

    /// A login that came to nothing.
    pub fn login(account: &str, code: &str) -> Self {
        Self {
            event: "login",
            result: code.to_owned(),
            actor: None,
            subject: Some(account.chars().take(128).collect()),
            detail: None,
        }
    }

    /// The same with another outcome.
    pub fn with(mut self, result: &str) -> Self {
        self.result = result.to_owned();
        self
    }

    /// The same with what it was about, as JSON.
    pub fn about(mut self, detail: serde_json::Value) -> Self {
        self.detail = Some(detail.to_string());
        self
    }
}

impl Identity {
    /// What was written down of one request, the latest first; nothing where the store does not answer.
    pub async fn events_of(&self, project: &Project, request_id: &str) -> Vec<serde_json::Value> {
        let (connection, id) = (project.connection.clone(), request_id.to_owned());
        let found = self.store.db().read(move |tx| audit::of_request(tx, &connection, &id)).await;
        let told = |one: &AuditEvent| {
            serde_json::json!({
                "event": one.event, "result": one.result, "actor": one.actor, "subject": one.subject, "detail": one.detail,
            })
        };
        found.unwrap_or_default().iter().map(told).collect()
    }

    /// Writes an event down. What cannot be written is said in the log.
    pub(crate) async fn audit(&self, project: &Project, event: Event, client: &Client, now: Timestamp) {
        let row = AuditEvent {
            connection: Some(project.connection.clone()),
            event: event.event.to_owned(),
            result: event.result,
            actor: event.actor,
            subject: event.subject,
            tenant: None,
            ip: client.ip_text(),
            request_id: Some(client.request_id.clone()).filter(|id| !id.is_empty()),
            detail: event.detail,
        };
        if let Err(error) = self.store.db().write(move |tx| audit::insert(tx, &row, now)).await {
            tracing::error!(%error, event = event.event, "An audit event could not be kept");
        }
    }
}
