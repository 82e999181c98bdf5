//! `fields`: which columns and related rows are answered.

use portcullis_query::request::{Expression, RelationshipWords};
use portcullis_schema::{Database, Table};
use serde_json::{Map, Value};

/// What is answered of a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields {
    /// All columns.
    pub all: bool,
    /// These columns.
    pub columns: Vec<String>,
    /// Related rows, by the relationship's name as asked.
    pub relations: Vec<(String, Fields)>,
    /// `*.x`: of every relationship.
    pub every: Option<Box<Fields>>,
}

impl Fields {
    /// Reads words such as `title`, `*`, `author.*`, `author.country.code`, `*.*`.
    pub fn parse(words: &[String]) -> Self {
        let mut fields = Self::default();
        for word in words {
            fields.add(word);
        }
        fields
    }

    fn add(&mut self, word: &str) {
        match word.split_once('.') {
            None if matches!(word, "*" | "**") => self.all = true,
            None if self.columns.iter().any(|known| known == word) => {}
            None => self.columns.push(word.to_owned()),
            Some(("*", rest)) => {
                self.all = true;
                self.every.get_or_insert_default().add(rest);
            }
            Some((relation, rest)) => match self.relations.iter_mut().find(|(known, _)| known == relation) {
                Some((_, inner)) => inner.add(rest),
                None => {
                    let mut inner = Self::default();
                    inner.add(rest);
                    self.relations.push((relation.to_owned(), inner));
                }
            },
        }
    }

    /// Whether related rows are wanted.
    pub fn has_relations(&self) -> bool {
        !self.relations.is_empty() || self.every.is_some()
    }

    /// Writes `*.x` out for a table: the relationships that `may` lets be walked.
    pub fn settle(&mut self, table: &Table, database: &Database, may: &dyn Fn(&Table) -> bool) {
        if let Some(every) = self.every.take() {
            for relation in &table.relations {
                let known = |(word, _): &(String, Self)| {
                    table.find_relation(word).is_some_and(|known| std::ptr::eq(known, relation))
                };
                let between = relation.join.as_ref().is_none_or(|join| may(database.table(join.table)));
                if !self.relations.iter().any(known) && between && may(database.table(relation.target)) {
                    self.relations.push((relation.json_name.clone(), (*every).clone()));
                }
            }
        }
        for (word, inner) in &mut self.relations {
            if let Some(relation) = table.find_relation(word) {
                inner.settle(database.table(relation.target), database, may);
            }
        }
    }

    /// The related rows as terms of a filter; `conditions` says what restricts the rows of a path.
    pub fn includes(&self, path: &str, conditions: &dyn Fn(&str) -> Vec<Expression>) -> Vec<Expression> {
        let include = |(word, inner): &(String, Self)| {
            let path = if path.is_empty() { word.clone() } else { format!("{path}.{word}") };
            let mut expressions = conditions(&path);
            expressions.extend(inner.includes(&path, conditions));
            Expression::Relationship(RelationshipWords {
                place: format!("fields/{path}"),
                relationship: word.clone(),
                filters_parent: false,
                include: true,
                expressions,
                aggregations: None,
            })
        };
        self.relations.iter().map(include).collect()
    }

    /// Leaves of a row what was asked for, under the names that were asked.
    pub fn pick(&self, mut row: Map<String, Value>, table: &Table, database: &Database) -> Map<String, Value> {
        let mut out = Map::new();
        let mut related = Map::new();
        for (word, inner) in &self.relations {
            let Some(relation) = table.find_relation(word) else { continue };
            let target = database.table(relation.target);
            let value = match row.remove(&relation.json_name) {
                Some(Value::Array(items)) => {
                    Value::Array(items.into_iter().map(|item| inner.pick_value(item, target, database)).collect())
                }
                Some(one) => inner.pick_value(one, target, database),
                None => Value::Null,
            };
            related.insert(word.clone(), value);
        }
        if self.all {
            out.extend(row);
        } else {
            for word in &self.columns {
                let Some(column) = table.find_column(word) else { continue };
                if let Some(value) = row.remove(&column.name) {
                    out.insert(column.name.clone(), value);
                }
            }
        }
        out.extend(related);
        out
    }

    fn pick_value(&self, value: Value, table: &Table, database: &Database) -> Value {
        match value {
            Value::Object(row) => Value::Object(self.pick(row, table, database)),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Fields {
        Fields::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn paths_become_a_tree() {
        let fields = parsed(&["title", "author.name", "author.country.*", "title"]);
        assert_eq!(fields.columns, ["title"]);
        let (word, author) = &fields.relations[0];
        assert_eq!((word.as_str(), author.columns.as_slice()), ("author", &["name".to_owned()][..]));
        assert!(author.relations[0].1.all);
        assert!(!fields.all);
        let every = parsed(&["*.*"]);
        assert!(every.all && every.every.as_ref().is_some_and(|inner| inner.all));
    }

    #[test]
    fn conditions_of_a_path_restrict_its_rows_only() {
        let fields = parsed(&["*", "posts.comments.text"]);
        let seen = std::cell::RefCell::new(Vec::new());
        let includes = fields.includes("", &|path| {
            seen.borrow_mut().push(path.to_owned());
            Vec::new()
        });
        assert_eq!(seen.into_inner(), ["posts", "posts.comments"]);
        assert!(matches!(&includes[0], Expression::Relationship(words) if words.include && !words.filters_parent));
    }
}
