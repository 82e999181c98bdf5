//! The words: what tables and columns are called, in English, German, French, Spanish, Portuguese, Italian, Dutch,
//! the Scandinavian languages, Polish and Turkish. All folded as `names` folds, the usual name first, blanks between them.

/// Nouns of tables of people who sign in, and how surely they mean them.
pub const USER_NOUNS: &[(f64, &str)] = &[
    (
        1.0,
        "user users usr usrs utilisateur utilisateurs usuario usuarios benutzer utente utenti utilizador \
     utilizadores gebruiker gebruikers bruger brugere bruker brukere anvandare kayttaja kayttajat \
     uzytkownik uzytkownicy kullanici kullanicilar uzivatel uzivatele aspnetusers appuser appusers \
     authuser authusers useraccount useraccounts webuser webusers siteuser siteusers enduser endusers \
     usertable userinfo userdata",
    ),
    (
        0.85,
        "account accounts member members login logins nutzer anwender mitglied mitglieder membre membres \
     miembro miembros membro membros lid leden compte comptes cuenta cuentas conta contas konto konten \
     medlem medlemmer medlemmar principal principals identity identities",
    ),
    (
        0.6,
        "customer customers client clients kunde kunden cliente clientes clienti klant klanten kund kunder \
     person persons people personne personnes persona personas pessoa pessoas persone personen personer \
     subscriber subscribers abonnent abonnenten player players spieler student students patient patients \
     buyer buyers shopper shoppers author authors participant participants teilnehmer guest guests \
     visitor visitors",
    ),
    (
        0.5,
        "employee employees mitarbeiter staff employe employes empleado empleados funcionario funcionarios \
     dipendente dipendenti medewerker medewerkers ansatt ansatte teacher teachers agent agents operator \
     operators profile profiles profil profile perfil perfiles contact contacts kontakt kontakte partner \
     partners admin admins administrator administrators administrateur administrateurs",
    ),
];

/// First words of table names that frameworks and habits put there.
pub const PREFIXES: &str = "auth app core tbl tb t wp up res sys asp net asp_net directus strapi cms web site main public dbo my \
     django account accounts user users members common base fos sf oc ps jos joomla drupal mdl phpbb smf \
     xf spree api custom identity security m mst db tab portal ghost payload medusa end";

/// First words that make it the table of those who run the shop, not of its users.
pub const BACKSTAGE: &str = "admin admins backend backoffice staff system internal cms support service bot";

/// Last words that say only that it is a table.
pub const FILLERS: &str = "entity entities data field info table tbl master mst record records base";

/// Last words of tables that stand beside the users.
pub const BESIDE: &str = "log logs history histories audit audits token tokens session sessions reset resets setting settings \
     preference preferences meta metadata address addresses group groups role roles permission \
     permissions email emails invite invites invitation invitations archive backup old tmp temp import \
     imports staging notification notifications event events activity activities verlauf protokoll \
     adresse adressen key keys credential credentials device devices option options attribute attributes \
     link links claims follower followers friend friends attempt attempts request requests message \
     messages note notes order orders stat stats";

/// Nouns of tables of tenants, and how surely they mean them.
pub const TENANT_NOUNS: &[(f64, &str)] = &[
    (
        1.0,
        "tenant tenants organization organizations organisation organisations org orgs workspace workspaces \
     mandant mandanten organizacion organizaciones organizacao organizacoes organizzazione organizzazioni \
     organisatie organisaties inquilino inquilinos",
    ),
    (
        0.9,
        "account accounts company companies team teams firma firmen unternehmen societe societes entreprise \
     entreprises empresa empresas azienda aziende bedrijf bedrijven business businesses firm firms",
    ),
    (
        0.6,
        "shop shops store stores site sites school schools agency agencies clinic clinics practice practices \
     institution institutions space spaces client clients verein vereine schule schulen restaurant \
     restaurants hotel hotels",
    ),
];

/// Words of a status that mean the account may be used.
const ACTIVE_WORDS: &str = "active activated enabled aktiv actif active activo ativo attivo actief aktif confirmed ok 1 y yes \
     true t j ja";

/// Columns that say the opposite of `is_active`, which the mapping cannot express.
pub const OPPOSITES: &str = "blocked block banned disabled suspended locked deactivated deleted removed inactive isblocked \
     isbanned isdisabled issuspended islocked isdeleted isinactive deletedat deactivatedat disabledat \
     suspendedat blockedat bannedat banneduntil suspendeduntil lockout lockedat gesperrt geloscht \
     deaktiviert bloque supprime desactive bloqueado eliminado desativado bloccato eliminato geblokkeerd \
     verwijderd";

/// Whether a word stands in a list.
pub fn listed(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == word)
}

/// Whether a status word (`active`, `1`, `yes`, in several languages) says that an account may be used.
pub fn means_active(word: &str) -> bool {
    listed(ACTIVE_WORDS, &word.trim().to_lowercase())
}
