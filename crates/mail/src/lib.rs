//! A message, its templates, and the ways to send it. Knows no flow that sent it.
//!
//! [`templates`] turn what a flow has to say into subject, text and HTML; a [`Message`] adds who it is from and for;
//! a [`Transport`] hands it over. [`probe`] tries a mail server step by step and says how far it came.

mod address;
mod error;
mod memory;
mod message;
mod smtp;
pub mod templates;
mod transport;

pub use address::{Address, AddressError, MAX_ADDRESS_BYTES, MAX_NAME_BYTES, Name};
pub use error::MailError;
pub use memory::Memory;
pub use message::{Message, Sender};
pub use smtp::{SEND_TIMEOUT_S, Security, Smtp, SmtpSettings, Step, probe, smtp};
pub use transport::{Receipt, Transport};
