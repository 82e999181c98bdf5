// Shows ../openapi.json, and shows it again with the key when somebody has put one in under "Authorize": the document
// tells each caller only what that caller may use. All addresses are relative, so the page works below any path.
"use strict";

(() => {
  const DOCUMENT = "../openapi.json";

  // Headers for the credentials that are in force, by the names of the document's security schemes.
  const credentials = (authorized) => {
    const headers = {};
    for (const [, auth] of authorized) {
      const schema = auth.get("schema");
      const value = auth.get("value");
      if (typeof value !== "string" || value === "") continue;
      if (schema.get("type") === "apiKey" && schema.get("in") === "header") headers[schema.get("name")] = value;
      if (schema.get("type") === "http" && schema.get("scheme") === "bearer") headers.Authorization = `Bearer ${value}`;
    }
    return headers;
  };

  const reload = async (system, names) => {
    const refuse = (message) => {
      for (const authId of names) {
        system.errActions.newAuthErr({ authId, level: "error", source: "auth", message });
      }
    };
    for (const authId of names) system.errActions.clear({ authId, type: "auth", source: "auth" });
    try {
      const headers = credentials(system.authSelectors.authorized().entrySeq());
      const answer = await fetch(DOCUMENT, { headers, cache: "no-store", credentials: "same-origin" });
      if (answer.ok) {
        system.specActions.updateSpec(await answer.text());
        // What was said about an earlier key is over.
        system.errActions.clear({ source: "auth" });
      } else {
        // Back to what was there: a key that does not hold would spoil every further request.
        system.authActions.logout(names);
        refuse(answer.status === 401 ? "This key does not hold here." : `The document answered ${answer.status}.`);
      }
    } catch (error) {
      refuse(`The document could not be loaded: ${error}`);
    }
  };

  // Only the buttons reload; taking a refused key back does not start the next round.
  const ReloadWithCredentials = () => ({
    statePlugins: {
      auth: {
        wrapActions: {
          authorizeWithPersistOption: (original, system) => (payload) => {
            const result = original(payload);
            reload(system, Object.keys(payload));
            return result;
          },
          logoutWithPersistOption: (original, system) => (names) => {
            const result = original(names);
            reload(system, names);
            return result;
          },
        },
      },
    },
  });

  // Swagger UI has a dark dress; it is worn when the reader's system asks for it.
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const dress = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", dress);
  dress();

  window.ui = SwaggerUIBundle({
    url: DOCUMENT,
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    layout: "BaseLayout",
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [ReloadWithCredentials],
  });
})();
