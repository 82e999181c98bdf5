//! `portcullis.toml`: a value for any option of any command. Flags > environment > file > default.
//!
//! The file's values become the defaults of the arguments, so that there is one list of options.

use crate::{mounts, node_email};
use anyhow::{Context as _, bail};
use clap::{Arg, Command};
use portcullis_schema::closest;
use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

/// Read when no other file is named, if it is there.
pub(crate) const DEFAULT: &str = "portcullis.toml";

/// Options that may be written as a list of texts.
const LISTS: [&str; 1] = ["trusted_proxies"];

/// Gives the arguments of `command` the defaults that the config file names.
pub fn apply(command: Command, arguments: &[OsString]) -> anyhow::Result<Command> {
    let (path, named) = match path(arguments) {
        Some(path) => (path, true),
        None => (PathBuf::from(DEFAULT), false),
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => return Ok(command),
        Err(error) => return Err(error).with_context(|| format!("cannot read the config file `{}`", path.display())),
    };
    with_file(command, &text).with_context(|| format!("the config file `{}`", path.display()))
}

fn with_file(command: Command, text: &str) -> anyhow::Result<Command> {
    let mut values: toml::Table =
        toml::from_str(text).map_err(|error| anyhow::anyhow!("{}", error.to_string().trim_end()))?;
    // Sections of their own, read where they are used.
    mounts::of(&mut values)?;
    node_email::of(&mut values)?;
    let known = known(&command);
    let mut defaults = BTreeMap::new();
    for (key, value) in &flat(values) {
        if !known.contains(key) {
            let near = closest(key, known.iter().map(String::as_str));
            let hint = near
                .map_or_else(|| format!("; known: {}", known.join(", ")), |near| format!("; did you mean `{near}`?"));
            bail!("`{key}` is not an option{hint}");
        }
        let text = match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Boolean(_) | toml::Value::Integer(_) => value.to_string(),
            toml::Value::Array(all) if LISTS.contains(&key.as_str()) => list(key, all)?,
            _ => bail!("`{key}` must be text, a number, true or false"),
        };
        defaults.insert(key.clone(), &*text.leak());
    }
    Ok(with_defaults(command, &defaults))
}

/// A list as the command line takes it.
fn list(key: &str, all: &[toml::Value]) -> anyhow::Result<String> {
    let words: Option<Vec<&str>> = all.iter().map(toml::Value::as_str).collect();
    Ok(words.with_context(|| format!("`{key}` must be a list of texts"))?.join(","))
}

/// `[outbound] allow_private` is the option `outbound_allow_private`.
fn flat(values: toml::Table) -> toml::Table {
    let mut all = toml::Table::new();
    for (key, value) in values {
        match value {
            toml::Value::Table(inner) => {
                all.extend(inner.into_iter().map(|(name, value)| (format!("{key}_{name}"), value)))
            }
            value => drop(all.insert(key, value)),
        }
    }
    all
}

/// The file named on the command line or in the environment.
fn path(arguments: &[OsString]) -> Option<PathBuf> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--config" {
            return rest.next().map(PathBuf::from);
        }
        if let Some(path) = argument.to_str().and_then(|text| text.strip_prefix("--config=")) {
            return Some(PathBuf::from(path));
        }
    }
    std::env::var_os("PORTCULLIS_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from)
}

fn key(argument: &Arg) -> Option<String> {
    let long = argument.get_long()?;
    (!matches!(long, "config" | "help" | "version")).then(|| long.replace('-', "_"))
}

/// Every option of every command, as the file spells it.
fn known(command: &Command) -> Vec<String> {
    let mut all: Vec<String> = command.get_arguments().filter_map(key).collect();
    all.extend(command.get_subcommands().flat_map(known));
    all.sort();
    all.dedup();
    all
}

fn with_defaults(command: Command, defaults: &BTreeMap<String, &'static str>) -> Command {
    let set = |argument: Arg| match key(&argument).and_then(|key| defaults.get(&key)) {
        Some(value) => argument.default_value(*value),
        None => argument,
    };
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names
        .into_iter()
        .fold(command.mut_args(set), |command, name| command.mut_subcommand(name, |sub| with_defaults(sub, defaults)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Cli;
    use clap::{CommandFactory, FromArgMatches};

    fn data_dir(file: &str, arguments: &[&str]) -> PathBuf {
        let matches = with_file(Cli::command(), file).unwrap().try_get_matches_from(arguments).unwrap();
        Cli::from_arg_matches(&matches).unwrap().global.data_dir()
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
        let file = "data_dir = \"x\"\nlisten = \"127.0.0.1:1\"\nyes = true\njson = true\nproject = \"p\"";
        with_file(Cli::command(), file).unwrap().debug_assert();
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        assert_eq!(data_dir("", &["portcullis", "doctor"]), PathBuf::from("./portcullis-data"));
        assert_eq!(data_dir("data_dir = \"f\"", &["portcullis", "doctor"]), PathBuf::from("f"));
        assert_eq!(data_dir("data_dir = \"f\"", &["portcullis", "doctor", "--data-dir", "g"]), PathBuf::from("g"));
        assert_eq!(data_dir("data_dir = \"f\"", &["portcullis", "--data-dir", "g", "doctor"]), PathBuf::from("g"));
    }

    #[test]
    fn rel_22_an_unknown_key_is_refused_with_a_suggestion() {
        let error = with_file(Cli::command(), "lisen = \"x\"").unwrap_err().to_string();
        assert_eq!(error, "`lisen` is not an option; did you mean `listen`?");
    }
}
