//! Settings of identity against schema: the cards with the likely column, durations, limits, origins, secrets.

use crate::check::{check_origin, hint};
use portcullis_project::{
    Settings,
    settings::{CardKind, RateLimit, SURFACES_OF_USERS, parse_duration},
};
use portcullis_schema::{ColumnType, Database, Table, names::loose};

/// Usual names of fields, for the likely column. Others are found by their spelling.
const USUAL: &[(&str, &[&str])] = &[
    ("id", &["id", "user_id", "uid"]),
    ("email", &["email", "email_address", "mail", "user_email", "username"]),
    ("firstname", &["first_name", "firstname", "name", "display_name", "full_name"]),
    ("lastname", &["last_name", "lastname", "surname"]),
    ("password", &["password", "password_hash", "encrypted_password", "passwd", "user_pass", "hashed_password"]),
    ("is_active", &["is_active", "active", "enabled", "status"]),
    ("token", &["token", "token_hash"]),
    ("refresh_token", &["refresh_token", "token"]),
    ("expires_at", &["expires_at", "expiry", "expires", "valid_until"]),
    ("key", &["key", "api_key", "token"]),
];

/// What keeps the sections of identity from fitting a schema.
pub fn check(settings: &Settings, database: &Database, faults: &mut Vec<String>) {
    check_cards(settings, database, faults);
    check_auth(settings, faults);
    check_surfaces(settings, faults);
    check_social(settings, faults);
}

fn check_surfaces(settings: &Settings, faults: &mut Vec<String>) {
    for (name, own) in &settings.surfaces {
        if !SURFACES_OF_USERS.contains(&name.as_str()) {
            faults.push(format!(
                "`surfaces.{name}`: there is no such surface{}",
                hint(name, SURFACES_OF_USERS.into_iter())
            ));
        }
        if own.password_min_length.is_some_and(|length| !(6..=64).contains(&length)) {
            faults.push(format!("`surfaces.{name}.password_min_length` must be from 6 to 64"));
        }
    }
}

fn check_cards(settings: &Settings, database: &Database, faults: &mut Vec<String>) {
    for kind in CardKind::ALL {
        let Some((name, fields)) = settings.mapping.card(kind) else { continue };
        let card = format!("mapping.{}", kind.word());
        let Some(table) = database.by_name(name) else {
            let names = database.tables().iter().map(|table| table.name.as_str());
            faults.push(format!("`{card}.table`: the database has no table `{name}`{}", hint(name, names)));
            continue;
        };
        for field in &fields {
            let place = format!("{card}.{}", field.name);
            match field.column {
                Some(column) => check_column(&place, table, column, field.name, faults),
                None if field.required => {
                    faults.push(format!(
                        "`{place}` is missing: name its column of `{name}`{}",
                        likely(table, field.name)
                    ));
                }
                None => {}
            }
        }
        let owner = |field: &str| fields.iter().any(|own| own.name == field && own.column.is_some());
        if kind == CardKind::ApiKey && !owner("user_id") && !owner("account_id") {
            faults.push(format!("`{card}.user_id` is missing: name the column of `{name}` that says whose a key is"));
        }
    }
}

fn check_column(place: &str, table: &Table, column: &str, field: &str, faults: &mut Vec<String>) {
    let Some(found) = table.column_by_name(column) else {
        let near = hint(column, table.columns.iter().map(|column| column.name.as_str()));
        let near = if near.is_empty() { likely(table, field) } else { near };
        faults.push(format!("`{place}`: table `{}` has no column `{column}`{near}", table.name));
        return;
    };
    let fits = match field {
        "id" | "user_id" | "account_id" | "role_id" | "permission_id" => {
            matches!(
                found.ty,
                ColumnType::Integer { .. } | ColumnType::Uuid | ColumnType::Text { .. } | ColumnType::Bytes
            )
        }
        "email" | "password" | "token" | "refresh_token" | "key" => {
            matches!(found.ty, ColumnType::Text { .. } | ColumnType::Other)
        }
        "is_active" | "email_verified" => !matches!(
            found.ty,
            ColumnType::Json
                | ColumnType::Bytes
                | ColumnType::Array { .. }
                | ColumnType::Uuid
                | ColumnType::Time { .. }
        ),
        _ => true,
    };
    if !fits {
        let word = found.ty.word();
        faults
            .push(format!("`{place}`: the column `{}.{column}` holds {word}, which cannot be a `{field}`", table.name));
    }
}

/// `; did you mean ...?` with the column that is usually called so, or nothing.
fn likely(table: &Table, field: &str) -> String {
    let usual = USUAL.iter().find(|(name, _)| *name == field).map_or(&[][..], |(_, usual)| usual);
    let by_name = std::iter::once(&field).chain(usual).find_map(|name| {
        table.columns.iter().find(|column| loose(&column.name) == loose(name)).map(|column| column.name.as_str())
    });
    by_name.map_or_else(
        || hint(field, table.columns.iter().map(|column| column.name.as_str())),
        |name| format!("; did you mean `{name}`?"),
    )
}

fn check_auth(settings: &Settings, faults: &mut Vec<String>) {
    let auth = &settings.auth;
    let lock = &auth.lockout;
    for (name, text) in [
        ("auth.access_token_ttl", &auth.access_token_ttl),
        ("auth.refresh_token_ttl", &auth.refresh_token_ttl),
        ("auth.session_max_age", &auth.session_max_age),
        ("auth.reset_token_ttl", &auth.reset_token_ttl),
        ("auth.lockout.first_wait", &lock.first_wait),
        ("auth.lockout.max_wait", &lock.max_wait),
    ] {
        match parse_duration(text) {
            Err(error) => faults.push(format!("`{name}`: {error}")),
            Ok(time) if time.as_secs() == 0 => faults.push(format!("`{name}` must be at least a second")),
            Ok(_) => {}
        }
    }
    if parse_duration(&auth.access_token_ttl).is_ok_and(|time| time.as_secs() > 86_400) {
        faults.push("`auth.access_token_ttl` must be at most 24h: access tokens are not asked of anybody".to_owned());
    }
    if parse_duration(&auth.reset_token_ttl).is_ok_and(|time| time.as_secs() > 3_600) {
        faults.push("`auth.reset_token_ttl` must be at most 1h".to_owned());
    }
    // SEC-1.
    if auth.password_min_length < 8 || auth.password_min_length > 64 {
        faults.push("`auth.password_min_length` must be from 8 to 64".to_owned());
    }
    if lock.max_failures == 0 || lock.max_failures > 100 {
        faults.push("`auth.lockout.max_failures` must be from 1 to 100".to_owned());
    }
    let limits = &auth.rate_limits;
    for (name, text) in
        [("login", &limits.login), ("requests", &limits.requests), ("signup", &limits.signup), ("reset", &limits.reset)]
    {
        if let Err(error) = RateLimit::parse(text) {
            faults.push(format!("`auth.rate_limits.{name}`: {error}"));
        }
    }
    if let Some(secret) = &auth.jwt_secret {
        check_secret("auth.jwt_secret", secret, faults);
    }
    for origin in &auth.redirect_origins {
        check_origin("auth.redirect_origins", origin, faults);
    }
}

fn check_social(settings: &Settings, faults: &mut Vec<String>) {
    let is_name = |origin: &String, url: &str| url == origin || url.starts_with(&format!("{origin}/"));
    for (name, social) in &settings.social {
        if let Err(problem) = social.check(name) {
            faults.push(format!("`social.{name}`: {problem}"));
        }
        if let Some(url) = &social.redirect_url
            && !settings.auth.redirect_origins.iter().any(|origin| is_name(origin, url))
        {
            faults.push(format!("`social.{name}.redirect_url` leads to none of `auth.redirect_origins`"));
        }
    }
}

/// A secret is never written into the document itself.
fn check_secret(place: &str, text: &str, faults: &mut Vec<String>) {
    let named = text.strip_prefix("secret:").is_some_and(|name| !name.is_empty());
    if !named {
        faults
            .push(format!("`{place}` must be `secret:NAME`; set its value with `portcullis settings secret set NAME`"));
    }
}
