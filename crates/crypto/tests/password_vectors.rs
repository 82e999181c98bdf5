//! Hashes that the frameworks' own libraries made (scripts/fixtures/password-hashes.py), read here.

use portcullis_crypto::password::{FirebaseProject, Format, Legacy, Spelling, Verdict, dummy, identify, make, verify};
use std::collections::HashSet;

const NONE: Legacy = Legacy { md5: false, sha1: false, sha256: false, plain: false };
const ALL: Legacy = Legacy { md5: true, sha1: true, sha256: true, plain: true };

#[derive(serde::Deserialize)]
struct Row {
    format: String,
    password: String,
    stored: String,
    legacy: Option<String>,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
}

fn rows() -> Vec<Row> {
    serde_json::from_str(include_str!("fixtures/password-hashes.json")).unwrap()
}

#[test]
fn sec_3_every_library_s_hash_opens_with_its_password_alone() {
    for Row { format, password, stored, legacy, also, never } in rows() {
        let allowed = Legacy {
            md5: legacy.as_deref() == Some("md5"),
            sha1: legacy.as_deref() == Some("sha1"),
            sha256: legacy.as_deref() == Some("sha256"),
            plain: legacy.as_deref() == Some("plain"),
        };
        assert_eq!(identify(&stored).map(Format::word), Some(format.as_str()), "{stored}");
        assert_eq!(verify(&stored, &password, &allowed), Verdict::Match, "{stored} {password}");
        assert_eq!(
            verify(&format!("{stored}   "), &password, &allowed) == Verdict::Match,
            format != "plain",
            "{stored}"
        );
        assert_eq!(verify(&stored, &format!("x{password}"), &allowed), Verdict::Mismatch, "{stored}");
        assert_eq!(
            verify(&stored, &password.to_uppercase(), &allowed) == Verdict::Match,
            password.is_empty(),
            "{stored}"
        );
        for other in also {
            assert_eq!(verify(&stored, &other, &allowed), Verdict::Match, "{stored} {other}");
        }
        for other in never {
            assert_eq!(verify(&stored, &other, &allowed), Verdict::Mismatch, "{stored} {other}");
        }
    }
}

#[test]
fn every_format_has_a_row_made_elsewhere() {
    let seen: HashSet<String> = rows().into_iter().map(|row| row.format).collect();
    for format in Format::ALL {
        assert!(seen.contains(format.word()), "{}", format.word());
    }
    assert_eq!(Format::ALL.iter().map(|format| format.word()).collect::<HashSet<_>>().len(), Format::ALL.len());
}

#[test]
fn legacy_kinds_are_unusable_unless_named() {
    let mut tried = 0;
    for Row { password, stored, legacy, .. } in rows() {
        let Some(legacy) = legacy else { continue };
        assert_eq!(verify(&stored, &password, &NONE), Verdict::Unusable, "{stored}");
        let others = Legacy {
            md5: legacy != "md5",
            sha1: legacy != "sha1",
            sha256: legacy != "sha256",
            plain: legacy != "plain",
        };
        assert_eq!(verify(&stored, &password, &others), Verdict::Unusable, "{stored}");
        assert!(!identify(&stored).unwrap().is_sound());
        tried += 1;
    }
    assert!(tried > 20);
}

#[test]
fn sec_4_a_dummy_costs_what_its_row_costs_and_opens_to_nobody() {
    for Row { password, stored, .. } in rows() {
        let spelling = Spelling::like(&stored).unwrap();
        let dummy = dummy(&spelling);
        let expected = if identify(&stored) == Some(Format::Plain) { Verdict::Unusable } else { Verdict::Mismatch };
        assert_eq!(verify(dummy.expose(), &password, &ALL), expected, "{stored} {}", dummy.expose());
        if spelling.format().is_sound() {
            assert_eq!(Spelling::like(dummy.expose()).unwrap(), spelling, "{stored} {}", dummy.expose());
        }
    }
}

#[test]
fn plain_text_opens_only_where_it_is_no_hash() {
    let plain = Legacy { plain: true, ..NONE };
    assert_eq!(verify("hunter2", "hunter2", &plain), Verdict::Match);
    assert_eq!(verify("hunter2", "hunter3", &plain), Verdict::Mismatch);
    assert_eq!(verify("hunter2 ", "hunter2", &plain), Verdict::Mismatch);
    assert_eq!(verify("hunter2", "hunter2", &NONE), Verdict::Unusable);
    // Whoever has read the column must not log in with what stands there.
    for stored in [
        "",
        "!",
        "*",
        "!!",
        "x",
        "!vEwvPnSNnOJr5QVhWqmRF5EHTn9lg1vR3kXuWg0q",
        "$2b$10$short",
        "$y$j9T$abc$def",
        "{unknown}secret",
        "{noop}",
        "pbkdf2_sha256$broken",
        "pbkdf2_sha512$1$a$b",
        "argon2$",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "5f4dcc3b5aa765d61d8327deb882cf99:salt",
        "AQAAAAEAACcQAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
    ] {
        assert_ne!(verify(stored, stored, &plain), Verdict::Match, "{stored}");
    }
}

#[test]
fn a_zero_byte_opens_no_hash_whose_library_stops_at_it() {
    for row in rows().iter().filter(|row| row.format == "bcrypt" || row.format.ends_with("_crypt")) {
        for password in [format!("{}\0", row.password), format!("{0}\0{0}", row.password), "\0".to_owned()] {
            assert_eq!(verify(&row.stored, &password, &NONE), Verdict::Mismatch, "{}", row.stored);
        }
    }
}

#[test]
fn sec_52_a_password_over_1024_bytes_is_a_mismatch_before_any_work() {
    let stored = make(&Spelling::of(Format::AspNetV2), &"a".repeat(1_024), &mut rand::rng()).unwrap();
    assert_eq!(verify(stored.expose(), &"a".repeat(1_024), &NONE), Verdict::Match);
    assert_eq!(verify("hunter2", &"a".repeat(1_025), &ALL), Verdict::Mismatch);
    // The cost would be minutes.
    assert_eq!(
        verify(&format!("$6$rounds=999999999$a${}", "a".repeat(86)), &"a".repeat(1_025), &NONE),
        Verdict::Mismatch
    );
}

#[test]
fn the_parameters_of_a_firebase_project_and_the_export_of_a_user_make_a_row() {
    // Source: github.com/firebase/scrypt, README; once as the console shows it, once as the export does (URL-safe).
    let project = FirebaseProject {
        signer_key: "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
        salt_separator: "Bw==",
        rounds: 8,
        memory_cost: 14,
    };
    let hash = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
    for hash in [hash.to_owned(), hash.replace('+', "-").replace('/', "_")] {
        let stored = project.stored(&hash, "42xEC+ixf3L2lw==");
        assert_eq!(verify(&stored, "user1password", &NONE), Verdict::Match);
        assert_eq!(verify(&stored, "user2password", &NONE), Verdict::Mismatch);
    }
    // Alone it is no hash that could be checked.
    assert_eq!(identify(hash), None);
    assert_eq!(verify(hash, "user1password", &ALL), Verdict::Mismatch);
    assert!(!format!("{project:?}").contains("jxspr8"));
}
