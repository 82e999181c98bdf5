"""A client after the samples of Baasix's authentication page: only the base URL is ours."""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

BASE = sys.argv[1]


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
    token = made["token"]
    root = {"email": "root@shop.example", "password": "a long and quiet evening"}
    admin = call("POST", "/auth/login", body=root)[1]["token"]
    # The client in JavaScript may have made the rows.
    for action in ("create", "read"):
        row = {"role_Id": made["role"]["id"], "collection": "notes", "action": action, "fields": "*"}
        assert call("POST", "/permissions", admin, row)[0] in (201, 409)
    status, ids = call("POST", "/items/notes/bulk", token, [{"text": "one"}, {"text": "two"}])
    assert status == 201 and len(ids["data"]) == 2, ids
    query = urllib.parse.urlencode({"filter[text][in][]": "two", "sort[text]": "asc", "fields": "text"})
    assert call("GET", f"/items/notes?{query}", token) == (200, {"data": [{"text": "two"}], "totalCount": 1})
    figures = urllib.parse.quote('{"n":{"function":"count","field":"*"}}')
    status, counted = call("GET", f"/items/notes?aggregate={figures}", token)
    assert status == 200 and counted["data"] == [{"n": 2}], counted
    status, me = call("GET", "/auth/me", admin)
    assert status == 200 and "password" not in json.dumps(me["user"]), me
    assert call("GET", "/auth/logout", token)[0] == 200
    assert call("GET", "/auth/check", token)[0] == 401
    print("A client of Baasix in Python works unchanged")


main()
