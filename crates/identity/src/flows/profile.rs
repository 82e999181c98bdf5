//! A user with everything a surface shows of them: roles, and the moments of their life here.

use crate::{Identity, IdentityError, User, sessions::is_verified, times::rfc3339_s, users::Directory};
use portcullis_base::Timestamp;
use portcullis_project::Project;
use portcullis_query::convert::parse_moment;
use serde_json::Value;

/// A user and what is known of them.
#[derive(Debug)]
pub struct Profile {
    /// The user, as the table has them.
    pub user: User,
    /// Names of roles.
    pub roles: Vec<String>,
    /// Permissions of those roles.
    pub permissions: Vec<String>,
    /// Whether the user is an administrator.
    pub administrator: bool,
    /// Whether the present address was verified.
    pub email_verified: bool,
    /// RFC 3339 in UTC, whole seconds; `None` where the table does not say.
    pub created_at: Option<String>,
    /// The same.
    pub updated_at: Option<String>,
    /// The last good login, from here or as the table says.
    pub last_login: Option<String>,
}

impl Identity {
    /// The profile of a user who may sign in.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] where there is no such user (any more).
    pub async fn profile(&self, project: &Project, user: &str, now: Timestamp) -> Result<Profile, IdentityError> {
        let directory = Directory::of(project)?;
        let state = self.state_of(project, user).await?;
        let user = directory.by_id(user).await?.ok_or(IdentityError::NotFound)?;
        if !user.active || state.disabled {
            return Err(IdentityError::Unauthenticated);
        }
        let standing = self.stands(&directory, &user, &state).await?;
        let rights = self.part(project, &standing, standing.chosen(None), now).await?;
        let moment = |field: &str| {
            let column = directory.card.column(field)?;
            user.shown.get(&column.name).and_then(whole_seconds)
        };
        Ok(Profile {
            roles: rights.roles.clone(),
            permissions: rights.permissions.clone(),
            administrator: rights.administrator,
            email_verified: is_verified(&user, &state),
            created_at: moment("created_at"),
            updated_at: moment("updated_at"),
            last_login: state.last_login_at.map(rfc3339_s).or_else(|| moment("last_login")),
            user,
        })
    }
}

/// A moment of a row, whatever form its column has.
fn whole_seconds(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => parse_moment(text)
            .and_then(|at| at.and_utc().timestamp().checked_mul(1_000_000))
            .map(|micros| rfc3339_s(Timestamp(micros))),
        // Seconds, or milliseconds where seconds would be an age of the world away.
        Value::Number(number) => {
            let at = number.as_i64()?;
            let seconds = if at > 100_000_000_000 { at / 1_000 } else { at };
            Some(rfc3339_s(Timestamp(seconds.checked_mul(1_000_000)?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn moments_of_every_form_are_whole_seconds_in_utc() {
        let wanted = Some("2024-01-15T10:30:00Z".to_owned());
        for value in [
            json!("2024-01-15T10:30:00Z"),
            json!("2024-01-15T10:30:00.123456Z"),
            json!("2024-01-15 10:30:00"),
            json!(1_705_314_600),
            json!(1_705_314_600_123_i64),
        ] {
            assert_eq!(whole_seconds(&value), wanted, "{value}");
        }
        assert_eq!(whole_seconds(&json!("long ago")), None);
        assert_eq!(whole_seconds(&json!(null)), None);
    }
}
