//! Settings into whose the rows are: what they may name, what is wrong with them, and ways that lead nowhere.

use crate::access::{ask, condition, tenants, user};
use crate::support::{SHOP, catalog::catalog};
use portcullis_query::access::{Action, Caller, Reason, Tenancy, TenancyWords, TenantRule};
use portcullis_schema::{Database, Naming, Serve};

fn shop_words<'w>() -> TenancyWords<'w> {
    TenancyWords {
        tenant_table: Some("accounts"),
        tenant_column: Some("account_id"),
        users: Some(("users", "id")),
        ..TenancyWords::default()
    }
}

fn member() -> Caller {
    user(|user| user.tenant = Some("7".into()))
}

fn settled(text: &str, words: &TenancyWords<'_>) -> (Database, Tenancy) {
    let build = || Database::build(&catalog(text), Naming::Table, &Serve::ALL);
    let served = build();
    let tenancy = Tenancy::build(build(), &served, words);
    (served, tenancy)
}

fn faults(text: &str, words: &TenancyWords<'_>) -> String {
    settled(text, words).1.faults().join("; ")
}

#[test]
fn what_is_missing_or_unknown_in_the_settings_is_told() {
    assert_eq!(faults(SHOP, &shop_words()), "");
    let told = faults(SHOP, &TenancyWords::default());
    assert!(told.contains("`tenancy.tenant_table` is missing") && told.contains("`tenancy.tenant_column` is missing"));
    for (words, part) in [
        (TenancyWords { tenant_table: Some("order_items"), ..shop_words() }, "has no primary key of one column"),
        (TenancyWords { through: [("orders", "products")].into(), ..shop_words() }, "has no foreign key to `products`"),
        (
            TenancyWords { through: [("orders", "addresses")].into(), ..shop_words() },
            "several foreign keys to `addresses`",
        ),
        (TenancyWords { membership: Some(("orders", "user_idd", "id")), ..shop_words() }, "did you mean `user_id`?"),
        (TenancyWords { membership: Some(("orders", "user_id", "nott")), ..shop_words() }, "did you mean `note`?"),
    ] {
        // The users are reached by the membership only where they have no column of their own.
        let words =
            TenancyWords { tenant_column: words.membership.map_or(words.tenant_column, |_| Some("none")), ..words };
        let told = faults(SHOP, &words);
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_table_is_scoped_through_the_foreign_key_that_is_named() {
    let through =
        |parent| TenancyWords { through: [("orders", parent), ("addresses", "account_id")].into(), ..shop_words() };
    let text = SHOP.replace("  city        text\n", "  city text\n  account_id int ->accounts.id\n");
    for (parent, column) in
        [("shipping_address_id", "shipping_address_id"), ("billing_address_id", "billing_address_id")]
    {
        let (served, tenancy) = settled(&text, &through(parent));
        assert_eq!(tenancy.faults(), [] as [String; 0]);
        let orders = served.by_name("orders").unwrap();
        match tenancy.of(orders.id) {
            TenantRule::Through(relation) => {
                assert_eq!(relation.columns, [orders.column_by_name(column).unwrap().id]);
                assert_eq!(tenancy.whole(relation.target).0.name, "addresses");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn tables_nobody_decided_about_are_named() {
    let words = TenancyWords {
        exclude: ["products", "tags", "product_tags", "counters", "events", "active_users"].into(),
        through: [("orders", "users"), ("order_items", "orders")].into(),
        shared: ["employees"].into(),
        ..shop_words()
    };
    let (served, tenancy) = settled(SHOP, &words);
    assert_eq!(tenancy.undecided(&served), ["profiles", "addresses"]);
    assert!(!tenancy.by_user());
    let of = |name: &str| tenancy.of(served.by_name(name).unwrap().id);
    assert!(matches!(of("employees"), TenantRule::Free) && matches!(of("products"), TenantRule::Free));
    let by_user = TenancyWords { tenant_table: Some("users"), tenant_column: Some("user_id"), ..shop_words() };
    assert!(settled(SHOP, &by_user).1.by_user());
}

/// Tables that point at one another in a row: `t0` holds the tenant, each further one the key of the one before.
fn chain(length: usize) -> String {
    let first = "accounts\n  id int key\nt0\n  id int key\n  account_id int ->accounts.id\n".to_owned();
    (1..=length).fold(first, |text, n| format!("{text}t{n}\n  id int key\n  up int ->t{}.id\n", n - 1))
}

#[test]
fn sec_39_a_way_that_leads_to_no_tenant_decides_nothing() {
    let names: Vec<(String, String)> = (1..=9).map(|n| (format!("t{n}"), format!("t{}", n - 1))).collect();
    let words = TenancyWords {
        users: None,
        through: names.iter().map(|(table, parent)| (table.as_str(), parent.as_str())).collect(),
        ..shop_words()
    };
    // A way of six foreign keys is kept, a longer one is none.
    let (served, tenancy) = settled(&chain(8), &words);
    let of = |name: &str| matches!(tenancy.of(served.by_name(name).unwrap().id), TenantRule::Through(_));
    assert_eq!(
        (1..=8).map(|n| of(&format!("t{n}"))).collect::<Vec<_>>(),
        [true, true, true, true, true, true, false, false]
    );
    let told = tenancy.faults().join("; ");
    assert!(
        told.contains("`tenancy.through.t7`: the way from `t7` to a tenant is longer than 6 foreign keys"),
        "{told}"
    );
    assert_eq!(tenancy.faults().len(), 2);
    // A ring has no end.
    let ring = "accounts\n  id int key\na\n  id int key\n  b int ->b.id\nb\n  id int key\n  a int ->a.id\n";
    let words = TenancyWords { through: [("a", "b"), ("b", "a")].into(), users: None, ..shop_words() };
    let (served, tenancy) = settled(ring, &words);
    assert_eq!(tenancy.undecided(&served), ["a", "b"]);
    assert_eq!(tenancy.faults().len(), 2);
    // Rows of everybody scope nothing, and neither do those of which nobody decided.
    for (exclude, part) in
        [("products", "the rows of `products` are everybody's"), ("", "`products` has no tenant itself")]
    {
        let words =
            TenancyWords { exclude: [exclude].into(), through: [("order_items", "products")].into(), ..shop_words() };
        let build = tenants(&words);
        let told = build.policy.tenancy.as_ref().unwrap().faults().join("; ");
        assert!(told.starts_with(&format!("`tenancy.through.order_items`: {part}")), "{told}");
        let refusal = ask(&build, &member(), Action::Read, "order_items").unwrap_err();
        assert_eq!(refusal.reason, Reason::UndecidedTenancy, "{part}");
    }
}

#[test]
fn rows_of_users_and_of_keys_belong_where_their_users_do() {
    let text = SHOP.replace("  Name        text\n", "  Name text\n  tenant int null\n");
    let words = TenancyWords {
        of_users: vec![("profiles", "user_id"), ("addresses", "city")],
        of_tenants: vec![("employees", "tenant"), ("counters", "none")],
        ..shop_words()
    };
    let (served, tenancy) = settled(&text, &words);
    assert_eq!(tenancy.faults(), [] as [String; 0]);
    let of = |name: &str| tenancy.of(served.by_name(name).unwrap().id);
    assert!(
        matches!(of("profiles"), TenantRule::Through(relation) if tenancy.whole(relation.target).0.name == "users")
    );
    let employees = served.by_name("employees").unwrap();
    assert!(matches!(of("employees"), TenantRule::Column(id) if employees.column(*id).name == "tenant"));
    assert!(matches!(of("counters"), TenantRule::Undecided) && matches!(of("tags"), TenantRule::Undecided));
    let build = tenants(&TenancyWords { of_users: vec![("profiles", "user_id")], ..shop_words() });
    assert_eq!(
        condition(&build, &member(), "profiles"),
        r#"EXISTS (SELECT 1 FROM "users" AS t1 WHERE t1."id" = t0."user_id" AND t1."account_id" = $1)"#
    );
}

#[test]
fn sec_39_a_tenant_column_that_is_not_served_is_kept_to_by_nobody() {
    let whole = || Database::build(&catalog(SHOP), Naming::Table, &Serve::ALL);
    let column = |table: &str, column: &str| (table, column) != ("users", "account_id");
    let served = Database::build(&catalog(SHOP), Naming::Table, &Serve { table: &|_| true, column: &column });
    let tenancy = Tenancy::build(whole(), &served, &shop_words());
    assert!(matches!(tenancy.of(served.by_name("users").unwrap().id), TenantRule::Undecided));
    assert!(tenancy.undecided(&served).contains(&"users"));
    // A table that the whole schema does not know, and a place there is no table at.
    let strange = Database::build(&catalog("strange\n  id int key\n  account_id int\n"), Naming::Table, &Serve::ALL);
    let tenancy = Tenancy::build(whole(), &strange, &shop_words());
    assert_eq!(tenancy.undecided(&strange), ["strange"]);
    assert!(matches!(tenancy.of(served.by_name("users").unwrap().id), TenantRule::Undecided));
}
