//! Rows as response bytes, with the few values somebody still needs beside them.

use crate::Value;
use portcullis_schema::{Decode, Output};
use std::ops::Range;

/// How rows are written into [`Rows::bytes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowFormat {
    /// JSON objects with a comma between them: what stands between `[` and `]`.
    #[default]
    Json,
    /// JSON objects, each ended by a line feed.
    Ndjson,
    /// RFC 4180 records without a header, each ended by CR LF. NULL is nothing, the empty text is `""`.
    Csv,
}

/// One row as an engine's driver holds it.
pub trait RowReader {
    /// Writes a column as a JSON value.
    fn write_json(&self, index: usize, decode: &Decode, out: &mut Vec<u8>);

    /// A column as a value that can be bound again for the same column: lossless, in the engine's own spelling.
    fn value(&self, index: usize, decode: &Decode) -> Value;
}

/// The rows a statement gave.
#[derive(Debug, Default)]
pub struct Rows {
    /// The rows in the statement's format.
    pub bytes: Vec<u8>,
    /// Where each row ends in `bytes` (the separator before the next row comes after it).
    pub ends: Vec<usize>,
    /// Captured values: for each row, those of the captured outputs in order.
    pub captured: Vec<Value>,
    /// Rows a write changed, as the engine counts them (MySQL: rows matched).
    pub affected: u64,
    /// The counter value of an insert, on engines without RETURNING.
    pub last_insert_id: Option<u64>,
    format: RowFormat,
    scratch: Vec<u8>,
}

impl Rows {
    /// An empty result in a format.
    pub fn new(format: RowFormat) -> Self {
        Self { format, ..Self::default() }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Row `index` without its separator.
    pub fn row(&self, index: usize) -> &[u8] {
        &self.bytes[self.span(index)]
    }

    /// Where row `index` lies in `bytes`.
    pub fn span(&self, index: usize) -> Range<usize> {
        let separator = usize::from(self.format == RowFormat::Json);
        let start = if index == 0 { 0 } else { self.ends[index - 1] + separator };
        start..self.ends[index]
    }

    /// Forgets all rows but the first `count`, given how many outputs are captured.
    pub fn keep(&mut self, count: usize, width: usize) {
        if count < self.ends.len() {
            self.ends.truncate(count);
            self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
            self.captured.truncate(count * width);
        }
    }

    /// The captured values of row `index`, given how many outputs are captured.
    pub fn captured(&self, index: usize, width: usize) -> &[Value] {
        &self.captured[index * width..(index + 1) * width]
    }

    /// Takes one row over from a driver.
    pub fn push<R: RowReader>(&mut self, row: &R, outputs: &[Output]) {
        self.make_room(outputs);
        match self.format {
            RowFormat::Json => {
                if !self.ends.is_empty() {
                    self.bytes.push(b',');
                }
                self.push_object(row, outputs);
                self.ends.push(self.bytes.len());
            }
            RowFormat::Ndjson => {
                self.push_object(row, outputs);
                self.bytes.push(b'\n');
                self.ends.push(self.bytes.len());
            }
            RowFormat::Csv => {
                self.push_record(row, outputs);
                self.ends.push(self.bytes.len());
            }
        }
        for (index, output) in outputs.iter().enumerate() {
            if output.captured {
                self.captured.push(row.value(index, &output.shape.decode));
            }
        }
    }

    /// Rows of a result are alike: the first tell how much room a usual page takes, then one of a hundred rows, then a
    /// piece of an export. Few steps, as every size that was once in use stays with the allocator.
    fn make_room(&mut self, outputs: &[Output]) {
        let further = match self.ends.len() {
            0 => return self.bytes.reserve(outputs.len() * 32),
            1 => 27,
            28 => 72,
            100 => 910,
            _ => return,
        };
        self.bytes.reserve(self.bytes.len() / self.ends.len() * further);
        self.ends.reserve(further);
    }

    fn push_object<R: RowReader>(&mut self, row: &R, outputs: &[Output]) {
        let mut separator = b'{';
        for (index, output) in outputs.iter().enumerate().filter(|(_, output)| output.visible) {
            self.bytes.push(separator);
            separator = b',';
            self.bytes.extend_from_slice(output.shape.json_key.as_bytes());
            row.write_json(index, &output.shape.decode, &mut self.bytes);
        }
        if separator == b'{' {
            self.bytes.push(b'{');
        }
        self.bytes.push(b'}');
    }

    fn push_record<R: RowReader>(&mut self, row: &R, outputs: &[Output]) {
        let mut first = true;
        for (index, output) in outputs.iter().enumerate().filter(|(_, output)| output.visible) {
            if !first {
                self.bytes.push(b',');
            }
            first = false;
            self.scratch.clear();
            row.write_json(index, &output.shape.decode, &mut self.scratch);
            write_csv_field(&self.scratch, &mut self.bytes);
        }
        self.bytes.extend_from_slice(b"\r\n");
    }
}

/// Turns one JSON value into a CSV field.
fn write_csv_field(json: &[u8], out: &mut Vec<u8>) {
    match json.first() {
        None | Some(b'n') => {}
        Some(b'"') => {
            let text: String = serde_json::from_slice(json).unwrap_or_default();
            let plain = !text.is_empty()
                && !text.contains(['"', ',', '\r', '\n'])
                && !text.starts_with(' ')
                && !text.ends_with(' ');
            write_quoted(text.as_bytes(), plain, out);
        }
        Some(b'{' | b'[') => write_quoted(json, false, out),
        Some(_) => out.extend_from_slice(json),
    }
}

fn write_quoted(text: &[u8], plain: bool, out: &mut Vec<u8>) {
    if plain {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for &byte in text {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// Writes text as a JSON string.
pub fn write_json_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut from = 0;
    for (at, &byte) in text.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&text[from..at]);
        from = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            other => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(other >> 4)]);
                out.push(HEX[usize::from(other & 15)]);
            }
        }
    }
    out.extend_from_slice(&text[from..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_schema::OutputShape;

    struct Fake(Vec<&'static str>);

    impl RowReader for Fake {
        fn write_json(&self, index: usize, _: &Decode, out: &mut Vec<u8>) {
            out.extend_from_slice(self.0[index].as_bytes());
        }

        fn value(&self, index: usize, _: &Decode) -> Value {
            Value::Text(self.0[index].to_owned())
        }
    }

    fn outputs() -> Vec<Output> {
        ["a", "b\"", "hidden"]
            .into_iter()
            .enumerate()
            .map(|(at, name)| Output {
                shape: OutputShape::new(name, Decode::Text),
                visible: at < 2,
                captured: at == 2,
            })
            .collect()
    }

    #[test]
    fn rows_are_json_objects_between_commas_and_keep_their_captured_values() {
        let mut rows = Rows::new(RowFormat::Json);
        rows.push(&Fake(vec!["1", "null", "7"]), &outputs());
        rows.push(&Fake(vec!["2", r#""x""#, "8"]), &outputs());
        assert_eq!(rows.bytes, br#"{"a":1,"b\"":null},{"a":2,"b\"":"x"}"#);
        assert_eq!(rows.row(1), br#"{"a":2,"b\"":"x"}"#);
        assert_eq!(rows.captured(1, 1), [Value::Text("8".into())]);
    }

    #[test]
    fn csv_tells_null_from_the_empty_text_and_quotes_what_needs_it() {
        let mut rows = Rows::new(RowFormat::Csv);
        rows.push(&Fake(vec!["null", r#""""#, "_"]), &outputs());
        rows.push(&Fake(vec![r#""a,\"b\"\n""#, r#"{"k":[1,"z"]}"#, "_"]), &outputs());
        assert_eq!(
            String::from_utf8(rows.bytes).unwrap(),
            ",\"\"\r\n\"a,\"\"b\"\"\n\",\"{\"\"k\"\":[1,\"\"z\"\"]}\"\r\n"
        );
    }
}
