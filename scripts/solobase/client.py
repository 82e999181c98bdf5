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
        sys.exit(f"solobase (Python): {what}: {found!r}, not {wanted!r}")


def refused(what, call, status, code):
    try:
        call()
    except SolobaseError as error:
        check(what, (error.status, error.code), (status, code))
        return error
    sys.exit(f"solobase (Python): {what}: it was not refused")


def main(base_url):
    client = SolobaseClient(base_url)
    admin = client.login("root@shop.example", "a long and quiet evening")
    check("the administrator", admin["role"], "admin")
    check("what is left of the limit", client.headers["X-RateLimit-Limit"], "5")
    me = client.request("GET", "/api/auth/me")["user"]
    check("the permissions", me["permissions"], ["read", "write", "delete", "admin"])
    rows = [{"text": "one"}, {"text": "two"}]
    made = client.request("POST", "/api/database/tables/notes/records/bulk", {"records": rows})["records"]
    page = client.request("GET", "/api/database/tables/notes/records?sort=id&order=desc&limit=1")
    check("the last row", page["records"][0], made[-1])
    ids = [row["id"] for row in made]
    client.request("DELETE", "/api/database/tables/notes/records/bulk", {"ids": ids})
    gone = f"/api/database/tables/notes/records/{ids[0]}"
    refused("a row that is gone", lambda: client.request("GET", gone), 404, "RECORD_NOT_FOUND")
    refused("SQL", lambda: client.request("POST", "/api/database/query", {"query": "SELECT 1"}), 403, "PERMISSION_DENIED")
    client.token = None
    # The client in JavaScript has used three of the five, this one another.
    refused("a wrong password", lambda: client.login("root@shop.example", "wrong"), 401, "INVALID_CREDENTIALS")
    late = refused("too many", lambda: client.login("root@shop.example", "wrong"), 429, "RATE_LIMITED")
    check("its wait", 0 < late.error["retry_after"] <= 900 and late.headers["Retry-After"].isdigit(), True)
    print("solobase: the Python client works")


main(sys.argv[1])
