//! The operators of a filter and everything they may be called.

/// Comparisons of a column with one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `=`
    Eq,
    /// `<>`
    Neq,
    /// `>`
    Gt,
    /// `>=`
    Gte,
    /// `<`
    Lt,
    /// `<=`
    Lte,
}

impl CompareOp {
    /// The operator in SQL, the same in every dialect, with spaces around it.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Eq => " = ",
            Self::Neq => " <> ",
            Self::Gt => " > ",
            Self::Gte => " >= ",
            Self::Lt => " < ",
            Self::Lte => " <= ",
        }
    }
}

/// The LIKE family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeOp {
    /// The caller's pattern, case counts.
    Like,
    /// The caller's pattern, case does not count.
    Ilike,
    /// Not the caller's pattern.
    NotLike,
    /// The text somewhere, case does not count.
    Contains,
    /// The text at the beginning, case does not count.
    StartsWith,
    /// The text at the end, case does not count.
    EndsWith,
}

/// Comparisons of a list with a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrayOp {
    /// Every item of the value is in the column.
    ContainsAll,
    /// Every item of the column is in the value.
    ContainedBy,
    /// They have an item in common.
    Overlaps,
}

impl ArrayOp {
    /// The operator in the SQL of engines that have arrays, with spaces around it.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::ContainsAll => " @> ",
            Self::ContainedBy => " <@ ",
            Self::Overlaps => " && ",
        }
    }
}

/// What of a place inside a JSON document is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JsonOf {
    /// Its value.
    #[default]
    Value,
    /// Its type: object, array, string, number, boolean or null; NULL where the place does not exist.
    Type,
    /// How many items the list there has.
    Length,
}

impl JsonOf {
    /// What a word means, in any case.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "value" => Some(Self::Value),
            "type" => Some(Self::Type),
            "length" => Some(Self::Length),
            _ => None,
        }
    }
}

/// An operator of a field expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Against one value.
    Compare(CompareOp),
    /// Against a pattern.
    Like(LikeOp),
    /// Against a list.
    In {
        /// `notin`.
        negated: bool,
    },
    /// Against two bounds, inclusive.
    Between {
        /// `notbetween`.
        negated: bool,
    },
    /// Against NULL.
    Null {
        /// `isnotnull`.
        negated: bool,
    },
    /// A list against a list.
    Array(ArrayOp),
    /// A JSON document against another that it contains.
    JsonContains {
        /// The other way round: the column's document is contained in the value.
        turned: bool,
    },
}

/// Canonical name, aliases, operator: the table of the native contract, section 4.1.
const OPERATORS: &[(&str, &[&str], Operator)] = &[
    ("eq", &["=", "==", "equals"], Operator::Compare(CompareOp::Eq)),
    ("neq", &["ne", "!=", "<>"], Operator::Compare(CompareOp::Neq)),
    ("gt", &[">"], Operator::Compare(CompareOp::Gt)),
    ("gte", &[">="], Operator::Compare(CompareOp::Gte)),
    ("lt", &["<"], Operator::Compare(CompareOp::Lt)),
    ("lte", &["<="], Operator::Compare(CompareOp::Lte)),
    ("like", &[], Operator::Like(LikeOp::Like)),
    ("ilike", &[], Operator::Like(LikeOp::Ilike)),
    ("notlike", &["not_like", "nlike"], Operator::Like(LikeOp::NotLike)),
    ("contains", &[], Operator::Like(LikeOp::Contains)),
    ("startswith", &["starts_with"], Operator::Like(LikeOp::StartsWith)),
    ("endswith", &["ends_with"], Operator::Like(LikeOp::EndsWith)),
    ("in", &[], Operator::In { negated: false }),
    ("notin", &["not_in", "nin"], Operator::In { negated: true }),
    ("between", &[], Operator::Between { negated: false }),
    ("notbetween", &["not_between"], Operator::Between { negated: true }),
    ("containsall", &["contains_all"], Operator::Array(ArrayOp::ContainsAll)),
    ("containedby", &["contained_by"], Operator::Array(ArrayOp::ContainedBy)),
    ("overlaps", &[], Operator::Array(ArrayOp::Overlaps)),
    ("jsoncontains", &["json_contains"], Operator::JsonContains { turned: false }),
    ("jsoncontainedby", &["json_contained_by"], Operator::JsonContains { turned: true }),
    ("isnull", &["is_null", "null"], Operator::Null { negated: false }),
    ("isnotnull", &["is_not_null", "notnull"], Operator::Null { negated: true }),
];

impl Operator {
    /// The operator a word means, in any case.
    pub fn from_word(word: &str) -> Option<Self> {
        // Nearly every request says `eq`.
        if word == "eq" {
            return Some(Self::Compare(CompareOp::Eq));
        }
        let low = word.to_ascii_lowercase();
        OPERATORS
            .iter()
            .find(|(name, aliases, _)| *name == low || aliases.contains(&low.as_str()))
            .map(|(_, _, operator)| *operator)
    }

    /// The canonical names, in the order of the manual.
    pub fn names() -> impl Iterator<Item = &'static str> {
        OPERATORS.iter().map(|(name, _, _)| *name)
    }

    /// The canonical name.
    pub fn name(self) -> &'static str {
        OPERATORS.iter().find(|(_, _, operator)| *operator == self).map_or("eq", |(name, _, _)| *name)
    }
}

/// The functions of an aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregateFunction {
    /// How many.
    Count,
    /// How many different values, NULL not counted.
    CountDistinct,
    /// The sum.
    Sum,
    /// The mean, as a float.
    Avg,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// Every value in a list.
    ArrayAgg,
}

impl AggregateFunction {
    /// The function a word means, in any case.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "count" => Some(Self::Count),
            "count_distinct" | "countdistinct" => Some(Self::CountDistinct),
            "sum" => Some(Self::Sum),
            "avg" => Some(Self::Avg),
            "min" => Some(Self::Min),
            "max" => Some(Self::Max),
            "array_agg" | "arrayagg" => Some(Self::ArrayAgg),
            _ => None,
        }
    }

    /// The function's name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::CountDistinct => "count_distinct",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::ArrayAgg => "array_agg",
        }
    }
}
