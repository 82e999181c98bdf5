#!/usr/bin/env bash
# Every test on every engine: `make test`. Further words are filters for the test names.
#
# Starts a PostgreSQL and a MariaDB of its own in a temporary folder, reached by sockets only, so that any number of
# runs go side by side; stops and removes them however it ends. PORTCULLIS_TEST_POSTGRES or PORTCULLIS_TEST_MARIADB
# name servers to use instead (their databases are left alone: each test makes and drops one of its own).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/databases.sh

cargo=${CARGO:-cargo}
command -v "$cargo" >/dev/null || cargo=$HOME/.cargo/bin/cargo
command -v "$cargo" >/dev/null || die "Rust is missing: install it first (https://rustup.rs)."
PATH=$(dirname "$(command -v "$cargo")"):$PATH
need_command cc build-essential

work=
job=
finish() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP
    if [ -n "$job" ]; then
        kill -TERM -- "-$job" 2>/dev/null || true
        wait "$job" 2>/dev/null || true
    fi
    if [ -n "$work" ]; then
        stop_postgres "$work/postgres"
        stop_mariadb
        rm -rf "$work"
    fi
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# How many random plans are looked through for a table that is not confined.
export PORTCULLIS_SCOPE_CASES=${PORTCULLIS_SCOPE_CASES:-100000}

# A job in a process group of its own, so that an interrupted run takes its children along.
run() {
    setsid "$@" &
    job=$!
    local status=0
    wait "$job" || status=$?
    job=
    return "$status"
}

# Sockets have short names: not below a deep TMPDIR.
work=$(mktemp -d /tmp/portcullis-test.XXXXXX)
chmod 755 "$work"
if [ -z "${PORTCULLIS_TEST_POSTGRES:-}" ]; then
    need_postgres
    start_postgres "$work/postgres" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
        -c full_page_writes=off -c wal_level=logical -c max_connections=300 -c shared_buffers=128MB
    export PORTCULLIS_TEST_POSTGRES="postgres://postgres@localhost/postgres?host=$work/postgres/socket"
fi
if [ -z "${PORTCULLIS_TEST_MARIADB:-}" ]; then
    need_mariadb
    start_mariadb "$work/mariadb" --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --max-connections=300 \
        --innodb-buffer-pool-size=64M --innodb-log-file-size=16M
    export PORTCULLIS_TEST_MARIADB="mysql://root@localhost/mysql?socket=$work/mariadb/mariadb.sock"
fi
export REQUIRE_ENGINES=${REQUIRE_ENGINES:-postgres,mariadb}

[ $# -gt 0 ] || rm -rf target/conformance
status=0
# Not nextest: a process for each case would serve each case's database anew, where one application serves a topic.
run cargo test --workspace --no-fail-fast --all-targets -- "$@" || status=$?
if [ $# -eq 0 ]; then
    run cargo test --workspace --quiet --doc || status=$?
    for check in scripts/checks/*.sh; do
        [ -e "$check" ] || continue
        say "Check: $(basename "$check" .sh)"
        run bash "$check" || status=$?
    done
fi
if [ "$status" = 0 ]; then say "All tests passed."; else say "Some tests failed."; fi
exit "$status"
