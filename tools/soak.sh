#!/usr/bin/env bash
# Runs all tests with big counts, then every fuzz test for long, and prints what it ran: tools/soak.sh RAPID_CHECKS FUZZTIME
# Tests read LOT_SOAK=1 to choose their own big counts; counts that have a variable of their own can be set from outside.
set -euo pipefail
cd "$(dirname "$0")/.."

checks=${1:?usage: tools/soak.sh RAPID_CHECKS FUZZTIME}
fuzztime=${2:?usage: tools/soak.sh RAPID_CHECKS FUZZTIME}
go=${GO:-go}
export LOT_SOAK=1
export LOT_STORE_CRASHES=${LOT_STORE_CRASHES:-10000} # power cuts that drop what was not synced
export LOT_STORE_KILLS=${LOT_STORE_KILLS:-1000}      # processes ended by kill -9
export LOT_PROCESS_KILLS=${LOT_PROCESS_KILLS:-500}   # gateways ended by kill -9 under load

rapid='{{range .TestImports}}{{.}} {{end}}{{range .XTestImports}}{{.}} {{end}}'
with=() without=()
while read -r package imports; do
  if [[ " $imports " == *" pgregory.net/rapid "* ]]; then with+=("$package"); else without+=("$package"); fi
done < <("$go" list -f "{{.ImportPath}} $rapid" ./...)

# run goes on after a failure: the night is not lost, and the exit code tells in the end.
failed=0
run() {
  echo "+ $*"
  "$@" || { failed=$((failed + 1)); echo "soak: FAILED: $*"; }
}
started=$(date +%s)
env | grep '^LOT_' | sort
# Without a package, go test would test the current folder.
if [ "${#with[@]}" -gt 0 ]; then run "$go" test -count=1 -v -timeout 0 "${with[@]}" "-rapid.checks=$checks"; fi
if [ "${#without[@]}" -gt 0 ]; then run "$go" test -count=1 -v -timeout 0 "${without[@]}"; fi
run tools/fuzz.sh "$fuzztime"
echo "soak: $failed failed; ${#with[@]} packages with $checks checks a property, ${#without[@]} others, $(($(date +%s) - started)) s"
[ "$failed" -eq 0 ]
