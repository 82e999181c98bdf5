#!/usr/bin/env bash
# Passkeys in a real Chromium with its virtual authenticator: the code of docs/guide/second-factors.md in a page of
# localhost against the real binary, as second factor and as only one, and what is refused.
#
# Chromium and Node come from Debian where we are root; without them the check says so by name and is skipped. With
# REQUIRE_PASSKEYS=1 that is a failure. CHROMIUM names another browser of the family.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/databases.sh

skip() {
    echo "SKIPPED passkeys: $*" >&2
    [ "${REQUIRE_PASSKEYS:-}" = 1 ] && exit 1
    exit 0
}

find_chromium() {
    local name
    for name in ${CHROMIUM:-chromium chromium-browser google-chrome-stable google-chrome}; do
        command -v "$name" && return
    done
    return 1
}

command -v node >/dev/null || install_packages nodejs ||
    skip "\`node\` is not installed (Debian: apt-get install nodejs)"
browser=$(find_chromium) || { install_packages chromium && browser=$(find_chromium); } ||
    skip "Chromium is not installed (Debian: apt-get install chromium)"
"${CARGO:-cargo}" build --quiet --package portcullis-app
binary=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/debug/portcullis
exec node scripts/passkeys/ceremonies.mjs "$binary" "$browser"
