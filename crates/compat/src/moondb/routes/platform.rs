//! `/v1/accounts` and `/v1/projects`: how strangers begin, where the instance lets them. Source: the contract's section 1.

use super::super::ask::Ask;
use super::super::{error::Refusal, wire::Outcome};

/// Answers a call below `/v1`; there is nothing where strangers may not.
pub async fn handle(_: &mut Ask, _: &[&str]) -> Outcome {
    Err(Refusal::not_found())
}
