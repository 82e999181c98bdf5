//! Links between persons at providers and users, where no Social Profile card is mapped.

mod common;

use common::{NOW, Stage};
use portcullis_store::{
    StoreError,
    social_profiles::{self, SocialProfile},
};

fn profile(provider: &str, subject: &str, user: &str) -> SocialProfile {
    SocialProfile {
        provider: provider.into(),
        subject: subject.into(),
        user: user.into(),
        email: Some("ada@example.com".into()),
        name: None,
        created_at: NOW,
        last_used_at: NOW,
    }
}

#[tokio::test]
async fn sec_29_a_person_is_provider_and_subject_and_is_one_user_per_stage() {
    let stage = Stage::new().await;
    let (here, there) = (stage.connection.clone(), stage.other.clone());
    let work = stage.store.db().write(move |tx| {
        social_profiles::insert(tx, &here, &profile("google", "1", "7"))?;
        social_profiles::insert(tx, &here, &profile("github", "1", "8"))?;
        social_profiles::insert(tx, &there, &profile("google", "1", "9"))?;
        let again = social_profiles::insert(tx, &here, &profile("google", "1", "8"));
        assert!(matches!(again, Err(StoreError::Exists)));
        let user = |connection, provider, subject| -> Result<_, StoreError> {
            Ok(social_profiles::find(tx, connection, provider, subject)?.map(|found| found.user))
        };
        assert_eq!(user(&here, "google", "1")?.as_deref(), Some("7"));
        assert_eq!(user(&here, "github", "1")?.as_deref(), Some("8"));
        assert_eq!(user(&there, "google", "1")?.as_deref(), Some("9"));
        assert_eq!(user(&here, "google", "2")?, None);
        Ok(())
    });
    work.await.unwrap();
}

#[tokio::test]
async fn links_end_one_by_one_or_all_at_once() {
    let stage = Stage::new().await;
    let here = stage.connection.clone();
    let work = stage.store.db().write(move |tx| {
        for (provider, subject, user) in
            [("google", "1", "7"), ("github", "2", "7"), ("corp", "3", "7"), ("corp", "4", "8")]
        {
            social_profiles::insert(tx, &here, &profile(provider, subject, user))?;
        }
        social_profiles::note_use(tx, &here, "google", "1", None, Some("Ada"), NOW.plus_s(60))?;
        let google = social_profiles::find(tx, &here, "google", "1")?.unwrap();
        assert_eq!((google.email, google.name.as_deref(), google.last_used_at), (None, Some("Ada"), NOW.plus_s(60)));
        assert!(social_profiles::delete(tx, &here, "7", "google")?);
        assert!(!social_profiles::delete(tx, &here, "7", "google")?);
        assert!(!social_profiles::delete(tx, &here, "8", "github")?);
        assert_eq!(social_profiles::of_user(tx, &here, "7")?.len(), 2);
        assert_eq!(social_profiles::delete_all(tx, &here, "7")?, 2);
        assert_eq!(social_profiles::of_user(tx, &here, "8")?.len(), 1);
        Ok(())
    });
    work.await.unwrap();
}
