//! The mails we write ourselves: what each is called and what it has to say.

use portcullis_base::Timestamp;

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MailKind {
    /// A link to set a new password.
    PasswordReset,
    /// A link that shows that the address is the user's.
    EmailVerification,
    /// A link that logs in.
    MagicLink,
    /// A code that logs in.
    OneTimeCode,
    /// A link that confirms a new address, sent to the new one.
    EmailChange,
    /// The address was changed, told to the old one. SEC-10.
    EmailChangedNotice,
    /// The password was changed.
    PasswordChangedNotice,
    /// Someone logged in from where nobody has before.
    NewSignIn,
    /// Somebody tried to sign up with an address that has an account. SEC-5.
    SignUpTaken,
    /// The account is there.
    Welcome,
    /// A link into a tenant.
    Invitation,
    /// Shows that mails arrive.
    Test,
}

impl MailKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::PasswordReset,
        Self::EmailVerification,
        Self::MagicLink,
        Self::OneTimeCode,
        Self::EmailChange,
        Self::EmailChangedNotice,
        Self::PasswordChangedNotice,
        Self::NewSignIn,
        Self::SignUpTaken,
        Self::Welcome,
        Self::Invitation,
        Self::Test,
    ];

    /// Its name in the store, in documents and in the names of template files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::EmailVerification => "email_verification",
            Self::MagicLink => "magic_link",
            Self::OneTimeCode => "one_time_code",
            Self::EmailChange => "email_change",
            Self::EmailChangedNotice => "email_changed_notice",
            Self::PasswordChangedNotice => "password_changed_notice",
            Self::NewSignIn => "new_sign_in",
            Self::SignUpTaken => "sign_up_taken",
            Self::Welcome => "welcome",
            Self::Invitation => "invitation",
            Self::Test => "test",
        }
    }

    /// The kind of a name.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A part of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// One line.
    Subject,
    /// What everyone can read.
    Text,
    /// The same with HTML.
    Html,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Subject, Self::Text, Self::Html];

    /// Its name, which is also the ending of its file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Text => "txt",
            Self::Html => "html",
        }
    }

    /// The part of a name.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.word() == word)
    }
}

/// What a mail has to say. A kind's variables are its fields: none can be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the variables of the templates, told in docs/guide/mail.md")]
pub enum Content {
    /// See [`MailKind::PasswordReset`].
    PasswordReset { link: String, valid_s: u64 },
    /// See [`MailKind::EmailVerification`].
    EmailVerification { link: String, valid_s: u64 },
    /// See [`MailKind::MagicLink`].
    MagicLink { link: String, valid_s: u64 },
    /// See [`MailKind::OneTimeCode`].
    OneTimeCode { code: String, valid_s: u64 },
    /// See [`MailKind::EmailChange`].
    EmailChange { link: String, new_email: String, valid_s: u64 },
    /// See [`MailKind::EmailChangedNotice`].
    EmailChangedNotice { new_email: String, at: Timestamp },
    /// See [`MailKind::PasswordChangedNotice`].
    PasswordChangedNotice { at: Timestamp },
    /// See [`MailKind::NewSignIn`].
    NewSignIn { at: Timestamp, ip: String, device: String },
    /// See [`MailKind::SignUpTaken`].
    SignUpTaken,
    /// See [`MailKind::Welcome`].
    Welcome,
    /// See [`MailKind::Invitation`].
    Invitation { link: String, invited_by: String, valid_s: u64 },
    /// See [`MailKind::Test`].
    Test { at: Timestamp },
}

impl Content {
    /// What the mail is about.
    pub const fn kind(&self) -> MailKind {
        match self {
            Self::PasswordReset { .. } => MailKind::PasswordReset,
            Self::EmailVerification { .. } => MailKind::EmailVerification,
            Self::MagicLink { .. } => MailKind::MagicLink,
            Self::OneTimeCode { .. } => MailKind::OneTimeCode,
            Self::EmailChange { .. } => MailKind::EmailChange,
            Self::EmailChangedNotice { .. } => MailKind::EmailChangedNotice,
            Self::PasswordChangedNotice { .. } => MailKind::PasswordChangedNotice,
            Self::NewSignIn { .. } => MailKind::NewSignIn,
            Self::SignUpTaken => MailKind::SignUpTaken,
            Self::Welcome => MailKind::Welcome,
            Self::Invitation { .. } => MailKind::Invitation,
            Self::Test { .. } => MailKind::Test,
        }
    }

    /// An example of a kind, by which a changed template is tried.
    pub fn example(kind: MailKind) -> Self {
        let link = || "https://app.example/page?token=mt_3q2-7wExample_Example_Example_Example_0".to_owned();
        let at = Timestamp(1_795_528_800_000_000);
        match kind {
            MailKind::PasswordReset => Self::PasswordReset { link: link(), valid_s: 3_600 },
            MailKind::EmailVerification => Self::EmailVerification { link: link(), valid_s: 86_400 },
            MailKind::MagicLink => Self::MagicLink { link: link(), valid_s: 600 },
            MailKind::OneTimeCode => Self::OneTimeCode { code: "493817".to_owned(), valid_s: 600 },
            MailKind::EmailChange => {
                Self::EmailChange { link: link(), new_email: "ada@new.example".to_owned(), valid_s: 3_600 }
            }
            MailKind::EmailChangedNotice => Self::EmailChangedNotice { new_email: "ada@new.example".to_owned(), at },
            MailKind::PasswordChangedNotice => Self::PasswordChangedNotice { at },
            MailKind::NewSignIn => {
                Self::NewSignIn { at, ip: "203.0.113.7".to_owned(), device: "Firefox on Linux".to_owned() }
            }
            MailKind::SignUpTaken => Self::SignUpTaken,
            MailKind::Welcome => Self::Welcome,
            MailKind::Invitation => {
                Self::Invitation { link: link(), invited_by: "Grace Hopper".to_owned(), valid_s: 604_800 }
            }
            MailKind::Test => Self::Test { at },
        }
    }
}
