//! What a declared schema makes of the settings: the users' card, who may do what, whose a row is.

use super::document::{Declared, DeclaredTable};
use portcullis_project::{
    Settings,
    settings::{PasswordFormat, TableSettings, UserCard},
};
use portcullis_query::access::TableAccess;

/// The settings that follow. What an operator set besides (hidden columns, row rules, limits, mail) stays.
pub fn derive(declared: &Declared, earlier: Option<&Declared>, settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    if let Some(earlier) = earlier {
        for table in earlier.tables.iter().filter(|table| declared.table(&table.name).is_none()) {
            settings.tables.remove(&table.name);
            if settings.mapping.user.table.as_ref() == Some(&table.name) {
                settings.mapping.user = UserCard::default();
            }
        }
    }
    for table in &declared.tables {
        let own = settings.tables.entry(table.name.clone()).or_default();
        let before = earlier.and_then(|earlier| earlier.table(&table.name));
        serve(table, before, declared.timestamps, own);
        own.deleted_column = match (declared.soft_delete, earlier.is_some_and(|earlier| earlier.soft_delete)) {
            (true, _) => Some("deleted_at".to_owned()),
            (false, true) => None,
            // What an operator set.
            (false, false) => own.deleted_column.take(),
        };
    }
    if let Some(users) = declared.auth_table() {
        map_users(users, declared.timestamps, &mut settings);
    }
    settings
}

fn serve(table: &DeclaredTable, before: Option<&DeclaredTable>, timestamps: bool, own: &mut TableSettings) {
    own.expose = true;
    let access = &table.access;
    own.access = TableAccess {
        read: access.read.access(),
        create: access.create.access(),
        update: access.update.access(),
        delete: access.delete.access(),
    };
    own.owner_column = table.owner_field.clone();
    let gone = |name: &String| {
        let declared = |table: &DeclaredTable| table.columns.iter().any(|column| column.name == *name);
        before.is_some_and(declared) && !declared(table)
    };
    own.hidden.retain(|name| !gone(name));
    own.read_only.retain(|name| !gone(name) && (timestamps || !matches!(name.as_str(), "created_at" | "updated_at")));
    let mut ours = vec!["id"];
    if timestamps {
        ours.extend(["created_at", "updated_at"]);
    }
    if table.auth {
        // The address is proved by its own flow.
        ours.extend(["email", "email_verified"]);
        // Nobody gives themselves a role; `signup_fields` may say that whoever signs up does.
        ours.extend(table.columns.iter().map(|column| column.name.as_str()).filter(|name| *name == "role"));
    }
    for name in ours {
        if !own.read_only.iter().any(|known| known == name) {
            own.read_only.push(name.to_owned());
        }
    }
}

fn map_users(users: &DeclaredTable, timestamps: bool, settings: &mut Settings) {
    let text = |name: &str| Some(name.to_owned());
    let former = std::mem::take(&mut settings.mapping.user);
    let kept = |field: Option<String>| {
        field.filter(|name| {
            former.table.as_ref() == Some(&users.name) && users.columns.iter().any(|column| column.name == *name)
        })
    };
    let declared = |name: &str| users.columns.iter().any(|column| column.name == name).then(|| name.to_owned());
    settings.mapping.user = UserCard {
        table: text(&users.name),
        id: text("id"),
        email: text("email"),
        password: text("password_hash"),
        email_verified: text("email_verified"),
        created_at: timestamps.then(|| "created_at".to_owned()),
        updated_at: timestamps.then(|| "updated_at".to_owned()),
        // What an operator mapped besides.
        firstname: kept(former.firstname.clone()).or_else(|| declared("name")).or_else(|| declared("first_name")),
        lastname: kept(former.lastname.clone()),
        username: kept(former.username.clone()),
        role: kept(former.role.clone()),
        is_active: kept(former.is_active.clone()),
        last_login: kept(former.last_login.clone()),
    };
    settings.auth.verify_email = users.verify_email;
    settings.auth.password_format = PasswordFormat::Argon2id;
}
