//! Mails of the flows: written from templates, queued in the store, sent by whichever node is free.
//!
//! A flow asks the [`Outbox`] for a mail and puts it in with the transaction that makes its token, so that a dead mail
//! server slows no request (REL-9). The [`Worker`] claims, sends, retries and drops. [`link`] says where links lead;
//! no header of a request has a part in it (SEC-23).

mod error;
mod links;
mod outbox;
mod payload;
mod redirect;
mod sender;
mod templates;
mod worker;

pub use error::MailsError;
pub use links::{LinkBase, LinkPurpose, link};
pub use outbox::{Given, Letter, Outbox, Shown};
pub use payload::Payload;
pub use portcullis_mail::Step;
pub use redirect::{RedirectError, RedirectUrl};
pub use sender::{NodeEmail, OutboxOptions, Sending};
pub use worker::{Ran, Worker, retry_after_s};

#[cfg(test)]
mod tests;
