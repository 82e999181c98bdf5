//! Who is at the other end of the wire.

use crate::SurfaceRules;
use std::net::IpAddr;

/// What is known of the client of a request, from the socket and never from what it says of itself, save its name and
/// the tenant it asks for.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Its address. SEC-8.
    pub ip: Option<IpAddr>,
    /// What it calls itself, cut to 256 characters.
    pub user_agent: Option<String>,
    /// The surface it came to.
    pub surface: &'static SurfaceRules,
    /// The request.
    pub request_id: String,
    /// The tenant that the request names. What it says of itself: counts only where it is one of the user's.
    pub tenant: Option<String>,
}

impl Client {
    /// By what limits count it. Whoever has one IPv6 address has its /64. Nobody known is one client.
    pub fn limit_key(&self) -> String {
        match self.ip.map(|ip| ip.to_canonical()) {
            None => "unknown".to_owned(),
            Some(IpAddr::V4(ip)) => ip.to_string(),
            Some(IpAddr::V6(ip)) => {
                let [a, b, c, d, ..] = ip.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }

    /// Its address as text.
    pub fn ip_text(&self) -> Option<String> {
        self.ip.map(|ip| ip.to_canonical().to_string())
    }
}
