//! An instance without operators: the environment makes the first one, or a one-time link does. SEC-67.

use anyhow::Context as _;
use portcullis_base::Secret;
use portcullis_control::operators::{Operators, SETUP_TTL_S, Source};

const EMAIL: &str = "PORTCULLIS_OPERATOR_EMAIL";
const PASSWORD: &str = "PORTCULLIS_OPERATOR_PASSWORD";

/// What the environment says of the first operator.
#[derive(Debug)]
pub struct Given {
    email: String,
    password: Secret<String>,
}

/// Reads the environment.
///
/// # Errors
///
/// One of the two without the other.
pub fn given() -> anyhow::Result<Option<Given>> {
    let read = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    match (read(EMAIL), read(PASSWORD).map(Secret::new)) {
        (None, None) => Ok(None),
        (Some(email), Some(password)) => Ok(Some(Given { email, password })),
        (None, Some(_)) => anyhow::bail!("{PASSWORD} is set and {EMAIL} is not; the first operator needs both"),
        (Some(_), None) => anyhow::bail!("{EMAIL} is set and {PASSWORD} is not; the first operator needs both"),
    }
}

/// Makes the first operator where the environment names one and there is none; else gives the line with the set-up
/// link, where there is still none.
///
/// # Errors
///
/// An address or a password that cannot be taken.
pub async fn prepare(operators: &Operators, given: Option<Given>, public_url: &str) -> anyhow::Result<Option<String>> {
    if let Some(Given { email, password }) = given {
        let made = operators.create_first(&email, password, &Source::Environment).await;
        if let Some(made) = made.with_context(|| format!("the first operator of {EMAIL} and {PASSWORD}"))? {
            tracing::info!(operator.id = %made.id, "Made the first operator, as the environment says");
        }
    }
    let token = operators.setup_token().await?;
    Ok(token.map(|token| {
        format!(
            "\nThere is no operator yet. Make the first one within {} hours, at this link, which works once:\n\n  \
             {public_url}/console/setup?token={}\n",
            SETUP_TTL_S / 3_600,
            token.expose()
        )
    }))
}
