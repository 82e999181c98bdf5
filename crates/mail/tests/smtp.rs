//! The SMTP transport and the probe against a server in this process.

use portcullis_base::{Secret, Timestamp};
use portcullis_mail::{MailError, Message, Security, Sender, SmtpSettings, Step, Transport as _, probe, smtp};
use portcullis_testkit::{SinkTls, SmtpSink};

fn message() -> Message {
    Message {
        id: "mail_1".into(),
        date: Timestamp(1_795_528_800_000_000),
        from: Sender { address: "no-reply@shop.example".parse().unwrap(), name: Some("Shop".parse().unwrap()) },
        to: "ada@shop.example".parse().unwrap(),
        reply_to: None,
        subject: "Hello".into(),
        text: "One\n.\n..two\n".into(),
        html: None,
    }
}

fn settings(sink: &SmtpSink, security: Security) -> SmtpSettings {
    SmtpSettings::new("localhost", sink.port()).security(security).trust_also(sink.certificate())
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn names(steps: &[Step]) -> Vec<(&'static str, bool)> {
    steps.iter().map(|step| (step.name, step.ok)).collect()
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let sink = SmtpSink::start(SinkTls::None).await;
    let receipt = smtp(settings(&sink, Security::Plain)).send(&message()).await.unwrap();
    assert_eq!(receipt.answer, "250 2.0.0 kept");
    let mails = sink.mails();
    assert_eq!((mails.len(), mails[0].from.as_str()), (1, "no-reply@shop.example"));
    assert_eq!(mails[0].to, ["ada@shop.example"]);
    assert!(mails[0].data.trim_end().ends_with("\n\nOne\n.\n..two"), "{}", mails[0].data);
    assert!(mails[0].data.contains("From: Shop <no-reply@shop.example>\n") && !mails[0].encrypted);
}

#[tokio::test]
async fn starttls_and_implicit_tls_encrypt_before_the_login() {
    for (tls, security) in [(SinkTls::StartTls, Security::StartTls), (SinkTls::Implicit, Security::Tls)] {
        let sink = SmtpSink::start(tls).await;
        sink.require_login("apikey", "hunter2");
        let transport = smtp(settings(&sink, security).login("apikey", secret("hunter2")));
        transport.send(&message()).await.unwrap();
        let mail = sink.mails().remove(0);
        assert!(mail.encrypted && mail.user.as_deref() == Some("apikey"), "{security:?}");
        let plain: Vec<_> = sink.commands().into_iter().filter(|command| !command.starts_with("tls ")).collect();
        assert!(plain.iter().all(|c| c.starts_with("EHLO") || c == "STARTTLS"), "{plain:?}");
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_login_and_no_mail_where_tls_is_needed() {
    let sink = SmtpSink::start(SinkTls::None).await;
    let transport = smtp(settings(&sink, Security::StartTls).login("apikey", secret("hunter2")));
    let error = transport.send(&message()).await.unwrap_err();
    assert!(matches!(error, MailError::Unavailable { .. }) && error.to_string().contains("STARTTLS"), "{error}");
    assert!(sink.mails().is_empty() && !sink.commands().iter().any(|c| c.starts_with("AUTH") || c.starts_with("MAIL")));
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_refused() {
    for (tls, security) in [(SinkTls::StartTls, Security::StartTls), (SinkTls::Implicit, Security::Tls)] {
        let sink = SmtpSink::start(tls).await;
        let stranger = SmtpSettings::new("localhost", sink.port()).security(security);
        let error = smtp(stranger).send(&message()).await.unwrap_err();
        assert!(error.is_temporary() && error.to_string().contains("certificate"), "{error}");
        // The right issuer, another name.
        let mut other = settings(&sink, security);
        other.host = "127.0.0.1".into();
        let error = smtp(other).send(&message()).await.unwrap_err();
        assert!(error.to_string().contains("certificate"), "{error}");
        assert!(sink.mails().is_empty());
    }
}

#[tokio::test]
async fn the_login_method_login_works_too() {
    let sink = SmtpSink::start(SinkTls::None).await;
    sink.require_login("apikey", "hunter2");
    sink.answer_next("EHLO", "250-sink\r\n250 AUTH LOGIN");
    smtp(settings(&sink, Security::Plain).login("apikey", secret("hunter2"))).send(&message()).await.unwrap();
    assert_eq!(sink.mails()[0].user.as_deref(), Some("apikey"));
}

#[tokio::test]
async fn what_the_server_answers_says_whether_another_try_helps() {
    let sink = SmtpSink::start(SinkTls::None).await;
    let transport = smtp(settings(&sink, Security::Plain));
    for (command, answer) in [
        ("RCPT", "451 4.7.1 greylisted"),
        ("MAIL", "452 too much"),
        ("DATA", "450 later"),
        (".", "451 disk"),
        ("RCPT", "550 5.1.1 no such user"),
        (".", "554 looks like spam"),
        ("MAIL", "530 log in first"),
        ("CONNECT", "421 too many connections"),
        ("CONNECT", "554 go away"),
    ] {
        sink.answer_next(command, answer);
        let error = transport.send(&message()).await.unwrap_err();
        let (expected, code) = (&answer[..3], answer[..3].parse().unwrap());
        match (&error, command, expected) {
            (MailError::Unavailable { code: found, .. }, "CONNECT", _) => assert_eq!(*found, Some(code)),
            (MailError::Unavailable { code: found, .. }, _, "530") => assert_eq!(*found, Some(530)),
            (MailError::Temporary { code: found, .. }, _, "450" | "451" | "452") => assert_eq!(*found, Some(code)),
            (MailError::Permanent { code: found, .. }, _, "550" | "554") => assert_eq!(*found, Some(code)),
            other => panic!("{answer}: {other:?}"),
        }
        assert!(error.to_string().contains(&answer[4..]), "{error}");
    }
    sink.drop_next("DATA");
    assert!(matches!(transport.send(&message()).await, Err(MailError::Unavailable { code: None, .. })));
    assert!(sink.mails().is_empty());
    transport.send(&message()).await.unwrap();
}

#[tokio::test]
async fn an_accepted_mail_is_accepted_whatever_becomes_of_the_farewell() {
    let sink = SmtpSink::start(SinkTls::None).await;
    sink.drop_next("QUIT");
    smtp(settings(&sink, Security::Plain)).send(&message()).await.unwrap();
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn a_server_that_is_down_is_worth_another_try() {
    let sink = SmtpSink::start(SinkTls::None).await;
    let transport = smtp(settings(&sink, Security::Plain));
    drop(sink);
    tokio::task::yield_now().await;
    let error = transport.send(&message()).await.unwrap_err();
    assert!(matches!(error, MailError::Unavailable { code: None, .. }), "{error:?}");
    let nowhere = smtp(SmtpSettings::new("no-such-host.invalid", 25)).send(&message()).await.unwrap_err();
    assert!(nowhere.is_temporary() && nowhere.to_string().contains("no-such-host.invalid"), "{nowhere}");
}

#[tokio::test]
async fn sec_61_the_probe_tells_each_step_and_never_the_password() {
    let sink = SmtpSink::start(SinkTls::StartTls).await;
    sink.require_login("apikey", "hunter2");
    let right = settings(&sink, Security::StartTls).login("apikey", secret("hunter2"));
    let steps = probe(&right, &message()).await;
    let all = ["dns", "connect", "tls", "login", "accepted"];
    assert_eq!(names(&steps), all.map(|name| (name, true)));
    assert_eq!(steps[2].detail, "TLS by STARTTLS");
    assert_eq!(steps[3].detail, "logged in as apikey");
    assert_eq!(steps[4].detail, "the server took the mail for ada@shop.example: 250 2.0.0 kept");
    assert_eq!(sink.mails().len(), 1);

    sink.answer_next("AUTH", "535 5.7.8 password hunter3 is wrong");
    let wrong = settings(&sink, Security::StartTls).login("apikey", secret("hunter3"));
    let steps = probe(&wrong, &message()).await;
    assert_eq!(names(&steps), [("dns", true), ("connect", true), ("tls", true), ("login", false)]);
    assert_eq!(steps[3].detail, "the server answered 535 5.7.8 password *** is wrong");
}

#[tokio::test]
async fn the_probe_stops_at_the_first_step_that_fails() {
    let steps = probe(&SmtpSettings::new("no-such-host.invalid", 25), &message()).await;
    assert_eq!(names(&steps), [("dns", false)]);

    let sink = SmtpSink::start(SinkTls::None).await;
    let steps = probe(&settings(&sink, Security::StartTls), &message()).await;
    assert_eq!(names(&steps), [("dns", true), ("connect", true), ("tls", false)]);
    sink.answer_next("RCPT", "550 no such user");
    let steps = probe(&settings(&sink, Security::Plain), &message()).await;
    assert_eq!(names(&steps).last(), Some(&("accepted", false)));
    assert!(steps[2].detail.starts_with("no TLS") && steps[3].detail == "no login set, none tried", "{steps:?}");

    let down = settings(&sink, Security::Plain);
    drop(sink);
    tokio::task::yield_now().await;
    assert_eq!(names(&probe(&down, &message()).await), [("dns", true), ("connect", false)]);
}
