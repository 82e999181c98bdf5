//! What the guide shows can be pasted: every settings document in it is read, and exported without a loss.

use super::super::document;
use std::path::PathBuf;

/// The blocks of settings in a page, by the section that they start with.
fn blocks(page: &str) -> Vec<&str> {
    const SECTIONS: [&str; 11] = [
        "version",
        "[auth",
        "[cors",
        "[documents",
        "[limits",
        "[mapping",
        "[rbac",
        "[[rbac",
        "[social",
        "[tables",
        "[tenancy",
    ];
    page.split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .filter(|block| SECTIONS.iter().any(|section| block.starts_with(section)))
        .collect()
}

#[test]
fn every_settings_document_of_the_guide_is_understood() {
    let guide = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide");
    let mut read = 0;
    for entry in std::fs::read_dir(guide).unwrap() {
        let path = entry.unwrap().path();
        let page = std::fs::read_to_string(&path).unwrap();
        for block in blocks(&page) {
            let settings =
                document::parse(block).unwrap_or_else(|error| panic!("{}: {error}\n{block}", path.display()));
            let exported = document::export(&settings);
            assert_eq!(document::parse(&exported).unwrap(), settings, "{}: {exported}", path.display());
            read += 1;
        }
    }
    assert!(read >= 10, "only {read} blocks were found");
}

#[test]
fn owners_and_rules_of_tables_are_settings() {
    let text = r#"
[tables.orders]
expose = true
owner_column = "user_id"
row_rule = { field = "status", operator = "neq", value = "archived" }
[tables.notes]
row_rule = [{ field = "a", operator = "eq", value = "$user.id" }, { field = "b", operator = "isnull", value = true }]
"#;
    let settings = document::parse(text).unwrap();
    assert_eq!(settings.tables["orders"].owner_column.as_deref(), Some("user_id"));
    assert_eq!(settings.tables["notes"].row_rule.as_ref().unwrap().as_array().unwrap().len(), 2);
    assert_eq!(document::parse(&document::export(&settings)).unwrap(), settings);
}
