#!/usr/bin/env bash
# What `surface enable` prints, pasted as it stands, works for all five surfaces; and each works at a host name or a port
# of its own, with a client that knows no path before its own: the clients in Python, and curl where a name must resolve.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/clients.sh
begin mounts
need_command curl curl

member() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }
# answer WANTED WORDS CURL_ARGUMENTS...: the status, and words that must be in the body.
answer() {
    local wanted=$1 words=$2 got
    shift 2
    got=$(curl -sS -w '\n%{http_code}' "$@")
    if [ "${got##*$'\n'}" != "$wanted" ] || [[ "$got" != *"$words"* ]]; then
        die "mounts: wanted $wanted with \"$words\", got: $got (curl $*)"
    fi
}

users_shop 'ALTER TABLE users ADD COLUMN last_name TEXT; CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);'
administrator root@shop.example 'a long and quiet evening'
portcullis init managed --name blog --yes --json >/dev/null
read -r solobase_port baasix_port swain_port < <(python3 -c '
import socket
held = [socket.socket() for _ in range(3)]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))')
cat >"$work/portcullis.toml" <<TOML
[[mounts]]
host = "api.shop.example"
surface = "native"
project = "shop"
[[mounts]]
host = "localhost"
port = $solobase_port
surface = "solobase"
project = "shop"
[[mounts]]
host = "localhost"
port = $baasix_port
surface = "baasix"
project = "shop"
[[mounts]]
host = "moon.example"
surface = "moondb"
[[mounts]]
host = "backend.example"
surface = "staticbackend"
[[mounts]]
host = "platform.example"
port = $swain_port
surface = "swain"
TOML
export PORTCULLIS_OPERATOR_EMAIL=ops@shop.example PORTCULLIS_OPERATOR_PASSWORD='an operator of this check'
start_node --config "$work/portcullis.toml"
port=${node_url##*:}

# A mount switches nothing on.
answer 404 not_found "http://localhost:$solobase_port/api/auth/me"
for surface in solobase baasix moondb staticbackend; do
    project=shop
    [ "$surface" != moondb ] || project=blog
    portcullis surface enable "$surface" --project "$project" --json >"$work/$surface.json"
done
portcullis surface enable swain --json >"$work/swain.json"

# As printed.
json='content-type: application/json'
login='{"email":"root@shop.example","password":"a long and quiet evening"}'
answer 200 '"token"' -H "$json" -d "$login" "$(member "$work/solobase.json" base_url)/api/auth/login"
answer 200 '"token"' -H "$json" -d "$login" "$(member "$work/baasix.json" base_url)/auth/login"
answer 200 '"' -H "$json" -H "SB-PUBLIC-KEY: $(member "$work/staticbackend.json" public_key)" -d "$login" \
    "$(member "$work/staticbackend.json" base_url)/login"
answer 200 '[' -H "SB-PUBLIC-KEY: $(member "$work/staticbackend.json" public_key)" \
    -H "Authorization: Bearer $(member "$work/staticbackend.json" root_token)" \
    "$(member "$work/staticbackend.json" base_url)/sudolistall"
moondb="$(member "$work/moondb.json" base_url)/p/$(member "$work/moondb.json" project_id)"
answer 200 '"tables"' -H "X-Admin-Key: $(member "$work/moondb.json" admin_key)" "$moondb/v1/schema"
answer 200 "" -H "X-Public-Key: $(member "$work/moondb.json" public_key)" "$moondb/v1/llm-context"
operator='{"username":"ops@shop.example","password":"an operator of this check"}'
answer 200 '"token"' -H "$json" -d "$operator" "$(member "$work/swain.json" platform_url)/api/auth/login"

# At names and ports of their own.
named() { # HOST PORT PATH...
    local host=$1 at=$2 path=$3
    shift 3
    curl_to=(--resolve "$host:$at:127.0.0.1" "http://$host:$at$path" "$@")
}
named api.shop.example "$port" /auth/login -H "$json" -d "$login"
answer 200 '"access_token"' "${curl_to[@]}"
named api.shop.example "$port" /admin/v1/projects
answer 401 '' "${curl_to[@]}"
named moon.example "$port" "/p/$(member "$work/moondb.json" project_id)/v1/schema" \
    -H "X-Admin-Key: $(member "$work/moondb.json" admin_key)"
answer 200 '"tables"' "${curl_to[@]}"
named moon.example "$port" /healthz
answer 404 '"suggestion"' "${curl_to[@]}"
named backend.example "$port" /login -H "$json" -H "SB-PUBLIC-KEY: $(member "$work/staticbackend.json" public_key)" -d "$login"
answer 200 '"' "${curl_to[@]}"
named platform.example "$swain_port" /api/auth/login -H "$json" -d "$operator"
answer 200 '"token"' "${curl_to[@]}"
# The port is that host's alone, and there is nothing but its surface.
answer 404 '' "http://127.0.0.1:$swain_port/api/auth/login" -H "$json" -d "$operator"
answer 404 '' "http://localhost:$solobase_port/p/shop/auth/me"

# Whole clients, whose only setting is the URL; of no operator.
stop_node
unset PORTCULLIS_OPERATOR_EMAIL PORTCULLIS_OPERATOR_PASSWORD
for surface in baasix solobase; do
    rm -rf "$work/data" "$work/shop.db"
    users_shop 'ALTER TABLE users ADD COLUMN last_name TEXT; CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);'
    administrator root@shop.example 'a long and quiet evening'
    start_node --config "$work/portcullis.toml"
    enable "$surface" shop
    at=${surface}_port
    echo "{\"base_url\": \"http://localhost:${!at}\"}" >"$work/needs.json"
    python3 "scripts/$surface/client.py" "$work/needs.json"
    stop_node
done
echo "mounts: what \`surface enable\` prints works for all five, at their paths and at hosts and ports of their own"
