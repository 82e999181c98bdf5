//! What a table's name says it holds.

use super::{
    lexicon::{BACKSTAGE, BESIDE, FILLERS, PREFIXES, TENANT_NOUNS, USER_NOUNS, listed},
    names::folded_words,
};
use portcullis_schema::{Database, names::singular};
use std::collections::BTreeMap;

/// A table's name, taken apart.
#[derive(Debug, Clone, Default)]
pub struct Noun {
    /// Its words without what all tables begin with and without words that say "table".
    pub words: Vec<String>,
    /// How surely it names people who sign in, 0 to 1.
    pub user: f64,
    /// How surely it names tenants, 0 to 1.
    pub tenant: f64,
    /// Whether it is for those who run the application.
    pub backstage: bool,
    /// Whether it names something that belongs to people: `user_logs`.
    pub beside: bool,
}

impl Noun {
    /// Takes a name apart; `common` is the word with which the tables of the database begin.
    pub fn of(name: &str, common: Option<&str>) -> Self {
        let mut words = folded_words(name);
        if words.len() > 1 && Some(words[0].as_str()) == common {
            words.remove(0);
        }
        while words.len() > 1 && words.last().is_some_and(|last| listed(FILLERS, last)) {
            words.pop();
        }
        let Some((last, lead)) = words.split_last() else { return Self::default() };
        let backstage = lead.iter().any(|word| listed(BACKSTAGE, word));
        let usual = lead.iter().all(|word| listed(PREFIXES, word) || strength(word, USER_NOUNS) >= 1.0);
        let lead_factor = match (backstage, usual) {
            (true, _) => 0.35,
            (false, true) => 1.0,
            (false, false) => 0.75,
        };
        let mut user = strength(last, USER_NOUNS).max(glued(last));
        // `user_accounts` are users as much as `users` are.
        if user > 0.0 && lead.last().is_some_and(|word| strength(word, USER_NOUNS) >= 1.0) {
            user = user.max(if user < 0.6 { user } else { 1.0 });
        }
        Self {
            user: user * lead_factor,
            tenant: strength(last, TENANT_NOUNS) * if usual { 1.0 } else { 0.75 },
            backstage,
            beside: words.len() > 1 && listed(BESIDE, last),
            words,
        }
    }

    /// Whether one of the words is in a list.
    pub fn has(&self, list: &str) -> bool {
        self.words.iter().any(|word| listed(list, word))
    }

    /// Whether the last word is in a list.
    pub fn ends(&self, list: &str) -> bool {
        self.words.last().is_some_and(|word| listed(list, word))
    }

    /// How a column that points at this table may be called, as keys.
    pub fn reference_keys(&self) -> Vec<String> {
        let Some(last) = self.words.last() else { return Vec::new() };
        let mut stems = vec![last.clone(), singular(last), self.words.concat(), singular(&self.words.concat())];
        if self.user > 0.0 {
            let surest = USER_NOUNS.iter().filter(|(strength, _)| *strength >= 1.0);
            stems.extend(surest.flat_map(|(_, nouns)| nouns.split_ascii_whitespace()).map(ToOwned::to_owned));
        }
        stems.iter().flat_map(|stem| [format!("{stem}id"), format!("id{stem}"), format!("{stem}uuid")]).collect()
    }
}

fn strength(word: &str, nouns: &[(f64, &str)]) -> f64 {
    let one = singular(word);
    let known = |list: &str| listed(list, word) || listed(list, &one);
    nouns.iter().find(|(_, list)| known(list)).map_or(0.0, |(strength, _)| *strength)
}

// `tblusers`: databases that fold their names leave no seam.
fn glued(word: &str) -> f64 {
    const SEAMLESS: &[&str] =
        &["tbl", "tab", "aspnet", "app", "web", "wp", "custom", "base", "site", "my", "core", "portal", "shop"];
    let rest = SEAMLESS.iter().find_map(|prefix| word.strip_prefix(prefix));
    rest.map_or(0.0, |rest| strength(rest, USER_NOUNS))
}

/// The word with which most tables of a database begin: `wp` of `wp_users`, `wp_posts`, ...
pub fn common_prefix(database: &Database) -> Option<String> {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for table in database.tables() {
        let words = folded_words(&table.info.name);
        if words.len() > 1 {
            *first.entry(words[0].clone()).or_default() += 1;
        }
    }
    let (word, count) = first.into_iter().max_by_key(|(word, count)| (*count, std::cmp::Reverse(word.clone())))?;
    (count >= 3 && count * 10 >= database.tables().len() * 6).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_decides_and_the_first_ones_say_how_surely() {
        let user = |name: &str| Noun::of(name, None).user;
        for name in [
            "users",
            "auth_user",
            "AspNetUsers",
            "aspnetusers",
            "tblUsers",
            "res_users",
            "user_accounts",
            "accounts_customuser",
        ] {
            assert!((user(name) - 1.0).abs() < 1e-9, "{name}: {}", user(name));
        }
        for name in ["Benutzer", "utilisateurs", "usuários", "user_entity", "users_field_data"] {
            assert!((user(name) - 1.0).abs() < 1e-9, "{name}: {}", user(name));
        }
        assert!(user("admin_users") < user("customers"));
        assert!(user("profiles") < user("members"));
        assert!(user("products").abs() < 1e-9);
        assert!(Noun::of("user_logs", None).beside);
        assert!((Noun::of("x7_users", Some("x7")).user - 1.0).abs() < 1e-9);
    }
}
