//! Singular and plural of any word, and the spellings that must meet.

use portcullis_schema::names::{go_pascal, loose, pascal, plural, singular, snake, without_id};
use proptest::prelude::*;

/// What tables are called, in the singular, with every ending English trips over.
const WORDS: &str = "
    account address alias analysis api axis bank base batch bonus box branch bus cache campus canvas case category
    child city class company cookie country course criterion currency customer day dish employee entry expense
    file half hero house index invoice item key leaf lens license line loss match medium menu movie order page
    person photo potato price process quiz quotum release response role route size sku status survey switch tag
    tax tie user video virus vote wiki
";

fn name() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(WORDS.split_whitespace().collect::<Vec<_>>());
    let parts = proptest::collection::vec(word, 1..4);
    (parts, 0..4).prop_map(|(parts, form)| match form {
        0 => parts.join("_"),
        1 => pascal(&parts.join("_")),
        2 => parts.join("_").to_uppercase(),
        _ => parts.join(" "),
    })
}

proptest! {
    #[test]
    fn a_singular_and_its_plural_lead_to_each_other_and_no_further(one in name()) {
        let many = plural(&one);
        prop_assert_ne!(&many, &one);
        prop_assert_eq!(singular(&many), &one[..]);
        prop_assert_eq!(singular(&one), &one[..]);
        prop_assert_eq!(plural(&many), many);
    }

    #[test]
    fn every_spelling_of_a_name_is_the_same_loosely(parts in proptest::collection::vec("[a-z]{1,6}", 1..4)) {
        let name = parts.join("_");
        for spelling in [pascal(&name), go_pascal(&name), name.to_uppercase(), parts.concat()] {
            prop_assert_eq!(loose(&spelling), loose(&name));
        }
    }

    #[test]
    fn names_of_any_characters_are_taken(name in ".{0,12}") {
        for made in [singular(&name), plural(&name), pascal(&name), go_pascal(&name), snake(&name), without_id(&name)] {
            prop_assert!(made.chars().count() <= name.chars().count() * 3 + 4);
        }
        prop_assert!(!without_id(&name).is_empty() || name.is_empty());
    }
}
