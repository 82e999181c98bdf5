//! Relationships from foreign keys: which there are and what they are called.
//!
//! Source of the names: the native contract, section 2.

use crate::{
    Decode, Join, OutputShape, Relation, RelationKind, Table, TableId,
    database::ColumnId,
    names::{go_pascal, plural, singular, snake, without_id},
};
use std::collections::{HashMap, HashSet};

/// A foreign key between two served tables.
struct Link {
    child: TableId,
    parent: TableId,
    columns: Vec<ColumnId>,
    parent_columns: Vec<ColumnId>,
    /// The key's columns without `_id`, joined by `_`.
    stem: String,
    /// The key's columns, joined by `,`.
    text: String,
    unique: bool,
}

/// The relationships of each table, in the order of the tables.
pub fn derive(tables: &[Table]) -> Vec<Vec<Relation>> {
    let links = links(tables);
    let mut relations: Vec<Vec<Draft>> = tables.iter().map(|_| Vec::new()).collect();
    for link in &links {
        relations[link.child.0].push(belongs_to(link, tables));
    }
    let mut count: HashMap<(TableId, TableId), usize> = HashMap::new();
    for link in &links {
        *count.entry((link.child, link.parent)).or_default() += 1;
    }
    for link in &links {
        relations[link.parent.0].push(has(link, tables, count[&(link.child, link.parent)] > 1));
    }
    for (near, far) in join_pairs(&links, tables) {
        relations[near.parent.0].push(many_to_many(near, far, tables));
    }
    relations.into_iter().zip(tables).map(|(drafts, table)| settle(drafts, table, tables)).collect()
}

/// A relationship whose name may still have to give way.
struct Draft {
    name: String,
    /// What is appended when another relationship has the name.
    by: String,
    relation: Relation,
}

fn links(tables: &[Table]) -> Vec<Link> {
    let places: HashMap<(Option<&str>, &str), TableId> =
        tables.iter().map(|table| ((table.info.schema.as_deref(), table.info.name.as_str()), table.id)).collect();
    let mut links = Vec::new();
    for table in tables {
        let mut seen = HashSet::new();
        for key in &table.info.foreign_keys {
            let Some(parent) = places.get(&(key.parent_schema.as_deref(), key.parent.as_str())) else { continue };
            let parent_table = &tables[parent.0];
            let (Some(columns), Some(parent_columns)) =
                (table.column_ids(&key.columns), parent_table.column_ids(&key.parent_columns))
            else {
                continue;
            };
            if columns.is_empty() || columns.len() != parent_columns.len() || !seen.insert((columns.clone(), *parent)) {
                continue;
            }
            let own: HashSet<_> = columns.iter().collect();
            links.push(Link {
                child: table.id,
                parent: *parent,
                unique: table.unique_keys.iter().any(|key| key.iter().all(|column| own.contains(column))),
                stem: key.columns.iter().map(|column| without_id(column)).collect::<Vec<_>>().join("_"),
                text: key.columns.join(","),
                columns,
                parent_columns,
            });
        }
    }
    links
}

fn belongs_to(link: &Link, tables: &[Table]) -> Draft {
    let parent = &tables[link.parent.0];
    let name = match link.columns.as_slice() {
        [_] => singular(&link.stem),
        _ => singular(&snake(&parent.name)),
    };
    draft(name, link, RelationKind::BelongsTo, link.parent, &link.columns, &link.parent_columns, None)
}

fn has(link: &Link, tables: &[Table], several: bool) -> Draft {
    let child = snake(&tables[link.child.0].name);
    let (kind, mut name) =
        if link.unique { (RelationKind::HasOne, singular(&child)) } else { (RelationKind::HasMany, plural(&child)) };
    if several {
        name = format!("{name}_by_{}", link.stem);
    }
    draft(name, link, kind, link.child, &link.parent_columns, &link.columns, None)
}

fn many_to_many(near: &Link, far: &Link, tables: &[Table]) -> Draft {
    let mut name = plural(&snake(&tables[far.parent.0].name));
    if near.parent == far.parent {
        name = format!("{name}_by_{}", far.stem);
    }
    let join = Join { table: near.child, near: near.columns.clone(), far: far.columns.clone() };
    let mut draft =
        draft(name, near, RelationKind::ManyToMany, far.parent, &near.parent_columns, &far.parent_columns, Some(join));
    draft.by = format!("{}_{}", snake(&tables[near.child.0].name), far.stem);
    draft
}

fn draft(
    name: String,
    link: &Link,
    kind: RelationKind,
    target: TableId,
    columns: &[ColumnId],
    target_columns: &[ColumnId],
    join: Option<Join>,
) -> Draft {
    let relation = Relation {
        name: String::new(),
        json_name: String::new(),
        json_key: "".into(),
        kind,
        target,
        columns: columns.to_vec(),
        target_columns: target_columns.to_vec(),
        join,
        foreign_key: link.text.clone(),
    };
    Draft { name, by: link.stem.clone(), relation }
}

/// Pairs of foreign keys whose columns together are exactly a key of their table, both ways round.
fn join_pairs<'l>(links: &'l [Link], tables: &[Table]) -> Vec<(&'l Link, &'l Link)> {
    let mut pairs = Vec::new();
    for table in tables {
        let own: Vec<&Link> = links.iter().filter(|link| link.child == table.id).collect();
        for (at, one) in own.iter().enumerate() {
            for two in &own[at + 1..] {
                let both: HashSet<_> = one.columns.iter().chain(&two.columns).collect();
                let disjoint = both.len() == one.columns.len() + two.columns.len();
                let joins = table.unique_keys.iter().any(|key| key.iter().collect::<HashSet<_>>() == both);
                if disjoint && joins {
                    pairs.push((*one, *two));
                    pairs.push((*two, *one));
                }
            }
        }
    }
    pairs
}

/// Gives every relationship a name that no column and no other relationship has.
fn settle(drafts: Vec<Draft>, table: &Table, tables: &[Table]) -> Vec<Relation> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut relations = Vec::with_capacity(drafts.len());
    for Draft { mut name, by, mut relation } in drafts {
        if table.find_column(&name).is_some() {
            name = format!("{name}_{}", snake(&singular(&tables[relation.target.0].name)));
        }
        if taken.contains(&name) {
            name = format!("{name}_by_{by}");
        }
        let base = name.clone();
        let mut n = 2;
        while taken.contains(&name) || table.find_column(&name).is_some() {
            name = format!("{base}_{n}");
            n += 1;
        }
        taken.insert(name.clone());
        relation.name = go_pascal(&name);
        relation.json_key = OutputShape::new(&name, Decode::Text).json_key.clone();
        relation.json_name = name;
        relations.push(relation);
    }
    relations
}
