//! `[[mounts]]` of `portcullis.toml`: host names and ports at which one surface of one project stands at `/`, so that a
//! client with a fixed path works.

use crate::config::DEFAULT;
use anyhow::{Context as _, bail};
use axum::{
    body::Body,
    http::{Request, header},
};
use portcullis_compat::{SURFACES, Scope, Surface, surface};
use portcullis_schema::closest;
use serde::Deserialize;
use std::path::Path;

/// The key in the file.
const KEY: &str = "mounts";
/// Our own surface.
const NATIVE: &str = "native";

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// The host name.
    pub host: String,
    /// A port beside that of `--listen`; there the node answers for this host alone.
    pub port: Option<u16>,
    /// `native`, or a compatibility surface's name.
    pub surface: String,
    /// The project, by name or id, `shop@staging` for another than its default stage.
    pub project: Option<String>,
}

/// The entries of the config file that was named, or of the default one.
pub fn read(config: Option<&Path>) -> anyhow::Result<Vec<Mount>> {
    let path = config.unwrap_or(Path::new(DEFAULT));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && config.is_none() => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read the config file `{}`", path.display())),
    };
    let mut values: toml::Table = toml::from_str(&text)?;
    of(&mut values)
}

/// Takes the entries out of what a config file holds.
pub fn of(values: &mut toml::Table) -> anyhow::Result<Vec<Mount>> {
    let Some(value) = values.remove(KEY) else { return Ok(Vec::new()) };
    let all: Vec<Mount> = value.try_into().map_err(|error: toml::de::Error| {
        anyhow::anyhow!("`[[mounts]]`: {}", error.to_string().trim_end().replace('\n', " "))
    })?;
    for (at, mount) in all.iter().enumerate() {
        check(mount)?;
        let same = |other: &&Mount| other.host.eq_ignore_ascii_case(&mount.host) && other.port == mount.port;
        if all[..at].iter().any(|other| same(&other)) {
            bail!("`[[mounts]]` binds `{}` twice", mount.host);
        }
    }
    Ok(all)
}

fn check(mount: &Mount) -> anyhow::Result<()> {
    let Mount { host, surface: name, .. } = mount;
    let good = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b));
    let with_port = !host.starts_with('[') && host.contains(':');
    if !good || with_port {
        bail!(
            "`[[mounts]]`: `{host}` is no host name; write one such as api.shop.example, and a port as `port = 9001`"
        );
    }
    let found = surface(name);
    if found.is_none() && name != NATIVE {
        let known: Vec<&str> = std::iter::once(NATIVE).chain(SURFACES.iter().map(|one| one.rules.name)).collect();
        let hint = closest(name, known.iter().copied())
            .map_or_else(|| format!("; there are {}", known.join(", ")), |near| format!("; did you mean `{near}`?"));
        bail!("`[[mounts]]` of `{host}`: there is no surface `{name}`{hint}");
    }
    let needs = found.is_none_or(|surface| surface.scope == Scope::InPath);
    if needs && mount.project.is_none() {
        bail!("`[[mounts]]` of `{host}`: `{name}` needs a `project`");
    }
    if found.is_some_and(|surface| surface.scope == Scope::Instance) && mount.project.is_some() {
        bail!("`[[mounts]]` of `{host}`: `{name}` is for the whole instance and takes no `project`");
    }
    Ok(())
}

/// A mount, ready to be asked.
#[derive(Debug)]
pub struct Mounted {
    host: String,
    port: Option<u16>,
    /// `None` for our own.
    pub surface: Option<&'static Surface>,
    /// The project's name.
    pub project: Option<String>,
    /// What all surfaces are given, with the mount's own URL.
    pub state: portcullis_web::State,
}

impl Mounted {
    /// The mount on a node whose surfaces are given `state`.
    pub fn new(mount: &Mount, state: &portcullis_web::State) -> Self {
        let (scheme, rest) = state.public_url.split_once("://").unwrap_or(("http", ""));
        let authority = rest.split('/').next().unwrap_or_default();
        let own = authority.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        let port = mount.port.or(own).map_or_else(String::new, |port| format!(":{port}"));
        Self {
            host: mount.host.to_ascii_lowercase(),
            port: mount.port,
            surface: surface(&mount.surface),
            project: mount.project.clone(),
            state: portcullis_web::State { public_url: format!("{scheme}://{}{port}", mount.host), ..state.clone() },
        }
    }

    /// Whether a request that came in at `port` is this mount's; `None` is the port of `--listen`.
    pub fn takes(&self, request: &Request<Body>, port: Option<u16>) -> bool {
        let given = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let host = given.or_else(|| request.uri().host()).unwrap_or_default();
        let bare = match host.rsplit_once(':') {
            Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !bare.is_empty() => bare,
            _ => host,
        };
        bare.eq_ignore_ascii_case(&self.host) && (self.port.is_none() || self.port == port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        of(&mut toml::from_str(text).unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn a_mount_that_cannot_be_is_refused_with_what_would_be() {
        let native = "[[mounts]]\nhost = \"api.shop.example\"\nsurface = \"native\"\n";
        assert!(refused(native).contains("`native` needs a `project`"));
        assert!(refused("[[mounts]]\nhost = \"a:1\"\nsurface = \"native\"\nproject = \"p\"").contains("port = 9001"));
        assert!(refused("[[mounts]]\nhost = \"a\"\nsurface = \"natve\"").contains("did you mean `native`?"));
        assert!(refused("[[mounts]]\nhost = \"a\"\nsurfaces = \"native\"").contains("unknown field"));
        let twice = format!("{native}project = \"shop\"\n");
        assert!(refused(&format!("{twice}{twice}")).contains("twice"));
        assert_eq!(of(&mut toml::from_str(&twice).unwrap()).unwrap()[0].project.as_deref(), Some("shop"));
    }
}
