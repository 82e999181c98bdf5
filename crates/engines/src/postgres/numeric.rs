//! PostgreSQL's binary numeric: digits to the base of ten thousand.
//!
//! Source: PostgreSQL, `src/backend/utils/adt/numeric.c`, `numeric_send`.

/// Bytes before the digits: how many, weight of the first, sign, digits shown behind the point.
const HEADER_BYTES: usize = 8;

/// Writes a numeric with all its digits, as PostgreSQL prints it; `NaN` and the infinities by their names.
pub fn write(out: &mut Vec<u8>, value: &[u8]) {
    let Some((header, digits)) = value.split_at_checked(HEADER_BYTES) else { return };
    let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let weight = i32::from(word(2) as i16);
    let scale = usize::from(word(6) & 0x3fff);
    match word(4) {
        0x0000 => {}
        0x4000 => out.push(b'-'),
        0xd000 => return out.extend_from_slice(b"Infinity"),
        0xf000 => return out.extend_from_slice(b"-Infinity"),
        _ => return out.extend_from_slice(b"NaN"),
    }
    let digit = |at: i32| -> u16 {
        let at = usize::try_from(at).ok().map(|at| at * 2);
        at.and_then(|at| digits.get(at..at + 2)).map_or(0, |pair| u16::from_be_bytes([pair[0], pair[1]]))
    };
    if weight < 0 {
        out.push(b'0');
    } else {
        out.extend_from_slice(itoa::Buffer::new().format(digit(0)).as_bytes());
        for at in 1..=weight {
            four(out, digit(at));
        }
    }
    if scale > 0 {
        out.push(b'.');
        let end = out.len() + scale;
        let mut at = weight + 1;
        while out.len() < end {
            four(out, digit(at));
            at += 1;
        }
        out.truncate(end);
    }
}

fn four(out: &mut Vec<u8>, digit: u16) {
    for scale in [1000, 100, 10, 1] {
        out.push(b'0' + (digit / scale % 10) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &[u16]) -> String {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        let mut out = Vec::new();
        write(&mut out, &bytes);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn digits_come_out_as_postgresql_prints_them() {
        assert_eq!(text(&[0, 0, 0, 0]), "0");
        assert_eq!(text(&[0, 0, 0, 2]), "0.00");
        assert_eq!(text(&[2, 1, 0, 0, 1, 50]), "10050");
        assert_eq!(text(&[1, 2, 0x4000, 0, 7]), "-700000000");
        assert_eq!(text(&[2, 0, 0, 2, 12, 5000]), "12.50");
        assert_eq!(text(&[1, 0xffff, 0, 3, 1230]), "0.123");
        assert_eq!(text(&[1, 0xfffe, 0, 6, 4200]), "0.000042");
        assert_eq!(text(&[0, 0, 0xc000, 0]), "NaN");
        assert_eq!(text(&[0, 0, 0xf000, 0]), "-Infinity");
    }

    #[test]
    fn a_cut_value_does_not_panic() {
        assert_eq!(text(&[2, 0]), "");
        assert_eq!(text(&[2, 1, 0, 4, 9]), "90000.0000");
    }
}
