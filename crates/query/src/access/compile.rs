//! Roles as words into rights over the served tables.
//!
//! What cannot be read allows nothing, and is told as a [`Problem`].

use super::{
    Action, ColumnSet, PermissionWords, Problem, Right, Rights, RoleWords, Rule, RuleGround, RuleValue, RuleWords,
    TableRights, rights::mark, rule::hint,
};
use portcullis_schema::{ColumnId, Database, Table, closest};
use std::sync::Arc;

/// Compiles roles against the served tables; `users` is the whole users table, for `$user.<column>`.
///
/// A role's permissions are united, and so are the roles of a caller. A rule of a role refines what the role's
/// permissions allow on its table, and allows nothing by itself.
pub fn compile(database: &Database, users: Option<&Table>, roles: &[RoleWords]) -> (Rights, Vec<Problem>) {
    let ground = RuleGround { database, users };
    let mut rights = Rights { mark: mark(database), ..Rights::default() };
    rights.tables.resize_with(database.tables().len(), TableRights::default);
    let mut problems = Vec::new();
    for role in roles {
        let mut compiler = Role { ground, role, problems: &mut problems };
        compiler.compile(&mut rights);
        for permission in &role.permissions {
            if !rights.words.contains(&permission.name) {
                rights.words.push(permission.name.clone());
            }
        }
    }
    let mut columns = Vec::new();
    for right in rights.tables.iter().flat_map(|table| table.by_action.iter().flatten()) {
        right.rows.iter().flat_map(|rows| rows.iter()).for_each(|rule| rule.user_columns(&mut columns));
        right.defaults.iter().for_each(|(_, value)| value.user_columns(&mut columns));
    }
    rights.user_columns = columns;
    (rights, problems)
}

struct Role<'c> {
    ground: RuleGround<'c>,
    role: &'c RoleWords,
    problems: &'c mut Vec<Problem>,
}

/// What a permission or a rule is about.
struct Reach<'w> {
    /// `None` is every table.
    table: Option<&'w Table>,
    actions: [bool; 4],
    preview: bool,
    password: bool,
}

impl Reach<'_> {
    fn covers(&self, table: &Table) -> bool {
        self.table.is_none_or(|own| own.id == table.id)
    }
}

/// One way in which a role may do something to a table.
struct Way {
    rows: Option<Rule>,
    fields: Option<ColumnSet>,
    defaults: Vec<(ColumnId, RuleValue)>,
}

impl<'c> Role<'c> {
    fn problem(&mut self, message: String) {
        self.problems.push(Problem { role: self.role.name.clone(), message });
    }

    fn compile(&mut self, rights: &mut Rights) {
        let role = self.role;
        let reaches: Vec<(&PermissionWords, Vec<Reach<'c>>)> =
            role.permissions.iter().map(|permission| (permission, self.reaches(permission))).collect();
        let rules: Vec<(&RuleWords, Reach<'c>)> =
            role.rules.iter().filter_map(|rule| self.rule_reach(rule).map(|reach| (rule, reach))).collect();
        let mut used = vec![false; rules.len()];
        for table in self.ground.database.tables() {
            for action in Action::ALL {
                let mut permitted = Vec::new();
                for (permission, reaches) in &reaches {
                    let about = |reach: &Reach<'_>| reach.covers(table) && reach.actions[action.place()];
                    if reaches.iter().any(about)
                        && let Ok(scope) = self.condition(table, permission.scope_expression.as_ref(), permission)
                    {
                        permitted.push(scope);
                    }
                }
                if permitted.is_empty() {
                    continue;
                }
                let mut refined = Vec::new();
                for (at, (rule, reach)) in rules.iter().enumerate() {
                    if reach.covers(table) && reach.actions[action.place()] {
                        used[at] = true;
                        refined.push(self.way(table, action, rule));
                    }
                }
                let place = &mut rights.tables[table.id.0].by_action[action.place()];
                for scope in permitted {
                    if refined.is_empty() {
                        unite(table, place, Way { rows: scope, fields: None, defaults: Vec::new() });
                        continue;
                    }
                    // A rule that cannot be read leaves nothing of what it was to refine.
                    for way in refined.iter().flatten() {
                        let rows = both(scope.clone(), way.rows.clone());
                        let (fields, defaults) = (way.fields.clone(), way.defaults.clone());
                        unite(table, place, Way { rows, fields, defaults });
                    }
                }
            }
            let own = &mut rights.tables[table.id.0];
            for reach in reaches.iter().flat_map(|(_, reaches)| reaches).filter(|reach| reach.covers(table)) {
                own.preview |= reach.preview;
                own.password |= reach.password;
            }
        }
        for ((rule, _), _) in rules.iter().zip(used).filter(|(_, used)| !used) {
            self.problem(format!(
                "the rule for `{}` refines nothing: no permission of the role is about that table and these actions",
                rule.table
            ));
        }
    }

    /// What a permission is about: by its name, by its entity and actions, or by both.
    fn reaches(&mut self, words: &PermissionWords) -> Vec<Reach<'c>> {
        let mut found = Vec::new();
        let entity = words.entity_name.as_deref().map(str::trim).filter(|entity| !entity.is_empty());
        let actions = words.allowed_actions.as_deref().map(str::trim).filter(|actions| !actions.is_empty());
        let by_columns = entity.zip(actions);
        let name = words.name.trim();
        match name.rsplit_once('.') {
            None if name == "*" => found.extend(self.reach("*", ["*"].into_iter(), name)),
            Some((table, action)) if by_columns.is_none() || is_right(action) => {
                // Beside an entity the name may be anything, also something that only looks like a right.
                let known = by_columns.is_none() || table == "*" || self.table(table).is_some();
                if known {
                    found.extend(self.reach(table, [action].into_iter(), name));
                }
            }
            _ if by_columns.is_none() => self.problem(format!(
                "the permission `{name}` names no right; write `<table>.read`, `<table>.*`, `*.read` or `*`"
            )),
            _ => {}
        }
        if let Some((entity, actions)) = by_columns {
            let list = actions.trim_matches(['[', ']']).split(',');
            found.extend(self.reach(entity, list.map(|word| word.trim_matches(['"', '\'', ' '])), name));
        }
        found
    }

    fn table(&self, word: &str) -> Option<&'c Table> {
        let same = |name: &str| name.to_lowercase() == word.to_lowercase();
        let tables = self.ground.database.tables();
        tables.iter().find(|table| same(&table.name)).or_else(|| tables.iter().find(|table| same(&table.model)))
    }

    fn known_table(&mut self, word: &str, what: &str) -> Option<&'c Table> {
        let found = self.table(word);
        if found.is_none() {
            let near = closest(word, self.ground.database.tables().iter().map(|table| table.name.as_str()));
            self.problem(format!("{what}: no table `{word}` is served{}", hint(near)));
        }
        found
    }

    fn reach<'w>(&mut self, table: &str, actions: impl Iterator<Item = &'w str>, name: &str) -> Option<Reach<'c>> {
        let table = match table {
            "*" => None,
            word => Some(self.known_table(word, &format!("the permission `{name}`"))?),
        };
        let mut reach = Reach { table, actions: [false; 4], preview: false, password: false };
        for word in actions {
            match Action::from_word(word) {
                Some(action) => reach.actions[action.place()] = true,
                None if word == "*" => {
                    reach.actions = [true; 4];
                    reach.preview = true;
                }
                None if word.eq_ignore_ascii_case("preview") => reach.preview = true,
                // Passwords are never meant by a star: whoever sets one can sign in as its user.
                None if word.eq_ignore_ascii_case("password") => reach.password = table.is_some(),
                None => {
                    self.problem(format!(
                        "the permission `{name}`: no action `{word}`; known are read, create, update, delete, preview, \
                         password and `*`"
                    ));
                }
            }
        }
        Some(reach)
    }

    fn rule_reach(&mut self, rule: &RuleWords) -> Option<Reach<'c>> {
        let table = self.known_table(&rule.table, "a rule")?;
        let mut actions = [rule.actions.is_empty(); 4];
        for word in &rule.actions {
            match Action::from_word(word) {
                Some(action) => actions[action.place()] = true,
                None if word == "*" => actions = [true; 4],
                None => {
                    // As narrow as can be: whatever was meant is refined, and by this rule to nothing.
                    actions = [true; 4];
                    self.problem(format!("the rule for `{}`: no action `{word}`", rule.table));
                }
            }
        }
        Some(Reach { table: Some(table), actions, preview: false, password: false })
    }

    /// A permission's own condition; `Err` where it cannot be read.
    fn condition(
        &mut self,
        table: &Table,
        words: Option<&crate::Json>,
        permission: &PermissionWords,
    ) -> Result<Option<Rule>, ()> {
        let Some(words) = words.filter(|words| !matches!(words, crate::Json::Null)) else { return Ok(None) };
        self.ground.read(table.id, words).map(Some).map_err(|message| {
            let text =
                format!("the permission `{}`, `scope_expression` on `{}`: {message}", permission.name, table.name);
            self.problem_once(text);
        })
    }

    fn problem_once(&mut self, message: String) {
        if !self.problems.iter().any(|known| known.message == message) {
            self.problem(message);
        }
    }

    /// What a rule leaves; `None` where it cannot be read.
    fn way(&mut self, table: &Table, action: Action, rule: &RuleWords) -> Option<Way> {
        if rule.actions.iter().any(|word| word != "*" && Action::from_word(word).is_none()) {
            return None;
        }
        let rows = match &rule.condition {
            None | Some(crate::Json::Null) => None,
            Some(words) => match self.ground.read(table.id, words) {
                Ok(rule) => Some(rule),
                Err(message) => {
                    self.problem_once(format!("the rule for `{}`, `condition`: {message}", rule.table));
                    return None;
                }
            },
        };
        let all = rule.fields.is_empty() || rule.fields.iter().any(|field| field == "*");
        let mut columns = Vec::new();
        for field in rule.fields.iter().filter(|field| *field != "*") {
            match table.column_by_name(field) {
                Some(column) => columns.push(column.id),
                None => self.problem_once(format!("the rule for `{}`, `fields`: no column `{field}`", rule.table)),
            }
        }
        let fields = (!all).then(|| ColumnSet::of(table, |id| columns.contains(&id)));
        let mut defaults = Vec::new();
        for (field, word) in rule.defaults.iter().filter(|_| action == Action::Create) {
            match (table.column_by_name(field), self.ground.value(word)) {
                (Some(column), Ok(value)) => defaults.push((column.id, value)),
                (None, _) => {
                    self.problem_once(format!("the rule for `{}`, `defaults`: no column `{field}`", rule.table))
                }
                (_, Err(message)) => {
                    self.problem_once(format!("the rule for `{}`, `defaults.{field}`: {message}", rule.table));
                    return None;
                }
            }
        }
        Some(Way { rows, fields, defaults })
    }
}

fn is_right(word: &str) -> bool {
    word == "*"
        || Action::from_word(word).is_some()
        || ["preview", "password"].iter().any(|own| own.eq_ignore_ascii_case(word))
}

fn both(one: Option<Rule>, two: Option<Rule>) -> Option<Rule> {
    match (one, two) {
        (Some(one), Some(two)) => Some(Rule::All(vec![one, two])),
        (one, two) => one.or(two),
    }
}

/// Adds a way to those there are: any of them is enough.
fn unite(table: &Table, place: &mut Option<Right>, way: Way) {
    let defaults: Arc<[_]> = way.defaults.into();
    let Some(right) = place else {
        let rows = way.rows.map(|rule| Arc::from([rule]));
        *place = Some(Right { rows, fields: way.fields, defaults });
        return;
    };
    right.rows = match (right.rows.take(), way.rows) {
        (Some(known), Some(rule)) if !known.contains(&rule) => Some(known.iter().cloned().chain([rule]).collect()),
        (Some(known), Some(_)) => Some(known),
        _ => None,
    };
    right.fields = match (right.fields.take(), way.fields) {
        (Some(one), Some(two)) => Some(ColumnSet::of(table, |id| one.has(id) || two.has(id))),
        _ => None,
    };
    let further = defaults.iter().filter(|(column, _)| !right.defaults.iter().any(|(known, _)| known == column));
    right.defaults = right.defaults.iter().chain(further).cloned().collect();
}
