//! Where a request may go. SEC-54.
//!
//! A number in the URL is checked before anything is sent, a name when it is resolved. Only the addresses that were
//! checked reach the connector, so that a name cannot lead elsewhere a moment later.

use super::OutboundError;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};
use url::{Host, Url};

/// Longer than any address of a provider. SEC-52.
const MAX_URL_BYTES: usize = 2_048;

/// Below it the ports belong to services other than HTTP.
const FIRST_FREE_PORT: u16 = 1_024;

/// An address that was looked at.
pub struct Target {
    pub url: Url,
    pub host: String,
}

/// Where names are looked up.
#[derive(Debug, Clone)]
pub enum Names {
    System,
    /// One answer after the other, for tests.
    #[cfg(test)]
    Fixed(std::sync::Arc<std::sync::Mutex<Vec<Vec<IpAddr>>>>),
}

/// Looks names up and gives only addresses that are allowed.
#[derive(Debug)]
pub struct Checked {
    pub allow_private: bool,
    pub names: Names,
}

/// The name has no address that is allowed.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to private addresses only")]
pub struct Forbidden;

/// Looks at the text of an address.
///
/// # Errors
///
/// [`OutboundError::Url`], [`OutboundError::Private`].
pub fn check(text: &str, allow_private: bool) -> Result<Target, OutboundError> {
    let refuse = |url: &str, why| Err(OutboundError::Url { url: url.to_owned(), why });
    if text.len() > MAX_URL_BYTES {
        return refuse("", "it is too long");
    }
    let Ok(url) = Url::parse(text) else { return refuse("", "it is no URL") };
    let origin = url.origin().ascii_serialization();
    match url.scheme() {
        "https" => {}
        "http" if allow_private => {}
        _ => return refuse(&origin, "it must begin with `https://`"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse(&origin, "it must hold no user name or password");
    }
    if url.fragment().is_some() {
        return refuse(&origin, "it must hold no `#`");
    }
    let Some(host) = url.host_str().map(str::to_owned) else { return refuse(&origin, "it has no host") };
    let port = url.port_or_known_default().unwrap_or(0);
    if !allow_private && port < FIRST_FREE_PORT && !matches!(port, 80 | 443) {
        return refuse(&origin, "its port belongs to another service");
    }
    if !allow_private && is_private_host(&url) {
        return Err(OutboundError::Private { host });
    }
    Ok(Target { url, host })
}

// `Url` has read `0x7f.1`, `2130706433` and the like as the numbers they are.
fn is_private_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => true,
    }
}

/// Whether an address belongs to the public internet.
///
/// Source: the IANA special-purpose address registries (RFC 6890 and its successors). Of IPv6 only `2000::/3` is
/// public; IPv4-mapped and NAT64 addresses lie outside it.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127 | 224..=255, ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [192, 168, ..]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
    )
}

const fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Protocol assignments with Teredo, documentation, 6to4, documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow_private, names) = (self.allow_private, self.names.clone());
        Box::pin(async move {
            let found = names.look_up(name.as_str()).await?;
            let none = found.is_empty();
            let allowed: Vec<_> =
                found.into_iter().filter(|address| allow_private || is_public(address.ip())).collect();
            if allowed.is_empty() && !none {
                return Err(Forbidden.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

impl Names {
    async fn look_up(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        match self {
            Self::System => Ok(tokio::net::lookup_host((name, 0)).await?.collect()),
            #[cfg(test)]
            Self::Fixed(answers) => {
                let mut answers = answers.lock().unwrap();
                let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
                Ok(answer.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
            }
        }
    }
}
