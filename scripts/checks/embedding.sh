#!/usr/bin/env bash
# The example of docs/guide/embedding.md: it builds, its hooks and its own route work, and it ends well when told to.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v curl >/dev/null || { echo "embedding: skipped, curl is missing"; exit 0; }
command -v python3 >/dev/null || { echo "embedding: skipped, python3 is missing"; exit 0; }
cargo build --quiet --package portcullis-app --example embedding
work=$(mktemp -d)
node=
finish() {
    [ -z "$node" ] || kill -TERM "$node" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
python3 - "$work/notes.db" <<'PY'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    db.executescript("""
        CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
            first_name TEXT, created_at TEXT);
        CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);""")
PY
example=${CARGO_TARGET_DIR:-target}/debug/examples/embedding
"$example" "sqlite:$work/notes.db" 127.0.0.1:0 "$work/data" >"$work/out" 2>"$work/err" &
node=$!
for _ in $(seq 100); do
    grep -q '^ready at ' "$work/out" && break
    kill -0 "$node" 2>/dev/null || { cat "$work/err"; exit 1; }
    sleep 0.1
done
base=$(sed -n 's/^ready at //p' "$work/out")
# One call: the wanted status, the wanted words in head or body, then what curl is told.
call() {
    local status=$1 words=$2 answer
    shift 2
    answer=$(curl -sS -i "$@")
    case "$answer" in "HTTP/1.1 $status"*"$words"*) return ;; esac
    echo "embedding: wanted $status with \"$words\" of: curl $*"
    echo "$answer"
    exit 1
}
call 403 '"code":"not_of_the_house"' "$base/auth/signup" --json '{"email":"eve@else.example","password":"a long and quiet evening"}'
call 201 '"token":' "$base/auth/signup" --json '{"email":"ada@house.example","password":"a long and quiet evening"}'
call 200 'x-welcome: back' "$base/auth/login" --json '{"email":"ADA@HOUSE.EXAMPLE","password":"a long and quiet evening"}'
call 401 '"code":"invalid_credentials"' "$base/auth/login" --json '{"email":"ada@house.example","password":"wrong"}'
call 200 2 "${base%/p/notes}/tables"
kill -TERM "$node"
wait "$node" || { echo "embedding: the example ended badly"; cat "$work/err"; exit 1; }
node=
signed_in=$(grep -c 'ada@house.example" signed in' "$work/out")
[ "$signed_in" = 1 ] || { echo "embedding: $signed_in logins were told of, not 1"; exit 1; }
echo "embedding: the example signs people up, lets them in, and stops well"
