//! The cards beside the users.

use crate::{
    frameworks::script,
    support::{card, proposals},
};
use portcullis_identity::propose::{ACCEPT_ABOVE, Card, describe, to_json};
use serde_json::json;
use std::collections::BTreeSet;

/// All nine cards under their own names.
const OWN: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT, first_name TEXT, active BOOLEAN);
    CREATE TABLE password_reset_tokens (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id),
        token TEXT NOT NULL UNIQUE, expires_at DATETIME, used_at DATETIME, created_at DATETIME);
    CREATE TABLE sessions (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), refresh_token TEXT UNIQUE,
        expires_at DATETIME, last_used DATETIME);
    CREATE TABLE api_keys (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), key TEXT UNIQUE,
        expires_at DATETIME, created_at DATETIME, revoked_at DATETIME);
    CREATE TABLE social_profiles (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), provider TEXT,
        provider_user_id TEXT, email TEXT, created_at DATETIME, UNIQUE (provider, provider_user_id));
    CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT UNIQUE, description TEXT);
    CREATE TABLE permissions (id INTEGER PRIMARY KEY, name TEXT UNIQUE, description TEXT, entity_name TEXT, allowed_actions TEXT,
        scope_expression TEXT);
    CREATE TABLE role_permissions (id INTEGER PRIMARY KEY, role_id INTEGER REFERENCES roles (id), permission_id INTEGER REFERENCES permissions (id));
    CREATE TABLE user_roles (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), role_id INTEGER REFERENCES roles (id));";

#[test]
fn tables_under_the_cards_own_names_are_all_taken() {
    let found = proposals(OWN);
    let shown: Vec<_> = found.cards.iter().map(crate::support::shown).collect();
    assert_eq!(
        shown,
        [
            "users id=id email=email firstname=first_name password=password_hash is_active=active",
            "password_reset_tokens id=id user_id=user_id token=token expires_at=expires_at used_at=used_at created_at=created_at",
            "sessions id=id user_id=user_id refresh_token=refresh_token expires_at=expires_at last_used=last_used",
            "api_keys id=id user_id=user_id key=key expires_at=expires_at created_at=created_at revoked_at=revoked_at",
            "social_profiles id=id user_id=user_id provider=provider provider_user_id=provider_user_id email=email created_at=created_at",
            "roles id=id name=name description=description",
            "permissions id=id name=name description=description entity_name=entity_name allowed_actions=allowed_actions \
             scope_expression=scope_expression",
            "role_permissions id=id role_id=role_id permission_id=permission_id",
            "user_roles id=id user_id=user_id role_id=role_id",
        ]
    );
    for card in &found.cards {
        assert!(card.confidence > ACCEPT_ABOVE, "{card:?}");
    }
    // Without foreign keys the names still say it.
    let bare = OWN
        .replace("REFERENCES users (id)", "")
        .replace("REFERENCES roles (id)", "")
        .replace("REFERENCES permissions (id)", "");
    let found = proposals(&bare);
    assert_eq!(found.cards.iter().map(crate::support::shown).collect::<Vec<_>>(), shown);
}

#[test]
fn the_roles_of_frameworks() {
    for (framework, role, user_role, permission, role_permission) in [
        (
            "laravel",
            "roles id=id name=name",
            Some("model_has_roles user_id=model_id role_id=role_id"),
            Some("permissions id=id name=name"),
            Some("role_has_permissions role_id=role_id permission_id=permission_id"),
        ),
        (
            "django",
            "auth_group id=id name=name",
            Some("auth_user_groups id=id user_id=user_id role_id=group_id"),
            Some("auth_permission id=id name=codename description=name"),
            Some("auth_group_permissions id=id role_id=group_id permission_id=permission_id"),
        ),
        ("aspnet", "AspNetRoles id=Id name=Name", Some("AspNetUserRoles user_id=UserId role_id=RoleId"), None, None),
        (
            "strapi",
            "up_roles id=id name=name description=description",
            Some("up_users_role_links id=id user_id=user_id role_id=role_id"),
            Some("up_permissions id=id name=action"),
            Some("up_permissions_role_links id=id role_id=role_id permission_id=permission_id"),
        ),
        ("devise", "roles id=id name=name", Some("users_roles user_id=user_id role_id=role_id"), None, None),
        (
            "directus",
            "directus_roles id=id name=name description=description",
            Some("directus_users user_id=id role_id=role"),
            Some("directus_permissions id=id name=action entity_name=collection"),
            None,
        ),
        (
            "ghost",
            "roles id=id name=name description=description",
            Some("roles_users id=id user_id=user_id role_id=role_id"),
            Some("permissions id=id name=name"),
            Some("permissions_roles id=id role_id=role_id permission_id=permission_id"),
        ),
        (
            "odoo",
            "res_groups id=id name=name description=comment",
            Some("res_groups_users_rel user_id=uid role_id=gid"),
            None,
            None,
        ),
    ] {
        let found = proposals(&script(framework, true));
        assert_eq!(card(&found, Card::Role).as_deref(), Some(role), "{framework}");
        assert_eq!(card(&found, Card::UserRole).as_deref(), user_role, "{framework}");
        assert_eq!(card(&found, Card::Permission).as_deref(), permission, "{framework}");
        assert_eq!(card(&found, Card::RolePermission).as_deref(), role_permission, "{framework}");
    }
}

#[test]
fn the_tokens_and_links_of_frameworks() {
    for (framework, which, expected, sure) in [
        (
            "devise",
            Card::SocialProfile,
            Some("identities id=id user_id=user_id provider=provider provider_user_id=uid created_at=created_at"),
            true,
        ),
        (
            "django",
            Card::SocialProfile,
            Some(
                "social_auth_usersocialauth id=id user_id=user_id provider=provider provider_user_id=uid created_at=created",
            ),
            true,
        ),
        (
            "nextauth",
            Card::SocialProfile,
            Some("Account id=id user_id=userId provider=provider provider_user_id=providerAccountId"),
            true,
        ),
        (
            "nextauth",
            Card::Session,
            Some("Session id=id user_id=userId refresh_token=sessionToken expires_at=expires"),
            false,
        ),
        (
            "supabase",
            Card::SocialProfile,
            Some(
                "auth.identities id=id user_id=user_id provider=provider provider_user_id=provider_id email=email created_at=created_at",
            ),
            true,
        ),
        (
            "aspnet",
            Card::SocialProfile,
            Some("AspNetUserLogins user_id=UserId provider=LoginProvider provider_user_id=ProviderKey"),
            false,
        ),
        ("odoo", Card::ApiKey, Some("res_users_apikeys id=id user_id=user_id key=key created_at=create_date"), true),
        (
            "symfony",
            Card::PasswordResetToken,
            Some(
                "reset_password_request id=id user_id=user_id token=hashed_token expires_at=expires_at created_at=requested_at",
            ),
            true,
        ),
        // Keyed by address, or by the rows of any table: no card can say that.
        ("laravel", Card::PasswordResetToken, None, false),
        ("laravel", Card::Session, None, false),
        ("laravel", Card::ApiKey, None, false),
        ("wordpress", Card::Role, None, false),
    ] {
        let found = proposals(&script(framework, true));
        assert_eq!(card(&found, which).as_deref(), expected, "{framework}");
        assert_eq!(found.sure_cards().contains(&which), sure, "{framework} {:?}", found.card(which));
    }
}

#[test]
fn groups_without_permissions_are_not_taken_for_roles_unasked() {
    let found = proposals(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT);
         CREATE TABLE groups (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
         CREATE TABLE group_members (user_id INTEGER REFERENCES users (id), group_id INTEGER REFERENCES groups (id),
             PRIMARY KEY (user_id, group_id));",
    );
    assert_eq!(found.sure_cards(), BTreeSet::from([Card::User]), "{:?}", found.cards);
    assert_eq!(found.card(Card::Role).unwrap().reasons[0], "groups may be something other than roles");
}

#[test]
fn a_key_may_belong_to_an_account() {
    let found = proposals(
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE users (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id), email TEXT, password TEXT);
         CREATE TABLE api_keys (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id), key TEXT UNIQUE);",
    );
    assert_eq!(card(&found, Card::ApiKey).as_deref(), Some("api_keys id=id account_id=account_id key=key"));
}

#[test]
fn what_init_shows_and_prints() {
    let found = proposals(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT, blocked BOOLEAN);
         CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
         CREATE TABLE user_roles (user_id INTEGER REFERENCES users (id), role_id INTEGER REFERENCES roles (id), PRIMARY KEY (user_id, role_id));",
    );
    let text = describe(&found);
    for part in [
        "Proposed mapping:\n  user                 users (9",
        "%): `users` is a usual name for the table of users\n",
        "                         id=id, email=email, password=password\n",
        "note: `blocked` may shut people out in the old application",
        "  user_role            user_roles (",
        "Take it as it stands, or correct it in the settings: docs/guide/mapping.md\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let (mapping, tenancy) = to_json(&found, &BTreeSet::from([Card::User]), false);
    let keys: Vec<_> = mapping["user"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["table", "id", "email", "password", "confidence", "reasons", "accepted"]);
    assert_eq!((&mapping["user"]["table"], &mapping["user"]["accepted"]), (&json!("users"), &json!(true)));
    assert_eq!(mapping["user_role"]["accepted"], json!(false));
    assert_eq!(tenancy, json!(null));
}

#[test]
fn without_a_proposal_init_says_what_to_do() {
    let text = describe(&proposals("CREATE TABLE t (id INTEGER PRIMARY KEY)"));
    assert!(text.starts_with("No table of users was found.") && text.contains("[mapping.user]"), "{text}");
}
