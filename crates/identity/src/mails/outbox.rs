//! Writes mails and puts them into the queue; shows what became of them.

use super::{
    LinkBase, LinkPurpose, MailsError, OutboxOptions, Payload, RedirectUrl, Sending, link,
    sender::{self, Way},
};
use portcullis_base::{Timestamp, new_id};
use portcullis_mail::{
    Address, Name, Step, probe,
    templates::{Content, Language, Rendered, Shared, Templates},
};
use portcullis_project::{Project, Stage};
use portcullis_store::{
    Store,
    mails::{self, Mail, MailState, NewMail},
};
use std::sync::Arc;
use tokio::sync::Notify;

/// The kind of mails whose subject and body a caller brings.
pub(super) const GIVEN: &str = "given";

/// A mail of ours to one user.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Who it is for.
    pub to: Address,
    /// What its reader is called, if that is known.
    pub name: Option<String>,
    /// What its reader reads; the project's language otherwise.
    pub language: Option<Language>,
    /// What it says.
    pub content: Content,
    /// When what it holds is of no use any more: the end of its token.
    pub expires_at: Timestamp,
}

/// A mail whose subject and body the caller brings. Whom it may go to, the caller has decided.
#[derive(Debug, Clone)]
pub struct Given {
    /// Who it is for.
    pub to: Address,
    /// What stands beside the project's own address as sender.
    pub from_name: Option<Name>,
    /// Where an answer goes.
    pub reply_to: Option<Address>,
    /// One line.
    pub subject: String,
    /// What everyone can read.
    pub text: String,
    /// The same with HTML.
    pub html: Option<String>,
    /// When it is not worth sending any more.
    pub expires_at: Timestamp,
}

/// A mail as the outbox shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What became of it.
    pub mail: Mail,
    /// What it says: only of mails that are held. A link on its way to a user is nobody else's.
    pub payload: Option<Payload>,
}

/// The door to the queue of mails; cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    pub(super) store: Store,
    pub(super) options: Arc<OutboxOptions>,
    pub(super) wake: Arc<Notify>,
}

impl Outbox {
    /// A door to the queue in `store`.
    pub fn new(store: Store, options: OutboxOptions) -> Self {
        Self { store, options: Arc::new(options), wake: Arc::new(Notify::new()) }
    }

    /// Whether the stage's mails go anywhere: to a server, or in development to the outbox.
    pub fn is_set_up(&self, project: &Project) -> bool {
        sender::way(project, &self.options) != Way::None
    }

    /// Where the node is reached from outside.
    pub fn public_url(&self) -> &str {
        &self.options.public_url
    }

    /// Makes a link of the stage.
    pub fn link(&self, project: &Project, purpose: LinkPurpose, redirect: Option<&RedirectUrl>, token: &str) -> String {
        // Production is what `/p/{project}` serves; the others are named.
        let name = match project.stage {
            Stage::Production => project.slug.clone(),
            stage => format!("{}@{stage}", project.slug),
        };
        let base = LinkBase {
            public_url: &self.options.public_url,
            project: &name,
            email: sender::words(project, &self.options),
        };
        link(base, purpose, redirect, token)
    }

    /// Writes a mail. Put it in with [`mails::enqueue`] in the transaction that makes its token, then [`Outbox::wake`].
    ///
    /// # Errors
    ///
    /// [`MailsError::NotConfigured`]; what the store says.
    pub async fn prepare(&self, project: &Project, letter: &Letter, now: Timestamp) -> Result<NewMail, MailsError> {
        let id = new_id("mail", &mut rand::rng());
        let rendered = self.write(project, letter).await?;
        let payload = Payload {
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            from_name: None,
            reply_to: None,
        };
        self.new_mail(project, id, letter.content.kind().word(), &letter.to, &payload, (now, letter.expires_at))
    }

    /// Writes down a mail that the caller brings, to be put in like [`Outbox::prepare`]'s.
    ///
    /// # Errors
    ///
    /// [`MailsError::Unsendable`] when it cannot be written; [`MailsError::NotConfigured`].
    pub fn prepare_given(&self, project: &Project, given: Given, now: Timestamp) -> Result<NewMail, MailsError> {
        let id = new_id("mail", &mut rand::rng());
        let payload = Payload {
            subject: given.subject,
            text: given.text,
            html: given.html,
            from_name: given.from_name.map(|name| name.as_str().to_owned()),
            reply_to: given.reply_to.map(|address| address.to_string()),
        };
        // Tried with the receiver as sender, before it is accepted: SEC-26.
        let from = portcullis_mail::Sender { address: given.to.clone(), name: None };
        payload
            .message(&id, given.to.as_str(), &from, now)
            .and_then(|message| message.to_bytes().map_err(|error| error.to_string()))
            .map_err(MailsError::Unsendable)?;
        self.new_mail(project, id, GIVEN, &given.to, &payload, (now, given.expires_at))
    }

    /// Writes a mail and puts it in, in a transaction of its own. Gives its id.
    ///
    /// # Errors
    ///
    /// As [`Outbox::prepare`].
    pub async fn send(&self, project: &Project, letter: &Letter, now: Timestamp) -> Result<String, MailsError> {
        let mail = self.prepare(project, letter, now).await?;
        let id = mail.id.clone();
        self.store.db().write(move |tx| mails::enqueue(tx, &mail)).await?;
        self.wake();
        Ok(id)
    }

    /// Tells the worker of this node that there is something to send.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The latest hundred mails of the stage, the newest first.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn list(&self, project: &Project) -> Result<Vec<Shown>, MailsError> {
        let connection = project.connection.clone();
        let mails = self.store.db().read(move |tx| mails::list(tx, &connection)).await?;
        mails.into_iter().map(|mail| self.show(mail)).collect()
    }

    /// One mail of the stage.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn find(&self, project: &Project, id: &str) -> Result<Option<Shown>, MailsError> {
        let (connection, id) = (project.connection.clone(), id.to_owned());
        let mail = self.store.db().read(move |tx| mails::find(tx, &connection, &id)).await?;
        mail.map(|mail| self.show(mail)).transpose()
    }

    /// Sends a test mail by the stage's server, at once and step by step.
    ///
    /// # Errors
    ///
    /// [`MailsError::NotConfigured`] and [`MailsError::SecretMissing`]; what goes wrong on the way is in the steps.
    pub async fn test(&self, project: &Project, letter: &Letter, now: Timestamp) -> Result<Vec<Step>, MailsError> {
        let Sending { server, from } = self.sending(project).await?;
        let Rendered { subject, text, html } = self.write(project, letter).await?;
        let payload = Payload { subject, text, html, from_name: None, reply_to: None };
        let id = new_id("mail", &mut rand::rng());
        let message = payload.message(&id, letter.to.as_str(), &from, now).map_err(MailsError::Unsendable)?;
        Ok(probe(&server, &message).await)
    }

    /// By which server the stage's mails go.
    ///
    /// # Errors
    ///
    /// [`MailsError::NotConfigured`] and [`MailsError::SecretMissing`].
    pub async fn sending(&self, project: &Project) -> Result<Sending, MailsError> {
        sender::sending(project, &self.options, &self.store).await
    }

    async fn write(&self, project: &Project, letter: &Letter) -> Result<Rendered, MailsError> {
        let own = sender::words(project, &self.options).language.as_deref().and_then(|language| language.parse().ok());
        let language = letter.language.clone().or(own).unwrap_or_default();
        let shared = Shared {
            app_name: sender::app_name(project, &self.options),
            email: letter.to.to_string(),
            name: letter.name.clone().unwrap_or_default(),
        };
        let kind = letter.content.kind();
        let templates = self.templates_of(project, kind).await?;
        templates.render(&letter.content, &language, &shared).or_else(|error| {
            // Kept when it was right, wrong for this version: a reset that is not sent helps nobody.
            tracing::warn!(project.id = %project.id, "A mail of `{}` uses our own text: {error}", project.slug);
            Ok(Templates::default().render(&letter.content, &language, &shared)?)
        })
    }

    fn new_mail(
        &self,
        project: &Project,
        id: String,
        kind: &str,
        to: &Address,
        payload: &Payload,
        (created_at, expires_at): (Timestamp, Timestamp),
    ) -> Result<NewMail, MailsError> {
        let way = sender::way(project, &self.options);
        if way == Way::None {
            return Err(MailsError::NotConfigured);
        }
        Ok(NewMail {
            payload: self.store.seal_mail(&id, &payload.to_secret()),
            id,
            connection: project.connection.clone(),
            kind: kind.to_owned(),
            to: to.to_string(),
            held: way == Way::Held,
            created_at,
            expires_at,
        })
    }

    fn show(&self, mail: Mail) -> Result<Shown, MailsError> {
        let payload = match mail.state {
            MailState::Held => self.store.open_mail(&mail)?.as_ref().map(Payload::read).transpose()?,
            MailState::Waiting | MailState::Sent | MailState::Failed | MailState::Expired => None,
        };
        Ok(Shown { mail, payload })
    }
}
