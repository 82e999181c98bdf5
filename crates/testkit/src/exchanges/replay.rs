//! Replays a story against an instance of its own.

use super::{
    Story, Told,
    expect::{Kept, filled, filled_json, matches},
    story::{Answer, Mail, Request, Setup, Step},
};
use crate::{
    Engine, Site, TestDatabase, TestLetter,
    provider::{CLIENT_SECRET, FakeProvider, SigningAlgorithm},
};
use axum::{body::Body, extract::ConnectInfo};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_compat::{Scope, surface};
use portcullis_project::Settings;
use serde_json::Value;
use std::{net::SocketAddr, path::Path};

/// The project of every story.
const PROJECT: &str = "shop";

/// Replays the story of a file of `surface`; notes in `told` which calls it has shown.
///
/// # Errors
///
/// The step that went otherwise, and how.
pub fn replay(name: &str, path: &Path, told: &mut Told) -> Result<(), String> {
    let story = Story::read(path)?;
    let mut stage = Stage::set(name, &story.setup, path.parent().unwrap_or(Path::new(".")))?;
    for (at, step) in story.steps.iter().enumerate() {
        let outcome = stage.step(step);
        if let (Some(call), Some(answer)) = (&step.call, &step.answer) {
            told.note(call, &story.contract, answer.status < 400, outcome.is_ok());
        }
        let what = step.call.as_deref().unwrap_or_default();
        outcome.map_err(|error| format!("step {} ({what} {}): {error}", at + 1, step.about))?;
    }
    Ok(())
}

/// An instance with what a story has kept so far.
struct Stage {
    site: Site,
    surface: String,
    kept: Kept,
    provider: Option<FakeProvider>,
    _database: Option<TestDatabase>,
}

impl Stage {
    fn set(name: &str, setup: &Setup, folder: &Path) -> Result<Self, String> {
        let site = if setup.open_registration { Site::open() } else { Site::new() };
        let mut kept = Kept::new();
        let mut database = None;
        let start = || site.run(FakeProvider::start(SigningAlgorithm::Es256, 1_800_000_000));
        let provider = setup.provider.as_ref().map(|_| start());
        let social = match (&setup.provider, &provider) {
            (Some(name), Some(running)) => {
                let settings = serde_json::from_value(running.openid_settings());
                Some((name.clone(), settings.map_err(|error| format!("the provider's settings: {error}"))?))
            }
            _ => None,
        };
        if let Some(sql) = &setup.sql {
            let made = TestDatabase::create(Engine::Sqlite, &beside(folder, sql, ".sql")?);
            let settings = setup.settings.as_deref().map(|text| beside(folder, text, ".toml")).transpose()?;
            let settings = match settings {
                Some(text) => {
                    Some(portcullis_control::document::parse(&text).map_err(|error| format!("the settings: {error}"))?)
                }
                None => None,
            };
            let keys = site.project(PROJECT, made.url(), |own: &mut Settings| {
                if let Some(settings) = settings {
                    let tables = std::mem::take(&mut own.tables);
                    *own = settings;
                    for (name, table) in tables {
                        own.tables.entry(name).or_insert(table);
                    }
                }
                own.social.extend(social);
            });
            if setup.managed {
                site.manage(PROJECT);
            }
            if provider.is_some() {
                site.set_secret(PROJECT, "social", CLIENT_SECRET);
            }
            kept.insert("project".to_owned(), PROJECT.to_owned());
            kept.insert("project_id".to_owned(), site.opened(PROJECT).id.0.clone());
            kept.insert("project_admin_key".to_owned(), keys.admin.expose().clone());
            kept.insert("project_public_key".to_owned(), keys.public.expose().clone());
            database = Some(made);
        }
        for [email, password] in &setup.operators {
            site.operator(email, password);
        }
        let own = (!setup.off).then(|| name.to_owned());
        for one in setup.surfaces.iter().chain(&own) {
            let found = surface(one).ok_or_else(|| format!("there is no surface `{one}`"))?;
            let project = (found.scope != Scope::Instance && setup.sql.is_some()).then_some(PROJECT);
            if found.scope != Scope::Instance && project.is_none() {
                continue;
            }
            for (key, value) in site.enable(one, project) {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                kept.insert(if Some(one) == own.as_ref() { key } else { format!("{one}_{key}") }, text);
            }
        }
        for user in &setup.users {
            let [email, password, roles @ ..] = user.as_slice() else {
                return Err("a user is an address, a password, and roles".to_owned());
            };
            site.user(PROJECT, email, password, roles);
        }
        Ok(Self { site, surface: name.to_owned(), kept, provider, _database: database })
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        if let Some(seconds) = step.advance_s {
            self.site.clock.advance_s(seconds);
        }
        if let Some(mail) = &step.mail {
            return self.mail(mail, step);
        }
        if let Some(address) = &step.consent {
            return self.consent(address, step);
        }
        let Some(request) = &step.request else { return Ok(()) };
        for _ in 0..request.before {
            self.send(request)?;
        }
        let found = self.send(request)?;
        if let Some(wanted) = &step.answer {
            check(wanted, &found, &self.kept)?;
        }
        for (name, place) in &step.keep {
            let value = if let Some(header) = place.strip_prefix("header:") {
                found.header(header).map(str::to_owned)
            } else if place == "text" {
                Some(found.text())
            } else {
                let json: Value = serde_json::from_slice(&found.bytes).map_err(|error| error.to_string())?;
                json.pointer(place).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            };
            let value = value.ok_or_else(|| format!("there is nothing at `{place}` in {}", found.text()))?;
            self.kept.insert(name.clone(), value);
        }
        for (name, wanted) in step.answer.iter().flat_map(|answer| &answer.claims) {
            let token = self.kept.get(name).ok_or_else(|| format!("nothing was kept as `{name}`"))?;
            matches(&filled_json(wanted, &self.kept)?, &claims(token)?, &format!("claims of {name}"))?;
        }
        Ok(())
    }

    fn send(&self, request: &Request) -> Result<crate::Answer, String> {
        let base = match request.surface.as_deref() {
            Some("native") => format!("/p/{PROJECT}"),
            Some("node") => String::new(),
            other => {
                let name = other.unwrap_or(&self.surface);
                let found = surface(name).ok_or_else(|| format!("there is no surface `{name}`"))?;
                found.url("", Some(PROJECT))
            }
        };
        let path = filled(&request.path, &self.kept)?;
        let mut built = http::Request::builder().method(request.method.as_str()).uri(format!("{base}{path}"));
        for (name, value) in &request.headers {
            built = built.header(name, filled(value, &self.kept)?);
        }
        let typed = request.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        let (media, body) = match (&request.body, &request.form, &request.text) {
            (Some(body), _, _) => ("application/json", filled_json(body, &self.kept)?.to_string()),
            (_, Some(form), _) => {
                let mut pairs = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in form {
                    pairs.append_pair(name, &filled(value, &self.kept)?);
                }
                ("application/x-www-form-urlencoded", pairs.finish())
            }
            (_, _, Some(text)) => ("application/json", filled(text, &self.kept)?),
            _ => ("", String::new()),
        };
        if !media.is_empty() && !typed {
            built = built.header("content-type", media);
        }
        let mut built = built.body(Body::from(body)).map_err(|error| error.to_string())?;
        if let Some(from) = &request.from {
            let ip = from.parse().map_err(|_| format!("`{from}` is no address"))?;
            built.extensions_mut().insert(ConnectInfo(SocketAddr::new(ip, 40_000)));
        }
        Ok(self.site.send(built))
    }

    fn consent(&mut self, address: &str, step: &Step) -> Result<(), String> {
        let provider = self.provider.as_ref().ok_or("the story has no provider")?;
        let callback = provider.consent(&filled(address, &self.kept)?);
        for (name, parameter) in &step.keep {
            let value = callback.query_pairs().find(|(own, _)| own == parameter).map(|(_, value)| value.into_owned());
            self.kept.insert(name.clone(), value.ok_or_else(|| format!("the callback has no `{parameter}`"))?);
        }
        Ok(())
    }

    fn mail(&mut self, mail: &Mail, step: &Step) -> Result<(), String> {
        let to = filled(&mail.to, &self.kept)?;
        let letters = self.site.letters(PROJECT);
        let own = letters
            .iter()
            .rev()
            .find(|letter| letter.to == to && mail.kind.as_ref().is_none_or(|kind| *kind == letter.kind));
        let letter: &TestLetter = match own {
            Some(_) if mail.none => return Err(format!("there is a mail to {to}")),
            Some(letter) => letter,
            None if mail.none => return Ok(()),
            None => return Err(format!("no such mail to {to}; there are {letters:?}")),
        };
        for (name, what) in &step.keep {
            let value = match what.as_str() {
                "link" => letter.link().to_owned(),
                "token" => letter.token(),
                "code" => letter.code(),
                "letters" => letter.letters(),
                "text" => letter.text.clone(),
                other => match other.strip_prefix("query:") {
                    Some(name) => parameter(letter.link(), name).ok_or_else(|| format!("the link has no `{name}`"))?,
                    None => {
                        let has = "`link`, `token`, `code`, `letters`, `text` and `query:<name>` of its link";
                        return Err(format!("a mail has {has}, not `{other}`"));
                    }
                },
            };
            self.kept.insert(name.clone(), value);
        }
        Ok(())
    }
}

/// A parameter of a link.
fn parameter(link: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(link).ok()?;
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn check(wanted: &Answer, found: &crate::Answer, kept: &Kept) -> Result<(), String> {
    if found.status.as_u16() != wanted.status {
        return Err(format!("{}, not {}: {}", found.status, wanted.status, found.text()));
    }
    for (name, value) in &wanted.headers {
        let (value, found) = (filled(value, kept)?, found.header(name));
        let good = match (value.as_str(), found) {
            ("<absent>", found) => found.is_none(),
            ("<any>", found) => found.is_some(),
            (value, Some(found)) => match value.strip_suffix("...") {
                Some(beginning) => found.starts_with(beginning),
                None => found == value,
            },
            (_, None) => false,
        };
        if !good {
            return Err(format!("header `{name}`: {found:?}, not `{value}`"));
        }
    }
    if let Some(text) = &wanted.text {
        let text = filled(text, kept)?;
        if found.text() != text {
            return Err(format!("the body is `{}`, not `{text}`", found.text()));
        }
    }
    if let Some(body) = &wanted.body {
        let json: Value = serde_json::from_slice(&found.bytes)
            .map_err(|error| format!("the body is no JSON ({error}): {}", found.text()))?;
        matches(&filled_json(body, kept)?, &json, "").map_err(|error| format!("{error}; the body is {json}"))?;
    }
    Ok(())
}

/// A file of this ending beside the story, or the text itself.
fn beside(folder: &Path, text: &str, ending: &str) -> Result<String, String> {
    if !text.ends_with(ending) {
        return Ok(text.to_owned());
    }
    let path = folder.join(text);
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

fn claims(token: &str) -> Result<Value, String> {
    let part = token.split('.').nth(1).ok_or("it is no JWT")?;
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}
