//! Names as keys: without case, separators and accents, so that the habits of several languages meet.

use portcullis_schema::names::{singular, words};

/// The words of a name, folded.
pub fn folded_words(name: &str) -> Vec<String> {
    words(name).iter().map(|word| fold(word)).filter(|word| !word.is_empty()).collect()
}

/// Lower case, accents taken off; `ß` is `ss`.
pub fn fold(word: &str) -> String {
    word.chars().flat_map(char::to_lowercase).flat_map(|c| plain(c).chars().collect::<Vec<_>>()).collect()
}

fn plain(c: char) -> String {
    let folded = match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
        'ñ' | 'ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => "o",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        'š' | 'ś' | 'ş' => "s",
        'ž' | 'ź' | 'ż' => "z",
        'ğ' => "g",
        'ł' => "l",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        other => return other.to_string(),
    };
    folded.to_owned()
}

/// Whether two keys are the same however their umlauts are spelt: `geaendert`, `geandert`.
fn same_key(a: &str, b: &str) -> bool {
    a.as_bytes().first() == b.as_bytes().first() && (a == b || without_digraphs(a).eq(without_digraphs(b)))
}

// Without the `e` of `ae`, `oe` and `ue`.
fn without_digraphs(key: &str) -> impl Iterator<Item = char> {
    let mut before = ' ';
    key.chars().filter(move |c| {
        let dropped = *c == 'e' && matches!(before, 'a' | 'o' | 'u');
        before = *c;
        !dropped
    })
}

/// The name as one key, and without a part that says nothing: the table's own noun (`user_email`), a type (`str_email`).
#[derive(Debug)]
pub struct Key {
    /// The whole name.
    pub whole: String,
    /// Without its first word, where that says nothing.
    pub short: Option<String>,
}

/// First words of columns that say something about the column's form and nothing about its use.
const FORMS: &[&str] = &["is", "has", "fld", "str", "txt", "dt", "dat", "ts", "flg", "col", "u", "usr", "c", "fk"];

impl Key {
    /// The keys of a column in a table whose name has these words.
    pub fn of(column: &str, table: &[String]) -> Self {
        let words = folded_words(column);
        let whole = words.concat();
        let short = match words.split_first() {
            Some((first, rest)) if !rest.is_empty() && says_nothing(first, table) => Some(rest.concat()),
            // `useremail` in `users`.
            Some((only, [])) => table.iter().map(|noun| singular(noun)).find_map(|noun| {
                only.strip_prefix(&noun).filter(|rest| noun.len() > 2 && rest.len() > 1).map(ToOwned::to_owned)
            }),
            _ => None,
        };
        Self { whole, short }
    }

    /// The place of the name in a list of words, the better the lower; a whole name is better than a shortened one.
    pub fn rank(&self, list: &str) -> Option<usize> {
        let place = |key: &str| list.split_ascii_whitespace().position(|word| same_key(word, key));
        let whole = place(&self.whole).map(|at| 2 * at);
        whole.or_else(|| self.short.as_deref().and_then(place).map(|at| 2 * at + 1))
    }

    /// Whether the whole name stands in a list.
    pub fn is_wholly_in(&self, list: &str) -> bool {
        self.rank(list).is_some_and(|rank| rank % 2 == 0)
    }
}

fn says_nothing(first: &str, table: &[String]) -> bool {
    FORMS.contains(&first) || table.iter().any(|noun| noun == first || singular(noun) == *first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(column: &str, table: &str) -> (String, Option<String>) {
        let key = Key::of(column, &folded_words(table));
        (key.whole, key.short)
    }

    #[test]
    fn a_table_s_own_noun_is_left_out_of_its_columns() {
        assert_eq!(key("user_email", "wp_users"), ("useremail".into(), Some("email".into())));
        assert_eq!(key("CustomerId", "Customer"), ("customerid".into(), Some("id".into())));
        assert_eq!(key("useremail", "users"), ("useremail".into(), Some("email".into())));
        assert_eq!(key("email", "users"), ("email".into(), None));
    }

    #[test]
    fn umlauts_meet_however_they_are_spelt() {
        for spelling in ["geändert_am", "geaendert_am", "geandert_am", "GeändertAm"] {
            assert_eq!(Key::of(spelling, &[]).rank("x geandertam"), Some(2), "{spelling}");
        }
        assert_eq!(fold("Contraseña"), "contrasena");
    }
}
