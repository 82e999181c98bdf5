#!/usr/bin/env bash
# The three minutes of docs/guide/django.md and docs/guide/laravel.md, for real: Django makes a project and its users,
# `portcullis init` finds them, one logs in with the old password and changes it, and Django logs in with the new one.
# Then the same with a users table as Laravel makes it, checked by the bcrypt library.
#
# The libraries are installed from PyPI into .cache/django-login. Where Python or the network is missing the check says
# so by name and is skipped; with REQUIRE_DJANGO_LOGIN=1 that is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
    echo "SKIPPED django-login: $*" >&2
    [ "${REQUIRE_DJANGO_LOGIN:-}" = 1 ] && exit 1
    exit 0
}

packages=(django==5.2.19 bcrypt==4.3.0)
cargo=${CARGO:-cargo}
cache=$PWD/.cache/django-login
ready=$cache/ready-$(printf '%s\n' "${packages[@]}" | cksum | cut -d ' ' -f 1)
mkdir -p "$cache"
command -v python3 >/dev/null || skip "\`python3\` is not installed"
if [ ! -e "$ready" ]; then
    rm -rf "$cache/venv"
    python3 -m venv "$cache/venv" >"$cache/venv.log" 2>&1 || skip "python3 has no venv module (Debian: python3-venv)"
    "$cache/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >"$cache/pip.log" 2>&1 ||
        skip "PyPI does not give ${packages[*]} (see .cache/django-login/pip.log)"
    touch "$ready"
fi

"$cargo" build --quiet --package portcullis-app
target=${CARGO_TARGET_DIR:-target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
exec "$cache/venv/bin/python" scripts/checks/django_login.py "$target/debug/portcullis"
