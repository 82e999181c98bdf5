use super::{address::Names, *};
use crate::fake_server::{FakeServer, json_answer, raw_answer};
use serde_json::{Value, json};
use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};

fn private() -> Outbound {
    Outbound::new(true).unwrap()
}

fn public() -> Outbound {
    Outbound::new(false).unwrap()
}

async fn get(outbound: &Outbound, url: &str) -> Result<Value, OutboundError> {
    outbound.get_json(url, None).await
}

#[tokio::test]
async fn json_comes_back_and_a_bearer_token_goes_out() {
    let server = FakeServer::start(|_| json_answer(200, &json!({"sub": "ada"}))).await;
    let token = Secret::new("s3cret".to_owned());
    let answer: Value = private().get_json(&server.url("/user"), Some(&token)).await.unwrap();
    assert_eq!(answer, json!({"sub": "ada"}));
    let request = server.requests().remove(0);
    assert!(request.starts_with("GET /user HTTP/1.1\r\n"), "{request}");
    for header in ["authorization: Bearer s3cret", "accept: application/json", "user-agent: portcullis/"] {
        assert!(request.contains(header), "{request}");
    }
}

#[tokio::test]
async fn a_form_goes_out_and_json_comes_back() {
    let server = FakeServer::start(|_| json_answer(200, &json!({"access_token": "x"}))).await;
    let secret = Secret::new("pa ss".to_owned());
    let form = [("grant_type", "authorization_code"), ("code", "a&b=c")];
    let answer: Value = private().post_form(&server.url("/token"), &form, Some(("id", &secret))).await.unwrap();
    assert_eq!(answer["access_token"], "x");
    let request = server.requests().remove(0);
    assert!(request.ends_with("grant_type=authorization_code&code=a%26b%3Dc"), "{request}");
    assert!(request.contains("authorization: Basic aWQ6cGEgc3M="), "{request}");
}

#[tokio::test]
async fn a_refusal_carries_its_status_and_oauth_code() {
    let server = FakeServer::start(|request| match request {
        _ if request.contains("/long") => json_answer(400, &json!({"error": "x".repeat(65)})),
        _ if request.contains("/text") => raw_answer(503, "down"),
        _ => json_answer(400, &json!({"error": "invalid_grant", "error_description": "secret"})),
    })
    .await;
    let status = |status, code: Option<&str>| {
        Err(OutboundError::Status { host: "127.0.0.1".into(), status, code: code.map(str::to_owned) })
    };
    assert_eq!(get(&private(), &server.url("/")).await, status(400, Some("invalid_grant")));
    assert_eq!(get(&private(), &server.url("/long")).await, status(400, None));
    assert_eq!(get(&private(), &server.url("/text")).await, status(503, None));
}

#[tokio::test]
async fn sec_54_a_redirect_is_not_followed() {
    let server = FakeServer::start(|_| {
        b"HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec()
    })
    .await;
    let error = get(&private(), &server.url("/")).await.unwrap_err();
    assert!(matches!(error, OutboundError::Status { status: 302, .. }), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn sec_54_an_answer_that_is_too_long_is_not_read() {
    let server = FakeServer::start(|request| {
        let body = format!("\"{}\"", "x".repeat(MAX_BODY_BYTES));
        if request.contains("/said") {
            return raw_answer(200, &body);
        }
        // Without a length: it ends with the connection.
        [b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", body.as_bytes()].concat()
    })
    .await;
    for path in ["/said", "/unsaid"] {
        let error = get(&private(), &server.url(path)).await.unwrap_err();
        assert_eq!(error, OutboundError::TooLong { host: "127.0.0.1".into() });
    }
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_refused() {
    let server = FakeServer::start(|_| raw_answer(200, "<html>")).await;
    assert_eq!(get(&private(), &server.url("/")).await, Err(OutboundError::Json { host: "127.0.0.1".into() }));
}

#[tokio::test]
async fn nobody_there_is_told_from_a_refusal() {
    let gone = FakeServer::start(|_| Vec::new()).await;
    // Closes without an answer.
    let error = get(&private(), &gone.url("/")).await.unwrap_err();
    assert!(matches!(error, OutboundError::Unreachable { .. }), "{error}");
    let error = get(&private(), "https://no-such-host.invalid/").await.unwrap_err();
    assert!(matches!(error, OutboundError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn who_does_not_answer_is_not_waited_for() {
    // The listener's backlog takes the connection, and nobody reads.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let outbound = Outbound::with(true, Names::System, Duration::from_millis(50)).unwrap();
    assert_eq!(get(&outbound, &url).await, Err(OutboundError::TimedOut { host: "127.0.0.1".into() }));
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_refused() {
    // A server that speaks no TLS stands for it: the handshake fails.
    let server = FakeServer::start(|_| json_answer(200, &json!({}))).await;
    let error = get(&private(), &server.url("/").replace("http://", "https://")).await.unwrap_err();
    assert!(matches!(error, OutboundError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn sec_54_numbers_that_lead_inside_are_refused_in_every_spelling() {
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "2130706433",
        "0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:8.8.8.8]",
        "[64:ff9b::7f00:1]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[2002:7f00:1::]",
        "[2001:db8::1]",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
    ] {
        let error = get(&public(), &format!("https://{host}/")).await.unwrap_err();
        assert!(matches!(error, OutboundError::Private { .. }), "{host}: {error}");
    }
}

#[test]
fn sec_54_what_is_public_is_public() {
    for address in ["8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111"] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}

#[tokio::test]
async fn sec_54_a_name_that_leads_inside_is_refused() {
    let names = |answers: &[&[&str]]| {
        let answers = answers.iter().map(|answer| answer.iter().map(|text| text.parse::<IpAddr>().unwrap()).collect());
        Names::Fixed(Arc::new(Mutex::new(answers.collect())))
    };
    for inside in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1"] {
        let outbound = Outbound::with(false, names(&[&[inside]]), TIMEOUT).unwrap();
        let error = get(&outbound, "https://idp.example/keys").await.unwrap_err();
        assert_eq!(error, OutboundError::Private { host: "idp.example".into() }, "{inside}");
    }
}

#[tokio::test]
async fn sec_54_the_connection_goes_to_the_address_that_was_checked() {
    // The name changes its mind: the first answer is used for the connection, and it is asked for once.
    let server = FakeServer::start(|_| json_answer(200, &json!({"here": true}))).await;
    let here: IpAddr = "127.0.0.1".parse().unwrap();
    let elsewhere: IpAddr = "192.0.2.1".parse().unwrap();
    let answers = Arc::new(Mutex::new(vec![vec![here], vec![elsewhere]]));
    let outbound = Outbound::with(true, Names::Fixed(Arc::clone(&answers)), TIMEOUT).unwrap();
    let url = server.url("/").replace("127.0.0.1", "idp.example");
    assert_eq!(get(&outbound, &url).await.unwrap(), json!({"here": true}));
    assert_eq!(*answers.lock().unwrap(), vec![vec![elsewhere]]);
    assert!(server.requests()[0].contains("host: idp.example"));
}

#[tokio::test]
async fn sec_54_addresses_with_other_schemes_ports_or_logins_are_refused() {
    let why = |outbound: &Outbound, url: &str| match outbound.check(url).unwrap_err() {
        OutboundError::Url { why, url: shown } => {
            assert!(!shown.contains("secret"), "{shown}");
            why
        }
        other => panic!("{url}: {other}"),
    };
    let (inside, outside) = (private(), public());
    for url in ["http://idp.example/", "ftp://idp.example/", "file:///etc/passwd", "gopher://idp.example/", "data:,x"] {
        assert_eq!(why(&outside, url), "it must begin with `https://`", "{url}");
    }
    assert_eq!(why(&inside, "file:///etc/passwd"), "it must begin with `https://`");
    for outbound in [&inside, &outside] {
        assert_eq!(why(outbound, "https://ada:secret@idp.example/"), "it must hold no user name or password");
        assert_eq!(why(outbound, "https://secret@idp.example/"), "it must hold no user name or password");
        assert_eq!(why(outbound, "https://idp.example/#secret"), "it must hold no `#`");
        assert_eq!(why(outbound, "//idp.example/"), "it is no URL");
        assert_eq!(why(outbound, "https://"), "it is no URL");
        assert_eq!(why(outbound, &format!("https://idp.example/{}", "x".repeat(2_048))), "it is too long");
        outbound.check("https://idp.example:8443/keys?secret=1").unwrap();
        outbound.check("https://idp.example/keys").unwrap();
    }
    for port in [0, 22, 25, 110, 1023] {
        assert_eq!(why(&outside, &format!("https://idp.example:{port}/")), "its port belongs to another service");
    }
    inside.check("http://keycloak:8080/keys").unwrap();
}
