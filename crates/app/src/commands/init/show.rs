//! What `init` prints in the end.

use super::{Init, Outcome};
use crate::{
    Global,
    output::{note, say, say_json, table},
    service::stage_path,
};
use portcullis_control::{Control, InForce};
use portcullis_identity::propose::Card;
use portcullis_project::Stage;
use portcullis_schema::{Table, TableKind};
use serde_json::{Value, json};

impl Init {
    pub(super) async fn show(&self, global: &Global, control: &Control, outcome: Outcome) -> anyhow::Result<()> {
        let Outcome { project_id, slug, in_force, keys, proposal, mut warnings } = outcome;
        let (root, running) = self.root(control).await?;
        let default = control.connection(Some(&slug), None).await?.id == in_force.connection.id;
        let stage: Stage = in_force.connection.stage.parse().map_err(anyhow::Error::msg)?;
        let base_url = format!("{root}{}", stage_path(&slug, stage, default));
        let mut moved = None;
        if default && keys.is_some() {
            moved = control.connections().await?.into_iter().find(|one| one.slug == slug && one.stage != stage.word());
        }
        if let Some(other) = moved {
            let warning = format!(
                "/p/{slug} is the stage {stage} from now on, with its own keys; the other stages are at \
                 /p/{slug}@{} and the like",
                other.stage
            );
            note(format_args!("warning: {warning}"));
            warnings.push(warning);
        }
        if global.json {
            let (mapping, tenancy) = proposal.to_json();
            return say_json(&json!({
                "project": { "id": project_id, "slug": slug },
                "stage": stage.word(),
                "base_url": base_url,
                "public_key": keys.as_ref().map(|keys| keys.public.expose()),
                "admin_key": keys.as_ref().map(|keys| keys.admin.expose()),
                "tables": tables(&in_force),
                "mapping": mapping,
                "tenancy": tenancy,
                "warnings": warnings,
            }));
        }
        say(format_args!("\nProject {slug} ({stage}) is ready.\n"));
        let mut rows = vec![
            ["API".to_owned(), base_url.clone()],
            ["Swagger UI".to_owned(), format!("{base_url}/swagger/index.html")],
        ];
        if let Some(keys) = &keys {
            rows.push(["Public key".to_owned(), keys.public.expose().clone()]);
            rows.push(["Admin key".to_owned(), format!("{}  (shown only this once)", keys.admin.expose())]);
        }
        let users = in_force.settings.mapping.user.table.as_deref().filter(|table| !table.is_empty());
        if let Some(users) = users {
            rows.insert(2, ["Sign in".to_owned(), format!("{base_url}/auth/login  (the users in {users})")]);
        }
        table(&rows);
        if let (Some(keys), Some(first)) = (&keys, first_served(&in_force)) {
            say("\nTry it:\n");
            say(format_args!("  curl -H 'X-Admin-Key: {}' '{base_url}/{first}?pageSize=3'", keys.admin.expose()));
        }
        if keys.is_some() && users.is_some() {
            say(format_args!("  curl '{base_url}/auth/login' --json '{{\"email\": \"...\", \"password\": \"...\"}}'"));
        }
        if keys.is_some() && first_served(&in_force).is_none() {
            say(nothing_served(&in_force, &slug));
        }
        if keys.is_none() {
            say("\nThe schema was read again. Keys stay as they are; `portcullis key rotate` makes new ones.");
            if let (None, Some(card)) = (users, proposal.all.card(Card::User)) {
                say(format_args!(
                    "\nNobody can sign in yet. `{}` looks like the users table: name it in `[mapping.user]` of the \
                     settings.",
                    card.table
                ));
            }
        }
        let waiting = in_force.waiting();
        if !waiting.tables.is_empty() || !waiting.columns.is_empty() {
            say(format_args!(
                "\nWaiting for approval: {}. Serve them with `portcullis schema approve --all --project {slug}`.",
                [waiting.tables, waiting.columns].concat().join(", ")
            ));
        }
        if !running {
            let dir = global.given_data_dir().map_or(String::new(), |dir| format!(" --data-dir {}", dir.display()));
            say(format_args!("\nStart the node:\n\n  portcullis serve{dir}"));
        }
        Ok(())
    }
}

/// Every table as `init --json` shows it.
pub fn tables(in_force: &InForce) -> Vec<Value> {
    let row = |table: &Table| {
        json!({
            "name": table.name,
            "model": table.model,
            "kind": table.info.kind.word(),
            "exposed": in_force.serves(&table.name),
        })
    };
    in_force.all_tables().tables().iter().map(row).collect()
}

/// The table to try first: one with a key, and rather not the users.
fn first_served(in_force: &InForce) -> Option<String> {
    let database = in_force.all_tables();
    let users = in_force.settings.mapping.user.table.as_ref();
    let served = database.tables().iter().filter(|table| in_force.serves(&table.name));
    served
        .min_by_key(|table| (table.primary_key.is_empty(), users == Some(&table.name)))
        .map(|table| table.name.clone())
}

/// What to do about an API that has no table to serve.
fn nothing_served(in_force: &InForce, slug: &str) -> String {
    if in_force.all_tables().tables().is_empty() {
        return format!(
            "\nThere is nothing to serve yet. Make tables, then:\n\n  portcullis connection sync --project {slug}\n  \
             portcullis schema approve --all --project {slug}"
        );
    }
    format!(
        "\nNo table is served yet. Write `expose = true` for those that should be:\n\n  \
         portcullis settings export --project {slug} > settings.toml\n  \
         portcullis settings apply --project {slug} --file settings.toml"
    )
}

pub(super) fn counted(tables: &[Table]) -> String {
    let views = tables.iter().filter(|table| table.info.kind != TableKind::Table).count();
    match (tables.len() - views, views) {
        (0, 0) => "an empty database".to_owned(),
        (tables, 0) => count(tables, "table"),
        (tables, views) => format!("{} and {}", count(tables, "table"), count(views, "view")),
    }
}

pub(super) fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}
