//! New hashes in the spelling of a row.

use portcullis_crypto::password::{
    Format, Legacy, PasswordError, Spelling, Verdict, identify, is_common, make, verify,
};
use std::collections::HashSet;

const NONE: Legacy = Legacy { md5: false, sha1: false, sha256: false, plain: false };

#[derive(serde::Deserialize)]
struct Row {
    stored: String,
}

// One row for each format; the interop check tries every variant.
fn one_of_each() -> Vec<String> {
    let rows: Vec<Row> = serde_json::from_str(include_str!("fixtures/password-hashes.json")).unwrap();
    let mut seen = HashSet::new();
    let stored = rows.into_iter().map(|row| row.stored);
    stored.filter(|stored| identify(stored).is_some_and(|format| format.is_sound() && seen.insert(format))).collect()
}

fn made(stored: &str, password: &str) -> String {
    make(&Spelling::like(stored).unwrap(), password, &mut rand::rng()).unwrap().expose().clone()
}

#[test]
fn a_new_hash_has_the_format_of_its_row_and_opens_with_the_new_password() {
    let rows = one_of_each();
    let formats: HashSet<Format> = rows.iter().filter_map(|stored| identify(stored)).collect();
    assert_eq!(formats.len(), Format::ALL.iter().filter(|format| format.is_sound()).count());
    for stored in rows {
        let new = made(&stored, "Пароль 123");
        let spelling = Spelling::like(&stored).unwrap();
        assert_eq!(identify(&new), identify(&stored), "{new}");
        assert_eq!(verify(&new, "Пароль 123", &NONE), Verdict::Match, "{new}");
        assert_eq!(verify(&new, "Пароль 124", &NONE), Verdict::Mismatch, "{new}");
        assert_eq!(spelling.width(), new.len(), "{new}");
        assert!(new.is_ascii() && spelling.is_met_by(&new), "{new}");
    }
}

#[test]
fn prefixes_stay_and_costs_rise() {
    let digest = "abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    for (row, beginning) in [
        (format!("$2y$10${digest}"), "$2y$12$"),
        (format!("$2a$10${digest}"), "$2a$12$"),
        (format!("$2b$13${digest}"), "$2b$13$"),
        // `x` is the mark of a fault.
        (format!("$2x$10${digest}"), "$2y$12$"),
        (format!("$wp$2y$10${digest}"), "$wp$2y$12$"),
        (format!("bcrypt_sha256$$2b$12${digest}"), "bcrypt_sha256$$2b$12$"),
        (format!("{{bcrypt}}$2a$10${digest}"), "{bcrypt}$2a$12$"),
        (
            "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            "argon2$argon2id$v=19$m=102400,t=2,p=8$",
        ),
        (
            "$argon2i$v=19$m=4096,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            "$argon2i$v=19$m=19456,t=3,p=1$",
        ),
        ("pbkdf2_sha256$260000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(), "pbkdf2_sha256$600000$"),
        (
            "pbkdf2_sha256$1000000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
            "pbkdf2_sha256$1000000$",
        ),
        ("$P$Bsaltsaltaaaaaaaaaaaaaaaaaaaaaa".to_owned(), "$P$F"),
        ("$H$Bsaltsaltaaaaaaaaaaaaaaaaaaaaaa".to_owned(), "$H$F"),
        (format!("$6$salt${}", "a".repeat(86)), "$6$rounds=500000$"),
        ("scrypt:32768:8:1$salt$00000000000000000000000000000000".to_owned(), "scrypt:32768:8:1$"),
    ] {
        let new = made(&row, "correct horse");
        assert!(new.starts_with(beginning), "{row} became {new}");
        assert!(!Spelling::like(&row).unwrap().is_met_by(&row) || row.starts_with(beginning), "{row}");
    }
}

#[test]
fn django_gets_22_characters_of_salt_and_asp_net_its_block() {
    let row = "pbkdf2_sha256$1000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let (django, again) = (made(row, "a"), made(row, "a"));
    assert_ne!(django, again, "a fresh salt");
    assert_eq!(django.split('$').nth(2).unwrap().len(), 22);
    assert_eq!(django.len(), 88);
    assert_eq!(make(&Spelling::of(Format::AspNetV3), "a", &mut rand::rng()).unwrap().expose().len(), 84);
    assert_eq!(make(&Spelling::of(Format::AspNetV2), "a", &mut rand::rng()).unwrap().expose().len(), 68);
}

#[test]
fn sec_3_our_own_tables_hold_argon2id_with_19_mib_and_two_passes() {
    let own = make(&Spelling::argon2id(), "correct horse", &mut rand::rng()).unwrap();
    assert!(own.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", own.expose());
    assert_eq!(Spelling::argon2id().width(), 97);
    assert_eq!(Spelling::argon2id_beside(Format::Bcrypt), Spelling::argon2id());
    assert_eq!(Spelling::argon2id_beside(Format::DjangoPbkdf2).format(), Format::DjangoArgon2);
    assert_eq!(Spelling::argon2id_beside(Format::SpringBcrypt).format(), Format::SpringArgon2);
    assert!(Spelling::argon2id().is_met_by(own.expose()));
    assert!(!Spelling::argon2id().is_met_by(&own.expose().replace("m=19456", "m=9728")));
    assert!(!Spelling::argon2id().is_met_by(&own.expose().replace("argon2id", "argon2d")));
    assert!(!Spelling::argon2id().is_met_by("argon2$argon2id$"));
}

#[test]
fn what_a_format_cannot_hold_is_refused_before_any_work() {
    let rng = &mut rand::rng();
    let refused =
        |format, password: &str| make(&Spelling::of(format), password, &mut rand::rng()).map(|_| ()).unwrap_err();
    let too_long = refused(Format::Bcrypt, &"a".repeat(73));
    assert_eq!((too_long, too_long.code()), (PasswordError::TooLong { max_bytes: 72 }, "password_too_long"));
    // Bytes, not characters.
    assert_eq!(refused(Format::SpringBcrypt, &"é".repeat(37)), PasswordError::TooLong { max_bytes: 72 });
    assert_eq!(refused(Format::Sha512Crypt, &"a".repeat(513)), PasswordError::TooLong { max_bytes: 512 });
    assert_eq!(refused(Format::Argon2, &"a".repeat(1_025)), PasswordError::TooLong { max_bytes: 1_024 });
    assert_eq!(refused(Format::Bcrypt, "a\0b"), PasswordError::ZeroByte);
    assert_eq!(refused(Format::Sha256Crypt, "\0"), PasswordError::ZeroByte);
    assert_eq!(refused(Format::FirebaseScrypt, "a"), PasswordError::Unusable);
    for format in Format::ALL.into_iter().filter(|format| !format.is_sound()) {
        assert_eq!(refused(format, "a"), PasswordError::NotSound(format));
    }
    for format in [Format::WordPressBcrypt, Format::DjangoBcryptSha256, Format::Argon2] {
        let new = make(&Spelling::of(format), &format!("{}\0", "a".repeat(100)), rng).unwrap();
        assert_eq!(verify(new.expose(), &format!("{}\0", "a".repeat(100)), &NONE), Verdict::Match);
        assert_eq!(verify(new.expose(), &"a".repeat(100), &NONE), Verdict::Mismatch);
    }
    assert_eq!(make(&Spelling::of(Format::Bcrypt), &"a".repeat(72), rng).map(|new| new.expose().len()), Ok(60));
}

#[test]
fn sec_2_common_passwords_are_known_in_any_case() {
    for password in [
        "123456",
        "password",
        "Password",
        "PASSWORD1",
        "qwerty",
        "letmein",
        "iloveyou",
        "trustno1",
        "abc123",
        "monkey",
        "aaaaaaaaaaaa",
        "11111111",
        "abcdefgh",
        "1q2w3e4r",
        "football",
        "dragon",
        "Sunshine",
        "p@ssw0rd",
        "",
        "a",
    ] {
        assert!(is_common(password, &[]), "{password}");
    }
    assert!(is_common(&"a".repeat(1_024), &[]));
}

#[test]
fn sec_2_uncommon_passwords_pass() {
    for password in
        ["correct horse battery staple", "x7#kQp2z!m", "Пароль-密码-ñ🔑", "hovercraft full of eels", "gT4&vz-09pq"]
    {
        assert!(!is_common(password, &["ada@example.com", "shop", "Portcullis"]), "{password}");
    }
    assert!(!is_common(&"correct horse battery staple ".repeat(35), &[]));
    assert!(!is_common("correct horse battery staple", &["", " ", "@", "a"]));
}

#[test]
fn sec_2_the_address_and_the_names_of_project_and_product_are_common() {
    let words = ["Ada.Lovelace-1815@example.com", "Büchershop", "Portcullis"];
    for password in [
        "ada.lovelace-1815@example.com",
        "ADA.LOVELACE-1815",
        "ada.lovelace-1815!!",
        "büchershop",
        "BÜCHERSHOP2026",
        "portcullis",
        "Portcullis1!",
        "...portcullis...",
    ] {
        assert!(is_common(password, &words), "{password}");
    }
    assert!(!is_common("büchershop und noch viel mehr", &words));
}
