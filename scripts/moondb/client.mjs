// After the samples of MoonDB's documentation: declare, sign up, sign in, write, find, refresh, sign out.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const needs = JSON.parse(readFileSync(process.argv[2], "utf8"));
const schema = JSON.parse(readFileSync(new URL("schema.json", import.meta.url), "utf8"));
const BASE = `${needs.base_url}/p/${needs.project_id}`;
const account = { email: "ada@moondb.example", password: "correct horse battery" };

async function call(method, path, { body, headers = {} } = {}) {
  const response = await fetch(BASE + path, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  return { status: response.status, ...(await response.json()) };
}

function refused(answer, status) {
  assert.equal(answer.status, status, JSON.stringify(answer));
  assert.ok(answer.error.code && answer.error.message && answer.error.suggestion, JSON.stringify(answer));
}

const admin = { "X-Admin-Key": needs.admin_key };
const visitor = { "X-Public-Key": needs.public_key };
const put = await call("PUT", "/v1/schema", { body: schema, headers: admin });
assert.equal(put.data.applied, true, JSON.stringify(put));
refused(await call("PUT", "/v1/schema", { body: schema, headers: visitor }), 403);

const signup = await call("POST", "/auth/signup", { body: { ...account, name: "Ada" } });
assert.equal(signup.status, 201, JSON.stringify(signup));
refused(await call("POST", "/auth/signup", { body: account }), 409);
refused(await call("POST", "/auth/login", { body: { ...account, password: "wrong" } }), 401);
const login = await call("POST", "/auth/login", { body: account });
assert.equal(login.status, 200, JSON.stringify(login));
const { token, refresh_token, user } = login.data;
const bearer = { Authorization: `Bearer ${token}` };
const changed = await call("PATCH", "/auth/me", { body: { name: "Ada Lovelace" }, headers: bearer });
assert.equal(changed.data.user.name, "Ada Lovelace", JSON.stringify(changed));

const post = await call("POST", "/api/posts", { body: { title: "Hello" }, headers: bearer });
assert.equal(post.data.author, user.id);
const one = `/api/posts/${post.data.id}`;
const list = await call("GET", "/api/posts?title=eq.Hello&sort=created_at.desc&limit=20", { headers: visitor });
assert.deepEqual([list.data.length, list.meta.total, list.meta.has_more], [1, 1, false]);
const none = await call("GET", "/api/posts?title=eq.Goodbye", { headers: visitor });
assert.deepEqual(none.data, []);
assert.equal((await call("PATCH", one, { body: { likes: 3 }, headers: bearer })).data.likes, 3);
refused(await call("PATCH", one, { body: { likes: 4 }, headers: visitor }), 401);

const fresh = await call("POST", "/auth/refresh", { body: { refresh_token } });
assert.ok(fresh.data.token && fresh.data.refresh_token !== refresh_token && !("user" in fresh.data));
refused(await call("POST", "/auth/refresh", { body: { refresh_token: fresh.data.token } }), 401);
const again = { Authorization: `Bearer ${fresh.data.token}` };
assert.equal((await call("GET", "/auth/me", { headers: again })).data.user.name, "Ada Lovelace");
assert.equal((await call("DELETE", one, { headers: again })).data.deleted, true);
refused(await call("GET", one, { headers: visitor }), 404);
assert.deepEqual((await call("POST", "/auth/logout", { headers: again })).data, { ok: true });
refused(await call("GET", "/auth/me", { headers: again }), 401);
console.log("moondb, JavaScript: declared, signed up, in and out, refreshed, wrote, found, changed, deleted; 7 refusals");
