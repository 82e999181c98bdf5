//! Ids of our own things: a readable prefix and 80 random bits.

use rand::Rng;
use serde::{Deserialize, Serialize};
use std::fmt;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Makes an id such as `proj_3k9x0c7m2q8v4t1z`: the prefix and 16 characters of Crockford's base 32.
pub fn new_id(prefix: &str, rng: &mut dyn Rng) -> String {
    let mut bytes = [0u8; 16];
    rng.fill_bytes(&mut bytes);
    let mut id = String::with_capacity(prefix.len() + 17);
    id.push_str(prefix);
    id.push('_');
    id.extend(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])));
    id
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// A fresh id.
            pub fn new(rng: &mut dyn Rng) -> Self {
                Self(new_id($prefix, rng))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A project: `proj_...`.
    ProjectId,
    "proj"
);
id!(
    /// One database of a project for one stage: `conn_...`.
    ConnectionId,
    "conn"
);
id!(
    /// A frozen pair of settings and schema: `bld_...`.
    BuildId,
    "bld"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_its_prefix_and_is_never_the_same_twice() {
        let (a, b) = (ProjectId::new(&mut rand::rng()), ProjectId::new(&mut rand::rng()));
        assert!(a.as_str().starts_with("proj_") && a.as_str().len() == 21);
        assert_ne!(a, b);
    }
}
