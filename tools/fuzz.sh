#!/usr/bin/env bash
# Runs every fuzz test of the tree for the given time: tools/fuzz.sh 5s
# Inputs that fail are written to the package's testdata/fuzz and belong into the next commit.
set -euo pipefail
cd "$(dirname "$0")/.."

duration=${1:?usage: tools/fuzz.sh DURATION}
go=${GO:-go}
cache=$("$go" env GOCACHE)/fuzz # where go test -fuzz keeps the inputs that it found interesting, too
programs=$(mktemp -d)
trap 'rm -rf "$programs"' EXIT

# One line for each fuzz test: folder and name. Hidden folders hold copies and tools.
list() {
  find . -name '.?*' -prune -o -name node_modules -prune -o -name '*_test.go' -print | while read -r file; do
    sed -nE "s|^func (Fuzz[A-Z][A-Za-z0-9_]*)\(.*|$(dirname "$file") \1|p" "$file"
  done | sort
}

# Runs one fuzz test. Go's fuzzer now and then reports its own end of time as a failure of the test, "context deadline exceeded"
# without an input (golang/go#75804, mended in Go 1.27); such a run says nothing and is made again, at most twice.
fuzz() {
  local folder=$1 name=$2 attempt
  for attempt in 1 2 3; do
    if (cd "$folder" && "$programs/fuzz.test" -test.run '^$' -test.fuzz "^$name\$" -test.fuzztime "$duration" \
      -test.fuzzcachedir "$cache/$package" </dev/null) 2>&1 | tee "$programs/output"; then
      return 0
    fi
    if grep -q 'Failing input written' "$programs/output" || ! grep -qx ' *context deadline exceeded' "$programs/output"; then
      return 1
    fi
    echo "fuzz $folder $name: attempt $attempt ended with the fuzzer's own deadline and no input; again"
  done
  return 1
}

# A package's tests are linked once, with the instrumentation that guides the fuzzer, and not once for each fuzz test.
count=0
built=
while read -r folder name; do
  if [ "$folder" != "$built" ]; then
    "$go" test -c -fuzz . -o "$programs/fuzz.test" "$folder"
    package=$("$go" list "$folder")
    built=$folder
  fi
  echo "fuzz $folder $name for $duration"
  fuzz "$folder" "$name"
  count=$((count + 1))
done < <(list)

if [ "$count" -eq 0 ]; then
  echo "fuzz: no fuzz tests found" >&2
  exit 1
fi
echo "fuzz: $count decoders, $duration each"
