#!/usr/bin/env bash
# Runs fuzz targets one after the other: fuzz/run.sh SECONDS [TARGET...], all of them where none is named. Prints a table.
#
# SECONDS are of the processor, not of the clock: on a busy machine a target runs until it has had them.
#
# Needs a C++ compiler, and cargo-fuzz, which is installed where it is absent. The toolchain of the project does: no
# sanitizer is used, because the project's own code has no `unsafe` outside its matrix kernels, whose tests run under
# valgrind and whose sizes the target of bundles makes hostile; panics, overflows, hangs and memory are what these targets are for.
# Findings are left in fuzz/artifacts/TARGET/. Mended, an input goes to fuzz/regressions/TARGET/ under a name that says
# what it was, and `cargo test --test fuzz_regressions` keeps it so.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="${1:?usage: fuzz/run.sh SECONDS [TARGET...]}"
shift
targets=("$@")
if [ ${#targets[@]} = 0 ]; then
  mapfile -t targets < <(find fuzz/fuzz_targets -name '*.rs' -printf '%f\n' | sed 's/\.rs$//' | sort)
fi

command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked
# Only the stable toolchain is needed; what cargo-fuzz passes to it is not all stable.
RUSTC_BOOTSTRAP=1 nice cargo fuzz build -s none --codegen-units 4
python3 fuzz/seeds.py fuzz/corpus

built="fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release"
limits=(-timeout=30 -rss_limit_mb=2048)
TIMEFORMAT='%U %S'

# Runs a target until it has had its seconds, a round at a time; sets `spent`, `tries`, `edges` and `inputs`.
run() {
  local target="$1" dictionary=() round="fuzz/artifacts/$1.log" used
  [ ! -f "fuzz/dictionaries/$target" ] || dictionary=("-dict=fuzz/dictionaries/$target")
  spent=0 tries=0 edges=0 inputs=0
  until ((spent >= seconds)); do
    # One process at a time, begun anew after each finding. Its own limit is of the clock.
    used="$({ time "$built/$target" -fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1 \
      "-max_total_time=$((seconds - spent))" "${limits[@]}" "-artifact_prefix=fuzz/artifacts/$target/" \
      "${dictionary[@]}" "fuzz/corpus/$target" >"$round" 2>&1; } 2>&1)" || true
    # "#1234: cov: 567 ft: 890 corp: 12 …": tries of this round, edges of the program's graph, inputs that are kept.
    if ! read -r round_tries edges inputs < <(sed -n 's/^#\([0-9]*\): cov: \([0-9]*\) .* corp: \([0-9]*\) .*/\1 \2 \3/p' "$round" | tail -n 1); then
      tail -n 20 "$round" >&2
      exit 1
    fi
    tries=$((tries + round_tries))
    spent="$(awk -v before="$spent" '{ printf "%d", before + $1 + $2 }' <<<"$used")"
  done
}

# Tries again, alone, what was called a finding, since a machine that stands still looks like an input that never ends;
# sets `findings`, and takes away what does not come back.
confirm() {
  local target="$1" input
  findings=0
  for input in "fuzz/artifacts/$target"/{crash,timeout,oom}-*; do
    [ -f "$input" ] || continue
    if "$built/$target" "${limits[@]}" "$input" >/dev/null 2>&1; then
      rm "$input"
    else
      findings=$((findings + 1))
    fi
  done
}

echo '| target | processor, s | inputs tried | edges reached | inputs kept | findings |'
echo '| --- | --- | --- | --- | --- | --- |'
for target in "${targets[@]}"; do
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  run "$target"
  confirm "$target"
  printf "| \`%s\` | %d | %'d | %'d | %'d | %d |\n" "$target" "$spent" "$tries" "$edges" "$inputs" "$findings"
done
