#!/usr/bin/env bash
# Runs every fuzz test of the tree for the given time: tools/fuzz.sh 5s
# New inputs that fail are written to the package's testdata/fuzz and belong into the next commit.
set -euo pipefail
cd "$(dirname "$0")/.."

duration=${1:?usage: tools/fuzz.sh DURATION}
go=${GO:-go}

# One line for each fuzz test: folder and name. Hidden folders hold copies and tools.
list() {
  find . -name '.?*' -prune -o -name node_modules -prune -o -name '*_test.go' -print | sort | while read -r file; do
    sed -nE "s|^func (Fuzz[A-Z][A-Za-z0-9_]*)\(.*|$(dirname "$file") \1|p" "$file"
  done
}

count=0
while read -r folder name; do
  echo "fuzz $folder $name for $duration"
  "$go" test -run '^$' -fuzz "^$name\$" -fuzztime "$duration" "$folder" </dev/null
  count=$((count + 1))
done < <(list)

if [ "$count" -eq 0 ]; then
  echo "fuzz: no fuzz tests found" >&2
  exit 1
fi
echo "fuzz: $count decoders, $duration each"
