//! What every family of hashes can do, and which family reads which format.

use super::{Format, argon2, bcrypt, firebase, md5_crypt, pbkdf2, phpass, scrypt, sha_crypt, text};
use rand::Rng;
use zeroize::Zeroizing;

/// How a hash is made and spelled, without salt and digest.
pub(super) trait Scheme {
    /// Whether running it for a password of so many bytes stays within the cap.
    fn is_affordable(&self, password_bytes: usize) -> bool;
    /// The digest, in the shape in which readers give it. `None` where the parameters make no sense.
    fn derive(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>>;
    /// The text of the column.
    fn write(&self, salt: &[u8], digest: &[u8]) -> String;
    /// A salt as this spelling has it.
    fn fresh_salt(&self, rng: &mut dyn Rng) -> Vec<u8>;
    /// A digest of the right shape that comes from no password.
    fn random_digest(&self, rng: &mut dyn Rng) -> Vec<u8>;
    /// The same spelling at today's cost: never below its own.
    fn today(&self) -> Recipe;
    /// Whether the frameworks that read this look beyond a zero byte in a password.
    fn takes_zero_bytes(&self) -> bool {
        true
    }
}

/// One of the families, with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Recipe {
    Argon2(argon2::Recipe),
    Bcrypt(bcrypt::Recipe),
    Firebase(firebase::Recipe),
    Md5Crypt(md5_crypt::Recipe),
    Pbkdf2(pbkdf2::Recipe),
    Phpass(phpass::Recipe),
    Scrypt(scrypt::Recipe),
    ShaCrypt(sha_crypt::Recipe),
}

impl Recipe {
    pub(super) fn scheme(&self) -> &dyn Scheme {
        match self {
            Self::Argon2(recipe) => recipe,
            Self::Bcrypt(recipe) => recipe,
            Self::Firebase(recipe) => recipe,
            Self::Md5Crypt(recipe) => recipe,
            Self::Pbkdf2(recipe) => recipe,
            Self::Phpass(recipe) => recipe,
            Self::Scrypt(recipe) => recipe,
            Self::ShaCrypt(recipe) => recipe,
        }
    }

    /// What the framework of a format uses by itself, raised to today's cost. `None` for legacy kinds.
    pub(super) fn of(format: Format) -> Option<Self> {
        use Format as F;
        Some(match format {
            F::Argon2 | F::DjangoArgon2 | F::SpringArgon2 => argon2::of(format).today(),
            F::Bcrypt
            | F::WordPressBcrypt
            | F::DjangoBcrypt
            | F::DjangoBcryptSha256
            | F::PasslibBcryptSha256
            | F::SpringBcrypt => bcrypt::of(format).today(),
            F::Scrypt | F::DjangoScrypt | F::WerkzeugScrypt | F::SpringScrypt => scrypt::of(format).today(),
            F::DjangoPbkdf2
            | F::PasslibPbkdf2
            | F::PhcPbkdf2
            | F::WerkzeugPbkdf2
            | F::AspNetV2
            | F::AspNetV3
            | F::SpringPbkdf2 => pbkdf2::of(format).today(),
            F::Phpass | F::Drupal7 => phpass::of(format).today(),
            F::Sha256Crypt | F::Sha512Crypt => sha_crypt::of(format).today(),
            F::Md5Crypt | F::Apr1Crypt => md5_crypt::of(format).today(),
            // Without the keys of a Firebase project there is nothing to make.
            F::FirebaseScrypt => return None,
            F::Md5 | F::Sha1 | F::Sha256 | F::SaltedMd5 | F::SaltedSha1 | F::SaltedSha256 | F::Plain => return None,
        })
    }
}

/// A stored hash taken apart.
pub(super) struct Parts {
    pub(super) recipe: Recipe,
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

impl Parts {
    /// Takes a text apart that looks like `format`; `None` where it only looks like it.
    pub(super) fn read(format: Format, stored: &str) -> Option<Self> {
        use Format as F;
        let stored = text::trimmed(stored)?;
        match format {
            F::Argon2 | F::DjangoArgon2 | F::SpringArgon2 => argon2::read(format, stored),
            F::Bcrypt
            | F::WordPressBcrypt
            | F::DjangoBcrypt
            | F::DjangoBcryptSha256
            | F::PasslibBcryptSha256
            | F::SpringBcrypt => bcrypt::read(format, stored),
            F::Scrypt | F::DjangoScrypt | F::WerkzeugScrypt | F::SpringScrypt => scrypt::read(format, stored),
            F::FirebaseScrypt => firebase::read(stored),
            F::DjangoPbkdf2
            | F::PasslibPbkdf2
            | F::PhcPbkdf2
            | F::WerkzeugPbkdf2
            | F::AspNetV2
            | F::AspNetV3
            | F::SpringPbkdf2 => pbkdf2::read(format, stored),
            F::Phpass | F::Drupal7 => phpass::read(format, stored),
            F::Sha256Crypt | F::Sha512Crypt => sha_crypt::read(format, stored),
            F::Md5Crypt | F::Apr1Crypt => md5_crypt::read(format, stored),
            F::Md5 | F::Sha1 | F::Sha256 | F::SaltedMd5 | F::SaltedSha1 | F::SaltedSha256 | F::Plain => None,
        }
    }
}
