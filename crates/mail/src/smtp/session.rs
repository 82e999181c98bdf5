//! One conversation with a mail server, in the steps that sending and probing share.

use super::{Mode, SmtpSettings};
use crate::{MailError, error::clean, message::Encoded};
use lettre::transport::smtp::{
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    extension::ClientId,
};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tokio::net::TcpStream;

/// How long a server's address may take to answer a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Looks the server's name up.
pub(super) async fn resolve(settings: &SmtpSettings) -> Result<Vec<SocketAddr>, MailError> {
    let host = &settings.host;
    let found = tokio::net::lookup_host((host.as_str(), settings.port))
        .await
        .map_err(|error| MailError::unavailable(format!("the name {host} was not found: {error}")))?;
    let mut found: Vec<_> = found.collect();
    found.dedup();
    if found.is_empty() {
        return Err(MailError::unavailable(format!("the name {host} has no address")));
    }
    // Checked here and connected to below: the name is not asked again in between. SEC-54.
    if !settings.allow_private {
        found.retain(|address| !is_private(address.ip()));
        if found.is_empty() {
            return Err(MailError::unavailable(format!(
                "{host} leads to a private address, which is not allowed here"
            )));
        }
    }
    Ok(found)
}

/// Connects to the first address that answers.
pub(super) async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, MailError> {
    let mut last = String::from("there is no address to connect to");
    for address in addresses.iter().take(4) {
        match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = format!("{address}: {error}"),
            Err(_) => last = format!("{address}: no answer within {} s", CONNECT_TIMEOUT.as_secs()),
        }
    }
    Err(MailError::unavailable(last))
}

/// A conversation that has begun.
pub(super) struct Session<'a> {
    settings: &'a SmtpSettings,
    connection: AsyncSmtpConnection,
}

impl<'a> Session<'a> {
    /// Greets the server and secures the connection as the settings ask for.
    pub(super) async fn open(settings: &'a SmtpSettings, stream: TcpStream) -> Result<Session<'a>, MailError> {
        let hello = ClientId::default();
        let wrong = |error| MailError::before_mail(&error, settings.secret());
        let mode = settings.mode();
        let mut connection = if mode == Mode::Implicit {
            // lettre makes its own connection for TLS from the first byte: to the address that has just answered.
            let address = stream.peer_addr().map_err(|error| MailError::unavailable(error.to_string()))?;
            drop(stream);
            let tls = tls(settings)?;
            AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT_TIMEOUT), &hello, Some(tls), None)
                .await
                .map_err(wrong)?
        } else {
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await.map_err(wrong)?
        };
        let offered = connection.can_starttls();
        if mode == Mode::StartTls && !offered {
            return Err(MailError::unavailable(format!(
                "the server does not offer STARTTLS on port {}; mails are not sent without TLS there",
                settings.port
            )));
        }
        if mode == Mode::StartTls || (mode == Mode::StartTlsIfOffered && offered) {
            connection.starttls(tls(settings)?, &hello).await.map_err(wrong)?;
        }
        Ok(Session { settings, connection })
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.connection.is_encrypted()
    }

    /// Logs in where the settings hold a login, and tells whether it did.
    pub(super) async fn log_in(&mut self) -> Result<bool, MailError> {
        let (Some(username), Some(password)) = (&self.settings.username, self.settings.secret()) else {
            return Ok(false);
        };
        let credentials = Credentials::new(username.clone(), password.to_owned());
        let result = self.connection.auth(DEFAULT_MECHANISMS, &credentials).await;
        result.map(|_| true).map_err(|error| MailError::before_mail(&error, Some(password)))
    }

    /// Hands one mail over and gives the server's answer.
    pub(super) async fn deliver(&mut self, mail: &Encoded) -> Result<String, MailError> {
        let answer = self.connection.send(&mail.envelope, &mail.bytes).await;
        let answer = answer.map_err(|error| MailError::of_mail(&error, self.settings.secret()))?;
        let said: Vec<_> = answer.message().collect();
        Ok(clean(&format!("{} {}", answer.code(), said.join(" ")), self.settings.secret()))
    }

    pub(super) async fn quit(&mut self) {
        let _ = self.connection.quit().await;
    }
}

fn tls(settings: &SmtpSettings) -> Result<TlsParameters, MailError> {
    let wrong =
        |error: lettre::transport::smtp::Error| MailError::unavailable(format!("TLS cannot be set up: {error}"));
    let mut builder = TlsParameters::builder(settings.host.clone());
    for der in &settings.extra_roots {
        builder = builder.add_root_certificate(Certificate::from_der(der.clone()).map_err(wrong)?);
    }
    builder.build_rustls().map_err(wrong)
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || a == 0
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped().or_else(|| embedded(v6)) {
            Some(v4) => is_private(IpAddr::V4(v4)),
            None => {
                v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
            }
        },
    }
}

// NAT64 (64:ff9b::/96, RFC 6052) and 6to4 (2002::/16, RFC 3056) carry an IPv4 address.
fn embedded(v6: std::net::Ipv6Addr) -> Option<std::net::Ipv4Addr> {
    let s = v6.segments();
    let v4 = |high: u16, low: u16| std::net::Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_54_private_addresses_are_known_in_every_spelling() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.9.9",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "224.0.0.1",
            "ff02::1",
        ] {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "172.32.0.1", "2606:4700::1111", "::ffff:1.1.1.1"] {
            assert!(!is_private(text.parse().unwrap()), "{text}");
        }
    }

    #[tokio::test]
    async fn sec_54_a_name_that_leads_inside_is_refused_where_that_is_not_allowed() {
        let settings = SmtpSettings { allow_private: false, ..SmtpSettings::new("localhost", 25) };
        let error = resolve(&settings).await.unwrap_err();
        assert!(error.to_string().contains("private address"), "{error}");
    }
}
