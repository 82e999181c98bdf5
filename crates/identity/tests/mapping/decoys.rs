//! Schemas made to mislead, and the habits of other languages.

use crate::support::{card, proposals, shown};
use portcullis_identity::propose::Card;

const HASH: &str = "$2y$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab";

#[test]
fn tables_beside_the_users_are_not_the_users() {
    let found = proposals(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT);
         CREATE TABLE user_logs (id INTEGER PRIMARY KEY, user_id INTEGER, email TEXT, username TEXT, password TEXT, created_at DATETIME);
         CREATE TABLE user_sessions_archive (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), email TEXT);
         CREATE TABLE user_profiles (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), email TEXT, first_name TEXT);",
    );
    assert_eq!(card(&found, Card::User).as_deref(), Some("users id=id email=email password=password"));
    assert!(found.card(Card::User).unwrap().confidence > 0.8);
}

#[test]
fn customers_beside_users_are_the_shop_s_data() {
    let found = proposals(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password_hash TEXT, active BOOLEAN);
         CREATE TABLE customers (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT UNIQUE, created_at DATETIME);
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id));
         CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id));
         CREATE TABLE notes (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id));",
    );
    assert_eq!(found.card(Card::User).unwrap().table, "users");
    assert_eq!(found.runners_up[0].table, "customers");
}

#[test]
fn people_are_the_users_only_where_they_sign_in() {
    let people = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, email TEXT, phone TEXT, company TEXT);";
    let logins = "CREATE TABLE accounts (id INTEGER PRIMARY KEY, login TEXT UNIQUE, email TEXT, password_digest TEXT);";
    let found = proposals(&format!("{people}{logins}"));
    assert_eq!(
        card(&found, Card::User).as_deref(),
        Some("accounts id=id email=email password=password_digest username=login")
    );
    let alone = proposals(people);
    let user = alone.card(Card::User).unwrap();
    assert_eq!(shown(user), "people id=id email=email firstname=name");
    assert!(user.confidence < 0.8, "{}", user.confidence);
    assert_eq!(user.reasons[0], "it has no password column: nobody could sign in with a password");
}

#[test]
fn two_tables_to_sign_in_with_are_not_taken_unasked() {
    let columns = "(id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT, name TEXT)";
    let found = proposals(&format!("CREATE TABLE users {columns}; CREATE TABLE members {columns};"));
    assert_eq!(found.card(Card::User).unwrap().table, "users");
    assert!(found.sure_cards().is_empty(), "{:?}", found.cards);
    assert!(found.cards[0].reasons[0].contains("`members`"), "{:?}", found.cards[0].reasons);
}

#[test]
fn the_users_of_other_languages() {
    for (script, expected) in [
        (
            "CREATE TABLE benutzer (benutzer_id INTEGER PRIMARY KEY, benutzername TEXT UNIQUE, kennwort TEXT, vorname TEXT, \
             nachname TEXT, email_adresse TEXT, aktiv BOOLEAN, erstellt_am DATETIME, geaendert_am DATETIME, letzte_anmeldung DATETIME)",
            "benutzer id=benutzer_id email=email_adresse firstname=vorname password=kennwort is_active=aktiv \
             username=benutzername lastname=nachname created_at=erstellt_am updated_at=geaendert_am last_login=letzte_anmeldung",
        ),
        (
            "CREATE TABLE utilisateurs (id_utilisateur INTEGER PRIMARY KEY, identifiant TEXT, mot_de_passe TEXT, prénom TEXT, \
             nom TEXT, courriel TEXT UNIQUE, actif BOOLEAN, date_création DATETIME, dernière_connexion DATETIME)",
            "utilisateurs id=id_utilisateur email=courriel firstname=prénom password=mot_de_passe is_active=actif \
             username=identifiant lastname=nom created_at=date_création last_login=dernière_connexion",
        ),
        (
            "CREATE TABLE usuarios (id INTEGER PRIMARY KEY, nombre TEXT, apellidos TEXT, correo TEXT UNIQUE, contraseña TEXT, \
             rol TEXT, activo BOOLEAN, fecha_creacion DATETIME, ultimo_acceso DATETIME)",
            "usuarios id=id email=correo firstname=nombre password=contraseña is_active=activo lastname=apellidos role=rol \
             created_at=fecha_creacion last_login=ultimo_acceso",
        ),
        (
            "CREATE TABLE usuario (id INTEGER PRIMARY KEY, nome TEXT, sobrenome TEXT, email TEXT UNIQUE, senha TEXT, ativo BOOLEAN, \
             criado_em DATETIME, atualizado_em DATETIME)",
            "usuario id=id email=email firstname=nome password=senha is_active=ativo lastname=sobrenome created_at=criado_em \
             updated_at=atualizado_em",
        ),
        (
            "CREATE TABLE utenti (id INTEGER PRIMARY KEY, nome TEXT, cognome TEXT, email TEXT UNIQUE, nome_utente TEXT, password TEXT, \
             attivo BOOLEAN, ruolo TEXT, data_creazione DATETIME)",
            "utenti id=id email=email firstname=nome password=password is_active=attivo username=nome_utente lastname=cognome \
             role=ruolo created_at=data_creazione",
        ),
        (
            "CREATE TABLE gebruikers (id INTEGER PRIMARY KEY, voornaam TEXT, achternaam TEXT, emailadres TEXT UNIQUE, \
             gebruikersnaam TEXT, wachtwoord TEXT, actief BOOLEAN, aangemaakt_op DATETIME)",
            "gebruikers id=id email=emailadres firstname=voornaam password=wachtwoord is_active=actief username=gebruikersnaam \
             lastname=achternaam created_at=aangemaakt_op",
        ),
        (
            "CREATE TABLE TblUsers (UserID INTEGER PRIMARY KEY, UserName TEXT, UserEmail TEXT, UserPwd TEXT, IsActive BOOLEAN, CreatedOn DATETIME)",
            "TblUsers id=UserID email=UserEmail password=UserPwd is_active=IsActive username=UserName created_at=CreatedOn",
        ),
        (
            "CREATE TABLE usr (usr_id INTEGER PRIMARY KEY, usr_name TEXT, usr_mail TEXT, usr_pass TEXT, usr_active TINYINT)",
            "usr id=usr_id email=usr_mail firstname=usr_name password=usr_pass is_active=usr_active",
        ),
    ] {
        let found = proposals(script);
        assert_eq!(card(&found, Card::User).as_deref(), Some(expected), "{script}");
        assert!(found.card(Card::User).unwrap().confidence > 0.8, "{script} {:?}", found.cards);
    }
}

#[test]
fn hashes_and_addresses_are_known_by_their_values_where_no_name_tells() {
    let found = proposals(&format!(
        "CREATE TABLE mitarbeiter (nr INTEGER PRIMARY KEY, kuerzel TEXT, kontakt TEXT, geheim TEXT);
         INSERT INTO mitarbeiter VALUES (1, 'ad', 'ada@example.com', '{HASH}'), (2, 'bo', 'bob@example.com', '{HASH}');"
    ));
    let user = found.card(Card::User).unwrap();
    assert_eq!(shown(user), "mitarbeiter id=nr email=kontakt password=geheim");
    assert!(
        user.reasons.contains(&"2 of 2 sampled values of `geheim` are bcrypt ($2y$)".to_owned()),
        "{:?}",
        user.reasons
    );
}

#[test]
fn of_two_password_columns_the_one_with_hashes_is_it() {
    let found = proposals(&format!(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password TEXT, pwd TEXT);
         INSERT INTO users VALUES (1, 'ada@example.com', 'see pwd', '{HASH}'), (2, 'bob@example.com', '', '{HASH}');"
    ));
    assert_eq!(found.card(Card::User).unwrap().fields["password"], "pwd");
}

#[test]
fn passwords_in_plain_text_lower_the_confidence_and_are_said() {
    let found = proposals(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password TEXT);
         INSERT INTO users VALUES (1, 'ada@example.com', 'letmein'), (2, 'bob@example.com', 'hunter2');",
    );
    let user = found.card(Card::User).unwrap();
    assert!(user.reasons.contains(&"no sampled value of `password` looks like a password hash".to_owned()));
    assert!(user.confidence < 0.8, "{}", user.confidence);
    let text = format!("{found:?}");
    assert!(!text.contains("letmein") && !text.contains("ada@example.com"));
}

#[test]
fn a_status_counts_only_where_it_shows_a_word_for_active() {
    let with = |column: &str, rows: &str| {
        let script = format!("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password TEXT, {column});{rows}");
        proposals(&script).card(Card::User).unwrap().fields.get("is_active").cloned()
    };
    assert_eq!(with("status TEXT DEFAULT 'active'", "").as_deref(), Some("status"));
    assert_eq!(with("status TEXT CHECK (status IN ('active', 'blocked'))", "").as_deref(), Some("status"));
    let rows = "INSERT INTO users VALUES (1, 'a@b.de', 'x', 'ACTIVE');";
    assert_eq!(with("status TEXT", rows).as_deref(), Some("status"));
    for none in ["state TEXT", "status TEXT DEFAULT 'free'", "status INT DEFAULT 0", "blocked BOOLEAN"] {
        assert_eq!(with(none, ""), None, "{none}");
    }
}

#[test]
fn a_column_that_shuts_people_out_is_pointed_at() {
    let found = proposals(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password TEXT, blocked BOOLEAN, deleted_at DATETIME)",
    );
    let warnings = &found.card(Card::User).unwrap().warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("`blocked` may shut people out"), "{warnings:?}");
}

#[test]
fn a_database_without_people_gets_no_proposal() {
    let found = proposals(
        "CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price DECIMAL);
         CREATE TABLE suppliers (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
         CREATE TABLE wifi (id INTEGER PRIMARY KEY, ssid TEXT, password TEXT);",
    );
    assert_eq!(found.cards, []);
    assert_eq!(found.tenancy, None);
}

#[test]
fn the_users_are_found_among_four_hundred_tables() {
    let columns: String = (0..20).map(|n| format!(", value_{n} TEXT")).collect();
    let tables = (0..400).map(|n| {
        format!(
            "CREATE TABLE thing_{n} (id INTEGER PRIMARY KEY, name TEXT, user_id INTEGER, created_at DATETIME{columns});"
        )
    });
    let users = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT);";
    let found = proposals(&format!("{}{users}", tables.collect::<String>()));
    assert_eq!(found.card(Card::User).unwrap().table, "users");
    assert_eq!(found.cards.len(), 1);
}

#[test]
fn a_view_over_the_users_is_not_the_users() {
    let found = proposals(
        "CREATE TABLE app_users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT);
         CREATE VIEW users AS SELECT id, email, password FROM app_users;",
    );
    assert_eq!(found.card(Card::User).unwrap().table, "app_users");
}

#[test]
fn a_users_table_without_addresses_is_proposed_with_a_doubt() {
    let found = proposals(&format!(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, password TEXT);
         INSERT INTO users VALUES (1, 'ada', '{HASH}'), (2, 'bob', '{HASH}');"
    ));
    let user = found.card(Card::User).unwrap();
    assert_eq!(shown(user), "users id=id password=password username=username");
    assert!(user.confidence <= 0.6, "{}", user.confidence);
    assert_eq!(user.reasons[0], "no column of it holds addresses");
}
