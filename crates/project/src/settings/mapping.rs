//! `[mapping.*]`: which of the customer's tables and columns mean what. Nine cards, each optional.

use serde::{Deserialize, Serialize};

/// One field of a card: its name in the document and the column it is mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardField<'s> {
    /// The field's name.
    pub name: &'static str,
    /// The column, if it is mapped.
    pub column: Option<&'s str>,
    /// Whether the card is of no use without it.
    pub required: bool,
}

/// Makes a card: its struct, and its fields in order.
macro_rules! card {
    ($(#[$doc:meta])* $card:ident { $($field:ident $required:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $card {
            /// The table; absent while the card is not mapped.
            pub table: Option<String>,
            $(
                /// The column of this field.
                pub $field: Option<String>,
            )*
        }

        impl $card {
            fn fields(&self) -> Option<(&str, Vec<CardField<'_>>)> {
                let table = self.table.as_deref().filter(|table| !table.is_empty())?;
                let fields = vec![$(CardField {
                    name: stringify!($field),
                    column: self.$field.as_deref().filter(|column| !column.is_empty()),
                    required: $required,
                }),*];
                Some((table, fields))
            }
        }
    };
}

card!(
    /// The users.
    UserCard { id true, email true, firstname false, password true, is_active false, username false, lastname false, role false, email_verified false, created_at false, updated_at false, last_login false }
);
card!(
    /// Tokens of reset mails.
    PasswordResetTokenCard { id false, user_id true, token true, expires_at true, used_at false, created_at false }
);
card!(
    /// Sessions.
    SessionCard { id true, user_id true, refresh_token true, expires_at true, last_used false }
);
card!(
    /// Users' API keys.
    ApiKeyCard { id true, user_id false, account_id false, key true, expires_at false, created_at false, revoked_at false }
);
card!(
    /// Accounts at other providers.
    SocialProfileCard { id false, user_id true, provider true, provider_user_id true, email false, created_at false }
);
card!(
    /// Roles.
    RoleCard { id true, name true, description false }
);
card!(
    /// Permissions.
    PermissionCard { id true, name true, description false, entity_name false, allowed_actions false, scope_expression false }
);
card!(
    /// Which role has which permission.
    RolePermissionCard { id false, role_id true, permission_id true }
);
card!(
    /// Which user has which role.
    UserRoleCard { id false, user_id true, role_id true }
);

/// Which card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CardKind {
    /// The users.
    User,
    /// Tokens of reset mails.
    PasswordResetToken,
    /// Sessions.
    Session,
    /// Users' API keys.
    ApiKey,
    /// Accounts at other providers.
    SocialProfile,
    /// Roles.
    Role,
    /// Permissions.
    Permission,
    /// Which role has which permission.
    RolePermission,
    /// Which user has which role.
    UserRole,
}

impl CardKind {
    /// All of them, in the order of the reference manual.
    pub const ALL: [Self; 9] = [
        Self::User,
        Self::PasswordResetToken,
        Self::Session,
        Self::ApiKey,
        Self::SocialProfile,
        Self::Role,
        Self::Permission,
        Self::RolePermission,
        Self::UserRole,
    ];

    /// The card's name in the document.
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::PasswordResetToken => "password_reset_token",
            Self::Session => "session",
            Self::ApiKey => "api_key",
            Self::SocialProfile => "social_profile",
            Self::Role => "role",
            Self::Permission => "permission",
            Self::RolePermission => "role_permission",
            Self::UserRole => "user_role",
        }
    }
}

/// `[mapping]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// The users.
    pub user: UserCard,
    /// Tokens of reset mails.
    pub password_reset_token: PasswordResetTokenCard,
    /// Sessions.
    pub session: SessionCard,
    /// Users' API keys.
    pub api_key: ApiKeyCard,
    /// Accounts at other providers.
    pub social_profile: SocialProfileCard,
    /// Roles.
    pub role: RoleCard,
    /// Permissions.
    pub permission: PermissionCard,
    /// Which role has which permission.
    pub role_permission: RolePermissionCard,
    /// Which user has which role.
    pub user_role: UserRoleCard,
}

impl Mapping {
    /// A card's table and fields; `None` while it is not mapped.
    pub fn card(&self, kind: CardKind) -> Option<(&str, Vec<CardField<'_>>)> {
        match kind {
            CardKind::User => self.user.fields(),
            CardKind::PasswordResetToken => self.password_reset_token.fields(),
            CardKind::Session => self.session.fields(),
            CardKind::ApiKey => self.api_key.fields(),
            CardKind::SocialProfile => self.social_profile.fields(),
            CardKind::Role => self.role.fields(),
            CardKind::Permission => self.permission.fields(),
            CardKind::RolePermission => self.role_permission.fields(),
            CardKind::UserRole => self.user_role.fields(),
        }
    }
}
