//! The cards and the columns they want: names in order of habit, and the types that fit.

use super::columns::Fits;

/// One of the nine cards of the mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Card {
    /// People who sign in.
    User,
    /// One-time tokens of the reset flow.
    PasswordResetToken,
    /// Sessions and their refresh tokens.
    Session,
    /// Keys of users or accounts.
    ApiKey,
    /// Links to accounts elsewhere.
    SocialProfile,
    /// Roles.
    Role,
    /// Permissions.
    Permission,
    /// Which role has which permission.
    RolePermission,
    /// Which user has which role.
    UserRole,
}

impl Card {
    /// All nine, in the order of the settings' reference.
    pub const ALL: [Self; 9] = [
        Self::User,
        Self::PasswordResetToken,
        Self::Session,
        Self::ApiKey,
        Self::SocialProfile,
        Self::Role,
        Self::Permission,
        Self::RolePermission,
        Self::UserRole,
    ];

    /// The card's name in settings: `[mapping.<word>]`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::PasswordResetToken => "password_reset_token",
            Self::Session => "session",
            Self::ApiKey => "api_key",
            Self::SocialProfile => "social_profile",
            Self::Role => "role",
            Self::Permission => "permission",
            Self::RolePermission => "role_permission",
            Self::UserRole => "user_role",
        }
    }

    /// The card's fields, in the order in which they are shown.
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::User => &[
                "id",
                "email",
                "firstname",
                "password",
                "is_active",
                "username",
                "lastname",
                "role",
                "email_verified",
                "created_at",
                "updated_at",
                "last_login",
            ],
            Self::PasswordResetToken => &["id", "user_id", "token", "expires_at", "used_at", "created_at"],
            Self::Session => &["id", "user_id", "refresh_token", "expires_at", "last_used"],
            Self::ApiKey => &["id", "user_id", "account_id", "key", "expires_at", "created_at", "revoked_at"],
            Self::SocialProfile => &["id", "user_id", "provider", "provider_user_id", "email", "created_at"],
            Self::Role => &["id", "name", "description"],
            Self::Permission => &["id", "name", "description", "entity_name", "allowed_actions", "scope_expression"],
            Self::RolePermission => &["id", "role_id", "permission_id"],
            Self::UserRole => &["id", "user_id", "role_id"],
        }
    }
}

/// A field that is found by its column's name and type.
pub struct Field {
    /// The field's name on the card.
    pub name: &'static str,
    /// Keys of column names with blanks between them, the most usual first.
    pub names: &'static str,
    /// Which columns can hold it.
    pub fits: Fits,
}

const fn field(name: &'static str, fits: Fits, names: &'static str) -> Field {
    Field { name, names, fits }
}

/// The user card's fields but `id`, in the order in which columns are given away.
pub static USER: &[Field] = &[
    field(
        "email",
        Fits::Text,
        "email emailaddress mail mailaddress emailaddr useremail primaryemail loginemail emailadresse \
         mailadresse courriel adressemail adresseemail adressecourriel correo correoelectronico correoe \
         direccioncorreo indirizzoemail postaelettronica enderecoemail epost epostadresse epostadress \
         emailadres eposta adresemail sahkoposti mailadr accountemail workemail contactemail",
    ),
    field(
        "password",
        Fits::Secret,
        "passwordhash hashedpassword encryptedpassword passworddigest passhash password passwd pass pwd \
         pwdhash userpassword userpass loginpassword passwordencrypted cryptedpassword cryptpassword \
         hashpassword passwort kennwort passworthash kennworthash motdepasse motpasse mdp mdphash contrasena \
         contrasenia clave claveacceso senha senhahash palavrapasse wachtwoord wachtwoordhash parola losenord \
         passord adgangskode haslo sifre heslo jelszo salasana pw pwhash pswd pswrd bcryptpassword passphrase \
         salthash passwordsalthash credential",
    ),
    field(
        "username",
        Fits::Text,
        "username login userlogin loginname useridentifier screenname nickname nick handle accountname \
         benutzername nutzername anmeldename loginid nomutilisateur nomdutilisateur identifiant pseudo \
         pseudonyme nombreusuario nombredeusuario usuario nomeutente nomeusuario nomedeusuario utilizador \
         gebruikersnaam brukernavn brugernavn anvandarnamn kayttajatunnus nazwauzytkownika kullaniciadi uname \
         logon samaccountname userprincipalname",
    ),
    field(
        "firstname",
        Fits::Text,
        "firstname givenname forename fname first vorname prenom nombre nombres primernombre primeironome \
         nome voornaam fornavn fornamn etunimi imie ad jmeno name fullname displayname realname completename \
         anzeigename vollername nomcomplet nombrecompleto nomecompleto volledigenaam naam navn namn \
         publicname nicename nom",
    ),
    field(
        "lastname",
        Fits::Text,
        "lastname surname familyname lname last secondname nachname familienname zuname nomdefamille \
         nomfamille apellido apellidos apellidopaterno primerapellido sobrenome apelido ultimonome cognome \
         achternaam efternavn etternavn efternamn sukunimi nazwisko soyad prijmeni nom name",
    ),
    field(
        "email_verified",
        Fits::FlagOrMoment,
        "emailverifiedat emailconfirmedat emailverified emailconfirmed isemailverified isemailconfirmed \
         emailvalidated emailvalidatedat emailisverified mailverified emailverificationdate \
         emailauthenticated emailverifiedon confirmedat confirmed isconfirmed verifiedat verified isverified \
         emailbestatigt emailbestatigtam emailverifiziert bestatigt courrielverifie emailverifie \
         emailverifiele correoverificado emailverificado verificado emailverificadoem emailverificato \
         verificato emailbevestigd geverifieerd",
    ),
    field(
        "created_at",
        Fits::Moment,
        "createdat created datejoined createdon createddate datecreated creationdate createdate createtime \
         createdtime creationtime timecreated createdtimestamp registeredat registered dateregistered \
         registrationdate registerdate registration joinedat joindate joined signupdate signedupat insertedat \
         dateadd dateadded addedat erstelltam angelegtam erstellt angelegt registriertam creele creea \
         datecreation datedecreation dateinscription fechacreacion fechadecreacion creadoen creado \
         fecharegistro fechaalta criadoem criado datacriacao datadecriacao datacadastro creatoil \
         datacreazione dataregistrazione aangemaaktop aanmaakdatum opprettet oprettet skapad utworzono \
         olusturmatarihi ctime regdate cdate",
    ),
    field(
        "updated_at",
        Fits::Moment,
        "updatedat updated modifiedat modified changedat changed lastmodified lastmodifiedat lastupdated \
         lastupdatedat lastupdate updatedon updateddate dateupdated updatetime modifiedon modifieddate \
         datemodified modificationdate lastmodifieddate timemodified writedate dateupd lastupdateddate \
         geandertam geandert aktualisiertam modifiele majle datemodification datedemodification datemaj \
         misajourle fechamodificacion fechaactualizacion actualizadoen modificadoen atualizadoem \
         dataatualizacao dataalteracao aggiornatoil datamodifica dataaggiornamento bijgewerktop gewijzigdop \
         oppdatert opdateret uppdaterad mtime utime touched",
    ),
    field(
        "last_login",
        Fits::Moment,
        "lastlogin lastloginat lastloggedin lastloggedinat currentsigninat lastsigninat lastsignin \
         lastlogindate lastlogintime lastlogon lastvisitdate lastvisit lastvisitat lastaccess lastaccessat \
         lastseen lastseenat lastactiveat lastactivity logindate login lastin letzteanmeldung letzterlogin \
         letztelogin derniereconnexion dernierlogin dateconnexion ultimoacceso ultimologin ultimoiniciosesion \
         ultimoacesso ultimoaccesso laatstelogin laatsteaanmelding laatstingelogd sistelogin sistinnlogget \
         sistinloggad access",
    ),
    field(
        "is_active",
        Fits::Flag,
        "isactive active enabled isenabled activated isactivated useractive accountenabled aktiv istaktiv \
         aktiviert actif estactif activo estaactivo habilitado ativo estaativo attivo abilitato actief \
         isactief aktif aktywny activeflag activeyn status userstatus accountstatus state userstate zustand \
         etat statut estado stato situacao durum",
    ),
    field(
        "role",
        Fits::Text,
        "role userrole rolename rolle benutzerrolle rol papel ruolo rola usertype accesslevel accountrole",
    ),
];

/// Fields of the further cards, found by name. Those that point at other tables are found by foreign key.
pub fn further(card: Card) -> &'static [Field] {
    match card {
        Card::PasswordResetToken => RESET,
        Card::Session => SESSION,
        Card::ApiKey => API_KEY,
        Card::SocialProfile => SOCIAL,
        Card::Role => ROLE,
        Card::Permission => PERMISSION,
        Card::User | Card::RolePermission | Card::UserRole => &[],
    }
}

const EXPIRES: &str = "expiresat expires expiry expiration expiresin expireson expirydate expirationdate expirydatetime \
         expiredat validuntil expiretime notafter ablauf lauftabam gultigbis expireat dateexpiration \
         fechaexpiracion dataexpiracao scadenza verlooptop exp";
const CREATED: &str = "createdat created createdon createddate datecreated createtime creationdate insertedat issuedat \
         requestedat erstelltam creele datecreation fechacreacion creadoen criadoem creatoil aangemaaktop \
         dateadded linkedat createdate";

static RESET: &[Field] = &[
    field(
        "token",
        Fits::Text,
        "token tokenhash resettoken hashedtoken passwordresettoken code resetcode hash key selector value \
         jeton secret",
    ),
    field("expires_at", Fits::Moment, EXPIRES),
    field(
        "used_at",
        Fits::FlagOrMoment,
        "usedat used consumedat consumed redeemedat usedon isused verwendetam benutztam utilisele usadoen \
         usadoem",
    ),
    field("created_at", Fits::Moment, CREATED),
];
static SESSION: &[Field] = &[
    field(
        "refresh_token",
        Fits::Text,
        "refreshtoken refreshtokenhash hashedrefreshtoken tokenhash token sessiontoken sessionkey value",
    ),
    field("expires_at", Fits::Moment, EXPIRES),
    field(
        "last_used",
        Fits::Moment,
        "lastused lastusedat lastseen lastseenat lastactivity lastactivityat lastactiveat refreshedat \
         lastaccess lastaccessedat updatedat zuletztbenutzt",
    ),
];
static API_KEY: &[Field] = &[
    field(
        "key",
        Fits::Text,
        "key keyhash apikey hashedkey tokenhash token accesstoken secret secrethash hash value schlussel",
    ),
    field("expires_at", Fits::Moment, EXPIRES),
    field("created_at", Fits::Moment, CREATED),
    field("revoked_at", Fits::FlagOrMoment, "revokedat revoked revokedon isrevoked disabledat deletedat widerrufenam"),
];
static SOCIAL: &[Field] = &[
    field(
        "provider",
        Fits::Text,
        "provider providername loginprovider identityprovider service network social issuer oauthprovider \
         driver anbieter fournisseur proveedor provedor providerid",
    ),
    field(
        "provider_user_id",
        Fits::TextOrNumber,
        "provideruserid provideraccountid provideruid uid providerkey externalid externaluserid socialid \
         oauthid openid subject sub identifier accountid federateduserid providerid",
    ),
    field("email", Fits::Text, "email emailaddress mail provideremail socialemail"),
    field("created_at", Fits::Moment, CREATED),
];
const DESCRIPTION: &str = "description desc beschreibung descripcion descricao descrizione omschrijving comment details note \
         displayname label remark";
static ROLE: &[Field] = &[
    field(
        "name",
        Fits::Text,
        "name rolename role title slug code key rolle bezeichnung nom libelle nombre nome naam label \
         groupname machinename",
    ),
    field("description", Fits::Text, DESCRIPTION),
];
static PERMISSION: &[Field] = &[
    field(
        "name",
        Fits::Text,
        "codename code slug key permissionkey permissioncode action name permissionname permission title \
         bezeichnung nom libelle nombre nome naam label",
    ),
    field("entity_name", Fits::Text, "entityname entity resource subject model module collection"),
    field("allowed_actions", Fits::Text, "allowedactions actions verbs allowed"),
    field("scope_expression", Fits::Text, "scopeexpression scope condition conditions"),
    field(
        "description",
        Fits::Text,
        "description desc beschreibung descripcion descricao descrizione omschrijving comment details \
         displayname label name",
    ),
];
