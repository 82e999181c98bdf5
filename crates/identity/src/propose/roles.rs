//! Roles, permissions and the tables between them.

use super::{
    CardProposal,
    columns::{Found, assign, is_unique, key_column},
    fields::{Card, further},
    ground::{Ground, Reference},
    lexicon::listed,
    nouns::Noun,
};
use portcullis_schema::{Column, Table, TableId, TableKind};

const ROLES: &str = "role roles rolle rollen rol ruolo ruoli papel papeis rola role authority authorities";
const GROUPS: &str = "group groups gruppe gruppen groupe groupes grupo grupos gruppo gruppi groep groepen";
const PERMISSIONS: &str = "permission permissions berechtigung berechtigungen recht rechte privilege privileges permiso \
     permisos permissao permissoes permesso permessi droit droits right rights ability abilities \
     capability capabilities rechten uprawnienie uprawnienia";

/// The four cards, as far as there are tables for them.
pub fn propose<'t>(ground: &Ground<'t>, users: &'t Table, users_id: &'t Column) -> Vec<CardProposal> {
    let mut cards = Vec::new();
    let role = best(ground, Card::Role, users, &|noun| strength(noun, ROLES, GROUPS));
    let permission = best(ground, Card::Permission, users, &|noun| strength(noun, PERMISSIONS, ""));
    let Some((role_table, mut role)) = role else { return cards };
    let between = |near: TableId, far: TableId, card: Card| {
        let tables = ground.database.tables().iter();
        let free = tables.filter(|table| ![users.id, near, far].contains(&table.id));
        free.filter_map(|table| weigh_join(ground, card, table, near, far))
            .max_by(|a, b| a.confidence.total_cmp(&b.confidence).then_with(|| b.table.cmp(&a.table)))
    };
    let user_role = between(users.id, role_table.id, Card::UserRole)
        .or_else(|| own_column(ground, users, users_id, role_table))
        .or_else(|| polymorphic(ground, users, role_table));
    if let Some(user_role) = user_role {
        role.confidence += 0.20;
        role.reasons.push(format!("`{}` gives them to users", user_role.table));
        cards.push(user_role);
    }
    if let Some((permission_table, mut permission)) = permission {
        if let Some(join) = between(role_table.id, permission_table.id, Card::RolePermission) {
            permission.confidence += 0.20;
            permission.reasons.push(format!("`{}` gives them to roles", join.table));
            cards.push(join);
        }
        cards.push(permission);
    }
    cards.push(role);
    doubt_groups(&mut cards, ground.noun(role_table.id));
    for card in &mut cards {
        card.confidence = card.confidence.min(0.97);
    }
    cards.retain(|card| card.confidence >= 0.5);
    cards
}

// Groups are roles where permissions are given to them; elsewhere they may be anything.
fn doubt_groups(cards: &mut [CardProposal], noun: &Noun) {
    if noun.ends(ROLES) || cards.iter().any(|card| card.card == Card::RolePermission) {
        return;
    }
    for card in cards.iter_mut().filter(|card| matches!(card.card, Card::Role | Card::UserRole)) {
        card.confidence = card.confidence.min(0.7);
        card.reasons.insert(0, "groups may be something other than roles".to_owned());
    }
}

fn strength(noun: &Noun, sure: &str, likely: &str) -> f64 {
    let name = if noun.ends(sure) {
        1.0
    } else if noun.ends(likely) {
        0.8
    } else {
        return 0.0;
    };
    // `user_roles` and `role_permissions` stand between; `admin_roles` are for others.
    let words = &noun.words[..noun.words.len() - 1];
    let between = |word: &String| Noun::of(word, None).user >= 1.0 || listed(ROLES, word);
    let factor = if words.iter().any(between) {
        0.4
    } else if noun.backstage {
        0.6
    } else {
        1.0
    };
    name * factor
}

fn best<'t>(
    ground: &Ground<'t>,
    card: Card,
    users: &'t Table,
    name: &dyn Fn(&Noun) -> f64,
) -> Option<(&'t Table, CardProposal)> {
    let tables = ground.database.tables().iter().filter(|table| table.id != users.id);
    tables
        .filter_map(|table| Some((table, weigh(ground, card, table, users, name(ground.noun(table.id)))?)))
        .max_by(|a, b| a.1.confidence.total_cmp(&b.1.confidence).then_with(|| b.0.name.cmp(&a.0.name)))
}

fn weigh<'t>(ground: &Ground<'t>, card: Card, table: &'t Table, users: &Table, strength: f64) -> Option<CardProposal> {
    if strength <= 0.0 || table.info.kind != TableKind::Table {
        return None;
    }
    let id = key_column(table)?;
    let (mut found, _) = assign(table, further(card), |_, column, _| column.id != id.id || id.ty.is_text());
    let name = *found.get("name")?;
    let mut score = 0.40 * strength + 0.30;
    let mut reasons = vec![format!("`{}` is a usual name for {}s", table.name, card.word())];
    if is_unique(table, name.id) || table.unique_keys.iter().any(|key| key.contains(&name.id)) {
        score += 0.10;
        reasons.push(format!("`{}` names each once", name.name));
    }
    // A role that belongs to one user is something else.
    if ground.reference(table, users.id).is_some_and(|user| !user.column.nullable) {
        score *= 0.5;
    }
    found.insert("id", id);
    // The only key of the table may be its name.
    if found.get("name").is_some_and(|name| name.id == id.id) {
        score -= 0.05;
    }
    Some(CardProposal::new(card, table, &found, score, reasons))
}

fn weigh_join<'t>(
    ground: &Ground<'t>,
    card: Card,
    table: &'t Table,
    near: TableId,
    far: TableId,
) -> Option<CardProposal> {
    let (a, b) = (ground.reference(table, near)?, ground.reference(table, far)?);
    if a.column.id == b.column.id || table.info.kind != TableKind::Table {
        return None;
    }
    let noun = ground.noun(table.id);
    let mut score = 0.10 + declared(&a) + declared(&b);
    let mut most: f64 = 0.97;
    let mut reasons = vec![format!(
        "`{}` joins `{}` and `{}`",
        table.name,
        ground.database.table(near).name,
        ground.database.table(far).name
    )];
    if [ROLES, GROUPS, PERMISSIONS].iter().any(|list| noun.has(list)) {
        score += 0.20;
    }
    let pair = |key: &[_]| key.len() == 2 && key.contains(&a.column.id) && key.contains(&b.column.id);
    if table.unique_keys.iter().any(|key| pair(key)) {
        score += 0.10;
        reasons.push(format!("`{}` and `{}` together are unique", a.column.name, b.column.name));
    }
    let elsewhere =
        ground.declared(table.id).iter().any(|(column, _)| column.id != a.column.id && column.id != b.column.id);
    if table.columns.len() <= 4 {
        score += 0.10;
    }
    if elsewhere || table.columns.len() > 7 {
        most = 0.7;
        reasons.push("it holds more than a role: look whether a membership is meant".to_owned());
    }
    let fields = match card {
        Card::RolePermission => ["role_id", "permission_id"],
        _ => ["user_id", "role_id"],
    };
    let mut found = Found::from([(fields[0], a.column), (fields[1], b.column)]);
    let own = key_column(table).filter(|id| id.id != a.column.id && id.id != b.column.id);
    if let Some(id) = own {
        found.insert("id", id);
    }
    Some(CardProposal::new(card, table, &found, score.min(most), reasons))
}

const fn declared(reference: &Reference<'_>) -> f64 {
    if reference.declared { 0.25 } else { 0.20 }
}

// One role per user, kept in the users table itself.
fn own_column<'t>(
    ground: &Ground<'t>,
    users: &'t Table,
    users_id: &'t Column,
    roles: &'t Table,
) -> Option<CardProposal> {
    let role = ground.reference(users, roles.id)?;
    let found = Found::from([("user_id", users_id), ("role_id", role.column)]);
    let reasons =
        vec![format!("`{}`.`{}` points at `{}`: one role per user", users.name, role.column.name, roles.name)];
    Some(CardProposal::new(Card::UserRole, users, &found, if role.declared { 0.75 } else { 0.6 }, reasons))
}

// `model_id` and `model_type`: the rows of several tables in one.
fn polymorphic<'t>(ground: &Ground<'t>, users: &Table, roles: &'t Table) -> Option<CardProposal> {
    let tables = ground.database.tables().iter().filter(|table| table.id != users.id && table.id != roles.id);
    tables.filter(|table| ground.noun(table.id).has(ROLES)).find_map(|table| {
        let role = ground.reference(table, roles.id)?;
        let (kind, id) = table.columns.iter().find_map(|kind| {
            let stem = kind.name.strip_suffix("_type")?;
            Some((kind, table.column_by_name(&format!("{stem}_id"))?))
        })?;
        let found = Found::from([("user_id", id), ("role_id", role.column)]);
        let reasons = vec![format!(
            "`{}` joins roles with rows of any table: right if `{}` is always the user's",
            table.name, kind.name
        )];
        Some(CardProposal::new(Card::UserRole, table, &found, 0.65, reasons))
    })
}
