//! By which name of ours hooks know an operation of MoonDB.

use super::{SURFACE, wire::BODY};
use crate::{
    Call,
    hooked::{Operation, of_auth, of_rows},
};

/// What hooks of an embedding program go by: users and rows. What keys administer is nobody's operation.
pub fn operation(call: &Call) -> Option<Operation> {
    let path = call.path();
    let ["p", id, room @ ("auth" | "api"), rest @ ..] = path.as_slice() else { return None };
    let project = call.target.named(&call.state, &SURFACE, &id.replace("%40", "@"))?;
    let name = match (*room, rest) {
        ("auth", rest) => of_auth(rest),
        (_, [model, rest @ ..]) => of_rows(&project, model, rest),
        (_, []) => return None,
    };
    let token = call.bearer().map(str::to_owned);
    Some(Operation { project, name, token, counted: *room == "auth", limit: BODY })
}
