# What the checks with clients of other products share. Sourced, not run, by scripts/checks/*-clients.sh.
#
#   begin NAME          builds the binary and makes $work, which is gone at the end together with the node
#   skip WORDS          what cannot be had here is said by name; with REQUIRE_CLIENTS=1 it is a failure
#   portcullis WORDS    the command line on the instance of the moment
#   administrator EMAIL PASSWORD
#                       an end user of the shop who is one
#   users_shop [MORE]   a shop in SQLite with a users table, and what further SQL makes, as the project `shop`
#   start_node          starts a node on the instance; $node_url is its address
#   enable SURFACE P    keeps what `surface enable --json` prints for the project P in $work/needs.json
#   run_go FILE         runs a client in Go, which is given $work/needs.json
#   in_every_language FOLDER
#                       for JavaScript, Python and Go: an instance of its own, made by the check's function `instance`,
#                       and on it FOLDER/client.{mjs,py,go}, which is given $work/needs.json and nothing else
. scripts/databases.sh

begin() {
    check=$1
    need_command python3 python3
    local cargo=${CARGO:-cargo}
    "$cargo" build --quiet --package portcullis-app
    binary=$(realpath "${CARGO_TARGET_DIR:-target}/debug/portcullis")
    work=$(mktemp -d)
    node_pid=
    trap finish_clients EXIT
}

stop_node() {
    [ -n "$node_pid" ] || return 0
    kill "$node_pid" 2>/dev/null || true
    wait "$node_pid" 2>/dev/null || true
    node_pid=
}

finish_clients() {
    local status=$?
    stop_node
    [ "$status" = 0 ] || [ ! -e "$work/serve.log" ] || tail -n 20 "$work/serve.log" >&2
    rm -rf "$work"
}

skip() {
    say "SKIPPED $check: $*"
    [ "${REQUIRE_CLIENTS:-}" = 1 ] && exit 1
    exit 0
}

portcullis() {
    "$binary" "$@" --data-dir "$work/data" 2>"$work/command.log" || {
        cat "$work/command.log" >&2
        die "$check: \`portcullis $1\` failed"
    }
}

users_shop() {
    python3 - "$work/shop.db" "${1:-}" <<'PYTHON'
import sqlite3, sys

with sqlite3.connect(sys.argv[1]) as shop:
    shop.executescript(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE, "
        "password_hash VARCHAR(255) NOT NULL, first_name TEXT, created_at TEXT, updated_at TEXT);" + sys.argv[2])
PYTHON
    portcullis init "sqlite:$work/shop.db" --name shop --yes --json >/dev/null
}

# Through a pipe of its own, so that no password stands among the arguments of a process.
administrator() {
    printf %s "$2" | portcullis user create --project shop --email "$1" --password-stdin --role administrator >/dev/null
}

start_node() {
    "$binary" serve --listen 127.0.0.1:0 --data-dir "$work/data" "$@" >"$work/serve.log" 2>&1 &
    node_pid=$!
    # A first operator takes its time: the hashing of a password is made to, and this is no release build.
    for _ in $(seq 1200); do
        grep -q 'portcullis is ready' "$work/serve.log" && break
        kill -0 "$node_pid" 2>/dev/null || die "$check: the node did not start"
        sleep 0.1
    done
    grep -q 'portcullis is ready' "$work/serve.log" || die "$check: the node was not ready in two minutes"
    node_url=$(grep -m 1 -oE 'http://[0-9.:]+' "$work/serve.log" | sed -n 1p)
}

# The running node takes the surface in before the command returns.
enable() {
    portcullis surface enable "$1" --project "$2" --json >"$work/needs.json"
}

# A client in Go is one file of the standard library: nothing is fetched for it.
run_go() {
    GOCACHE=$PWD/.cache/go GOPROXY=off GO111MODULE=off go run "$1" "$work/needs.json"
}

in_every_language() {
    local folder=$1 language
    need_command node nodejs
    need_command go golang-go
    for language in JavaScript Python Go; do
        stop_node
        rm -rf "$work/data" "$work/shop.db"
        instance
        case $language in
        JavaScript) node "$folder/client.mjs" "$work/needs.json" ;;
        Python) python3 "$folder/client.py" "$work/needs.json" ;;
        Go) run_go "$folder/client.go" ;;
        esac || die "$check: the client in $language failed"
    done
}
