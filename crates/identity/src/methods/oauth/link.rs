//! Which user a person at a provider is: one pure function. SEC-30.

use super::SocialIdentity;

/// What is known of the local user who has the provider's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalUser {
    /// The user's id.
    pub id: String,
    /// Whether the address is known to be the user's own.
    pub address: LocalAddress,
    /// Whether the user may sign in at all.
    pub active: bool,
    /// Whether password, sessions and other links can be taken away: not on a table that may only be read.
    pub can_be_reset: bool,
}

/// What is known of a local address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalAddress {
    /// The user has shown that it is theirs.
    Verified,
    /// The user has not.
    Unverified,
    /// The table does not say. A password of years must not be lost for that, and nobody be let in.
    Unknown,
}

/// The local users who have the provider's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalMatch {
    /// Nobody.
    Nobody,
    /// One.
    One(LocalUser),
    /// Several: nobody can tell which.
    Several,
}

/// What to do with a person who came from a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkDecision {
    /// Linked before: sign in as this user.
    SignIn(String),
    /// Link with this user, then sign in.
    Link(String),
    /// The address was taken by someone who never showed that it is theirs: drop this user's password, sessions and
    /// other links, mark the address as verified, then link and sign in.
    LinkAfterDropping(String),
    /// Make a user with the provider's address, which counts as verified.
    Create,
    /// Neither.
    Refuse(LinkRefusal),
}

/// Why a person is no user here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    /// The provider does not vouch for the address. The same with and without a user of that address.
    #[error("the provider does not say that the address is verified; verify it there, or sign in another way and link")]
    AddressNotVouchedFor,
    /// The local address may be another person's.
    #[error("sign in with the password first, then link the provider")]
    LocalAddressUnverified,
    /// The address is that of several users.
    #[error("the address belongs to several users; sign in another way and link the provider")]
    AmbiguousAddress,
    /// The person is linked with another user.
    #[error("this account of the provider is linked with another user")]
    LinkedToAnother,
    /// The user may not sign in. To be answered like wrong credentials.
    #[error("invalid login credentials")]
    Inactive,
}

impl LinkRefusal {
    /// Stable, documented, never renamed: clients branch on it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AddressNotVouchedFor => "provider_email_not_verified",
            Self::LocalAddressUnverified => "link_needs_sign_in",
            Self::AmbiguousAddress => "ambiguous_email",
            Self::LinkedToAnother => "social_linked_to_another",
            Self::Inactive => "invalid_credentials",
        }
    }
}

/// Decides which user a person is.
///
/// `profile` is the user the person was linked with before; `signed_in` the one who asked to link while signed in;
/// `local` who has the provider's address. Whether a signed-in user or one linked before is active, their session and
/// their loading say.
pub fn link_decision(
    identity: &SocialIdentity,
    profile: Option<&str>,
    signed_in: Option<&str>,
    local: &LocalMatch,
) -> LinkDecision {
    use LinkDecision as D;
    use LinkRefusal as R;
    match (profile, signed_in) {
        (Some(user), Some(wants)) if user != wants => return D::Refuse(R::LinkedToAnother),
        (Some(user), _) => return D::SignIn(user.to_owned()),
        // Both sides are proved; addresses say nothing more.
        (None, Some(user)) => return D::Link(user.to_owned()),
        (None, None) => {}
    }
    if identity.email.is_none() || !identity.email_verified {
        return D::Refuse(R::AddressNotVouchedFor);
    }
    match local {
        LocalMatch::Nobody => D::Create,
        LocalMatch::Several => D::Refuse(R::AmbiguousAddress),
        LocalMatch::One(user) if !user.active => D::Refuse(R::Inactive),
        LocalMatch::One(user) => match user.address {
            LocalAddress::Verified => D::Link(user.id.clone()),
            LocalAddress::Unverified if user.can_be_reset => D::LinkAfterDropping(user.id.clone()),
            LocalAddress::Unverified | LocalAddress::Unknown => D::Refuse(R::LocalAddressUnverified),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{LinkDecision as D, LinkRefusal as R, LocalAddress as A, *};

    fn identity(email: Option<&str>, email_verified: bool) -> SocialIdentity {
        let (provider, subject) = ("google".to_owned(), "g-1".to_owned());
        SocialIdentity { provider, subject, email: email.map(str::to_owned), email_verified, name: None }
    }

    fn user(address: LocalAddress, active: bool, can_be_reset: bool) -> LocalMatch {
        LocalMatch::One(LocalUser { id: "7".into(), address, active, can_be_reset })
    }

    fn everyone() -> Vec<LocalMatch> {
        let mut all = vec![LocalMatch::Nobody, LocalMatch::Several];
        for address in [A::Verified, A::Unverified, A::Unknown] {
            for (active, can_be_reset) in [(true, true), (true, false), (false, true), (false, false)] {
                all.push(user(address, active, can_be_reset));
            }
        }
        all
    }

    #[test]
    fn sec_30_a_strangers_address_links_only_if_both_sides_are_verified() {
        let vouched = identity(Some("ada@example.com"), true);
        for (local, expected) in [
            (LocalMatch::Nobody, D::Create),
            (LocalMatch::Several, D::Refuse(R::AmbiguousAddress)),
            (user(A::Verified, true, true), D::Link("7".into())),
            (user(A::Verified, true, false), D::Link("7".into())),
            (user(A::Unverified, true, true), D::LinkAfterDropping("7".into())),
            (user(A::Unverified, true, false), D::Refuse(R::LocalAddressUnverified)),
            (user(A::Unknown, true, true), D::Refuse(R::LocalAddressUnverified)),
            (user(A::Unknown, true, false), D::Refuse(R::LocalAddressUnverified)),
            (user(A::Verified, false, true), D::Refuse(R::Inactive)),
            (user(A::Unverified, false, true), D::Refuse(R::Inactive)),
            (user(A::Unknown, false, false), D::Refuse(R::Inactive)),
        ] {
            assert_eq!(link_decision(&vouched, None, None, &local), expected, "{local:?}");
        }
    }

    #[test]
    fn sec_30_an_address_the_provider_does_not_vouch_for_is_worth_nothing_and_tells_nothing() {
        for identity in [identity(Some("ada@example.com"), false), identity(None, false), identity(None, true)] {
            for local in everyone() {
                let decision = link_decision(&identity, None, None, &local);
                assert_eq!(decision, D::Refuse(R::AddressNotVouchedFor), "{identity:?} {local:?}");
            }
        }
    }

    #[test]
    fn sec_29_who_was_linked_before_is_that_user_whatever_the_address_says_now() {
        for identity in [identity(Some("ada@example.com"), true), identity(Some("x@y.z"), false), identity(None, false)]
        {
            for local in everyone() {
                assert_eq!(link_decision(&identity, Some("8"), None, &local), D::SignIn("8".into()), "{local:?}");
            }
        }
    }

    #[test]
    fn who_is_signed_in_links_any_account_that_is_nobody_elses() {
        for identity in [identity(Some("other@example.com"), true), identity(None, false)] {
            for local in everyone() {
                assert_eq!(link_decision(&identity, None, Some("9"), &local), D::Link("9".into()), "{local:?}");
                assert_eq!(link_decision(&identity, Some("9"), Some("9"), &local), D::SignIn("9".into()));
                let taken = link_decision(&identity, Some("8"), Some("9"), &local);
                assert_eq!(taken, D::Refuse(R::LinkedToAnother));
            }
        }
    }
}
