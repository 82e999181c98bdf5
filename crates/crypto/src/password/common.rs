//! Passwords that are tried first, and those that anyone who knows the account would try.

use zxcvbn::zxcvbn;

/// Above this many guesses a password is not common. The dictionaries behind it hold 30,000 passwords and the commonest
/// words and names of English and the United States.
const COMMON_GUESSES: u64 = 100_000;

/// No list holds longer ones, and reading a long password is slow.
const MAX_CHARACTERS: usize = 64;

/// Whether a password is among the first that a guesser tries. SEC-2.
///
/// Offline, some milliseconds; the case of letters does not matter. `also` are words that are common here: the account's address (its
/// part before the `@` counts by itself), the name of the project and of the product.
pub fn is_common(password: &str, also: &[&str]) -> bool {
    let password = password.to_lowercase();
    let words: Vec<String> = also.iter().flat_map(|word| parts(word)).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| is_nearly(&password, word)) {
        return true;
    }
    let mut letters = password.chars();
    let first = letters.next();
    if letters.all(|letter| Some(letter) == first) {
        return true;
    }
    if password.chars().count() > MAX_CHARACTERS {
        return false;
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    zxcvbn(&password, &words).guesses() < COMMON_GUESSES
}

fn parts(word: &str) -> Vec<String> {
    let word = word.trim().to_lowercase();
    let local = word.split_once('@').map(|(local, _)| local.to_owned());
    std::iter::once(word).chain(local).collect()
}

// The word itself, or with nothing but digits and signs around it.
fn is_nearly(password: &str, word: &str) -> bool {
    let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphabetic()).to_owned();
    password == word || (!bare(word).is_empty() && bare(password) == bare(word))
}
