//! `portcullis mapping column`: what signing in would like the users table to have, as SQL, and run on approval.

use crate::{
    Global,
    options::OfProject,
    output::{note, say, say_json},
};
use clap::{Args, Subcommand, ValueEnum};
use portcullis_control::{ColumnOffer, UserField, WantedUserColumn, connect};
use serde_json::{Value, json};

/// Subcommands of `mapping`.
#[derive(Debug, Subcommand)]
pub enum Mapping {
    /// Show the SQL that gives the users table a column, or `password` more room; with --approve run it and map it
    Column(Column),
}

/// The fields, as they are typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Field {
    /// More room for the hash, so that argon2id fits
    Password,
    /// When the address was verified
    EmailVerified,
    /// When somebody last signed in
    LastLogin,
}

/// Options of `mapping column`.
#[derive(Debug, Args)]
pub struct Column {
    /// The field of `[mapping.user]`
    #[arg(value_enum)]
    field: Field,
    /// The new column's name [default: email_verified_at, last_login_at]
    #[arg(long, env = "PORTCULLIS_COLUMN")]
    column: Option<String>,
    /// Users who are there now count as verified; without it only those who have shown it here do
    #[arg(long)]
    existing_verified: bool,
    /// Run it
    #[arg(long)]
    approve: bool,
    #[command(flatten)]
    of: OfProject,
}

impl Mapping {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Column(column) => column.run(global).await,
        }
    }
}

impl Column {
    async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let control = global.open(false)?;
        let connection = control.connection(self.of.project.as_deref(), self.of.stage).await?;
        let before = control.in_force(&connection.id).await?;
        let field = match self.field {
            Field::Password => UserField::Password,
            Field::EmailVerified => UserField::EmailVerified,
            Field::LastLogin => UserField::LastLogin,
        };
        if field == UserField::Password && self.column.is_some() {
            anyhow::bail!("--column names a new column; `password` has one");
        }
        if field != UserField::EmailVerified && self.existing_verified {
            anyhow::bail!("--existing-verified goes with `email_verified`");
        }
        let wanted = WantedUserColumn { field, column: self.column.clone(), existing_verified: self.existing_verified };
        if self.approve {
            let (offer, build) = control.make_user_column(before, &wanted).await?;
            if !control.settle().await? {
                note("A running node has not taken the change in yet; it will.");
            }
            if global.json {
                let mut answer = described(&offer, field, true);
                answer["build"] = json!(build.map(|build| build.0));
                return say_json(&answer);
            }
            for sql in &offer.sql {
                note(format_args!("{sql};"));
            }
            say(format_args!("Done; `mapping.user.{}` is `{}.{}`.", field.word(), offer.table, offer.column));
            return Ok(());
        }
        let engine = connect(&control.target(&connection)?).await?;
        let offer = control.offer_user_column(&before, &wanted, &*engine).await?;
        if global.json {
            return say_json(&described(&offer, field, false));
        }
        for sql in &offer.sql {
            say(format_args!("{sql};"));
        }
        if field == UserField::EmailVerified && !self.existing_verified {
            note(
                "Users who are there count as unverified until they follow a link; with --existing-verified they count as \
                 verified. A password that was set before its address was verified is dropped when the address's owner \
                 comes in by a mail or a provider.",
            );
        }
        match offer.sql.is_empty() {
            true => note(format_args!("The database needs no change: `{}.{}` is there.", offer.table, offer.column)),
            false => note("Nothing was done. With --approve this is run, and the column is mapped."),
        }
        Ok(())
    }
}

fn described(offer: &ColumnOffer, field: UserField, approved: bool) -> Value {
    json!({
        "approved": approved,
        "field": field.word(),
        "table": offer.table,
        "column": offer.column,
        "sql": offer.sql,
    })
}
