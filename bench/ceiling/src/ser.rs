//! JSON written by hand from PostgreSQL's binary column values.

use bytes::Bytes;

pub type Buf = Vec<u8>;

pub fn json_str(out: &mut Buf, s: &[u8]) {
    out.push(b'"');
    let mut from = 0;
    for (i, &c) in s.iter().enumerate() {
        let esc: &[u8] = match c {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..=0x1f => b"",
            _ => continue,
        };
        out.extend_from_slice(&s[from..i]);
        if esc.is_empty() {
            out.extend_from_slice(format!("\\u{c:04x}").as_bytes());
        } else {
            out.extend_from_slice(esc);
        }
        from = i + 1;
    }
    out.extend_from_slice(&s[from..]);
    out.push(b'"');
}

pub fn int(out: &mut Buf, v: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(v).as_bytes());
}

fn two(out: &mut Buf, v: u32) {
    out.push(b'0' + (v / 10) as u8);
    out.push(b'0' + (v % 10) as u8);
}

/// Microseconds since 2000-01-01 UTC to an ISO 8601 string.
pub fn timestamp(out: &mut Buf, micros: i64) {
    let secs = micros.div_euclid(1_000_000);
    let frac = micros.rem_euclid(1_000_000) as u32;
    let days = secs.div_euclid(86_400) + 10_957; // since 1970
    let sod = secs.rem_euclid(86_400) as u32;
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let d = (doy - (153 * mp + 2) / 5 + 1) as u32;
    let m = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
    let y = yoe + era * 400 + i64::from(m <= 2);
    out.push(b'"');
    int(out, y);
    out.push(b'-');
    two(out, m);
    out.push(b'-');
    two(out, d);
    out.push(b'T');
    two(out, sod / 3600);
    out.push(b':');
    two(out, sod / 60 % 60);
    out.push(b':');
    two(out, sod % 60);
    if frac > 0 {
        out.extend_from_slice(format!(".{frac:06}").trim_end_matches('0').as_bytes());
    }
    out.extend_from_slice(b"+00:00\"");
}

fn i16_at(b: &[u8], i: usize) -> i16 {
    i16::from_be_bytes([b[i], b[i + 1]])
}

/// PostgreSQL's binary numeric to decimal text.
pub fn numeric(out: &mut Buf, b: &[u8]) {
    let (nd, weight, sign, dscale) = (i16_at(b, 0), i16_at(b, 2), i16_at(b, 4) as u16, i16_at(b, 6));
    if sign == 0x4000 {
        out.push(b'-');
    }
    let digit = |i: i16| if i >= 0 && i < nd { i16_at(b, 8 + 2 * i as usize) } else { 0 };
    if weight < 0 {
        out.push(b'0');
    } else {
        for i in 0..=weight {
            if i == 0 {
                int(out, digit(0) as i64);
            } else {
                let d = digit(i) as u32;
                two(out, d / 100);
                two(out, d % 100);
            }
        }
    }
    if dscale > 0 {
        out.push(b'.');
        let end = out.len() + dscale as usize;
        let mut i = weight + 1;
        while out.len() < end {
            let d = digit(i) as u32;
            two(out, d / 100);
            two(out, d % 100);
            i += 1;
        }
        out.truncate(end);
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    I4,
    I8,
    Text,
    Num,
    Bool,
    Ts,
}
use Kind::*;
pub type Cols = [(&'static str, Kind)];
/// Key bytes carry the leading separator, so that a row is key/value copies only.
pub const ORDER: &Cols = &[
    ("{\"id\":", I8),
    (",\"tenant_id\":", I4),
    (",\"customer_id\":", I8),
    (",\"status\":", Text),
    (",\"total\":", Num),
    (",\"note\":", Text),
    (",\"paid\":", Bool),
    (",\"created_at\":", Ts),
];
pub const ITEM: &Cols = &[("{\"id\":", I8), (",\"sku\":", Text), (",\"qty\":", I4), (",\"unit_price\":", Num)];
pub const EVENT: &Cols = &[
    ("{\"id\":", I8),
    (",\"tenant_id\":", I4),
    (",\"customer_id\":", I8),
    (",\"kind\":", Text),
    (",\"amount\":", Num),
    (",\"created_at\":", Ts),
];

/// Writes the row without its closing brace.
pub fn write_row<'a>(out: &mut Buf, cols: &Cols, get: impl Fn(usize) -> Option<&'a [u8]>) {
    for (i, (key, kind)) in cols.iter().enumerate() {
        out.extend_from_slice(key.as_bytes());
        let Some(v) = get(i) else {
            out.extend_from_slice(b"null");
            continue;
        };
        match kind {
            I4 => int(out, i32::from_be_bytes(v.try_into().unwrap()) as i64),
            I8 => int(out, i64::from_be_bytes(v.try_into().unwrap())),
            Text => json_str(out, v),
            Num => numeric(out, v),
            Bool => out.extend_from_slice(if v[0] != 0 { b"true" } else { b"false" }),
            Ts => timestamp(out, i64::from_be_bytes(v.try_into().unwrap())),
        }
    }
}

/// Ends an array that was begun with its first row.
pub fn close(mut out: Buf) -> Bytes {
    out.extend_from_slice(if out.is_empty() { b"[]" } else { b"]" });
    out.into()
}
