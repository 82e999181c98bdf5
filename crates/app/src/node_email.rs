//! `[email]` of `portcullis.toml`: the mail server of projects without a section of their own.

use crate::config::DEFAULT;
use anyhow::{Context as _, bail};
use portcullis_base::Secret;
use portcullis_identity::mails::NodeEmail;
use portcullis_project::settings::EmailSettings;
use portcullis_schema::closest;
use std::path::Path;

/// The section in the file.
const KEY: &str = "email";
/// Before the name of a variable that holds the password.
const FROM_ENVIRONMENT: &str = "env:";
/// What a project's settings say in place of a password; here it would name nothing.
const FROM_SETTINGS: &str = "secret:";

/// The section as it stands, with the password still where it was written.
#[derive(Debug)]
pub struct Section {
    settings: EmailSettings,
    password: Option<Secret<String>>,
}

/// The section of the config file that was named, or of the default one, with its password.
pub fn read(config: Option<&Path>) -> anyhow::Result<Option<NodeEmail>> {
    let path = config.unwrap_or(Path::new(DEFAULT));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && config.is_none() => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read the config file `{}`", path.display())),
    };
    let mut values: toml::Table = toml::from_str(&text)?;
    of(&mut values)?.map(|section| resolved(section, |name| std::env::var(name).ok())).transpose()
}

/// Takes the section out of what a config file holds.
pub fn of(values: &mut toml::Table) -> anyhow::Result<Option<Section>> {
    let Some(value) = values.remove(KEY) else { return Ok(None) };
    let toml::Value::Table(mut table) = value else { bail!("`email` must be a section: write `[email]`") };
    let known = keys()?;
    if let Some(wrong) = table.keys().find(|key| !known.contains(key)) {
        let near = closest(wrong, known.iter().map(String::as_str));
        let hint = near
            .map_or_else(|| format!("; known: {}", known.join(", ")), |near| format!("; did you mean `email.{near}`?"));
        bail!("`email.{wrong}` is not an option{hint}");
    }
    // Taken out first: what is wrong with the rest may be shown.
    let password = match table.remove("password") {
        None => None,
        Some(toml::Value::String(text)) if text.is_empty() => bail!("`email.password` is empty"),
        Some(toml::Value::String(text)) if text.starts_with(FROM_SETTINGS) => {
            bail!(
                "`email.password` of this file must be \"env:NAME\" or the password; only projects keep secrets by name"
            )
        }
        Some(toml::Value::String(text)) => Some(Secret::new(text)),
        Some(_) => bail!("`email.password` must be text"),
    };
    let mut settings: EmailSettings = toml::Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| anyhow::anyhow!("`[email]`: {}", error.to_string().trim_end()))?;
    // The rules are those of a project's section, where a password has a name.
    settings.password = password.as_ref().map(|_| format!("{FROM_SETTINGS}node"));
    if let Some(fault) = settings.faults().first() {
        bail!("{fault}");
    }
    if !settings.is_set_up() {
        bail!("`email.host` is missing: the name of the mail server");
    }
    settings.password = None;
    Ok(Some(Section { settings, password }))
}

fn resolved(section: Section, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<NodeEmail> {
    let password = match section.password {
        Some(text) => match text.expose().strip_prefix(FROM_ENVIRONMENT) {
            Some(name) => {
                let value = variable(name).filter(|value| !value.is_empty());
                let value =
                    value.with_context(|| format!("`email.password` is to come from `{name}`, which is not set"))?;
                Some(Secret::new(value))
            }
            None => Some(text),
        },
        None => None,
    };
    Ok(NodeEmail { settings: section.settings, password })
}

/// Every key of the section.
fn keys() -> anyhow::Result<Vec<String>> {
    let all = serde_json::to_value(EmailSettings::default())?;
    Ok(all.as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = "[email]\nhost = \"smtp.example\"\nfrom_address = \"no-reply@shop.example\"\n";

    fn section(more: &str) -> anyhow::Result<NodeEmail> {
        let section = of(&mut toml::from_str(&format!("{RIGHT}{more}")).unwrap())?.unwrap();
        resolved(section, |name| (name == "SMTP").then(|| "hunter2".to_owned()))
    }

    #[test]
    fn the_password_is_written_there_or_comes_from_the_environment() {
        let login = |password: &str| section(&format!("username = \"u\"\npassword = \"{password}\""));
        for word in ["hunter2", "env:SMTP"] {
            let email = login(word).unwrap();
            assert_eq!(email.password.as_ref().unwrap().expose(), "hunter2");
            assert!(!format!("{email:?}").contains("hunter2"));
        }
        assert!(section("").unwrap().password.is_none());
        assert!(login("env:OTHER").unwrap_err().to_string().contains("`OTHER`, which is not set"));
        assert!(login("secret:smtp").unwrap_err().to_string().contains("env:NAME"));
    }

    #[test]
    fn rel_22_what_cannot_be_is_refused_with_what_would_be() {
        for (more, says) in [
            ("pasword = \"x\"", "`email.pasword` is not an option; did you mean `email.password`?"),
            ("zzz = 1", "known: "),
            ("password = \"hunter2\"", "go together"),
            ("port = 0", "587"),
            ("port = \"x\"", "`[email]`: "),
        ] {
            let error = section(more).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("hunter2"), "{error}");
        }
        let none = of(&mut toml::from_str("[email]\nfrom_name = \"Shop\"").unwrap()).unwrap_err().to_string();
        assert!(none.contains("`email.host` is missing"), "{none}");
        assert!(of(&mut toml::from_str("email = \"x\"").unwrap()).unwrap_err().to_string().contains("`[email]`"));
        assert!(of(&mut toml::from_str("listen = \"x\"").unwrap()).unwrap().is_none());
    }
}
