// The demo shop on a node of its own, and pages of an application before it.
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:http";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PORTCULLIS_")));

// A site on a port of its own whose only page holds what `script` gives.
export async function site(script) {
  const server = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html; charset=utf-8");
    answer.end(`<!doctype html><title>Shop</title><script>${script()}</script>`);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: server.address().port, close };
}

export class Shop {
  #folder = mkdtempSync(join(tmpdir(), "portcullis-passkeys-"));
  #binary;
  #process;

  constructor(binary) {
    this.#binary = binary;
  }

  async start() {
    const log = openSync(join(this.#folder, "log"), "w");
    const args = ["demo", "--listen", "127.0.0.1:0", "--data-dir", join(this.#folder, "data")];
    this.#process = spawn(this.#binary, args, { env: environment, stdio: ["ignore", "pipe", log] });
    closeSync(log);
    let said = "";
    this.api = await new Promise((done, failed) => {
      this.#process.once("error", failed);
      this.#process.once("exit", () => failed(new Error(`the node has ended\n${this.log()}`)));
      this.#process.stdout.setEncoding("utf8").on("data", (chunk) => {
        said += chunk;
        const found = /http:\/\/[0-9.:]+\/p\/shop(?=\n)/.exec(said);
        if (found) done(found[0]);
      });
    });
  }

  // Makes `origin` the application's; the running node takes it in before the command returns.
  settings(origin) {
    const run = (...args) => execFileSync(this.#binary,
      ["settings", ...args, "--project", "shop", "--data-dir", join(this.#folder, "data")],
      { env: environment, encoding: "utf8" });
    const before = run("export");
    const after = before.replace(/^\[auth\]$/m, `[auth]\nredirect_origins = ["${origin}"]`);
    if (after === before) throw new Error(`no [auth] in the settings:\n${before}`);
    const file = join(this.#folder, "shop.toml");
    writeFileSync(file, after);
    run("apply", "--file", file, "--yes");
  }

  // A call as a stranger makes it who has the right words and no browser.
  async post(path, body) {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(this.api + path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, ...(await answer.json()) };
  }

  log() {
    return readFileSync(join(this.#folder, "log"), "utf8");
  }

  async close() {
    if (this.#process?.exitCode === null) {
      const ended = new Promise((done) => this.#process.once("exit", done));
      this.#process.kill("SIGTERM");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
