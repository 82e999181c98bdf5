//! `POST /register`: an account, and no token. Contract: section 3.

use super::{Asked, Refusal, Reply, wire};
use portcullis_identity::{IdentityError, Registration};
use serde_json::json;

/// What `data.user` has.
const USER: [&str; 6] = ["id", "name", "email", "role", "created_at", "email_verified"];

/// `{name, email, password, password_confirmation}`: 201, or everything that is wrong at once.
pub async fn post(asked: &Asked) -> Result<Reply, Refusal> {
    let mut fields = wire::Fields::read(&asked.body)?;
    let (name, email) = (fields.required("name"), fields.required("email"));
    let password = fields.confirmed("password");
    let identity = asked.identity();
    for wrong in identity.check_registration(&asked.project, &email, password.expose(), asked.client()).await? {
        note(&mut fields, wrong)?;
    }
    let members = fields.done()?;
    let registration = Registration { email, password, name: Some(name), members };
    let made = identity.register(&asked.project, registration, asked.client(), asked.now).await?;
    let profile = identity.profile(&asked.project, &made.user.id, asked.now).await?;
    let message = match made.mailed {
        true => "Registration successful. Please check your email to verify your account.",
        false => "Registration successful.",
    };
    Ok(Reply::created(json!({"user": wire::user(&profile, &USER), "message": message})))
}

/// Notes what the core finds wrong, unless the form was already.
fn note(fields: &mut wire::Fields, wrong: IdentityError) -> Result<(), Refusal> {
    let (field, text) = password_text(&wrong)
        .map(|text| ("password", text))
        .or(match &wrong {
            IdentityError::EmailTaken => Some(("email", "Email already exists".to_owned())),
            IdentityError::Invalid { code: "invalid_email", .. } => Some(("email", "Email is invalid".to_owned())),
            _ => None,
        })
        .unwrap_or(("", String::new()));
    match &wrong {
        _ if !field.is_empty() => {
            if !fields.details.has(field) {
                fields.details.add(field, text);
            }
            Ok(())
        }
        // Said already when the form was read.
        IdentityError::Invalid { code: "missing_field", .. } => Ok(()),
        _ => Err(wrong.into()),
    }
}

/// What is wrong with a new password, in the words of the page.
pub fn password_text(wrong: &IdentityError) -> Option<String> {
    match wrong {
        IdentityError::Invalid { code: "password_too_short", message, .. } => {
            let number: String = message.chars().filter(char::is_ascii_digit).collect();
            Some(format!("Password must be at least {number} characters"))
        }
        IdentityError::Invalid { code: "password_too_common", .. } => {
            Some("Password is one of those that are tried first; choose another".to_owned())
        }
        IdentityError::Invalid { code: "password_invalid", .. } => Some("Password is invalid".to_owned()),
        IdentityError::PasswordTooLong { max_bytes } => Some(format!("Password must have at most {max_bytes} bytes")),
        _ => None,
    }
}

/// Notes under `field` what is wrong with a new password.
pub fn check_password(
    asked: &Asked,
    fields: &mut wire::Fields,
    field: &str,
    email: &str,
    password: &str,
) -> Result<(), Refusal> {
    if fields.details.has(field) {
        return Ok(());
    }
    let checked = asked.identity().check_new_password(&asked.project, email, field, password, asked.client());
    match checked.err().map(|wrong| password_text(&wrong).ok_or(wrong)) {
        None => {}
        Some(Ok(text)) => fields.details.add(field, text),
        Some(Err(wrong)) => return Err(wrong.into()),
    }
    Ok(())
}
