//! What the audit is told of operators: who, from where, with what result. SEC-63.

use super::{OperatorCaller, OperatorError, Operators};
use portcullis_base::{ConnectionId, Timestamp};
use portcullis_store::{
    StoreError, Tx,
    audit::{self, AuditEvent},
};
use serde_json::Value;
use std::net::IpAddr;

/// Characters of a client's name that are kept. SEC-52.
const USER_AGENT_CHARS: usize = 256;

/// Where a request came from.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The socket's address. SEC-8.
    pub ip: Option<IpAddr>,
    /// What it calls itself.
    pub user_agent: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
}

impl Client {
    pub(super) fn ip_text(&self) -> Option<String> {
        self.ip.map(|ip| ip.to_string())
    }

    pub(super) fn short_user_agent(&self) -> Option<String> {
        let clean = |text: &String| text.chars().filter(|c| !c.is_control()).take(USER_AGENT_CHARS).collect();
        self.user_agent.as_ref().map(clean)
    }
}

/// Who acts on operators.
#[derive(Debug, Clone)]
pub enum Source {
    /// A command run beside the node.
    Command,
    /// The node at its start, from its environment.
    Environment,
}

impl Source {
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Environment => "node",
        }
    }
}

/// What an operator did to something of a project.
#[derive(Debug, Clone)]
pub struct Deed {
    /// The event's name, such as `operator.user_disabled`.
    pub name: &'static str,
    /// The stage.
    pub connection: ConnectionId,
    /// To whom or what.
    pub subject: String,
    /// More; never a secret.
    pub detail: Option<Value>,
}

impl Operators {
    /// Tells the audit what an operator did.
    ///
    /// # Errors
    ///
    /// [`OperatorError::Store`].
    pub async fn tell(&self, caller: &OperatorCaller, deed: Deed, client: &Client) -> Result<(), OperatorError> {
        let event = AuditEvent {
            connection: Some(deed.connection),
            subject: Some(deed.subject),
            detail: deed.detail.map(|detail| detail.to_string()),
            ..event(deed.name, Some(&caller.operator.id), client, "ok")
        };
        let now = self.now();
        Ok(self.store.db().write(move |tx| audit::insert(tx, &event, now)).await?)
    }
}

/// An event about an operator; `result` is `ok` or the code of the refusal.
pub(super) fn event(name: &str, actor: Option<&str>, client: &Client, result: &str) -> AuditEvent {
    AuditEvent {
        event: name.to_owned(),
        result: result.to_owned(),
        actor: actor.map(str::to_owned),
        ip: client.ip_text(),
        request_id: client.request_id.clone(),
        ..AuditEvent::default()
    }
}

/// Tells what an operator did to themselves.
pub(super) fn tell(
    tx: &Tx<'_>,
    name: &str,
    operator: &str,
    client: &Client,
    result: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = event(name, Some(operator), client, result);
    audit::insert(tx, &AuditEvent { subject: Some(operator.to_owned()), ..event }, now)
}
