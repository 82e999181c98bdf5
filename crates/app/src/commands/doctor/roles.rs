//! What `doctor` says about roles: what of them cannot be used, and who can do nothing by them.

use super::{Report, Status};
use portcullis_control::{Connection, Control, InForce, Opener};
use portcullis_identity::{
    Identity,
    mails::{Outbox, OutboxOptions},
    roles::RoleSurvey,
};

/// Users and roles that are looked at.
const ROWS: u64 = 50_000;
/// Problems that are named one by one.
const NAMED: usize = 20;

/// Checks the roles, where they are asked for.
pub async fn examine(control: &Control, connection: &Connection, in_force: &InForce, report: &mut Report) {
    if !in_force.settings.rbac.enabled {
        return;
    }
    let subject = format!("{} ({})", connection.slug, connection.stage);
    match survey(control, connection).await {
        Ok(survey) => tell(&survey, connection, &subject, report),
        Err(error) => report.add("roles", Some(&subject), Status::Failed, format!("they cannot be read: {error}")),
    }
}

async fn survey(control: &Control, connection: &Connection) -> Result<RoleSurvey, String> {
    let project = Opener::open_alone(control, connection).await.map_err(|error| error.to_string())?;
    let store = control.store().clone();
    let identity = Identity::new(store.clone(), Outbox::new(store, OutboxOptions::default()));
    identity.survey_roles(&project, ROWS).await.map_err(|error| error.to_string())
}

fn tell(survey: &RoleSurvey, connection: &Connection, subject: &str, report: &mut Report) {
    let before = report.0.len();
    let of = format!("--project {} --stage {}", connection.slug, connection.stage);
    let mut warn = |message: String| report.add("roles", Some(subject), Status::Warning, message);
    for problem in survey.problems.iter().take(NAMED) {
        let role = &problem.role;
        warn(format!(
            "role `{role}`: {}; until then that part allows nothing. Put it right in `[[rbac.roles]]` or in the tables of \
             roles, or take it away with `portcullis role revoke {role} <PERMISSION> {of}`",
            problem.message
        ));
    }
    if survey.problems.len() > NAMED {
        warn(format!("and {} more problems of that kind", survey.problems.len() - NAMED));
    }
    for (role, users) in &survey.undefined {
        warn(format!(
            "role `{role}`: {users} users have it, and nobody defined it, so it allows nothing; give it permissions with \
             `portcullis role grant {role} <PERMISSION> {of}` or in `[[rbac.roles]]`, name it in \
             `rbac.administrator_roles`, or give these users another role"
        ));
    }
    for (role, users) in &survey.empty {
        warn(format!(
            "role `{role}` allows nothing that is served, and {users} users have it; give it permissions with \
             `portcullis role grant {role} <PERMISSION> {of}`"
        ));
    }
    if survey.without > 0 {
        warn(format!(
            "{} users have no role, and there is no `rbac.default_role`: they come to what is public alone; name a \
             default, or give them roles with `portcullis user`",
            survey.without
        ));
    }
    if report.0.len() == before {
        report.add("roles", Some(subject), Status::Ok, "every role that is held allows something");
    }
}
