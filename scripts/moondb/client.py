"""After the samples of MoonDB's documentation: seed, sign up, write in bulk, read page by page, refresh, sign out."""

import json
import pathlib
import sys
import urllib.error
import urllib.request

NEEDS = json.loads(pathlib.Path(sys.argv[1]).read_text())
SCHEMA = json.loads(pathlib.Path(__file__).with_name("schema.json").read_text())
BASE = f"{NEEDS['base_url']}/p/{NEEDS['project_id']}"
ADMIN = {"X-Admin-Key": NEEDS["admin_key"]}
PASSWORD = "correct horse battery"


def call(method, path, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(BASE + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def refused(answer, status):
    assert answer[0] == status and all(answer[1]["error"].get(name) for name in ("code", "message", "suggestion")), answer


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


status, answer = call("PUT", "/v1/schema", SCHEMA, ADMIN)
assert status == 200 and answer["data"]["applied"], answer
status, answer = call("POST", "/v1/schema/seed", {
    "users": [{"email": "bob@moondb.example", "password": PASSWORD, "name": "Bob"}],
    "posts": [{"title": "seeded", "author": "@users.0"}],
}, ADMIN)
assert status == 201 and answer["data"]["inserted"] == {"users": 1, "posts": 1}, answer

status, answer = call("POST", "/auth/signup", {"email": "eve@moondb.example", "password": PASSWORD, "name": "Eve"})
assert status == 201 and answer["data"]["user"]["name"] == "Eve", answer
refused(call("POST", "/auth/signup", {"email": "no-address", "password": PASSWORD}), 400)
eve = bearer(answer["data"]["token"])
status, answer = call("POST", "/auth/login", {"email": "bob@moondb.example", "password": PASSWORD})
assert status == 200 and answer["data"]["user"]["name"] == "Bob", answer
status, answer = call("POST", "/auth/refresh", {"refresh_token": answer["data"]["refresh_token"]})
assert status == 200 and sorted(answer["data"]) == ["refresh_token", "token"], answer
bob = bearer(answer["data"]["token"])
status, answer = call("GET", "/auth/me", headers=bob)
assert status == 200 and answer["data"]["user"]["email"] == "bob@moondb.example", answer

status, answer = call("POST", "/api/posts/bulk", [{"title": f"post {n}"} for n in range(5)], bob)
assert status == 201 and len(answer["data"]) == 5, answer
titles, cursor = [], ""
while cursor is not None:
    status, page = call("GET", f"/api/posts?title=like.post%25&limit=2&cursor={cursor}", headers=bob)
    assert status == 200 and page["meta"]["total"] == 5, page
    titles += [row["title"] for row in page["data"]]
    cursor = page["meta"]["next_cursor"]
assert sorted(titles) == [f"post {n}" for n in range(5)], titles
mine = f"/api/posts/{page['data'][0]['id']}"
refused(call("DELETE", mine, headers=eve), 404)
status, answer = call("PUT", mine, {"title": "another"}, bob)
assert status == 200 and answer["data"]["likes"] == 0, answer
status, answer = call("DELETE", mine, headers=bob)
assert status == 200 and answer["data"]["deleted"], answer
refused(call("GET", "/api/posts?colour=eq.red", headers=bob), 400)
status, answer = call("POST", "/auth/logout", headers=bob)
assert status == 200 and answer == {"data": {"ok": True}}, answer
refused(call("GET", "/auth/me", headers=bob), 401)
print("moondb, Python: declared, seeded, signed up, in and out, refreshed, wrote five, read them page by page, "
      "replaced and deleted one; 4 refusals")
