#!/usr/bin/env bash
# Every relative link of every page leads somewhere.
set -euo pipefail
cd "$(dirname "$0")/../.."
broken=0
while IFS= read -r page; do
    while IFS= read -r link; do
        target=${link%%#*}
        case $link in *://* | mailto:* | '#'*) continue ;; esac
        [ -e "$(dirname "$page")/$target" ] && continue
        echo "$page: the link $link leads nowhere"
        broken=1
    done < <(sed '/^```/,/^```/d' "$page" | grep -oE '\]\([^)]+\)' | sed 's/^](//; s/)$//')
done < <(git ls-files --cached --others --exclude-standard '*.md')
exit "$broken"
