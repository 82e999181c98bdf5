//! Signing in at a provider, and linking one with an account. SEC-28..31.

use crate::{
    AuthResult, Client, Identity, IdentityError, Proof, User,
    audit::Event,
    methods::oauth::{
        Begun, Callback, Chance, Configured, Finished, LinkDecision, LinkRefusal, LocalAddress, LocalMatch, LocalUser,
        OAuthError, Social, Start, link_decision,
    },
    outbound::Outbound,
    sessions::is_verified,
    users::{Directory, NewUser},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_project::{
    Project, Stage,
    settings::{KNOWN_PROVIDERS, SocialSettings},
};
use portcullis_query::{Json, access::EndUser};
use serde_json::json;
use std::sync::Arc;

/// The ways to providers: one into this machine's network too, one that keeps out of it.
#[derive(Debug, Clone)]
pub(crate) struct Providers {
    anywhere: Social,
    public: Social,
}

/// How a login at a provider begins.
#[derive(Debug, Clone, Copy, Default)]
pub struct SocialStart<'a> {
    /// Where the application wants its user back; else where the settings say.
    pub redirect_url: Option<&'a str>,
    /// The user who is signed in and wants to link the provider.
    pub link: Option<&'a EndUser>,
    /// What the browser keeps from a login that began a moment ago.
    pub browser: Option<&'a str>,
    /// A surface's own callback for this provider, from configuration and never from the request; else the native one.
    pub callback: Option<&'a str>,
    /// What the surface wants to know again at the end.
    pub note: Option<&'a str>,
}

/// How a login at a provider ended.
#[derive(Debug)]
pub struct SocialEnd {
    /// The application's page, if the login has one.
    pub return_to: Option<String>,
    /// As given in [`SocialStart`].
    pub note: Option<String>,
    /// The tokens, or why there are none.
    pub result: Result<AuthResult, IdentityError>,
}

impl Identity {
    /// Lets users sign in at the providers their project names; what is asked of a provider goes through `anywhere`, or
    /// through `public` where the settings keep it out of private networks.
    #[must_use]
    pub fn with_providers(mut self, anywhere: Outbound, public: Outbound) -> Self {
        let social = |outbound| Social::new(Arc::new(outbound));
        self.social = Some(Providers { anywhere: social(anywhere), public: social(public) });
        self
    }

    /// Whether a name means a provider here: one of the settings, or one of those that are known.
    pub fn is_provider(project: &Project, name: &str) -> bool {
        KNOWN_PROVIDERS.contains(&name) || project.settings.social.contains_key(name)
    }

    /// Begins a login at a provider.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Social`], [`IdentityError::RedirectRefused`]; for a link as [`Identity::check_delicate`].
    pub async fn begin_social(
        &self,
        project: &Project,
        name: &str,
        start: SocialStart<'_>,
        now: Timestamp,
    ) -> Result<Begun, IdentityError> {
        Directory::of(project)?;
        let (social, settings) = self.provider(project, name)?;
        if let Some(caller) = start.link {
            self.check_delicate(project, caller, now).await?;
        }
        let return_to = start.redirect_url.or(settings.redirect_url.as_deref());
        let return_to = self.redirect(project, return_to).await?.map(|url| url.as_str().to_owned());
        let secret = self.client_secret(project, settings).await?;
        let provider = Configured { name, settings, secret: secret.as_ref() };
        let begin = Start {
            redirect_uri: start.callback.map_or_else(|| self.callback_of(project, name), str::to_owned),
            return_to,
            link_user: start.link.map(|caller| caller.id.clone()),
            link_strong: start.link.is_some_and(|caller| caller.aal2),
            note: start.note.map(str::to_owned),
        };
        let chance = Chance::draw(&mut rand::rng()).in_browser(start.browser);
        Ok(social.begin(&self.store, &project.connection, provider, begin, chance, now).await?)
    }

    /// Finishes a login at a provider.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Social`] for what happened before it was known who came.
    pub async fn finish_social(
        self: &Arc<Self>,
        project: &Arc<Project>,
        name: &str,
        callback: Callback<'_>,
        client: &Client,
        now: Timestamp,
    ) -> Result<SocialEnd, IdentityError> {
        Directory::of(project)?;
        let (social, settings) = self.provider(project, name)?;
        let secret = self.client_secret(project, settings).await?;
        let provider = Configured { name, settings, secret: secret.as_ref() };
        let native = self.callback_of(project, name);
        let callback = Callback { at: Some(callback.at.unwrap_or(&native)), ..callback };
        let finished = social.finish(&self.store, &project.connection, provider, callback, now).await;
        let finished = match finished {
            Ok(finished) => finished,
            Err(error) => {
                let event = Event::login(&format!("provider:{name}"), error.code());
                self.audit(project, event, client, now).await;
                return Err(error.into());
            }
        };
        let result = self.sign_in_person(project, &finished, client, now).await;
        if let Err(error) = &result {
            let account = format!("{name}:{}", finished.identity.subject);
            self.audit(project, Event::login(&account, error.code()), client, now).await;
        }
        Ok(SocialEnd { return_to: finished.return_to, note: finished.note, result })
    }

    async fn sign_in_person(
        self: &Arc<Self>,
        project: &Arc<Project>,
        finished: &Finished,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let user = self.user_of(project, finished, client, now).await?;
        // Whoever links by a session of two factors was asked for both, in this browser.
        let strong = finished.link_user.is_some() && finished.link_strong;
        let proof = Proof::of_social(finished, user).ok_or(IdentityError::InvalidCredentials)?.of_session(strong);
        let opened = self.open_session(project, &proof, client, now).await?;
        self.tell_of_new_device(project, proof.user(), &opened.session, client, now);
        Ok(opened)
    }

    /// The user a person is, linked or made where that is due.
    async fn user_of(
        &self,
        project: &Project,
        finished: &Finished,
        client: &Client,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        let directory = Directory::of(project)?;
        let person = &finished.identity;
        let linked = self.linked_user(project, person).await?;
        let local = self.local_match(&directory, person.email.as_deref()).await?;
        let decision = link_decision(person, linked.as_deref(), finished.link_user.as_deref(), &local);
        let id = match decision {
            LinkDecision::SignIn(id) => return self.load(&directory, &id).await,
            LinkDecision::Link(id) => id,
            LinkDecision::LinkAfterDropping(id) => {
                let user = self.load(&directory, &id).await?;
                self.hand_over(&directory, &user, client, now).await?;
                id
            }
            LinkDecision::Create => self.create_person(&directory, finished, client, now).await?,
            LinkDecision::Refuse(refusal) => return Err(refusal.into()),
        };
        let user = self.load(&directory, &id).await?;
        // Of two logins at once the first one linked.
        if self.link_person(project, person, &id, now).await? != id {
            return Err(LinkRefusal::LinkedToAnother.into());
        }
        let event = Event::of_user("social_linked", &id).about(json!({ "provider": person.provider }));
        self.audit(project, event, client, now).await;
        Ok(user)
    }

    async fn local_match(&self, directory: &Directory<'_>, email: Option<&str>) -> Result<LocalMatch, IdentityError> {
        let Some(email) = email else { return Ok(LocalMatch::Nobody) };
        let mut all = directory.all_by_email(email).await?;
        let Some(user) = all.pop() else { return Ok(LocalMatch::Nobody) };
        if !all.is_empty() {
            return Ok(LocalMatch::Several);
        }
        let state = self.state_of(directory.project, &user.id).await?;
        let address = match (is_verified(&user, &state), user.verified) {
            (true, _) => LocalAddress::Verified,
            (false, Some(_)) => LocalAddress::Unverified,
            (false, None) => LocalAddress::Unknown,
        };
        let can_be_reset = directory.card.table.is_writable()
            && directory.card.column("password").is_some_and(|column| column.generated.writable());
        let active = user.active && !state.disabled;
        Ok(LocalMatch::One(LocalUser { id: user.id, address, active, can_be_reset }))
    }

    async fn create_person(
        &self,
        directory: &Directory<'_>,
        finished: &Finished,
        client: &Client,
        now: Timestamp,
    ) -> Result<String, IdentityError> {
        let project = directory.project;
        if !project.settings.auth.self_signup {
            return Err(IdentityError::SwitchedOff("accounts are not made here"));
        }
        let person = &finished.identity;
        let email = super::signup::address("email", person.email.as_deref().unwrap_or_default())?;
        let name = directory.card.column("firstname").zip(person.name.clone());
        let columns = name.map(|(column, name)| (column.name.clone(), Json::String(name))).into_iter().collect();
        let home = self.home(directory, None, || person.name.clone().unwrap_or_else(|| email.clone()))?;
        let new = NewUser { email: email.clone(), password: None, columns };
        let made = self.create_at_home(directory, new, &home, now).await?;
        self.note_address(directory, &made, now).await?;
        self.audit(project, Event::of_user("signup", &made.id), client, now).await;
        Ok(made.id)
    }

    async fn load(&self, directory: &Directory<'_>, id: &str) -> Result<User, IdentityError> {
        let state = self.state_of(directory.project, id).await?;
        let user = directory.by_id(id).await?.filter(|user| user.active && !state.disabled);
        user.ok_or(IdentityError::InvalidCredentials)
    }

    fn provider<'a>(
        &'a self,
        project: &'a Project,
        name: &str,
    ) -> Result<(&'a Social, &'a SocialSettings), IdentityError> {
        let unknown = || OAuthError::UnknownProvider(name.chars().take(32).collect());
        let settings = project.settings.social.get(name).ok_or_else(unknown)?;
        let providers = self.social.as_ref().ok_or_else(unknown)?;
        let private = project.settings.outbound.allow_private;
        Ok((if private { &providers.anywhere } else { &providers.public }, settings))
    }

    async fn client_secret(
        &self,
        project: &Project,
        settings: &SocialSettings,
    ) -> Result<Option<Secret<String>>, IdentityError> {
        let name = settings.client_secret.as_deref().and_then(|text| text.strip_prefix("secret:"));
        match name {
            Some(name) => Ok(self.store.secret(&project.connection, name).await?),
            None => Ok(None),
        }
    }

    /// Our own callback for a provider: each has its own. SEC-31.
    fn callback_of(&self, project: &Project, name: &str) -> String {
        let stage = match project.stage {
            Stage::Production => String::new(),
            stage => format!("@{stage}"),
        };
        let below = if KNOWN_PROVIDERS.contains(&name) { "" } else { "social/" };
        let public = self.outbox.public_url().trim_end_matches('/');
        format!("{public}/p/{}{stage}/auth/{below}{name}/callback", project.slug)
    }
}
