//! A `redirect_url` of a request: parsed, then compared with the allow-list by exact scheme, host and port. SEC-24.

use portcullis_project::settings::TOKEN_PLACE;
use url::Url;

/// Bytes of a `redirect_url` at most.
const MAX_BYTES: usize = 2_048;
/// The parameter that carries the token.
const TOKEN: &str = "token";

/// An address that the project's `redirect_origins` allow. Only [`RedirectUrl::parse`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUrl(Url);

/// Why an address is not one to lead a user to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// Not an address, or one that browsers and we might read differently.
    #[error("`redirect_url` must be a whole address such as https://app.example/reset, without login and backslash")]
    Unreadable,
    /// Its origin is not on the list.
    #[error("the origin of `redirect_url` is not one of the project's `redirect_origins`")]
    NotAllowed,
    /// It has the parameter that we add.
    #[error("`redirect_url` must not hold a parameter `token`: the mail adds it")]
    HasToken,
}

impl RedirectUrl {
    /// Checks an address against the allowed origins.
    ///
    /// # Errors
    ///
    /// [`RedirectError`]; every one is a 400.
    pub fn parse(text: &str, allowed: &[String]) -> Result<Self, RedirectError> {
        let url = read(text).ok_or(RedirectError::Unreadable)?;
        if !allowed.iter().filter_map(|origin| read(origin)).any(|origin| same_origin(&origin, &url)) {
            return Err(RedirectError::NotAllowed);
        }
        // An app that reads the first `token` would read the requester's, not ours.
        if url.query_pairs().any(|(key, _)| key == TOKEN) {
            return Err(RedirectError::HasToken);
        }
        Ok(Self(url))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address with the token where it holds `%s`, else as a parameter of its query.
    pub(super) fn with_token(&self, token: &str) -> String {
        if self.0.as_str().contains(TOKEN_PLACE) {
            let encoded: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
            return self.0.as_str().replace(TOKEN_PLACE, &encoded);
        }
        let mut url = self.0.clone();
        // An empty query (`...?`) would give `?&token=`.
        if url.query() == Some("") {
            url.set_query(None);
        }
        url.query_pairs_mut().append_pair(TOKEN, token);
        url.into()
    }
}

/// Reads an address only where nothing has to be guessed. A URL parser repairs much: it strips tabs and line ends,
/// turns backslashes round and takes `https:host` for `https://host`; a browser may repair in another way.
fn read(text: &str) -> Option<Url> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if text.len() > MAX_BYTES || text.contains(odd) {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) || authority.is_empty() {
        return None;
    }
    if authority.contains(['@', '%']) {
        return None;
    }
    Url::parse(text).ok()
}

fn same_origin(a: &Url, b: &Url) -> bool {
    (a.scheme(), a.host_str(), a.port_or_known_default()) == (b.scheme(), b.host_str(), b.port_or_known_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> Vec<String> {
        ["https://app.example", "http://localhost:3000", "https://münchen.example"].map(str::to_owned).to_vec()
    }

    #[test]
    fn sec_24_an_allowed_origin_is_taken_with_any_path() {
        for (text, link) in [
            ("https://app.example", "https://app.example/?token=t_1"),
            ("https://app.example/reset", "https://app.example/reset?token=t_1"),
            ("https://app.example/reset?lang=de", "https://app.example/reset?lang=de&token=t_1"),
            ("https://app.example/reset?", "https://app.example/reset?token=t_1"),
            ("https://app.example/#/reset", "https://app.example/?token=t_1#/reset"),
            ("https://APP.example:443/x", "https://app.example/x?token=t_1"),
            ("http://localhost:3000/x", "http://localhost:3000/x?token=t_1"),
            ("https://xn--mnchen-3ya.example/", "https://xn--mnchen-3ya.example/?token=t_1"),
        ] {
            let url = RedirectUrl::parse(text, &allowed()).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(url.with_token("t_1"), link);
        }
        let url = RedirectUrl::parse("https://app.example/x", &allowed()).unwrap();
        assert_eq!(url.with_token("a&b=c#d"), "https://app.example/x?token=a%26b%3Dc%23d");
        let url = RedirectUrl::parse("https://app.example/auth/reset-password/%s", &allowed()).unwrap();
        assert_eq!(url.with_token("a/b"), "https://app.example/auth/reset-password/a%2Fb");
    }

    #[test]
    fn sec_24_another_origin_is_refused() {
        for text in [
            "https://evil.example",
            "https://app.example.evil.example",
            "https://evilapp.example",
            "https://app.example:444",
            "http://app.example",
            "http://localhost",
            "http://localhost:3001",
            "https://localhost:3000",
            "https://app.example.",
            "https://sub.app.example",
        ] {
            assert_eq!(RedirectUrl::parse(text, &allowed()).unwrap_err(), RedirectError::NotAllowed, "{text}");
        }
        assert_eq!(RedirectUrl::parse("https://app.example", &[]).unwrap_err(), RedirectError::NotAllowed);
        // What is no origin allows nothing.
        let odd = ["*", "", "null", "app.example", "https://", "https://*"].map(str::to_owned);
        assert_eq!(RedirectUrl::parse("https://app.example", &odd).unwrap_err(), RedirectError::NotAllowed);
    }

    #[test]
    fn sec_24_what_two_readers_might_read_differently_is_refused() {
        let long = format!("https://app.example/{}", "x".repeat(MAX_BYTES));
        for text in [
            "",
            "/reset",
            "//app.example",
            "//evil.example/https://app.example",
            "app.example",
            "https:app.example",
            "https:/app.example",
            "https:///app.example",
            "https://app.example@evil.example",
            "https://app.example:pw@evil.example",
            "https://@app.example",
            "https://user@app.example",
            "https:\\\\app.example",
            "https://app.example\\@evil.example",
            "https://evil.example\\.app.example",
            "https://app.example\t.evil.example",
            "https://app.example\r\nBcc: eve@evil.example",
            " https://app.example",
            "https://app.example ",
            "https://app.example/a b",
            "https://app%2eexample",
            "\0https://app.example",
            "javascript:alert(1)",
            "javascript://app.example/%0aalert(1)",
            "data:text/html,x",
            "ftp://app.example",
            "myapp://reset",
            long.as_str(),
        ] {
            assert_eq!(RedirectUrl::parse(text, &allowed()).unwrap_err(), RedirectError::Unreadable, "{text:?}");
        }
        for text in ["https://app.example/?token=x", "https://app.example/?a=1&%74oken=x"] {
            assert_eq!(RedirectUrl::parse(text, &allowed()).unwrap_err(), RedirectError::HasToken, "{text:?}");
        }
    }
}
