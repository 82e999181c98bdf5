//! Who is at the other end of the wire, or beyond a trusted proxy: see [`TrustedProxies`](crate::TrustedProxies). SEC-8.

use axum::{body::Body, extract::ConnectInfo};
use http::{Extensions, HeaderMap, Request, header};
use portcullis_identity::{Client, NATIVE, SurfaceRules};
use std::net::SocketAddr;

/// Characters of a client's own name that are kept.
const AGENT_CHARS: usize = 256;
/// Bytes of a tenant's id at most. SEC-52.
const TENANT_BYTES: usize = 256;

/// The client of a request to the native surface, from its socket.
pub fn client(request: &Request<Body>, request_id: &str) -> Client {
    client_of(request.extensions(), request.headers(), &NATIVE, request_id)
}

/// The client of a request to a surface.
pub fn client_of(
    extensions: &Extensions,
    headers: &HeaderMap,
    surface: &'static SurfaceRules,
    request_id: &str,
) -> Client {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Client {
        ip: extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip()),
        user_agent: agent.map(|agent| agent.chars().take(AGENT_CHARS).collect()),
        surface,
        request_id: request_id.to_owned(),
        tenant: tenant(headers),
    }
}

/// `X-Tenant-ID`. What cannot be a tenant's id is one that nobody has.
fn tenant(headers: &HeaderMap) -> Option<String> {
    let mut all = headers.get_all("x-tenant-id").iter();
    let one = all.next()?;
    let text = one.to_str().ok().filter(|text| text.len() <= TENANT_BYTES && all.next().is_none());
    Some(text.map_or_else(|| "\u{0}".to_owned(), |text| text.trim().to_owned())).filter(|text| !text.is_empty())
}
