//! Proposals over native schemas: what SQLite cannot show (schemas, unsigned keys, generated columns), and Chinook.
//!
//! A server that cannot be reached, or a database whose script is not there, shows as ignored, by name.

use libtest_mimic::{Arguments, Failed, Trial};
use portcullis_base::Secret;
use portcullis_engines::{EngineOptions, IntrospectOptions, connect};
use portcullis_identity::propose::{Card, EngineSampler, Proposals, Samples, by_looks, propose};
use portcullis_testkit::{Engine, TestDatabase, block_on, required_engines};
use std::{fs, path::PathBuf, process::ExitCode};

/// Engine, name, script, the user card.
const CASES: &[(Engine, &str, &str, &str)] = &[
    (
        Engine::Postgres,
        "supabase",
        include_str!("schemas/supabase.postgres.sql"),
        "users id=id email=email password=encrypted_password role=role email_verified=email_confirmed_at \
         created_at=created_at updated_at=updated_at last_login=last_sign_in_at",
    ),
    (
        Engine::Postgres,
        "odoo",
        include_str!("schemas/odoo.postgres.sql"),
        "res_users id=id email=login password=password is_active=active created_at=create_date updated_at=write_date",
    ),
    (
        Engine::Postgres,
        "aspnet",
        include_str!("schemas/aspnet.postgres.sql"),
        "AspNetUsers id=Id email=Email password=PasswordHash username=UserName email_verified=EmailConfirmed",
    ),
    (
        Engine::MariaDb,
        "laravel",
        include_str!("schemas/laravel.mariadb.sql"),
        "users id=id email=email firstname=name password=password is_active=is_active \
         email_verified=email_verified_at created_at=created_at updated_at=updated_at",
    ),
    (
        Engine::MariaDb,
        "wordpress",
        include_str!("schemas/wordpress.mariadb.sql"),
        "wp_users id=ID email=user_email firstname=display_name password=user_pass username=user_login \
         created_at=user_registered",
    ),
    (
        Engine::MariaDb,
        "drupal",
        include_str!("schemas/drupal.mariadb.sql"),
        "users_field_data id=uid email=mail password=pass is_active=status username=name created_at=created \
         updated_at=changed last_login=login",
    ),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = CASES.iter().map(trial).collect();
    let chinook = chinook();
    let missing = chinook.is_none();
    let run = move || check_chinook(chinook.as_deref().unwrap_or_default());
    trials.push(Trial::test("sqlite::chinook", run).with_ignored_flag(missing));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(case: &'static (Engine, &str, &str, &str)) -> Trial {
    let (engine, name, script, expected) = *case;
    let run = move || {
        let found = proposals(engine, script);
        let user = found.card(Card::User).ok_or("no users table was found")?;
        let sure = found.sure_cards().contains(&Card::User);
        check(&shown(&found), expected)?;
        if sure { Ok(()) } else { Err(Failed::from(format!("{} {:?}", user.confidence, user.reasons))) }
    };
    let left_out = !engine.is_available() && !required_engines().contains(&engine);
    Trial::test(format!("{engine}::{name}"), run).with_ignored_flag(left_out)
}

fn proposals(engine: Engine, script: &str) -> Proposals {
    let database = TestDatabase::create(engine, script);
    block_on(async {
        let engine = connect(&Secret::new(database.url().to_owned()), &EngineOptions::default()).await.unwrap();
        let schemas = vec!["public".to_owned(), "auth".to_owned()];
        let catalog = engine.introspect(&IntrospectOptions { schemas, progress: None }).await.unwrap();
        let samples = Samples::take(&catalog, &EngineSampler(&*engine), by_looks).await;
        propose(&catalog, &samples)
    })
}

fn shown(found: &Proposals) -> String {
    let Some(user) = found.card(Card::User) else { return String::new() };
    let fields = user.card.fields().iter();
    let columns = fields.filter_map(|field| user.fields.get(field).map(|column| format!(" {field}={column}")));
    format!("{}{}", user.table, columns.collect::<String>())
}

fn check(found: &str, expected: &str) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(Failed::from(format!("found    {found}\nexpected {expected}"))) }
}

/// The script, beside this checkout or one level further up.
fn chinook() -> Option<String> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folders = ["../../../shared/data/chinook", "../../../../shared/data/chinook"];
    folders.iter().find_map(|folder| fs::read_to_string(here.join(folder).join("Chinook_Sqlite.sql")).ok())
}

/// People without passwords: the customers are proposed, the employees are next, and neither is taken unasked.
fn check_chinook(script: &str) -> Result<(), Failed> {
    let script = script.trim_start_matches('\u{feff}');
    let found = proposals(Engine::Sqlite, &format!("BEGIN;{script}\nCOMMIT;"));
    check(&shown(&found), "Customer id=CustomerId email=Email firstname=FirstName lastname=LastName")?;
    let next = found.runners_up.first().ok_or("the employees are no runner-up")?;
    check(&next.table, "Employee")?;
    let fields: Vec<String> = next.fields.iter().map(|(field, column)| format!("{field}={column}")).collect();
    check(&fields.join(" "), "email=Email firstname=FirstName id=EmployeeId lastname=LastName")?;
    let user = found.card(Card::User).ok_or("no users table was found")?;
    check(&user.reasons[0], "it has no password column: nobody could sign in with a password")?;
    let unasked = !found.sure_cards().is_empty() || found.sure_tenancy();
    if unasked { Err(Failed::from(format!("taken unasked: {:?}", found.cards))) } else { Ok(()) }
}
