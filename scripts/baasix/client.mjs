// A client after the samples of Baasix's authentication page: only the base URL is ours.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const base = JSON.parse(readFileSync(process.argv[2], "utf8")).base_url;
async function call(method, path, { token, body } = {}) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, cookie: response.headers.get("set-cookie"), body: text ? JSON.parse(text) : null };
}

const login = { email: "js@shop.example", password: "securepassword" };
const registered = await call("POST", "/auth/register", { body: { firstName: "John", lastName: "Doe", ...login } });
assert.equal(registered.status, 200);
assert.equal(registered.body.message, "User registered successfully");
const { token: first, refreshToken, user } = (await call("POST", "/auth/login", { body: login })).body;
assert.equal(user.email, login.email);
const wrong = await call("POST", "/auth/login", { body: { ...login, password: "no" } });
assert.deepEqual([wrong.status, wrong.body.message], [400, "Incorrect password."]);
const { cookie } = await call("POST", "/auth/login", { body: { ...login, authMode: "cookie" } });
assert.match(cookie, /^token=.*HttpOnly/);
const { token } = (await call("POST", "/auth/refresh", { body: { refreshToken } })).body;
assert.notEqual(token, first);
const checked = await call("GET", "/auth/check", { token });
assert.deepEqual([checked.body.valid, String(checked.body.user.id)], [true, String(user.id)]);
const refused = await call("GET", "/items/notes", { token });
assert.equal(refused.status, 403);
assert.equal(refused.body.error.message, "You don't have permission to read items in 'notes'");
// Who one is wants a grant, as the page has it.
assert.equal((await call("GET", "/auth/me", { token })).status, 403);

const root = { email: "root@shop.example", password: "a long and quiet evening" };
const admin = (await call("POST", "/auth/login", { body: root })).body.token;
const roles = await call("GET", "/items/baasix_Role?filter=" + encodeURIComponent('{"name":"user"}'), { token: admin });
async function grant(collection, action, more = {}) {
  const row = { role_Id: roles.body.data[0].id, collection, action, fields: "*", ...more };
  const answer = await call("POST", "/permissions", { token: admin, body: row });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
}
for (const action of ["create", "read", "update", "delete"]) await grant("notes", action);
await grant("baasix_User", "read", { conditions: { id: { eq: "$CURRENT_USER" } } });
const me = await call("GET", "/auth/me", { token });
assert.deepEqual([me.body.user.firstName, me.body.user.password], ["John", undefined]);

const made = await call("POST", "/items/notes", { token, body: { text: "from JavaScript" } });
assert.equal(made.status, 201);
const query = new URLSearchParams({ filter: JSON.stringify({ text: { like: "Java" } }), fields: "text", limit: "5" });
const found = await call("GET", "/items/notes?" + query, { token });
assert.deepEqual(found.body, { data: [{ text: "from JavaScript" }], totalCount: 1 });
const one = `/items/notes/${made.body.data.id}`;
assert.equal((await call("PATCH", one, { token, body: { text: "changed" } })).status, 200);
assert.equal((await call("GET", one, { token })).body.data.text, "changed");
assert.equal((await call("DELETE", one, { token })).status, 200);
assert.equal((await call("GET", one, { token })).status, 403);
assert.equal((await call("GET", "/auth/logout", { token })).status, 200);
assert.equal((await call("GET", "/auth/check", { token })).status, 401);
console.log("baasix, JavaScript: signed up, in and out, refreshed, wrote, found, changed, deleted; 5 refusals");
