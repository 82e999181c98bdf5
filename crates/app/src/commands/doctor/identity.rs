//! What `doctor` says about signing in: the users table, its hashes and addresses, mail, and what signs tokens.

use super::{Report, Status};
use portcullis_base::Secret;
use portcullis_control::{Connection, Control, InForce, Opener};
use portcullis_crypto::jwt::SigningKey;
use portcullis_identity::users::{Directory, Survey};
use portcullis_project::{
    Stage,
    settings::{AuthSettings, LegacyHash, TokenAlgorithm},
};

/// Rows of a users table that are looked at.
const ROWS: u64 = 50_000;
/// Addresses that are named.
const NAMED: usize = 5;
/// The length that is advised where the password is the only factor. SEC-1.
const ADVISED: u32 = 15;

/// Checks what has to do with signing in.
pub async fn examine(control: &Control, connection: &Connection, in_force: &InForce, report: &mut Report) {
    let subject = format!("{} ({})", connection.slug, connection.stage);
    let subject = Some(subject.as_str());
    let Some(table) = in_force.settings.mapping.user.table.as_ref().filter(|table| !table.is_empty()) else {
        let message = "no table is mapped: keys work, and nobody can sign in; name one in `[mapping.user]`";
        return report.add("users", subject, Status::Ok, message);
    };
    match survey(control, connection).await {
        Ok(survey) => tell(&survey, table, &in_force.settings.auth, subject, report),
        Err(error) => report.add("users", subject, Status::Failed, format!("`{table}` cannot be read: {error}")),
    }
    if let Some(advice) = in_force.narrow_password_advice() {
        report.add("password hashes", subject, Status::Warning, advice);
    }
    secrets(control, in_force, subject, report).await;
    mail(in_force, subject, report);
    tokens(&in_force.settings.auth, subject, report);
}

async fn survey(control: &Control, connection: &Connection) -> Result<Survey, String> {
    let project = Opener::open_alone(control, connection).await.map_err(|error| error.to_string())?;
    let directory = Directory::of(&project).map_err(|error| error.to_string())?;
    directory.survey(ROWS).await.map_err(|error| error.to_string())
}

fn tell(survey: &Survey, table: &str, auth: &AuthSettings, subject: Option<&str>, report: &mut Report) {
    let of = if survey.more { format!("the first {ROWS} rows") } else { format!("{} rows", survey.rows) };
    let formats: Vec<String> =
        survey.formats.iter().map(|(format, rows)| format!("{} {rows}", format.word())).collect();
    let kept = match survey.formats.iter().find(|(format, _)| format.is_sound()) {
        _ if survey.rows == 0 => "no passwords yet".to_owned(),
        Some((format, _)) => format!("{}; new users get {}", formats.join(", "), format.word()),
        None if formats.is_empty() => "no password hashes".to_owned(),
        None => formats.join(", "),
    };
    report.add("users", subject, Status::Ok, format!("`{table}`, {of}: {kept}"));
    hashes(survey, auth, subject, report);
    let some: Vec<&str> = survey.ambiguous.iter().take(NAMED).map(|(address, _)| address.as_str()).collect();
    let rest = survey.ambiguous.len().saturating_sub(NAMED);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    if !some.is_empty() {
        let message = format!(
            "several rows have the address {}{more}: none of them can sign in; leave the address to one of them",
            some.join(", ")
        );
        report.add("addresses", subject, Status::Warning, message);
    }
    if survey.without_address > 0 {
        let message = format!("{} rows have no address: they cannot sign in by one", survey.without_address);
        report.add("addresses", subject, Status::Warning, message);
    }
}

fn hashes(survey: &Survey, auth: &AuthSettings, subject: Option<&str>, report: &mut Report) {
    let mut add = |message: String| report.add("password hashes", subject, Status::Warning, message);
    for (format, rows) in &survey.formats {
        let word = format.word();
        let kind = LEGACY.iter().find(|(_, name)| word.trim_start_matches("salted_") == *name);
        match kind {
            Some((kind, _)) if auth.legacy_hashes.contains(kind) => {
                add(format!("{rows} rows are kept as {word}, which is quickly guessed; a new password is kept better"))
            }
            Some((_, name)) => add(format!(
                "{rows} rows are kept as {word} and cannot sign in; let them with `legacy_hashes = [\"{name}\"]` in \
                 `[auth]`, or let them set a new password by mail"
            )),
            None if !format.is_sound() => {
                add(format!("{rows} rows are kept as {word}, which is weak; a new password is kept better"));
            }
            None => {}
        }
    }
    if survey.unknown > 0 && !auth.legacy_hashes.contains(&LegacyHash::Plain) {
        add(format!(
            "{} rows hold something that is no known password hash, and cannot sign in with a password; is \
             `[mapping.user] password` the right column?",
            survey.unknown
        ));
    }
    if survey.unknown > 0 && auth.legacy_hashes.contains(&LegacyHash::Plain) {
        add(format!("{} rows seem to hold the password itself; a new password is kept better", survey.unknown));
    }
}

/// The legacy kinds, and how formats of that kind are called.
const LEGACY: [(LegacyHash, &str); 4] = [
    (LegacyHash::Md5, "md5"),
    (LegacyHash::Sha1, "sha1"),
    (LegacyHash::Sha256, "sha256"),
    (LegacyHash::Plain, "plain"),
];

/// Secrets that the settings name and nobody has set.
async fn secrets(control: &Control, in_force: &InForce, subject: Option<&str>, report: &mut Report) {
    let settings = &in_force.settings;
    let social = settings.social.values().filter_map(|social| social.client_secret.as_deref());
    let named = settings.email.password.as_deref().into_iter().chain(settings.auth.jwt_secret.as_deref()).chain(social);
    for name in named.filter_map(|text| text.strip_prefix("secret:")) {
        let kept = control.store().secret(&in_force.connection.id, name).await;
        let again = format!("set it with `portcullis settings secret set {name}`");
        let signs = settings.auth.jwt_secret.as_deref() == Some(&format!("secret:{name}"));
        let fault = match kept {
            Ok(None) => Some("has no value".to_owned()),
            Ok(Some(value)) if signs => {
                SigningKey::from_secret(&Secret::new(value.expose().as_bytes().to_vec())).err().map(|e| e.to_string())
            }
            _ => None,
        };
        if let Some(fault) = fault {
            report.add("secrets", subject, Status::Failed, format!("`secret:{name}`: {fault}; {again}"));
        }
    }
}

fn mail(in_force: &InForce, subject: Option<&str>, report: &mut Report) {
    let email = &in_force.settings.email;
    let development = in_force.connection.stage == Stage::Development.word();
    let (status, message) = match (email.host.as_deref(), development) {
        (Some(host), _) => (Status::Ok, format!("sent by {host}")),
        (None, true) => (Status::Ok, "not set up: mails stay in the outbox, as this is development".to_owned()),
        (None, false) => (
            Status::Warning,
            "not set up: resets, links and codes are refused (501 mail_not_configured); write `[email]`".to_owned(),
        ),
    };
    report.add("mail", subject, status, message);
}

fn tokens(auth: &AuthSettings, subject: Option<&str>, report: &mut Report) {
    let message = match (auth.algorithm, &auth.jwt_secret) {
        (TokenAlgorithm::EdDsa, _) => "access tokens are signed with EdDSA; anybody can check them by the JWKS",
        (TokenAlgorithm::Hs256, Some(_)) => "access tokens are signed with HS256 and the secret that was given",
        (TokenAlgorithm::Hs256, None) => "access tokens are signed with HS256 and a secret of our own",
    };
    report.add("tokens", subject, Status::Ok, message);
    let (length, signup) = (auth.password_min_length, auth.self_signup);
    if length < ADVISED {
        let message = format!(
            "{length} characters are enough; {ADVISED} are advised where the password is the only factor \
             (`password_min_length`)"
        );
        report.add("passwords", subject, Status::Ok, message);
    }
    if signup {
        let message = "strangers may make themselves an account; `self_signup = false` in `[auth]` closes that";
        report.add("signup", subject, Status::Ok, message);
    }
}
