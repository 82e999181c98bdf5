//! Links and codes in mails: made, found, used up. SEC-21.

use crate::{Identity, IdentityError, User, users::normalised};
use portcullis_base::{Secret, Timestamp, new_id};
use portcullis_crypto::{keyed, random_token, sha256};
use portcullis_project::Project;
use portcullis_store::one_time::{self, OneTime};
use rand::RngExt;

/// Characters of a token at most. SEC-52.
pub(crate) const TOKEN_CHARS: usize = 4_096;
/// How often a code may be tried.
const TRIES: i64 = 5;

/// What a link or code is for. One of another purpose is not known. SEC-13.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Reset,
    Verify,
    MagicLink,
    Code,
    EmailChange,
    ResetCode,
    LinkCode,
}

impl Purpose {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reset => "password_reset",
            Self::Verify => "email_verification",
            Self::MagicLink => "magic_link",
            Self::Code => "one_time_code",
            Self::EmailChange => "email_change",
            Self::ResetCode => "password_reset_code",
            Self::LinkCode => "link_code",
        }
    }
}

impl Identity {
    /// Makes a link's token for a user; older ones of the purpose are void.
    pub(crate) async fn make_link_token(
        &self,
        project: &Project,
        purpose: Purpose,
        user: &User,
        payload: Option<String>,
        ttl_s: i64,
        now: Timestamp,
    ) -> Result<Secret<String>, IdentityError> {
        let token = Secret::new(new_link_token());
        self.keep_link_token(project, purpose, user, &token, payload, ttl_s, now).await?;
        Ok(token)
    }

    /// Keeps a link's token that was made already; older ones of the purpose are void.
    #[expect(clippy::too_many_arguments, reason = "the row's own columns")]
    pub(crate) async fn keep_link_token(
        &self,
        project: &Project,
        purpose: Purpose,
        user: &User,
        token: &Secret<String>,
        payload: Option<String>,
        ttl_s: i64,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let hash = link_hash(purpose, token.expose());
        self.keep_token(project, purpose, user, hash, payload, ttl_s, now).await
    }

    /// Makes a code of six digits for a user, bound to the address.
    pub(crate) async fn make_code(
        &self,
        project: &Project,
        user: &User,
        ttl_s: i64,
        now: Timestamp,
    ) -> Result<Secret<String>, IdentityError> {
        let code = format!("{:06}", rand::rng().random_range(0..1_000_000_u32));
        self.keep_code(project, Purpose::Code, user, &code, ttl_s, now).await?;
        Ok(Secret::new(code))
    }

    /// Keeps a code that is typed, bound to the user's address; older ones of the purpose are void.
    pub(crate) async fn keep_code(
        &self,
        project: &Project,
        purpose: Purpose,
        user: &User,
        code: &str,
        ttl_s: i64,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let hash = self.code_hash(project, &normalised(&user.email), code);
        self.keep_token(project, purpose, user, hash, None, ttl_s, now).await
    }

    #[expect(clippy::too_many_arguments, reason = "the row's own columns")]
    async fn keep_token(
        &self,
        project: &Project,
        purpose: Purpose,
        user: &User,
        hash: [u8; 32],
        payload: Option<String>,
        ttl_s: i64,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let row = OneTime {
            id: new_id("otk", &mut rand::rng()),
            connection: project.connection.clone(),
            purpose: purpose.word().to_owned(),
            user: user.id.clone(),
            address: normalised(&user.email),
            hash,
            payload,
            created_at: now,
            expires_at: now.plus_s(ttl_s),
        };
        Ok(self.store.db().write(move |tx| one_time::replace(tx, &row)).await?)
    }

    /// The token as it is kept, if it still works. Does not use it up.
    pub(crate) async fn find_token(
        &self,
        project: &Project,
        purpose: Purpose,
        token: &str,
        now: Timestamp,
    ) -> Result<OneTime, IdentityError> {
        if token.len() > TOKEN_CHARS {
            return Err(IdentityError::InvalidToken);
        }
        let (connection, hash) = (project.connection.clone(), link_hash(purpose, token));
        let found = self.store.db().read(move |tx| one_time::peek(tx, &connection, purpose.word(), &hash, now)).await?;
        found.ok_or(IdentityError::InvalidToken)
    }

    /// Uses a token up; of many at once one gets through.
    pub(crate) async fn use_up(&self, token: &OneTime, now: Timestamp) -> Result<(), IdentityError> {
        let id = token.id.clone();
        let won = self.store.db().write(move |tx| one_time::consume(tx, &id, now)).await?;
        if won { Ok(()) } else { Err(IdentityError::InvalidToken) }
    }

    /// Gives a token back whose use came to nothing for a reason of ours.
    pub(crate) async fn give_back(&self, token: &OneTime) {
        let id = token.id.clone();
        if let Err(error) = self.store.db().write(move |tx| one_time::give_back(tx, &id)).await {
            tracing::error!(%error, "A token could not be given back");
        }
    }

    /// Counts a try of a code, compares it, and uses it up.
    pub(crate) async fn use_code(
        &self,
        project: &Project,
        address: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<OneTime, IdentityError> {
        let token = self.try_typed(project, Purpose::Code, address, code, TRIES, now).await?;
        self.use_up(&token, now).await?;
        Ok(token)
    }

    /// Counts a try of a code and compares it. Does not use it up.
    pub(crate) async fn try_typed(
        &self,
        project: &Project,
        purpose: Purpose,
        address: &str,
        code: &str,
        tries: i64,
        now: Timestamp,
    ) -> Result<OneTime, IdentityError> {
        let (connection, address) = (project.connection.clone(), normalised(address));
        let hash = self.code_hash(project, &address, code.trim());
        let tried = self
            .store
            .db()
            .write(move |tx| one_time::try_code(tx, &connection, purpose.word(), &address, tries, now))
            .await?;
        tried.filter(|token| portcullis_crypto::same(&token.hash, &hash)).ok_or(IdentityError::InvalidToken)
    }

    /// Whether the code that was sent to an address was tried too often.
    pub(crate) async fn tried_out(
        &self,
        project: &Project,
        purpose: Purpose,
        address: &str,
        tries: i64,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let (connection, address) = (project.connection.clone(), normalised(address));
        let asked = self
            .store
            .db()
            .read(move |tx| one_time::is_tried_out(tx, &connection, purpose.word(), &address, tries, now));
        Ok(asked.await?)
    }

    // Six digits are soon tried out: without our secret their hash tells nothing.
    fn code_hash(&self, project: &Project, address: &str, code: &str) -> [u8; 32] {
        keyed(self.secret.expose(), format!("code {} {address} {code}", project.connection).as_bytes())
    }
}

/// 256 random bits.
pub(crate) fn new_link_token() -> String {
    format!("mt_{}", random_token(&mut rand::rng()).expose())
}

fn link_hash(purpose: Purpose, token: &str) -> [u8; 32] {
    sha256(format!("{} {token}", purpose.word()).as_bytes())
}
