//! What a stored text may demand, and texts that are no hashes at all. SEC-3.

use portcullis_crypto::password::{Format, Legacy, Spelling, Verdict, dummy, identify, verify};
use proptest::prelude::*;

const ALL: Legacy = Legacy { md5: true, sha1: true, sha256: true, plain: true };

#[derive(serde::Deserialize)]
struct Row {
    stored: String,
}

fn stored() -> Vec<String> {
    let rows: Vec<Row> = serde_json::from_str(include_str!("fixtures/password-hashes.json")).unwrap();
    rows.into_iter().map(|row| row.stored).collect()
}

// A dummy with one part of its text replaced.
fn with(format: Format, from: &str, to: &str) -> String {
    let text = dummy(&Spelling::of(format)).expose().clone();
    assert!(text.contains(from), "{text} has no {from}");
    text.replacen(from, to, 1)
}

#[test]
fn sec_3_costs_above_the_cap_are_unusable_and_are_not_run() {
    use Format as F;
    for text in [
        with(F::Bcrypt, "$12$", "$17$"),
        with(F::Bcrypt, "$12$", "$31$"),
        with(F::WordPressBcrypt, "$12$", "$17$"),
        with(F::DjangoBcryptSha256, "$12$", "$20$"),
        with(F::PasslibBcryptSha256, "r=12", "r=17"),
        with(F::Argon2, "m=19456", "m=262145"),
        with(F::Argon2, "m=19456", "m=4294967295"),
        with(F::Argon2, "t=2", "t=21"),
        with(F::Argon2, "m=19456,t=2", "m=262144,t=5"),
        with(F::DjangoArgon2, "m=19456", "m=262145"),
        with(F::SpringArgon2, "t=2", "t=4294967295"),
        with(F::Scrypt, "ln=16", "ln=18"),
        with(F::Scrypt, "ln=16", "ln=63"),
        with(F::Scrypt, "ln=16", "ln=255"),
        with(F::Scrypt, "r=8", "r=4294967295"),
        with(F::Scrypt, "p=1", "p=4294967295"),
        with(F::Scrypt, "p=1", "p=17"),
        with(F::DjangoScrypt, "scrypt$16384$", "scrypt$262144$"),
        with(F::WerkzeugScrypt, "scrypt:32768:", "scrypt:2147483648:"),
        with(F::SpringScrypt, "$100801$", "$140801$"),
        with(F::DjangoPbkdf2, "$600000$", "$10000001$"),
        with(F::DjangoPbkdf2, "$600000$", "$4294967295$"),
        with(F::PasslibPbkdf2, "$210000$", "$4000001$"),
        with(F::PhcPbkdf2, "i=600000", "i=10000001"),
        with(F::WerkzeugPbkdf2, ":600000$", ":10000001$"),
        // SHA-1 gives 20 bytes a turn: 32 of them take two.
        with(F::DjangoPbkdf2, "pbkdf2_sha256$600000$", "pbkdf2_sha1$5000001$"),
        with(F::Phpass, "$P$F", "$P$J"),
        with(F::Drupal7, "$S$E", "$S$S"),
        with(F::Sha256Crypt, "rounds=500000", "rounds=5000001"),
        with(F::Sha512Crypt, "rounds=500000", "rounds=999999999"),
        // Version 1, 2^32 - 1 rounds.
        "AQAAAAH/////AAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==".to_owned(),
    ] {
        assert_eq!(verify(&text, "correct horse", &ALL), Verdict::Unusable, "{text}");
        assert_eq!(Spelling::like(&text), None, "{text}");
    }
}

#[test]
fn sec_3_a_long_password_does_not_multiply_the_rounds_past_the_cap() {
    let text = with(Format::Sha512Crypt, "rounds=500000", "rounds=5000000");
    assert_eq!(verify(&text, &"a".repeat(500), &ALL), Verdict::Unusable);
    assert_eq!(verify(&with(Format::Phpass, "$P$F", "$P$I"), &"a".repeat(1_024), &ALL), Verdict::Unusable);
}

#[test]
fn sec_3_damaged_hashes_are_unusable() {
    for text in [
        "$2b$",
        "$2b$04$",
        "$2b$4$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        "$2b$004$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBu",
        "$2b$03$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        "$2b$04$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBu",
        "$2b$04$äbcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        "$wp$2z$04$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        "$argon2id$v=19$m=64,t=2,p=1$c2FsdHNhbHQ$",
        "$argon2id$v=19$m=64,t=2,p=1$c2FsdHNhbHQ$AAAA",
        "$argon2id$v=18$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=1,t=0,p=0$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=2,p=99999999$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=+64,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "{argon2",
        "{argon2}",
        "{argon2@é}$argon2id$",
        "$scrypt$ln=4,r=0,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=8,p=0$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=8,p=1$c2FsdHNhbHRzYWx0$",
        "scrypt:0:8:1$salt$00000000000000000000000000000000",
        "scrypt:1000:8:1$salt$00000000000000000000000000000000",
        "scrypt:1024:8:1$salt$",
        "{scrypt}$0$c2FsdA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "{scrypt@",
        "pbkdf2_sha256$0$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "pbkdf2_sha256$1000$salt$",
        "pbkdf2_sha256$1000$salt$AAAA",
        "pbkdf2_sha256$1000$$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "pbkdf2:sha256$salt$00000000000000000000000000000000",
        "pbkdf2:sha3:1000$salt$00000000000000000000000000000000",
        "$pbkdf2-sha256$i=1000,l=64$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "{pbkdf2}",
        "{pbkdf2}00",
        "{pbkdf2@SpringSecurity_v9}00000000000000000000000000000000000000000000000000000000000000000000000000000000",
        "$P$",
        "$P$B",
        "$P$Bé",
        "$P$Bsaltsalt",
        "$P$4saltsaltaaaaaaaaaaaaaaaaaaaaaa",
        "$6$",
        "$6$salt",
        "$6$salt$",
        "$6$rounds=999$salt$",
        "$6$rounds=10$salt$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "$1$salt$",
        "$apr1$morethan8$aaaaaaaaaaaaaaaaaaaaaa",
        "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=$AAAA$",
        "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==$AAAA$AAAA",
        "!",
        "",
    ] {
        assert_eq!(verify(text, "correct horse", &ALL), Verdict::Unusable, "{text}");
        assert_eq!(verify(text, "", &ALL), Verdict::Unusable, "{text}");
    }
    let long = format!("$2b$04${}", "a".repeat(5_000));
    assert_eq!(identify(&long), None);
    assert_eq!(verify(&long, "a", &ALL), Verdict::Unusable);
}

fn with_one_edit() -> impl Strategy<Value = String> {
    let rows = stored();
    (0..rows.len(), any::<proptest::sample::Index>(), any::<char>(), 0..4u8).prop_map(move |(row, at, new, how)| {
        let mut characters: Vec<char> = rows[row].chars().collect();
        let at = at.index(characters.len());
        match how {
            0 => characters[at] = new,
            1 => characters.insert(at, new),
            2 => drop(characters.remove(at)),
            _ => characters.truncate(at),
        }
        characters.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn sec_3_any_text_is_read_without_a_panic(text in "\\PC{0,120}") {
        let _ = (identify(&text), Spelling::like(&text));
    }

    #[test]
    fn sec_3_any_text_behind_any_beginning_is_read_without_a_panic(row in 0..stored().len(), keep in 0..40usize, text in "[$:,={}a-zA-Z0-9+/.é]{0,90}") {
        let beginning: String = stored()[row].chars().take(keep).collect();
        let text = beginning + &text;
        if let Some(spelling) = Spelling::like(&text) {
            prop_assert!(spelling.width() > 0);
            prop_assert!(!dummy(&spelling).expose().is_empty());
        }
    }

    #[test]
    fn sec_3_an_edited_hash_is_read_without_a_panic(text in with_one_edit()) {
        let _ = (identify(&text), Spelling::like(&text).map(|spelling| spelling.width()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn sec_3_an_edited_hash_is_checked_without_a_panic(text in with_one_edit()) {
        prop_assert_ne!(verify(&text, "nobody's password", &ALL), Verdict::Match);
    }

    #[test]
    fn sec_3_any_text_is_checked_without_a_panic(text in "\\PC{0,80}", password in "\\PC{0,80}") {
        prop_assume!(text != password);
        prop_assert_ne!(verify(&text, &password, &ALL), Verdict::Match);
    }
}
