//! Where the links of mails lead. SEC-23: their base comes from configuration, never from a request's headers.

use super::RedirectUrl;
use portcullis_project::settings::{EmailSettings, TOKEN_PLACE};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Setting a new password.
    PasswordReset,
    /// Confirming an address, new or changed.
    Verify,
    /// Logging in.
    MagicLink,
    /// Joining a tenant.
    Invitation,
}

/// What a project's links are made of.
#[derive(Debug, Clone, Copy)]
pub struct LinkBase<'a> {
    /// Where this instance is reached, such as `https://api.shop.example`.
    pub public_url: &'a str,
    /// The project as it stands in paths: `shop` or `shop@staging`.
    pub project: &'a str,
    /// The application's own pages.
    pub email: &'a EmailSettings,
}

/// Makes a link: the request's allowed address if it named one, else the application's page, else our own route.
pub fn link(base: LinkBase<'_>, purpose: LinkPurpose, redirect: Option<&RedirectUrl>, token: &str) -> String {
    if let Some(redirect) = redirect {
        return redirect.with_token(token);
    }
    let encoded: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    let (path, route) = match purpose {
        LinkPurpose::PasswordReset => (&base.email.password_reset_path, "reset-password"),
        LinkPurpose::Verify => (&base.email.verify_path, "verify"),
        LinkPurpose::MagicLink => (&base.email.magic_link_path, "magic-link/verify"),
        LinkPurpose::Invitation => (&base.email.invitation_path, "invitations/accept"),
    };
    match (&base.email.base_url, path) {
        (Some(base_url), Some(path)) => {
            format!("{}{}", base_url.trim_end_matches('/'), path.replace(TOKEN_PLACE, &encoded))
        }
        _ => format!("{}/p/{}/auth/{route}?token={encoded}", base.public_url.trim_end_matches('/'), base.project),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email() -> EmailSettings {
        EmailSettings {
            base_url: Some("https://app.example/".into()),
            password_reset_path: Some("/reset-password?token=%s".into()),
            magic_link_path: Some("/login/%s/magic".into()),
            ..EmailSettings::default()
        }
    }

    #[test]
    fn sec_23_links_start_at_what_is_configured() {
        let email = email();
        let base = LinkBase { public_url: "https://api.example/", project: "shop@staging", email: &email };
        let made = |purpose, token| link(base, purpose, None, token);
        assert_eq!(made(LinkPurpose::PasswordReset, "t_1"), "https://app.example/reset-password?token=t_1");
        assert_eq!(made(LinkPurpose::MagicLink, "t_1"), "https://app.example/login/t_1/magic");
        assert_eq!(made(LinkPurpose::Verify, "t_1"), "https://api.example/p/shop@staging/auth/verify?token=t_1");
        assert_eq!(made(LinkPurpose::PasswordReset, "a&b/c"), "https://app.example/reset-password?token=a%26b%2Fc");
        let invited = made(LinkPurpose::Invitation, "t_1");
        assert_eq!(invited, "https://api.example/p/shop@staging/auth/invitations/accept?token=t_1");
        let none = EmailSettings::default();
        let base = LinkBase { email: &none, ..base };
        let ours = |purpose| link(base, purpose, None, "t");
        assert_eq!(ours(LinkPurpose::PasswordReset), "https://api.example/p/shop@staging/auth/reset-password?token=t");
        assert_eq!(ours(LinkPurpose::MagicLink), "https://api.example/p/shop@staging/auth/magic-link/verify?token=t");
    }

    #[test]
    fn sec_24_an_allowed_redirect_url_replaces_base_and_path() {
        let email = email();
        let base = LinkBase { public_url: "https://api.example", project: "shop", email: &email };
        let redirect = RedirectUrl::parse("https://other.example/r", &["https://other.example".to_owned()]).unwrap();
        let made = link(base, LinkPurpose::PasswordReset, Some(&redirect), "t_1");
        assert_eq!(made, "https://other.example/r?token=t_1");
    }
}
