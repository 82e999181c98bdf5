//! The cards that hang on the users: tokens, sessions, keys, links to other accounts.

use super::{
    CardProposal,
    columns::{Found, assign, is_unique, key_column},
    fields::{Card, Field, further},
    ground::{Ground, Reference},
    nouns::Noun,
};
use portcullis_schema::{Column, Table, TableId, TableKind};

/// The best table of each of the four cards, never one table twice.
pub fn propose<'t>(ground: &Ground<'t>, users: &'t Table) -> Vec<CardProposal> {
    let cards = [Card::PasswordResetToken, Card::Session, Card::ApiKey, Card::SocialProfile];
    let mut all: Vec<CardProposal> = cards
        .into_iter()
        .flat_map(|card| {
            let others = ground.database.tables().iter().filter(|table| table.id != users.id);
            others.filter_map(move |table| weigh(ground, card, table, users.id))
        })
        .filter(|proposal| proposal.confidence >= 0.5)
        .collect();
    all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then_with(|| a.table.cmp(&b.table)));
    let mut chosen: Vec<CardProposal> = Vec::new();
    for proposal in all {
        if !chosen.iter().any(|other| other.card == proposal.card || other.table == proposal.table) {
            chosen.push(proposal);
        }
    }
    chosen
}

/// The field without which the card is of no use.
const fn main_field(card: Card) -> &'static str {
    match card {
        Card::PasswordResetToken => "token",
        Card::Session => "refresh_token",
        Card::ApiKey => "key",
        _ => "provider_user_id",
    }
}

/// Further fields that the card needs.
const fn needed(card: Card) -> &'static [&'static str] {
    match card {
        Card::PasswordResetToken | Card::Session => &["expires_at"],
        Card::SocialProfile => &["provider"],
        _ => &[],
    }
}

fn name_strength(card: Card, noun: &Noun) -> f64 {
    let glued = noun.words.concat();
    let all = |parts: &[&str]| parts.iter().all(|part| glued.contains(part));
    let any = |options: &[&[&str]]| options.iter().any(|parts| all(parts));
    let (sure, likely): (&[&[&str]], &[&[&str]]) = match card {
        Card::PasswordResetToken => (
            &[
                &["password", "reset"],
                &["reset", "token"],
                &["password", "recover"],
                &["forgot", "password"],
                &["passwort", "reset"],
                &["passwort", "zuruck"],
                &["kennwort", "reset"],
                &["motdepasse"],
                &["reinitialisation"],
                &["restablec"],
                &["redefin", "senha"],
                &["recuper", "password"],
                &["recuper", "senha"],
                &["wachtwoord", "reset"],
                &["contrasena", "token"],
                &["password", "token"],
            ],
            &[&["reset"], &["recovery"]],
        ),
        Card::Session => (
            &[
                &["refresh", "token"],
                &["session"],
                &["sitzung"],
                &["sesion"],
                &["sessao"],
                &["sessoes"],
                &["sessie"],
                &["sessione"],
            ],
            &[],
        ),
        Card::ApiKey => (
            &[
                &["api", "key"],
                &["api", "token"],
                &["apischlussel"],
                &["cle", "api"],
                &["clave", "api"],
                &["chave", "api"],
            ],
            &[&["access", "token"], &["access", "key"], &["auth", "token"]],
        ),
        _ => (
            &[
                &["social"],
                &["oauth"],
                &["externallogin"],
                &["userlogins"],
                &["federated"],
                &["identities"],
                &["identity"],
                &["linkedaccount"],
                &["userprovider"],
                &["authprovider"],
                &["openid"],
            ],
            &[&["account"], &["login"], &["connection"], &["provider"], &["konto"], &["konten"]],
        ),
    };
    match () {
        () if any(sure) => 1.0,
        () if any(likely) => 0.7,
        () => 0.0,
    }
}

fn weigh<'t>(ground: &Ground<'t>, card: Card, table: &'t Table, users: TableId) -> Option<CardProposal> {
    let name = name_strength(card, ground.noun(table.id));
    if name <= 0.0 || table.info.kind != TableKind::Table {
        return None;
    }
    let user = ground.reference(table, users);
    let owner = user.or_else(|| account(ground, card, table))?;
    let id = key_column(table);
    let (mut found, _) = assign(table, further(card), |_: &Field, column, _| column.id != owner.column.id);
    let main = *found.get(main_field(card))?;
    let missing: Vec<_> = needed(card).iter().filter(|field| !found.contains_key(**field)).collect();
    if card == Card::SocialProfile && !missing.is_empty() {
        return None;
    }
    let mut reasons = vec![reference_reason(table, &owner, ground.database.table(users), user.is_some())];
    reasons.push(format!("`{}` holds the {}", main.name, main_field(card).replace('_', " ")));
    let mut score = 0.35 * name + if missing.is_empty() { 0.30 } else { 0.15 };
    score += if owner.declared { 0.20 } else { 0.12 };
    let mut most: f64 = 0.97;
    for field in missing {
        most = most.min(0.6);
        reasons.push(format!("it has no column for `{field}`"));
    }
    match id {
        Some(id) => {
            score += 0.10;
            found.insert("id", id);
        }
        None => {
            most = most.min(0.6);
            reasons.push("no single column is its key".to_owned());
        }
    }
    if is_unique(table, main.id) || unique_with(table, &found, "provider", main) {
        score += 0.05;
        reasons.push(format!("`{}` is unique", main.name));
    }
    if ["created_at", "used_at", "last_used", "revoked_at", "email"].iter().any(|field| found.contains_key(*field)) {
        score += 0.05;
    }
    if card == Card::Session && !holds_refresh_tokens(ground.noun(table.id), main) {
        most = most.min(0.65);
        reasons.insert(0, format!("`{}` may hold the old application's own session tokens", main.name));
    }
    found.insert(if user.is_some() { "user_id" } else { "account_id" }, owner.column);
    Some(CardProposal::new(card, table, &found, score.min(most), reasons))
}

fn holds_refresh_tokens(noun: &Noun, column: &Column) -> bool {
    noun.has("refresh") || column.name.to_lowercase().contains("refresh")
}

fn reference_reason(table: &Table, owner: &Reference<'_>, users: &Table, to_users: bool) -> String {
    match (to_users, owner.declared) {
        (true, true) => format!("`{}` has a foreign key to `{}`: `{}`", table.name, users.name, owner.column.name),
        (true, false) => format!("`{}` is named as if it pointed at `{}`", owner.column.name, users.name),
        (false, _) => format!("`{}` says whose it is", owner.column.name),
    }
}

// A key may belong to an account instead of a person.
fn account<'t>(ground: &Ground<'t>, card: Card, table: &'t Table) -> Option<Reference<'t>> {
    if card != Card::ApiKey {
        return None;
    }
    let tenants = ground.database.tables().iter().filter(|other| ground.noun(other.id).tenant >= 0.9);
    tenants.filter(|other| other.id != table.id).find_map(|other| ground.reference(table, other.id))
}

fn unique_with(table: &Table, found: &Found<'_>, field: &str, main: &Column) -> bool {
    found.get(field).is_some_and(|other| {
        table.unique_keys.iter().any(|key| key.len() == 2 && key.contains(&main.id) && key.contains(&other.id))
    })
}
