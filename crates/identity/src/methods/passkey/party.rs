//! Which domain passkeys are bound to, and which pages may use them.

use super::PasskeyError;
use std::time::Duration;
use url::Url;
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// How long a browser waits for its user. Seconds.
const TIMEOUT_S: u64 = 300;

/// The relying party of a stage: made once per build.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    pub(super) webauthn: Webauthn,
    id: String,
}

impl RelyingParty {
    /// Binds passkeys to a domain: `rp_id` if given, else the host of the first redirect origin, else that of
    /// `public_url`. Pages of that domain and below may use them if they are a redirect origin or `public_url` itself.
    ///
    /// Another domain makes all passkeys registered so far useless: the browsers' rule, not ours.
    ///
    /// # Errors
    ///
    /// [`PasskeyError::NotConfigured`] when no domain name is found or no page of it is among the origins.
    pub fn new(
        name: &str,
        rp_id: Option<&str>,
        redirect_origins: &[Url],
        public_url: &Url,
    ) -> Result<Self, PasskeyError> {
        let all = || redirect_origins.iter().chain([public_url]);
        let id = rp_id.or_else(|| all().find_map(Url::domain)).ok_or(PasskeyError::NotConfigured)?.to_owned();
        let mut pages = all().filter(|url| is_below(url, &id));
        let first = pages.next().ok_or(PasskeyError::NotConfigured)?;
        let mut builder = WebauthnBuilder::new(&id, first)
            .map_err(|_| PasskeyError::NotConfigured)?
            .rp_name(name)
            .timeout(Duration::from_secs(TIMEOUT_S));
        for page in pages {
            builder = builder.append_allowed_origin(page);
        }
        let webauthn = builder.build().map_err(|_| PasskeyError::NotConfigured)?;
        Ok(Self { webauthn, id })
    }

    /// The domain.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The pages that may use passkeys.
    pub fn origins(&self) -> &[Url] {
        self.webauthn.get_allowed_origins()
    }
}

fn is_below(url: &Url, id: &str) -> bool {
    url.domain().is_some_and(|host| {
        host == id || host.strip_suffix(id).is_some_and(|rest| rest.ends_with('.')) && !id.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(rp_id: Option<&str>, origins: &[&str], public: &str) -> Result<(String, Vec<String>), PasskeyError> {
        let origins: Vec<_> = origins.iter().map(|origin| Url::parse(origin).unwrap()).collect();
        let party = RelyingParty::new("Shop", rp_id, &origins, &Url::parse(public).unwrap())?;
        let origins = party.origins().iter().map(|url| url.origin().ascii_serialization()).collect();
        Ok((party.id().to_owned(), origins))
    }

    #[test]
    fn the_domain_is_the_one_that_was_set_or_that_of_the_application() {
        let found = |id: &str, origins: &[&str]| (id.to_owned(), origins.iter().map(|o| (*o).to_owned()).collect());
        assert_eq!(
            party(None, &["https://app.example"], "https://api.example").unwrap(),
            found("app.example", &["https://app.example"])
        );
        assert_eq!(
            party(Some("shop.example"), &["https://app.shop.example"], "https://api.shop.example").unwrap(),
            found("shop.example", &["https://app.shop.example", "https://api.shop.example"])
        );
        assert_eq!(party(None, &[], "http://localhost:8080").unwrap(), found("localhost", &["http://localhost:8080"]));
    }

    #[test]
    fn without_a_domain_or_a_page_of_it_there_are_no_passkeys() {
        for (rp_id, origins, public) in [
            (None, &[][..], "http://127.0.0.1:8080"),
            (Some("shop.example"), &["https://evilshop.example"][..], "http://127.0.0.1:8080"),
            (Some("shop.example"), &["https://shop.example.evil.test"][..], "https://other.example"),
        ] {
            let error = party(rp_id, origins, public).unwrap_err();
            assert_eq!(error.code(), "passkeys_not_configured", "{rp_id:?} {origins:?}");
        }
    }
}
