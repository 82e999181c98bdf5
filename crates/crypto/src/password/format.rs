//! Which format a stored text has, by its looks alone.

use super::{MAX_PASSWORD_BYTES, legacy, pbkdf2, sha_crypt, text};

/// A family of hashes in one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `$2a$`, `$2b$`, `$2x$`, `$2y$`: PHP, Laravel, Rails, Node and most others.
    Bcrypt,
    /// `$wp$2y$`: WordPress since 6.8, HMAC-SHA384 before bcrypt.
    WordPressBcrypt,
    /// `bcrypt$$2b$`: Django.
    DjangoBcrypt,
    /// `bcrypt_sha256$$2b$`: Django, SHA-256 before bcrypt.
    DjangoBcryptSha256,
    /// `$bcrypt-sha256$`: Passlib, HMAC-SHA256 before bcrypt.
    PasslibBcryptSha256,
    /// `{bcrypt}$2a$`: Spring.
    SpringBcrypt,
    /// `$argon2id$`, `$argon2i$`, `$argon2d$`.
    Argon2,
    /// `argon2$argon2id$`: Django.
    DjangoArgon2,
    /// `{argon2}$argon2id$`, `{argon2@SpringSecurity_v5_8}$argon2id$`: Spring.
    SpringArgon2,
    /// `$scrypt$ln=16,r=8,p=1$`: Passlib and the PHC string format; AdonisJS with `n=`.
    Scrypt,
    /// `scrypt$16384$salt$8$5$`: Django.
    DjangoScrypt,
    /// `scrypt:32768:8:1$`: Werkzeug, and so Flask.
    WerkzeugScrypt,
    /// `{scrypt}$100801$`: Spring.
    SpringScrypt,
    /// `$fbscrypt$`: Firebase's own scrypt, with the project's parameters in the text.
    FirebaseScrypt,
    /// `pbkdf2_sha256$600000$`, `pbkdf2_sha1$`: Django.
    DjangoPbkdf2,
    /// `$pbkdf2-sha256$29000$`, `-sha512`, `$pbkdf2$`: Passlib, and so Odoo.
    PasslibPbkdf2,
    /// `$pbkdf2-sha256$i=600000,l=32$`: the PHC string format.
    PhcPbkdf2,
    /// `pbkdf2:sha256:600000$`: Werkzeug, and so Flask.
    WerkzeugPbkdf2,
    /// Base64 of a block that begins with 0: ASP.NET Identity 2.
    AspNetV2,
    /// Base64 of a block that begins with 1: ASP.NET Core Identity.
    AspNetV3,
    /// `{pbkdf2}`, `{pbkdf2@SpringSecurity_v5_8}`: Spring.
    SpringPbkdf2,
    /// `$P$`, `$H$`: WordPress before 6.8, phpBB.
    Phpass,
    /// `$S$`: Drupal 7 to 10.0.
    Drupal7,
    /// `$5$`: `crypt(3)`.
    Sha256Crypt,
    /// `$6$`: `crypt(3)`.
    Sha512Crypt,
    /// `$1$`: `crypt(3)` of old.
    Md5Crypt,
    /// `$apr1$`: Apache's `htpasswd`.
    Apr1Crypt,
    /// 32 hex digits.
    Md5,
    /// 40 hex digits.
    Sha1,
    /// 64 hex digits.
    Sha256,
    /// `md5$salt$hex`, `hex:salt`, `{MD5}`, `{SMD5}`.
    SaltedMd5,
    /// `sha1$salt$hex`, `hex:salt`, `{SHA}`, `{SSHA}`.
    SaltedSha1,
    /// `sha256$salt$hex`, `hex:salt`, `{SHA-256}`, `{SSHA256}`.
    SaltedSha256,
    /// The password itself. Recognised where the text says so (`{noop}`).
    Plain,
}

impl Format {
    /// Every format there is.
    pub const ALL: [Self; 34] = [
        Self::Bcrypt,
        Self::WordPressBcrypt,
        Self::DjangoBcrypt,
        Self::DjangoBcryptSha256,
        Self::PasslibBcryptSha256,
        Self::SpringBcrypt,
        Self::Argon2,
        Self::DjangoArgon2,
        Self::SpringArgon2,
        Self::Scrypt,
        Self::DjangoScrypt,
        Self::WerkzeugScrypt,
        Self::SpringScrypt,
        Self::FirebaseScrypt,
        Self::DjangoPbkdf2,
        Self::PasslibPbkdf2,
        Self::PhcPbkdf2,
        Self::WerkzeugPbkdf2,
        Self::AspNetV2,
        Self::AspNetV3,
        Self::SpringPbkdf2,
        Self::Phpass,
        Self::Drupal7,
        Self::Sha256Crypt,
        Self::Sha512Crypt,
        Self::Md5Crypt,
        Self::Apr1Crypt,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::SaltedMd5,
        Self::SaltedSha1,
        Self::SaltedSha256,
        Self::Plain,
    ];

    /// Whether a new password may be written in it. The others are replaced by the table's most common sound format.
    pub fn is_sound(self) -> bool {
        !self.is_legacy() && !matches!(self, Self::Md5Crypt | Self::Apr1Crypt)
    }

    /// Whether it logs in only where `legacy_hashes` names it.
    pub const fn is_legacy(self) -> bool {
        matches!(
            self,
            Self::Md5
                | Self::Sha1
                | Self::Sha256
                | Self::SaltedMd5
                | Self::SaltedSha1
                | Self::SaltedSha256
                | Self::Plain
        )
    }

    /// Whether it is one of Django's own spellings, so that an upgrade is written in Django's spelling too.
    pub const fn is_django(self) -> bool {
        matches!(
            self,
            Self::DjangoBcrypt
                | Self::DjangoBcryptSha256
                | Self::DjangoArgon2
                | Self::DjangoScrypt
                | Self::DjangoPbkdf2
        )
    }

    /// Whether it begins with one of Spring's `{id}` prefixes.
    pub const fn is_spring(self) -> bool {
        matches!(self, Self::SpringBcrypt | Self::SpringArgon2 | Self::SpringScrypt | Self::SpringPbkdf2)
    }

    /// Its name in reports, evidence and documentation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bcrypt => "bcrypt",
            Self::WordPressBcrypt => "wordpress_bcrypt",
            Self::DjangoBcrypt => "django_bcrypt",
            Self::DjangoBcryptSha256 => "django_bcrypt_sha256",
            Self::PasslibBcryptSha256 => "passlib_bcrypt_sha256",
            Self::SpringBcrypt => "spring_bcrypt",
            Self::Argon2 => "argon2",
            Self::DjangoArgon2 => "django_argon2",
            Self::SpringArgon2 => "spring_argon2",
            Self::Scrypt => "scrypt",
            Self::DjangoScrypt => "django_scrypt",
            Self::WerkzeugScrypt => "werkzeug_scrypt",
            Self::SpringScrypt => "spring_scrypt",
            Self::FirebaseScrypt => "firebase_scrypt",
            Self::DjangoPbkdf2 => "django_pbkdf2",
            Self::PasslibPbkdf2 => "passlib_pbkdf2",
            Self::PhcPbkdf2 => "phc_pbkdf2",
            Self::WerkzeugPbkdf2 => "werkzeug_pbkdf2",
            Self::AspNetV2 => "aspnet_v2",
            Self::AspNetV3 => "aspnet_v3",
            Self::SpringPbkdf2 => "spring_pbkdf2",
            Self::Phpass => "phpass",
            Self::Drupal7 => "drupal7",
            Self::Sha256Crypt => "sha256_crypt",
            Self::Sha512Crypt => "sha512_crypt",
            Self::Md5Crypt => "md5_crypt",
            Self::Apr1Crypt => "apr1_crypt",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::SaltedMd5 => "salted_md5",
            Self::SaltedSha1 => "salted_sha1",
            Self::SaltedSha256 => "salted_sha256",
            Self::Plain => "plain",
        }
    }

    /// The longest password it can hold, where that is less than [`MAX_PASSWORD_BYTES`]. Bytes.
    pub const fn max_password_bytes(self) -> Option<usize> {
        match self {
            Self::Bcrypt | Self::DjangoBcrypt | Self::SpringBcrypt => Some(72),
            Self::Sha256Crypt | Self::Sha512Crypt | Self::Md5Crypt | Self::Apr1Crypt => {
                Some(sha_crypt::MAX_PASSWORD_BYTES)
            }
            _ => None,
        }
    }

    pub(super) fn holds_bytes(self) -> usize {
        self.max_password_bytes().unwrap_or(MAX_PASSWORD_BYTES)
    }
}

/// Beginnings that no other format has.
const BEGINNINGS: &[(&str, Format)] = &[
    ("$2a$", Format::Bcrypt),
    ("$2b$", Format::Bcrypt),
    ("$2x$", Format::Bcrypt),
    ("$2y$", Format::Bcrypt),
    ("$wp$2", Format::WordPressBcrypt),
    ("bcrypt$", Format::DjangoBcrypt),
    ("bcrypt_sha256$", Format::DjangoBcryptSha256),
    ("$bcrypt-sha256$", Format::PasslibBcryptSha256),
    ("{bcrypt}", Format::SpringBcrypt),
    ("$argon2id$", Format::Argon2),
    ("$argon2i$", Format::Argon2),
    ("$argon2d$", Format::Argon2),
    ("argon2$", Format::DjangoArgon2),
    ("{argon2}", Format::SpringArgon2),
    ("{argon2@", Format::SpringArgon2),
    ("$scrypt$", Format::Scrypt),
    ("scrypt$", Format::DjangoScrypt),
    ("scrypt:", Format::WerkzeugScrypt),
    ("{scrypt}", Format::SpringScrypt),
    ("{scrypt@", Format::SpringScrypt),
    ("$fbscrypt$", Format::FirebaseScrypt),
    ("pbkdf2_sha256$", Format::DjangoPbkdf2),
    ("pbkdf2_sha1$", Format::DjangoPbkdf2),
    ("$pbkdf2-sha256$i=", Format::PhcPbkdf2),
    ("$pbkdf2-sha512$i=", Format::PhcPbkdf2),
    ("$pbkdf2-sha256$", Format::PasslibPbkdf2),
    ("$pbkdf2-sha512$", Format::PasslibPbkdf2),
    ("$pbkdf2$", Format::PasslibPbkdf2),
    ("pbkdf2:", Format::WerkzeugPbkdf2),
    ("{pbkdf2}", Format::SpringPbkdf2),
    ("{pbkdf2@", Format::SpringPbkdf2),
    ("$P$", Format::Phpass),
    ("$H$", Format::Phpass),
    ("$S$", Format::Drupal7),
    ("$5$", Format::Sha256Crypt),
    ("$6$", Format::Sha512Crypt),
    ("$1$", Format::Md5Crypt),
    ("$apr1$", Format::Apr1Crypt),
];

/// The format a stored text has by its looks, legacy digests included.
///
/// A hash that is damaged further on is still given its format; only [`super::verify`] finds out.
pub fn identify(stored: &str) -> Option<Format> {
    let stored = text::trimmed(stored)?;
    BEGINNINGS
        .iter()
        .find_map(|(beginning, format)| stored.starts_with(beginning).then_some(*format))
        .or_else(|| legacy::identify(stored))
        .or_else(|| pbkdf2::identify_asp_net(stored))
}
