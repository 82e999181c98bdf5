#!/usr/bin/env bash
# Clients after the samples of MoonDB's page, in JavaScript, Python and Go, against the real binary: only base URL,
# project and keys are ours. Each declares the schema of scripts/moondb/schema.json in an instance of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/clients.sh
begin moondb-clients
instance() {
    portcullis init managed --name blog --yes --json >/dev/null
    start_node
    enable moondb blog
}
in_every_language scripts/moondb
