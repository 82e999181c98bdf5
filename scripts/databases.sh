# Private database servers for tests and measurements. Sourced, not run.
#
#   need_postgres; start_postgres DIR [server options]; stop_postgres DIR     PostgreSQL, socket in DIR/socket
#   need_mariadb;  start_mariadb DIR  [server options]; stop_mariadb DIR      MariaDB, socket DIR/mariadb.sock
#   need_command COMMAND DEBIAN_PACKAGE
#
# `need_*` installs Debian's packages when we are root, and otherwise says in one line what to install.

say() { printf '%s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}

# Two runs may start at once: the second waits and then finds everything there.
install_packages() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "Installing $* ..."
    (
        flock 9
        # A package that brings a server must not leave one running.
        if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
            mkdir -p /etc/postgresql-common
            echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
        fi
        export DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1
        apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@"
    ) 9>/tmp/portcullis-apt.lock >&2
}

need_command() {
    command -v "$1" >/dev/null && return
    install_packages "$2" && command -v "$1" >/dev/null && return
    die "$1 is missing: install it first (Debian: apt-get install --no-install-recommends $2)."
}

find_postgres() {
    local dir
    for dir in "$(dirname "$(readlink -f "$(command -v postgres || echo /)")")" \
        $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
        if [ -x "$dir/postgres" ] && [ -x "$dir/initdb" ]; then
            PG_BIN=$dir
            return
        fi
    done
    return 1
}

need_postgres() {
    find_postgres && return
    install_packages postgresql && find_postgres && return
    die "PostgreSQL is missing: install it first (Debian: apt-get install --no-install-recommends postgresql)."
}

# PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
    elif command -v setpriv >/dev/null; then
        setpriv --reuid="$PG_USER" --regid="$(id -g "$PG_USER")" --clear-groups -- "$@"
    else
        su -s /bin/sh "$PG_USER" -c 'exec "$0" "$@"' -- "$@"
    fi
}

start_postgres() {
    local dir=$1
    shift
    PG_USER=$(getent passwd postgres >/dev/null && echo postgres || echo nobody)
    mkdir -p "$dir/socket"
    [ "$(id -u)" = 0 ] && chown "$PG_USER" "$dir" "$dir/socket"
    cd /
    if [ ! -e "$dir/data/PG_VERSION" ]; then
        as_postgres "$PG_BIN/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
            >"$dir/initdb.log" 2>&1 || die "initdb failed: $(tail -n 3 "$dir/initdb.log")"
    fi
    as_postgres "$PG_BIN/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w -t 60 \
        -o "-c unix_socket_directories='$dir/socket' $*" start >"$dir/pg_ctl.log" 2>&1 ||
        die "PostgreSQL did not start: $(tail -n 3 "$dir/data/server.log" 2>/dev/null)"
    cd "$OLDPWD"
}

# stop_postgres DIR [fast]: data that is kept wants `fast`.
stop_postgres() {
    local dir=$1 mode=${2:-immediate}
    [ -e "$dir/data/postmaster.pid" ] || return 0
    (cd / && as_postgres "$PG_BIN/pg_ctl" -D "$dir/data" -m "$mode" -w -t 60 stop >/dev/null 2>&1) || true
}

need_mariadb() {
    local command
    PATH=$PATH:/usr/sbin
    for command in mariadbd mariadb-install-db mariadb; do
        command -v "$command" >/dev/null && continue
        install_packages mariadb-server-core mariadb-client-core && command -v "$command" >/dev/null && continue
        die "MariaDB is missing: install it first" \
            "(Debian: apt-get install --no-install-recommends mariadb-server-core mariadb-client-core)."
    done
}

start_mariadb() {
    local dir=$1 user=() try
    shift
    [ "$(id -u)" = 0 ] && user=(--user=root)
    mkdir -p "$dir/tmp"
    mariadb-install-db --no-defaults "${user[@]}" --datadir="$dir/data" --tmpdir="$dir/tmp" --skip-test-db \
        --auth-root-authentication-method=normal >"$dir/install.log" 2>&1 ||
        die "mariadb-install-db failed: $(tail -n 3 "$dir/install.log")"
    # In a session of its own: Ctrl-C is for us, and we stop it when everybody is done with it.
    setsid mariadbd --no-defaults "${user[@]}" --datadir="$dir/data" --tmpdir="$dir/tmp" --socket="$dir/mariadb.sock" \
        --pid-file="$dir/mariadb.pid" --skip-networking "$@" >"$dir/server.log" 2>&1 &
    MARIADB_PID=$!
    for try in $(seq 300); do
        mariadb --no-defaults -uroot -S "$dir/mariadb.sock" -e 'SELECT 1' >/dev/null 2>&1 && return
        kill -0 "$MARIADB_PID" 2>/dev/null || break
        sleep 0.2
    done
    die "MariaDB did not start: $(tail -n 3 "$dir/server.log")"
}

stop_mariadb() {
    [ -n "${MARIADB_PID:-}" ] || return 0
    kill -KILL "$MARIADB_PID" 2>/dev/null || true
    wait "$MARIADB_PID" 2>/dev/null || true
    MARIADB_PID=
}
