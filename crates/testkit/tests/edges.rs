//! The crates' edges against the list in ARCHITECTURE.md: a new edge is a visible decision.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

/// A crate without its prefix, and the crates of ours it uses.
type Edges = BTreeMap<String, Vec<String>>;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn documented() -> Edges {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let block = page.split("```edges\n").nth(1).and_then(|rest| rest.split("```").next());
    let lines = block.expect("a block of edges").lines().map(|line| {
        let (name, uses) = line.split_once(':').expect("`crate: crates it uses`");
        (name.to_owned(), uses.split_whitespace().map(str::to_owned).collect())
    });
    lines.collect()
}

// The edges of one kind: `None` for ordinary dependencies, `dev` for those of tests.
fn actual(kind: Option<&str>) -> Edges {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages").iter().map(|package| {
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        let mut uses: Vec<String> = dependencies
            .filter(|dependency| dependency["kind"].as_str() == kind)
            .filter_map(|dependency| short(&dependency["name"]))
            .collect();
        uses.sort_unstable();
        (short(&package["name"]).expect("a package of ours"), uses)
    });
    packages.collect()
}

fn short(name: &serde_json::Value) -> Option<String> {
    name.as_str()?.strip_prefix("portcullis-").map(str::to_owned)
}

#[test]
fn every_edge_between_our_crates_stands_in_the_architecture() {
    assert_eq!(actual(None), documented());
}

#[test]
fn tests_may_use_the_testkit_besides_what_their_crate_uses() {
    let allowed = documented();
    for (name, uses) in actual(Some("dev")) {
        for used in uses {
            let known = used == "testkit" || allowed[&name].contains(&used);
            assert!(known, "the tests of `{name}` use `{used}`, which ARCHITECTURE.md does not list");
        }
    }
}
