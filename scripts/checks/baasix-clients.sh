#!/usr/bin/env bash
# Clients after the samples of Baasix's page, in JavaScript, Python and Go, against the real binary: only their base URL
# is ours. Each has an instance of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/clients.sh
begin baasix-clients
instance() {
    users_shop 'ALTER TABLE users ADD COLUMN last_name TEXT; CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);'
    administrator root@shop.example 'a long and quiet evening'
    start_node
    enable baasix shop
}
in_every_language scripts/baasix
