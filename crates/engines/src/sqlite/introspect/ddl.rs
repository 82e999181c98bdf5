//! What only the text of a CREATE TABLE knows: its checks, and what its foreign keys are called.

use portcullis_schema::Check;

/// What was found, in the order of the text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ddl {
    /// The checks.
    pub checks: Vec<Check>,
    /// For each foreign key the name it was given.
    pub foreign_keys: Vec<Option<String>>,
}

/// A piece of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// A bare word or number.
    Word(&'a str),
    /// A quoted name or text with its quotes.
    Quoted(&'a str),
    /// Anything else, one character.
    Sign(char),
}

/// Takes a CREATE TABLE apart. What is not understood is passed over.
pub fn parse(sql: &str) -> Ddl {
    let mut found = Ddl::default();
    let mut depth = 0_usize;
    let mut name: Option<String> = None;
    let mut tokens = Tokens { sql, at: 0 };
    while let Some((token, _)) = tokens.next() {
        match token {
            Token::Sign('(') => depth += 1,
            Token::Sign(')') => depth = depth.saturating_sub(1),
            Token::Sign(',') if depth == 1 => name = None,
            Token::Word(word) if depth == 1 => match word.to_ascii_uppercase().as_str() {
                "CONSTRAINT" => name = tokens.next().and_then(|(token, _)| ident(token)),
                "CHECK" => {
                    if let Some(expression) = tokens.group() {
                        let expression = expression.trim().to_owned();
                        found.checks.push(Check { name: name.take().unwrap_or_default(), expression });
                    }
                }
                "REFERENCES" => found.foreign_keys.push(name.take()),
                "PRIMARY" | "UNIQUE" | "NOT" | "DEFAULT" | "COLLATE" | "GENERATED" => name = None,
                _ => {}
            },
            _ => {}
        }
    }
    found
}

/// The bound of a check such as `length(name) <= 40`, possibly among others joined by AND: column and characters.
pub fn length_bounds(expression: &str) -> Vec<(String, u32)> {
    let tokens: Vec<Token<'_>> = Tokens { sql: expression, at: 0 }.map(|(token, _)| token).collect();
    // An OR makes every one of them a mere possibility.
    if tokens.iter().any(|token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case("or"))) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let [Token::Word(function), Token::Sign('('), column, Token::Sign(')'), Token::Sign('<'), rest @ ..] =
            &tokens[at..]
        else {
            continue;
        };
        // NOT (...), or a part of a longer comparison or expression.
        let begins = match at.checked_sub(1).map(|before| tokens[before]) {
            None | Some(Token::Sign('(')) => !tokens[..at].iter().any(
                |token| matches!(token, Token::Word(word) if ["not", "case", "iif"].iter().any(|w| word.eq_ignore_ascii_case(w))),
            ),
            Some(Token::Word(word)) => word.eq_ignore_ascii_case("and"),
            Some(_) => false,
        };
        let (less, number) = match rest {
            [Token::Sign('='), Token::Word(number), ..] => (0, number),
            [Token::Word(number), ..] => (1, number),
            _ => continue,
        };
        if begins
            && function.eq_ignore_ascii_case("length")
            && let (Some(column), Ok(number)) = (ident(*column), number.parse::<u32>())
        {
            found.push((column, number.saturating_sub(less)));
        }
    }
    found
}

/// The labels of a check such as `status IN ('open', 'closed')` that says nothing else: column and labels.
pub fn labels(expression: &str) -> Option<(String, Vec<String>)> {
    let tokens: Vec<Token<'_>> = Tokens { sql: expression, at: 0 }.map(|(token, _)| token).collect();
    let [column, Token::Word(word), Token::Sign('('), inside @ .., Token::Sign(')')] = tokens.as_slice() else {
        return None;
    };
    if !word.eq_ignore_ascii_case("in") {
        return None;
    }
    let mut found = Vec::new();
    for (at, token) in inside.iter().enumerate() {
        match token {
            Token::Quoted(text) if at % 2 == 0 && text.starts_with('\'') => found.push(ident(*token)?),
            Token::Sign(',') if at % 2 == 1 => {}
            _ => return None,
        }
    }
    (inside.len() % 2 == 1).then_some((ident(*column)?, found))
}

/// The name a token says.
fn ident(token: Token<'_>) -> Option<String> {
    match token {
        Token::Word(word) => Some(word.to_owned()),
        Token::Quoted(text) => {
            let (open, inner) = (text.chars().next()?, text.get(1..text.len().checked_sub(1)?)?);
            Some(match open {
                '[' => inner.to_owned(),
                quote => inner.replace(&format!("{quote}{quote}"), &quote.to_string()),
            })
        }
        Token::Sign(_) => None,
    }
}

struct Tokens<'a> {
    sql: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    /// What stands between the parentheses that come next.
    fn group(&mut self) -> Option<&'a str> {
        let (Token::Sign('('), start) = self.next()? else { return None };
        let mut depth = 1;
        loop {
            match self.next()? {
                (Token::Sign('('), _) => depth += 1,
                (Token::Sign(')'), at) => {
                    depth -= 1;
                    if depth == 0 {
                        return self.sql.get(start + 1..at);
                    }
                }
                _ => {}
            }
        }
    }

    fn skip(&mut self) {
        loop {
            let rest = &self.sql[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let comment = if trimmed.starts_with("--") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
            } else {
                return;
            };
            self.at += comment;
        }
    }
}

/// Where a quoted piece ends; a doubled quote stands for itself.
fn quoted_len(text: &str, close: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == close {
            match chars.peek() {
                Some((_, next)) if *next == close && close != ']' => drop(chars.next()),
                _ => return at + c.len_utf8(),
            }
        }
    }
    text.len()
}

impl<'a> Iterator for Tokens<'a> {
    /// A token and where it begins.
    type Item = (Token<'a>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        self.skip();
        let (rest, start) = (&self.sql[self.at..], self.at);
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii();
        let token = match first {
            '\'' | '"' | '`' => Token::Quoted(&rest[..quoted_len(rest, first)]),
            '[' => Token::Quoted(&rest[..quoted_len(rest, ']')]),
            c if is_word(c) => Token::Word(&rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())]),
            c => Token::Sign(c),
        };
        self.at += match token {
            Token::Word(text) | Token::Quoted(text) => text.len(),
            Token::Sign(c) => c.len_utf8(),
        };
        Some((token, start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_and_foreign_keys_are_found_with_their_names() {
        let ddl = parse(
            "CREATE TABLE \"a (check) b\" (
               id INTEGER PRIMARY KEY CHECK (id > 0), -- a CHECK (that is none)
               kind TEXT CONSTRAINT [kind is known] CHECK ( kind IN ('a)', 'b''(') ) DEFAULT 'x',
               parent INTEGER CONSTRAINT pk_name NOT NULL REFERENCES a(id),
               other INTEGER CONSTRAINT \"to \"\"b\"\"\" REFERENCES b, /* CHECK (no) */
               CONSTRAINT both FOREIGN KEY (parent, other) REFERENCES c(x, y) ON DELETE CASCADE,
               CONSTRAINT sum CHECK ((parent + other) < 10)
             )",
        );
        let check = |name: &str, expression: &str| Check { name: name.to_owned(), expression: expression.to_owned() };
        assert_eq!(
            ddl.checks,
            [
                check("", "id > 0"),
                check("kind is known", "kind IN ('a)', 'b''(')"),
                check("sum", "(parent + other) < 10")
            ]
        );
        assert_eq!(ddl.foreign_keys, [None, Some("to \"b\"".to_owned()), Some("both".to_owned())]);
        for broken in ["", "CREATE TABLE t(a CHECK (", "CREATE TABLE t(a 'x", "))))((("] {
            parse(broken);
        }
    }

    #[test]
    fn a_length_is_read_only_where_it_binds() {
        let bounds = |text: &str| length_bounds(text);
        assert_eq!(bounds("length(name) <= 40"), [("name".to_owned(), 40)]);
        assert_eq!(bounds("length(name) > 0 AND LENGTH(\"the name\") < 40"), [("the name".to_owned(), 39)]);
        assert_eq!(bounds("(length(a) <= 4)"), [("a".to_owned(), 4)]);
        for text in ["length(a) <= 4 OR b", "NOT (length(a) <= 4)", "length(a) >= 4", "2 * length(a) <= 4", "1"] {
            assert!(bounds(text).is_empty(), "{text}");
        }
    }
}
