#!/usr/bin/env bash
# The published clients of StaticBackend, `@staticbackend/js` and `@staticbackend/backend` 1.7.0, and one in Go after the
# documented samples, speak with the real server: sign up, sign in, accounts, passwords, magic links, documents, root token.
#
# What it needs from npm is kept in .cache/staticbackend. Where npm does not give it, that part is skipped by name; with
# REQUIRE_CLIENTS=1 that is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/clients.sh
begin staticbackend-clients
need_command go golang-go
need_command node nodejs
need_command npm npm

users_shop
portcullis settings export --project shop >"$work/shop.toml"
sed -i 's|^\[auth\]$|&\nredirect_origins = ["https://app.example"]|' "$work/shop.toml"
portcullis settings apply --project shop --file "$work/shop.toml" --yes >/dev/null
export PORTCULLIS_OPERATOR_EMAIL=operator@shop.test PORTCULLIS_OPERATOR_PASSWORD='an operator of this check'
start_node
enable staticbackend shop
run_go scripts/staticbackend/client.go

cache=$PWD/.cache/staticbackend
mkdir -p "$cache"
if [ ! -e "$cache/ready-1.7.0" ]; then
    echo '{"private": true}' >"$cache/package.json"
    (cd "$cache" && npm install --silent --ignore-scripts --no-audit --no-fund \
        @staticbackend/js@1.7.0 @staticbackend/backend@1.7.0 >npm.log 2>&1) ||
        skip "npm does not give the published clients (see .cache/staticbackend/npm.log)"
    touch "$cache/ready-1.7.0"
fi
shown=${CARGO_TARGET_DIR:-target}/compat
mkdir -p "$shown"
NODE_PATH=$cache/node_modules node scripts/staticbackend/clients.cjs \
    "$work/needs.json" "$node_url" "$shown/staticbackend.staticbackend-clients.txt"
