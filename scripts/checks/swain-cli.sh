#!/usr/bin/env bash
# Swain's own command line, `swain_cli` 0.3.19 from PyPI, against the platform at /compat/swain of a demo: signs in, lists
# projects and connections, makes SDKs for Python and TypeScript; the Python one lists, creates, gets, changes, filters,
# counts, writes in bulk and deletes in the demo shop.
#
# What it needs from PyPI is kept in .cache/swain, so that later runs need no network. Where PyPI does not give it, it is
# skipped by name; with REQUIRE_CLIENTS=1 that is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/clients.sh
begin swain-cli
need_command java default-jre-headless
java -version >/dev/null 2>&1 || skip "\`java\` does not start"

cache=$PWD/.cache/swain
venv=$cache/venv
password='a password of the check'
mkdir -p "$cache"
if [ ! -e "$venv/ready-0.3.19" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv" >"$cache/venv.log" 2>&1 || skip "python3 has no venv module (Debian: python3-venv)"
    # `click` is missing from the client's own list; the wheel of the generator holds the JAR that the client pins.
    "$venv/bin/pip" install --quiet --disable-pip-version-check 'swain_cli==0.3.19' click \
        'openapi-generator-cli==7.6.0' 'urllib3>=1.25.3,<2.1' 'pydantic>=2,<3' python-dateutil typing-extensions \
        >"$cache/pip.log" 2>&1 || skip "PyPI does not give swain_cli 0.3.19 (see .cache/swain/pip.log)"
    touch "$venv/ready-0.3.19"
fi
jar=$(find "$venv" -name openapi-generator.jar | head -n 1)
[ -n "$jar" ] || skip "the wheel of openapi-generator-cli 7.6.0 holds no JAR"

shown=${CARGO_TARGET_DIR:-target}/compat/swain.swain-cli.txt
mkdir -p "$(dirname "$shown")"
: >"$shown"

fail() {
    echo "swain-cli: $1" >&2
    [ -z "${2:-}" ] || cat "$2" >&2
    exit 1
}

PORTCULLIS_OPERATOR_EMAIL=ops@shop.example PORTCULLIS_OPERATOR_PASSWORD=$password \
    "$binary" demo --listen 127.0.0.1:0 --data-dir "$work/data" >"$work/demo.log" 2>&1 &
node_pid=$!
for _ in $(seq 600); do
    grep -q 'Try it' "$work/demo.log" && break
    kill -0 "$node_pid" 2>/dev/null || break
    sleep 0.2
done
endpoint=$(grep -oE 'http://[^ ]+/p/shop$' "$work/demo.log" | head -n 1)
key=$(grep -oE 'sk_[A-Za-z0-9_-]+' "$work/demo.log" | head -n 1)
if [ -z "$endpoint" ] || [ -z "$key" ]; then fail "the demo did not start:" "$work/demo.log"; fi
portcullis surface enable swain --json >"$work/needs.json"
platform=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["platform_url"])' "$work/needs.json")

# The client's own state: a keyring in a file, the pinned JAR where it looks for it, no configuration of this machine.
mkdir -p "$work/cache/jars/7.6.0" "$work/home"
cp "$jar" "$work/cache/jars/7.6.0/openapi-generator-cli-7.6.0.jar"
swain() {
    # It ends with 0 even when it fails, so that what it says is looked at.
    HOME=$work/home PYTHONPATH=$PWD/scripts/swain PYTHON_KEYRING_BACKEND=file_keyring.FileKeyring \
        SWAIN_KEYRING=$work/keyring.json SWAIN_CLI_CACHE_DIR=$work/cache SWAIN_CLI_CONFIG=$work/none.toml \
        timeout 300 "$venv/bin/swain_cli" "$@" >"$work/out" 2>"$work/err" </dev/null || fail "\`$1\` failed:" "$work/err"
    ! grep -q 'error:' "$work/err" || fail "\`$1\` refused:" "$work/err"
}

swain auth login --username ops@shop.example --password "$password" --auth-base-url "$platform"
grep -q access_token "$work/keyring.json" || fail "nothing was kept of the login" "$work/err"
echo 'swain_cli auth login' >>"$shown"

json() { # EXPRESSION over the parsed output `all`
    python3 -c "import json, sys; all = json.load(open(sys.argv[1])); print($1)" "$work/out" ||
        fail "no JSON that fits:" "$work/out"
}
swain projects --swain-base-url "$platform"
project=$(json '[one["id"] for one in all if one["name"] == "shop"][0]')
echo 'swain_cli projects' >>"$shown"

swain connections --swain-base-url "$platform" --project-id "$project"
connection=$(json '[one["id"] for one in all][0]')
grep -q "$endpoint" "$work/out" || fail "the connection does not name the endpoint:" "$work/out"
echo 'swain_cli connections' >>"$shown"

swain gen --swain-base-url "$platform" --swain-project-id "$project" --swain-connection-id "$connection" \
    -l python -l typescript-axios -o "$work/sdk" --engine system -p packageName=shop_client
PYTHONPATH=$work/sdk/python "$venv/bin/python" scripts/sdk/round_trip.py "$endpoint/api" "$key" swagger2
echo 'swain_cli gen -l python' >>"$shown"
grep -q 'class ProductsApi' "$work/sdk/typescript-axios/api.ts" || fail "the TypeScript client has no ProductsApi"
echo 'swain_cli gen -l typescript' >>"$shown"

# Without ids the client makes an SDK of the platform itself.
swain gen --swain-base-url "$platform" -l python -o "$work/platform" --engine system
[ -e "$work"/platform/python/openapi_client/api/connection_api.py ] || fail "the platform's own SDK has no ConnectionApi"
echo "swain-cli: signed in, listed, made SDKs for Python and TypeScript, and the Python one works"
