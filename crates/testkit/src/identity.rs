//! What tests of identity need: hashes as old applications left them, and what was written down.

use crate::TestApp;
use portcullis_base::ConnectionId;
use portcullis_crypto::password::{Format, Spelling, make};

/// A bcrypt hash of a password.
pub fn bcrypt(password: &str) -> String {
    let hash = make(&Spelling::of(Format::Bcrypt), password, &mut rand::rng());
    hash.expect("bcrypt takes the password").expose().clone()
}

/// The SHA-256 of a text in hexadecimal.
pub fn sha256_hex(text: &str) -> String {
    portcullis_crypto::sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl TestApp {
    /// The latest audit events as (event, result), the newest first.
    pub fn audit(&self) -> Vec<(String, String)> {
        let id = ConnectionId("conn_test".to_owned());
        let read = self.store.db().read(move |tx| portcullis_store::audit::latest(tx, Some(&id), 100));
        let events = self.run(read).expect("the audit");
        events.into_iter().map(|(_, event)| (event.event, event.result)).collect()
    }
}
