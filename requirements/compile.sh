#!/usr/bin/env bash
# Recompile the pinned, hashed lists from the *.in files. Registry hosts never enter them.
set -euo pipefail
cd "$(dirname "$0")"
for name in uv base dev; do
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
    --custom-compile-command "requirements/compile.sh" "$name.in" -o "$name.txt" "$@"
done
