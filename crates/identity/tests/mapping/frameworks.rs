//! The users tables of frameworks: all found, and their columns too.

use crate::support::{proposals, proposals_without_rows};
use portcullis_identity::propose::Card;
use std::{collections::BTreeMap, fs, path::PathBuf};

/// A framework, its users table, and the column of each field that it has.
struct Case {
    framework: &'static str,
    table: &'static str,
    columns: &'static str,
    /// Whether `--yes` takes it.
    sure: bool,
}

const fn case(framework: &'static str, table: &'static str, columns: &'static str) -> Case {
    Case { framework, table, columns, sure: true }
}

const PROMISED: &[Case] = &[
    case(
        "laravel",
        "users",
        "id=id email=email firstname=name password=password email_verified=email_verified_at \
         created_at=created_at updated_at=updated_at",
    ),
    case(
        "django",
        "auth_user",
        "id=id email=email firstname=first_name password=password is_active=is_active username=username \
         lastname=last_name created_at=date_joined last_login=last_login",
    ),
    case(
        "devise",
        "users",
        "id=id email=email firstname=first_name password=encrypted_password lastname=last_name \
         email_verified=confirmed_at created_at=created_at updated_at=updated_at last_login=current_sign_in_at",
    ),
    case(
        "wordpress",
        "wp_users",
        "id=ID email=user_email firstname=display_name password=user_pass username=user_login \
         created_at=user_registered",
    ),
    case(
        "odoo",
        "res_users",
        "id=id email=login password=password is_active=active created_at=create_date updated_at=write_date",
    ),
    case(
        "aspnet",
        "AspNetUsers",
        "id=Id email=Email password=PasswordHash username=UserName email_verified=EmailConfirmed",
    ),
    case(
        "supabase",
        "auth.users",
        "id=id email=email password=encrypted_password role=role email_verified=email_confirmed_at \
         created_at=created_at updated_at=updated_at last_login=last_sign_in_at",
    ),
    case(
        "nextauth",
        "User",
        "id=id email=email firstname=name password=hashedPassword email_verified=emailVerified created_at=createdAt \
         updated_at=updatedAt",
    ),
    case(
        "strapi",
        "up_users",
        "id=id email=email password=password username=username email_verified=confirmed created_at=created_at \
         updated_at=updated_at",
    ),
    case(
        "directus",
        "directus_users",
        "id=id email=email firstname=first_name password=password is_active=status lastname=last_name \
         last_login=last_access",
    ),
];

const FURTHER: &[Case] = &[
    case("symfony", "user", "id=id email=email password=password email_verified=is_verified"),
    case("spring", "users", "id=username email=email password=password is_active=enabled"),
    Case {
        framework: "keycloak",
        table: "user_entity",
        columns: "id=id email=email firstname=first_name is_active=enabled username=username lastname=last_name \
                  email_verified=email_verified created_at=created_timestamp",
        sure: false,
    },
    case(
        "ghost",
        "users",
        "id=id email=email firstname=name password=password is_active=status created_at=created_at \
         updated_at=updated_at last_login=last_seen",
    ),
    case(
        "drupal",
        "users_field_data",
        "id=uid email=mail password=pass is_active=status username=name created_at=created updated_at=changed \
         last_login=login",
    ),
    case(
        "joomla",
        "k3v9x_users",
        "id=id email=email firstname=name password=password username=username created_at=registerDate \
         last_login=lastvisitDate",
    ),
    case(
        "magento",
        "customer_entity",
        "id=entity_id email=email firstname=firstname password=password_hash is_active=is_active \
                  lastname=lastname created_at=created_at updated_at=updated_at",
    ),
    case(
        "mediawiki",
        "user",
        "id=user_id email=user_email firstname=user_real_name password=user_password username=user_name \
         email_verified=user_email_authenticated created_at=user_registration updated_at=user_touched",
    ),
    case(
        "gitlab",
        "users",
        "id=id email=email firstname=name password=encrypted_password is_active=state username=username \
         email_verified=confirmed_at created_at=created_at updated_at=updated_at last_login=current_sign_in_at",
    ),
    case(
        "phoenix",
        "users",
        "id=id email=email password=hashed_password email_verified=confirmed_at created_at=inserted_at \
         updated_at=updated_at",
    ),
    case(
        "prestashop",
        "ps_customer",
        "id=id_customer email=email firstname=firstname password=passwd is_active=active lastname=lastname \
                  created_at=date_add updated_at=date_upd",
    ),
    case(
        "moodle",
        "mdl_user",
        "id=id email=email firstname=firstname password=password username=username lastname=lastname \
         email_verified=confirmed created_at=timecreated updated_at=timemodified last_login=lastlogin",
    ),
];

/// A framework's script, with or without its rows.
pub fn script(framework: &str, rows: bool) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/frameworks").join(framework);
    let schema = fs::read_to_string(folder.join("schema.sql")).unwrap();
    let rows = if rows { fs::read_to_string(folder.join("rows.sql")).unwrap_or_default() } else { String::new() };
    format!("{schema}\n{rows}")
}

struct Score {
    tables: usize,
    right: usize,
    all: usize,
    misses: Vec<String>,
}

fn score(cases: &[Case], rows: bool) -> Score {
    let mut score = Score { tables: 0, right: 0, all: 0, misses: Vec::new() };
    for case in cases {
        let script = script(case.framework, rows);
        let found = if rows { proposals(&script) } else { proposals_without_rows(&script) };
        let user = found.card(Card::User);
        let table = user.map_or("-", |user| user.table.as_str());
        let expected: BTreeMap<&str, &str> = case.columns.split(' ').filter_map(|pair| pair.split_once('=')).collect();
        let empty = BTreeMap::new();
        let fields = user.filter(|user| user.table == case.table).map_or(&empty, |user| &user.fields);
        // A field that should be left out counts as one that is wrong.
        let extra = fields.keys().filter(|field| !expected.contains_key(**field)).count();
        let right =
            expected.iter().filter(|(field, column)| fields.get(**field).is_some_and(|own| own == *column)).count();
        let all = expected.len() + extra;
        let confidence = user.map_or(0.0, |user| user.confidence);
        println!("{:<12} {:<18} {right:>2}/{all:<2} {:>3.0} %", case.framework, table, confidence * 100.0);
        if right < all {
            score.misses.push(format!("{}: {fields:?}", case.framework));
        }
        if rows && (confidence > 0.8) != case.sure {
            score.misses.push(format!("{}: {confidence} {:?}", case.framework, user.map(|user| &user.reasons)));
        }
        score.tables += usize::from(table == case.table);
        score.right += right;
        score.all += all;
    }
    println!("{} of {} tables, {} of {} columns", score.tables, cases.len(), score.right, score.all);
    score
}

#[test]
fn the_users_tables_of_ten_frameworks_are_found_with_their_columns() {
    let score = score(PROMISED, true);
    assert_eq!(score.tables, PROMISED.len(), "{:#?}", score.misses);
    assert!(score.misses.is_empty(), "{:#?}", score.misses);
}

#[test]
fn an_empty_database_of_the_same_frameworks_is_mapped_nearly_as_well() {
    let score = score(PROMISED, false);
    assert_eq!(score.tables, PROMISED.len(), "{:#?}", score.misses);
    assert!(score.right * 100 >= score.all * 95, "{:#?}", score.misses);
}

#[test]
fn further_frameworks_are_mapped_too() {
    let score = score(FURTHER, true);
    assert_eq!(score.tables, FURTHER.len(), "{:#?}", score.misses);
    assert!(score.misses.is_empty(), "{:#?}", score.misses);
}

#[test]
fn the_same_database_gives_the_same_proposal() {
    let script = script("laravel", true);
    assert_eq!(proposals(&script), proposals(&script));
}
