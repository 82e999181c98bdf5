use super::*;

fn shared() -> Shared {
    Shared { app_name: "Shop".into(), email: "ada@shop.example".into(), name: "Ada".into() }
}

fn language(text: &str) -> Language {
    text.parse().unwrap()
}

fn own(kind: MailKind, in_language: &str, part: Part, body: &str) -> Override {
    Override { kind, language: language(in_language), part, body: body.into() }
}

fn reset(text: Part, body: &str) -> Override {
    own(MailKind::PasswordReset, "en", text, body)
}

#[test]
fn every_mail_is_written_in_every_language_with_the_same_variables() {
    for kind in MailKind::ALL {
        for (in_language, greeting) in [("en", "Hello Ada,"), ("de", "Guten Tag Ada,")] {
            let content = Content::example(kind);
            let mail = Templates::default().render(&content, &language(in_language), &shared()).unwrap();
            let html = mail.html.unwrap();
            assert!(mail.text.starts_with(greeting) && html.contains(greeting), "{kind:?}");
            assert!(mail.subject.contains("Shop") && html.contains(&format!("<title>{}</title>", mail.subject)));
            assert!(html.contains(&format!("<html lang=\"{in_language}\">")) && !html.contains('%'), "{html}");
            for name in Templates::variables(kind) {
                let used = [Part::Subject, Part::Text, Part::Html]
                    .map(|part| default_template(kind, in_language, part).unwrap().contains(name));
                let everywhere = ["link", "code", "valid_for", "at", "ip", "device", "new_email"];
                assert!(!everywhere.contains(&name) || (used[1] && used[2]), "{kind:?} {in_language} {name}");
            }
            // The secret of a mail is in its text, never in the subject that lists and locked screens show.
            assert!(!mail.subject.contains("493817") && !mail.subject.contains("token="));
        }
    }
}

#[test]
fn a_reset_mail_reads_like_one() {
    let content = Content::PasswordReset { link: "https://app.example/r?token=a&b".into(), valid_s: 3600 };
    let mail = Templates::default().render(&content, &language("en"), &Shared { name: String::new(), ..shared() });
    let mail = mail.unwrap();
    assert_eq!(mail.subject, "Set a new password for Shop");
    assert_eq!(
        mail.text,
        "Hello,\n\nSomebody asked to set a new password for your account ada@shop.example.\n\n\
         https://app.example/r?token=a&b\n\nThe link works once and for 1 hour.\n\n\
         If it was not you, do nothing: your password stays as it is.\n\n-- \nShop\n"
    );
    assert!(mail.html.unwrap().contains("href=\"https://app.example/r?token=a&amp;b\""));
}

#[test]
fn the_nearest_language_is_taken() {
    let subject =
        |wanted: &str| Templates::default().render(&Content::Welcome, &language(wanted), &shared()).unwrap().subject;
    assert_eq!(subject("de-AT"), "Willkommen bei Shop");
    assert_eq!(subject("fr"), "Welcome to Shop");
}

#[test]
fn a_project_replaces_parts_and_adds_languages() {
    let templates = Templates::new([
        own(MailKind::Welcome, "en", Part::Subject, "Hi {{ name }}"),
        own(MailKind::Welcome, "fr", Part::Subject, "Bienvenue chez {{ app_name }}"),
        own(MailKind::Welcome, "fr", Part::Text, "Bonjour {{ name|upper }}"),
    ]);
    let english = templates.render(&Content::Welcome, &language("en"), &shared()).unwrap();
    assert_eq!(english.subject, "Hi Ada");
    assert!(english.text.contains("is ready") && english.html.is_some());
    let french = templates.render(&Content::Welcome, &language("fr-CA"), &shared()).unwrap();
    // A text of one's own without HTML of one's own: the mail is plain text, and does not say two things.
    assert_eq!(
        (french.subject.as_str(), french.text.as_str(), french.html),
        ("Bienvenue chez Shop", "Bonjour ADA\n", None)
    );
}

#[test]
fn html_of_ones_own_is_put_into_the_layout_unless_it_is_a_document() {
    let html = |body: &str| {
        let templates = Templates::new([own(MailKind::Welcome, "en", Part::Html, body)]);
        templates.render(&Content::Welcome, &language("en"), &shared()).unwrap().html.unwrap()
    };
    let within = html("<p>Hi {{ name }}</p>");
    assert!(within.starts_with("<!doctype html>") && within.contains("<p>Hi Ada</p>"));
    assert_eq!(html(" <!DOCTYPE html><p>{{ name }}</p>"), " <!DOCTYPE html><p>Ada</p>");
    assert_eq!(html("<html><p>{{ name }}</p></html>"), "<html><p>Ada</p></html>");
}

#[test]
fn an_unknown_variable_is_an_error_that_names_template_and_line() {
    let error = Templates::check(&reset(Part::Html, "<p>\n{{ lnik }}</p>")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "mail template `password_reset.en.html`, line 2: it uses a variable that this mail does not have; it has \
         app_name, email, language, link, name, valid_for, valid_minutes"
    );
    let error = Templates::check(&own(MailKind::Welcome, "de", Part::Text, "{% if link %}x{% endif %}")).unwrap_err();
    assert!(error.to_string().starts_with("mail template `welcome.de.txt`, line 1: it uses a variable"), "{error}");
}

#[test]
fn wrong_syntax_is_an_error_with_its_line() {
    for (body, line) in [("a\nb\n{{ name", 3), ("{% if name %}\nx", 1), ("x\n{{ name|reverse }}", 2)] {
        let error = Templates::check(&reset(Part::Text, body)).unwrap_err();
        assert_eq!((error.name.as_str(), error.line), ("password_reset.en.txt", line), "{error}");
    }
    let error = Templates::check(&reset(Part::Subject, "{% if name %}{% endif %}")).unwrap_err();
    assert_eq!(error.what, "the subject is empty");
}

#[test]
fn sec_50_a_template_cannot_take_long_or_fill_the_memory() {
    let nested = format!("{}x{}", "{% for a in [1,2,3,4,5,6,7,8,9] %}".repeat(12), "{% endfor %}".repeat(12));
    for (body, says) in [
        (nested, "50000 steps"),
        (format!("{{% for a in [{}] %}}{}{{% endfor %}}", "1,".repeat(500), "y".repeat(2000)), "262144 bytes"),
        ("z".repeat(MAX_TEMPLATE_BYTES + 1), "longer than 65536"),
        ("{% set s = 1 %}".to_owned(), "not allowed"),
        ("{{ 'a'|replace('a', 'aa') }}".to_owned(), "unknown filter"),
        ("{% for x in range(10) %}{% endfor %}".to_owned(), "unknown"),
        ("{{ debug() }}".to_owned(), "unknown"),
    ] {
        let error = Templates::check(&reset(Part::Text, &body)).unwrap_err();
        assert!(error.to_string().contains(says), "{says}: {error}");
    }
}

#[test]
fn sec_26_what_a_user_wrote_is_escaped_in_html_and_cannot_be_marked_as_safe() {
    let content = Content::NewSignIn {
        at: portcullis_base::Timestamp(0),
        ip: "<b>".into(),
        device: "<script>alert(1)</script>\r\n\u{202e}".into(),
    };
    let shared = Shared { app_name: "A<b>&\"".into(), email: "o'hara@shop.example".into(), name: "<i>Ada".into() };
    let mail = Templates::default().render(&content, &language("en"), &shared).unwrap();
    let html = mail.html.unwrap();
    for bad in ["<script>alert", "<b>", "<i>", "o'hara", "\u{202e}"] {
        assert!(!html.contains(bad), "{bad} in {html}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && html.contains("o&#39;hara"), "{html}");
    let error = Templates::check(&reset(Part::Html, "{{ name|safe }}")).unwrap_err();
    assert!(error.to_string().contains("unknown filter"), "{error}");
}

#[test]
fn sec_26_a_subject_is_one_line_of_bounded_length() {
    let templates = Templates::new([own(MailKind::Welcome, "en", Part::Subject, "Hi {{ app_name }}\nBcc: x\r\n")]);
    let shared = Shared { app_name: "A\r\nBcc: eve@evil.example".into(), ..shared() };
    let mail = templates.render(&Content::Welcome, &language("en"), &shared).unwrap();
    assert_eq!(mail.subject, "Hi A Bcc: eve@evil.example Bcc: x");
    let long = Shared { app_name: "é".repeat(500), ..shared };
    assert_eq!(templates.render(&Content::Welcome, &language("en"), &long).unwrap().subject.chars().count(), 200);
}

#[test]
fn sec_26_a_name_that_advertises_something_is_not_greeted() {
    let greeting = |name: &str| {
        let shared = Shared { name: name.into(), ..shared() };
        let mail = Templates::default().render(&Content::Welcome, &language("en"), &shared).unwrap();
        mail.text.lines().next().unwrap().to_owned()
    };
    for name in
        ["You won! http://evil.example", "evil.example/x", "www.evil", "Visit evil.example!", "eve@evil.example"]
    {
        assert_eq!(greeting(name), "Hello,", "{name}");
    }
    for name in ["Ada Lovelace", "J. R. R. Tolkien", "Dr.Who", "O'Hara", "Søren", "李小龍"] {
        assert_eq!(greeting(name), format!("Hello {name},"));
    }
    assert_eq!(greeting("Ada\r\n\r\nlook here"), "Hello Adalook here,");
}
