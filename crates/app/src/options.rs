//! Options that every command takes, and what follows from them.

use anyhow::{Context as _, bail};
use clap::{Args, builder::BoolishValueParser};
use portcullis_base::{Secret, SystemClock};
use portcullis_control::Control;
use portcullis_project::Stage;
use portcullis_store::{OpenOptions, Store};
use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
    sync::Arc,
};

/// Where a node listens unless it is told otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Where the instance keeps its data [default: ./portcullis-data]
    #[arg(long, global = true, env = "PORTCULLIS_DATA_DIR", value_name = "DIR", help_heading = "Instance")]
    data_dir: Option<PathBuf>,

    /// The control store: `sqlite` (in the data directory) or postgres://... [default: sqlite]
    #[arg(
        long,
        global = true,
        env = "PORTCULLIS_CONTROL",
        value_name = "STORE",
        hide_env_values = true,
        help_heading = "Instance"
    )]
    control: Option<String>,

    /// The config file [default: portcullis.toml, if there is one]
    #[arg(long, global = true, env = "PORTCULLIS_CONFIG", value_name = "FILE", help_heading = "Instance")]
    config: Option<PathBuf>,

    /// An instance on another machine
    #[arg(long, global = true, env = "PORTCULLIS_SERVER", value_name = "URL", help_heading = "Instance")]
    server: Option<String>,

    /// Print one JSON object instead of text
    #[arg(
        long,
        global = true,
        env = "PORTCULLIS_JSON",
        value_parser = BoolishValueParser::new(),
        help_heading = "Instance"
    )]
    pub json: bool,
}

/// `--project` and `--stage`.
#[derive(Debug, Clone, Args)]
pub struct OfProject {
    /// The project's name or id [default: the only one there is]
    #[arg(long, env = "PORTCULLIS_PROJECT")]
    pub project: Option<String>,

    /// development, staging or production [default: the one that /p/{project} serves]
    #[arg(long, env = "PORTCULLIS_STAGE")]
    pub stage: Option<Stage>,
}

impl Global {
    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| PathBuf::from("./portcullis-data"))
    }

    /// The data directory, if one was named.
    pub fn given_data_dir(&self) -> Option<PathBuf> {
        self.data_dir.clone()
    }

    /// The config file that was named, if one was.
    pub fn config(&self) -> Option<PathBuf> {
        self.config.clone()
    }

    /// Refuses what this version cannot do, instead of doing something else.
    pub fn check(&self) -> anyhow::Result<()> {
        if self.server.is_some() {
            bail!(
                "--server (an instance on another machine) is not available yet; run the command where the data directory is"
            );
        }
        match self.control.as_deref() {
            None | Some("" | "sqlite") => Ok(()),
            Some(other) if other.starts_with("postgres") => {
                bail!("--control postgres://... is not available yet; leave it out to use the embedded store")
            }
            Some(_) => bail!("--control must be `sqlite` or a postgres:// URL"),
        }
    }

    /// Opens the instance.
    pub fn open(&self, create: bool) -> anyhow::Result<Control> {
        self.open_at(self.data_dir(), create)
    }

    /// Opens the instance of another directory.
    pub fn open_at(&self, dir: PathBuf, create: bool) -> anyhow::Result<Control> {
        self.check()?;
        let master_key = std::env::var("PORTCULLIS_MASTER_KEY").ok().filter(|key| !key.is_empty()).map(Secret::new);
        let store = Store::open(&OpenOptions { dir, master_key, create })?;
        Ok(Control::new(store, Arc::new(SystemClock)))
    }
}

/// The address to listen on: `host:port`, or `:port` for every address.
pub fn listen_address(text: &str) -> anyhow::Result<SocketAddr> {
    let full = if text.starts_with(':') { format!("0.0.0.0{text}") } else { text.to_owned() };
    full.to_socket_addrs()
        .ok()
        .and_then(|mut all| all.next())
        .with_context(|| format!("`{text}` is no address to listen on; write host and port, such as {DEFAULT_LISTEN}"))
}

/// The base of every link: what was given, else the address the node listens on.
pub fn base(public_url: Option<&str>, address: SocketAddr) -> anyhow::Result<String> {
    if let Some(url) = public_url.filter(|url| !url.is_empty()) {
        let good =
            ["http://", "https://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        if !good || url.contains(['?', '#', ' ']) {
            bail!("--public-url must be a URL such as https://api.example, not `{url}`");
        }
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let host = match address {
        // One cannot call `every address`.
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => format!("127.0.0.1:{}", v4.port()),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => format!("[::1]:{}", v6.port()),
        other => other.to_string(),
    };
    Ok(format!("http://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_start_at_the_public_url_or_the_address() {
        let address = listen_address(":9000").unwrap();
        assert_eq!(base(None, address).unwrap(), "http://127.0.0.1:9000");
        assert_eq!(base(Some("https://api.example/"), address).unwrap(), "https://api.example");
        assert!(base(Some("api.example"), address).unwrap_err().to_string().contains("https://api.example"));
        assert!(listen_address("nonsense").unwrap_err().to_string().contains("127.0.0.1:8080"));
    }
}
