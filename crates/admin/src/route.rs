//! What a route is, and the table of all of them.

use crate::{acting::Acting, audit, auth, call::Call, document, explain, invitations, mails, projects, roles, users};
use axum::body::Body;
use http::{Method, Response};
use portcullis_control::operators::OperatorCaller;
use portcullis_web::ApiError;
use serde_json::Value;
use std::pin::Pin;

/// An answer on its way.
pub type Running = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// An answer, or why there is none.
pub type Answer = Result<Response<Body>, ApiError>;

/// What answers, and whom.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    /// Everybody.
    Open(fn(Call) -> Running),
    /// Operators.
    Operator(fn(Call, OperatorCaller) -> Running),
    /// Operators, on an opened stage.
    Acting(fn(Acting) -> Running),
}

/// A parameter of the query.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// `string` or `integer`.
    pub kind: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// One operation: how it is called, what is said of it, what answers.
#[derive(Debug)]
pub struct Route {
    /// The method; GET answers HEAD too.
    pub method: Method,
    /// The path below `/admin/v1`; a segment in braces is a parameter.
    pub path: &'static str,
    /// Its name in the document, and so in clients made from it.
    pub id: &'static str,
    /// What it does.
    pub about: &'static str,
    /// The parameters of the query.
    pub query: &'static [Parameter],
    /// The form of the body.
    pub body: Option<fn() -> Value>,
    /// The form of the answer; `None` where there is nothing to say (204).
    pub answer: Option<fn() -> Value>,
    /// The refusals a caller should be ready for besides 400, 401, 404 and 500.
    pub refusals: &'static [(u16, &'static str)],
    /// What answers.
    pub run: Run,
}

/// Every route, in the order of the reference.
pub static ROUTES: &[&Route] = &[
    &document::ROUTE,
    &auth::setup::ROUTE,
    &auth::login::ROUTE,
    &auth::refresh::ROUTE,
    &auth::logout::ROUTE,
    &auth::me::ROUTE,
    &auth::change_password::ROUTE,
    &projects::list::ROUTE,
    &projects::read::ROUTE,
    &projects::connections::ROUTE,
    &projects::mapping::ROUTE,
    &projects::mapping_proposal::ROUTE,
    &users::find::ROUTE,
    &users::read::ROUTE,
    &users::disable::ROUTE,
    &users::enable::ROUTE,
    &users::roles::ROUTE,
    &users::give_role::ROUTE,
    &users::take_role::ROUTE,
    &users::tenants::ROUTE,
    &users::join_tenant::ROUTE,
    &users::leave_tenant::ROUTE,
    &users::give_tenant_role::ROUTE,
    &users::take_tenant_role::ROUTE,
    &users::reset_mail::ROUTE,
    &users::verify::ROUTE,
    &users::forget_factors::ROUTE,
    &users::sessions::ROUTE,
    &users::end_sessions::ROUTE,
    &users::end_session::ROUTE,
    &roles::list::ROUTE,
    &roles::put::ROUTE,
    &roles::remove::ROUTE,
    &roles::grant::ROUTE,
    &roles::revoke::ROUTE,
    &roles::permissions::ROUTE,
    &roles::put_permission::ROUTE,
    &roles::remove_permission::ROUTE,
    &invitations::list::ROUTE,
    &invitations::create::ROUTE,
    &invitations::withdraw::ROUTE,
    &mails::list::ROUTE,
    &mails::read::ROUTE,
    &mails::test::ROUTE,
    &explain::ROUTE,
    &explain::BY_ID,
    &projects::audit::ROUTE,
    &audit::ROUTE,
];

/// What a path below `/admin/v1` means.
pub enum Found {
    /// A route and the values of the path's parameters.
    Route(&'static Route, Vec<String>),
    /// A path that exists, with other methods.
    OtherMethods(&'static str),
    /// Nothing.
    Nothing,
}

/// Finds the route of a method and decoded segments.
pub fn find(method: &Method, segments: &[String]) -> Found {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let mut others = Vec::new();
    for route in ROUTES {
        let Some(values) = values(route.path, segments) else { continue };
        if route.method == method {
            return Found::Route(route, values);
        }
        others.push(route.method.as_str());
    }
    match others.as_slice() {
        [] => Found::Nothing,
        ["GET"] => Found::OtherMethods("GET, HEAD"),
        ["GET", "POST"] => Found::OtherMethods("GET, HEAD, POST"),
        ["GET", "DELETE"] => Found::OtherMethods("GET, HEAD, DELETE"),
        ["PUT", "DELETE"] => Found::OtherMethods("PUT, DELETE"),
        ["DELETE"] => Found::OtherMethods("DELETE"),
        _ => Found::OtherMethods("POST"),
    }
}

fn values(path: &str, segments: &[String]) -> Option<Vec<String>> {
    let wanted: Vec<&str> = path.split('/').skip(1).collect();
    if wanted.len() != segments.len() {
        return None;
    }
    let mut values = Vec::new();
    for (wanted, given) in wanted.iter().zip(segments) {
        match wanted.starts_with('{') {
            true => values.push(given.clone()),
            false if wanted == given => {}
            false => return None,
        }
    }
    Some(values)
}
