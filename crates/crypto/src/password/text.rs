//! The alphabets that hashes are written in.

use super::MAX_STORED_BYTES;
use base64::{
    Engine as _,
    alphabet::{self, Alphabet},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use rand::{
    Rng,
    distr::{Alphanumeric, Distribution},
};

/// The alphabet of `crypt(3)` and of phpass.
const ITOA64: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// Bcrypt's 22 characters of salt have four bits more than 16 bytes, and frameworks leave anything in them.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);

const PADDED: GeneralPurpose = engine(&alphabet::STANDARD, true);
const BARE: GeneralPurpose = engine(&alphabet::STANDARD, false);
const BCRYPT: GeneralPurpose = engine(&alphabet::BCRYPT, false);

const fn engine(alphabet: &Alphabet, padding: bool) -> GeneralPurpose {
    GeneralPurpose::new(alphabet, LENIENT.with_encode_padding(padding))
}

/// A stored hash without the spaces that a `CHAR(n)` column adds; `None` when it is too long to be one.
pub(super) fn trimmed(stored: &str) -> Option<&str> {
    let stored = stored.trim_end_matches(' ');
    (stored.len() <= MAX_STORED_BYTES).then_some(stored)
}

/// A number written with digits alone.
pub(super) fn number(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Splits a text into exactly `N` fields.
pub(super) fn fields<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    text.splitn(N + 1, separator).collect::<Vec<_>>().try_into().ok()
}

/// `name=value` of a list such as `m=19456,t=2,p=1`.
pub(super) fn named<'t>(list: &'t str, name: &str) -> Option<&'t str> {
    list.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

/// Base64 with or without padding.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    BARE.decode(text).ok()
}

pub(super) fn base64(bytes: &[u8]) -> String {
    PADDED.encode(bytes)
}

pub(super) fn bare_base64(bytes: &[u8]) -> String {
    BARE.encode(bytes)
}

/// Passlib's base64: a dot for the plus, no padding.
pub(super) fn from_dotted_base64(text: &str) -> Option<Vec<u8>> {
    if text.contains(['+', '=']) {
        return None;
    }
    from_base64(&text.replace('.', "+"))
}

pub(super) fn dotted_base64(bytes: &[u8]) -> String {
    bare_base64(bytes).replace('+', ".")
}

pub(super) fn from_bcrypt_base64(text: &str) -> Option<Vec<u8>> {
    BCRYPT.decode(text).ok()
}

pub(super) fn bcrypt_base64(bytes: &[u8]) -> String {
    BCRYPT.encode(bytes)
}

/// Hex digits of either case.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|c| c.to_digit(16)).collect::<Option<Vec<_>>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| u8::try_from(high << 4 | low).ok()).collect()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|d| char::from_digit(d.into(), 16)).collect()
}

pub(super) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Up to three bytes as `crypt(3)` writes them: six bits at a time, the lowest first.
pub(super) fn push_itoa64(out: &mut Vec<u8>, bytes: &[u8], characters: usize) {
    let mut value = bytes.iter().rev().fold(0u32, |value, byte| value << 8 | u32::from(*byte));
    for _ in 0..characters {
        out.push(ITOA64[(value & 63) as usize]);
        value >>= 6;
    }
}

/// The value of one character of `crypt(3)`'s alphabet.
pub(super) fn itoa64_value(character: u8) -> Option<u8> {
    ITOA64.iter().position(|&c| c == character).and_then(|at| u8::try_from(at).ok())
}

pub(super) fn itoa64_digit(value: u8) -> char {
    ITOA64[usize::from(value & 63)].into()
}

pub(super) fn is_itoa64(text: &[u8]) -> bool {
    text.iter().all(|c| ITOA64.contains(c))
}

pub(super) fn random_bytes(rng: &mut dyn Rng, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    rng.fill_bytes(&mut bytes);
    bytes
}

pub(super) fn random_itoa64(rng: &mut dyn Rng, count: usize) -> Vec<u8> {
    random_bytes(rng, count).into_iter().map(|byte| ITOA64[usize::from(byte & 63)]).collect()
}

pub(super) fn random_alphanumeric(rng: &mut dyn Rng, count: usize) -> Vec<u8> {
    (0..count).map(|_| Alphanumeric.sample(rng)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_digits_alone() {
        assert_eq!(number("012"), Some(12));
        for wrong in ["", "+1", "-1", " 1", "1_0", "4294967296", "１"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hex_goes_both_ways_in_either_case() {
        assert_eq!(from_hex("00fF"), Some(vec![0, 255]));
        assert_eq!(hex(&[0, 255]), "00ff");
        assert_eq!(from_hex("0"), None);
        assert_eq!(from_hex("0g"), None);
    }

    #[test]
    fn fields_are_counted_exactly() {
        assert_eq!(fields("a$b", '$'), Some(["a", "b"]));
        assert_eq!(fields::<2>("a$b$c", '$'), None);
        assert_eq!(fields::<2>("a", '$'), None);
    }
}
