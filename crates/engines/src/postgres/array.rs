//! Arrays: PostgreSQL's wire form and its literals, as JSON.

use super::decode::{self, Writer, fixed};
use crate::json;

/// A reader over the wire form of an array.
pub struct ArrayReader<'r> {
    /// The lengths, outermost first; none for an empty array.
    pub dimensions: Vec<usize>,
    items: &'r [u8],
}

impl<'r> ArrayReader<'r> {
    /// Reads the header.
    pub fn new(raw: &'r [u8]) -> Option<Self> {
        let (header, mut rest) = raw.split_at_checked(12)?;
        let count = usize::try_from(i32::from_be_bytes(fixed(&header[..4])?)).ok().filter(|count| *count <= 6)?;
        let mut dimensions = Vec::with_capacity(count);
        for _ in 0..count {
            let (dimension, after) = rest.split_at_checked(8)?;
            dimensions.push(usize::try_from(i32::from_be_bytes(fixed(&dimension[..4])?)).ok()?);
            rest = after;
        }
        Some(Self { dimensions, items: rest })
    }

    /// The next item; the inner `None` is NULL.
    pub fn next_item(&mut self) -> Option<Option<&'r [u8]>> {
        let (length, rest) = self.items.split_at_checked(4)?;
        let Ok(length) = usize::try_from(i32::from_be_bytes(fixed(length)?)) else {
            self.items = rest;
            return Some(None);
        };
        let (item, rest) = rest.split_at_checked(length)?;
        self.items = rest;
        Some(Some(item))
    }
}

/// Writes an array as JSON; `None`, and nothing written, if the bytes are cut.
pub fn write(out: &mut Vec<u8>, item: &Writer, raw: &[u8]) -> Option<()> {
    let mut reader = ArrayReader::new(raw)?;
    let dimensions = std::mem::take(&mut reader.dimensions);
    if dimensions.is_empty() {
        out.extend_from_slice(b"[]");
    } else {
        dimension(out, item, &mut reader, &dimensions);
    }
    Some(())
}

fn dimension(out: &mut Vec<u8>, item: &Writer, reader: &mut ArrayReader<'_>, lengths: &[usize]) {
    let Some((length, inner)) = lengths.split_first() else {
        match reader.next_item() {
            Some(Some(raw)) => decode::write(item, raw, out),
            _ => out.extend_from_slice(b"null"),
        }
        return;
    };
    out.push(b'[');
    for at in 0..*length {
        if at > 0 {
            out.push(b',');
        }
        // A length the bytes do not bear out must not keep us here.
        if reader.items.is_empty() {
            out.extend_from_slice(b"null");
            break;
        }
        dimension(out, item, reader, inner);
    }
    out.push(b']');
}

/// Writes an array literal, `{a,"b c",NULL,{d}}`, as a JSON array of strings.
pub fn write_literal(out: &mut Vec<u8>, raw: &[u8]) {
    // Bounds other than from 1 are written ahead: `[0:1]={a,b}`.
    let body = match raw.first() {
        Some(b'[') => raw.iter().position(|byte| *byte == b'=').map_or(raw, |at| &raw[at + 1..]),
        _ => raw,
    };
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        match byte {
            b'{' => out.push(b'['),
            b'}' => out.push(b']'),
            b',' => out.push(b','),
            b'"' => {
                let mut item = Vec::new();
                at += 1;
                while let Some(&byte) = body.get(at).filter(|byte| **byte != b'"') {
                    at += usize::from(byte == b'\\');
                    item.extend(body.get(at));
                    at += 1;
                }
                json::string(out, &item);
            }
            _ => {
                let length = body[at..].iter().position(|byte| matches!(byte, b',' | b'}')).unwrap_or(body.len() - at);
                match &body[at..at + length] {
                    b"NULL" => out.extend_from_slice(b"null"),
                    item => json::string(out, item),
                }
                at += length - 1;
            }
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn array_literals_become_json_arrays() {
        let text = |raw: &str| {
            let mut out = Vec::new();
            write_literal(&mut out, raw.as_bytes());
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text("{}"), "[]");
        assert_eq!(text("{10.0.0.0/8,NULL}"), r#"["10.0.0.0/8",null]"#);
        assert_eq!(text(r#"{"[1,5)","a \"b\" \\",""}"#), r#"["[1,5)","a \"b\" \\",""]"#);
        assert_eq!(text("[0:1]={{a,b},{c,d}}"), r#"[["a","b"],["c","d"]]"#);
        assert_eq!(text(r#"{"NULL",x"#), r#"["NULL","x""#);
    }
}
