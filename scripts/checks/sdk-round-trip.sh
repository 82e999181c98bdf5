#!/usr/bin/env bash
# Clients generated from both documents speak with the real server: Python and TypeScript (axios), made by OpenAPI
# Generator 7.6.0, list, create, get, change, filter, count, bulk and delete in the demo shop.
#
# What it needs from PyPI and npm is kept in .cache/sdk. Where Java, Python, Node or the network is missing it says so
# by name and is skipped; with REQUIRE_SDK=1 that is a failure. SDK_VERBOSE=1 shows what the generator says.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
    echo "SKIPPED sdk-round-trip: $*" >&2
    [ "${REQUIRE_SDK:-}" = 1 ] && exit 1
    exit 0
}

cargo=${CARGO:-cargo}
cache=$PWD/.cache/sdk
venv=$cache/venv
client_parts=$cache/npm
mkdir -p "$cache"

for command in java python3 node npm; do
    command -v "$command" >/dev/null || skip "\`$command\` is not installed"
done
java -version >/dev/null 2>&1 || skip "\`java\` does not start"
if [ ! -e "$venv/ready-7.6.0" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv" >"$cache/venv.log" 2>&1 || skip "python3 has no venv module (Debian: python3-venv)"
    "$venv/bin/pip" install --quiet --disable-pip-version-check 'openapi-generator-cli==7.6.0' \
        'urllib3>=1.25.3,<2.1' 'pydantic>=2,<3' python-dateutil typing-extensions >"$cache/pip.log" 2>&1 ||
        skip "PyPI does not give openapi-generator-cli 7.6.0 (see .cache/sdk/pip.log)"
    touch "$venv/ready-7.6.0"
fi
if [ ! -e "$client_parts/ready-1" ]; then
    rm -rf "$client_parts"
    mkdir -p "$client_parts"
    echo '{"private": true}' >"$client_parts/package.json"
    (cd "$client_parts" && npm install --silent --ignore-scripts --no-audit --no-fund \
        typescript@5.9.3 axios@1 @types/node@20 >"$cache/npm.log" 2>&1) ||
        skip "npm does not give typescript and axios (see .cache/sdk/npm.log)"
    touch "$client_parts/ready-1"
fi
jar=$(find "$venv" -name openapi-generator.jar | head -n 1)
[ -n "$jar" ] || skip "the wheel of openapi-generator-cli 7.6.0 holds no JAR"

"$cargo" build --quiet --package portcullis-app
binary=${CARGO_TARGET_DIR:-target}/debug/portcullis
work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

"$binary" demo --listen 127.0.0.1:0 --data-dir "$work/data" >"$work/demo.log" 2>&1 &
server=$!
for _ in $(seq 150); do
    grep -q 'Try it' "$work/demo.log" && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.2
done
endpoint=$(grep -oE 'http://[^ ]+/p/shop$' "$work/demo.log" | head -n 1)
key=$(grep -oE 'sk_[A-Za-z0-9_-]+' "$work/demo.log" | head -n 1)
if [ -z "$endpoint" ] || [ -z "$key" ]; then
    echo "The demo did not start:" >&2
    cat "$work/demo.log" >&2
    exit 1
fi

fetch() { # DOCUMENT FILE
    python3 - "$endpoint/$1" "$key" "$2" <<'PYTHON'
import sys, urllib.request
url, key, path = sys.argv[1:]
with urllib.request.urlopen(urllib.request.Request(url, headers={"X-API-Key": key})) as answer:
    open(path, "wb").write(answer.read())
PYTHON
}

generate() { # DOCUMENT GENERATOR FOLDER
    # The properties that Swain's command line adds, so that what works here works there.
    if ! java -Xmx512m -jar "$jar" generate -i "$1" -g "$2" -o "$3" --skip-operation-example \
        --additional-properties=disallowAdditionalPropertiesIfNotPresent=false,packageName=shop_client \
        --global-property=apiDocs=false,modelDocs=false,apiTests=false,modelTests=false >"$work/generate.log" 2>&1; then
        echo "OpenAPI Generator refuses $(basename "$1") for $2:" >&2
        tail -n 20 "$work/generate.log" >&2
        exit 1
    fi
    [ -z "${SDK_VERBOSE:-}" ] || cat "$work/generate.log" >&2
}

fetch swagger.json "$work/swagger2.json"
fetch openapi.json "$work/openapi31.json"
for document in swagger2 openapi31; do
    generate "$work/$document.json" python "$work/python-$document"
    PYTHONPATH=$work/python-$document "$venv/bin/python" scripts/sdk/round_trip.py "$endpoint/api" "$key" "$document"

    folder=$work/typescript-$document
    generate "$work/$document.json" typescript-axios "$folder"
    ln -s "$client_parts/node_modules" "$folder/node_modules"
    cp scripts/sdk/round_trip.ts "$folder/"
    (cd "$folder" && node_modules/.bin/tsc --strict --skipLibCheck --target es2022 --module commonjs \
        --moduleResolution node --types node --outDir out index.ts round_trip.ts)
    node "$folder/out/round_trip.js" "$endpoint/api" "$key" "$document"
done
