//! Which table holds the people who sign in, and which columns what about them.

use super::{
    columns::{Fits, Found, assign, is_unique, key_column},
    fields::{Field, USER},
    ground::Ground,
    lexicon::{OPPOSITES, listed, means_active},
    names::{Key, folded_words},
    samples::{ColumnSample, Samples},
};
use portcullis_schema::{Column, ColumnType, Database, Table, TableKind};

/// A table that may hold users.
#[derive(Debug)]
pub struct UserTable<'t> {
    /// The table.
    pub table: &'t Table,
    /// Its columns by field, `id` among them.
    pub found: Found<'t>,
    /// How sure it is, 0 to 1.
    pub score: f64,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

/// The tables whose rows may tell more, the likeliest first.
pub fn candidates(database: &Database) -> Vec<&Table> {
    let nothing = Samples::default();
    let ground = Ground::new(database, &nothing);
    let mut tables: Vec<(f64, &Table)> = database
        .tables()
        .iter()
        .filter_map(|table| weigh(&ground, table).map(|found| (found.score, table)))
        // What is called like users is worth a look, even if no column looks like it.
        .chain(database.tables().iter().filter_map(|table| {
            let noun = ground.noun(table.id);
            (noun.user >= 0.5 && !noun.beside).then_some((0.2, table))
        }))
        .filter(|(score, _)| *score >= 0.2)
        .collect();
    tables.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.name.cmp(&b.1.name)));
    let mut seen = Vec::new();
    tables.retain(|(_, table)| {
        !seen.contains(&table.id) && {
            seen.push(table.id);
            true
        }
    });
    tables.into_iter().map(|(_, table)| table).collect()
}

/// The columns whose values tell something: address, password, login name, status; where the first two are not known
/// by name, further columns of text.
pub fn telling_columns(table: &Table) -> Vec<&str> {
    let words = folded_words(&table.name);
    let is = |field: &&Field, column: &Column| {
        field.fits.holds(&column.ty) && Key::of(&column.name, &words).rank(field.names).is_some()
    };
    let named = |name: &str| {
        let field = USER.iter().find(|field| field.name == name);
        let columns = table.columns.iter().filter(move |column| field.as_ref().is_some_and(|field| is(field, column)));
        columns.map(|column| column.name.as_str()).collect::<Vec<_>>()
    };
    let (email, password) = (named("email"), named("password"));
    let unknown = email.is_empty() || password.is_empty();
    let mut columns: Vec<&str> = [email, password, named("username"), named("is_active")].concat();
    if unknown {
        let text = |column: &&Column| matches!(column.ty, ColumnType::Text { .. } | ColumnType::Other);
        columns.extend(table.columns.iter().filter(text).map(|column| column.name.as_str()));
    }
    let mut seen = Vec::new();
    columns.retain(|name| {
        !seen.contains(name) && {
            seen.push(*name);
            true
        }
    });
    columns
}

/// All tables that may hold users, the likeliest first.
pub fn ranked<'t>(ground: &Ground<'t>) -> Vec<UserTable<'t>> {
    let mut tables: Vec<UserTable<'t>> =
        ground.database.tables().iter().filter_map(|table| weigh(ground, table)).collect();
    // A table that points at the users describes them and is not them.
    let surest: Vec<_> = tables
        .iter()
        .filter(|found| ground.noun(found.table.id).user >= 0.9 && found.score >= 0.6)
        .map(|found| (found.table.id, found.score))
        .collect();
    for found in &mut tables {
        let parents = ground.declared(found.table.id);
        let points = parents.iter().find(|(_, id)| {
            *id != found.table.id && surest.iter().any(|(sure, score)| sure == id && *score > found.score)
        });
        if let Some((column, parent)) = points {
            found.score *= 0.6;
            let parent = &ground.database.table(*parent).name;
            found.reasons.push(format!("its `{}` points at `{parent}`, which looks more like it", column.name));
        }
    }
    tables.retain(|found| found.score >= 0.4);
    tables.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.table.name.cmp(&b.table.name)));
    doubt_a_close_race(&mut tables);
    tables
}

// Two tables that people can sign in with: which one is meant is not ours to say.
fn doubt_a_close_race(tables: &mut [UserTable<'_>]) {
    if let [first, second, ..] = tables
        && second.found.contains_key("password")
        && first.score - second.score < 0.06
        && first.score > 0.75
    {
        first.score = 0.75;
        first.reasons.insert(0, format!("`{}` looks almost as much like it", second.table.name));
    }
}

fn weigh<'t>(ground: &Ground<'t>, table: &'t Table) -> Option<UserTable<'t>> {
    let id = key_column(table)?;
    let noun = ground.noun(table.id);
    if noun.user <= 0.0 && !names_a_password(table) {
        return None;
    }
    let mut found = columns_of(ground, table, id);
    let has = |field: &str| found.contains_key(field);
    if !(has("email") || has("username")) || !(noun.user > 0.0 || has("password")) {
        return None;
    }
    let mut score = 0.30 * noun.user + 0.10;
    let mut reasons = Vec::new();
    if noun.user >= 0.9 {
        reasons.push(format!("`{}` is a usual name for the table of users", table.name));
    } else if noun.user > 0.0 {
        reasons.push(format!("`{}` may be a name for a table of users", table.name));
    }
    score += weigh_password(ground, table, found.get("password").copied(), &mut reasons);
    let mut most: f64 = 0.99;
    match address(ground, table, &mut found, &mut reasons) {
        Some(weight) => score += weight,
        None => {
            most = 0.6;
            reasons.insert(0, "no column of it holds addresses".to_owned());
        }
    }
    if !found.contains_key("password") {
        most = most.min(0.7);
        reasons.insert(0, no_password(ground, table));
    }
    let name = found.get("email").or_else(|| found.get("username"));
    if let Some(name) = name.filter(|column| is_unique(table, column.id)) {
        score += 0.05;
        reasons.push(format!("no two rows may share `{}`", name.name));
    }
    let pointing = ground.pointing_at(table);
    if pointing > 0 {
        score += [0.0, 0.04, 0.07, 0.10][pointing.min(3)];
        let (tables, points) = if pointing == 1 { ("table", "points") } else { ("tables", "point") };
        reasons.push(format!("{pointing} {tables} {points} at it"));
    }
    let further = ["firstname", "is_active", "created_at", "last_login", "email_verified"];
    score += further.iter().filter(|field| found.contains_key(**field)).count() as f64 * 0.01;
    if noun.backstage {
        reasons.push("its name says that it is for those who run the application".to_owned());
    }
    if noun.beside {
        score *= 0.4;
    }
    if table.info.kind != TableKind::Table {
        score *= 0.5;
        reasons.push("it is a view: nobody could sign up or change a password".to_owned());
    }
    found.insert("id", id);
    let warnings = warnings(table, &found);
    Some(UserTable { table, found, score: score.min(most), reasons, warnings })
}

fn names_a_password(table: &Table) -> bool {
    let words = folded_words(&table.name);
    let names = USER.iter().find(|field| field.name == "password").map_or("", |field| field.names);
    let named = |column: &Column| Key::of(&column.name, &words).rank(names).is_some();
    table.columns.iter().any(|column| Fits::Secret.holds(&column.ty) && named(column))
}

fn columns_of<'t>(ground: &Ground<'t>, table: &'t Table, id: &'t Column) -> Found<'t> {
    let sample = |column: &Column| ground.samples.column(&table.name, &column.name);
    let hashed = |column: &Column| sample(column).is_some_and(|seen| seen.all_hashes() * 2 >= seen.values);
    let some_hashed = table.columns.iter().any(|column| hashed(column) && Fits::Secret.holds(&column.ty));
    let pointing = ground.declared(table.id);
    let allowed = |field: &Field, column: &Column, key: &Key| {
        column.id != id.id
            && match field.name {
                "email" => sample(column).is_none_or(|seen| seen.addresses * 2 >= seen.values),
                // Among several columns the one that holds hashes.
                "password" => {
                    !some_hashed || hashed(column) || sample(column).is_none() && key.rank("password").is_some()
                }
                "is_active" => says_active(table, column, key, sample(column)),
                // A role by its key is the user_role card's.
                "role" => !pointing.iter().any(|(other, _)| other.id == column.id),
                _ => true,
            }
    };
    let (mut found, _) = assign(table, USER, allowed);
    fill(ground, table, &mut found, "password", |seen| seen.sure_hashes * 2 >= seen.values);
    let login = found.get("username").and_then(|column| sample(column));
    if login.is_none_or(|seen| seen.addresses * 10 < seen.values * 6) {
        fill(ground, table, &mut found, "email", |seen| seen.addresses * 10 >= seen.values * 8);
    }
    a_unique_name_is_a_login(table, &mut found);
    found
}

// A field that no name gave: the values have to.
fn fill<'t>(
    ground: &Ground<'t>,
    table: &'t Table,
    found: &mut Found<'t>,
    field: &'static str,
    is: impl Fn(&ColumnSample) -> bool,
) {
    if found.contains_key(field) {
        return;
    }
    let taken = |column: &Column| found.values().any(|own| own.id == column.id);
    let mut free = table.columns.iter().filter(|column| !taken(column) && !is_a_copy(&column.name));
    if let Some(column) = free.find(|column| ground.samples.column(&table.name, &column.name).is_some_and(&is)) {
        found.insert(field, column);
    }
}

// Normalised, former and further addresses are not the address.
fn is_a_copy(column: &str) -> bool {
    let words = folded_words(column);
    let copies = ["normalized", "canonical", "lower", "new", "old", "recovery", "backup", "unconfirmed", "billing"];
    words.iter().any(|word| copies.contains(&word.as_str()))
}

// `name` under a unique key is what people type.
fn a_unique_name_is_a_login(table: &Table, found: &mut Found<'_>) {
    if let (Some(name), false) = (found.get("firstname").copied(), found.contains_key("username"))
        && folded_words(&name.name).last().is_some_and(|word| word == "name")
        && folded_words(&name.name).len() <= 2
        && !["first", "given", "full", "display", "real"].contains(&folded_words(&name.name)[0].as_str())
        && table.unique_keys.iter().any(|key| key.contains(&name.id))
    {
        found.remove("firstname");
        found.insert("username", name);
    }
}

// A flag says it by its name; a status has to show a word (or a number) that means active.
fn says_active(table: &Table, column: &Column, key: &Key, sample: Option<&ColumnSample>) -> bool {
    const STATUS: &str =
        "status userstatus accountstatus state userstate zustand etat statut estado stato situacao durum";
    let status = key.rank(STATUS).is_some();
    let shown = || {
        let plain = |text: &str| text.trim_matches(['\'', '"', '(', ')']).to_lowercase();
        let default = column.default.as_deref().map(|text| plain(text.split("::").next().unwrap_or(text)));
        let label = match &column.ty {
            ColumnType::Enum { values } => values.iter().any(|value| means_active(value)),
            _ => false,
        };
        let checked = table.info.checks.iter().any(|check| {
            let text = check.expression.to_lowercase();
            text.contains(&column.name.to_lowercase()) && text.contains("'active'")
        });
        label
            || checked
            || default.as_deref().is_some_and(means_active)
            || sample.is_some_and(|seen| seen.active * 2 >= seen.values)
    };
    match column.ty {
        ColumnType::Boolean => true,
        ColumnType::Integer { .. } | ColumnType::Decimal { .. } => !status || shown(),
        _ => shown(),
    }
}

// What the address column adds; a login name stands in where its values are addresses or nothing better is known.
fn address<'t>(ground: &Ground<'_>, table: &Table, found: &mut Found<'t>, reasons: &mut Vec<String>) -> Option<f64> {
    let sample = |column: &Column| ground.samples.column(&table.name, &column.name);
    if let Some(email) = found.get("email") {
        match sample(email) {
            Some(seen) => reasons.push(format!(
                "{} of {} sampled values of `{}` are addresses",
                seen.addresses, seen.values, email.name
            )),
            None => reasons.push(format!("`{}` is named like an address", email.name)),
        }
        return Some(0.20);
    }
    let login = *found.get("username")?;
    let weight = match sample(login) {
        Some(seen) if seen.addresses * 10 >= seen.values * 6 => {
            let (all, of) = (seen.addresses, seen.values);
            reasons
                .push(format!("people sign in with their address: {all} of {of} sampled values of `{}`", login.name));
            0.18
        }
        Some(_) => return None,
        None => {
            reasons.push(format!("`{}` may hold the address people sign in with", login.name));
            0.08
        }
    };
    found.remove("username");
    found.insert("email", login);
    Some(weight)
}

fn weigh_password(ground: &Ground<'_>, table: &Table, column: Option<&Column>, reasons: &mut Vec<String>) -> f64 {
    let Some(column) = column else { return 0.0 };
    let Some(seen) = ground.samples.column(&table.name, &column.name) else {
        reasons.push(format!("`{}` is named like a password", column.name));
        return 0.25;
    };
    match seen.usual_hash() {
        Some((word, count)) => {
            reasons.push(format!("{count} of {} sampled values of `{}` are {word}", seen.values, column.name));
            if seen.sure_hashes * 2 >= seen.values { 0.30 } else { 0.26 }
        }
        None => {
            reasons.push(format!("no sampled value of `{}` looks like a password hash", column.name));
            0.15
        }
    }
}

fn no_password(ground: &Ground<'_>, table: &Table) -> String {
    // Some frameworks keep passwords beside the users: better-auth in `account`, Keycloak in `credential`.
    let password = USER.iter().find(|field| field.name == "password").map_or("", |field| field.names);
    let beside = ground.database.tables().iter().filter(|other| other.id != table.id).find_map(|other| {
        ground.reference(other, table.id)?;
        let words = folded_words(&other.name);
        let named = |column: &&Column| Key::of(&column.name, &words).is_wholly_in(password);
        let column = other.columns.iter().filter(|column| Fits::Secret.holds(&column.ty)).find(named)?;
        Some(format!("it has no password column; `{}`.`{}` may hold the passwords", other.name, column.name))
    });
    beside.unwrap_or_else(|| "it has no password column: nobody could sign in with a password".to_owned())
}

fn warnings(table: &Table, found: &Found<'_>) -> Vec<String> {
    let words = folded_words(&table.name);
    let opposite = |column: &&Column| {
        let key = Key::of(&column.name, &words);
        listed(OPPOSITES, &key.whole) || key.short.is_some_and(|short| listed(OPPOSITES, &short))
    };
    let columns = table.columns.iter().filter(opposite).filter(|column| !found.values().any(|own| own.id == column.id));
    columns
        .map(|column| {
            format!("`{}` may shut people out in the old application; the mapping has no field for it", column.name)
        })
        .collect()
}
