-- ASP.NET Core Identity with Entity Framework.
CREATE TABLE "__EFMigrationsHistory" ("MigrationId" TEXT NOT NULL PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
CREATE TABLE "AspNetRoles" ("Id" TEXT NOT NULL PRIMARY KEY, "Name" TEXT, "NormalizedName" TEXT UNIQUE, "ConcurrencyStamp" TEXT);
CREATE TABLE "AspNetUsers" (
    "Id" TEXT NOT NULL PRIMARY KEY, "UserName" TEXT, "NormalizedUserName" TEXT UNIQUE, "Email" TEXT, "NormalizedEmail" TEXT,
    "EmailConfirmed" INTEGER NOT NULL, "PasswordHash" TEXT, "SecurityStamp" TEXT, "ConcurrencyStamp" TEXT,
    "PhoneNumber" TEXT, "PhoneNumberConfirmed" INTEGER NOT NULL, "TwoFactorEnabled" INTEGER NOT NULL, "LockoutEnd" TEXT,
    "LockoutEnabled" INTEGER NOT NULL, "AccessFailedCount" INTEGER NOT NULL);
CREATE TABLE "AspNetRoleClaims" (
    "Id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "RoleId" TEXT NOT NULL REFERENCES "AspNetRoles" ("Id"),
    "ClaimType" TEXT, "ClaimValue" TEXT);
CREATE TABLE "AspNetUserClaims" (
    "Id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "UserId" TEXT NOT NULL REFERENCES "AspNetUsers" ("Id"),
    "ClaimType" TEXT, "ClaimValue" TEXT);
CREATE TABLE "AspNetUserLogins" (
    "LoginProvider" TEXT NOT NULL, "ProviderKey" TEXT NOT NULL, "ProviderDisplayName" TEXT,
    "UserId" TEXT NOT NULL REFERENCES "AspNetUsers" ("Id"), PRIMARY KEY ("LoginProvider", "ProviderKey"));
CREATE TABLE "AspNetUserRoles" (
    "UserId" TEXT NOT NULL REFERENCES "AspNetUsers" ("Id"), "RoleId" TEXT NOT NULL REFERENCES "AspNetRoles" ("Id"),
    PRIMARY KEY ("UserId", "RoleId"));
CREATE TABLE "AspNetUserTokens" (
    "UserId" TEXT NOT NULL REFERENCES "AspNetUsers" ("Id"), "LoginProvider" TEXT NOT NULL, "Name" TEXT NOT NULL, "Value" TEXT,
    PRIMARY KEY ("UserId", "LoginProvider", "Name"));
