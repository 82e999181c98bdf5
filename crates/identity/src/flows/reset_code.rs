//! A new password by a code that the project's server side brings to its user: it asked for the code, and sends it itself.

use crate::{
    Client, Identity, IdentityError,
    audit::Event,
    keys::ttl_s,
    methods::password::check_length,
    users::{Directory, normalised},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_mail::templates::Content;
use portcullis_project::Project;
use rand::{Rng, RngExt};

use super::{mail_token::Purpose, rules::NewPassword, signup::address, take_over::Seen};

/// Letters and digits of a code.
const LETTERS: usize = 10;
/// Without those that are taken for another.
const ALPHABET: &[u8; 56] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// How often a code may be tried.
const TRIES: i64 = 5;
/// No setting makes a code work for longer. Seconds, SEC-21.
const LONGEST_S: i64 = 3_600;

impl Identity {
    /// Makes a code with which a user can set a new password; an earlier one is void. For the project's server side
    /// only: whoever has the code has the account.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] where nobody who may sign in has the address.
    pub async fn make_reset_code(
        &self,
        project: &Project,
        email: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<Secret<String>, IdentityError> {
        let directory = Directory::of(project)?;
        let email = address("email", email)?;
        self.count_mail(project, &normalised(&email), client, now).await?;
        let user = directory.by_email(&email).await?.filter(|user| user.active).ok_or(IdentityError::NotFound)?;
        if self.state_of(project, &user.id).await?.disabled {
            return Err(IdentityError::NotFound);
        }
        let code = fresh(&mut rand::rng());
        let ttl = ttl_s(&project.settings.auth.reset_token_ttl, LONGEST_S).min(LONGEST_S);
        self.keep_code(project, Purpose::ResetCode, &user, &code, ttl, now).await?;
        let event = Event::of_user("reset_requested", &user.id);
        self.audit(project, Event { actor: None, ..event }, client, now).await;
        Ok(Secret::new(code))
    }

    /// Sets a new password by such a code, and ends whatever the user held.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidToken`]; a password that is refused leaves the code good.
    pub async fn reset_by_code(
        &self,
        project: &Project,
        email: &str,
        code: &str,
        password: &Secret<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        check_length("code", code, 64)?;
        let directory = Directory::of(project)?;
        let email = address("email", email)?;
        let kept = self.try_typed(project, Purpose::ResetCode, &email, code, TRIES, now).await?;
        let user = directory.by_id(&kept.user).await?.filter(|user| user.active);
        let user = user.filter(|user| normalised(&user.email) == kept.address).ok_or(IdentityError::InvalidToken)?;
        let hash = self.hash_new(&directory, NewPassword::of(&user, "password", password, client.surface), now).await?;
        self.use_up(&kept, now).await?;
        match directory.set_password(&user.id, &hash, now).await {
            Ok(true) => {}
            Ok(false) => return Err(IdentityError::InvalidToken),
            Err(error) => {
                self.give_back(&kept).await;
                return Err(error);
            }
        }
        self.end_for_password(project, &user.id, client.surface, now).await?;
        // Whoever holds the code was trusted with the mailbox: what a stranger added before goes. SEC-30.
        self.mailbox_seen(&directory, &user, Seen::NewPassword, client, now).await?;
        self.audit(project, Event::of_user("password_reset", &user.id), client, now).await;
        let content = Content::PasswordChangedNotice { at: now };
        self.send(project, &user.email, user.name.as_deref(), content, now.plus_s(86_400), now).await;
        Ok(())
    }
}

fn fresh(rng: &mut impl Rng) -> String {
    (0..LETTERS).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
}
