//! Tables as a declared schema wants them: what is made, in words that every engine has its own spelling for.

/// The column that every wanted table has as its key.
pub const KEY: &str = "id";

/// A table that is to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedTable {
    /// Its name.
    pub name: String,
    /// Its columns in order, the key among them.
    pub columns: Vec<WantedColumn>,
    /// Column lists whose values together occur once.
    pub unique: Vec<Vec<String>>,
    /// The column that the database sets to the present at every change of a row.
    pub touched: Option<String>,
}

/// A column that is to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub ty: WantedType,
    /// Whether NULL is refused.
    pub required: bool,
    /// What a row gets that does not say.
    pub default: Option<WantedDefault>,
    /// The smallest number, as its digits.
    pub min: Option<String>,
    /// The largest number, as its digits.
    pub max: Option<String>,
    /// The table whose key it holds.
    pub references: Option<WantedReference>,
    /// Whether it is looked up by.
    pub indexed: bool,
}

/// What a wanted column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedType {
    /// Text, with the longest value in characters where it has one.
    Text {
        /// The bound.
        max_chars: Option<u32>,
    },
    /// A whole number of 64 bits.
    Integer,
    /// A float of 64 bits.
    Float,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A moment in UTC.
    DateTime,
    /// A JSON document.
    Json,
    /// One of these labels: letters, digits, `_` and `-`.
    Enum(Vec<String>),
    /// A UUID.
    Uuid,
}

/// What a row gets that does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedDefault {
    /// This text.
    Text(String),
    /// This number, as its digits.
    Number(String),
    /// This.
    Boolean(bool),
    /// The present.
    Now,
    /// A random UUID.
    Uuid,
}

impl WantedDefault {
    /// Whether every row gets the same.
    pub const fn is_constant(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Number(_) | Self::Boolean(_))
    }
}

/// A foreign key to another wanted table's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedReference {
    /// The table.
    pub table: String,
    /// What happens to the row when the other goes.
    pub on_delete: OnDelete,
}

/// What happens to rows that point at one that is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// The other is not deleted.
    Restrict,
    /// They go with it.
    Cascade,
    /// They point at nothing.
    SetNull,
}

impl OnDelete {
    /// The SQL words, as a catalogue has them too.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
        }
    }
}

impl WantedTable {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&WantedColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns that have an index of their own: those a unique one begins with need none.
    pub fn looked_up_by(&self) -> Vec<&str> {
        let begins = |name: &str| self.unique.iter().any(|columns| columns.first().is_some_and(|first| first == name));
        let wanted = self.columns.iter().filter(|column| column.indexed && !begins(&column.name));
        wanted.map(|column| column.name.as_str()).collect()
    }
}
