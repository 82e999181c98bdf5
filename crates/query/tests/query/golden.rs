//! The SQL of every kind of request, in all dialects side by side.
//!
//! The files in `golden` hold the requests too: a case is a title behind `==`, its command behind `>`, and below it what
//! comes of it. `UPDATE_GOLDEN=1 cargo test -p portcullis-query --test query golden` writes the answers anew; then read the
//! difference.

use crate::support::{
    Build,
    commands::{Answer, run_as},
    tenants,
};
use portcullis_query::{
    Value,
    access::Caller,
    render::{
        Dialect,
        dialects::{MARIADB, POSTGRES, SQLITE},
    },
};
use std::{fmt::Write as _, fs, path::Path};

static DIALECTS: [(&str, &dyn Dialect); 3] = [("postgres", &POSTGRES), ("mariadb", &MARIADB), ("sqlite", &SQLITE)];

#[test]
fn the_sql_is_that_of_the_golden_files() {
    let cases = check("golden", &Build::shop(), &Caller::Administrator);
    assert!(cases >= 100, "{cases} cases");
}

#[test]
fn sec_37_the_sql_of_a_member_of_a_tenant_is_that_of_the_golden_files() {
    let cases = check("golden_scoped", &tenants::build(&tenants::shop(), true), &tenants::member());
    assert!(cases >= 20, "{cases} cases");
}

fn check(folder: &str, build: &Build, caller: &Caller) -> usize {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests")).join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut cases = 0;
    for path in files {
        let known = fs::read_to_string(&path).unwrap();
        let now = rewritten(build, caller, &known, &mut cases);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &now).unwrap();
        } else if let Some((line, (was, is))) = known.lines().zip(now.lines()).enumerate().find(|(_, (a, b))| a != b) {
            panic!("{}:{}\n  was {was}\n  is  {is}\nUPDATE_GOLDEN=1 writes it anew", path.display(), line + 1);
        } else {
            assert_eq!(known.len(), now.len(), "{}", path.display());
        }
    }
    cases
}

/// The file with every answer made anew.
fn rewritten(build: &Build, caller: &Caller, text: &str, cases: &mut usize) -> String {
    let (introduction, rest) = text.split_at(text.find("== ").expect("a first case"));
    let mut out = introduction.to_owned();
    for case in rest.split("== ").skip(1) {
        let mut lines = case.lines();
        let _ = writeln!(out, "== {}", lines.next().unwrap_or_default());
        let command: Vec<_> = lines.filter_map(|line| line.strip_prefix("> ")).collect();
        for line in &command {
            let _ = writeln!(out, "> {line}");
        }
        write_answers(build, caller, &command.join(" "), &mut out);
        out.push('\n');
        *cases += 1;
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn write_answers(build: &Build, caller: &Caller, command: &str, out: &mut String) {
    let answers: Vec<_> = DIALECTS.iter().map(|(_, dialect)| run_as(caller, build, *dialect, command)).collect();
    if let Some(Err(error)) = answers.iter().find(|answer| answer.is_err()) {
        let told = answers.iter().all(|answer| answer.as_ref().is_err_and(|other| other == error));
        assert!(told, "the dialects differ about {command}");
        let _ = writeln!(out, "refused    {}: {error}", error.code());
        return;
    }
    let answers: Vec<Vec<Answer>> = answers.into_iter().map(Result::unwrap).collect();
    for at in 0..answers[0].len() {
        let parts: Vec<_> = answers.iter().map(|answer| &answer[at]).collect();
        let (Answer::Statement(name, _) | Answer::Script(name, _)) = parts[0];
        if answers[0].len() > 1 {
            let _ = writeln!(out, "[{name}]");
        }
        for ((dialect, _), part) in DIALECTS.iter().zip(&parts) {
            let (Answer::Statement(_, portcullis_query::Statement { text, .. }) | Answer::Script(_, text)) = part;
            let _ = writeln!(out, "{dialect:<10} {text}");
        }
        write_values(&parts, out);
    }
}

/// One line where the values are the same everywhere, else one for each dialect.
fn write_values(parts: &[&Answer], out: &mut String) {
    let lines: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Answer::Statement(_, statement) => statement.values.iter().map(shown).collect::<Vec<_>>().join(", "),
            Answer::Script(..) => String::new(),
        })
        .collect();
    if lines.iter().all(|line| *line == lines[0]) {
        if !lines[0].is_empty() {
            let _ = writeln!(out, "values     {}", lines[0]);
        }
        return;
    }
    for ((dialect, _), line) in DIALECTS.iter().zip(&lines) {
        let _ = writeln!(out, "values {dialect:<10} {line}");
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::UInt(value) => format!("{value}u"),
        Value::Float(value) => format!("{value:?}f"),
        Value::Text(text) => format!("{text:?}"),
        Value::Bytes(bytes) => format!("x{bytes:02x?}"),
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
    }
}
