// After the samples of MoonDB's documentation: declare, sign up, write, read, refresh.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const needs = JSON.parse(readFileSync(process.argv[2], "utf8"));
const BASE = `${needs.base_url}/p/${needs.project_id}`;

async function call(method, path, { body, headers = {} } = {}) {
  const response = await fetch(BASE + path, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  return { status: response.status, ...(await response.json()) };
}

const admin = { "X-Admin-Key": needs.admin_key };
const visitor = { "X-Public-Key": needs.public_key };
const schema = {
  tables: {
    users: { auth_table: true, columns: { name: "string" }, access: { read: "owner", update: "owner" }, owner_field: "id" },
    posts: {
      columns: { title: "string required", author: "ref users required cascade", likes: "int default 0" },
      access: { read: "public", create: "authenticated", update: "owner", delete: "owner" },
      owner_field: "author",
    },
  },
};
const put = await call("PUT", "/v1/schema", { body: schema, headers: admin });
assert.equal(put.data.applied, true, JSON.stringify(put));

const signup = await call("POST", "/auth/signup", {
  body: { email: "ada@moondb.example", password: "correct horse battery", name: "Ada" },
});
assert.equal(signup.status, 201, JSON.stringify(signup));
const { token, refresh_token, user } = signup.data;
const bearer = { Authorization: `Bearer ${token}` };

const post = await call("POST", "/api/posts", { body: { title: "Hello" }, headers: bearer });
assert.equal(post.data.author, user.id);
const list = await call("GET", "/api/posts?title=eq.Hello&sort=created_at.desc&limit=20", { headers: visitor });
assert.deepEqual([list.data.length, list.meta.total, list.meta.has_more], [1, 1, false]);
const changed = await call("PATCH", `/api/posts/${post.data.id}`, { body: { likes: 3 }, headers: bearer });
assert.equal(changed.data.likes, 3);
const refused = await call("PATCH", `/api/posts/${post.data.id}`, { body: { likes: 4 }, headers: visitor });
assert.equal(refused.status, 401);
assert.ok(refused.error.suggestion);

const fresh = await call("POST", "/auth/refresh", { body: { refresh_token } });
assert.ok(fresh.data.token && fresh.data.refresh_token !== refresh_token && !("user" in fresh.data));
const me = await call("GET", "/auth/me", { headers: { Authorization: `Bearer ${fresh.data.token}` } });
assert.equal(me.data.user.name, "Ada");
console.log("moondb client in JavaScript: declared, signed up, wrote, read, refreshed");
