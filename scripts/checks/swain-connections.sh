#!/usr/bin/env bash
# Swain's workflow over the platform, with PostgreSQL and MariaDB servers of its own: a project, a connection, mapping,
# build and deploy until its API answers; another login for the same database; what must be refused.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/clients.sh
begin swain-connections
need_postgres
need_mariadb
read -r postgres_port mariadb_port < <(python3 -c '
import socket
held = [socket.socket() for _ in range(2)]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))')
# Sockets have short names.
servers=$(mktemp -d /tmp/portcullis-swain.XXXXXX)
chmod 755 "$servers"
finish_swain() {
    local status=$?
    stop_postgres "$servers/postgres"
    stop_mariadb
    rm -rf "$servers"
    (exit "$status") || true
    finish_clients
    exit "$status"
}
trap finish_swain EXIT
start_postgres "$servers/postgres" -c listen_addresses=127.0.0.1 -c port="$postgres_port" -c fsync=off
start_mariadb "$servers/mariadb" --skip-networking=0 --bind-address=127.0.0.1 --port="$mariadb_port"
tables="CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE, password_hash VARCHAR(255) NOT NULL);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), total INTEGER NOT NULL);
        INSERT INTO users VALUES (1, 'ada@shop.example', 'x'); INSERT INTO orders VALUES (7, 1, 42);"
psql() { # DATABASE SQL
    as_postgres "$PG_BIN/psql" -q -h "$servers/postgres/socket" -p "$postgres_port" -U postgres -v ON_ERROR_STOP=1 "$1" -c "$2"
}
psql postgres 'CREATE DATABASE shop'
psql postgres 'CREATE DATABASE other'
psql shop "$tables"
psql shop "CREATE ROLE one LOGIN SUPERUSER PASSWORD 'p:w/1'; CREATE ROLE two LOGIN SUPERUSER PASSWORD 'p@w2'"
mariadb --no-defaults -uroot -S "$servers/mariadb/mariadb.sock" -e "CREATE DATABASE shop; CREATE DATABASE other; USE shop; $tables
    CREATE USER one@'127.0.0.1' IDENTIFIED BY 'p:w/1'; GRANT ALL ON *.* TO one@'127.0.0.1';
    CREATE USER two@'127.0.0.1' IDENTIFIED BY 'p@w2'; GRANT ALL ON *.* TO two@'127.0.0.1';"

export PORTCULLIS_OPERATOR_EMAIL=ops@shop.example PORTCULLIS_OPERATOR_PASSWORD='an operator of this check'
start_node
portcullis surface enable swain --json >"$work/needs.json"
shown=${CARGO_TARGET_DIR:-target}/compat
mkdir -p "$shown"
python3 scripts/swain/connections.py "$work/needs.json" "$shown/swain.swain-connections.txt" \
    "postgres:$postgres_port" "mysql:$mariadb_port"
