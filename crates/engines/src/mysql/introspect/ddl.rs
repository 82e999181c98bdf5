//! Reads out of SHOW CREATE TABLE what stands nowhere else for a login that may only read: the rules of foreign keys
//! and the CHECKs.

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// Foreign keys with their rules.
    pub rules: Vec<Rule>,
    /// CHECKs, of columns and of the table.
    pub checks: Vec<Condition>,
}

/// The rules of one foreign key; `None` for the default.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The constraint's name.
    pub name: String,
    /// `CASCADE`, `SET NULL`, `SET DEFAULT`.
    pub on_delete: Option<String>,
    /// As `on_delete`.
    pub on_update: Option<String>,
}

/// A CHECK; a column's own has the column's name.
#[derive(Debug, PartialEq, Eq)]
pub struct Condition {
    /// The constraint's name.
    pub name: String,
    /// The condition without the outer parentheses.
    pub expression: String,
}

/// Takes a definition apart.
pub fn parse(definition: &str) -> Definition {
    let mut found = Definition::default();
    let Some(body) = body(definition) else { return found };
    for item in items(body) {
        let (name, rest) = match item.strip_prefix("CONSTRAINT ") {
            Some(rest) => identifier(rest).unwrap_or((String::new(), rest)),
            None if item.starts_with('`') => identifier(item).unwrap_or_default(),
            None => (String::new(), item),
        };
        if rest.trim_start().starts_with("FOREIGN KEY") {
            found.rules.push(Rule { name, on_delete: rule(rest, "ON DELETE "), on_update: rule(rest, "ON UPDATE ") });
        } else if let Some(expression) = condition(rest) {
            found.checks.push(Condition { name, expression: expression.to_owned() });
        }
    }
    found
}

/// What stands between the outer parentheses.
fn body(definition: &str) -> Option<&str> {
    let open = tokens(definition).find(|(_, byte, depth)| *byte == b'(' && *depth == 1)?.0;
    let close = tokens(definition).find(|(at, byte, depth)| *at > open && *byte == b')' && *depth == 0)?.0;
    definition.get(open + 1..close)
}

/// The parts between the outer commas.
fn items(body: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    let mut commas: Vec<usize> =
        tokens(body).filter(|(_, byte, depth)| *byte == b',' && *depth == 0).map(|(at, ..)| at).collect();
    commas.push(body.len());
    commas.into_iter().map(move |comma| {
        let item = body.get(start..comma).unwrap_or_default();
        start = comma + 1;
        item.trim()
    })
}

/// Each byte outside of quotes with its place and the depth of parentheses after it.
fn tokens(text: &str) -> impl Iterator<Item = (usize, u8, usize)> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        if let Some(open) = quote {
            // A doubled quote ends the text and begins it again.
            match byte {
                _ if escaped => escaped = false,
                b'\\' if open != b'`' => escaped = true,
                byte if byte == open => quote = None,
                _ => {}
            }
            return None;
        }
        match byte {
            b'`' | b'\'' | b'"' => {
                quote = Some(byte);
                return None;
            }
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        Some((at, byte, depth))
    })
}

/// The identifier a text starts with, and what follows it.
fn identifier(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('`')?;
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('`')?;
        name.push_str(part);
        match after.strip_prefix('`') {
            None => return Some((name, after)),
            Some(more) => rest = more,
        }
        name.push('`');
    }
}

/// `ON DELETE CASCADE` and the like, outside of quotes; the two words for the default are none.
fn rule(text: &str, start: &str) -> Option<String> {
    let at = outside(text, start)?;
    let rest = text.get(at + start.len()..)?;
    ["CASCADE", "SET NULL", "SET DEFAULT"].into_iter().find(|rule| rest.starts_with(rule)).map(str::to_owned)
}

/// The condition of `... CHECK (condition) ...`.
fn condition(text: &str) -> Option<&str> {
    let at = outside(text, "CHECK (")?;
    let rest = text.get(at + "CHECK ".len()..)?;
    let close = tokens(rest).find(|(_, byte, depth)| *byte == b')' && *depth == 0)?.0;
    let expression = rest.get(1..close)?;
    // MySQL prints a pair of parentheses of its own around the whole.
    let whole = expression.starts_with('(')
        && tokens(expression).find(|(_, byte, depth)| *byte == b')' && *depth == 0).map(|(at, ..)| at + 1)
            == Some(expression.len());
    Some(if whole { &expression[1..expression.len() - 1] } else { expression })
}

/// Where a word stands outside of quotes and parentheses.
fn outside(text: &str, word: &str) -> Option<usize> {
    let first = *word.as_bytes().first()?;
    tokens(text)
        .filter(|(_, byte, depth)| *byte == first && *depth == 0)
        .map(|(at, ..)| at)
        .find(|at| text.as_bytes()[*at..].starts_with(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITION: &str = r#"CREATE TABLE `c (d` (
  `id` int(11) NOT NULL AUTO_INCREMENT COMMENT 'a ) CHECK (no), it''s \' fine',
  `j` longtext CHARACTER SET utf8mb4 DEFAULT NULL CHECK (json_valid(`j`)),
  `q``r` int(11) DEFAULT 7 CHECK (`q``r` > 0 and `q``r` <> ')'),
  `g` int(11) GENERATED ALWAYS AS (`id` + 1) VIRTUAL,
  PRIMARY KEY (`id`),
  KEY `fk1` (`a`,`b`),
  CONSTRAINT `f``1` FOREIGN KEY (`a`, `b`) REFERENCES `p ON DELETE CASCADE` (`x`, `y`)
    ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT `f2` FOREIGN KEY (`a`) REFERENCES `p` (`x`) ON DELETE NO ACTION,
  CONSTRAINT `both` CHECK ((`a` < `b`) or (`a` is null)),
  CONSTRAINT `mysql` CHECK (((`a` < `b`) or (`a` is null))) /*!80016 NOT ENFORCED */
) ENGINE=InnoDB COMMENT='CHECK (x)'"#;

    #[test]
    fn rules_and_checks_are_found_whatever_the_names_hold() {
        let found = parse(DEFINITION);
        let rule = |name: &str, delete: Option<&str>, update: Option<&str>| Rule {
            name: name.to_owned(),
            on_delete: delete.map(str::to_owned),
            on_update: update.map(str::to_owned),
        };
        assert_eq!(found.rules, [rule("f`1", Some("SET NULL"), Some("CASCADE")), rule("f2", None, None)]);
        let checks: Vec<_> = found.checks.iter().map(|c| (c.name.as_str(), c.expression.as_str())).collect();
        assert_eq!(
            checks,
            [
                ("j", "json_valid(`j`)"),
                ("q`r", "`q``r` > 0 and `q``r` <> ')'"),
                ("both", "(`a` < `b`) or (`a` is null)"),
                ("mysql", "(`a` < `b`) or (`a` is null)"),
            ]
        );
    }

    #[test]
    fn what_is_no_definition_gives_nothing() {
        for text in ["", "CREATE VIEW `v` AS select 1", "CREATE TABLE `x` (`a"] {
            assert_eq!(parse(text), Definition::default());
        }
    }
}
