"""A client after the samples of Solobase's authentication page, in Python. Its base URL is all that it is given."""

import json
import sys
import urllib.error
import urllib.request


class SolobaseError(Exception):
    def __init__(self, status, error, headers):
        super().__init__(error["message"])
        self.status, self.code, self.error, self.headers = status, error["code"], error, headers


class SolobaseClient:
    def __init__(self, base_url):
        self.base_url, self.token, self.refresh_token = base_url, None, None

    def request(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base_url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                result, self.headers = json.load(response), response.headers
        except urllib.error.HTTPError as error:
            raise SolobaseError(error.code, json.load(error)["error"], error.headers) from None
        assert result["success"] is True and "error" not in result, result
        return result["data"]

    def login(self, email, password):
        data = self.request("POST", "/api/auth/login", {"email": email, "password": password})
        self.token, self.refresh_token = data["token"], data["refresh_token"]
        return data["user"]


def check(what, found, wanted):
    if found != wanted:
        sys.exit(f"solobase, Python: {what}: {found!r}, not {wanted!r}")


def refused(what, call, status, code):
    try:
        call()
    except SolobaseError as error:
        check(what, (error.status, error.code), (status, code))
        return error
    sys.exit(f"solobase, Python: {what}: it was not refused")


def main(base_url):
    client = SolobaseClient(base_url)
    admin = client.login("root@shop.example", "a long and quiet evening")
    check("the administrator", admin["role"], "admin")
    check("what is left of the limit", client.headers["X-RateLimit-Remaining"], "4")
    me = client.request("GET", "/api/auth/me")["user"]
    check("the permissions", me["permissions"], ["read", "write", "delete", "admin"])
    client.request("POST", "/api/auth/logout")
    client.token = None

    person = {"name": "Bob", "email": "bob@py.example", "password": "SecurePass123!"}
    refused("a register without confirmation", lambda: client.request("POST", "/api/auth/register", person), 422,
            "VALIDATION_ERROR")
    made = client.request("POST", "/api/auth/register", {**person, "password_confirmation": person["password"]})
    check("the new user", made["user"]["role"], "user")
    client.login(person["email"], person["password"])
    old = client.token
    client.token = None
    fresh = client.request("POST", "/api/auth/refresh", {"refresh_token": client.refresh_token})
    check("what a refresh gives", sorted(fresh), ["expires_in", "token"])
    client.token = fresh["token"]
    check("who is signed in", client.request("GET", "/api/auth/me")["user"]["email"], person["email"])

    records = "/api/database/tables/notes/records"
    rows = [{"text": "one"}, {"text": "two"}]
    made = client.request("POST", f"{records}/bulk", {"records": rows})["records"]
    page = client.request("GET", f"{records}?sort=id&order=desc&limit=1")
    check("the last row", page["records"][0], made[-1])
    check("the filter", client.request("GET", f"{records}?filter=text%3Done")["records"], [made[0]])
    changed = client.request("PUT", f"{records}/{made[0]['id']}", {"text": "changed"})
    check("the changed row", changed["record"]["text"], "changed")
    ids = [row["id"] for row in made]
    client.request("DELETE", f"{records}/bulk", {"ids": ids})
    gone = f"{records}/{ids[0]}"
    refused("a row that is gone", lambda: client.request("GET", gone), 404, "RECORD_NOT_FOUND")
    unknown = "/api/database/tables/secrets/records"
    refused("no such table", lambda: client.request("GET", unknown), 404, "TABLE_NOT_FOUND")
    refused("SQL", lambda: client.request("POST", "/api/database/query", {"query": "SELECT 1"}), 403, "PERMISSION_DENIED")

    client.request("POST", "/api/auth/logout")
    for token in (client.token, old):
        client.token = token
        refused("after the logout", lambda: client.request("GET", "/api/auth/me"), 401, "TOKEN_INVALID")
    client.token = None
    # Two logins were right; every attempt counts.
    for _ in range(3):
        refused("a wrong password", lambda: client.login("root@shop.example", "wrong"), 401, "INVALID_CREDENTIALS")
    late = refused("too many", lambda: client.login("root@shop.example", "wrong"), 429, "RATE_LIMITED")
    check("its wait", 0 < late.error["retry_after"] <= 900 and late.headers["Retry-After"].isdigit(), True)
    print("solobase, Python: signed up, in and out, refreshed, wrote two, found, changed, deleted; 10 refusals, "
          "the sixth login's among them")


with open(sys.argv[1], encoding="utf-8") as file:
    main(json.load(file)["base_url"])
