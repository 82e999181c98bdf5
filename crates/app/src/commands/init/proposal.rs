//! The mapping that `init` proposes, asks about and writes into the settings.

use crate::output::{ask, note};
use portcullis_control::check;
use portcullis_crypto::password::identify;
use portcullis_engines::Engine;
use portcullis_identity::propose::{self, Card, CardProposal, EngineSampler, Look, Proposals, Samples};
use portcullis_project::{
    Settings,
    settings::{CardKind, Mapping, Membership, TenancySettings},
};
use portcullis_schema::Catalog;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What was proposed, and what of it was taken.
#[derive(Debug, Default)]
pub struct Proposal {
    /// Everything that was proposed.
    pub all: Proposals,
    /// The cards that were taken.
    pub accepted: BTreeSet<Card>,
    /// What goes into the settings.
    pub mapping: Mapping,
    /// The tenancy that was taken.
    pub tenancy: Option<TenancySettings>,
    /// What the operator should know.
    pub warnings: Vec<String>,
}

impl Proposal {
    /// Looks at the schema and at some rows. Takes nothing yet.
    pub async fn look(catalog: &Catalog, engine: &dyn Engine) -> Self {
        let samples = Samples::take(catalog, &EngineSampler(engine), looks).await;
        let all = propose::propose(catalog, &samples);
        Self { all, ..Self::default() }
    }

    /// Shows it and asks the one question; without a terminal, or with `yes`, what is sure enough is taken.
    pub fn confirm(&mut self, catalog: &Catalog, yes: bool) {
        note(propose::describe(&self.all).trim_end());
        let Some(user) = self.all.card(Card::User) else { return };
        let sure = self.all.sure_cards();
        let (certain, table) = (sure.contains(&Card::User), user.table.clone());
        if let Some(fault) = unusable(user, catalog) {
            self.warn(format!("nobody can sign in: `{table}` looks like the users table, but {fault}"));
            return;
        }
        let taken = if yes { certain } else { ask(&format!("Let the users in `{table}` sign in?"), certain) };
        if !taken {
            let why = if certain { "" } else { ", as it is not certain" };
            self.warn(format!(
                "`{table}` was not mapped{why}; nobody can sign in until the settings name a users table"
            ));
            return;
        }
        let wanted = self.all.cards.clone();
        for card in wanted.iter().filter(|card| card.card == Card::User || sure.contains(&card.card)) {
            match unusable(card, catalog) {
                Some(fault) => self.warn(format!("`{}` was not mapped: {fault}", card.table)),
                None => drop(self.accepted.insert(card.card)),
            }
        }
        self.mapping = mapping(self.all.cards.iter().filter(|card| self.accepted.contains(&card.card)));
        self.confirm_tenancy(yes);
        self.warn_of_what_follows();
    }

    /// Whether rows are kept apart by tenant; users as tenants of their own are never taken without a person's yes.
    fn confirm_tenancy(&mut self, yes: bool) {
        let Some(found) = &self.all.tenancy else { return };
        let certain = found.is_sure();
        let question = match found.single_user {
            true => format!("Does everybody see only the rows of their own, by `{}`?", found.tenant_column),
            false => format!("Keep rows apart by `{}` (`{}`)?", found.tenant_table, found.tenant_column),
        };
        if !(if yes { certain } else { ask(&question, certain) }) {
            return;
        }
        let membership = found.membership.as_ref().map(|members| Membership {
            table: members.table.clone(),
            user_id: members.user_id.clone(),
            tenant_id: members.tenant_id.clone(),
        });
        self.tenancy = Some(TenancySettings {
            enabled: true,
            tenant_table: Some(found.tenant_table.clone()),
            tenant_column: Some(found.tenant_column.clone()),
            exclude: found.exclude.clone(),
            through: found.through.clone(),
            membership,
            ..TenancySettings::default()
        });
    }

    /// Writes the tenancy that was taken into the settings. A table that nobody decided about is not exposed; a tenancy
    /// that does not fit is not taken.
    pub fn apply_tenancy(&mut self, settings: &mut Settings, catalog: &Catalog) {
        let Some(tenancy) = self.tenancy.clone() else { return };
        let undecided = self.all.tenancy.as_ref().map(|found| found.undecided.clone()).unwrap_or_default();
        let mut wanted = Settings { tenancy, ..settings.clone() };
        let mut closed = Vec::new();
        for name in undecided {
            if let Some(table) = wanted.tables.get_mut(&name).filter(|table| table.expose) {
                table.expose = false;
                closed.push(format!("`{name}`"));
            }
        }
        let faults = check(&wanted, catalog);
        if !faults.is_empty() {
            self.tenancy = None;
            self.warn(format!("the tenancy was not taken: {}", faults.join("; ")));
            return;
        }
        *settings = wanted;
        if !closed.is_empty() {
            self.warn(format!(
                "not exposed, as nobody has decided whose their rows are: {}; name each in `tenancy.exclude` or \
                 `tenancy.through`, or give it the column with `portcullis tenancy column`",
                closed.join(", ")
            ));
        }
    }

    /// Marks as accepted what the settings in force map already.
    pub fn compare(&mut self, settings: &Settings) {
        let mapped = |card: &CardProposal| {
            let kind = CardKind::ALL.into_iter().find(|kind| kind.word() == card.card.word());
            kind.and_then(|kind| settings.mapping.card(kind)).is_some_and(|(table, _)| table == card.table)
        };
        self.accepted = self.all.cards.iter().filter(|card| mapped(card)).map(|card| card.card).collect();
        self.tenancy = settings.tenancy.enabled.then(|| settings.tenancy.clone());
    }

    /// `mapping` and `tenancy` of `init --json`.
    pub fn to_json(&self) -> (Value, Value) {
        propose::to_json(&self.all, &self.accepted, self.tenancy.is_some())
    }

    fn warn_of_what_follows(&mut self) {
        if !self.accepted.contains(&Card::User) {
            return;
        }
        let others: Vec<String> = (self.all.cards.iter())
            .filter(|card| self.accepted.contains(&card.card) && grants(card.card))
            .map(|card| format!("`{}` ({})", card.table, card.card.word()))
            .collect();
        if !others.is_empty() {
            self.warn(format!(
                "mapped and served to nobody: {}; they decide about access once the settings say `[rbac] enabled = true`",
                others.join(", ")
            ));
        }
        if let Some(tenancy) =
            self.all.tenancy.as_ref().filter(|tenancy| !tenancy.single_user && self.tenancy.is_none())
        {
            let (table, column) = (tenancy.tenant_table.clone(), tenancy.tenant_column.clone());
            self.warn(format!(
                "`{table}` looks like a table of tenants (by `{column}`), and `[tenancy]` was not switched on: whoever \
                 signs in reads the rows of all of them in every exposed table"
            ));
        }
        let table = self.mapping.user.table.clone().unwrap_or_default();
        self.warn(format!(
            "strangers may sign up (`auth.self_signup`), and whoever is signed in may write every exposed table but \
             `{table}`; `access` in the settings narrows that"
        ));
    }

    fn warn(&mut self, warning: String) {
        note(format_args!("warning: {warning}"));
        self.warnings.push(warning);
    }
}

/// Cards whose tables say what roles may do.
const fn grants(card: Card) -> bool {
    matches!(card, Card::Permission | Card::RolePermission)
}

/// What keeps a card from being mapped, as a build would say it.
fn unusable(card: &CardProposal, catalog: &Catalog) -> Option<String> {
    let settings = Settings { mapping: mapping(std::iter::once(card)), ..Settings::default() };
    let faults = check(&settings, catalog);
    (!faults.is_empty()).then(|| faults.join("; "))
}

fn mapping<'c>(cards: impl Iterator<Item = &'c CardProposal>) -> Mapping {
    let tree: Map<String, Value> = cards
        .map(|card| {
            let columns = card.fields.iter().map(|(field, column)| ((*field).to_owned(), column.clone().into()));
            let fields: Map<String, Value> =
                [("table".to_owned(), card.table.clone().into())].into_iter().chain(columns).collect();
            (card.card.word().to_owned(), Value::Object(fields))
        })
        .collect();
    // Cards and fields have the same names here and there, which a test of theirs holds.
    serde_json::from_value(Value::Object(tree)).unwrap_or_default()
}

/// Hashes as they are verified later; a bare digest may be any digest.
fn looks(stored: &str) -> Option<Look> {
    let by_looks = propose::by_looks(stored);
    let Some(format) = identify(stored) else { return by_looks.map(|look| Look { sure: false, ..look }) };
    let sure = !format.is_legacy() && by_looks.is_none_or(|look| look.sure);
    Some(Look { word: by_looks.map_or(format.word(), |look| look.word), sure })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_field_of_every_card_is_one_of_the_settings() {
        for card in Card::ALL {
            let fields: BTreeMap<_, _> = card.fields().iter().map(|field| (*field, format!("c_{field}"))).collect();
            let proposal = CardProposal {
                card,
                table: "t".into(),
                fields,
                confidence: 1.0,
                reasons: Vec::new(),
                warnings: Vec::new(),
            };
            let mapping = mapping(std::iter::once(&proposal));
            let kind = CardKind::ALL.into_iter().find(|kind| kind.word() == card.word()).unwrap();
            let (_, mapped) = mapping.card(kind).unwrap_or_else(|| panic!("{}", card.word()));
            assert_eq!(mapped.iter().filter(|field| field.column.is_some()).count(), card.fields().len());
        }
    }

    #[test]
    fn hashes_are_sure_and_bare_digests_are_not() {
        let bcrypt = format!("$2y$10${}", "a".repeat(53));
        assert_eq!(looks(&bcrypt), Some(Look { word: "bcrypt ($2y$)", sure: true }));
        assert_eq!(looks(&"0".repeat(32)).map(|look| look.sure), Some(false));
        assert_eq!(looks(&"0".repeat(128)).map(|look| look.sure), Some(false));
        assert_eq!(looks("hello"), None);
    }
}
