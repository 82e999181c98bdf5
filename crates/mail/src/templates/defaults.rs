//! The texts that come with the program, in English and German.

use super::{MailKind, Part};

/// The languages the program brings texts for.
pub const LANGUAGES: [&str; 2] = ["en", "de"];

/// What surrounds the HTML of every mail that is not a document of its own.
pub(super) const LAYOUT: &str = include_str!("../../templates/layout.html");

macro_rules! texts {
    ($language:literal: $($kind:ident $file:literal),* $(,)?) => {
        |kind: MailKind, part: Part| match (kind, part) {$(
            (MailKind::$kind, Part::Subject) => {
                include_str!(concat!("../../templates/", $language, "/", $file, ".subject"))
            }
            (MailKind::$kind, Part::Text) => include_str!(concat!("../../templates/", $language, "/", $file, ".txt")),
            (MailKind::$kind, Part::Html) => include_str!(concat!("../../templates/", $language, "/", $file, ".html")),
        )*}
    };
}

macro_rules! language {
    ($language:literal) => {
        texts!($language:
            PasswordReset "password_reset",
            EmailVerification "email_verification",
            MagicLink "magic_link",
            OneTimeCode "one_time_code",
            EmailChange "email_change",
            EmailChangedNotice "email_changed_notice",
            PasswordChangedNotice "password_changed_notice",
            NewSignIn "new_sign_in",
            SignUpTaken "sign_up_taken",
            Welcome "welcome",
            Invitation "invitation",
            Test "test",
        )
    };
}

/// The program's own template of a part, if it speaks the language.
pub fn default_template(kind: MailKind, language: &str, part: Part) -> Option<&'static str> {
    match language {
        "en" => Some(language!("en")(kind, part)),
        "de" => Some(language!("de")(kind, part)),
        _ => None,
    }
}
