//! What the server's error numbers mean.
//!
//! Names of keys and columns are read out of the messages, which are MariaDB's and MySQL's English ones; where a
//! message looks otherwise (`lc_messages`), the name is missing and the meaning stays.

use crate::EngineError;
use mysql_async::{DriverError, Error, ServerError};

/// What a driver's error means.
pub fn meaning(error: &Error) -> EngineError {
    match error {
        Error::Server(error) => of_server(error),
        Error::Driver(DriverError::PacketTooLarge) => EngineError::InvalidValue { column: None },
        Error::Io(_) => EngineError::Unavailable { cause: innermost(error) },
        Error::Driver(DriverError::ConnectionClosed | DriverError::NoClientSslFlagFromServer) => {
            EngineError::Unavailable { cause: error.to_string() }
        }
        Error::Driver(DriverError::UnexpectedPacket { .. } | DriverError::PacketOutOfOrder) => {
            EngineError::Unavailable { cause: "the server sent what its protocol does not allow".to_owned() }
        }
        _ => EngineError::Other { cause: error.to_string() },
    }
}

/// What is at the bottom of it: the driver says "Input/output error" at every step.
fn innermost(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Whether the connection cannot be used any more.
pub fn is_broken(error: &Error) -> bool {
    match error {
        // The driver closes the connection after errors of its own.
        Error::Server(error) => closes(error.code),
        _ => true,
    }
}

/// Killed, shut down, packet too large, network trouble, idle for too long: the server closes after saying so.
const fn closes(code: u16) -> bool {
    matches!(code, 1053 | 1077 | 1079 | 1080 | 1152..=1161 | 1184 | 1927 | 3169 | 4031)
}

fn of_server(error: &ServerError) -> EngineError {
    let message = error.message.as_str();
    let cause = || format!("{} ({}): {}", error.code, error.state, message);
    match error.code {
        1022 | 1062 | 1169 | 1586 => EngineError::UniqueViolation { constraint: key(message), columns: None },
        1216 | 1217 | 1451 | 1452 => EngineError::ForeignKeyViolation { constraint: constraint(message) },
        1048 | 1263 | 1364 => EngineError::NotNull { column: column(message) },
        3819 | 4025 => EngineError::Check { constraint: check(message) },
        // SIGNAL: a trigger's refusal.
        1644 => EngineError::Check { constraint: None },
        1153 | 1264 | 1265 | 1292 | 1365 | 1366 | 1367 | 1406 | 1411 | 1416 | 1441 | 1690 | 1918 | 3140..=3158
        // A character that the column's character set lacks; a counter at its end.
        | 1267 | 1270 | 1271 | 1467 | 1977 | 3988 => {
            EngineError::InvalidValue { column: column(message) }
        }
        1051 | 1054 | 1146 | 1356 => EngineError::Drift { cause: cause() },
        1205 | 1317 | 1969 | 3024 | 3572 => EngineError::Timeout,
        1020 | 1213 | 1614 => EngineError::Serialization,
        1044 | 1045 | 1142 | 1143 | 1227 | 1370 | 1698 | 1820 | 1862 | 4151 => EngineError::Denied,
        1040 | 1049 | 1129 | 1130 | 1203 | 1226 | 1461 | 3032 => EngineError::Unavailable { cause: cause() },
        code if closes(code) => EngineError::Unavailable { cause: cause() },
        1021 | 1114 => EngineError::DiskFull,
        // Error 28 of the file system is "no space left on device".
        3 | 1026 | 1030 if message.contains("rror 28 ") || message.contains("rrcode: 28 ") => EngineError::DiskFull,
        1290 if message.contains("read-only") || message.contains("read_only") => EngineError::ReadOnly,
        1792 | 1836 => EngineError::ReadOnly,
        _ if error.state.starts_with("22") => EngineError::InvalidValue { column: column(message) },
        _ if error.state.starts_with("08") => EngineError::Unavailable { cause: cause() },
        _ => EngineError::Other { cause: cause() },
    }
}

/// `... for key 'name'`; since MySQL 8.0.19 `... for key 'table.name'`.
fn key(message: &str) -> Option<String> {
    let (_, name) = message.rsplit_once("for key '")?;
    let name = name.strip_suffix('\'').unwrap_or(name);
    // MariaDB puts no table in front and allows a point in a name, but hardly anybody writes one.
    Some(name.split_once('.').map_or(name, |(_, name)| name).to_owned())
}

/// ``... CONSTRAINT `name` FOREIGN KEY ...``
fn constraint(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("CONSTRAINT `")?;
    Some(unquoted(rest)?.0)
}

/// ``CONSTRAINT `name` failed for `database`.`table` ``, with `table.column` for a column's own check on MariaDB;
/// `Check constraint 'name' is violated.` on MySQL.
fn check(message: &str) -> Option<String> {
    if let Some((_, rest)) = message.split_once("Check constraint '") {
        return rest.rsplit_once("' is violated").map(|(name, _)| name.to_owned());
    }
    let (_, rest) = message.split_once("CONSTRAINT `")?;
    let (name, rest) = unquoted(rest)?;
    let table = identifiers(rest.split_once(" for `")?.1).pop();
    let own = table.and_then(|table| name.strip_prefix(&table)?.strip_prefix('.').map(str::to_owned));
    Some(own.unwrap_or(name))
}

/// `... column 'name' ...`, ``... column `database`.`table`.`name` at row 1``, `Field 'name' doesn't ...`.
fn column(message: &str) -> Option<String> {
    // Here a backquote in a name is not doubled.
    if let Some((_, rest)) = message.rsplit_once("olumn `") {
        let name = rest.rsplit_once('`')?.0;
        return Some(name.rsplit_once("`.`").map_or(name, |(_, name)| name).to_owned());
    }
    let (_, rest) = message.rsplit_once("olumn '").or_else(|| message.rsplit_once("Field '"))?;
    let name = rest.rsplit_once('\'')?.0;
    let name = name.split_once("' ").map_or(name, |(name, _)| name);
    // MySQL's JSON errors name the table too.
    Some(name.rsplit_once('.').map_or(name, |(_, name)| name).to_owned())
}

/// The identifier up to its closing backquote (the opening one is read already), and what follows.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('`')?;
        name.push_str(part);
        let Some(more) = after.strip_prefix('`') else { return Some((name, after)) };
        name.push('`');
        rest = more;
    }
}

/// The parts of `` a`.`b`.`c` ...`` (the first backquote is read already).
fn identifiers(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = unquoted(rest) {
        parts.push(name);
        let Some(more) = after.strip_prefix(".`") else { break };
        rest = more;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: u16, state: &str, message: &str) -> String {
        let error = ServerError { code, state: state.to_owned(), message: message.to_owned() };
        format!("{:?}", meaning(&Error::Server(error)))
    }

    #[test]
    fn broken_rules_name_their_key_or_column() {
        for (code, message, expected) in [
            (1062, "Duplicate entry 'for key 'x'' for key 'u_mail'", r#"constraint: Some("u_mail")"#),
            (1062, "Duplicate entry '1' for key 'users.PRIMARY'", r#"constraint: Some("PRIMARY")"#),
            (
                1452,
                "Cannot add or update a child row: a foreign key constraint fails (`d`.`c`, \
                 CONSTRAINT `f``k` FOREIGN KEY (`p`) REFERENCES `p` (`id`))",
                r#"ForeignKeyViolation { constraint: Some("f`k") }"#,
            ),
            (1216, "Cannot add or update a child row: a foreign key constraint fails", "constraint: None"),
            (1048, "Column 'a b' cannot be null", r#"NotNull { column: Some("a b") }"#),
            (1364, "Field 'n' doesn't have a default value", r#"NotNull { column: Some("n") }"#),
            (4025, "CONSTRAINT `c d.x` failed for `test`.`c d`", r#"Check { constraint: Some("x") }"#),
            (4025, "CONSTRAINT `na``me` failed for `test`.`c d`", r#"Check { constraint: Some("na`me") }"#),
            (3819, "Check constraint 'c1' is violated.", r#"Check { constraint: Some("c1") }"#),
            (1644, "not on sundays", "Check { constraint: None }"),
        ] {
            let text = shown(code, "23000", message);
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn values_that_do_not_fit_name_their_column() {
        for (code, message, column) in [
            (1366, "Incorrect integer value: 'column 'z'' for column `d`.`c d`.`a`b` at row 1", r#"Some("a`b")"#),
            (1366, "Incorrect integer value: 'abc' for column 'a' at row 1", r#"Some("a")"#),
            (1406, "Data too long for column 's' at row 1", r#"Some("s")"#),
            (1264, "Out of range value for column 'n' at row 3", r#"Some("n")"#),
            (3140, "Invalid JSON text: \"Missing\" at position 1 in value for column 't.j'.", r#"Some("j")"#),
            (1690, "BIGINT UNSIGNED value is out of range in '(1 - 2)'", "None"),
        ] {
            assert_eq!(shown(code, "22003", message), format!("InvalidValue {{ column: {column} }}"));
        }
    }

    #[test]
    fn every_further_meaning_is_known_by_its_number() {
        for (code, message, expected) in [
            (1146, "Table 'd.t' doesn't exist", "Drift"),
            (1054, "Unknown column 'x' in 'field list'", "Drift"),
            (1205, "Lock wait timeout exceeded", "Timeout"),
            (1969, "Query execution was interrupted (max_statement_time exceeded)", "Timeout"),
            (3024, "Query execution was interrupted, maximum statement execution time exceeded", "Timeout"),
            (1213, "Deadlock found", "Serialization"),
            (1142, "SELECT command denied to user", "Denied"),
            (1045, "Access denied for user", "Denied"),
            (1040, "Too many connections", "Unavailable"),
            (1927, "Connection was killed", "Unavailable"),
            (1114, "The table 't' is full", "DiskFull"),
            (1030, "Got error 28 \"No space left on device\" from storage engine InnoDB", "DiskFull"),
            (1290, "The MariaDB server is running with the --read-only option so it cannot", "ReadOnly"),
            (1290, "The MariaDB server is running with the --secure-file-priv option so it", "Other"),
            (1792, "Cannot execute statement in a READ ONLY transaction", "ReadOnly"),
            (1442, "Can't update table 't' in stored function/trigger", "Other"),
        ] {
            let text = shown(code, "HY000", message);
            assert!(text.starts_with(expected), "{code}: {text}");
        }
    }
}
