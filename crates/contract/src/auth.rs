//! What stands below `/auth`: one operation per purpose, under the first of its names.

use crate::{
    api::Api,
    definitions::Definition,
    operations::{Body, Operation, Success},
    parameters::{self, Parameter},
    responses::{ALWAYS, WITH_BODY},
    schema::{Property, Schema},
};

/// The tag of all of them.
pub const TAG: &str = "authentication";

/// One operation: its name, how it is called, what goes in and what comes out.
struct Route {
    id: &'static str,
    method: &'static str,
    path: &'static str,
    about: &'static str,
    public: bool,
    body: Option<&'static str>,
    /// Status and definition; no definition is 204.
    answer: (u16, Option<&'static str>),
    further: &'static [u16],
}

const fn open(
    id: &'static str,
    path: &'static str,
    about: &'static str,
    body: &'static str,
    answer: (u16, Option<&'static str>),
    further: &'static [u16],
) -> Route {
    Route { id, method: "post", path, about, public: true, body: Some(body), answer, further }
}

const fn own(
    id: &'static str,
    (method, path): (&'static str, &'static str),
    about: &'static str,
    body: Option<&'static str>,
    answer: (u16, Option<&'static str>),
    further: &'static [u16],
) -> Route {
    Route { id, method, path, about, public: false, body, answer, further }
}

const TOKENS: (u16, Option<&str>) = (200, Some("types.AuthResult"));
const MESSAGE: (u16, Option<&str>) = (200, Some("auth.Message"));
const DONE: (u16, Option<&str>) = (204, None);

/// In the order of the reference manual.
static ROUTES: &[Route] = &[
    open(
        "signup",
        "/auth/signup",
        "Make an account",
        "auth.SignupRequest",
        (201, Some("types.AuthResult")),
        &[409, 422],
    ),
    open("login", "/auth/login", "Sign in with address and password", "auth.LoginRequest", TOKENS, &[403]),
    open("refreshToken", "/auth/refresh", "Swap a refresh token for a new pair", "auth.RefreshRequest", TOKENS, &[]),
    own("logout", ("post", "/auth/logout"), "End the session", None, DONE, &[]),
    own("getMe", ("get", "/auth/me"), "Read one's own record", None, (200, Some("models.User")), &[]),
    own(
        "updateMe",
        ("patch", "/auth/me"),
        "Change one's own columns",
        Some("auth.Columns"),
        (200, Some("models.User")),
        &[403, 409],
    ),
    own(
        "changePassword",
        ("post", "/auth/change-password"),
        "Set another password; all sessions end, the answer has a fresh pair",
        Some("auth.ChangePasswordRequest"),
        TOKENS,
        &[403, 422],
    ),
    open("requestPasswordReset", "/auth/password_reset", "Ask for a reset mail", "auth.MailRequest", MESSAGE, &[501]),
    open(
        "confirmPasswordReset",
        "/auth/password_reset/confirm",
        "Set a new password with the token of a mail",
        "auth.ResetRequest",
        MESSAGE,
        &[422],
    ),
    open("verifyEmail", "/auth/verify", "Show that an address is one's own", "auth.TokenRequest", MESSAGE, &[]),
    open(
        "resendVerification",
        "/auth/resend-verification",
        "Ask for the verification mail again",
        "auth.MailRequest",
        MESSAGE,
        &[501],
    ),
    open("requestMagicLink", "/auth/magic-link", "Ask for a link that signs in", "auth.MailRequest", MESSAGE, &[501]),
    open("useMagicLink", "/auth/magic-link/verify", "Sign in by a link", "auth.TokenRequest", TOKENS, &[403]),
    open("requestCode", "/auth/otp", "Ask for a code that signs in", "auth.MailRequest", MESSAGE, &[501]),
    open("useCode", "/auth/otp/verify", "Sign in by a code", "auth.CodeRequest", TOKENS, &[403]),
    own("listSessions", ("get", "/auth/sessions"), "Where one is signed in", None, (200, Some("auth.List")), &[]),
    own("endOtherSessions", ("delete", "/auth/sessions"), "End all other sessions", None, DONE, &[]),
    own("endSession", ("delete", "/auth/sessions/{id}"), "End one session", None, DONE, &[404]),
    own(
        "listTenants",
        ("get", "/auth/tenants"),
        "One's tenants, and which is chosen",
        None,
        (200, Some("auth.List")),
        &[403],
    ),
    own(
        "switchTenant",
        ("post", "/auth/tenant"),
        "Choose another tenant; the session goes on in it",
        Some("auth.TenantRequest"),
        TOKENS,
        &[403],
    ),
    own(
        "listInvitations",
        ("get", "/auth/invitations"),
        "The latest invitations of one's tenant",
        None,
        (200, Some("auth.List")),
        &[403],
    ),
    own(
        "invite",
        ("post", "/auth/invitations"),
        "Invite somebody by mail",
        Some("auth.InvitationRequest"),
        (201, Some("auth.Invitation")),
        &[403, 501],
    ),
    own(
        "withdrawInvitation",
        ("delete", "/auth/invitations/{id}"),
        "Withdraw an open invitation",
        None,
        DONE,
        &[403, 404],
    ),
    own(
        "acceptInvitation",
        ("post", "/auth/invitations/accept"),
        "Accept an invitation; the session goes on in its tenant",
        Some("auth.TokenRequest"),
        TOKENS,
        &[403, 409],
    ),
    own("getAccount", ("get", "/auth/account"), "One's account", None, (200, Some("auth.Account")), &[]),
    own(
        "listAccountUsers",
        ("get", "/auth/account/users"),
        "The users of one's account",
        None,
        (200, Some("auth.List")),
        &[],
    ),
    own(
        "addAccountUser",
        ("post", "/auth/account/users"),
        "Make a user in one's account",
        Some("auth.AccountUserRequest"),
        (201, Some("auth.AccountUser")),
        &[403, 409, 422],
    ),
    own(
        "removeAccountUser",
        ("delete", "/auth/account/users/{id}"),
        "Take a user out of one's account; they cannot sign in any more",
        None,
        DONE,
        &[403, 404],
    ),
    own("listApiKeys", ("get", "/auth/api-keys"), "One's keys", None, (200, Some("auth.List")), &[]),
    own(
        "createApiKey",
        ("post", "/auth/api-keys"),
        "Make a key; its text is shown this once",
        Some("auth.ApiKeyRequest"),
        (201, Some("auth.ApiKey")),
        &[403],
    ),
    own("endApiKey", ("delete", "/auth/api-keys/{id}"), "End a key", None, DONE, &[404]),
    open(
        "verifySecondFactor",
        "/auth/mfa/totp/verify",
        "The second step of a login",
        "auth.SecondFactorRequest",
        TOKENS,
        &[],
    ),
];

/// Every operation id, whoever may use it.
pub fn ids() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|route| route.id)
}

/// The operations the caller may use.
pub fn operations(api: &Api<'_>) -> Vec<Operation> {
    let Some(signed_in) = api.auth else { return Vec::new() };
    ROUTES.iter().filter(|route| route.public || signed_in).map(operation).collect()
}

fn operation(route: &Route) -> Operation {
    let mut refusals = [ALWAYS, &[400, 401, 429, 503], route.further].concat();
    if route.body.is_some() {
        refusals.extend(WITH_BODY);
    }
    refusals.sort_unstable();
    refusals.dedup();
    let parameters: Vec<Parameter> =
        route.path.contains("{id}").then(|| parameters::named_id("Its id.")).into_iter().collect();
    let (status, answer) = route.answer;
    let description = if answer.is_some() { "Done." } else { "Done; nothing to say." };
    let success = Success { status, description, schema: answer.map(Schema::to), rows: false, tagged: false };
    Operation {
        id: route.id.to_owned(),
        method: route.method,
        path: route.path.to_owned(),
        tag: TAG.to_owned(),
        summary: route.about.to_owned(),
        public: route.public,
        parameters,
        body: route.body.map(|name| Body { name: "request", schema: Schema::to(name), required: true, rows: false }),
        successes: vec![success],
        refusals,
    }
}

/// The shapes they reach.
pub fn definitions(api: &Api<'_>) -> Vec<Definition> {
    let reached: Vec<&str> = operations(api)
        .iter()
        .filter_map(|operation| ROUTES.iter().find(|route| route.id == operation.id))
        .flat_map(|route| route.body.into_iter().chain(route.answer.1))
        .collect();
    let texts = |names: &[&str]| names.iter().map(|name| Property::new(*name, Schema::text())).collect::<Vec<_>>();
    let names = || Schema::list(Schema::text());
    let user = || {
        let mut all = texts(&["email"]);
        all.insert(0, Property { only_openapi: true, ..Property::new("id", Schema::Any) });
        all.push(Property::new("name", Schema::text()).nullable());
        all.push(Property::new("is_active", Schema::truth()));
        all.push(Property::new("email_verified", Schema::truth()));
        all.push(Property::new("roles", names()));
        Schema::Object(all)
    };
    let result = || {
        let mut all = texts(&["token", "access_token", "token_type", "refresh_token"]);
        all.push(Property::new("expires_in", Schema::whole()));
        all.extend(texts(&["type"]));
        all.push(Property::new("roles", names()));
        all.push(Property::new("permissions", names()));
        all.push(Property::new("tenant", Schema::text()).nullable());
        all.push(Property::new("user", Schema::to("models.User")));
        all.push(Property::new("warnings", names()));
        Schema::Object(all)
    };
    let key = || {
        let mut all = texts(&["name"]);
        all.push(Property::new("scopes", names()).nullable());
        all.push(Property::new("expires_at", Schema::formatted("string", "date-time")).nullable());
        all
    };
    let of = |name: &str| match name {
        "types.AuthResult" => result(),
        "models.User" => user(),
        "auth.LoginRequest" => Schema::Object(texts(&["email", "username", "password", "tenant"])),
        "auth.SignupRequest" => {
            let mut all = texts(&["email", "password", "invitation"]);
            all.push(Property::new("additional_data", Schema::free()));
            Schema::Object(all)
        }
        "auth.RefreshRequest" => Schema::Object(texts(&["refresh_token"])),
        "auth.ChangePasswordRequest" => Schema::Object(texts(&["current_password", "new_password"])),
        "auth.MailRequest" => Schema::Object(texts(&["email", "redirect_url", "tenant"])),
        "auth.ResetRequest" => Schema::Object(texts(&["token", "new_password"])),
        "auth.TokenRequest" => Schema::Object(texts(&["token"])),
        "auth.CodeRequest" => Schema::Object(texts(&["email", "code"])),
        "auth.SecondFactorRequest" => Schema::Object(texts(&["mfa_token", "code", "recovery_code"])),
        "auth.TenantRequest" => Schema::Object(texts(&["tenant_id"])),
        "auth.InvitationRequest" => Schema::Object(texts(&["email", "role", "tenant_id", "redirect_url"])),
        "auth.Invitation" => {
            Schema::Object(texts(&["id", "email", "role", "tenant_id", "status", "created_at", "expires_at"]))
        }
        "auth.Account" => Schema::Object([texts(&["id"]), vec![Property::new("level", Schema::whole())]].concat()),
        "auth.AccountUserRequest" => Schema::Object(texts(&["email", "password"])),
        "auth.AccountUser" => {
            let mut all = texts(&["id", "email"]);
            all.push(Property::new("level", Schema::whole()));
            all.push(Property::new("created_at", Schema::formatted("string", "date-time")));
            Schema::Object(all)
        }
        "auth.Message" => Schema::Object(texts(&["message"])),
        "auth.ApiKeyRequest" => Schema::Object(key()),
        "auth.ApiKey" => Schema::Object([texts(&["id", "key", "prefix"]), key()].concat()),
        "auth.List" => Schema::Object(vec![Property::new("data", Schema::list(Schema::free()))]),
        _ => Schema::free(),
    };
    let mut all: Vec<&str> = reached;
    if all.contains(&"types.AuthResult") {
        all.push("models.User");
    }
    all.sort_unstable();
    all.dedup();
    let define = |name: &str| Definition { name: name.to_owned(), schema: of(name), description: None, example: None };
    all.into_iter().map(define).collect()
}
