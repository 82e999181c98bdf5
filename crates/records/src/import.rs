//! Taking an export back: records as they arrive, written in batches, each row on its own.

use crate::{
    RecordsError, Session,
    bulk::{FailedRow, bulk_create},
};
use portcullis_query::Json;
use portcullis_schema::{ColumnType, Table};

/// Rows of a batch, a transaction each.
const BATCH: usize = 500;
/// How many refused rows are told of.
const FAILED_SHOWN: usize = 100;
/// Bytes of one record at most.
const RECORD_BYTES: usize = 1024 * 1024;

/// How the records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportFormat {
    /// RFC 4180 with a header of JSON names; nothing is NULL, `""` is the empty text.
    Csv,
    /// A JSON object a line.
    Ndjson,
}

/// What became of an import.
#[derive(Debug, Default)]
pub struct ImportOutcome {
    /// How many rows were written.
    pub succeeded: u64,
    /// How many were refused.
    pub failed: u64,
    /// The first hundred of them, with the record as it was read.
    pub first_failed: Vec<(FailedRow, Json)>,
}

/// The records of a whole CSV file, for callers that write them in their own way.
///
/// # Errors
///
/// The bytes are no CSV with a header.
pub fn read_csv(table: &Table, bytes: &[u8]) -> Result<Vec<Json>, RecordsError> {
    let mut importer = Importer::new(ImportFormat::Csv, None);
    for &byte in bytes {
        if let Some(record) = importer.csv.push(byte).map_err(|message| importer.malformed(message))? {
            importer.record(table, record)?;
        }
        importer.check_size(importer.csv.bytes)?;
    }
    if let Some(record) = importer.csv.end().map_err(|message| importer.malformed(message))? {
        importer.record(table, record)?;
    }
    Ok(importer.pending)
}

/// Takes records as they arrive.
#[derive(Debug)]
pub struct Importer {
    format: ImportFormat,
    conflict: Option<Vec<String>>,
    header: Option<Vec<String>>,
    buffer: Vec<u8>,
    csv: CsvReader,
    pending: Vec<Json>,
    read: usize,
    outcome: ImportOutcome,
}

impl Importer {
    /// An importer that has read nothing.
    pub fn new(format: ImportFormat, conflict: Option<Vec<String>>) -> Self {
        Self {
            format,
            conflict,
            header: None,
            buffer: Vec::new(),
            csv: CsvReader::default(),
            pending: Vec::new(),
            read: 0,
            outcome: ImportOutcome::default(),
        }
    }

    /// Takes the next bytes; writes a batch whenever one is full.
    ///
    /// # Errors
    ///
    /// The bytes are not in the format, or the database is away. Batches written before stay written.
    pub async fn push(&mut self, session: Session<'_>, table: &Table, bytes: &[u8]) -> Result<(), RecordsError> {
        match self.format {
            ImportFormat::Ndjson => {
                for &byte in bytes {
                    if byte == b'\n' {
                        let line = std::mem::take(&mut self.buffer);
                        self.line(&line)?;
                        self.write_full(session, table).await?;
                    } else {
                        self.buffer.push(byte);
                        self.check_size(self.buffer.len())?;
                    }
                }
            }
            ImportFormat::Csv => {
                for &byte in bytes {
                    if let Some(record) = self.csv.push(byte).map_err(|message| self.malformed(message))? {
                        self.record(table, record)?;
                        self.write_full(session, table).await?;
                    }
                    self.check_size(self.csv.bytes)?;
                }
            }
        }
        Ok(())
    }

    /// Takes the end; writes what is left.
    ///
    /// # Errors
    ///
    /// As [`Importer::push`].
    pub async fn finish(mut self, session: Session<'_>, table: &Table) -> Result<ImportOutcome, RecordsError> {
        match self.format {
            ImportFormat::Ndjson => {
                let line = std::mem::take(&mut self.buffer);
                self.line(&line)?;
            }
            ImportFormat::Csv => {
                if let Some(record) = self.csv.end().map_err(|message| self.malformed(message))? {
                    self.record(table, record)?;
                }
            }
        }
        self.write(session, table).await?;
        Ok(self.outcome)
    }

    fn malformed(&self, message: impl Into<String>) -> RecordsError {
        RecordsError::Invalid {
            code: "invalid_body",
            message: format!(
                "record {}: {}; {} rows before it were written",
                self.read + 1,
                message.into(),
                self.outcome.succeeded
            ),
            place: format!("/{}", self.read),
        }
    }

    fn check_size(&self, bytes: usize) -> Result<(), RecordsError> {
        if bytes > RECORD_BYTES {
            return Err(self.malformed(format!("a record has at most {RECORD_BYTES} bytes")));
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), RecordsError> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let json = Json::parse(line).map_err(|error| self.malformed(error.to_string()))?;
        self.pending.push(json);
        self.read += 1;
        Ok(())
    }

    fn record(&mut self, table: &Table, record: Vec<Option<String>>) -> Result<(), RecordsError> {
        let Some(header) = &self.header else {
            let names: Vec<String> = record.into_iter().map(Option::unwrap_or_default).collect();
            self.header = Some(names);
            return Ok(());
        };
        if record.len() != header.len() {
            let message = format!("{} fields, and the header has {}", record.len(), header.len());
            return Err(self.malformed(message));
        }
        let members = header
            .iter()
            .zip(record)
            .map(|(name, field)| (name.clone(), field.map_or(Json::Null, |text| word(table, name, text))))
            .collect();
        self.pending.push(Json::Object(members));
        self.read += 1;
        Ok(())
    }

    async fn write_full(&mut self, session: Session<'_>, table: &Table) -> Result<(), RecordsError> {
        if self.pending.len() >= BATCH { self.write(session, table).await } else { Ok(()) }
    }

    async fn write(&mut self, session: Session<'_>, table: &Table) -> Result<(), RecordsError> {
        let items = std::mem::take(&mut self.pending);
        if items.is_empty() {
            return Ok(());
        }
        let first = self.read - items.len();
        let outcome = bulk_create(session, table, &items, self.conflict.as_deref()).await?;
        self.outcome.succeeded += outcome.succeeded.len() as u64;
        self.outcome.failed += outcome.failed.len() as u64;
        for mut failed in outcome.failed {
            if self.outcome.first_failed.len() == FAILED_SHOWN {
                break;
            }
            let item = items[failed.index].clone();
            failed.index += first;
            self.outcome.first_failed.push((failed, item));
        }
        Ok(())
    }
}

/// A CSV field as a word: JSON columns hold JSON, everything else converts from its text.
fn word(table: &Table, name: &str, text: String) -> Json {
    let nested = table
        .find_column(name)
        .is_some_and(|column| matches!(column.info.ty, ColumnType::Json | ColumnType::Array { .. }));
    match nested {
        true => Json::parse(text.as_bytes()).unwrap_or(Json::String(text)),
        false => Json::String(text),
    }
}

/// RFC 4180, byte by byte. A field without quotes and content is `None`; the libraries at hand do not tell it from `""`.
#[derive(Debug, Default)]
struct CsvReader {
    field: Vec<u8>,
    record: Vec<Option<String>>,
    state: CsvState,
    was_quoted: bool,
    /// Bytes of the record so far.
    bytes: usize,
}

#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
enum CsvState {
    #[default]
    Start,
    Plain,
    Quoted,
    /// A quote inside a quoted field: its end, or the first of two.
    Quote,
    /// After a carriage return.
    Return,
}

type Record = Option<Vec<Option<String>>>;

impl CsvReader {
    fn push(&mut self, byte: u8) -> Result<Record, &'static str> {
        self.bytes += 1;
        match (self.state, byte) {
            (CsvState::Return, b'\n') => return self.end_record(),
            (CsvState::Return, _) => return Err("a carriage return without its line feed"),
            (CsvState::Quoted, b'"') => self.state = CsvState::Quote,
            (CsvState::Quoted, byte) => self.field.push(byte),
            (CsvState::Quote, b'"') => {
                self.field.push(b'"');
                self.state = CsvState::Quoted;
            }
            (CsvState::Start, b'"') => {
                self.was_quoted = true;
                self.state = CsvState::Quoted;
            }
            (_, b',') => self.end_field()?,
            (_, b'\r') => self.state = CsvState::Return,
            (_, b'\n') => return self.end_record(),
            (CsvState::Quote, _) => return Err("text after a closing quote"),
            (CsvState::Plain, b'"') => return Err("a quote inside a field without quotes"),
            (CsvState::Start | CsvState::Plain, byte) => {
                self.field.push(byte);
                self.state = CsvState::Plain;
            }
        }
        Ok(None)
    }

    fn end_field(&mut self) -> Result<(), &'static str> {
        let text = String::from_utf8(std::mem::take(&mut self.field)).map_err(|_| "not UTF-8")?;
        if text.contains('\0') {
            return Err("text holds a NUL character");
        }
        let quoted = std::mem::take(&mut self.was_quoted);
        self.record.push((quoted || !text.is_empty()).then_some(text));
        self.state = CsvState::Start;
        Ok(())
    }

    fn end_record(&mut self) -> Result<Record, &'static str> {
        // An empty line is no record of one NULL.
        let blank = self.record.is_empty() && self.field.is_empty() && !self.was_quoted;
        self.end_field()?;
        self.bytes = 0;
        let record = std::mem::take(&mut self.record);
        Ok((!blank).then_some(record))
    }

    fn end(&mut self) -> Result<Record, &'static str> {
        match self.state {
            CsvState::Quoted => Err("the last quoted field is not closed"),
            CsvState::Start if self.record.is_empty() => Ok(None),
            _ => self.end_record(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Result<Vec<Vec<Option<String>>>, &'static str> {
        let mut reader = CsvReader::default();
        let mut records = Vec::new();
        for byte in text.bytes() {
            records.extend(reader.push(byte)?);
        }
        records.extend(reader.end()?);
        Ok(records)
    }

    #[test]
    fn csv_tells_nothing_from_the_empty_text() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            records("a,b,c\r\n1,,\"\"\r\n\"x\"\"y\",\"l1\r\nl2\",z").unwrap(),
            [
                vec![some("a"), some("b"), some("c")],
                vec![some("1"), None, some("")],
                vec![some("x\"y"), some("l1\r\nl2"), some("z")],
            ]
        );
        assert_eq!(records("a\n\nb\n").unwrap().len(), 2);
    }

    #[test]
    fn malformed_csv_is_refused() {
        for text in ["a\"b\n", "\"a\"b\n", "\"a", "a\rb"] {
            assert!(records(text).is_err(), "{text}");
        }
    }
}
