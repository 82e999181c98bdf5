//! Runs one template: strict about unknown variables, with bounded work, escaping where the name ends in `.html`.

use super::{
    Content, Language, MAX_TEMPLATE_BYTES, Shared, TemplateError, defaults,
    limited::{Limited, MAX_RENDERED_BYTES},
    syntax, words,
};
use crate::address::is_invisible;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, escape_formatter, filters};
use std::collections::BTreeMap;

/// Steps a template may take.
const FUEL: u64 = 50_000;
/// Characters of a name in a greeting.
const MAX_NAME_CHARS: usize = 60;
/// Characters of what a client calls itself.
const MAX_DEVICE_CHARS: usize = 120;

/// What a template sees.
pub(super) struct Variables {
    values: BTreeMap<&'static str, String>,
}

impl Variables {
    pub(super) fn new(content: &Content, shared: &Shared, language: &Language) -> Self {
        let mut all = Self { values: BTreeMap::new() };
        all.set("app_name", &shared.app_name);
        all.set("email", &shared.email);
        all.set("name", friendly(&shared.name));
        all.set("language", language.as_str());
        let (parent, mut valid) = (language.parent_str(), None);
        match content {
            Content::PasswordReset { link, valid_s }
            | Content::EmailVerification { link, valid_s }
            | Content::MagicLink { link, valid_s } => {
                all.set("link", link);
                valid = Some(*valid_s);
            }
            Content::OneTimeCode { code, valid_s } => {
                all.set("code", code);
                valid = Some(*valid_s);
            }
            Content::EmailChange { link, new_email, valid_s } => {
                all.set("link", link);
                all.set("new_email", new_email);
                valid = Some(*valid_s);
            }
            Content::EmailChangedNotice { new_email, at } => {
                all.set("new_email", new_email);
                all.set("at", words::moment(*at, parent));
            }
            Content::PasswordChangedNotice { at } | Content::Test { at } => all.set("at", words::moment(*at, parent)),
            Content::NewSignIn { at, ip, device } => {
                all.set("at", words::moment(*at, parent));
                all.set("ip", visible(ip, 64));
                all.set("device", visible(device, MAX_DEVICE_CHARS));
            }
            Content::SignUpTaken | Content::Welcome => {}
            Content::Invitation { link, invited_by, valid_s } => {
                all.set("link", link);
                all.set("invited_by", friendly(invited_by));
                valid = Some(*valid_s);
            }
        }
        if let Some(seconds) = valid {
            all.set("valid_for", words::span(seconds, parent));
            all.set("valid_minutes", seconds.div_ceil(60).to_string());
        }
        all
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.values.keys().copied().collect()
    }

    fn value(&self) -> Value {
        Value::from_pairs(self.values.iter().map(|(name, value)| (*name, value.as_str())))
    }

    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.values.insert(name, value.into());
    }
}

/// A name fit for a greeting. One that holds an address or a link is left out: whoever signs up with a stranger's
/// address chooses it, and must not get to write to the stranger in our name.
fn friendly(name: &str) -> String {
    let name = visible(name, MAX_NAME_CHARS);
    let lower = name.to_lowercase();
    let advertises = name.contains(['/', '@', '\\', ':']) || lower.contains("www.") || looks_like_a_domain(&lower);
    if advertises { String::new() } else { name }
}

// Mail programs make a link of `evil.example` by themselves; `J. R. R. Tolkien` and `Dr.Who` are names.
fn looks_like_a_domain(name: &str) -> bool {
    name.split_whitespace().any(|word| {
        let tail = word.trim_end_matches(|c: char| !c.is_alphanumeric()).rsplit_once('.');
        tail.is_some_and(|(head, tail)| {
            head.chars().filter(|c| c.is_alphanumeric()).count() > 2
                && tail.chars().count() >= 2
                && tail.chars().all(char::is_alphabetic)
        })
    })
}

fn visible(text: &str, max_chars: usize) -> String {
    text.chars().filter(|c| !is_invisible(*c)).take(max_chars).collect::<String>().trim().to_owned()
}

pub(super) struct Renderer {
    environment: Environment<'static>,
}

impl Renderer {
    pub(super) fn new() -> Self {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(
            |name| {
                if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
            },
        );
        environment.set_formatter(|out, state, value| match (state.auto_escape(), value.as_str()) {
            (AutoEscape::Html, Some(text)) if !value.is_safe() => Ok(out.write_str(&escape(text))?),
            _ => escape_formatter(out, state, value),
        });
        // A short list: `safe` would undo the escaping, `replace` and the like can grow a text without bound.
        environment.add_filter("upper", filters::upper);
        environment.add_filter("lower", filters::lower);
        environment.add_filter("title", filters::title);
        environment.add_filter("capitalize", filters::capitalize);
        environment.add_filter("trim", filters::trim);
        environment.add_filter("length", filters::length);
        environment.add_filter("default", filters::default);
        environment.add_function("button", |link: &str, label: &str| Value::from_safe_string(button(link, label)));
        environment.add_function("code_box", |code: &str| Value::from_safe_string(code_box(code)));
        Self { environment }
    }

    pub(super) fn render(&self, name: &str, body: &str, variables: &Variables) -> Result<String, Box<TemplateError>> {
        let wrong = |line, what: String| Box::new(TemplateError { name: name.to_owned(), line, what });
        if body.len() > MAX_TEMPLATE_BYTES {
            return Err(wrong(1, format!("it is longer than {MAX_TEMPLATE_BYTES} bytes")));
        }
        if let Some((line, what)) = syntax::refuse(body) {
            return Err(wrong(line, what));
        }
        let mut out = Limited::default();
        let run = self
            .environment
            .template_from_named_str(name, body)
            .and_then(|template| template.render_captured_to(variables.value(), &mut out).map(drop));
        match run {
            Ok(()) => String::from_utf8(out.0).map_err(|_| wrong(1, "it is not UTF-8".to_owned())),
            Err(error) => Err(wrong(error.line().unwrap_or(1), sentence(&error, variables))),
        }
    }

    /// Surrounds HTML with a whole document, unless it is one.
    pub(super) fn document(&self, html: String, subject: &str, language: &Language, all: &Variables) -> String {
        let start: String = html.trim_start().chars().take(9).collect::<String>().to_ascii_lowercase();
        if start.starts_with("<!doctype") || start.starts_with("<html") {
            return html;
        }
        let app_name = all.values.get("app_name").map_or("", String::as_str);
        defaults::LAYOUT
            .replace("%LANGUAGE%", &escape(language.as_str()))
            .replace("%SUBJECT%", &escape(subject))
            .replace("%APP_NAME%", &escape(app_name))
            .replace("%CONTENT%", html.trim())
    }
}

fn sentence(error: &minijinja::Error, variables: &Variables) -> String {
    use minijinja::ErrorKind as K;
    match error.kind() {
        K::UndefinedError => {
            let known = variables.names().join(", ");
            format!("it uses a variable that this mail does not have; it has {known}")
        }
        K::OutOfFuel => format!("it takes more than {FUEL} steps"),
        K::WriteFailure => format!("it makes a text longer than {MAX_RENDERED_BYTES} bytes"),
        kind => error.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")),
    }
}

/// For text and for quoted attributes. The engine's own also writes `/` as a number, which makes links hard to find
/// for whoever reads a mail's source.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn button(link: &str, label: &str) -> String {
    let (link, label) = (escape(link), escape(label));
    format!(
        "<p style=\"margin:28px 0\"><a class=\"button\" href=\"{link}\" style=\"display:inline-block;padding:12px 22px;\
         border-radius:8px;background:#1d4ed8;color:#ffffff;font-weight:600;text-decoration:none\">{label}</a></p>\n\
         <p class=\"quiet\" style=\"margin:0 0 16px;font-size:13px;line-height:20px;color:#5b6472;\
         word-break:break-all\"><a href=\"{link}\" style=\"color:inherit\">{link}</a></p>"
    )
}

fn code_box(code: &str) -> String {
    format!(
        "<p class=\"code\" style=\"margin:24px 0;padding:16px;border-radius:8px;background:#eef1f6;color:#111827;\
         font-family:ui-monospace,Menlo,Consolas,monospace;font-size:28px;line-height:36px;letter-spacing:6px;\
         text-align:center\">{}</p>",
        escape(code)
    )
}
