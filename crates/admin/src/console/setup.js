// The set-up page: one form, one request. The token leaves the address bar at once and is kept nowhere.
"use strict";

const byId = (id) => document.getElementById(id);
const form = byId("setup");
const notice = byId("notice");
const token = new URLSearchParams(location.search).get("token") || "";
history.replaceState(null, "", location.pathname);

function tell(text) {
  notice.textContent = text;
  notice.hidden = text === "";
}

function fault(name, text) {
  const line = byId(name + "-error");
  line.textContent = text;
  line.hidden = text === "";
  byId(name).setAttribute("aria-invalid", text === "" ? "false" : "true");
}

function clear() {
  tell("");
  fault("email", "");
  fault("password", "");
}

// What can be said without asking; the node checks everything again.
function checked(email, password) {
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) fault("email", "Write a mail address, such as ada@example.com.");
  if (Array.from(password).length < 8) fault("password", "The password has fewer than 8 characters.");
  const wrong = form.querySelector("[aria-invalid='true']");
  if (wrong) wrong.focus();
  return !wrong;
}

function refused(problem) {
  const sentence = problem.title ? problem.title[0].toUpperCase() + problem.title.slice(1) + "." : "";
  if (problem.code === "weak_password") fault("password", sentence);
  else if (problem.code === "invalid_email") fault("email", sentence);
  else tell(sentence || "The node refused and did not say why.");
}

async function send(email, password) {
  const answer = await fetch("../admin/v1/auth/setup", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, email, password }),
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) return refused(body);
  // This page has no use for a session: it ends here, and the operator signs in where they work.
  fetch("../admin/v1/auth/logout", { method: "POST", headers: { Authorization: "Bearer " + body.token } }).catch(() => {});
  done(email);
}

function done(email) {
  const login = new URL("../admin/v1/auth/login", location.href);
  byId("who").textContent = email;
  byId("try").textContent =
    "curl " + login + " --json '" + JSON.stringify({ email, password: "..." }).replaceAll("'", "'\\''") + "'";
  form.hidden = true;
  byId("done").hidden = false;
  byId("done").focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clear();
  const [email, password] = [byId("email").value.trim(), byId("password").value];
  if (!checked(email, password)) return;
  byId("submit").disabled = true;
  try {
    await send(email, password);
  } catch {
    tell("The node does not answer. Try again.");
  }
  byId("submit").disabled = false;
});

byId("show").addEventListener("click", () => {
  const shown = byId("password").type === "password";
  byId("password").type = shown ? "text" : "password";
  byId("show").textContent = shown ? "Hide" : "Show";
  byId("show").setAttribute("aria-pressed", String(shown));
});

if (token === "") tell("This address holds no token. Open the whole link that the node printed when it started.");
