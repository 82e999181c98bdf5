//! The proposal as a person reads it and as `init --json` prints it.

use super::{Card, CardProposal, Proposals, TenancyProposal};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, fmt::Write as _};

/// The text that `init` shows before it asks: a line per card with its confidence and first reason, its columns, and
/// what to do next.
pub fn describe(proposals: &Proposals) -> String {
    let mut out = String::new();
    if proposals.cards.is_empty() {
        out.push_str("No table of users was found. The API works with keys; nobody can sign in.\n");
        out.push_str("Name the table in the settings to change that: [mapping.user] table = \"...\"\n");
        return out;
    }
    out.push_str("Proposed mapping:\n");
    for card in &proposals.cards {
        describe_card(&mut out, card);
    }
    for other in &proposals.runners_up {
        line(
            &mut out,
            &format!("  (also possible: {} {}, {})", other.card.word(), other.table, percent(other.confidence)),
        );
    }
    if let Some(tenancy) = &proposals.tenancy {
        describe_tenancy(&mut out, tenancy);
    }
    out.push_str(next_step(proposals));
    out
}

fn describe_card(out: &mut String, card: &CardProposal) {
    let reason = card.reasons.first().map(|reason| format!(": {reason}")).unwrap_or_default();
    line(out, &format!("  {:<20} {} ({}){reason}", card.card.word(), card.table, percent(card.confidence)));
    let columns: Vec<String> = ordered(card).map(|(field, column)| format!("{field}={column}")).collect();
    line(out, &format!("  {:<20}   {}", "", columns.join(", ")));
    for warning in &card.warnings {
        line(out, &format!("  {:<20}   note: {warning}", ""));
    }
}

fn describe_tenancy(out: &mut String, tenancy: &TenancyProposal) {
    let reason = tenancy.reasons.first().map(|reason| format!(": {reason}")).unwrap_or_default();
    let place = format!("{} by {}", tenancy.tenant_table, tenancy.tenant_column);
    line(out, &format!("  {:<20} {place} ({}){reason}", "tenancy", percent(tenancy.confidence)));
    let through: Vec<String> =
        tenancy.through.iter().map(|(table, parent)| format!("{table} through {parent}")).collect();
    for (word, list) in [("through", &through), ("shared", &tenancy.exclude), ("undecided", &tenancy.undecided)] {
        if !list.is_empty() {
            line(out, &format!("  {:<20}   {word}: {}", "", list.join(", ")));
        }
    }
    if !tenancy.is_sure() {
        line(out, &format!("  {:<20}   note: not certain enough to be taken unless you say so", ""));
    }
}

fn next_step(proposals: &Proposals) -> &'static str {
    if proposals.sure_cards().contains(&Card::User) {
        "Take it as it stands, or correct it in the settings: docs/guide/mapping.md\n"
    } else {
        "The users table is not certain: look at it before you say yes, or name it in the settings: docs/guide/mapping.md\n"
    }
}

fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "{text}");
}

fn percent(confidence: f64) -> String {
    format!("{:.0} %", confidence * 100.0)
}

fn ordered(card: &CardProposal) -> impl Iterator<Item = (&'static str, &String)> {
    card.card.fields().iter().filter_map(|field| Some((*field, card.fields.get(field)?)))
}

/// `mapping` and `tenancy` of `init --json`: all proposals, each with whether it was accepted. `tenancy` is null where
/// none is proposed.
pub fn to_json(proposals: &Proposals, accepted: &BTreeSet<Card>, tenancy_accepted: bool) -> (Value, Value) {
    let mapping: Map<String, Value> = proposals
        .cards
        .iter()
        .map(|card| (card.card.word().to_owned(), card_json(card, accepted.contains(&card.card))))
        .collect();
    let tenancy = proposals.tenancy.as_ref().map(|found| tenancy_json(found, tenancy_accepted));
    (Value::Object(mapping), tenancy.unwrap_or(Value::Null))
}

fn card_json(card: &CardProposal, accepted: bool) -> Value {
    let mut object = Map::new();
    object.insert("table".to_owned(), json!(card.table));
    object.extend(ordered(card).map(|(field, column)| (field.to_owned(), json!(column))));
    let reasons: Vec<&String> = card.reasons.iter().chain(&card.warnings).collect();
    object.insert("confidence".to_owned(), json!((card.confidence * 100.0).round() / 100.0));
    object.insert("reasons".to_owned(), json!(reasons));
    object.insert("accepted".to_owned(), json!(accepted));
    Value::Object(object)
}

fn tenancy_json(found: &TenancyProposal, accepted: bool) -> Value {
    let membership = found
        .membership
        .as_ref()
        .map(|members| json!({"table": members.table, "user_id": members.user_id, "tenant_id": members.tenant_id}));
    let mut object = json!({
        "tenant_table": found.tenant_table,
        "tenant_column": found.tenant_column,
        "exclude": found.exclude,
        "through": found.through,
        "undecided": found.undecided,
        "single_user": found.single_user,
        "confidence": found.confidence,
        "reasons": found.reasons,
        "accepted": accepted,
    });
    if let (Some(membership), Some(object)) = (membership, object.as_object_mut()) {
        object.insert("membership".to_owned(), membership);
    }
    object
}
