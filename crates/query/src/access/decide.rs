//! The decision.

use super::{
    AccessLevel, Action, Caller, EndUser, Grant, Policy, Reason, Refusal, RefusalKind, Right, RowScope, TablePolicy,
    TenantRule,
};
use portcullis_schema::TableId;

/// Decides what `caller` may do to `table`.
///
/// # Errors
///
/// [`Refusal`]: without credentials on anything not public `Unauthenticated`, with them `Forbidden`. SEC-48.
pub fn decide(policy: &Policy, caller: &Caller, action: Action, table: TableId) -> Result<Grant, Refusal> {
    decide_at(policy, caller, action, table, false)
}

/// The same for a request that may have come by a public route: `opened` says that the route opens this table.
///
/// # Errors
///
/// As [`decide`].
pub fn decide_at(
    policy: &Policy,
    caller: &Caller,
    action: Action,
    table: TableId,
    opened: bool,
) -> Result<Grant, Refusal> {
    let rules = policy.table(table);
    if policy.open || matches!(caller, Caller::Administrator) {
        return Ok(unconfined(policy, rules, caller, action, table));
    }
    let level = if opened { AccessLevel::Public } else { rules.access.of(action) };
    let user = caller.user();
    if rules.broken {
        return Err(refused(caller, Reason::BrokenRule));
    }
    if let Some(user) = user
        && !user.in_scope(table, action)
    {
        return Err(Refusal::forbidden(Reason::KeyScope));
    }
    let right = allowed(policy, rules, caller, level, action, table)?;
    let (tenant, sets_tenant) = tenant(policy, caller, action, table)?;
    let above = user.is_some_and(|user| user.administrator);
    let rights = user.and_then(|user| policy.rights(user, table));
    let scope = RowScope {
        live: rules.deleted,
        tenant,
        owner: if level == AccessLevel::Owner && !above { rules.owner } else { None },
        rule: if above { None } else { rules.row_rule.clone() },
        role: right.and_then(|right| right.rows.clone()),
    };
    let (readable_by_role, writable_by_role) = columns(policy, user.map(AsRef::as_ref), level, action, table, right);
    Ok(Grant {
        table,
        action,
        readable: rules.user_readable.clone(),
        readable_by_role,
        writable: rules.user_writable.clone(),
        writable_by_role,
        sees_sql: user.is_some() && (policy.show_sql || rights.is_some_and(|rights| rights.preview)),
        unconfined: false,
        scope,
        sets_tenant,
        sets_owner: rules.owner,
        frees_owner: above,
        defaults: right.map(|right| right.defaults.clone()).filter(|defaults| !defaults.is_empty()),
        password: rules.password.filter(|_| rights.is_some_and(|rights| rights.password)),
    })
}

/// For operators, `sk_` keys, and everybody where auth is off.
fn unconfined(policy: &Policy, rules: &TablePolicy, caller: &Caller, action: Action, table: TableId) -> Grant {
    let administrator = matches!(caller, Caller::Administrator);
    let (readable, writable) =
        if administrator { (&rules.readable, &rules.writable) } else { (&rules.user_readable, &rules.user_writable) };
    Grant {
        table,
        action,
        readable: readable.clone(),
        readable_by_role: None,
        writable: writable.clone(),
        writable_by_role: None,
        sees_sql: administrator || (policy.show_sql && caller.is_signed_in()),
        unconfined: true,
        scope: RowScope { live: rules.deleted, ..RowScope::default() },
        sets_tenant: false,
        sets_owner: None,
        frees_owner: false,
        defaults: None,
        password: rules.password.filter(|_| administrator),
    }
}

/// Whether the caller needs permissions: everybody with roles on, and whoever brings rights (callers of a surface that
/// allows nothing without a permission).
fn is_held(policy: &Policy, user: Option<&EndUser>) -> bool {
    policy.rbac || user.is_some_and(|user| user.rights.is_some())
}

/// Whether rows are confined to the caller's tenant, and whether the tenant's column is written by the server. SEC-39.
fn tenant(policy: &Policy, caller: &Caller, action: Action, table: TableId) -> Result<(bool, bool), Refusal> {
    let Some(tenancy) = &policy.tenancy else { return Ok((false, false)) };
    let rule = tenancy.of(table);
    let none = Refusal { kind: RefusalKind::NoTenant, reason: Reason::NoTenant };
    match rule {
        TenantRule::Free => return Ok((false, false)),
        TenantRule::Undecided => return Err(refused(caller, Reason::UndecidedTenancy)),
        _ => {}
    }
    let Some(user) = caller.user() else { return Err(Refusal::unauthenticated(Reason::NoTenant)) };
    if rule.needs_tenant() && user.tenant.as_deref().is_none_or(str::is_empty) && !tenancy.by_user() {
        return Err(none);
    }
    // Neither tenants nor users without a tenant's column are made here: the row would be nobody's, or another's.
    if action == Action::Create && matches!(rule, TenantRule::Own(_) | TenantRule::OwnRow(_) | TenantRule::Member(..)) {
        return Err(Refusal::forbidden(Reason::MadeElsewhere));
    }
    Ok((true, matches!(rule, TenantRule::Column(_))))
}

fn refused(caller: &Caller, reason: Reason) -> Refusal {
    if caller.is_signed_in() { Refusal::forbidden(reason) } else { Refusal::unauthenticated(reason) }
}

/// Level and permission must both allow, but for what is public; gives the right that confines the caller, if one does.
fn allowed<'u>(
    policy: &Policy,
    rules: &TablePolicy,
    caller: &'u Caller,
    level: AccessLevel,
    action: Action,
    table: TableId,
) -> Result<Option<&'u Right>, Refusal> {
    if level == AccessLevel::Public {
        return Ok(None);
    }
    let Some(user) = caller.user() else { return Err(Refusal::unauthenticated(Reason::Level(level))) };
    if user.administrator {
        return Ok(None);
    }
    let permission = || {
        let right = policy.rights(user, table).and_then(|rights| rights.by_action[action.place()].as_ref());
        right.ok_or(Refusal::forbidden(Reason::Permission)).map(Some)
    };
    let held = is_held(policy, Some(user));
    match level {
        AccessLevel::Owner if rules.owner.is_none() => Err(Refusal::forbidden(Reason::NoOwner)),
        AccessLevel::Public | AccessLevel::Authenticated | AccessLevel::Owner if !held => Ok(None),
        // Without roles nobody has a matching permission.
        AccessLevel::Role if !held => Err(Refusal::forbidden(Reason::Level(level))),
        AccessLevel::Public | AccessLevel::Authenticated | AccessLevel::Owner | AccessLevel::Role => permission(),
        AccessLevel::Admin => Err(Refusal::forbidden(Reason::Level(level))),
    }
}

/// What roles leave of the columns to read and to write. An answer to a write shows what the caller may read; one who
/// may not read sees no more than what the right to write names.
fn columns(
    policy: &Policy,
    user: Option<&EndUser>,
    level: AccessLevel,
    action: Action,
    table: TableId,
    right: Option<&Right>,
) -> (Option<super::ColumnSet>, Option<super::ColumnSet>) {
    let fields = |right: Option<&Right>| right.and_then(|right| right.fields.clone());
    let own = fields(right);
    if action == Action::Read {
        return (own, None);
    }
    let reader = policy.table(table).access.read == AccessLevel::Public || user.is_none_or(|user| user.administrator);
    if !is_held(policy, user) || reader {
        return (None, own);
    }
    let read = user
        .and_then(|user| policy.rights(user, table))
        .and_then(|rights| rights.by_action[Action::Read.place()].as_ref());
    let readable = match (read, level) {
        (Some(right), _) => right.fields.clone(),
        // What is public to write and not to read was written by the caller: it is no secret to them.
        (None, _) => own.clone(),
    };
    (readable, own)
}
