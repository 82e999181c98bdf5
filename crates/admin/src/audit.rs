//! `GET /audit`: what happened on the instance and in every project. SEC-63.

use crate::{
    call::Call,
    refusal,
    route::{Parameter, Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_base::ConnectionId;
use portcullis_store::audit::{Filter, PAGE as PAGE_MAX};
use portcullis_web::ApiError;

/// Events of a page, unless another number is asked for.
const PAGE: u32 = 50;

/// The parameters of every list of the audit.
pub const QUERY: &[Parameter] = &[
    Parameter { name: "event", kind: "string", about: "Only events of this name, such as operator.login" },
    Parameter { name: "actor", kind: "string", about: "Only what this actor did" },
    Parameter { name: "before", kind: "integer", about: "Only events older than this id: `next_before` of a page" },
    Parameter { name: "limit", kind: "integer", about: "Events of a page: 50, and 200 at most" },
];

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/audit",
    id: "listAudit",
    about: "What happened on the instance and in every project, the newest first",
    query: QUERY,
    body: None,
    answer: Some(wire::audit_form),
    refusals: &[],
    run: Run::Operator(|call, _| Box::pin(page(call, None))),
};

/// A page of the audit, of all connections or of some.
pub async fn page(mut call: Call, connections: Option<Vec<ConnectionId>>) -> Result<Response<Body>, ApiError> {
    let query = &mut call.query;
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let limit = query.take_number("limit")?.map_or(PAGE, small).clamp(1, PAGE_MAX);
    let filter = Filter {
        connections,
        event: query.take("event")?,
        actor: query.take("actor")?,
        before: query.take_number("before")?.map(|id| i64::try_from(id).unwrap_or(i64::MAX)),
        limit,
    };
    query.end(&["event", "actor", "before", "limit"])?;
    let rows = call.surface.control.audit(filter).await.map_err(refusal::of_control)?;
    Ok(wire::audit(&rows, limit))
}
