#!/usr/bin/env bash
# Schemathesis asks the real server what its documents promise, and more: no 5xx, and no answer whose status, media
# type, headers or body the document does not declare. On a fresh demo shop, with the admin key, on both documents.
#
# Schemathesis is installed from PyPI into .cache/schemathesis. Where Python or the network is missing the check says
# so by name and is skipped; with REQUIRE_SCHEMATHESIS=1 that is a failure. SCHEMATHESIS_EXAMPLES (5) is the number of
# cases for each operation, SCHEMATHESIS_SECONDS (60) the time for each document, SCHEMATHESIS_SEED (fixed) a number, or random.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
    echo "SKIPPED schemathesis: $*" >&2
    [ "${REQUIRE_SCHEMATHESIS:-}" = 1 ] && exit 1
    exit 0
}

version=4.32.5
cargo=${CARGO:-cargo}
cache=$PWD/.cache/schemathesis
mkdir -p "$cache"
for command in python3 curl; do
    command -v "$command" >/dev/null || skip "\`$command\` is not installed"
done
if [ ! -e "$cache/ready-$version" ]; then
    rm -rf "$cache/venv"
    python3 -m venv "$cache/venv" >"$cache/venv.log" 2>&1 || skip "python3 has no venv module (Debian: python3-venv)"
    "$cache/venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version" >"$cache/pip.log" 2>&1 ||
        skip "PyPI does not give schemathesis $version (see .cache/schemathesis/pip.log)"
    touch "$cache/ready-$version"
fi

"$cargo" build --quiet --package portcullis-app
binary=${CARGO_TARGET_DIR:-target}/debug/portcullis
work=$(mktemp -d)
demo=
finish() {
    local status=$?
    trap - EXIT
    [ -z "$demo" ] || kill "$demo" 2>/dev/null || true
    [ -z "$demo" ] || wait "$demo" 2>/dev/null || true
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

env -u PORTCULLIS_DATA_DIR "$binary" demo --listen 127.0.0.1:0 --data-dir "$work/data" >"$work/demo.out" 2>"$work/demo.err" &
demo=$!
for _ in $(seq 150); do
    grep -q 'curl ' "$work/demo.out" && break
    kill -0 "$demo" 2>/dev/null || break
    sleep 0.2
done
base=$(sed -n 's/^ *API  *//p' "$work/demo.out")
key=$(sed -n 's/^ *Admin key  *\([^ ]*\).*/\1/p' "$work/demo.out")
[ -n "$base" ] && [ -n "$key" ] || {
    cat "$work/demo.out" "$work/demo.err" >&2
    exit 1
}

# The demo keeps no documents; here it does.
project=${base##*/}
"$binary" settings export --project "$project" --data-dir "$work/data" >"$work/settings.toml" 2>"$work/settings.err"
if grep -q '^\[documents\]' "$work/settings.toml"; then
    sed -i '/^\[documents\]/,/^\[/ s/^enabled = false/enabled = true/' "$work/settings.toml"
else
    printf '\n[documents]\nenabled = true\n' >>"$work/settings.toml"
fi
"$binary" settings apply --project "$project" --data-dir "$work/data" --file "$work/settings.toml" --yes \
    >"$work/settings.out" 2>>"$work/settings.err" || {
    cat "$work/settings.out" "$work/settings.err" >&2
    exit 1
}

# Three tables that have between them every kind of route and relationship, the routes of no table, and the
# collections of documents.
paths='^(/api)?/(Categories|Orders|ProductTags|batch|models|v1/collections)'
checks=not_a_server_error,status_code_conformance,content_type_conformance
checks=$checks,response_headers_conformance,response_schema_conformance
status=0
for document in openapi.json swagger.json; do
    seed=()
    # The same cases each time, so that a change is judged by what it changes; SCHEMATHESIS_SEED=random looks further.
    [ "${SCHEMATHESIS_SEED:-}" = random ] || seed=(--seed "${SCHEMATHESIS_SEED:-20261121}")
    # Swagger 2.0 has no word for an answer without a body.
    empty=()
    [ "$document" = openapi.json ] ||
        empty=(--exclude-operation-id deleteCollectionDocument --exclude-operation-id deleteCollectionIndex)
    # It keeps a folder of its own where it runs.
    (cd "$work" && "$cache/venv/bin/schemathesis" run "$base/$document" --header "Authorization: Bearer $key" \
        --checks "$checks" --include-path-regex "$paths" --phases fuzzing \
        --max-examples "${SCHEMATHESIS_EXAMPLES:-5}" --max-time "${SCHEMATHESIS_SECONDS:-60}" --continue-on-failure \
        --no-shrink --no-color --warnings off --suppress-health-check all --generation-database none \
        --request-timeout 30 "${seed[@]}" "${empty[@]}") >"$work/report" 2>&1 || status=1
    echo "schemathesis, $document:"
    if [ "$status" = 0 ]; then sed -n '/= SUMMARY =/,$p' "$work/report"; else cat "$work/report"; fi
    kill -0 "$demo" || status=1
done
if grep -E ' ERROR ' "$work/demo.err" >&2; then status=1; fi
exit "$status"
