//! Proposes the mapping after a sync: which table holds the users, which columns what, and why.
//!
//! Takes a catalogue and counts over a few rows; gives the cards, the tenancy and the reasons. Pure and deterministic,
//! but for [`Samples::take`], which reads the rows. Decides nothing: a person, or `--yes` above [`ACCEPT_ABOVE`], does.

mod columns;
mod engine;
mod fields;
mod ground;
mod lexicon;
mod linked;
mod looks;
mod names;
mod nouns;
mod roles;
mod samples;
mod show;
mod tenancy;
mod users;

pub use engine::EngineSampler;
pub use fields::Card;
pub use lexicon::means_active;
pub use looks::{HashLooks, Look, by_looks};
pub use samples::{ColumnSample, SampleRow, Sampler, Samples, TableSample};
pub use show::{describe, to_json};
pub use tenancy::{Membership, TenancyProposal};

use columns::Found;
use ground::Ground;
use portcullis_schema::{Catalog, Database, Naming, Serve, Table, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// Above this confidence `--yes` takes a proposal.
pub const ACCEPT_ABOVE: f64 = 0.8;

/// What a sync leads to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposals {
    /// At most one per card, in the order of the cards.
    pub cards: Vec<CardProposal>,
    /// The tenancy, if there seems to be one.
    pub tenancy: Option<TenancyProposal>,
    /// Further tables that may hold the users, the likeliest first.
    pub runners_up: Vec<CardProposal>,
}

/// One card, mapped.
#[derive(Debug, Clone, PartialEq)]
pub struct CardProposal {
    /// Which card.
    pub card: Card,
    /// The table's API name, as settings name it.
    pub table: String,
    /// Columns by field.
    pub fields: BTreeMap<&'static str, String>,
    /// 0 to 1.
    pub confidence: f64,
    /// Why, in sentences; the weightiest first.
    pub reasons: Vec<String>,
    /// What a person should look at before saying yes.
    pub warnings: Vec<String>,
}

impl CardProposal {
    fn new(card: Card, table: &Table, found: &Found<'_>, confidence: f64, reasons: Vec<String>) -> Self {
        let fields = found.iter().map(|(field, column)| (*field, column.name.clone())).collect();
        let confidence = (confidence.clamp(0.0, 1.0) * 100.0).round() / 100.0;
        Self { card, table: table.name.clone(), fields, confidence, reasons, warnings: Vec::new() }
    }
}

impl Proposals {
    /// The proposal of a card.
    pub fn card(&self, card: Card) -> Option<&CardProposal> {
        self.cards.iter().find(|proposal| proposal.card == card)
    }

    /// The cards that `--yes` takes.
    pub fn sure_cards(&self) -> BTreeSet<Card> {
        self.cards.iter().filter(|card| card.confidence > ACCEPT_ABOVE).map(|card| card.card).collect()
    }

    /// Whether `--yes` takes the tenancy: never that of single users, and only with a user card it can stand on.
    pub fn sure_tenancy(&self) -> bool {
        let user = self.card(Card::User).is_some_and(|card| card.confidence > ACCEPT_ABOVE);
        user && self.tenancy.as_ref().is_some_and(|found| found.confidence > ACCEPT_ABOVE && !found.single_user)
    }
}

/// Proposes what a catalogue and some samples suggest.
pub fn propose(catalog: &Catalog, samples: &Samples) -> Proposals {
    let database = Database::build(catalog, Naming::Table, &Serve::ALL);
    let ground = Ground::new(&database, samples);
    let mut users = users::ranked(&ground).into_iter();
    let Some(user) = users.next() else { return Proposals::default() };
    let runners_up = users.take(3).map(into_card).collect();
    let (table, id) = (user.table, user.found.get("id").copied());
    let mut cards = vec![into_card(user)];
    cards.extend(linked::propose(&ground, table));
    if let Some(id) = id {
        let taken: Vec<String> = cards.iter().skip(1).map(|card| card.table.clone()).collect();
        cards.extend(roles::propose(&ground, table, id).into_iter().filter(|card| !taken.contains(&card.table)));
    }
    cards.sort_by_key(|card| card.card);
    let mapped: Vec<TableId> = cards.iter().filter_map(|card| Some(database.by_name(&card.table)?.id)).collect();
    let tenancy = tenancy::propose(&ground, table, &mapped);
    Proposals { cards, tenancy, runners_up }
}

fn into_card(user: users::UserTable<'_>) -> CardProposal {
    let mut card = CardProposal::new(Card::User, user.table, &user.found, user.score, user.reasons);
    card.warnings = user.warnings;
    card
}
