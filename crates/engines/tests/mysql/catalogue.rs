//! What a sync finds.

use crate::site::Site;
use portcullis_engines::IntrospectOptions;
use portcullis_schema::{
    Catalog, ColumnInfo, ColumnType as Ty, ForeignKeyInfo, Generated, Storage, TableInfo, TableKind,
};
use std::sync::{Arc, Mutex};

const NASTY: &[&str] = &[
    "CREATE TABLE `Order` (`Id` int AUTO_INCREMENT PRIMARY KEY, `select` varchar(40) NOT NULL DEFAULT 'it''s' \
     COMMENT 'what it''s \"called\"', `a b` decimal(12,3) DEFAULT 1.5, `we``ird` int CHECK (`we``ird` > 0), \
     `total` int GENERATED ALWAYS AS (`we``ird` * 2) STORED, `half` int AS (`we``ird` / 2) VIRTUAL, \
     `made` timestamp DEFAULT current_timestamp() ON UPDATE current_timestamp(), \
     `kind` enum('a','it''s','x,y','b\\\\s'), \
     UNIQUE KEY `u1` (`select`, `we``ird`), UNIQUE KEY `start` (`select`(3)), KEY `plain` (`a b`), \
     CONSTRAINT `be``tween` CHECK (`we``ird` < 100 and `select` <> ')')) COMMENT 'Orders; \"all\" of them'",
    "CREATE TABLE `order lines` (`order` int, `no` smallint unsigned, `parent_order` int, `parent_no` smallint \
     unsigned, `first` int, `second` int, PRIMARY KEY (`no`, `order`), \
     CONSTRAINT `to order` FOREIGN KEY (`order`) REFERENCES `Order` (`Id`) ON DELETE CASCADE ON UPDATE RESTRICT, \
     CONSTRAINT `se``lf` FOREIGN KEY (`parent_no`, `parent_order`) REFERENCES `order lines` (`no`, `order`) \
     ON DELETE SET NULL ON UPDATE SET NULL, CONSTRAINT `d1` FOREIGN KEY (`first`) REFERENCES `Order` (`Id`), \
     CONSTRAINT `d2` FOREIGN KEY (`second`) REFERENCES `Order` (`Id`) ON UPDATE CASCADE)",
    "CREATE TABLE types (b tinyint(1), b1 bit(1), b8 bit(8), t tinyint, m mediumint unsigned, big bigint unsigned, \
     f float, d double, c char(36), tt tinytext, lt longtext, s set('a','b'), da date, ti time(3), dt datetime(6), \
     ts timestamp NULL, y year, j json, u uuid, bi binary(16), bl blob, ip inet6, pt point, not_json longtext \
     COLLATE utf8mb4_bin)",
    "CREATE TABLE versioned (id int PRIMARY KEY) WITH SYSTEM VERSIONING",
    "CREATE VIEW `the view` AS SELECT `Id`, `a b` FROM `Order`",
    "CREATE TABLE soon_gone (id int)",
    "CREATE VIEW broken AS SELECT id FROM soon_gone",
    "DROP TABLE soon_gone",
    "CREATE SEQUENCE counter",
];

fn table<'a>(catalog: &'a Catalog, name: &str) -> &'a TableInfo {
    catalog.tables.iter().find(|table| table.name == name).unwrap()
}

fn column<'a>(table: &'a TableInfo, name: &str) -> &'a ColumnInfo {
    table.columns.iter().find(|column| column.name == name).unwrap()
}

fn key(name: &str, columns: &[&str], parent: &str, parents: &[&str], rules: [Option<&str>; 2]) -> ForeignKeyInfo {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    ForeignKeyInfo {
        name: name.to_owned(),
        columns: own(columns),
        parent_schema: None,
        parent: parent.to_owned(),
        parent_columns: own(parents),
        on_delete: rules[0].map(str::to_owned),
        on_update: rules[1].map(str::to_owned),
    }
}

pub async fn a_nasty_schema_is_read_whole(site: Site) {
    site.setup(NASTY).await;
    let catalog = site.engine().await.introspect(&IntrospectOptions::default()).await.unwrap();
    let names: Vec<_> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["Order", "order lines", "the view", "types", "versioned"]);

    let order = table(&catalog, "Order");
    assert_eq!(order.comment.as_deref(), Some("Orders; \"all\" of them"));
    assert_eq!(order.primary_key, ["Id"]);
    let unique: Vec<_> = order.unique_keys.iter().map(|key| (key.name.as_str(), key.columns.join("+"))).collect();
    assert_eq!(unique, [("u1", "select+we`ird".to_owned())]);
    let checks: Vec<_> = order.checks.iter().map(|c| (c.name.as_str(), c.expression.as_str())).collect();
    assert_eq!(checks, [("we`ird", "`we``ird` > 0"), ("be`tween", "`we``ird` < 100 and `select` <> ')'")]);
    let select = column(order, "select");
    assert_eq!(select.comment.as_deref(), Some("what it's \"called\""));
    assert_eq!((select.default.as_deref(), select.nullable), (Some("'it''s'"), false));
    assert_eq!(select.ty, Ty::Text { max_chars: Some(40) });
    assert_eq!(column(order, "a b").ty, Ty::Decimal { precision: Some(12), scale: Some(3) });
    assert_eq!(column(order, "we`ird").default, None);
    let made = ["Id", "select", "total", "half", "made"].map(|name| column(order, name).generated);
    assert_eq!(made, [Generated::Counter, Generated::No, Generated::Computed, Generated::Computed, Generated::No]);
    let labels = ["a", "it's", "x,y", "b\\s"].map(str::to_owned).to_vec();
    assert_eq!(column(order, "kind").ty, Ty::Enum { values: labels });

    let lines = table(&catalog, "order lines");
    assert_eq!(lines.primary_key, ["no", "order"]);
    assert_eq!(
        lines.foreign_keys,
        [
            key("d1", &["first"], "Order", &["Id"], [None, None]),
            key("d2", &["second"], "Order", &["Id"], [None, Some("CASCADE")]),
            key("se`lf", &["parent_no", "parent_order"], "order lines", &["no", "order"], [Some("SET NULL"); 2]),
            key("to order", &["order"], "Order", &["Id"], [Some("CASCADE"), None]),
        ]
    );

    let view = table(&catalog, "the view");
    assert_eq!((view.kind, view.comment.as_deref(), view.columns.len()), (TableKind::View, None, 2));
    assert_eq!(table(&catalog, "versioned").kind, TableKind::Table);
    types(table(&catalog, "types"));
}

fn types(found: &TableInfo) {
    let int = |bits, signed| Ty::Integer { bits, signed };
    let text = |max_chars| Ty::Text { max_chars };
    for (name, ty, storage) in [
        ("b", Ty::Boolean, Storage::Native),
        ("b1", Ty::Boolean, Storage::Native),
        ("b8", int(64, false), Storage::Native),
        ("t", int(8, true), Storage::Native),
        ("m", int(24, false), Storage::Native),
        ("big", int(64, false), Storage::Native),
        ("f", Ty::Float { bits: 32 }, Storage::Native),
        ("d", Ty::Float { bits: 64 }, Storage::Native),
        ("c", text(Some(36)), Storage::Native),
        ("tt", text(Some(255)), Storage::Native),
        ("lt", text(None), Storage::Native),
        ("s", Ty::Other, Storage::Native),
        ("da", Ty::Date, Storage::Native),
        ("ti", Ty::Time { zone: false }, Storage::Native),
        ("dt", Ty::DateTime { zone: false }, Storage::Native),
        ("ts", Ty::DateTime { zone: true }, Storage::Native),
        ("y", int(16, false), Storage::Native),
        ("j", Ty::Json, Storage::Native),
        ("u", Ty::Uuid, Storage::Native),
        ("bi", Ty::Bytes, Storage::Native),
        ("bl", Ty::Bytes, Storage::Native),
        ("ip", Ty::Other, Storage::Native),
        ("pt", Ty::Other, Storage::CastText),
        ("not_json", text(None), Storage::Native),
    ] {
        let column = column(found, name);
        assert_eq!((&column.ty, column.storage), (&ty, storage), "{name}");
    }
    assert!(found.checks.is_empty());
}

pub async fn a_login_with_only_select_sees_the_same(site: Site) {
    site.setup(NASTY).await;
    let login = site.login("only", &["SELECT ON {db}.*"]).await;
    let options = IntrospectOptions::default();
    let all = site.engine().await.introspect(&options).await.unwrap();
    let reader = site.engine_as(&login).await;
    assert_eq!(reader.introspect(&options).await.unwrap(), all);
    let marks = (reader.structure_mark().await.unwrap(), site.engine().await.structure_mark().await.unwrap());
    assert_eq!(marks.0, marks.1);
}

pub async fn triggers_are_noticed(site: Site) {
    site.setup(&[
        "CREATE TABLE a (n int)",
        "CREATE TABLE b (n int)",
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.n = 1",
    ])
    .await;
    let catalog = site.engine().await.introspect(&IntrospectOptions::default()).await.unwrap();
    assert!(table(&catalog, "a").has_triggers && !table(&catalog, "b").has_triggers);
}

pub async fn the_mark_changes_with_the_structure(site: Site) {
    site.setup(&["CREATE TABLE a (n int)", "CREATE TABLE b (n int)"]).await;
    let engine = site.engine().await;
    let mark = async || engine.structure_mark().await.unwrap().unwrap();
    let mut last = mark().await;
    assert_eq!(mark().await, last);
    for change in [
        "CREATE TABLE c (n int)",
        "DROP TABLE c",
        "ALTER TABLE a ADD COLUMN m int",
        "ALTER TABLE a RENAME COLUMN m TO k",
        "ALTER TABLE a MODIFY k varchar(10)",
        "ALTER TABLE a MODIFY k varchar(10) NOT NULL",
        "ALTER TABLE a MODIFY k varchar(10) NOT NULL DEFAULT ''",
        "ALTER TABLE a ADD PRIMARY KEY (k)",
        "RENAME TABLE a TO z",
        "ALTER TABLE b DROP COLUMN n, ADD COLUMN o int",
    ] {
        site.setup(&[change]).await;
        let now = mark().await;
        assert_ne!(now, last, "{change}");
        last = now;
    }
    site.setup(&["INSERT INTO b VALUES (1)"]).await;
    assert_eq!(mark().await, last);
}

pub async fn progress_is_told(site: Site) {
    site.setup(&["CREATE TABLE a (n int)", "CREATE VIEW v AS SELECT n FROM a"]).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let options = IntrospectOptions {
        progress: Some(Arc::new({
            let told = told.clone();
            move |done, total| told.lock().unwrap().push((done, total))
        })),
        ..Default::default()
    };
    site.engine().await.introspect(&options).await.unwrap();
    assert_eq!(told.lock().unwrap().last(), Some(&(2, 2)));
}
