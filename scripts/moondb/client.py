"""After the samples of MoonDB's documentation: sign in, bulk, pages, files of rows, signing out."""

import json
import sys
import urllib.error
import urllib.request

with open(sys.argv[1], encoding="utf-8") as file:
    NEEDS = json.load(file)
BASE = f"{NEEDS['base_url']}/p/{NEEDS['project_id']}"
ADMIN = {"X-Admin-Key": NEEDS["admin_key"]}


def call(method, path, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


SCHEMA = {"tables": {
    "users": {"auth_table": True, "columns": {"name": "string"}, "access": {"read": "owner", "update": "owner"}, "owner_field": "id"},
    "posts": {"columns": {"title": "string required", "author": "ref users required cascade", "likes": "int default 0"},
              "access": {"read": "public", "create": "authenticated", "update": "owner", "delete": "owner"}, "owner_field": "author"},
}}
status, answer = call("PUT", "/v1/schema", SCHEMA, ADMIN)
assert status == 200 and answer["data"]["applied"], answer
status, answer = call("POST", "/v1/schema/seed", {
    "users": [{"email": "bob@moondb.example", "password": "correct horse battery", "name": "Bob"}],
    "posts": [{"title": "seeded", "author": "@users.0"}],
}, ADMIN)
assert status == 201 and answer["data"]["inserted"] == {"users": 1, "posts": 1}, answer
status, answer = call("POST", "/auth/login", {"email": "bob@moondb.example", "password": "correct horse battery"})
assert status == 200 and answer["data"]["user"]["name"] == "Bob", answer
bearer = {"Authorization": f"Bearer {answer['data']['token']}"}
status, answer = call("POST", "/api/posts/bulk", [{"title": f"post {n}"} for n in range(5)], bearer)
assert status == 201 and len(answer["data"]) == 5, answer
titles, cursor = [], ""
while cursor is not None:
    status, page = call("GET", f"/api/posts?title=like.post%25&limit=2&cursor={cursor}", headers=bearer)
    assert status == 200 and page["meta"]["total"] == 5, page
    titles += [row["title"] for row in page["data"]]
    cursor = page["meta"]["next_cursor"]
assert sorted(titles) == [f"post {n}" for n in range(5)], titles
status, answer = call("DELETE", f"/api/posts/{page['data'][0]['id']}", headers=bearer)
assert status == 200 and answer["data"]["deleted"], answer
status, answer = call("POST", "/auth/logout", headers=bearer)
assert status == 200 and answer == {"data": {"ok": True}}, answer
status, answer = call("GET", "/auth/me", headers=bearer)
assert status == 401 and answer["error"]["suggestion"], answer
print("moondb client in Python: seeded, signed in, wrote five, read them page by page, signed out")
