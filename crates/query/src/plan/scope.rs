//! Which rows a caller may come to: the scope of a grant as a condition, with this caller's values bound.
//!
//! A value that the caller does not have matches nothing, also under NOT, as NULL does in SQL.

use super::{Alias, ColumnRef, Condition, Hop, Operand, Planner, Select, condition::Ground, planner::Aliases};
use crate::{
    Json, Value,
    access::{Grant, Rule, RuleValue, Tenancy, TenantRule},
    convert::Purpose,
    request::{CompareOp, Operator},
};
use chrono::{DateTime, SecondsFormat, TimeDelta};
use portcullis_schema::{Column, Relation, RelationKind, Table};

impl<'s> Planner<'s> {
    /// A caller's select from a table: confined, with nothing asked for yet.
    pub(super) fn select(&self, ground: Ground<'s, '_>, aliases: &mut Aliases) -> Select<'s> {
        Select { scope: self.scope(ground, aliases), ..Select::from(ground.table) }
    }

    /// Which rows of a table the grant leaves.
    pub(super) fn scope(&self, ground: Ground<'s, '_>, aliases: &mut Aliases) -> Condition<'s> {
        debug_assert_eq!(ground.grant.table(), ground.table.id);
        self.scopes(ground.table, ground.alias, &[ground.grant], aliases)
    }

    /// Which rows all of the grants leave; what they have in common is said once.
    pub(super) fn scopes(
        &self,
        table: &'s Table,
        alias: Alias,
        grants: &[&Grant],
        aliases: &mut Aliases,
    ) -> Condition<'s> {
        if grants.iter().all(|grant| grant.scope().is_all()) {
            return Condition::always();
        }
        let mut parts = Vec::with_capacity(2);
        if let Some(deleted) = grants.iter().find_map(|grant| grant.scope().live) {
            parts.push(live(alias, table.column(deleted)));
        }
        if grants.iter().any(|grant| grant.scope().tenant) {
            parts.push(self.served_tenant(table, alias, aliases).unwrap_or_else(Condition::never));
        }
        if let Some(owner) = grants.iter().find_map(|grant| grant.scope().owner) {
            parts.push(self.own_rows(alias, table.column(owner)).unwrap_or_else(Condition::never));
        }
        if let Some(rule) = grants.iter().find_map(|grant| grant.scope().rule.as_ref()) {
            parts.push(self.rule(table, alias, rule, false, aliases));
        }
        for (at, rules) in grants.iter().enumerate().filter_map(|(at, grant)| Some((at, grant.scope().role.as_ref()?)))
        {
            if grants[..at].iter().all(|known| known.scope().role.as_ref() != Some(rules)) {
                parts.push(Condition::any(rules.iter().map(|rule| self.rule(table, alias, rule, false, aliases))));
            }
        }
        Condition::all(parts)
    }

    /// The tenant in force.
    pub(super) fn tenant(&self) -> Option<&'s str> {
        let user = self.caller.user()?;
        match user.tenant.as_deref() {
            None if self.policy.tenancy.as_ref().is_some_and(|tenancy| tenancy.by_user()) => Some(&user.id),
            tenant => tenant,
        }
    }

    /// The rows of a served table that were not deleted; `None` where that is all of them.
    fn live_rows(&self, table: &'s Table, alias: Alias) -> Option<Condition<'s>> {
        self.policy.table(table.id).deleted.map(|deleted| live(alias, table.column(deleted)))
    }

    /// What deleting a row writes, where deleted rows stay.
    pub(super) fn deletion(&self, table: &'s Table, grant: &Grant) -> Option<(&'s Column, Option<Value>)> {
        let column = table.column(grant.scope().live?);
        let now = DateTime::from_timestamp_micros(self.now.micros());
        let word = now.map(|now| Json::String(now.to_rfc3339_opts(SecondsFormat::Secs, true)));
        Some((column, word.and_then(|word| self.value(column, &word, Purpose::Write, &column.name).ok())))
    }

    /// The caller's text as a value of a column; `None` where the column cannot hold it.
    fn text_value(&self, column: &Column, text: &str) -> Option<Value> {
        let word = Json::String(text.to_owned());
        self.value(column, &word, Purpose::Compare, &column.name).ok().filter(|value| !value.is_null())
    }

    fn equals(&self, alias: Alias, column: &'s Column, text: &str) -> Option<Condition<'s>> {
        let value = self.text_value(column, text)?;
        Some(Condition::Compare { left: Operand::Column(ColumnRef { alias, column }), op: CompareOp::Eq, value })
    }

    fn own_rows(&self, alias: Alias, column: &'s Column) -> Option<Condition<'s>> {
        self.equals(alias, column, &self.caller.user()?.id)
    }

    /// The rows of the caller's tenant in a served table; `None` where the caller has no tenant that fits.
    fn served_tenant(&self, table: &'s Table, alias: Alias, aliases: &mut Aliases) -> Option<Condition<'s>> {
        let policy = self.policy;
        let tenancy = policy.tenancy.as_ref()?;
        match tenancy.of(table.id) {
            TenantRule::Free => Some(Condition::always()),
            TenantRule::Column(id) | TenantRule::Own(id) => self.equals(alias, table.column(*id), self.tenant()?),
            TenantRule::OwnRow(id) => self.own_rows(alias, table.column(*id)),
            rule => self.tenant_way(tenancy, tenancy.whole_of(table.id)?, alias, rule, aliases),
        }
    }

    /// The same for any table of the schema.
    fn whole_tenant(
        &self,
        tenancy: &'s Tenancy,
        (table, rule): (&'s Table, &'s TenantRule),
        alias: Alias,
        aliases: &mut Aliases,
    ) -> Option<Condition<'s>> {
        match rule {
            TenantRule::Free => Some(Condition::always()),
            TenantRule::Column(id) | TenantRule::Own(id) => self.equals(alias, table.column(*id), self.tenant()?),
            TenantRule::OwnRow(id) => self.own_rows(alias, table.column(*id)),
            rule => self.tenant_way(tenancy, table, alias, rule, aliases),
        }
    }

    /// A tenant that is reached over another table.
    fn tenant_way(
        &self,
        tenancy: &'s Tenancy,
        source: &'s Table,
        alias: Alias,
        rule: &'s TenantRule,
        aliases: &mut Aliases,
    ) -> Option<Condition<'s>> {
        let (relation, member) = match rule {
            TenantRule::Through(relation) => (relation, None),
            TenantRule::Member(relation, column) => (relation, Some(*column)),
            _ => return None,
        };
        let (target, theirs) = tenancy.whole(relation.target);
        let to = aliases.next();
        let scope = match member {
            Some(column) => self.equals(to, target.column(column), self.tenant()?)?,
            None => self.whole_tenant(tenancy, (target, theirs), to, aliases)?,
        };
        let hop = Hop { relation, from: alias, source, to, target, join: None, scope: Box::new(scope) };
        Some(Condition::Exists { hop, condition: Box::new(Condition::always()) })
    }

    /// A rule as a condition. `negated` says that it stands under a NOT: what is unknown then holds, so that the
    /// whole does not.
    fn rule(&self, table: &'s Table, alias: Alias, rule: &Rule, negated: bool, aliases: &mut Aliases) -> Condition<'s> {
        let unknown = || if negated { Condition::always() } else { Condition::never() };
        match rule {
            Rule::All(parts) => Condition::all(
                parts.iter().map(|part| self.rule(table, alias, part, negated, aliases)).collect::<Vec<_>>(),
            ),
            Rule::Any(parts) => Condition::any(
                parts.iter().map(|part| self.rule(table, alias, part, negated, aliases)).collect::<Vec<_>>(),
            ),
            Rule::Not(inner) => self.rule(table, alias, inner, !negated, aliases).not(),
            Rule::Field { column, operator, value } => {
                let column = ColumnRef { alias, column: table.column(*column) };
                let resolved = self.resolved(*operator, value);
                let condition = resolved.and_then(|(operator, word)| self.field(column, operator, &word, "rule").ok());
                match condition {
                    Some(condition) if matches!(value, RuleValue::Literal(_)) => Condition::Fixed(Box::new(condition)),
                    Some(condition) => condition,
                    None => unknown(),
                }
            }
            Rule::Related { relation, rule } => {
                let relation = &table.relations[*relation];
                match self.rule_hop(table, alias, relation, aliases) {
                    Some(hop) => {
                        let condition = self.rule(hop.target, hop.to, rule, negated, aliases);
                        Condition::Exists { hop, condition: Box::new(condition) }
                    }
                    None => unknown(),
                }
            }
        }
    }

    /// A step of a rule: it stays inside the caller's tenant.
    fn rule_hop(
        &self,
        source: &'s Table,
        from: Alias,
        relation: &'s Relation,
        aliases: &mut Aliases,
    ) -> Option<Hop<'s>> {
        let target = self.database.table(relation.target);
        let to = aliases.next();
        let join = relation.join.as_ref().map(|join| (self.database.table(join.table), aliases.next()));
        let mut scope = Vec::new();
        // What was deleted is nobody's reason, for whatever rule.
        scope.extend(self.live_rows(target, to));
        scope.extend(join.and_then(|(between, alias)| self.live_rows(between, alias)));
        if self.policy.tenancy.is_some() {
            scope.push(self.served_tenant(target, to, aliases)?);
            if let Some((between, alias)) = join {
                scope.push(self.served_tenant(between, alias, aliases)?);
            }
        }
        Some(Hop { relation, from, source, to, target, join, scope: Box::new(Condition::all(scope)) })
    }

    /// A rule's value as a word; `None` where the caller does not have it.
    fn resolved(&self, operator: Operator, value: &RuleValue) -> Option<(Operator, Json)> {
        if matches!(value, RuleValue::Role) {
            let roles = Json::Array(self.roles()?);
            return match operator {
                Operator::Compare(CompareOp::Eq) | Operator::In { negated: false } => {
                    Some((Operator::In { negated: false }, roles))
                }
                Operator::Compare(CompareOp::Neq) | Operator::In { negated: true } => {
                    Some((Operator::In { negated: true }, roles))
                }
                operator => match roles {
                    Json::Array(mut one) if one.len() == 1 => Some((operator, one.swap_remove(0))),
                    _ => None,
                },
            };
        }
        if let RuleValue::List(items) = value {
            let mut words = Vec::with_capacity(items.len());
            for item in items {
                match item {
                    RuleValue::Role => words.extend(self.roles()?),
                    item => words.push(self.word(item)?),
                }
            }
            return Some((operator, Json::Array(words)));
        }
        Some((operator, self.word(value)?))
    }

    fn roles(&self) -> Option<Vec<Json>> {
        let roles = &self.caller.user()?.roles;
        (!roles.is_empty()).then(|| roles.iter().map(|role| Json::String(role.clone())).collect())
    }

    /// One value as a word; `None` where the caller does not have it.
    pub(super) fn word(&self, value: &RuleValue) -> Option<Json> {
        match value {
            RuleValue::Literal(word) => Some(word.clone()),
            // Nobody who is signed in is without an id: a guest of a surface owns nothing.
            RuleValue::UserId => {
                let id = &self.caller.user()?.id;
                (!id.is_empty()).then(|| Json::String(id.clone()))
            }
            RuleValue::UserColumn(column) => self.caller.user()?.column(*column).cloned(),
            RuleValue::Tenant => self.tenant().map(|tenant| Json::String(tenant.to_owned())),
            RuleValue::Now { shift_s } => {
                let shift = TimeDelta::try_seconds(*shift_s)?;
                let now = DateTime::from_timestamp_micros(self.now.micros())?.checked_add_signed(shift)?;
                Some(Json::String(now.to_rfc3339_opts(SecondsFormat::Micros, true)))
            }
            RuleValue::Role => match self.roles()? {
                roles if roles.len() == 1 => roles.into_iter().next(),
                _ => None,
            },
            RuleValue::List(items) => items.iter().map(|item| self.word(item)).collect::<Option<_>>().map(Json::Array),
        }
    }

    /// The caller's tenant as a value to write into a column.
    pub(super) fn tenant_value(&self, column: &Column) -> Option<Value> {
        self.text_value(column, self.tenant()?)
    }

    /// The caller's id as a value to write into a column.
    pub(super) fn owner_value(&self, column: &Column) -> Option<Value> {
        self.text_value(column, Some(&self.caller.user()?.id).filter(|id| !id.is_empty())?)
    }

    /// The column in which a served table holds the tenant.
    pub(super) fn tenant_column(&self, table: &'s Table) -> Option<&'s Column> {
        match self.policy.tenancy.as_ref()?.of(table.id) {
            TenantRule::Column(id) => Some(table.column(*id)),
            _ => None,
        }
    }

    /// For each foreign key of a row of `table` under alias 0 whose parent the caller may not come to as it likes: that
    /// the key is null, or its parent is one the caller may read. With the columns of the key.
    pub(super) fn parents(&self, table: &'s Table, aliases: &mut Aliases) -> Vec<ParentCheck<'s>> {
        let mut checks = Vec::new();
        for relation in table.relations.iter().filter(|relation| relation.kind == RelationKind::BelongsTo) {
            let target = self.database.table(relation.target);
            let grant = self.grant(crate::access::Action::Read, target);
            if grant.as_ref().is_ok_and(|grant| grant.scope().is_all()) {
                continue;
            }
            let to = aliases.next();
            let scope = match &grant {
                Ok(grant) => self.scope(Ground { table: target, alias: to, grant }, aliases),
                Err(_) => Condition::never(),
            };
            checks.push(check(table, table, relation, target, to, scope));
        }
        if let Some(tenancy) = &self.policy.tenancy
            && let Some(whole) = tenancy.whole_of(table.id)
        {
            for relation in tenancy.hidden_parents(table.id, self.database) {
                // A key over a column that is not served is written by nobody.
                let served = |id| table.column_by_name(&whole.column(id).name).is_some();
                if !relation.columns.iter().all(|id| served(*id)) {
                    continue;
                }
                let to = aliases.next();
                let theirs = tenancy.whole(relation.target);
                let scope = self.whole_tenant(tenancy, theirs, to, aliases).unwrap_or_else(Condition::never);
                checks.push(check(table, whole, relation, theirs.0, to, scope));
            }
        }
        checks
    }
}

/// That a row was not deleted.
fn live<'s>(alias: Alias, column: &'s Column) -> Condition<'s> {
    Condition::Null { left: Operand::Column(ColumnRef { alias, column }), negated: false }
}

/// That a foreign key is null, or points at a row its writer could read.
pub(super) struct ParentCheck<'s> {
    /// The key's columns in the written table.
    pub columns: Vec<&'s Column>,
    /// What must hold of the written row.
    pub condition: Condition<'s>,
}

fn check<'s>(
    table: &'s Table,
    source: &'s Table,
    relation: &'s Relation,
    target: &'s Table,
    to: Alias,
    scope: Condition<'s>,
) -> ParentCheck<'s> {
    let columns: Vec<&Column> =
        relation.columns.iter().filter_map(|id| table.column_by_name(&source.column(*id).name)).collect();
    let hop = Hop { relation, from: 0, source, to, target, join: None, scope: Box::new(scope) };
    let null =
        |column: &&'s Column| Condition::Null { left: Operand::Column(ColumnRef { alias: 0, column }), negated: false };
    let mut ways: Vec<Condition<'s>> = columns.iter().filter(|column| column.nullable).map(null).collect();
    ways.push(Condition::Exists { hop, condition: Box::new(Condition::always()) });
    ParentCheck { columns, condition: Condition::any(ways) }
}
