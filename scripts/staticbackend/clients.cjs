// What an application does with StaticBackend's published clients, against a node of ours. Notes the calls it has shown.
const assert = require("node:assert/strict");
const { readFileSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const [needsFile, node, shownFile] = process.argv.slice(2);
const needs = JSON.parse(readFileSync(needsFile, "utf8"));
const shown = new Set();

// Whatever a client sends is a call that is shown, once its answer was right.
const good = (call, answer) => {
  assert.ok(answer.ok, `${call}: ${answer.content}`);
  shown.add(call);
  return answer.content;
};
const refused = (call, answer) => {
  assert.equal(answer.ok, false, `${call} should have been refused: ${JSON.stringify(answer.content)}`);
  assert.equal(typeof answer.content, "string", `${call}: the clients show the text`);
};

// The mails of a development stage lie in the outbox.
async function mailTo(address) {
  const post = { method: "POST", headers: { "content-type": "application/json" } };
  const { PORTCULLIS_OPERATOR_EMAIL: email, PORTCULLIS_OPERATOR_PASSWORD: password } = process.env;
  const login = await fetch(`${node}/admin/v1/auth/login`, { ...post, body: JSON.stringify({ email, password }) });
  const { token } = await login.json();
  const headers = { authorization: `Bearer ${token}` };
  for (let tries = 0; tries < 50; tries++) {
    const mails = (await (await fetch(`${node}/admin/v1/projects/shop/outbox`, { headers })).json()).data;
    const found = mails.find((mail) => mail.to === address && mail.kind === "given");
    if (found) return (await fetch(`${node}/admin/v1/projects/shop/outbox/${found.id}`, { headers })).json();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no mail to ${address}`);
}

async function browser(Backend) {
  const backend = new Backend(needs.public_key, needs.base_url);
  const ada = good("POST /register", await backend.register("ada@shop.test", "correct horse"));
  assert.equal(typeof ada, "string");
  refused("POST /register", await backend.register("ada@shop.test", "something else"));
  refused("POST /login", await backend.login("ada@shop.test", "wrong"));
  const token = good("POST /login", await backend.login("ada@shop.test", "correct horse"));
  const me = good("GET /me", await backend.me(token));
  assert.deepEqual([me.email, me.role], ["ada@shop.test", 50]);
  refused("GET /me", await backend.me("nonsense"));

  const bob = good("POST /account/users", await backend.addUser(token, "bob@shop.test", "correct horse"));
  assert.equal(bob.accountId, me.accountId);
  const users = good("GET /account/users", await backend.users(token));
  assert.deepEqual(users.map((user) => user.email), ["ada@shop.test", "bob@shop.test"]);
  const bobs = good("POST /login", await backend.login("bob@shop.test", "correct horse"));
  refused("DELETE /account/users/{id}", await backend.removeUser(bobs, me.userId));

  const made = good("POST /db/{col}", await backend.create(token, "tasks", { name: "one", done: false, likes: 1 }));
  assert.equal(made.accountId, me.accountId);
  const bulk = [{ name: "two", done: true }, { name: "~~>>", done: true }];
  assert.equal(good("POST /db/{col}?bulk=1", await backend.createBulk(token, "tasks", bulk)), true);
  const page = good("GET /db/{col}", await backend.list(bobs, "tasks", { page: 1, size: 2, desc: true }));
  assert.deepEqual([page.total, page.results.map((one) => one.name)], [3, ["~~>>", "two"]]);
  assert.equal(good("GET /db/{col}/{id}", await backend.getById(bobs, "tasks", made.id)).name, "one");
  refused("GET /db/{col}/{id}", await backend.getById(bobs, "tasks", "nothing"));
  const some = good("POST /db/{col}?ids=true", await backend.getByIds(token, "tasks", [made.id, "nothing"]));
  assert.deepEqual(some.map((one) => one.id), [made.id]);
  const found = good("POST /query/{col}", await backend.query(token, "tasks", [["done", "=", true]]));
  assert.equal(found.total, 2);
  refused("POST /query/{col}", await backend.query(token, "tasks", [["done", "~", true]]));
  assert.equal(good("PUT /db/{col}/{id}", await backend.update(token, "tasks", made.id, { done: true })).name, "one");
  refused("PUT /db/{col}/{id}", await backend.update(bobs, "tasks", made.id, { done: false }));
  assert.equal(good("PUT /inc/{col}/{id}", await backend.increase(token, "tasks", made.id, "likes", 4)), true);
  assert.equal(good("GET /db/{col}/{id}", await backend.getById(token, "tasks", made.id)).likes, 5);
  assert.equal(good("POST /db/count/{col}", await backend.count(token, "tasks", [["done", "=", true]])).count, 3);
  const change = { update: { seen: true }, clauses: [["done", "=", true]] };
  assert.equal(good("PUT /db/{col}?bulk=1", await backend.updateBulk(token, "tasks", change)), 3);
  // Its base64 has a plus, which the client does not encode.
  assert.equal(good("DELETE /db/{col}?bulk=1", await backend.deleteBulk(token, "tasks", [["name", "=", "~~>>"]])), 1);
  assert.equal(good("DELETE /db/{col}/{id}", await backend.delete(token, "tasks", made.id)), 1);
  assert.match(good("GET /newid", await backend.newId(token)), /^[0-9a-f-]{36}$/);
  assert.equal(good("DELETE /account/users/{id}", await backend.removeUser(token, bob.id)), true);
  refused("GET /me", await backend.me(bobs));
  refused("POST /search", await backend.search(token, "tasks", "one"));
}

async function trusted(Backend) {
  const backend = new Backend(needs.public_key, needs.base_url);
  const root = needs.root_token;
  assert.equal(good("GET /email", await backend.emailExists("ada@shop.test")), true);
  assert.equal(good("GET /email", await backend.emailExists("nobody@shop.test")), false);

  const letter = {
    fromEmail: "hello@app.example", fromName: "The shop", email: "ada@shop.test", subject: "Your link",
    body: '<a href="[link]">Sign in</a>', link: "https://app.example/in",
  };
  assert.equal(good("POST /login/magic", await backend.requestMagicLink(letter)), true);
  refused("GET /login/magic", await backend.loginWithMagicLink("ada@shop.test", "0000000"));
  const mail = await mailTo("ada@shop.test");
  const code = mail.text.match(/code=([0-9]+)/)[1];
  const linked = good("GET /login/magic", await backend.loginWithMagicLink("ada@shop.test", code));
  refused("GET /login/magic", await backend.loginWithMagicLink("ada@shop.test", code));
  const me = good("GET /me", await backend.me(linked));

  const reset = good("GET /password/resetcode", await backend.getPasswordResetCode(root, "ada@shop.test"));
  refused("GET /password/resetcode", await backend.getPasswordResetCode(linked, "ada@shop.test"));
  refused("POST /password/reset", await backend.resetPassword("ada@shop.test", "wrong", "another password"));
  assert.equal(good("POST /password/reset", await backend.resetPassword("ada@shop.test", reset, "another password")), true);
  refused("GET /me", await backend.me(linked));
  let ada = good("POST /login", await backend.login("ada@shop.test", "another password", me.accountId));
  const changed = await backend.changePassword(ada, "ada@shop.test", "another password", "a third password");
  assert.equal(good("POST /user/changepw", changed), true);
  ada = good("POST /login", await backend.login("ada@shop.test", "a third password"));

  refused("POST /setrole", await backend.setRole(ada, "ada@shop.test", 100));
  assert.equal(good("POST /setrole", await backend.setRole(root, "ada@shop.test", 60)), true);
  assert.equal(good("GET /me", await backend.me(ada)).role, 60);
  const acting = good("GET /sudogettoken/{accountId}", await backend.sudoGetToken(root, me.accountId));
  assert.equal(good("GET /me", await backend.me(acting)).userId, me.userId);

  good("POST /db/{col}", await backend.create(ada, "diary_700_", { day: 1 }));
  const diary = good("GET /sudo/{col}", await backend.sudoList(root, "diary_700_", { page: 1, size: 10 }));
  assert.equal(diary.total, 1);
  refused("GET /sudo/{col}", await backend.sudoList(ada, "diary_700_"));
  const id = diary.results[0].id;
  assert.equal(good("GET /sudo/{col}/{id}", await backend.sudoGetById(root, "diary_700_", id)).day, 1);
  assert.equal(good("POST /sudo/{col}?ids=true", await backend.sudoGetByIds(root, "diary_700_", [id])).length, 1);
  assert.equal(good("PUT /sudo/{col}/{id}", await backend.sudoUpdate(root, "diary_700_", id, { day: 2 })).day, 2);
  const job = good("POST /sudo/{col}", await backend.sudoCreate(root, "jobs", { n: 1 }));
  assert.equal(good("POST /sudo/{col}?bulk=1", await backend.sudoCreateBulk(root, "jobs", [{ n: 2 }, { n: 3 }])), true);
  assert.equal(good("POST /sudoquery/{col}", await backend.sudoQuery(root, "jobs", [["n", ">", 1]])).total, 2);
  const change = { update: { done: true }, clauses: [["n", ">", 1]] };
  assert.equal(good("PUT /sudo/{col}?bulk=1", await backend.sudoUpdateBulk(root, "jobs", change)), 2);
  assert.equal(good("DELETE /sudo/{col}/{id}", await backend.sudoDelete(root, "jobs", job.id)), 1);
  assert.equal(good("DELETE /sudo/{col}?bulk=1", await backend.sudoDeleteBulk(root, "jobs", [["done", "=", true]])), 2);
  assert.ok(good("GET /sudolistall", await backend.sudoListRepositories(root)).includes("diary_700_"));
  assert.equal(good("POST /sudo/index", await backend.sudoAddIndex(root, "diary_700_", "day")), true);
  const note = { fromName: "The shop", from: "x@app.example", to: "you@elsewhere.test", subject: "Hi", body: "Hello" };
  assert.equal(good("POST /sudo/sendmail", await backend.sendMail(root, note)), true);
  refused("POST /sudo/cache", await backend.cacheSet(root, "key", 1));
}

async function main() {
  const modules = process.env.NODE_PATH;
  // Its build for browsers, which needs nothing that Node lacks.
  const js = await import(pathToFileURL(path.join(modules, "@staticbackend/js/dist/index.js")).href);
  await browser(js.Backend);
  const { Backend } = createRequire(path.join(modules, "x.js"))("@staticbackend/backend");
  await trusted(Backend);
  writeFileSync(shownFile, [...shown].sort().join("\n") + "\n");
  console.log(`@staticbackend/js and @staticbackend/backend 1.7.0: ${shown.size} calls work.`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
