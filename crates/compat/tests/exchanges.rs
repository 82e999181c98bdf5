//! Recorded exchanges of every surface: `src/<surface>/tests/*.json`, each a test of its own. What they show is written
//! to `target/compat/<surface>.json`; a documented call that nothing shows fails the run.

use libtest_mimic::{Arguments, Failed, Trial};
use portcullis_compat::SURFACES;
use portcullis_testkit::exchanges::{Calls, Told, replay};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

type Shared = Arc<Mutex<Told>>;

fn main() {
    let arguments = Arguments::from_args();
    let whole = arguments.filter.is_none() && !arguments.list && arguments.skip.is_empty();
    let told: Vec<(&str, PathBuf, Shared)> = SURFACES
        .iter()
        .map(|surface| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(surface.rules.name);
            (surface.rules.name, folder, Shared::default())
        })
        .collect();
    let trials = told.iter().flat_map(|(name, folder, told)| stories(name, folder, told)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let mut good = true;
    if whole {
        for (name, folder, told) in &told {
            good &= conclude(name, folder, told);
        }
    }
    conclusion.exit_if_failed();
    std::process::exit(i32::from(!good));
}

fn stories(name: &'static str, folder: &Path, told: &Shared) -> Vec<Trial> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder.join("tests"))
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let story = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let told = told.clone();
            Trial::test(format!("{name}::{story}"), move || {
                let mut own = Told::default();
                let outcome = replay(name, &path, &mut own);
                told.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).merge(own);
                outcome.map_err(Failed::from)
            })
        })
        .collect()
}

/// Compares with the documented calls and writes what the page is made of.
fn conclude(name: &str, folder: &Path, told: &Shared) -> bool {
    let told = told.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let outcome = Calls::read(&folder.join("calls.toml")).and_then(|calls| {
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
        let target = target.join("compat");
        let written = fs::create_dir_all(&target)
            .and_then(|()| fs::write(target.join(format!("{name}.json")), format!("{:#}\n", told.to_json(&calls))));
        written.map_err(|error| error.to_string())?;
        told.check(&calls)
    });
    if let Err(faults) = &outcome {
        eprintln!("The calls of `{name}`:\n{faults}");
    }
    outcome.is_ok()
}
