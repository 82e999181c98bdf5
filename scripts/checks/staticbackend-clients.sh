#!/usr/bin/env bash
# The published clients of StaticBackend, `@staticbackend/js` and `@staticbackend/backend` 1.7.0, speak with the real
# server: sign up, sign in, accounts, passwords, magic links, documents, root token.
#
# What it needs from npm is kept in .cache/staticbackend. Where Node, Python or the network is missing it says so by name
# and is skipped; with REQUIRE_CLIENTS=1 that is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
    echo "SKIPPED staticbackend-clients: $*" >&2
    [ "${REQUIRE_CLIENTS:-}" = 1 ] && exit 1
    exit 0
}

cargo=${CARGO:-cargo}
cache=$PWD/.cache/staticbackend
mkdir -p "$cache"
for command in node npm python3; do
    command -v "$command" >/dev/null || skip "\`$command\` is not installed"
done
if [ ! -e "$cache/ready-1.7.0" ]; then
    echo '{"private": true}' >"$cache/package.json"
    (cd "$cache" && npm install --silent --ignore-scripts --no-audit --no-fund \
        @staticbackend/js@1.7.0 @staticbackend/backend@1.7.0 >npm.log 2>&1) ||
        skip "npm does not give the clients (see .cache/staticbackend/npm.log)"
    touch "$cache/ready-1.7.0"
fi

"$cargo" build --quiet --package portcullis-app
target=${CARGO_TARGET_DIR:-target}
binary=$(realpath "$target/debug/portcullis")
work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

python3 - "$work/shop.db" <<'PYTHON'
import sqlite3, sys
shop = sqlite3.connect(sys.argv[1])
shop.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE, "
             "password_hash VARCHAR(255) NOT NULL)")
shop.commit()
PYTHON
run() { "$binary" "$@" --data-dir "$work/data"; }
run init "$work/shop.db" --name shop --yes >"$work/init.log" 2>&1
run settings export --project shop >"$work/shop.toml"
sed -i 's|^\[auth\]$|&\nredirect_origins = ["https://app.example"]|' "$work/shop.toml"
run settings apply --project shop --file "$work/shop.toml" --yes >"$work/apply.log" 2>&1

export PORTCULLIS_OPERATOR_EMAIL=operator@shop.test PORTCULLIS_OPERATOR_PASSWORD='an operator of this check'
"$binary" serve --listen 127.0.0.1:0 --data-dir "$work/data" >"$work/serve.log" 2>&1 &
server=$!
for _ in $(seq 150); do
    grep -q 'portcullis is ready' "$work/serve.log" && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.2
done
node_url=$(grep -oE 'http://[0-9.:]+' "$work/serve.log" | head -n 1)
if [ -z "$node_url" ]; then
    echo "The node did not start:" >&2
    cat "$work/serve.log" >&2
    exit 1
fi
# The node is running: it takes the surface in before the command returns.
run surface enable staticbackend --project shop --json >"$work/needs.json"

mkdir -p target/compat
NODE_PATH=$cache/node_modules node scripts/staticbackend/clients.cjs \
    "$work/needs.json" "$node_url" target/compat/staticbackend.staticbackend-clients.txt
