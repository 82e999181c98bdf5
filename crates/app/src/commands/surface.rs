//! `portcullis surface`: compatibility surfaces, on and off.

use crate::{
    Global,
    options::{self, DEFAULT_LISTEN},
    output::{moment, rfc3339, say, say_json, table},
};
use anyhow::bail;
use clap::{Args, Subcommand};
use portcullis_base::ProjectId;
use portcullis_compat::{Enabling, SURFACES, Scope};
use portcullis_control::Control;
use portcullis_schema::closest;
use serde_json::{Value, json};

/// Subcommands of `surface`.
#[derive(Debug, Subcommand)]
pub enum Surface {
    /// Let another product's clients in, and print what they need
    Enable(Enable),
    /// Answer them no longer; sessions they have opened live on
    Disable(Which),
    /// Every surface, and where it is on
    List {
        /// Only where it is on for this project
        #[arg(long, env = "PORTCULLIS_PROJECT")]
        project: Option<String>,
    },
}

/// Options of `surface enable`.
#[derive(Debug, Args)]
pub struct Enable {
    #[command(flatten)]
    which: Which,

    /// Where the node is reached from outside [default: the address of the node that runs]
    #[arg(long, env = "PORTCULLIS_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
}

/// Which surface, and for what.
#[derive(Debug, Args)]
pub struct Which {
    /// Its name; `portcullis surface list` shows them
    name: String,

    /// The project's name or id [default: the only one there is]
    #[arg(long, env = "PORTCULLIS_PROJECT")]
    project: Option<String>,
}

impl Which {
    fn surface(&self) -> anyhow::Result<&'static portcullis_compat::Surface> {
        let names = || SURFACES.iter().map(|surface| surface.rules.name);
        let Some(surface) = portcullis_compat::surface(&self.name) else {
            let hint = closest(&self.name, names()).map_or_else(
                || format!("; there are {}", names().collect::<Vec<_>>().join(", ")),
                |near| format!("; did you mean `{near}`?"),
            );
            bail!("there is no surface `{}`{hint}", self.name);
        };
        if surface.scope == Scope::Instance && self.project.is_some() {
            bail!("`{}` is on for the whole instance or not at all; leave --project out", self.name);
        }
        Ok(surface)
    }

    /// The project's id and name; `None` for a surface of the whole instance.
    async fn project(
        &self,
        control: &Control,
        surface: &portcullis_compat::Surface,
    ) -> anyhow::Result<Option<(ProjectId, String)>> {
        if surface.scope == Scope::Instance {
            return Ok(None);
        }
        let project = control.project(self.project.as_deref()).await?;
        Ok(Some((project.id, project.slug)))
    }
}

impl Surface {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let control = global.open(false)?;
        match self {
            Self::Enable(enable) => enable.run(global, &control).await,
            Self::Disable(which) => disable(global, &control, which).await,
            Self::List { project } => list(global, &control, project.as_deref()).await,
        }
    }
}

impl Enable {
    async fn run(&self, global: &Global, control: &Control) -> anyhow::Result<()> {
        let surface = self.which.surface()?;
        let project = self.which.project(control, surface).await?;
        let connection = match &project {
            Some((_, slug)) => Some(control.connection(Some(slug), None).await?),
            None => None,
        };
        let root = public_url(control, self.public_url.as_deref()).await?;
        let base_url = surface.url(&root, project.as_ref().map(|(_, slug)| slug.as_str()));
        // What clients need is made first: a surface that is on can be used.
        let needs = (surface.enable)(Enabling { control: control.clone(), connection, base_url }).await?;
        control.enable_surface(surface.rules.name, project.as_ref().map(|(id, _)| id)).await?;
        control.settle().await?;
        if global.json {
            return say_json(&needs);
        }
        let whose = project.map_or_else(|| "this instance".to_owned(), |(_, slug)| format!("project `{slug}`"));
        say(format_args!("The surface `{}` of {whose} is on. Its clients need:\n", surface.rules.name));
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        table(&needs.iter().map(|(name, value)| [name.clone(), text(value)]).collect::<Vec<_>>());
        if needs.keys().any(|name| name.ends_with("_key") || name.ends_with("_token")) {
            say("\nKeys that open everything are shown this once.");
        }
        Ok(())
    }
}

/// The base of the URLs: what was given, else where a node runs, else where one would listen.
async fn public_url(control: &Control, given: Option<&str>) -> anyhow::Result<String> {
    match (given, control.store().live_nodes().await?.first()) {
        (None, Some(node)) => Ok(node.url.clone()),
        _ => options::base(given, options::listen_address(DEFAULT_LISTEN)?),
    }
}

async fn disable(global: &Global, control: &Control, which: &Which) -> anyhow::Result<()> {
    let surface = which.surface()?;
    let project = which.project(control, surface).await?;
    let name = surface.rules.name;
    let was = control.disable_surface(name, project.as_ref().map(|(id, _)| id)).await?;
    control.settle().await?;
    if global.json {
        return say_json(&json!({ "surface": name, "project": project.map(|(_, slug)| slug), "enabled": false }));
    }
    say(format_args!("The surface `{name}` is off{}.", if was { "" } else { ", as it was" }));
    Ok(())
}

async fn list(global: &Global, control: &Control, project: Option<&str>) -> anyhow::Result<()> {
    let only = match project {
        Some(name) => Some(control.project(Some(name)).await?.id),
        None => None,
    };
    let (projects, switches) = (control.projects().await?, control.surfaces().await?);
    let slug = |id: &ProjectId| projects.iter().find(|one| one.id == *id).map(|one| one.slug.clone());
    let on: Vec<_> = switches
        .iter()
        .filter(|one| only.is_none() || one.project == only)
        .filter(|one| portcullis_compat::surface(&one.surface).is_some())
        .collect();
    if global.json {
        let all: Vec<Value> = SURFACES
            .iter()
            .map(|surface| {
                let own = on.iter().filter(|one| one.surface == surface.rules.name);
                let places: Vec<Value> = own
                    .map(|one| json!({ "project": one.project.as_ref().and_then(slug), "enabled_at": rfc3339(one.enabled_at) }))
                    .collect();
                json!({ "name": surface.rules.name, "enabled": places })
            })
            .collect();
        return say_json(&json!({ "data": all }));
    }
    let rows: Vec<[String; 3]> = SURFACES
        .iter()
        .flat_map(|surface| {
            let name = surface.rules.name;
            let own: Vec<[String; 3]> = on
                .iter()
                .filter(|one| one.surface == name)
                .map(|one| {
                    let place = one.project.as_ref().map_or_else(
                        || "the instance".to_owned(),
                        |id| slug(id).map_or_else(|| id.0.clone(), |slug| format!("project `{slug}`")),
                    );
                    [name.to_owned(), format!("on for {place}"), format!("since {}", moment(one.enabled_at))]
                })
                .collect();
            if own.is_empty() { vec![[name.to_owned(), "off".to_owned(), String::new()]] } else { own }
        })
        .collect();
    table(&rows);
    Ok(())
}
