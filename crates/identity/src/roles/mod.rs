//! Roles, permissions and who has them, over whichever store holds them: the customer's mapped tables, else what is
//! kept beside them. Those of the settings are shown and not changed here.

mod assign;
mod change;
mod list;
mod permissions;
mod survey;
mod tables;

use crate::IdentityError;

pub use assign::HeldRole;
pub use list::{PermissionView, RoleSource, RoleView};
pub use survey::RoleSurvey;

/// Bytes of a name at most. SEC-52.
const NAME_BYTES: usize = 128;

/// Makes sure that a text can be a role's name.
///
/// # Errors
///
/// [`IdentityError::Invalid`] says what a name is.
pub fn check_role_name(name: &str) -> Result<(), IdentityError> {
    check_name("role", name)
}

fn check_name(field: &str, name: &str) -> Result<(), IdentityError> {
    let good =
        !name.is_empty() && name.trim() == name && name.len() <= NAME_BYTES && !name.chars().any(char::is_control);
    if good {
        return Ok(());
    }
    let message = format!("`{field}` is a name of 1 to {NAME_BYTES} bytes, without blanks around it");
    Err(IdentityError::invalid(field, "invalid_name", message))
}
