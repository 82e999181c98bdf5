//! A collection's name, and who may read and write what is in it.
//!
//! The name may end in three digits, `_740_`: for the document's owner, its account, and everyone signed in. In each, 4
//! is the right to read and 2 the right to write. Without them it is 740: the account reads, the owner writes. A name
//! that begins with `pub_` is read by anyone, and, unless it has digits, written by everyone signed in.

use crate::DocumentsError;
use portcullis_base::ConnectionId;
use portcullis_store::documents::{Place, Within};

/// Characters of a name at most.
pub const NAME_CHARS: usize = 64;

/// For whom something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// Nobody known.
    Anonymous,
    /// A user in an account.
    Member {
        /// The user.
        user: String,
        /// The user's account.
        account: String,
    },
    /// Somebody whom no permission holds back; what they make belongs to these.
    Unlimited {
        /// The user, or a key's id.
        user: String,
        /// The account.
        account: String,
    },
}

impl Author {
    /// Refuses everybody whom a permission could hold back.
    pub(crate) fn must_be_unlimited(&self) -> Result<(), DocumentsError> {
        match self {
            Self::Unlimited { .. } => Ok(()),
            Self::Member { .. } => Err(DocumentsError::Forbidden),
            Self::Anonymous => Err(DocumentsError::Unauthenticated),
        }
    }

    /// Whose what the author makes is: owner and account.
    pub(crate) fn maker(&self) -> Option<(&str, &str)> {
        match self {
            Self::Anonymous => None,
            Self::Member { user, account } | Self::Unlimited { user, account } => Some((user, account)),
        }
    }
}

/// How far a right reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Owner,
    Account,
    SignedIn,
    Anyone,
}

/// A collection by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    name: String,
    read: Reach,
    write: Reach,
}

impl Collection {
    /// The collection of a name.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::InvalidName`].
    pub fn parse(name: &str) -> Result<Self, DocumentsError> {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if name.is_empty() || name.len() > NAME_CHARS || !name.chars().all(known) {
            return Err(DocumentsError::InvalidName(format!(
                "a collection's name has 1 to {NAME_CHARS} letters, digits, `_` and `-`"
            )));
        }
        let digits = digits(name)?;
        let [owner, account, everyone] = digits.unwrap_or([7, 4, 0]);
        let _ = owner;
        let reach = |bit: u8| match (everyone & bit != 0, account & bit != 0) {
            (true, _) => Reach::SignedIn,
            (false, true) => Reach::Account,
            // The owner keeps both rights whatever the first digit says.
            (false, false) => Reach::Owner,
        };
        let public = name.starts_with("pub_");
        let read = if public { Reach::Anyone } else { reach(4) };
        let write = if public && digits.is_none() { Reach::SignedIn } else { reach(2) };
        Ok(Self { name: name.to_owned(), read, write })
    }

    /// The whole name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether anyone may read it, without credentials too.
    pub fn is_public(&self) -> bool {
        self.read == Reach::Anyone
    }

    /// What an author may read.
    pub(crate) fn readable(&self, author: &Author) -> Result<Within, DocumentsError> {
        within(self.read, author)
    }

    /// What an author may change.
    pub(crate) fn writable(&self, author: &Author) -> Result<Within, DocumentsError> {
        within(self.write, author)
    }

    pub(crate) fn place(&self, connection: &ConnectionId) -> Place {
        Place { connection: connection.clone(), collection: self.name.clone() }
    }
}

fn within(reach: Reach, author: &Author) -> Result<Within, DocumentsError> {
    match (reach, author) {
        (Reach::Anyone, _) | (Reach::SignedIn, Author::Member { .. }) | (_, Author::Unlimited { .. }) => {
            Ok(Within::Everything)
        }
        (Reach::SignedIn | Reach::Account | Reach::Owner, Author::Anonymous) => Err(DocumentsError::Unauthenticated),
        (Reach::Account, Author::Member { account, .. }) => Ok(Within::Account(account.clone())),
        (Reach::Owner, Author::Member { user, account }) => {
            Ok(Within::Owner { account: account.clone(), owner: user.clone() })
        }
    }
}

/// The three digits at the end, if there are any. What looks like them and is none is refused: it would be 740 unseen.
fn digits(name: &str) -> Result<Option<[u8; 3]>, DocumentsError> {
    let Some(rest) = name.strip_suffix('_') else { return Ok(None) };
    let Some((before, text)) = rest.rsplit_once('_') else { return Ok(None) };
    let numeric = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !numeric {
        return Ok(None);
    }
    if before.is_empty() || text.bytes().any(|byte| byte > b'7') {
        return Err(DocumentsError::InvalidName(format!(
            "`{name}` ends in permissions that cannot be; write a name and three digits from 0 to 7, such as `tasks_760_`"
        )));
    }
    let mut digits = [0; 3];
    for (digit, byte) in digits.iter_mut().zip(text.bytes()) {
        *digit = byte - b'0';
    }
    Ok(Some(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member() -> Author {
        Author::Member { user: "u".to_owned(), account: "a".to_owned() }
    }

    #[test]
    fn the_widest_digit_with_the_bit_decides() {
        let cases = [
            ("tasks", Reach::Account, Reach::Owner),
            ("tasks_740_", Reach::Account, Reach::Owner),
            ("tasks_760_", Reach::Account, Reach::Account),
            ("tasks_776_", Reach::SignedIn, Reach::SignedIn),
            ("tasks_704_", Reach::SignedIn, Reach::Owner),
            ("tasks_700_", Reach::Owner, Reach::Owner),
            // Even where the first digit lacks the bit the owner has it.
            ("tasks_000_", Reach::Owner, Reach::Owner),
            ("tasks_722_", Reach::Owner, Reach::SignedIn),
            ("pub_posts", Reach::Anyone, Reach::SignedIn),
            ("pub_posts_740_", Reach::Anyone, Reach::Owner),
            ("tasks_7x0_", Reach::Account, Reach::Owner),
            ("tasks_7400_", Reach::Account, Reach::Owner),
        ];
        for (name, read, write) in cases {
            let collection = Collection::parse(name).unwrap();
            assert_eq!((collection.read, collection.write), (read, write), "{name}");
        }
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        let long = "x".repeat(NAME_CHARS + 1);
        for name in ["", "a b", "a.b", "a/b", "tä", "tasks_789_", "_740_", "a;b", long.as_str()] {
            let error = Collection::parse(name).unwrap_err();
            assert_eq!(error.code(), "invalid_collection", "{name}");
        }
    }

    #[test]
    fn nobody_known_reads_what_is_public_and_writes_nothing() {
        let public = Collection::parse("pub_posts_777_").unwrap();
        assert_eq!(public.readable(&Author::Anonymous).unwrap(), Within::Everything);
        assert!(matches!(public.writable(&Author::Anonymous), Err(DocumentsError::Unauthenticated)));
        let closed = Collection::parse("tasks_777_").unwrap();
        assert!(matches!(closed.readable(&Author::Anonymous), Err(DocumentsError::Unauthenticated)));
    }

    #[test]
    fn what_reaches_nobody_else_stays_within_owner_and_account() {
        let own = Collection::parse("notes_700_").unwrap();
        let owner = Within::Owner { account: "a".to_owned(), owner: "u".to_owned() };
        assert_eq!(own.readable(&member()).unwrap(), owner);
        assert_eq!(Collection::parse("notes").unwrap().readable(&member()).unwrap(), Within::Account("a".to_owned()));
        let unlimited = Author::Unlimited { user: "k".to_owned(), account: "b".to_owned() };
        assert_eq!(own.writable(&unlimited).unwrap(), Within::Everything);
    }
}
