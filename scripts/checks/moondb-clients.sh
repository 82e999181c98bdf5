#!/usr/bin/env bash
# Clients after the samples of MoonDB's page, in JavaScript, Python and Go, against the real binary: only base URL, project
# and keys are ours. A language that is not installed is skipped, by name.
set -euo pipefail
cd "$(dirname "$0")/../.."
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
portcullis() { "$binary" "$@" --data-dir "$work/data" 2>>"$work/err"; }
portcullis init managed --name blog --yes --json >/dev/null
"$binary" serve --listen 127.0.0.1:0 --data-dir "$work/data" >"$work/out" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
    grep -q 'portcullis is ready' "$work/out" && break
    kill -0 "$server" 2>/dev/null || { cat "$work/log"; exit 1; }
    sleep 0.1
done
# What `surface enable` prints is all a client is given.
portcullis surface enable moondb --project blog --json >"$work/needs.json"
for client in "node:client.mjs" "python3:client.py" "go run:client.go"; do
    command=${client%%:*}
    file=${client#*:}
    if command -v "${command%% *}" >/dev/null; then
        $command "scripts/moondb/$file" "$work/needs.json"
    else
        echo "SKIPPED moondb-clients ($file): ${command%% *} is not installed"
    fi
done
