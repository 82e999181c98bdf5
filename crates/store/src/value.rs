//! Values in and rows out, in the few types both kinds of store have.

use crate::StoreError;
use portcullis_base::Timestamp;

/// A value to bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number, a time in microseconds, a flag.
    Int(i64),
    /// Text, JSON.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

macro_rules! from {
    ($($type:ty => |$v:ident| $make:expr),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from($v: $type) -> Self {
                $make
            }
        }
    )*};
}

from! {
    i64 => |v| Self::Int(v),
    &str => |v| Self::Text(v.to_owned()),
    &String => |v| Self::Text(v.clone()),
    String => |v| Self::Text(v),
    Vec<u8> => |v| Self::Bytes(v),
    &[u8] => |v| Self::Bytes(v.to_vec()),
    [u8; 32] => |v| Self::Bytes(v.to_vec()),
    &[u8; 32] => |v| Self::Bytes(v.to_vec()),
    Timestamp => |v| Self::Int(v.micros()),
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of a result; columns are read by place.
#[derive(Debug, Clone)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// Text that is not NULL.
    ///
    /// # Errors
    ///
    /// The column has another type: the store is damaged.
    pub fn text(&self, at: usize) -> Result<String, StoreError> {
        self.opt_text(at)?.ok_or_else(|| wrong(at))
    }

    /// Text or NULL.
    ///
    /// # Errors
    ///
    /// As [`Row::text`].
    pub fn opt_text(&self, at: usize) -> Result<Option<String>, StoreError> {
        match self.0.get(at) {
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(Value::Null) => Ok(None),
            _ => Err(wrong(at)),
        }
    }

    /// A number that is not NULL.
    ///
    /// # Errors
    ///
    /// As [`Row::text`].
    pub fn int(&self, at: usize) -> Result<i64, StoreError> {
        self.opt_int(at)?.ok_or_else(|| wrong(at))
    }

    /// A number or NULL.
    ///
    /// # Errors
    ///
    /// As [`Row::text`].
    pub fn opt_int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(at) {
            Some(Value::Int(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            _ => Err(wrong(at)),
        }
    }

    /// Bytes that are not NULL.
    ///
    /// # Errors
    ///
    /// As [`Row::text`].
    pub fn bytes(&self, at: usize) -> Result<Vec<u8>, StoreError> {
        match self.0.get(at) {
            Some(Value::Bytes(bytes)) => Ok(bytes.clone()),
            _ => Err(wrong(at)),
        }
    }

    /// A SHA-256.
    ///
    /// # Errors
    ///
    /// As [`Row::text`].
    pub fn hash(&self, at: usize) -> Result<[u8; 32], StoreError> {
        self.bytes(at)?.try_into().map_err(|_| wrong(at))
    }

    /// A moment.
    ///
    /// # Errors
    ///
    /// As [`Row::text`].
    pub fn time(&self, at: usize) -> Result<Timestamp, StoreError> {
        self.int(at).map(Timestamp)
    }
}

fn wrong(at: usize) -> StoreError {
    StoreError::Other(format!("column {at} of a record has an unexpected type"))
}
