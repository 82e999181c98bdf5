#!/usr/bin/env bash
# The other direction of crates/crypto/tests/password_vectors.rs: hashes made by us are checked by the libraries of the
# frameworks whose spelling they have (Django, Passlib, bcrypt, Werkzeug, argon2-cffi, the system's crypt).
#
# The libraries are installed from PyPI into .cache/password-hashes. Where Python or the network is missing the check
# says so by name and is skipped; with REQUIRE_PASSWORD_INTEROP=1 that is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
    echo "SKIPPED password-interop: $*" >&2
    [ "${REQUIRE_PASSWORD_INTEROP:-}" = 1 ] && exit 1
    exit 0
}

# Passlib's last release does not know bcrypt 5.
packages=(django==5.2.19 passlib==1.7.4 bcrypt==4.3.0 werkzeug==3.1.9 argon2-cffi==25.1.0)
cargo=${CARGO:-cargo}
cache=$PWD/.cache/password-hashes
ready=$cache/ready-$(printf '%s\n' "${packages[@]}" | cksum | cut -d ' ' -f 1)
mkdir -p "$cache"
command -v python3 >/dev/null || skip "\`python3\` is not installed"
if [ ! -e "$ready" ]; then
    rm -rf "$cache/venv"
    python3 -m venv "$cache/venv" >"$cache/venv.log" 2>&1 || skip "python3 has no venv module (Debian: python3-venv)"
    "$cache/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >"$cache/pip.log" 2>&1 ||
        skip "PyPI does not give ${packages[*]} (see .cache/password-hashes/pip.log)"
    touch "$ready"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cargo" run --quiet --package portcullis-crypto --example password-spellings >"$work/hashes"
"$cache/venv/bin/python" scripts/checks/password_interop.py <"$work/hashes"
