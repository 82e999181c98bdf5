//! Keys of any values survive the way through a path.

use crate::support::{Build, catalog::catalog};
use portcullis_query::{
    Value,
    plan::{parse_key, split_key},
};
use proptest::{collection::vec, prelude::*};

/// Writes a key as the contract says: joined by `,`, and inside a value `\,` and `\\`.
fn joined(parts: &[String]) -> String {
    parts.iter().map(|part| part.replace('\\', r"\\").replace(',', r"\,")).collect::<Vec<_>>().join(",")
}

proptest! {
    #[test]
    fn a_joined_key_splits_into_its_parts(parts in vec(r#"[a,\\"é ]{0,6}"#, 1..4)) {
        prop_assert_eq!(split_key(&joined(&parts)), parts);
    }

    #[test]
    fn a_path_names_the_row_whose_values_it_holds(parts in vec(r"[a,\\é]{0,6}", 3), number in any::<i64>()) {
        let build = Build::new(
            &catalog("one\n  id text key\ntwo\n  a text key\n  n int key\n  b text key\n"),
            portcullis_query::access::TableAccess::default(),
            &[],
        );
        let planner = build.admin();
        let text = |part: &String| Value::Text(part.clone());
        let one = parse_key(&planner, build.table("one"), &joined(&parts[..1])).unwrap();
        prop_assert_eq!(one, [text(&parts[0])]);
        let key = joined(&[parts[0].clone(), number.to_string(), parts[1].clone()]);
        let two = parse_key(&planner, build.table("two"), &key).unwrap();
        prop_assert_eq!(two, [text(&parts[0]), Value::Int(number), text(&parts[1])]);
    }

    #[test]
    fn a_key_of_one_column_may_hold_bare_commas(part in "[a,é ]{0,8}") {
        let build = Build::new(&catalog("one\n  id text key\n"), portcullis_query::access::TableAccess::default(), &[]);
        let key = parse_key(&build.admin(), build.table("one"), &part).unwrap();
        prop_assert_eq!(key, [Value::Text(part)]);
    }
}
