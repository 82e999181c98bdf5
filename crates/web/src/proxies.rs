//! Which proxies are believed when they say whom they speak for. SEC-8.

use axum::{body::Body, extract::ConnectInfo};
use http::{HeaderMap, Request};
use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// The header that names the client, the latest proxy's word last.
const HEADER: &str = "x-forwarded-for";

/// Addresses whose `X-Forwarded-For` is believed. None by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

/// The addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    start: IpAddr,
    bits: u32,
}

impl Network {
    fn has(&self, address: IpAddr) -> bool {
        match (self.start, address) {
            (IpAddr::V4(start), IpAddr::V4(other)) => {
                same(start.to_bits().into(), other.to_bits().into(), 32, self.bits)
            }
            (IpAddr::V6(start), IpAddr::V6(other)) => same(start.to_bits(), other.to_bits(), 128, self.bits),
            _ => false,
        }
    }
}

const fn same(one: u128, other: u128, width: u32, bits: u32) -> bool {
    (one ^ other) >> (width - bits) == 0
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no address and no network; write one such as 10.0.0.7 or 10.0.0.0/8");
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let start = address.parse::<IpAddr>().map_err(|_| wrong())?;
        let width = if start.is_ipv4() { 32 } else { 128 };
        let bits: u32 = match bits {
            None => width,
            Some(bits) if bits.bytes().all(|digit| digit.is_ascii_digit()) => bits.parse().map_err(|_| wrong())?,
            Some(_) => return Err(wrong()),
        };
        match bits {
            0 => Err(format!("`{text}` would believe everybody; write the addresses of the proxies only")),
            bits if bits > width => Err(wrong()),
            // An IPv4 address written as IPv6 is that IPv4 address, here as in requests.
            bits if start != start.to_canonical() => {
                let bits = bits.checked_sub(96).filter(|bits| *bits > 0).ok_or_else(wrong)?;
                Ok(Self { start: start.to_canonical(), bits })
            }
            bits => Ok(Self { start, bits }),
        }
    }
}

impl FromStr for TrustedProxies {
    type Err = String;

    /// Addresses and networks with commas between them.
    fn from_str(text: &str) -> Result<Self, String> {
        let all = text.split(',').map(str::trim).filter(|one| !one.is_empty());
        all.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    /// Puts the client's address in place of a trusted proxy's, for whoever reads the request's `ConnectInfo`.
    pub fn look_through(&self, request: &mut Request<Body>) {
        let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() else { return };
        let client = self.client(peer.ip(), request.headers());
        if client != peer.ip() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, peer.port())));
        }
    }

    /// The right-most address that no trusted proxy has. Left of it stands what a stranger wrote, which is not even
    /// read. The peer itself where it is not trusted, or where what it passed on leads nowhere.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusts(peer.to_canonical()) {
            return peer;
        }
        for header in headers.get_all(HEADER).iter().rev() {
            let Ok(text) = header.to_str() else { return peer };
            for word in text.rsplit(',') {
                match address(word.trim()) {
                    Some(one) if self.trusts(one) => {}
                    Some(one) => return one,
                    None => return peer,
                }
            }
        }
        peer
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(address))
    }
}

/// An address, with or without a port.
fn address(word: &str) -> Option<IpAddr> {
    let bare = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(word);
    let with_port = || word.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse().or_else(|_| with_port()).ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn seen(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut request = Request::new(Body::empty());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(ip(peer), 7)));
        for one in forwarded {
            request.headers_mut().append(HEADER, one.parse().unwrap());
        }
        proxies.parse::<TrustedProxies>().unwrap().look_through(&mut request);
        request.extensions().get::<ConnectInfo<SocketAddr>>().unwrap().0.ip().to_string()
    }

    #[test]
    fn sec_8_only_a_trusted_proxy_says_whom_it_speaks_for() {
        // Nobody is trusted by default, and a stranger never.
        assert_eq!(seen("", "127.0.0.1", &["198.51.100.1"]), "127.0.0.1");
        assert_eq!(seen("10.0.0.0/8", "11.0.0.1", &["198.51.100.1"]), "11.0.0.1");
        assert_eq!(seen("10.0.0.0/8", "10.9.8.7", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.0/8", "10.9.8.7", &[]), "10.9.8.7");
        // An IPv4 peer on an IPv6 socket.
        assert_eq!(seen("10.0.0.0/8", "::ffff:10.9.8.7", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("::ffff:10.0.0.0/104", "10.9.8.7", &["::ffff:198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("2001:db8::/32", "2001:db8::1", &["[2001:db9::5]:443"]), "2001:db9::5");
    }

    #[test]
    fn sec_8_what_stands_left_of_the_client_is_not_believed() {
        let proxies = "10.0.0.0/8, 192.0.2.1";
        assert_eq!(seen(proxies, "10.0.0.1", &["6.6.6.6, 198.51.100.1, 192.0.2.1,10.0.0.2"]), "198.51.100.1");
        assert_eq!(seen(proxies, "10.0.0.1", &["6.6.6.6", "198.51.100.1", "10.0.0.2"]), "198.51.100.1");
        assert_eq!(seen(proxies, "10.0.0.1", &["nonsense, 198.51.100.1:4711"]), "198.51.100.1");
        for lost in
            ["nonsense", "198.51.100.1, nonsense", "198.51.100.1,", "198.51.100.1, 10.0.0.2, unknown", "10.0.0.2"]
        {
            assert_eq!(seen(proxies, "10.0.0.1", &[lost]), "10.0.0.1", "{lost}");
        }
    }

    #[test]
    fn a_list_that_cannot_be_is_refused_with_what_would_be() {
        for wrong in ["proxy.example", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/", "::/129", "10.0.0.1 10.0.0.2"] {
            let refused = wrong.parse::<TrustedProxies>().unwrap_err();
            assert!(refused.contains(wrong) && refused.contains("10.0.0.0/8"), "{refused}");
        }
        assert!("0.0.0.0/0".parse::<TrustedProxies>().unwrap_err().contains("everybody"));
        assert_eq!("".parse::<TrustedProxies>(), Ok(TrustedProxies::default()));
    }
}
