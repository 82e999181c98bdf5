//! Swain's ids are whole numbers: the kinds for which the store keeps them, and the few that are fixed.

/// Projects.
pub const PROJECT: &str = "project";
/// Connections; a connection's schema has the same number.
pub const CONNECTION: &str = "connection";
/// Builds.
pub const BUILD: &str = "build";
/// Operators.
pub const OPERATOR: &str = "operator";
/// Columns, by `connection table column`.
pub const COLUMN: &str = "column";
/// Settings and fields of mapping cards, by `group item`.
pub const ITEM: &str = "config_item";

/// Values of settings, by `connection group.item`.
pub const SETTING: &str = "setting_mapping";
/// Columns of mapping cards, by `connection mapping.card.field`.
pub const MAPPED: &str = "column_mapping";

/// The one account of an instance, which is every operator's tenant.
pub const ACCOUNT: i64 = 1;

/// The number of a stage.
pub fn stage(word: &str) -> i64 {
    match word {
        "development" => 1,
        "staging" => 2,
        _ => 3,
    }
}
