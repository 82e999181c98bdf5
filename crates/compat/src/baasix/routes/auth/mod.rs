//! `/auth/*`: the documented routes, and the aliases under which the JavaScript SDK of the time calls them.

mod account;
mod entry;
mod invitations;
mod mails;
mod password;
mod session;
mod social;
mod tenants;

use super::super::{call::Call, error::Refused};
use axum::body::Body;
use http::{Method, Response};

/// Where in an aliased path its argument stands.
pub async fn route(call: &Call<'_>, path: &[&str]) -> Result<Response<Body>, Refused> {
    let (get, post, patch) = (Method::GET, Method::POST, Method::PATCH);
    let token = || call.parameter("token").unwrap_or_default();
    match (&call.method, path) {
        (m, ["register"]) if *m == post => account::register(call).await,
        (m, ["login"]) if *m == post => account::login(call).await,
        (m, ["me"]) if *m == get => session::me(call).await,
        (m, ["me"]) if *m == patch => session::change_me(call).await,
        (m, ["check"]) if *m == get => session::check(call).await,
        (m, ["logout"]) if *m == get || *m == post => session::logout(call).await,
        (m, ["refresh"]) if *m == post => session::refresh(call).await,
        (m, ["password", "change"] | ["change-password"]) if *m == post => password::change(call).await,
        (m, ["admin", "password", "change"] | ["admin", "change-password"]) if *m == post => {
            password::change_of_another(call).await
        }
        (m, ["password", "reset"] | ["forgot-password"]) if *m == post => password::request_reset(call).await,
        (m, ["password", "reset", token]) if *m == post => password::reset(call, Some(token)).await,
        (m, ["reset-password"]) if *m == post => password::reset(call, None).await,
        (m, ["social", "signin"]) if *m == post => social::begin(call).await,
        (m, ["callback", provider]) if *m == get => social::finish(call, provider).await,
        (m, ["magiclink"]) if *m == post => mails::request_magic_link(call).await,
        (m, ["magiclink", "verify"]) if *m == post => mails::use_magic_link(call, None).await,
        (m, ["magiclink", token]) if *m == get => mails::use_magic_link(call, Some(token)).await,
        (m, ["email", "verify"] | ["request-verify-email"]) if *m == post => mails::request_verification(call).await,
        (m, ["email", "verify", token]) if *m == get => mails::verify(call, token).await,
        (m, ["verify-email"]) if *m == get => mails::verify(call, &token()).await,
        (m, ["invite"]) if *m == post => invitations::invite(call).await,
        (m, ["verify-invite", token]) if *m == get => invitations::show(call, token).await,
        (m, ["verify-invite"]) if *m == get => invitations::show(call, &token()).await,
        (m, ["accept-invite"]) if *m == post => invitations::accept(call).await,
        (m, ["tenants"]) if *m == get => tenants::list(call).await,
        (m, ["switch-tenant"]) if *m == post => tenants::switch(call).await,
        _ => Err(Refused::no_route()),
    }
}
