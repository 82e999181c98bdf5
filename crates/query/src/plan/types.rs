//! The plan: what a statement says, before a dialect spells it.

use crate::{
    Value,
    request::{AggregateFunction, ArrayOp, ColumnFunction, CompareOp},
};
use portcullis_schema::{Column, ColumnType, Decode, Output, OutputShape, Relation, Storage, Table};

/// A table's name inside one statement: 0 is the statement's own table.
pub type Alias = u16;

/// A column of one of a statement's tables.
#[derive(Debug, Clone, Copy)]
pub struct ColumnRef<'s> {
    /// Which table.
    pub alias: Alias,
    /// Which column.
    pub column: &'s Column,
}

/// Something that has a value per row or group.
#[derive(Debug, Clone)]
pub enum Operand<'s> {
    /// A column.
    Column(ColumnRef<'s>),
    /// A figure over the rows of a group.
    Aggregate(Aggregate<'s>),
    /// A column of the one row a belongs-to leads to.
    Related {
        /// The way there.
        hop: Hop<'s>,
        /// The column there.
        column: &'s Column,
    },
    /// A function of a column.
    Computed(Computed<'s>),
    /// A place inside of a JSON column.
    Json {
        /// The column.
        column: ColumnRef<'s>,
        /// Keys of objects from the outside in.
        path: Vec<String>,
        /// What is read there.
        kind: JsonKind,
    },
}

/// A function of a column.
#[derive(Debug, Clone)]
pub struct Computed<'s> {
    /// Which.
    pub function: ColumnFunction,
    /// Of which column.
    pub column: ColumnRef<'s>,
    /// The type of what comes of it.
    pub ty: ColumnType,
}

impl Computed<'_> {
    /// What it is called in an answer: `year_placed_at`.
    pub fn name(&self) -> String {
        format!("{}_{}", self.function.name(), self.column.column.name)
    }

    /// Name and reader in an answer.
    pub fn decode(&self) -> Decode {
        Decode::of(&self.ty, Storage::Native)
    }
}

/// What is read at a place inside of a JSON document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    /// Whatever is there; NULL where nothing or a null is.
    Any,
    /// A text; NULL for everything else.
    Text,
    /// A number; NULL for everything else.
    Number,
    /// True or false; NULL for everything else.
    Boolean,
    /// The name of its type; NULL where nothing is.
    Type,
    /// How many items a list has; NULL for everything else.
    Length,
}

impl JsonKind {
    /// The type of what is read.
    pub const fn ty(self) -> ColumnType {
        match self {
            Self::Any | Self::Text | Self::Type => ColumnType::Text { max_chars: None },
            Self::Number => ColumnType::Decimal { precision: None, scale: None },
            Self::Boolean => ColumnType::Boolean,
            Self::Length => ColumnType::Integer { bits: 64, signed: true },
        }
    }
}

impl<'s> Operand<'s> {
    /// The column whose value it is, if it is one.
    pub const fn column(&self) -> Option<&'s Column> {
        match self {
            Self::Column(own) => Some(own.column),
            Self::Related { column, .. } => Some(column),
            Self::Aggregate(_) | Self::Computed(_) | Self::Json { .. } => None,
        }
    }

    /// Whether it says the same as another one; of columns and their functions.
    pub(super) fn is(&self, other: &Self) -> bool {
        let same = |one: ColumnRef<'_>, two: ColumnRef<'_>| one.alias == two.alias && one.column.id == two.column.id;
        match (self, other) {
            (Self::Column(one), Self::Column(two)) => same(*one, *two),
            (Self::Computed(one), Self::Computed(two)) => one.function == two.function && same(one.column, two.column),
            _ => false,
        }
    }
}

/// A figure over rows.
#[derive(Debug, Clone, Copy)]
pub struct Aggregate<'s> {
    /// Which.
    pub function: AggregateFunction,
    /// Over which column; `None` is COUNT(*).
    pub column: Option<ColumnRef<'s>>,
}

/// A step from one table of a statement to a related one.
#[derive(Debug, Clone)]
pub struct Hop<'s> {
    /// The relationship.
    pub relation: &'s Relation,
    /// The name of the table it starts from.
    pub from: Alias,
    /// The table it starts from.
    pub source: &'s Table,
    /// The name of the related table.
    pub to: Alias,
    /// The related table.
    pub target: &'s Table,
    /// The table between and its name, for many-to-many.
    pub join: Option<(&'s Table, Alias)>,
    /// Which rows of the related table, and of the table between, the caller may come to.
    pub scope: Box<Condition<'s>>,
}

/// A pattern match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LikeMode {
    /// Whether upper and lower case are one.
    pub fold: bool,
    /// Whether the match is turned round.
    pub negated: bool,
}

/// A condition over a statement's tables.
#[derive(Debug, Clone)]
pub enum Condition<'s> {
    /// All hold; none is true.
    All(Vec<Condition<'s>>),
    /// At least one holds; none is false.
    Any(Vec<Condition<'s>>),
    /// Does not hold.
    Not(Box<Condition<'s>>),
    /// A comparison.
    Compare {
        /// What.
        left: Operand<'s>,
        /// How.
        op: CompareOp,
        /// With what; never NULL.
        value: Value,
    },
    /// A comparison of two columns, or functions of them.
    CompareTo {
        /// What.
        left: Operand<'s>,
        /// How.
        op: CompareOp,
        /// With what.
        right: Operand<'s>,
    },
    /// A list against a list.
    Array {
        /// What.
        column: ColumnRef<'s>,
        /// How.
        op: ArrayOp,
        /// With what.
        value: Value,
    },
    /// A JSON document that contains another.
    JsonContains {
        /// What.
        column: ColumnRef<'s>,
        /// The other document.
        value: Value,
        /// The other document contains the column's.
        turned: bool,
    },
    /// A pattern as in `Like`, over something that is text.
    Matches {
        /// What.
        left: Operand<'s>,
        /// The pattern.
        pattern: String,
        /// How.
        mode: LikeMode,
    },
    /// A pattern with `\` as its escape.
    Like {
        /// What.
        column: ColumnRef<'s>,
        /// The pattern.
        pattern: String,
        /// How.
        mode: LikeMode,
    },
    /// Text that is the same without regard to the case of letters; `text` is in small letters.
    Folded {
        /// What.
        column: ColumnRef<'s>,
        /// With what.
        text: String,
    },
    /// One of a list; never empty, never NULL.
    In {
        /// What.
        column: ColumnRef<'s>,
        /// The list.
        values: Vec<Value>,
        /// None of the list.
        negated: bool,
    },
    /// Rows whose key is one of a list of keys.
    KeyIn {
        /// The key's columns.
        columns: Vec<ColumnRef<'s>>,
        /// The keys, each as long as `columns`.
        keys: Vec<Vec<Value>>,
    },
    /// Between two bounds, inclusive.
    Between {
        /// What.
        left: Operand<'s>,
        /// The lower bound.
        low: Value,
        /// The upper bound.
        high: Value,
        /// Outside of them.
        negated: bool,
    },
    /// NULL.
    Null {
        /// What.
        left: Operand<'s>,
        /// Not NULL.
        negated: bool,
    },
    /// A related row for which a condition holds.
    Exists {
        /// The way there.
        hop: Hop<'s>,
        /// The condition there.
        condition: Box<Condition<'s>>,
    },
    /// A foreign key of one column that leads to one of these rows, as far as the caller may come to them.
    Leads {
        /// The way there, without a table between.
        hop: Hop<'s>,
        /// Keys there.
        keys: Vec<Value>,
    },
    /// A condition whose values are the rules' own and not the caller's: plain ones stand in the text, because
    /// PostgreSQL keeps a plan only if it knows how many rows such a condition leaves.
    Fixed(Box<Condition<'s>>),
}

impl Condition<'_> {
    /// The condition that always holds.
    pub const fn always() -> Self {
        Self::All(Vec::new())
    }

    /// The condition that never holds.
    pub const fn never() -> Self {
        Self::Any(Vec::new())
    }

    /// Whether it holds for every row.
    pub fn is_always(&self) -> bool {
        matches!(self, Self::All(parts) if parts.is_empty())
    }
}

/// One result column.
#[derive(Debug, Clone)]
pub struct Selected<'s> {
    /// Its value.
    pub operand: Operand<'s>,
    /// Its name, reader and use.
    pub output: Output,
}

/// One key of an order.
#[derive(Debug, Clone)]
pub struct OrderTerm<'s> {
    /// By what.
    pub operand: Operand<'s>,
    /// Largest first.
    pub descending: bool,
}

/// A table joined to the statement's own, for children reached through a third table.
#[derive(Debug, Clone)]
pub struct JoinFrom<'s> {
    /// The joined table.
    pub table: &'s Table,
    /// Its name.
    pub alias: Alias,
    /// Pairs of (own column, joined column) that must be equal.
    pub on: Vec<(&'s Column, &'s Column)>,
    /// Which rows of the joined table the caller may come to.
    pub scope: Condition<'s>,
}

/// Rows to be read.
#[derive(Debug, Clone)]
pub struct Select<'s> {
    /// The statement's own table.
    pub table: &'s Table,
    /// A second table, if one is needed.
    pub join: Option<JoinFrom<'s>>,
    /// Parents whose columns rows are grouped by: each row has one of each, or none.
    pub lookups: Vec<Hop<'s>>,
    /// What is selected.
    pub columns: Vec<Selected<'s>>,
    /// Which rows the caller may come to: joined by AND, outside of whatever was asked. SEC-37.
    pub scope: Condition<'s>,
    /// Which rows were asked for.
    pub condition: Condition<'s>,
    /// Groups.
    pub group_by: Vec<Operand<'s>>,
    /// Which groups.
    pub having: Condition<'s>,
    /// Equal rows once.
    pub distinct: bool,
    /// In which order.
    pub order: Vec<OrderTerm<'s>>,
    /// How many rows at most.
    pub limit: Option<u64>,
    /// How many rows are passed over.
    pub offset: u64,
    /// Whether the rows are locked for the transaction.
    pub lock: bool,
    /// Whether at most one row can come: read by a unique key.
    pub point: bool,
}

impl<'s> Select<'s> {
    /// All rows of a table, with nothing selected yet: for statements of our own. A caller's begin with
    /// `Planner::select`, which confines them.
    pub const fn from(table: &'s Table) -> Self {
        Self {
            table,
            join: None,
            lookups: Vec::new(),
            columns: Vec::new(),
            scope: Condition::always(),
            condition: Condition::always(),
            group_by: Vec::new(),
            having: Condition::always(),
            distinct: false,
            order: Vec::new(),
            limit: None,
            offset: 0,
            lock: false,
            point: false,
        }
    }

    /// The change of the rows that this selects, for people to read.
    pub fn into_update(self, set: Vec<(&'s Column, Value)>) -> Update<'s> {
        Update { table: self.table, set, scope: self.scope, condition: self.condition, returning: Vec::new() }
    }

    /// The deletion of the rows that this selects, for people to read.
    pub fn into_delete(self) -> Delete<'s> {
        Delete { table: self.table, marks: None, scope: self.scope, condition: self.condition, returning: Vec::new() }
    }

    /// How many of the selected columns are captured.
    pub fn captured(&self) -> usize {
        self.columns.iter().filter(|selected| selected.output.captured).count()
    }

    /// Keeps the value of something beside the rows' JSON; gives its place among the selected columns.
    pub(super) fn capture(&mut self, operand: Operand<'s>) -> usize {
        if let Operand::Column(wanted) = &operand {
            let known = self.columns.iter_mut().position(|selected| match &mut selected.operand {
                Operand::Column(own) => own.alias == wanted.alias && own.column.id == wanted.column.id,
                _ => false,
            });
            if let Some(at) = known {
                self.columns[at].output.captured = true;
                return at;
            }
        }
        let shape = match &operand {
            Operand::Column(column) => column.column.shape.clone(),
            Operand::Related { column, .. } => column.shape.clone(),
            Operand::Computed(computed) => OutputShape::new("value", computed.decode()),
            Operand::Aggregate(_) | Operand::Json { .. } => OutputShape::new("value", Decode::Text),
        };
        self.columns.push(Selected { operand, output: Output { shape, visible: false, captured: true } });
        self.columns.len() - 1
    }

    /// Turns a place among the selected columns into the place among the captured values.
    pub(super) fn captured_place(&self, column: usize) -> usize {
        self.columns[..column].iter().filter(|selected| selected.output.captured).count()
    }
}

/// What hangs on the rows of a list.
#[derive(Debug, Clone)]
pub struct Include<'s> {
    /// The relationship.
    pub relation: &'s Relation,
    /// The related table.
    pub target: &'s Table,
    /// For each join column, its place among the parent rows' captured values.
    pub parent_keys: Vec<usize>,
    /// Embedded rows, if they are wanted.
    pub rows: Option<IncludeRows<'s>>,
    /// Figures, if they are wanted.
    pub figures: Option<IncludeFigures<'s>>,
}

/// Embedded rows of one relationship.
#[derive(Debug, Clone)]
pub struct IncludeRows<'s> {
    /// Children of all parents; the condition on the parents' keys is added when they are known.
    pub select: Select<'s>,
    /// The columns that carry the parent's key, in the order of the relation's columns.
    pub key: Vec<ColumnRef<'s>>,
    /// For each key column, its place among the child rows' captured values.
    pub child_keys: Vec<usize>,
    /// How many values of a child row are captured.
    pub captured: usize,
    /// What hangs on the children.
    pub includes: Vec<Include<'s>>,
}

/// Figures over one relationship.
#[derive(Debug, Clone)]
pub struct IncludeFigures<'s> {
    /// One row per parent (and further group).
    pub select: Select<'s>,
    /// The columns that carry the parent's key.
    pub key: Vec<ColumnRef<'s>>,
    /// What each figure is called on the parent: settled over all relationships of the request.
    pub names: Vec<FigureName>,
    /// Whether there are groups beyond the parent's key: each figure is then a list.
    pub grouped: bool,
}

/// A figure's place in the answer.
#[derive(Debug, Clone)]
pub struct FigureName {
    /// The key under `aggregations`.
    pub key: String,
    /// The alias as asked, the key inside a group's object.
    pub alias: String,
    /// Whether a parent without children has 0 instead of null.
    pub counts: bool,
}

/// A whole list request, planned.
#[derive(Debug, Clone)]
pub struct ListPlan<'s> {
    /// The rows.
    pub select: Select<'s>,
    /// How many values of a row are captured.
    pub captured: usize,
    /// What hangs on the rows.
    pub includes: Vec<Include<'s>>,
    /// Counts all rows, if the request wants it.
    pub count: Option<Select<'s>>,
    /// The page, or how a cursor goes on.
    pub page: PagePlan,
}

/// Which part of a result was planned.
#[derive(Debug, Clone)]
pub enum PagePlan {
    /// A page.
    Page {
        /// Counted from 1.
        page: u64,
        /// Rows of a page.
        size: u64,
    },
    /// Rows from a place on.
    Rows {
        /// How many rows are passed over.
        offset: u64,
        /// Rows at most.
        size: u64,
    },
    /// Keyset pages: one row more than `size` is read to know whether there is a next page.
    Cursor {
        /// Rows of a page.
        size: u64,
        /// Places of the order's values among the captured ones.
        keys: Vec<usize>,
        /// Ties the cursor to table, filter and order.
        fingerprint: u64,
    },
}

/// A row to be inserted.
#[derive(Debug, Clone)]
pub struct Insert<'s> {
    /// Into which table.
    pub table: &'s Table,
    /// Columns and values.
    pub values: Vec<(&'s Column, Value)>,
    /// What to do when a unique key holds the values already.
    pub on_conflict: Option<OnConflict<'s>>,
    /// What is given back of the row.
    pub returning: Vec<Selected<'s>>,
}

/// Upsert.
#[derive(Debug, Clone)]
pub struct OnConflict<'s> {
    /// The unique key.
    pub key: Vec<&'s Column>,
    /// Columns taken over from the new row.
    pub update: Vec<&'s Column>,
}

/// Rows to be changed.
#[derive(Debug, Clone)]
pub struct Update<'s> {
    /// Of which table.
    pub table: &'s Table,
    /// Columns and their new values.
    pub set: Vec<(&'s Column, Value)>,
    /// Which rows the caller may come to.
    pub scope: Condition<'s>,
    /// Which rows.
    pub condition: Condition<'s>,
    /// What is given back of the rows; empty for nothing.
    pub returning: Vec<Selected<'s>>,
}

/// Rows to be deleted.
#[derive(Debug, Clone)]
pub struct Delete<'s> {
    /// Of which table.
    pub table: &'s Table,
    /// The column that says when a row was deleted, and now, where deleted rows stay.
    pub marks: Option<(&'s Column, Value)>,
    /// Which rows the caller may come to.
    pub scope: Condition<'s>,
    /// Which rows.
    pub condition: Condition<'s>,
    /// What is given back of the rows; empty for nothing.
    pub returning: Vec<Selected<'s>>,
}
