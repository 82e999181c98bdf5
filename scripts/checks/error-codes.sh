#!/usr/bin/env bash
# Every error code in the source stands in the reference, and the reference names no other.
set -euo pipefail
cd "$(dirname "$0")/../.."
# Codes are the string literals inside `fn code`, behind a field called `code`, and where an error is made from one.
in_source=$(find crates -path '*/src/*.rs' ! -name tests.rs -print0 | xargs -0 perl -0777 -ne '
    s/^#\[cfg\(test\)\].*//ms;
    my $word = qr/"([a-z][a-z0-9_]+)"/;
    while (/fn code\(.*?^    }$/msg) { my $body = $&; print "$1\n" while $body =~ /$word/g }
    print "$1\n" while /\bcode: $word/g;
    print "$1\n" while /\binvalid\(\s*[^,()]+,\s*$word/g;
    print "$1\n" while /\b(?:limit|conflict|unavailable)\(\s*$word/g;
    print "$1\n" while /\b(?:ApiError|Self)::new\(\s*StatusCode::\w+,\s*$word/g;
' | sort -u)
in_page=$(grep -oE '^\| `[a-z0-9_]+`' docs/guide/errors.md | tr -d '|` ' | sort -u)
missing=$(comm -23 <(echo "$in_source") <(echo "$in_page"))
extra=$(comm -13 <(echo "$in_source") <(echo "$in_page"))
[ -z "$missing" ] || echo "docs/guide/errors.md lacks:" $missing
[ -z "$extra" ] || echo "docs/guide/errors.md names codes that no source has:" $extra
[ -z "$missing$extra" ]
