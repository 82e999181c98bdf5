#!/usr/bin/env bash
# Clients after the samples of Solobase's page, in JavaScript, Python and Go, against the real binary: only their base
# URL is ours. Each has an instance of its own, since the limits of the page count by address.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/clients.sh
begin solobase-clients
instance() {
    users_shop 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);'
    administrator root@shop.example 'a long and quiet evening'
    start_node
    enable solobase shop
}
in_every_language scripts/solobase
