"""token.py BASE EMAIL PASSWORD: logs in and prints the access token."""
import json
import sys
import urllib.request

base, email, password = sys.argv[1:]
body = json.dumps({"email": email, "password": password}).encode()
request = urllib.request.Request(f"{base}/auth/login", body, {"Content-Type": "application/json"})
print(json.load(urllib.request.urlopen(request))["token"])
