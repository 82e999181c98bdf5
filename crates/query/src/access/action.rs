//! What is done to a table.

/// What is done to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// List, get, filter, count, preview, schema, export.
    Read,
    /// Create, bulk create, import.
    Create,
    /// Update, bulk and mass update.
    Update,
    /// Delete, mass delete.
    Delete,
}

impl Action {
    /// All four, in the order of [`Action::place`].
    pub const ALL: [Self; 4] = [Self::Read, Self::Create, Self::Update, Self::Delete];

    /// The word of permissions and messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// The action a word means, in any case.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word().eq_ignore_ascii_case(word))
    }

    /// Its place in a list of four.
    pub const fn place(self) -> usize {
        match self {
            Self::Read => 0,
            Self::Create => 1,
            Self::Update => 2,
            Self::Delete => 3,
        }
    }
}
