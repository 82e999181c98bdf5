//! Invitations: an administrator asks somebody by mail to join, into a tenant and in a role. Whoever holds the link has
//! read the mail, and so has shown that the address is theirs. One file per concern.

mod accept;
mod make;

pub(crate) use accept::take_text;

use crate::times::rfc3339;
use portcullis_base::Timestamp;
use portcullis_crypto::sha256;
use portcullis_query::access::EndUser;
use portcullis_store::invitations::Invitation;

/// How long an invitation works. Seconds.
const TTL_S: i64 = 7 * 86_400;

/// Before a role's name: the permission to invite into that role, whoever's it is.
pub const INTO_ROLE: &str = "invitations.into.";

/// Who invites, lists and withdraws.
#[derive(Debug, Clone, Copy)]
pub enum Inviter<'a> {
    /// An end user: an administrator, or somebody with the permission `invitations.<action>`; inside their tenant.
    User(&'a EndUser),
    /// An operator, or the holder of an admin key.
    Operator,
}

/// What an invitation shall be.
#[derive(Debug, Clone, Default)]
pub struct NewInvitation {
    /// To whom.
    pub email: String,
    /// In which role.
    pub role: Option<String>,
    /// Into which tenant; an end user's own unless it is named.
    pub tenant: Option<String>,
    /// Where its link leads.
    pub redirect_url: Option<String>,
}

/// An invitation as it is shown. Never its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownInvitation {
    /// `inv_...`
    pub id: String,
    /// To whom, in small letters.
    pub email: String,
    /// In which role.
    pub role: Option<String>,
    /// Into which tenant.
    pub tenant: Option<String>,
    /// `open`, `accepted`, `withdrawn` or `expired`.
    pub status: &'static str,
    /// By which user; `None` is an operator or a key.
    pub invited_by: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub expires_at: String,
}

fn shown(one: Invitation, now: Timestamp) -> ShownInvitation {
    let status = match () {
        () if one.accepted_at.is_some() => "accepted",
        () if one.withdrawn_at.is_some() => "withdrawn",
        () if one.expires_at <= now => "expired",
        () => "open",
    };
    ShownInvitation {
        id: one.id,
        email: one.address,
        role: one.role,
        tenant: one.tenant,
        status,
        invited_by: one.invited_by,
        created_at: rfc3339(one.created_at),
        expires_at: rfc3339(one.expires_at),
    }
}

fn hash_of(token: &str) -> [u8; 32] {
    sha256(format!("invitation {token}").as_bytes())
}
