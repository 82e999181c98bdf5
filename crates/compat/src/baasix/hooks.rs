//! By which name of ours hooks know an operation of Baasix.

use super::{body_limit, call::cookie};
use crate::{
    Call,
    hooked::{Operation, of_auth, of_rows},
};

/// What hooks of an embedding program go by.
pub fn operation(call: &Call) -> Option<Operation> {
    let project = call.target.project.clone()?;
    let path = call.path();
    let name = match path.as_slice() {
        ["auth", rest @ ..] => match rest {
            ["password", "change"] => of_auth(&["change-password"]),
            ["password", "reset"] => of_auth(&["forgot-password"]),
            ["password", "reset", _] => of_auth(&["reset-password"]),
            ["magiclink"] => of_auth(&["magic-link"]),
            ["magiclink", _] => of_auth(&["magic-link", "verify"]),
            ["email", "verify"] | ["request-verify-email"] => of_auth(&["resend-verification"]),
            ["email", "verify", _] => of_auth(&["verify-email"]),
            ["switch-tenant"] => of_auth(&["tenant"]),
            ["invite"] => of_auth(&["invitations"]),
            ["verify-invite", ..] | ["accept-invite"] => of_auth(&["invitations", "accept"]),
            rest => of_auth(rest),
        },
        ["items", model, rest @ ..] => of_rows(&project, model, rest),
        [] => return None,
        rest => rest.iter().map(|segment| (*segment).to_owned()).collect(),
    };
    let token = call.bearer().or_else(|| cookie(call.headers(), "token")).map(str::to_owned);
    let limit = body_limit(&project, &path);
    Some(Operation { project, name, token, counted: true, limit })
}
