-- Supabase: the schema `auth` beside the application's `public`. A dot in a name stands for the schema.
CREATE TABLE "auth.users" (
    instance_id UUID, id UUID NOT NULL PRIMARY KEY, aud VARCHAR(255), role VARCHAR(255), email VARCHAR(255),
    encrypted_password VARCHAR(255), email_confirmed_at TIMESTAMP, invited_at TIMESTAMP, confirmation_token VARCHAR(255),
    confirmation_sent_at TIMESTAMP, recovery_token VARCHAR(255), recovery_sent_at TIMESTAMP,
    email_change_token_new VARCHAR(255), email_change VARCHAR(255), email_change_sent_at TIMESTAMP,
    last_sign_in_at TIMESTAMP, raw_app_meta_data JSONB, raw_user_meta_data JSONB, is_super_admin BOOLEAN,
    created_at TIMESTAMP, updated_at TIMESTAMP, phone TEXT UNIQUE, phone_confirmed_at TIMESTAMP, phone_change TEXT,
    confirmed_at TIMESTAMP, banned_until TIMESTAMP, reauthentication_token VARCHAR(255),
    is_sso_user BOOLEAN NOT NULL DEFAULT 0, deleted_at TIMESTAMP, is_anonymous BOOLEAN NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX users_email_partial_key ON "auth.users" (email) WHERE is_sso_user = 0;
CREATE TABLE "auth.identities" (
    id UUID NOT NULL PRIMARY KEY, provider_id TEXT NOT NULL, user_id UUID NOT NULL REFERENCES "auth.users" (id),
    identity_data JSONB NOT NULL, provider TEXT NOT NULL, last_sign_in_at TIMESTAMP, created_at TIMESTAMP,
    updated_at TIMESTAMP, email TEXT, UNIQUE (provider_id, provider));
CREATE TABLE "auth.sessions" (
    id UUID NOT NULL PRIMARY KEY, user_id UUID NOT NULL REFERENCES "auth.users" (id), created_at TIMESTAMP,
    updated_at TIMESTAMP, factor_id UUID, aal TEXT, not_after TIMESTAMP, refreshed_at TIMESTAMP, user_agent TEXT, ip TEXT, tag TEXT);
CREATE TABLE "auth.refresh_tokens" (
    instance_id UUID, id INTEGER PRIMARY KEY, token VARCHAR(255) UNIQUE, user_id VARCHAR(255), revoked BOOLEAN,
    created_at TIMESTAMP, updated_at TIMESTAMP, parent VARCHAR(255), session_id UUID REFERENCES "auth.sessions" (id));
CREATE TABLE "auth.one_time_tokens" (
    id UUID NOT NULL PRIMARY KEY, user_id UUID NOT NULL REFERENCES "auth.users" (id), token_type TEXT NOT NULL,
    token_hash TEXT NOT NULL, relates_to TEXT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL);
CREATE TABLE "auth.audit_log_entries" (instance_id UUID, id UUID NOT NULL PRIMARY KEY, payload JSON, created_at TIMESTAMP, ip_address VARCHAR(64));
CREATE TABLE "public.profiles" (
    id UUID NOT NULL PRIMARY KEY REFERENCES "auth.users" (id), updated_at TIMESTAMP, username TEXT UNIQUE, full_name TEXT,
    avatar_url TEXT, website TEXT);
CREATE TABLE "public.todos" (
    id INTEGER PRIMARY KEY, user_id UUID NOT NULL REFERENCES "auth.users" (id), task TEXT, is_complete BOOLEAN, inserted_at TIMESTAMP NOT NULL);
