// A headless Chromium by its debugging protocol, over two pipes: nothing to install, and no port that others could find.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Browser {
  #process;
  #profile = mkdtempSync(join(tmpdir(), "portcullis-chromium-"));
  #waiting = new Map();
  #last = 0;

  constructor(binary) {
    const flags = ["--headless=new", "--remote-debugging-pipe", `--user-data-dir=${this.#profile}`, "--no-first-run",
      "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server", "--disable-background-networking"];
    // Chromium's own sandbox does not start as root.
    if (process.getuid() === 0) flags.push("--no-sandbox");
    this.#process = spawn(binary, [...flags, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.#process.on("error", (error) => this.#fail(error));
    this.#process.on("exit", () => this.#fail(new Error("Chromium has ended")));
    this.#process.stdio[3].on("error", (error) => this.#fail(error));
    let rest = "";
    this.#process.stdio[4].setEncoding("utf8").on("data", (chunk) => {
      const messages = (rest + chunk).split("\0");
      rest = messages.pop();
      for (const message of messages) this.#take(JSON.parse(message));
    });
  }

  // One command; its result, or what Chromium says against it.
  send(method, params = {}, sessionId = undefined) {
    const id = ++this.#last;
    return new Promise((done, failed) => {
      this.#waiting.set(id, { method, done, failed });
      this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  // A page at `url` that has loaded.
  async page(url) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId);
    const { errorText } = await page.send("Page.navigate", { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await page.call(() => new Promise((done) => {
      const check = () => (document.readyState === "complete" && location.href !== "about:blank" ? done() : setTimeout(check, 5));
      check();
    }));
    return page;
  }

  async close() {
    const ended = new Promise((done) => this.#process.once("exit", done));
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  #take({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (error) waiting.failed(new Error(`${waiting.method}: ${error.message}`));
    else waiting.done(result);
  }

  #fail(error) {
    for (const { failed } of this.#waiting.values()) failed(error);
    this.#waiting.clear();
  }
}

class Page {
  constructor(browser, session) {
    this.browser = browser;
    this.session = session;
  }

  send(method, params) {
    return this.browser.send(method, params, this.session);
  }

  // Runs a function in the page as if its user had just pressed a button; what it throws, it throws here.
  async call(work, ...args) {
    const given = args.map((arg) => JSON.stringify(arg) ?? "undefined").join(", ");
    const expression = `(async () => { try { return { value: await (${work})(${given}) }; }
      catch (error) { return { thrown: { name: error.name, message: error.message, status: error.status, code: error.code } }; } })()`;
    await this.send("Page.bringToFront");
    const options = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", options);
    if (exceptionDetails) throw new Error(`${work}: ${exceptionDetails.text}`);
    const { thrown, value } = result.value;
    if (thrown) throw Object.assign(new Error(thrown.message), thrown);
    return value;
  }

  // An authenticator inside the device, whose user is there and shows a finger whenever asked.
  async authenticator(more = {}) {
    await this.send("WebAuthn.enable", { enableUI: false });
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true, ...more };
    const { authenticatorId } = await this.send("WebAuthn.addVirtualAuthenticator", { options });
    return authenticatorId;
  }
}
