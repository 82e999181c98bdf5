//! The second step of a login whose first has shown who the user is, and the same for somebody who is signed in and
//! wants to do something delicate.

use super::{Factor, Method, Owner, Proof, aal, ceremony, factor::SecondFactors, recovery, totp};
use crate::{
    Client, Identity, IdentityError, User,
    audit::Event,
    methods::{passkey::PasskeyAssertion, recovery::RecoveryCheck, totp::TotpCheck},
    users::Directory,
};
use portcullis_base::{Secret, Timestamp};
use portcullis_crypto::random_token;
use portcullis_project::Project;
use portcullis_store::users::UserState;
use serde::{Deserialize, Serialize};

const KIND: &str = "second_factor";

/// Who waits for a second factor, and by what the first step was done.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    user: String,
    method: String,
    /// A password that is changed in between ends the wait.
    version: i64,
}

/// A user who has done the first step.
#[derive(Debug)]
pub(crate) struct HalfProved {
    pub user: User,
    method: String,
    ticket: String,
    version: i64,
}

/// A code that stands for a second factor.
#[derive(Debug, Clone, Copy)]
pub enum SecondCode<'a> {
    /// Of the authenticator app.
    Totp(&'a str),
    /// From the drawer.
    Recovery(&'a str),
}

impl Identity {
    /// Whose factors.
    pub(crate) fn owner<'a>(&'a self, project: &'a Project, user: &'a str) -> Owner<'a> {
        Owner { store: &self.store, connection: &project.connection, user }
    }

    /// Refuses with what the second step needs.
    pub(crate) async fn ask_second<T>(
        &self,
        project: &Project,
        user: &str,
        method: String,
        state: &UserState,
        factors: SecondFactors,
        now: Timestamp,
    ) -> Result<T, IdentityError> {
        let ticket = Secret::new(format!("mfa_{}", random_token(&mut rand::rng()).expose()));
        let waiting = Waiting { user: user.to_owned(), method, version: state.password_version };
        ceremony::keep(&self.store, &project.connection, KIND, &ticket, &waiting, now).await?;
        let all =
            [(factors.totp, "totp"), (factors.passkeys > 0, "passkey"), (factors.recovery_codes > 0, "recovery_code")];
        let factors = all.into_iter().filter(|(there, _)| *there).map(|(_, word)| word).collect();
        Err(IdentityError::MfaRequired { ticket: ticket.expose().clone(), factors })
    }

    /// Who did the first step. The ticket stays good: a mistyped code is not the end.
    pub(crate) async fn half_proved(
        &self,
        project: &Project,
        ticket: &str,
        now: Timestamp,
    ) -> Result<HalfProved, IdentityError> {
        let waiting: Option<Waiting> = ceremony::peek(&self.store, &project.connection, KIND, ticket, now).await?;
        let waiting = waiting.ok_or(IdentityError::InvalidMfaToken)?;
        let state = self.state_of(project, &waiting.user).await?;
        let user = Directory::of(project)?.by_id(&waiting.user).await?;
        let user = user.filter(|user| user.active && !state.disabled && state.password_version == waiting.version);
        let user = user.ok_or(IdentityError::InvalidMfaToken)?;
        Ok(HalfProved { user, method: waiting.method, ticket: ticket.to_owned(), version: waiting.version })
    }

    /// Both steps are done, the second by a code.
    pub(crate) async fn prove_by_code(
        &self,
        project: &Project,
        half: HalfProved,
        code: SecondCode<'_>,
        client: &Client,
        now: Timestamp,
    ) -> Result<Proof, IdentityError> {
        let (factor, checked) = match code {
            SecondCode::Totp(code) => (Factor::Totp, self.check_totp(project, &half.user, code, now).await),
            SecondCode::Recovery(code) => {
                (Factor::RecoveryCode, self.check_recovery(project, &half.user, code, now).await)
            }
        };
        if let Err(error) = checked {
            let event = Event::of_user("second_factor", &half.user.id).with(error.code());
            self.audit(project, event, client, now).await;
            return Err(error);
        }
        self.whole(project, half, factor, now).await
    }

    /// Both steps are done, the second by a passkey.
    pub(crate) async fn prove_by_passkey(
        &self,
        project: &Project,
        half: HalfProved,
        assertion: &PasskeyAssertion,
        now: Timestamp,
    ) -> Result<Proof, IdentityError> {
        if assertion.user_id != half.user.id {
            return Err(IdentityError::InvalidMfaToken);
        }
        self.whole(project, half, assertion.factor(), now).await
    }

    /// Of many second steps with one ticket one gets through.
    async fn whole(
        &self,
        project: &Project,
        half: HalfProved,
        second: Factor,
        now: Timestamp,
    ) -> Result<Proof, IdentityError> {
        let taken: Option<Waiting> = ceremony::take(&self.store, &project.connection, KIND, &half.ticket, now).await?;
        taken.ok_or(IdentityError::InvalidMfaToken)?;
        let (method, first) = match half.method.as_str() {
            "mailbox" => (Method::Mailbox, Factor::Mailbox),
            "passkey" => (Method::Passkey, Factor::Passkey { user_verified: true }),
            other => match other.strip_prefix(Method::AT_PROVIDER) {
                Some(provider) => {
                    let aal = aal(&[Factor::Social, second]);
                    return Ok(Proof::at_provider(half.user, provider.to_owned())
                        .with_aal(aal)
                        .at_version(half.version));
                }
                None => (Method::Password, Factor::Password),
            },
        };
        Ok(Proof::new(half.user, method, aal(&[first, second])).at_version(half.version))
    }

    async fn check_totp(
        &self,
        project: &Project,
        user: &User,
        code: &str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        worth(totp::verify(self.owner(project, &user.id), code, now).await?, now)
    }

    async fn check_recovery(
        &self,
        project: &Project,
        user: &User,
        code: &str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        match recovery::consume(self.owner(project, &user.id), code, now).await? {
            RecoveryCheck::Accepted { .. } => Ok(()),
            RecoveryCheck::Wrong => Err(IdentityError::WrongCode),
            RecoveryCheck::Locked { until } => Err(locked(until, now)),
        }
    }
}

impl Proof {
    /// Whom a passkey has proved alone: the authenticator checked a PIN, a finger or a face.
    pub(crate) fn of_passkey(user: User, assertion: &PasskeyAssertion) -> Option<Self> {
        let strength = aal(&[assertion.factor()]);
        (user.id == assertion.user_id && user.active).then(|| Self::new(user, Method::Passkey, strength))
    }
}

/// What a code of an authenticator app was worth.
pub(crate) fn worth(check: TotpCheck, now: Timestamp) -> Result<(), IdentityError> {
    match check {
        TotpCheck::Accepted => Ok(()),
        TotpCheck::Wrong { .. } | TotpCheck::Reused => Err(IdentityError::WrongCode),
        TotpCheck::Locked { until } => Err(locked(until, now)),
        TotpCheck::Blocked => Err(IdentityError::FactorLocked { retry_after_s: None }),
    }
}

fn locked(until: Timestamp, now: Timestamp) -> IdentityError {
    let wait_s = (until.unix_s() - now.unix_s()).max(1);
    IdentityError::FactorLocked { retry_after_s: Some(u32::try_from(wait_s).unwrap_or(u32::MAX)) }
}
