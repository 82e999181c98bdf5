// node ceremonies.mjs PORTCULLIS CHROMIUM: passkeys in a real browser, with the very code of docs/guide/second-factors.md.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Browser } from "./browser.mjs";
import { Shop, site } from "./node.mjs";

const [binary, chromium] = process.argv.slice(2);
const ADA = { email: "ada@nordlicht.example", password: "demo-password" };
const guide = readFileSync(new URL("../../docs/guide/second-factors.md", import.meta.url), "utf8");
const sample = /```js\n([^]*?)```/.exec(guide)[1];
const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

// What the pages of the application can do. Each runs in the page, beside the sample of the guide.
const logIn = (page) => page.call((who) => post("/auth/login", who), ADA);
const add = (page, token, name, password) => page.call((...all) => addPasskey(...all), token, name, password);
const use = (page, ticket) => page.call((half) => usePasskey(half), ticket);
const list = (page, token) =>
  page.call(async (key) => (await fetch(`${api}/auth/passkeys`, { headers: { Authorization: `Bearer ${key}` } })).json(), token);
const remove = (page, token, id) => page.call(async (key, which) => {
  const headers = { Authorization: `Bearer ${key}` };
  return (await fetch(`${api}/auth/passkeys/${which}`, { method: "DELETE", headers })).status;
}, token, id);
// The first step of a login, which does not do any more.
const half = async (page) => {
  const refused = await page.call(async (who) => {
    const headers = { "Content-Type": "application/json" };
    return (await fetch(`${api}/auth/login`, { method: "POST", headers, body: JSON.stringify(who) })).json();
  }, ADA);
  assert.deepEqual([refused.status, refused.code], [403, "mfa_required"], JSON.stringify(refused));
  assert.deepEqual(refused.factors, ["passkey", "recovery_code"]);
  return refused.mfa_token;
};
// Only the browser's part: answers to `options`, to be sent from elsewhere.
const sign = (page, options) => page.call(async (given) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(given.publicKey);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}, options);
const make = (page, options) => page.call(async (given) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(given.publicKey);
  return (await navigator.credentials.create({ publicKey })).toJSON();
}, options);
const refused = (work, wanted) => assert.rejects(work, wanted);
const answered = (answer, status, code) =>
  assert.deepEqual([answer.status, answer.code], [status, code], JSON.stringify(answer));

const shop = new Shop(binary);
let browser;
const sites = [];
const finish = async () => {
  await browser?.close();
  for (const one of sites) one.close();
  await shop.close();
};
const stop = (why) => {
  console.error(`passkeys: ${why}`);
  finish().finally(() => process.exit(1));
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => stop(signal));
setTimeout(() => stop("not done after five minutes"), 300_000).unref();

try {
  await shop.start();
  const script = () => sample.replace("http://127.0.0.1:8080/p/shop", shop.api);
  assert.notEqual(script(), sample, "the sample has another address");
  for (let i = 0; i < 2; i += 1) sites.push(await site(script));
  const [own, other] = sites.map(({ port }) => `http://localhost:${port}`);
  shop.settings(own);
  browser = new Browser(chromium);
  const page = await browser.page(own);
  const phone = await page.authenticator();

  const cases = {
    async "registered as second factor"() {
      const { token } = await logIn(page);
      assert.equal(claims(token).aal, "aal1");
      await refused(add(page, token, "phone", "wrong"), { status: 401, code: "invalid_credentials" });
      const made = await add(page, token, "phone", ADA.password);
      assert.deepEqual([made.name, made.recovery_codes.length], ["phone", 10]);
      assert.deepEqual((await list(page, token)).data.map(({ id }) => id), [made.id]);
      const { credentials } = await page.send("WebAuthn.getCredentials", { authenticatorId: phone });
      assert.deepEqual(credentials.map((key) => [key.rpId, key.isResidentCredential]), [["localhost", true]]);
      assert.equal(Buffer.from(credentials[0].credentialId, "base64").toString("base64url"), made.id);
    },
    async "the second step of a login with a password"() {
      const { token, user } = await use(page, await half(page));
      assert.deepEqual([claims(token).aal, user.email], ["aal2", ADA.email]);
    },
    async "the only step of a login"() {
      const { token, user } = await use(page);
      assert.deepEqual([claims(token).aal, user.email], ["aal2", ADA.email]);
      const me = await page.call(async (key) =>
        (await fetch(`${api}/auth/me`, { headers: { Authorization: `Bearer ${key}` } })).json(), token);
      assert.equal(me.email, ADA.email);
    },
    async "one device, one passkey"() {
      const { token } = await use(page);
      await refused(add(page, token, "again"), { name: "InvalidStateError" });
    },
    async "a page of another origin is refused, by us"() {
      const { credentials } = await page.send("WebAuthn.getCredentials", { authenticatorId: phone });
      const elsewhere = await browser.page(other);
      // A device that holds the same passkey, as a page on another port of the same host would find it.
      const device = await elsewhere.authenticator();
      const credential = { ...credentials[0], signCount: 1000 };
      await elsewhere.send("WebAuthn.addCredential", { authenticatorId: device, credential });
      // The browser itself keeps our answers from it. What it could do with words that reach it by a detour, we refuse.
      await refused(use(elsewhere), { name: "TypeError", message: "Failed to fetch" });
      const alone = await shop.post("/auth/passkeys/login/begin", {});
      const first = { ticket: alone.ticket, credential: await sign(elsewhere, alone.options) };
      answered(await shop.post("/auth/passkeys/login/finish", first), 401, "invalid_passkey");
      const ticket = await half(page);
      const begun = await shop.post("/auth/passkeys/login/begin", { mfa_token: ticket });
      const second = { ticket: begun.ticket, mfa_token: ticket, credential: await sign(elsewhere, begun.options) };
      answered(await shop.post("/auth/passkeys/login/finish", second), 401, "invalid_passkey");
    },
    async "a passkey made on a page of another origin is refused"() {
      const { token } = await use(page);
      const begin = () => page.call((key) => post("/auth/passkeys/register/begin", {}, key), token);
      const elsewhere = await browser.page(other);
      await elsewhere.authenticator();
      const { ticket, options } = await begin();
      const credential = await make(elsewhere, options);
      const finish = page.call((...all) => post("/auth/passkeys/register/finish", all[0], all[1]), { ticket, credential }, token);
      await refused(finish, { status: 401, code: "invalid_passkey" });
      assert.equal((await list(page, token)).data.length, 1);
    },
    async "a page of another domain is refused, by the browser"() {
      const page = await browser.page(other.replace("localhost", "shop.localhost"));
      await page.authenticator();
      const { options } = await shop.post("/auth/passkeys/login/begin", {});
      options.publicKey.rpId = "shop.example";
      await refused(sign(page, options), { name: "SecurityError" });
    },
    async "an answer is good once"() {
      const begun = await shop.post("/auth/passkeys/login/begin", {});
      const credential = await sign(page, begun.options);
      const finish = (ticket) => shop.post("/auth/passkeys/login/finish", { ticket, credential });
      assert.equal((await finish(begun.ticket)).user.email, ADA.email);
      answered(await finish(begun.ticket), 400, "ceremony_expired");
      const fresh = await shop.post("/auth/passkeys/login/begin", {});
      answered(await finish(fresh.ticket), 401, "invalid_passkey");
      answered(await finish(fresh.ticket), 400, "ceremony_expired");
    },
    async "who is not verified gets no further than the browser"() {
      await page.send("WebAuthn.setUserVerified", { authenticatorId: phone, isUserVerified: false });
      await refused(use(page), { name: "NotAllowedError" });
      await page.send("WebAuthn.setUserVerified", { authenticatorId: phone, isUserVerified: true });
      await use(page);
    },
    async "a copy that counts from behind is noticed"() {
      const { credentials: [kept] } = await page.send("WebAuthn.getCredentials", { authenticatorId: phone });
      const put = async (signCount) => {
        await page.send("WebAuthn.removeCredential", { authenticatorId: phone, credentialId: kept.credentialId });
        await page.send("WebAuthn.addCredential", { authenticatorId: phone, credential: { ...kept, signCount } });
      };
      assert.ok(kept.signCount > 1, `the authenticator has counted ${kept.signCount}`);
      await put(1);
      await refused(use(page), { status: 401, code: "passkey_copied" });
      await put(kept.signCount);
      await use(page);
    },
    async "a device without room for accounts is a second factor, and no only one"() {
      const { token } = await use(page);
      await page.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: phone });
      await page.authenticator({ transport: "usb", hasResidentKey: false });
      const made = await add(page, token, "stick");
      assert.equal(made.recovery_codes, undefined, "there were codes already");
      assert.equal((await use(page, await half(page))).user.email, ADA.email);
      await refused(use(page), { name: "NotAllowedError" });
    },
    async "a removed passkey opens nothing"() {
      const ticket = await half(page);
      const begun = await shop.post("/auth/passkeys/login/begin", { mfa_token: ticket });
      const credential = await sign(page, begun.options);
      const { token } = await use(page, await half(page));
      for (const { id } of (await list(page, token)).data) assert.equal(await remove(page, token, id), 204);
      assert.deepEqual((await list(page, token)).data, []);
      const body = { ticket: begun.ticket, mfa_token: ticket, credential };
      answered(await shop.post("/auth/passkeys/login/finish", body), 401, "invalid_passkey");
      // With the last of them gone the password is enough again.
      assert.equal(claims((await logIn(page)).token).aal, "aal1");
    },
  };
  for (const [name, work] of Object.entries(cases)) {
    await work().catch((error) => {
      throw new Error(`${name}: ${error.stack}`, { cause: error });
    });
    console.log(`passkeys: ${name}`);
  }
} catch (error) {
  console.error(`passkeys: ${error.message}`);
  process.exitCode = 1;
} finally {
  await finish();
}
