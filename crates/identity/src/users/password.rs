//! The formats in which a table keeps passwords: which is the usual one, and which a new password gets.

use super::{
    Directory, User,
    directory::{objects, run, width},
};
use crate::IdentityError;
use portcullis_crypto::password::{Format, Legacy, Spelling, identify};
use portcullis_project::settings::{LegacyHash, PasswordFormat};
use portcullis_query::{access::Action, plan::Condition};
use std::collections::HashMap;

/// Rows that are looked at.
const SAMPLE: u64 = 200;

/// How a table spells its hashes.
#[derive(Debug, Clone)]
pub(crate) struct TableFormat {
    /// As most rows do; `None` without any known hash.
    pub usual: Option<Spelling>,
    /// As most rows of a sound format do.
    pub sound: Option<Spelling>,
}

impl Directory<'_> {
    /// Looks at some rows.
    pub(crate) async fn table_format(&self) -> Result<TableFormat, IdentityError> {
        let read = self.statements(Action::Read, "the usual format of passwords is looked up");
        let column = self.must("password")?;
        let rows = objects(&run(self.project, read.select(&[column], Condition::always(), None, SAMPLE)).await?)?;
        let mut counts: HashMap<Format, (usize, Spelling)> = HashMap::new();
        for stored in rows.iter().filter_map(|row| row.get(&column.name)?.as_str()) {
            if let (Some(format), Some(spelling)) = (identify(stored), Spelling::like(stored)) {
                counts.entry(format).or_insert((0, spelling)).0 += 1;
            }
        }
        let most = |sound: bool| {
            let rows = counts.iter().filter(|(format, _)| !sound || format.is_sound());
            rows.max_by_key(|(_, (count, _))| *count).map(|(_, (_, spelling))| spelling.clone())
        };
        Ok(TableFormat { usual: most(false), sound: most(true) })
    }

    /// The weak formats that may verify.
    pub(crate) fn legacy(&self) -> Legacy {
        let named = |kind| self.project.settings.auth.legacy_hashes.contains(&kind);
        Legacy {
            md5: named(LegacyHash::Md5),
            sha1: named(LegacyHash::Sha1),
            sha256: named(LegacyHash::Sha256),
            plain: named(LegacyHash::Plain),
        }
    }

    /// How a new password of this user is spelled: as the settings want it, else as the row or the table does.
    pub(crate) fn spelling(&self, user: Option<&User>, table: &TableFormat) -> Spelling {
        let column = self.card.column("password");
        let fits = |spelling: &Spelling| column.and_then(width).is_none_or(|width| spelling.width() <= width);
        let wanted =
            table.usual.as_ref().map_or_else(Spelling::argon2id, |usual| Spelling::argon2id_beside(usual.format()));
        if self.project.settings.auth.password_format == PasswordFormat::Argon2id && fits(&wanted) {
            return wanted;
        }
        let own = user.and_then(|user| Spelling::like(user.password.as_ref()?.expose()));
        let kept = own.filter(|own| own.format().is_sound()).or_else(|| table.sound.clone()).filter(fits);
        kept.unwrap_or(if fits(&wanted) { wanted } else { Spelling::of(Format::Bcrypt) })
    }

    /// The spelling a good login gives the row, where that is switched on and the row has another.
    pub(crate) fn upgrade(&self, user: &User, table: &TableFormat) -> Option<Spelling> {
        let auth = &self.project.settings.auth;
        if !auth.rehash_passwords || auth.password_format != PasswordFormat::Argon2id {
            return None;
        }
        let spelling = self.spelling(Some(user), table);
        let stored = user.password.as_ref()?.expose();
        (spelling.format() != Format::Bcrypt && !spelling.is_met_by(stored)).then_some(spelling)
    }
}
