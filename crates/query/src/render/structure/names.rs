//! Names of indexes, constraints and types: made of what they are about, and never longer than an engine takes.

/// PostgreSQL cuts names at 63 bytes, MariaDB at 64 characters.
const LONGEST: usize = 60;

/// `uq_members_team_email`; a name that would be too long ends in a number made of the whole.
pub fn object_name(kind: &str, table: &str, columns: &[impl AsRef<str>]) -> String {
    let mut name = format!("{kind}_{table}");
    for column in columns {
        name.push('_');
        name.push_str(column.as_ref());
    }
    if name.len() <= LONGEST {
        return name;
    }
    let mark = mark(&name);
    let mut cut = LONGEST - 9;
    while !name.is_char_boundary(cut) {
        cut -= 1;
    }
    name.truncate(cut);
    format!("{name}_{mark:08x}")
}

/// As [`object_name`], for engines where names of two tables that differ in case only would meet.
pub(super) fn caseless_name(kind: &str, table: &str, columns: &[impl AsRef<str>]) -> String {
    if table.chars().any(char::is_uppercase) {
        return object_name(kind, &format!("{table}_{:08x}", mark(table)), columns);
    }
    object_name(kind, table, columns)
}

/// FNV-1a: the same in every version and on every machine.
fn mark(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tables_that_differ_in_case_stay_apart() {
        let names = ["order", "Order", "ORDER"].map(|table| caseless_name("fk", table, &["account_id"]).to_lowercase());
        assert_eq!(names[0], "fk_order_account_id");
        assert!(names[0] != names[1] && names[1] != names[2], "{names:?}");
    }

    #[test]
    fn long_names_stay_apart() {
        assert_eq!(object_name("uq", "members", &["team", "email"]), "uq_members_team_email");
        let long = "a".repeat(60);
        let (one, two) = (object_name("ix", &long, &["b"]), object_name("ix", &long, &["c"]));
        assert!(one.len() <= LONGEST && two.len() <= LONGEST && one != two);
    }
}
