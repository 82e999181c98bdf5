"""A client after the samples of Baasix's authentication page: only the base URL is ours."""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

with open(sys.argv[1], encoding="utf-8") as file:
    BASE = json.load(file)["base_url"]


def call(method, path, token=None, body=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            status, text = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    return status, json.loads(text) if text else None


def main():
    person = {"firstName": "Jane", "lastName": "Doe", "email": "py@shop.example", "password": "securepassword"}
    status, made = call("POST", "/auth/register", body=person)
    assert status == 200 and made["role"]["name"] == "user", made
    assert call("POST", "/auth/register", body=person) == (400, {"message": "User already exists"})
    status, found = call("POST", "/auth/login", body={"email": "PY@shop.example", "password": "securepassword"})
    assert status == 200 and found["user"]["id"] == made["user"]["id"], found
    status, fresh = call("POST", "/auth/refresh", body={"refreshToken": found["refreshToken"]})
    assert status == 200, fresh
    token = fresh["token"]
    root = {"email": "root@shop.example", "password": "a long and quiet evening"}
    admin = call("POST", "/auth/login", body=root)[1]["token"]
    grant = {"role_Id": made["role"]["id"], "collection": "notes", "fields": "*"}
    assert call("POST", "/permissions", token, {**grant, "action": "read"})[0] == 403
    rows = [call("POST", "/permissions", admin, {**grant, "action": action}) for action in ("create", "read", "update")]
    assert [status for status, _ in rows] == [201, 201, 201], rows

    status, ids = call("POST", "/items/notes/bulk", token, [{"text": "one"}, {"text": "two"}])
    assert status == 201 and len(ids["data"]) == 2, ids
    query = urllib.parse.urlencode({"filter[text][in][]": "two", "sort[text]": "asc", "fields": "text"})
    assert call("GET", f"/items/notes?{query}", token) == (200, {"data": [{"text": "two"}], "totalCount": 1})
    assert call("PATCH", f"/items/notes/{ids['data'][0]}", token, {"text": "three"})[0] == 200
    figures = urllib.parse.quote('{"n":{"function":"count","field":"*"}}')
    status, counted = call("GET", f"/items/notes?aggregate={figures}", token)
    assert status == 200 and counted["data"] == [{"n": 2}], counted
    # Deleting was not granted; once it is, it works without a new login.
    assert call("DELETE", f"/items/notes/{ids['data'][0]}", token)[0] == 403
    assert call("POST", "/permissions", admin, {**grant, "action": "delete"})[0] == 201
    assert call("DELETE", "/items/notes/bulk", token, ids["data"])[0] == 204
    status, me = call("GET", "/auth/me", admin)
    assert status == 200 and "password" not in json.dumps(me["user"]), me
    assert call("GET", "/auth/logout", token)[0] == 200
    assert call("GET", "/auth/check", token)[0] == 401
    print("baasix, Python: signed up, in and out, refreshed, wrote two, found, changed, counted, deleted; 4 refusals")


main()
