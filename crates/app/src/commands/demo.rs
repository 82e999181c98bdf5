//! `portcullis demo`: a small shop, served at once.

use crate::{
    Global, NodeOptions,
    commands::{init::guard_users, serve},
    options::{self, DEFAULT_LISTEN},
    output::{say, table},
};
use anyhow::Context as _;
use clap::Args;
use portcullis_base::Secret;
use portcullis_control::{Control, FreshKeys, NewStage, Target, connect, introspect, propose};
use portcullis_project::{
    KeyKind, Settings, Stage,
    settings::{RbacSettings, RoleSettings, TenancySettings, UserCard},
};
use portcullis_query::access::AccessLevel;
use portcullis_web::TrustedProxies;
use std::collections::BTreeMap;

/// The shop's tables and rows.
const SHOP: &str = include_str!("../../../../examples/shop/shop.sqlite.sql");
const SLUG: &str = "shop";
/// What a shop shows to everyone who passes by.
const PUBLIC: &[&str] = &["products", "categories", "tags", "product_tags"];
/// Of every user of the shop.
const PASSWORD: &str = "demo-password";
/// Who can sign in, and who wrote the hash of their password.
const LOGINS: &[(&str, &str)] = &[
    ("ada@nordlicht.example", "bcrypt, as Laravel writes it"),
    ("bruno@nordlicht.example", "PBKDF2, as Django writes it"),
    ("cem@nordlicht.example", "argon2id"),
    ("elena@casaverde.example", "bcrypt, as WordPress writes it"),
    ("farid@casaverde.example", "scrypt, as Flask writes it"),
    ("grace@casaverde.example", "PBKDF2, as ASP.NET writes it"),
];

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// The address to listen on
    #[arg(long, env = "PORTCULLIS_LISTEN", value_name = "ADDRESS", default_value = DEFAULT_LISTEN)]
    listen: String,
}

impl Demo {
    /// Runs the command.
    pub async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let listener = serve::listen(options::listen_address(&self.listen)?).await?;
        let address = listener.local_addr()?;
        // Removed when the demo ends, unless a directory was named.
        let temporary = tempfile::Builder::new().prefix("portcullis-demo-").tempdir();
        let temporary = temporary.context("cannot make a temporary folder; name one with --data-dir")?;
        let dir = global.given_data_dir().unwrap_or_else(|| temporary.path().to_owned());
        let control = global.open_at(dir, true)?;
        let keys = prepare(&control).await?;
        let options = NodeOptions {
            public_url: options::base(None, address)?,
            development: address.ip().is_loopback(),
            allow_private: true,
            open_registration: false,
            registration_server: None,
            trusted_proxies: TrustedProxies::default(),
            email: None,
            mounts: Vec::new(),
        };
        serve::run(control, listener, options, |node, _| ready(&node.options.public_url, &keys)).await
    }
}

/// The shop's project, made where it does not exist yet.
async fn prepare(control: &Control) -> anyhow::Result<FreshKeys> {
    let path = control.store().dir().join("shop.sqlite");
    portcullis_store::embedded::create(&path, Some(SHOP))?;
    let target = Target::parse(&Secret::new(format!("sqlite:{}", path.display())))?;
    if let Some(connection) = control.existing(SLUG, Stage::Development, &target).await? {
        // Keys are shown only once, also here.
        let public = control.rotate_key(&connection, KeyKind::Public).await?;
        let connection = control.in_force(&connection.id).await?.connection;
        let admin = control.rotate_key(&connection, KeyKind::Admin).await?;
        return Ok(FreshKeys { public, admin });
    }
    let engine = connect(&target).await?;
    let catalog = introspect(&target, &*engine, None).await?;
    let mut settings: Settings = propose(&catalog, true);
    let name = |column: &str| Some(column.to_owned());
    settings.mapping.user = UserCard {
        table: name("users"),
        id: name("id"),
        email: name("email"),
        firstname: name("first_name"),
        lastname: name("last_name"),
        password: name("password_hash"),
        is_active: name("active"),
        role: name("role"),
        created_at: name("created_at"),
        ..UserCard::default()
    };
    // A user of this shop belongs to a company, which nobody chooses for themselves.
    settings.auth.self_signup = false;
    guard_users(&mut settings, &catalog);
    for table in PUBLIC {
        if let Some(table) = settings.tables.get_mut(*table) {
            table.access.read = AccessLevel::Public;
        }
    }
    settings.tenancy = TenancySettings {
        enabled: true,
        tenant_table: name("accounts"),
        tenant_column: name("account_id"),
        exclude: PUBLIC.iter().map(|table| (*table).to_owned()).collect(),
        through: BTreeMap::from([("order_items".to_owned(), "orders".to_owned())]),
        ..TenancySettings::default()
    };
    settings.rbac = RbacSettings { enabled: true, roles: roles(), ..RbacSettings::default() };
    let new = NewStage { slug: SLUG.to_owned(), stage: Stage::Development, target, catalog, settings };
    Ok(control.create(new).await?.keys)
}

/// A member keeps the orders and customers of the company; a manager does everything in it.
fn roles() -> Vec<RoleSettings> {
    let role = |name: &str, permissions: &[&str]| RoleSettings {
        name: name.to_owned(),
        permissions: permissions.iter().map(|word| (*word).to_owned()).collect(),
        rules: Vec::new(),
    };
    vec![
        role(
            "member",
            &["*.read", "customers.create", "customers.update", "orders.create", "orders.update", "order_items.*"],
        ),
        role("manager", &["*"]),
    ]
}

fn ready(root: &str, keys: &FreshKeys) {
    say("The demo shop is open. Ctrl-C ends it.\n");
    table(&[
        ["Console".to_owned(), format!("{root}/console/")],
        ["API".to_owned(), format!("{root}/p/{SLUG}")],
        ["Swagger UI".to_owned(), format!("{root}/p/{SLUG}/swagger/index.html")],
        ["Public key".to_owned(), keys.public.expose().clone()],
        ["Admin key".to_owned(), keys.admin.expose().clone()],
    ]);
    say(format_args!("\nWho can sign in, each with the password {PASSWORD}:\n"));
    let logins: Vec<[String; 2]> =
        LOGINS.iter().map(|(email, kind)| [(*email).to_owned(), (*kind).to_owned()]).collect();
    table(&logins);
    say("\nTry it:\n");
    say(format_args!("  curl '{root}/p/{SLUG}/products?pageSize=2'"));
    say(format_args!(
        "  curl '{root}/p/{SLUG}/auth/login' --json '{{\"email\": \"{}\", \"password\": \"{PASSWORD}\"}}'",
        LOGINS[0].0
    ));
}
