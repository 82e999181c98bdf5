//! A mail server that keeps what it is given, in this process, and misbehaves when told to.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// How a sink does TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkTls {
    /// Not at all.
    None,
    /// It offers STARTTLS.
    StartTls,
    /// From the first byte.
    Implicit,
}

/// A mail that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's receivers.
    pub to: Vec<String>,
    /// Headers and body, lines ended by `\n`, dots unstuffed.
    pub data: String,
    /// Whether it came over TLS.
    pub encrypted: bool,
    /// Who was logged in.
    pub user: Option<String>,
}

/// What happens instead of the usual answer.
#[derive(Debug, Clone)]
enum Fault {
    Answer(String),
    Drop,
}

#[derive(Debug, Default)]
struct State {
    mails: Vec<Received>,
    faults: VecDeque<(String, Fault)>,
    commands: Vec<String>,
    login: Option<(String, String)>,
}

/// A running sink; ends when it is dropped.
#[derive(Debug)]
pub struct SmtpSink {
    port: u16,
    certificate: Vec<u8>,
    state: Arc<Mutex<State>>,
    accepting: JoinHandle<()>,
}

impl SmtpSink {
    /// Starts a sink on a free port of `localhost`, with a certificate of its own.
    ///
    /// # Panics
    ///
    /// When the machine has no port left.
    pub async fn start(tls: SinkTls) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(vec![certificate.clone()], key))
            .expect("a configuration of TLS");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, acceptor) = (shared.clone(), acceptor.clone());
                // A client that goes away in the middle is no failure of the sink.
                tokio::spawn(async move { serve(stream, tls, acceptor, state).await });
            }
        });
        Self { port, certificate: certificate.to_vec(), state, accepting }
    }

    /// Where it listens, on `localhost`.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The issuer to trust: its own certificate, as DER.
    pub fn certificate(&self) -> Vec<u8> {
        self.certificate.clone()
    }

    /// Wants this login from now on.
    pub fn require_login(&self, user: &str, password: &str) {
        self.lock().login = Some((user.to_owned(), password.to_owned()));
    }

    /// Gives this answer, such as `451 try later`, to the next command that starts with `command`; several line up.
    /// The end of a mail's data counts as the command `.`.
    pub fn answer_next(&self, command: &str, answer: &str) {
        self.lock().faults.push_back((command.to_owned(), Fault::Answer(answer.to_owned())));
    }

    /// Hangs up at the next command that starts with `command`.
    pub fn drop_next(&self, command: &str) {
        self.lock().faults.push_back((command.to_owned(), Fault::Drop));
    }

    /// The mails accepted so far.
    pub fn mails(&self) -> Vec<Received> {
        self.lock().mails.clone()
    }

    /// Every command so far; those that were sent over TLS start with `tls `.
    pub fn commands(&self) -> Vec<String> {
        self.lock().commands.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(stream: TcpStream, tls: SinkTls, acceptor: TlsAcceptor, state: Arc<Mutex<State>>) -> io::Result<()> {
    let mut session = Session { state, offers_tls: tls == SinkTls::StartTls, encrypted: false, user: None };
    if tls == SinkTls::Implicit {
        session.encrypted = true;
        let mut stream = BufReader::new(acceptor.accept(stream).await?);
        session.greet(&mut stream).await?;
        return session.talk(&mut stream).await.map(drop);
    }
    let mut plain = BufReader::new(stream);
    session.greet(&mut plain).await?;
    if session.talk(&mut plain).await? == Next::Secure {
        session.encrypted = true;
        session.offers_tls = false;
        let mut stream = BufReader::new(acceptor.accept(plain.into_inner()).await?);
        session.talk(&mut stream).await?;
    }
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Next {
    End,
    Secure,
}

struct Session {
    state: Arc<Mutex<State>>,
    offers_tls: bool,
    encrypted: bool,
    user: Option<String>,
}

impl Session {
    async fn greet(&self, stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> io::Result<()> {
        match self.fault("CONNECT") {
            Some(Fault::Answer(answer)) => say(stream, &answer).await,
            Some(Fault::Drop) => Err(io::ErrorKind::ConnectionAborted.into()),
            None => say(stream, "220 sink ready").await,
        }
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: &mut BufReader<S>) -> io::Result<Next> {
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let Some(line) = read(stream).await? else { return Ok(Next::End) };
            let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            let secure = if self.encrypted { "tls " } else { "" };
            self.lock().commands.push(format!("{secure}{line}"));
            match self.fault(&line) {
                Some(Fault::Answer(answer)) => {
                    say(stream, &answer).await?;
                    continue;
                }
                Some(Fault::Drop) => return Ok(Next::End),
                None => {}
            }
            match verb.as_str() {
                "EHLO" | "HELO" => {
                    let starttls = if self.offers_tls { "250-STARTTLS\r\n" } else { "" };
                    say(stream, &format!("250-sink\r\n{starttls}250-8BITMIME\r\n250 AUTH PLAIN LOGIN")).await?;
                }
                "STARTTLS" if self.offers_tls => {
                    say(stream, "220 go ahead").await?;
                    return Ok(Next::Secure);
                }
                "AUTH" => self.log_in(&line, stream).await?,
                "MAIL" | "RCPT" | "DATA" if self.lock().login.is_some() && self.user.is_none() => {
                    say(stream, "530 5.7.0 log in first").await?;
                }
                "MAIL" => {
                    from = path(&line);
                    to.clear();
                    say(stream, "250 ok").await?;
                }
                "RCPT" => {
                    to.push(path(&line));
                    say(stream, "250 ok").await?;
                }
                "DATA" => {
                    say(stream, "354 end with a dot").await?;
                    let Some(data) = read_data(stream).await? else { return Ok(Next::End) };
                    match self.fault(".") {
                        Some(Fault::Answer(answer)) => say(stream, &answer).await?,
                        Some(Fault::Drop) => return Ok(Next::End),
                        None => {
                            let (encrypted, user) = (self.encrypted, self.user.clone());
                            let mail = Received { from: from.clone(), to: to.clone(), data, encrypted, user };
                            self.lock().mails.push(mail);
                            say(stream, "250 2.0.0 kept").await?;
                        }
                    }
                }
                "RSET" | "NOOP" => say(stream, "250 ok").await?,
                "QUIT" => {
                    say(stream, "221 bye").await?;
                    return Ok(Next::End);
                }
                _ => say(stream, "502 unknown").await?,
            }
        }
    }

    async fn log_in(
        &mut self,
        line: &str,
        stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>,
    ) -> io::Result<()> {
        let decode = |text: &str| STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let mut words = line.split(' ').skip(1);
        let given = match (words.next(), words.next()) {
            (Some("PLAIN"), Some(initial)) => decode(initial).and_then(|text| {
                let mut parts = text.split('\0').skip(1).map(str::to_owned);
                Some((parts.next()?, parts.next()?))
            }),
            (Some("LOGIN"), None) => {
                say(stream, &format!("334 {}", STANDARD.encode("Username:"))).await?;
                let user = read(stream).await?.and_then(|line| decode(&line));
                say(stream, &format!("334 {}", STANDARD.encode("Password:"))).await?;
                user.zip(read(stream).await?.and_then(|line| decode(&line)))
            }
            _ => None,
        };
        let right = given.is_some() && self.lock().login == given;
        self.user = given.filter(|_| right).map(|(user, _)| user);
        say(stream, if right { "235 2.7.0 welcome" } else { "535 5.7.8 wrong login" }).await
    }

    fn fault(&self, line: &str) -> Option<Fault> {
        let mut state = self.lock();
        let at = state.faults.iter().position(|(command, _)| line.starts_with(command.as_str()))?;
        state.faults.remove(at).map(|(_, fault)| fault)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn say(stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>, text: &str) -> io::Result<()> {
    stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await?;
    stream.get_mut().flush().await
}

async fn read(stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> io::Result<Option<String>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

async fn read_data(stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> io::Result<Option<String>> {
    let mut data = String::new();
    loop {
        let Some(line) = read(stream).await? else { return Ok(None) };
        match line.strip_prefix('.') {
            Some("") => return Ok(Some(data)),
            Some(unstuffed) => data.push_str(unstuffed),
            None => data.push_str(&line),
        }
        data.push('\n');
    }
}

fn path(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or_else(String::new, |(path, _)| path.to_owned())
}
