//! By which server a stage's mails go, and who they are from: `[email]` of its settings, else that of the node.

use super::MailsError;
use portcullis_base::Secret;
use portcullis_mail::{Address, Name, Security, Sender, SmtpSettings};
use portcullis_project::{
    Project, Stage,
    settings::{EmailSecurity, EmailSettings},
};
use portcullis_store::Store;

/// The port for handing mails over. Source: RFC 6409, 3.1.
const SUBMISSION_PORT: u16 = 587;

/// `[email]` of `portcullis.toml`: for projects without their own.
#[derive(Debug, Clone)]
pub struct NodeEmail {
    /// The section.
    pub settings: EmailSettings,
    /// The login's password, read from where the node's secrets are.
    pub password: Option<Secret<String>>,
}

/// What a node knows about mails.
#[derive(Debug, Clone, Default)]
pub struct OutboxOptions {
    /// Where this instance is reached: the base of links to ourselves.
    pub public_url: String,
    /// `[email]` of `portcullis.toml`.
    pub node_email: Option<NodeEmail>,
    /// Whether mail servers may have private addresses: `[outbound] allow_private`. SEC-54.
    pub allow_private: bool,
}

/// By which server, and who from.
#[derive(Debug, Clone)]
pub struct Sending {
    /// The server.
    pub server: SmtpSettings,
    /// The sender.
    pub from: Sender,
}

/// What becomes of a stage's mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// They are sent.
    Sent,
    /// They stay in the outbox.
    Held,
    /// There are none.
    None,
}

pub(super) fn way(project: &Project, options: &OutboxOptions) -> Way {
    if section(project, options).is_some() {
        Way::Sent
    } else if project.stage == Stage::Development {
        Way::Held
    } else {
        Way::None
    }
}

/// What the application calls itself in mails.
pub(super) fn app_name(project: &Project, options: &OutboxOptions) -> String {
    let own = &project.settings.email;
    let of_node = || options.node_email.as_ref().and_then(|node| node.settings.from_name.clone());
    own.from_name.clone().or_else(of_node).unwrap_or_else(|| project.slug.clone())
}

pub(super) async fn sending(project: &Project, options: &OutboxOptions, store: &Store) -> Result<Sending, MailsError> {
    let (email, node_password) = section(project, options).ok_or(MailsError::NotConfigured)?;
    let host = email.host.as_deref().ok_or(MailsError::NotConfigured)?;
    let mut server = SmtpSettings::new(host, email.port.unwrap_or(SUBMISSION_PORT)).security(match email.security {
        None | Some(EmailSecurity::Auto) => Security::Auto,
        Some(EmailSecurity::StartTls) => Security::StartTls,
        Some(EmailSecurity::Tls) => Security::Tls,
        Some(EmailSecurity::Plain) => Security::Plain,
    });
    server.allow_private = options.allow_private;
    if let Some(username) = &email.username {
        let password = match (node_password, email.password_name()) {
            (Some(password), _) => password.clone(),
            (None, Some(name)) => {
                let value = store.secret(&project.connection, name).await?;
                value.ok_or_else(|| MailsError::SecretMissing(name.to_owned()))?
            }
            (None, None) => return Err(MailsError::SecretMissing("smtp".to_owned())),
        };
        server = server.login(username, password);
    }
    let address: Address = email.from_address.as_deref().ok_or(MailsError::NotConfigured)?.parse()?;
    let name: Name = app_name(project, options).parse()?;
    Ok(Sending { server, from: Sender { address, name: Some(name) } })
}

/// Where links lead and what language mails have: the node's section only where the project says nothing about mail.
pub(super) fn words<'a>(project: &'a Project, options: &'a OutboxOptions) -> &'a EmailSettings {
    let own = &project.settings.email;
    match &options.node_email {
        Some(node) if *own == EmailSettings::default() => &node.settings,
        _ => own,
    }
}

/// The section in force; the password beside it if it is the node's.
fn section<'a>(
    project: &'a Project,
    options: &'a OutboxOptions,
) -> Option<(&'a EmailSettings, Option<&'a Secret<String>>)> {
    if project.settings.email.is_set_up() {
        return Some((&project.settings.email, None));
    }
    let node = options.node_email.as_ref().filter(|node| node.settings.is_set_up())?;
    Some((&node.settings, node.password.as_ref()))
}
