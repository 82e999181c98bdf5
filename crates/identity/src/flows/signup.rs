//! Making oneself an account. SEC-5, SEC-42.

use crate::{
    AuthResult, Client, Identity, IdentityError, Limit, Proof, SignupColumns, User,
    audit::Event,
    invitations::take_text,
    mails::LinkPurpose,
    users::{Directory, Home, NewUser, normalised},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_crypto::keyed;
use portcullis_mail::{Address, templates::Content};
use portcullis_project::Project;
use portcullis_query::Json;
use portcullis_store::{attempts, memberships, users};
use std::sync::Arc;

use super::{mail_token::Purpose, rules::NewPassword};

/// How long the link that verifies an address works. Seconds.
pub(crate) const VERIFY_S: i64 = 86_400;
/// How long a signup may take while another one with its address waits. Seconds.
const CLAIM_S: i64 = 30;

/// The member of a signup that holds the token of an invitation.
const INVITATION: &str = "invitation";

/// What somebody signs up with.
#[derive(Debug)]
pub struct Signup {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Secret<String>,
    /// Further members of the body.
    pub members: Vec<(String, Json)>,
}

/// What came of it.
#[derive(Debug)]
pub enum SignedUp {
    /// The account is there and signed in.
    In {
        /// The tokens; boxed, as they are much larger than the other case.
        result: Box<AuthResult>,
        /// Members that were ignored.
        warnings: Vec<String>,
    },
    /// A mail says how to go on; the same for a taken address.
    CheckMail,
}

impl Identity {
    /// Signs somebody up.
    ///
    /// # Errors
    ///
    /// [`IdentityError::EmailTaken`] unless addresses must be verified; [`IdentityError::Invalid`].
    pub async fn signup(
        self: &Arc<Self>,
        project: &Arc<Project>,
        signup: Signup,
        client: &Client,
        now: Timestamp,
    ) -> Result<SignedUp, IdentityError> {
        let auth = &project.settings.auth;
        // The link of an invitation has been read in the mailbox.
        let verify = !is_invited(&signup.members) && (auth.verify_email || auth.require_verified_email);
        let must = verify && auth.require_verified_email;
        let own = signup.email.clone();
        let (user, warnings) = match self.make_account(project, signup, None, verify, true, client, now).await {
            Ok(made) => made,
            Err(IdentityError::EmailTaken) if must => {
                let email = address("email", &own)?;
                self.send(project, &email, None, Content::SignUpTaken, now.plus_s(VERIFY_S), now).await;
                return Ok(SignedUp::CheckMail);
            }
            Err(error) => return Err(error),
        };
        if verify {
            self.send_verification(project, &user, now).await?;
        }
        if must {
            return Ok(SignedUp::CheckMail);
        }
        // The tenant is the one that the signup brought.
        let client = &Client { tenant: None, ..client.clone() };
        let result = Box::new(self.open_session(project, &Proof::of_signup(user), client, now).await?);
        Ok(SignedUp::In { result, warnings })
    }

    /// Makes the account of a signup, by an invitation where it brings one, and in the tenant that is its; gives the
    /// names of members that were ignored. `name` goes into the column mapped as `firstname`, whatever a signup may
    /// set; with `verify` there must be mail; a surface that has counted the attempt is not `counted` here.
    #[expect(clippy::too_many_arguments, reason = "what tells one surface's signup from another's")]
    pub(crate) async fn make_account(
        &self,
        project: &Project,
        mut signup: Signup,
        name: Option<String>,
        verify: bool,
        counted: bool,
        client: &Client,
        now: Timestamp,
    ) -> Result<(User, Vec<String>), IdentityError> {
        let directory = Directory::of(project)?;
        let invitation = match take_text(&mut signup.members, INVITATION)? {
            Some(token) => Some(self.open_invitation(project, &token, now).await?),
            None => None,
        };
        // Whoever is invited is no stranger.
        if !project.settings.auth.self_signup && invitation.is_none() {
            return Err(IdentityError::SwitchedOff("accounts are not made here"));
        }
        let email = address("email", &signup.email)?;
        if invitation.as_ref().is_some_and(|one| one.address != normalised(&email)) {
            let message = "the invitation was sent to another address; sign up with that one".to_owned();
            return Err(IdentityError::Conflict { code: "invitation_of_another", message });
        }
        if verify {
            self.check_mail(project)?;
        }
        let called = name.zip(directory.card.column("firstname"));
        if let Some((name, column)) = &called {
            signup.members.retain(|(own, _)| *own != column.name);
            signup.members.push((column.name.clone(), Json::String(name.clone())));
        }
        let named = match directory.creates_tenants() {
            true => take_text(&mut signup.members, "tenant_name")?,
            false => None,
        };
        let home = self.home(&directory, invitation.as_ref(), || tenant_name(named, &directory, &signup))?;
        let (mut columns, warnings) = columns(&directory, signup.members, client.surface.signup);
        if let Some((name, column)) = called
            && !columns.iter().any(|(own, _)| *own == column.name)
        {
            columns.push((column.name.clone(), Json::String(name)));
        }
        // Hashed before it is known whether the address is taken, so that the time tells nothing.
        let hash = self
            .hash_new(
                &directory,
                NewPassword {
                    user: None,
                    email: &email,
                    field: "password",
                    password: &signup.password,
                    surface: client.surface,
                },
                now,
            )
            .await?;
        if counted {
            self.count(project, Limit::Signup, Some(&normalised(&email)), client, now).await?;
        }
        let new = NewUser { email: email.clone(), password: Some(hash), columns };
        if let Some(one) = &invitation {
            self.claim_invitation(one, now).await?;
        }
        let made = self.create_at_home(&directory, new, &home, now).await;
        if let (Err(_), Some(one)) = (&made, &invitation) {
            self.give_back_invitation(one).await;
        }
        if let Err(IdentityError::EmailTaken) = &made {
            let event = Event::login(&format!("login:{}", normalised(&email)), "email_taken");
            self.audit(project, Event { event: "signup", ..event }, client, now).await;
        }
        let user = made?;
        let (connection, id) = (project.connection.clone(), user.id.clone());
        self.store.db().write(move |tx| users::set_claimed(tx, &connection, &id, now)).await?;
        self.audit(project, Event::of_user("signup", &user.id), client, now).await;
        if let Some(one) = &invitation {
            self.settle_invitation(project, &directory, &user, one, client, now).await?;
        }
        Ok((user, warnings))
    }

    /// Makes a user unless the address is taken; of two at once one is made, also where the table has no unique key.
    pub(crate) async fn create_once(
        &self,
        directory: &Directory<'_>,
        new: NewUser,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        self.create_at_home(directory, new, &Home::Nowhere, now).await
    }

    /// The same in a tenant, or with one of their own.
    pub(crate) async fn create_at_home(
        &self,
        directory: &Directory<'_>,
        new: NewUser,
        home: &Home,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        let directory = &directory.of_tenant(home.tenant());
        directory.check_new(&directory.with_home(&new, home), now)?;
        // Before the address is looked at, or a value that is taken would tell whether the address is too. SEC-5.
        directory.check_unique(&directory.with_home(&new, home), now).await?;
        if directory.project.settings.auth.require_verified_email {
            // Nor may a table that takes no row: only an address that is free would meet it.
            directory.check_writable(&directory.with_home(&new, home), now).await?;
        }
        if directory.has_email(&new.email).await? {
            return Err(IdentityError::EmailTaken);
        }
        let scope = format!("{} signing up", directory.project.connection);
        let hash = keyed(self.secret.expose(), format!("account {}", normalised(&new.email)).as_bytes());
        let key: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let claim = (scope.clone(), key.clone());
        let claimed = self.store.db().write(move |tx| attempts::count(tx, &claim.0, &claim.1, 1, CLAIM_S, now)).await?;
        if claimed.count > 1 {
            return Err(IdentityError::EmailTaken);
        }
        let made = match directory.has_email(&new.email).await {
            Ok(false) => directory.create_in(new, home, now).await,
            Ok(true) => Err(IdentityError::EmailTaken),
            Err(error) => Err(error),
        };
        self.store.db().write(move |tx| attempts::clear(tx, &scope, &key)).await?;
        let (user, beside) = made?;
        if let Some(tenant) = beside {
            let (connection, id) = (directory.project.connection.clone(), user.id.clone());
            self.store.db().write(move |tx| memberships::add(tx, &connection, &id, &tenant, now)).await?;
        }
        Ok(user)
    }

    /// Sends the link that verifies an address.
    pub(crate) async fn send_verification(
        &self,
        project: &Project,
        user: &User,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let token = self.make_link_token(project, Purpose::Verify, user, None, VERIFY_S, now).await?;
        let link = self.outbox.link(project, LinkPurpose::Verify, None, token.expose());
        let content = Content::EmailVerification { link, valid_s: VERIFY_S.unsigned_abs() };
        self.send(project, &user.email, user.name.as_deref(), content, now.plus_s(VERIFY_S), now).await;
        Ok(())
    }
}

/// An address as it is kept: one mailbox, nothing invisible. SEC-5, SEC-26, SEC-52.
pub(crate) fn address(field: &str, text: &str) -> Result<String, IdentityError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(IdentityError::invalid(field, "missing_field", format!("`{field}` is required")));
    }
    match text.parse::<Address>() {
        Ok(address) => Ok(address.as_str().to_owned()),
        Err(_) => Err(IdentityError::invalid(field, "invalid_email", format!("`{field}` is not an address"))),
    }
}

/// What a new user's own tenant is called: as they say, else after them.
fn tenant_name(named: Option<String>, directory: &Directory<'_>, signup: &Signup) -> String {
    let of_column = || {
        let column = directory.card.column("firstname")?;
        let is = |name: &str| directory.card.table.find_column(name).is_some_and(|own| own.id == column.id);
        signup.members.iter().find(|(name, _)| is(name)).and_then(|(_, value)| value.as_str().map(str::to_owned))
    };
    let of_address = || signup.email.trim().split('@').next().unwrap_or_default().to_owned();
    named.or_else(of_column).filter(|name| !name.trim().is_empty()).unwrap_or_else(of_address)
}

/// The members that a signup may set, by column, and the names of the others.
pub(crate) fn columns(
    directory: &Directory<'_>,
    members: Vec<(String, Json)>,
    which: SignupColumns,
) -> (Vec<(String, Json)>, Vec<String>) {
    let (mut columns, mut warnings) = (Vec::new(), Vec::new());
    for (name, value) in members {
        match directory.card.table.find_column(&name).filter(|column| directory.lets_sign_up_with(column, which)) {
            Some(column) => columns.push((column.name.clone(), value)),
            None => warnings.push(format!("`{name}` is not set by a signup and was ignored")),
        }
    }
    (columns, warnings)
}

/// Whether a signup brings an invitation.
pub(crate) fn is_invited(members: &[(String, Json)]) -> bool {
    members.iter().any(|(name, value)| name == INVITATION && matches!(value, Json::String(text) if !text.is_empty()))
}
