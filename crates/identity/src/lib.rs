//! Who a request acts for: users mapped onto the customer's own tables, the methods that prove them, sessions and tokens.
//!
//! Every method ends in a [`Proof`], and opening a session is the only door behind it. Serves no HTTP.

mod access;
mod accounts;
mod api_keys;
mod audit;
mod client;
mod data_passwords;
mod error;
mod expired;
mod external;
#[cfg(test)]
mod fake_server;
mod fault;
mod flows;
mod hashing;
mod identity;
mod invitations;
pub mod issuers;
mod keys;
mod letters;
mod limits;
pub mod mails;
mod mapped_keys;
mod mapped_profiles;
mod mapped_resets;
mod mapped_sessions;
pub mod methods;
pub mod outbound;
mod project_keys;
pub mod propose;
mod revocations;
mod role_rules;
pub mod roles;
mod root_tokens;
pub mod sessions;
mod standing;
mod surface;
mod tenants;
mod times;
pub mod users;

pub use access::Accepted;
pub use accounts::{ADMINISTRATOR, AccountUser, MEMBER, OWNER};
pub use api_keys::{MadeApiKey, NewApiKey};
pub use client::Client;
pub use data_passwords::DataPasswords;
pub use error::IdentityError;
pub use fault::CredentialFault;
pub use flows::*;
pub use hashing::HashPool;
pub use identity::Identity;
pub use invitations::{INTO_ROLE, Inviter, NewInvitation, ShownInvitation};
pub use limits::{Limit, LimitState};
pub use methods::{CEREMONY_TTL_S, Proof};
pub use project_keys::ProjectKeys;
pub use role_rules::NewRoleRule;
pub use root_tokens::RootToken;
pub use sessions::{AuthResult, SessionView};
pub use surface::{
    ADMIN, COMMAND, ClaimsOf, LONGEST_ACCESS_TTL_S, NATIVE, SignupColumns, SurfaceAlgorithm, SurfaceLimits,
    SurfaceLockout, SurfaceRules,
};
pub use tenants::{Tenant, TenantSource};
pub use times::rfc3339;
pub use users::User;
