//! One column of a table that is not ours: a new one for a moment, or more room for text. The rest of the table stays
//! as it is.
//!
//! Gives statements that are shown first and run only when somebody has approved them.

use super::{Step, StructureChange, place, quoted, statements};
use crate::{Cost, RowFormat, Statement, render::Dialect};
use portcullis_schema::{
    Decode, Output, OutputShape,
    wanted::{WantedColumn, WantedTable, WantedType},
};

/// A column by its names in the database.
#[derive(Debug, Clone, Copy)]
pub struct ColumnOf<'a> {
    /// The schema, on engines that have such a thing.
    pub schema: Option<&'a str>,
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
}

impl ColumnOf<'_> {
    pub(super) fn place(&self, dialect: &dyn Dialect) -> String {
        place(dialect, self.table, self.schema)
    }
}

/// Adds a column for a moment, empty in every row.
pub fn add_moment(of: &ColumnOf<'_>, dialect: &dyn Dialect) -> Vec<String> {
    let column = WantedColumn {
        name: of.column.to_owned(),
        ty: WantedType::DateTime,
        required: false,
        default: None,
        min: None,
        max: None,
        references: None,
        indexed: false,
    };
    let table =
        WantedTable { name: of.table.to_owned(), columns: vec![column.clone()], unique: Vec::new(), touched: None };
    let steps = vec![Step::AddColumn(&column)];
    statements(&[StructureChange::Alter { table: &table, kept: Vec::new(), steps }], dialect, of.schema)
}

/// Writes the present into the column of every row where it is empty.
pub fn now_where_empty(of: &ColumnOf<'_>, dialect: &dyn Dialect) -> String {
    let (table, column) = (of.place(dialect), quoted(dialect, of.column));
    format!("UPDATE {table} SET {column} = CURRENT_TIMESTAMP WHERE {column} IS NULL")
}

/// What [`super::Structure::widen`] has to be told of the table; `None` where it needs nothing.
pub fn how_it_was_made(of: &ColumnOf<'_>, dialect: &dyn Dialect) -> Option<Statement> {
    if !dialect.structure().widens_from_definition() {
        return None;
    }
    let text = format!("SHOW CREATE TABLE {}", of.place(dialect));
    let output = |name: &str| Output { shape: OutputShape::new(name, Decode::Text), visible: true, captured: false };
    let outputs = [output("table"), output("definition")].into();
    Some(Statement { text, values: Vec::new(), outputs, cost: Cost::Point, format: RowFormat::Json })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::dialects::{MARIADB, MYSQL, POSTGRES, SQLITE};

    const OF: ColumnOf<'_> = ColumnOf { schema: None, table: "users", column: "verified at" };

    #[test]
    fn a_moment_is_added_and_filled() {
        let in_schema = ColumnOf { schema: Some("shop"), ..OF };
        assert_eq!(
            add_moment(&in_schema, &POSTGRES),
            [r#"ALTER TABLE "shop"."users" ADD COLUMN "verified at" timestamptz"#]
        );
        assert_eq!(add_moment(&OF, &MARIADB), ["ALTER TABLE `users` ADD COLUMN `verified at` datetime(6) NULL"]);
        assert_eq!(add_moment(&OF, &SQLITE), [r#"ALTER TABLE "users" ADD COLUMN "verified at" DATETIME"#]);
        assert_eq!(
            now_where_empty(&in_schema, &POSTGRES),
            r#"UPDATE "shop"."users" SET "verified at" = CURRENT_TIMESTAMP WHERE "verified at" IS NULL"#
        );
    }

    #[test]
    fn text_gets_more_room_and_stays_what_it_is_otherwise() {
        let of = ColumnOf { schema: None, table: "us`ers", column: "pass`word" };
        let made = "CREATE TABLE `us``ers` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `pass` varchar(9) NOT NULL,\n  \
             `pass``word` varchar(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'a, b' COMMENT 'it''s, so',\n  \
             PRIMARY KEY (`id`)\n) ENGINE=InnoDB";
        assert_eq!(
            MARIADB.structure().widen(&of, 255, Some(made)).as_deref(),
            Some(
                "ALTER TABLE `us``ers` MODIFY COLUMN `pass``word` varchar(255) CHARACTER SET ascii COLLATE ascii_bin \
                 NOT NULL DEFAULT 'a, b' COMMENT 'it''s, so'"
            )
        );
        let last = "CREATE TABLE `us``ers` (\n  `pass``word` char(40)\n) ENGINE=InnoDB";
        assert_eq!(
            MYSQL.structure().widen(&of, 255, Some(last)).as_deref(),
            Some("ALTER TABLE `us``ers` MODIFY COLUMN `pass``word` varchar(255)")
        );
        for other in ["`pass``word` int(11) NOT NULL", "`pass``word` binary(60)", "`other` varchar(60)"] {
            let made = format!("CREATE TABLE `us``ers` (\n  {other},\n  KEY `k` (`pass``word`)\n)");
            assert_eq!(MARIADB.structure().widen(&of, 255, Some(&made)), None, "{other}");
        }
        let of = ColumnOf { schema: Some("shop"), table: "users", column: "password" };
        assert_eq!(
            POSTGRES.structure().widen(&of, 255, None).as_deref(),
            Some(r#"ALTER TABLE "shop"."users" ALTER COLUMN "password" TYPE varchar(255)"#)
        );
        assert_eq!(SQLITE.structure().widen(&of, 255, None), None);
        assert!(how_it_was_made(&of, &POSTGRES).is_none() && how_it_was_made(&of, &SQLITE).is_none());
        let asked = how_it_was_made(&of, &MARIADB).map(|statement| statement.text);
        assert_eq!(asked.as_deref(), Some("SHOW CREATE TABLE `shop`.`users`"));
    }
}
