#!/usr/bin/env bash
# Every error code in the source stands in the reference, and the reference names no other.
set -euo pipefail
cd "$(dirname "$0")/../.."
# Codes are the string literals inside `fn code`, behind a field called `code`, and first in a call of `limit`.
in_source=$(find crates -path '*/src/*' -name '*.rs' -print0 | xargs -0 awk '
    FNR == 1 { inside = 0; tests = 0 }
    /^#\[cfg\(test\)\]/ { tests = 1 }
    tests { next }
    /fn code\(/ { inside = 1 }
    inside { text = $0; while (match(text, /"[a-z][a-z0-9_]+"/)) { print substr(text, RSTART + 1, RLENGTH - 2); text = substr(text, RSTART + RLENGTH) } }
    inside && /^    }$/ { inside = 0 }
    { text = $0; while (match(text, /([^a-z_]code: |[^a-z_]limit\()"[a-z][a-z0-9_]+"/)) { found = substr(text, RSTART, RLENGTH); sub(/^[^"]*"/, "", found); sub(/"/, "", found); print found; text = substr(text, RSTART + RLENGTH) } }
' | sort -u)
in_page=$(grep -oE '^\| `[a-z0-9_]+`' docs/guide/errors.md | tr -d '|` ' | sort -u)
missing=$(comm -23 <(echo "$in_source") <(echo "$in_page"))
extra=$(comm -13 <(echo "$in_source") <(echo "$in_page"))
[ -z "$missing" ] || echo "docs/guide/errors.md lacks: $(echo $missing)"
[ -z "$extra" ] || echo "docs/guide/errors.md names codes that no source has: $(echo $extra)"
[ -z "$missing$extra" ]
