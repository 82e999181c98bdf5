"""Swain's workflow over the platform's own routes: what a program does that sets a project up."""

import json
import sys
import urllib.error
import urllib.request

needs, shown_file, *servers = sys.argv[1:]
with open(needs, encoding="utf-8") as file:
    PLATFORM = json.load(file)["platform_url"]
shown = set()
token = None


def call(method, path, body=None, wanted=200, base=None, bearer=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if bearer or token:
        headers["Authorization"] = f"Bearer {bearer or token}"
    request = urllib.request.Request((base or PLATFORM) + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            status, text = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    if status != wanted:
        sys.exit(f"swain-connections: {method} {path}: {status}, not {wanted}: {text.decode()}")
    return json.loads(text) if text else None


token = call("POST", "/api/auth/login", {"username": "ops@shop.example", "password": "an operator of this check"})["token"]
for server in servers:
    driver, port = server.split(":")
    project = call("POST", "/api/Project", {"name": f"{driver} shop"}, 201)["id"]
    wanted = {"project_id": project, "stage_id": 3, "driver": driver, "host": "127.0.0.1", "port": int(port),
              "dbname": "shop", "user": "one", "password": "p:w/1"}
    # A login that the server does not take is told, and nothing is made.
    refusal = call("POST", "/api/Connection", {**wanted, "user": "nobody", "password": "a wrong one"}, 503)
    assert "a wrong one" not in json.dumps(refusal), refusal
    call("POST", "/api/Connection", {**wanted, "project_id": 999}, 400)
    made = call("POST", "/api/Connection", wanted, 201)
    assert (made["host"], made["port"], made["dbname"]) == ("127.0.0.1", int(port), "shop"), made
    assert "password" not in made and "p:w" not in json.dumps(made), made
    call("POST", "/api/Connection", wanted, 409)
    shown.add("POST /Connection")
    one = f"/api/connections/{made['id']}"
    assert call("POST", f"{one}/test")["success"] is True

    # Nothing is served until it is mapped and exposed.
    settings = call("GET", f"{one}/settings")
    tables = settings.get("tables", {})
    call("PUT", f"{one}/settings", {"tables": {**tables, "orders": {"expose": True}}})
    card = {"table": "users", "id": "id", "email": "email", "password": "password_hash"}
    call("PUT", f"{one}/mappings", {"user": {**call("GET", f"{one}/mappings")["user"], **card}})
    build = call("POST", f"{one}/build")
    assert call("POST", f"{one}/deploy", {"build_id": build["id"]})["deployment_status"] == "deployed"
    endpoint = call("GET", f"/api/Connection/{made['id']}")["api_endpoint"]
    swagger = call("GET", f"{one}/dynamic-swagger")
    assert any(path.lower().endswith("/orders") for path in swagger["paths"]), list(swagger["paths"])[:5]

    # Another login for the same database, and back by the old password's end.
    changed = call("PUT", f"/api/Connection/{made['id']}", {"user": "two", "password": "p@w2"})
    assert changed["id"] == made["id"], changed
    assert call("POST", f"{one}/test")["success"] is True
    assert call("POST", f"{one}/sync")["success"] is True
    call("PUT", f"/api/Connection/{made['id']}", {"user": "nobody"}, 503)
    call("PUT", f"/api/Connection/{made['id']}", {"dbname": "other"}, 409)
    call("PUT", f"/api/Connection/{made['id']}", {"stage_id": 1}, 400)
    # What was refused has changed nothing.
    assert call("POST", f"{one}/test")["success"] is True
    shown.add("PUT /Connection/{id}")
    # It answers, to whoever has credentials of its own.
    call("GET", "/orders", wanted=401, base=endpoint, bearer="nobody")
    # A new name moves the endpoint.
    call("PUT", f"/api/Project/{project}", {"name": f"{driver} store"})
    moved = call("GET", f"/api/Connection/{made['id']}")["api_endpoint"]
    assert moved == f"{endpoint.rsplit('/', 1)[0]}/{driver}-store", (endpoint, moved)
    call("GET", "/orders", wanted=401, base=moved, bearer="nobody")
    call("GET", "/orders", wanted=404, base=endpoint, bearer="nobody")
    call("DELETE", f"/api/Project/{project}", wanted=409)
    print(f"swain-connections: {driver}: connected, mapped, built, deployed, another login, renamed")
with open(shown_file, "w", encoding="utf-8") as file:
    file.write("\n".join(sorted(shown)) + "\n")
