// A client after the samples of Baasix's authentication page: only the base URL is ours.
import assert from "node:assert/strict";

const base = process.argv[2];
async function call(method, path, { token, body } = {}) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, cookie: response.headers.get("set-cookie"), body: text ? JSON.parse(text) : null };
}

const registered = await call("POST", "/auth/register", {
  body: { firstName: "John", lastName: "Doe", email: "js@shop.example", password: "securepassword" },
});
assert.equal(registered.status, 200);
assert.equal(registered.body.message, "User registered successfully");
const login = { email: "js@shop.example", password: "securepassword" };
const { token, user } = (await call("POST", "/auth/login", { body: login })).body;
assert.equal(user.email, login.email);
assert.equal((await call("POST", "/auth/login", { body: { ...login, password: "no" } })).body.message, "Incorrect password.");
const cookie = (await call("POST", "/auth/login", { body: { ...login, authMode: "cookie" } })).cookie;
assert.match(cookie, /^token=.*HttpOnly/);
const refused = await call("GET", "/items/notes", { token });
assert.equal(refused.status, 403);
assert.equal(refused.body.error.message, "You don't have permission to read items in 'notes'");

const root = { email: "root@shop.example", password: "a long and quiet evening" };
const admin = (await call("POST", "/auth/login", { body: root })).body.token;
const roles = await call("GET", "/items/baasix_Role?filter=" + encodeURIComponent('{"name":"user"}'), { token: admin });
for (const action of ["create", "read", "update", "delete"]) {
  const row = { role_Id: roles.body.data[0].id, collection: "notes", action, fields: "*" };
  assert.equal((await call("POST", "/permissions", { token: admin, body: row })).status, 201);
}
const made = await call("POST", "/items/notes", { token, body: { text: "from JavaScript" } });
assert.equal(made.status, 201);
const query = new URLSearchParams({ filter: JSON.stringify({ text: { like: "Java" } }), fields: "text", limit: "5" });
const found = await call("GET", "/items/notes?" + query, { token });
assert.deepEqual(found.body, { data: [{ text: "from JavaScript" }], totalCount: 1 });
const id = made.body.data.id;
assert.equal((await call("PATCH", `/items/notes/${id}`, { token, body: { text: "changed" } })).status, 200);
assert.equal((await call("DELETE", `/items/notes/${id}`, { token })).status, 200);
assert.equal((await call("GET", "/auth/logout", { token })).status, 200);
assert.equal((await call("GET", "/auth/check", { token })).status, 401);
console.log("A client of Baasix in JavaScript works unchanged");
