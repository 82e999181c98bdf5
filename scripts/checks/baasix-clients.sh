#!/usr/bin/env bash
# Clients after the samples of Baasix's page, in JavaScript and Python, against the real binary: only their base URL is
# ours. Where Node or Python is missing it says so and that client is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v python3 >/dev/null || { echo "SKIPPED baasix-clients: python3 is not installed"; exit 0; }
cargo build --quiet --package portcullis-app
binary=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/debug/portcullis
work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
python3 - "$work/shop.db" <<'PY'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    db.executescript("""
        CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
            first_name TEXT, created_at TEXT, updated_at TEXT);
        CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);""")
PY
portcullis() { "$binary" "$@" --data-dir "$work/data" 2>>"$work/err"; }
portcullis init "sqlite:$work/shop.db" --name shop --yes --json >/dev/null
printf %s 'a long and quiet evening' |
    portcullis user create --email root@shop.example --password-stdin --role administrator >/dev/null
"$binary" serve --listen 127.0.0.1:0 --data-dir "$work/data" >"$work/out" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
    grep -q 'portcullis is ready' "$work/out" && break
    kill -0 "$server" 2>/dev/null || { cat "$work/log"; exit 1; }
    sleep 0.1
done
# What `surface enable` prints is all a client is given; the running node takes it in before the command returns.
base=$(portcullis surface enable baasix --project shop --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["base_url"])')
if command -v node >/dev/null; then
    node scripts/baasix/client.mjs "$base"
else
    echo "SKIPPED baasix-clients (JavaScript): node is not installed"
fi
python3 scripts/baasix/client.py "$base"
