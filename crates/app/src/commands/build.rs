//! `portcullis build`: what was served, and going back to it.

use crate::{
    Global,
    options::OfProject,
    output::{moment, note, rfc3339, say, say_json, table},
};
use clap::Subcommand;
use serde_json::{Value, json};

/// Subcommands of `build`.
#[derive(Debug, Subcommand)]
pub enum Build {
    /// The builds of a stage, the newest first
    List(OfProject),
    /// Serve an earlier build's settings again
    Deploy {
        /// Its id or number
        build: String,
        #[command(flatten)]
        of: OfProject,
    },
}

impl Build {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let control = global.open(false)?;
        match self {
            Self::List(of) => {
                let connection = control.connection(of.project.as_deref(), of.stage).await?;
                let builds = control.builds(&connection).await?;
                if global.json {
                    let all: Vec<Value> = builds
                        .iter()
                        .map(|info| {
                            json!({
                                "id": info.build.id, "number": info.build.number, "made_by": info.build.made_by,
                                "created_at": rfc3339(info.build.created_at), "served": info.served,
                            })
                        })
                        .collect();
                    return say_json(&json!({ "data": all }));
                }
                let rows: Vec<[String; 5]> = builds
                    .iter()
                    .map(|info| {
                        [
                            format!("#{}", info.build.number),
                            info.build.id.0.clone(),
                            info.build.made_by.clone(),
                            format!("{} UTC", moment(info.build.created_at)),
                            if info.served { "served".to_owned() } else { String::new() },
                        ]
                    })
                    .collect();
                table(&rows);
            }
            Self::Deploy { build, of } => {
                let connection = control.connection(of.project.as_deref(), of.stage).await?;
                let deployed = control.deploy(control.in_force(&connection.id).await?, build).await?;
                if !control.settle().await? {
                    note("A running node has not taken the change in yet; it will.");
                }
                if global.json {
                    return say_json(&json!({
                        "project": connection.slug, "stage": connection.stage, "from": build, "build": deployed,
                    }));
                }
                match deployed {
                    Some(new) => say(format_args!("Serving the settings of build {build} again, as build {new}.")),
                    None => say(format_args!("Build {build} is what is served.")),
                }
            }
        }
        Ok(())
    }
}
