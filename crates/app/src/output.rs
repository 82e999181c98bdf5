//! What people and programs read: text and JSON on stdout, progress and logs on stderr.

use anyhow::{Context as _, bail};
use portcullis_base::{Secret, Timestamp};
use serde::Serialize;
use std::{
    fmt::Display,
    io::{IsTerminal as _, Read as _, Write as _},
    process::ExitCode,
    sync::Arc,
};
use tracing_subscriber::EnvFilter;

/// Prints one line for people. A reader who went away (`| head`) is no failure.
pub fn say(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints the one JSON object of a command.
pub fn say_json(value: &impl Serialize) -> anyhow::Result<()> {
    say(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Prints one line about what is going on.
pub fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints why a command did not do what it should, and gives its exit code.
pub fn failed(error: &anyhow::Error) -> ExitCode {
    note(format_args!("error: {error:#}"));
    ExitCode::FAILURE
}

/// Shows how far a sync is: one line that counts, where somebody can see it.
pub fn progress(what: &'static str) -> Arc<dyn Fn(usize, usize) + Send + Sync> {
    let seen = std::io::stderr().is_terminal();
    Arc::new(move |done, all| {
        if seen {
            let end = if done == all { "\n" } else { "" };
            let _ = write!(std::io::stderr(), "\r{what}: {done} of {all} tables{end}");
        }
    })
}

/// Asks a question that is answered by yes or no; without a terminal, or at its end, the answer is `default`.
pub fn ask(question: &str, default: bool) -> bool {
    if !std::io::stdin().is_terminal() {
        return default;
    }
    let _ = write!(std::io::stderr(), "{question} [{}] ", if default { "Y/n" } else { "y/N" });
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    if std::io::stdin().read_line(&mut answer).unwrap_or(0) == 0 {
        return default;
    }
    match answer.trim().to_lowercase().as_str() {
        "" => default,
        answer => answer.starts_with('y'),
    }
}

/// The password of a command that takes one from standard input; `how` is a command line that works.
pub fn password_from_input(wanted: bool, how: &str) -> anyhow::Result<Secret<String>> {
    if !wanted {
        bail!("say --password-stdin and give the password on standard input: {how}");
    }
    if std::io::stdin().is_terminal() {
        note("Type the password; it can be read on the screen. End with Enter and Ctrl-D, or pipe it in instead.");
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("cannot read the password from standard input")?;
    // `echo` and editors end the line.
    let password = Secret::new(text.trim_end_matches(['\r', '\n']).to_owned());
    if password.expose().is_empty() {
        bail!("the password is empty; give it on standard input: {how}");
    }
    Ok(password)
}

/// Prints rows below each other with their columns in line.
pub fn table<const N: usize>(rows: &[[String; N]]) {
    let mut width = [0; N];
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            width[at] = width[at].max(cell.chars().count());
        }
    }
    for row in rows {
        let cells: Vec<_> = row.iter().zip(width).map(|(cell, width)| format!("{cell:<width$}")).collect();
        say(format!("  {}", cells.join("  ")).trim_end());
    }
}

/// A moment as people write it, in UTC.
pub fn moment(at: Timestamp) -> String {
    let (day, time) = day_and_time(at);
    format!("{day} {time}")
}

/// A moment as programs read it: RFC 3339.
pub fn rfc3339(at: Timestamp) -> String {
    let (day, time) = day_and_time(at);
    format!("{day}T{time}Z")
}

fn day_and_time(at: Timestamp) -> (String, String) {
    let (days, second) = (at.unix_s().div_euclid(86_400), at.unix_s().rem_euclid(86_400));
    // Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let day = doy - (153 * mp + 2) / 5 + 1;
    let time = format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
    (format!("{year:04}-{month:02}-{day:02}"), time)
}

/// Starts the log on stderr; `PORTCULLIS_LOG` says what is in it, `PORTCULLIS_LOG_FORMAT=json` how it looks.
/// Control characters are escaped by the writer. SEC-61.
pub fn start_log() {
    let filter = std::env::var("PORTCULLIS_LOG").ok().filter(|filter| !filter.is_empty());
    let filter = filter.and_then(|filter| EnvFilter::try_new(filter).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new("warn,portcullis=info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Only a test that runs several commands in one process has a log already.
    let _ = match std::env::var("PORTCULLIS_LOG_FORMAT").as_deref() {
        Ok("json") => builder.json().try_init(),
        _ => builder.with_target(false).try_init(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_days_and_times_in_utc() {
        assert_eq!(moment(Timestamp(0)), "1970-01-01 00:00:00");
        assert_eq!(moment(Timestamp(1_709_210_096_000_000)), "2024-02-29 12:34:56");
        assert_eq!(rfc3339(Timestamp(1_709_210_096_000_000)), "2024-02-29T12:34:56Z");
    }
}
