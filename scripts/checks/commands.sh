#!/usr/bin/env bash
# Every `portcullis <command>` in the pages is a command that exists, and every `make <target>` a target.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --quiet --package portcullis-app
binary=${CARGO_TARGET_DIR:-target}/debug/portcullis
unknown=0
pages=$(git ls-files --cached --others --exclude-standard '*.md')
for command in $(grep -hoE '(^|[`$/ ])portcullis [a-z]+' $pages | sed 's/.*portcullis //' | sort -u); do
    grep -qE "[\`\$/]portcullis $command|^ *(\\$ )?(target/release/)?portcullis $command" $pages || continue
    "$binary" "$command" --help >/dev/null 2>&1 && continue
    echo "The pages name \`portcullis $command\`, which does not exist."
    unknown=1
done
for target in $(grep -hoE '(^|`|\$ )make [a-z]+' $pages | sed 's/.*make //' | sort -u); do
    grep -q "^$target:" Makefile && continue
    echo "The pages name \`make $target\`, which is no target."
    unknown=1
done
exit "$unknown"
