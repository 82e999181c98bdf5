//! Signing in by a link in a mail whose subject and text the application brings.
//!
//! Whoever has the public key can ask for such a mail. So it goes to users only, its sender is the project's, and every
//! link in it leads to where the project allows: it is no way to mail strangers, or to lead users astray.

use crate::{
    AuthResult, Client, Identity, IdentityError,
    mails::{Given, RedirectUrl},
    methods::password::check_length,
    users::{Directory, normalised},
};
use portcullis_base::Timestamp;
use portcullis_project::Project;
use rand::RngExt;
use std::sync::Arc;
use url::Url;

use super::{mail_token::Purpose, signup::address};

/// Where the link goes into the text.
const PLACE: &str = "[link]";
/// How long the link works. Seconds.
const TTL_S: i64 = 1_800;
/// How often its code may be tried.
const TRIES: i64 = 10;
/// Bytes of a text at most.
const LONGEST: usize = 64 * 1024;

/// A mail as the application wants it.
#[derive(Debug, Clone)]
pub struct OwnLetter {
    /// The address of the user.
    pub email: String,
    /// What stands beside the project's own address as sender.
    pub from_name: Option<String>,
    /// One line.
    pub subject: String,
    /// HTML; the link takes the place of each `[link]`.
    pub html: String,
    /// The page that is led to, with `code` and `email` in its query.
    pub link: String,
}

impl Identity {
    /// Sends the mail. The same answer whoever is asked for, in the same time. SEC-22.
    ///
    /// # Errors
    ///
    /// [`IdentityError::RedirectRefused`] for a link that leads elsewhere, [`IdentityError::Invalid`],
    /// [`IdentityError::RateLimited`], [`IdentityError::MailNotConfigured`].
    pub async fn send_own_letter(
        self: &Arc<Self>,
        project: &Arc<Project>,
        letter: OwnLetter,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        Directory::of(project)?;
        self.check_mail(project)?;
        let email = address("email", &letter.email)?;
        check_length("subject", &letter.subject, 512)?;
        check_length("body", &letter.html, LONGEST)?;
        let mut origins = self.redirect_origins(project).await?;
        origins.extend(project.settings.auth.redirect_origins.iter().cloned());
        let link = RedirectUrl::parse(&letter.link, &origins).map_err(|_| IdentityError::RedirectRefused)?;
        if !letter.html.contains(PLACE) {
            let message = format!("`body` has no `{PLACE}`, which the link takes the place of");
            return Err(IdentityError::invalid("body", "invalid_value", message));
        }
        for (field, text) in [("subject", &letter.subject), ("body", &letter.html)] {
            if leads_astray(text, &origins) {
                let message = format!("`{field}` may hold `{PLACE}` and links to the project's own origins, no others");
                return Err(IdentityError::invalid(field, "invalid_value", message));
            }
        }
        // Tried with a code of no use, so that what cannot be written is told to everyone alike.
        self.given(&letter, &email, &link, "0000000", now)
            .and_then(|given| self.outbox.prepare_given(project, given, now).map_err(|error| error.to_string()))
            .map_err(|message| IdentityError::invalid("body", "invalid_value", message))?;
        let account = format!("own letter {}", normalised(&email));
        self.count_mail(project, &account, client, now).await?;
        let (own, project) = (self.clone(), project.clone());
        self.later(async move {
            if let Err(error) = own.mail_own_letter(&project, &letter, &email, &link, now).await {
                tracing::error!(%error, project = %project.slug, "A mail with a link could not be made");
            }
        });
        Ok(())
    }

    async fn mail_own_letter(
        &self,
        project: &Project,
        letter: &OwnLetter,
        email: &str,
        link: &RedirectUrl,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let user = Directory::of(project)?.by_email(email).await?.filter(|user| user.active);
        let Some(user) = user else { return Ok(()) };
        let code = format!("{:07}", rand::rng().random_range(0..10_000_000_u32));
        self.keep_code(project, Purpose::LinkCode, &user, &code, TTL_S, now).await?;
        let internal = |error: String| IdentityError::Internal(error);
        let given = self.given(letter, &user.email, link, &code, now).map_err(internal)?;
        let mail = self.outbox.prepare_given(project, given, now).map_err(|error| internal(error.to_string()))?;
        self.store.db().write(move |tx| portcullis_store::mails::enqueue(tx, &mail)).await?;
        self.outbox.wake();
        Ok(())
    }

    fn given(
        &self,
        letter: &OwnLetter,
        email: &str,
        link: &RedirectUrl,
        code: &str,
        now: Timestamp,
    ) -> Result<Given, String> {
        let mut url = Url::parse(link.as_str()).map_err(|error| error.to_string())?;
        url.query_pairs_mut().append_pair("code", code).append_pair("email", email);
        let name = letter.from_name.as_ref().filter(|name| !name.trim().is_empty());
        Ok(Given {
            to: email.parse().map_err(|error: portcullis_mail::AddressError| error.to_string())?,
            from_name: name
                .map(|name| name.parse())
                .transpose()
                .map_err(|error: portcullis_mail::AddressError| error.to_string())?,
            reply_to: None,
            subject: letter.subject.clone(),
            text: text_of(&letter.html).replace(PLACE, url.as_str()),
            // Put into HTML: `&` between the two parameters would else be read as the beginning of a character's name.
            html: Some(letter.html.replace(PLACE, &url.as_str().replace('&', "&amp;"))),
            expires_at: now.plus_s(TTL_S),
        })
    }

    /// Signs in by the code of such a mail.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidToken`]; [`IdentityError::FactorLocked`] once too many codes were wrong.
    pub async fn use_link_code(
        &self,
        project: &Project,
        email: &str,
        code: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        check_length("code", code, 64)?;
        let email = address("email", email)?;
        let used = match self.try_typed(project, Purpose::LinkCode, &email, code, TRIES, now).await {
            Err(IdentityError::InvalidToken)
                if self.tried_out(project, Purpose::LinkCode, &email, TRIES, now).await? =>
            {
                return Err(IdentityError::FactorLocked { retry_after_s: None });
            }
            other => other?,
        };
        self.use_up(&used, now).await?;
        self.open_by_mailbox(project, &used, client, now).await
    }
}

/// Whether a text holds a link to an origin that is not allowed, or one that cannot be told.
fn leads_astray(text: &str, origins: &[String]) -> bool {
    let small = text.to_ascii_lowercase();
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | ']');
    let allowed = |url: &str| RedirectUrl::parse(url.trim_end_matches(['.', ',', ';']), origins).is_ok();
    let written = small.match_indices("://").any(|(at, _)| {
        let begin = small[..at].rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |before| before + 1);
        let rest = &text[begin..];
        !allowed(&rest[..rest.find(ends).unwrap_or(rest.len())])
    });
    // A name that mail programs make a link of by themselves, and markup that leads or loads without `://`.
    written
        || ["www.", "url(", "&#", "<base", "<form", "<script", "<iframe", "<meta"]
            .iter()
            .any(|part| small.contains(part))
        || ["href", "src", "srcset", "action", "background"].iter().any(|name| {
            small.match_indices(name).any(|(at, _)| {
                let rest = small[at + name.len()..].trim_start();
                let Some(value) = rest.strip_prefix('=') else { return false };
                let value = value.trim_start().trim_start_matches(['"', '\'']).trim_start();
                let good = [PLACE, "#", "mailto:", "http://", "https://"];
                !good.iter().any(|begin| value.starts_with(begin))
            })
        })
}

/// What a reader without HTML sees.
pub(super) fn text_of(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let Some(end) = rest[at..].find('>') else {
            rest = "";
            break;
        };
        let tag = &rest[at + 1..at + end];
        // A link's target is what the reader needs of it.
        if tag.contains(PLACE) {
            out.push_str(PLACE);
            out.push(' ');
        }
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if matches!(name.to_ascii_lowercase().as_str(), "br" | "p" | "div" | "li" | "tr" | "h1" | "h2" | "h3") {
            out.push('\n');
        }
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    for (name, character) in [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")] {
        out = out.replace(name, character);
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_leads_nowhere_but_to_the_projects_own_pages() {
        let origins = ["https://app.example".to_owned()];
        let good = [
            "Hello",
            "<a href=\"[link]\">Sign in</a>",
            "<a href='https://app.example/help'>help</a> https://app.example.",
            "<img src=\"https://app.example/logo.png\"> <a href=\"mailto:help@app.example\">",
            "Your source = our care",
        ];
        for text in good {
            assert!(!leads_astray(text, &origins), "{text}");
        }
        let astray = [
            "http://evil.example",
            "<a href=\"https://app.example.evil.example/\">",
            "<a href=//evil.example>",
            "<a HREF = \" javascript:x\">",
            "<a href=\"&#104;ttps&#58;//evil.example\">",
            "go to www.evil.example",
            "<img src=evil>",
            "<div style=\"background:url(x)\">",
            "<base href=\"https://app.example\">",
            "ftp://app.example",
        ];
        for text in astray {
            assert!(leads_astray(text, &origins), "{text}");
        }
    }

    #[test]
    fn a_reader_without_html_sees_the_link() {
        let text = text_of("<p>Hello &amp; welcome</p><a href=\"[link]\">Sign in</a><br>or [link]");
        assert_eq!(text, "Hello & welcome\n[link] Sign in\nor [link]");
    }
}
