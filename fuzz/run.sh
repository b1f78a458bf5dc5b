#!/usr/bin/env bash
# Runs fuzz targets one after the other: fuzz/run.sh SECONDS [TARGET...], all of them where none is named.
#
# Needs cargo-fuzz (`cargo install cargo-fuzz --locked`) and a C++ compiler. The toolchain of the project does: no
# sanitizer is used, because the project's own code has no `unsafe` outside its matrix kernels, which no target reaches
# with hostile sizes; panics, overflows, hangs and memory are what these targets are for.
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

# No kernels for special instruction sets: they take minutes to compile, and no target multiplies more than a few numbers.
# Besides, numkong links what it tried the compiler with, and the `main` in there takes the place of libFuzzer's.
for set in HASWELL SKYLAKE ICELAKE GENOA SAPPHIRE SAPPHIREAMX GRANITEAMX DIAMOND TURIN ALDER SIERRA; do
  export "NK_TARGET_$set=0"
done
# Only the stable toolchain is needed; what cargo-fuzz passes to it is not all stable.
export RUSTC_BOOTSTRAP=1
cargo fuzz build -s none --codegen-units 4
python3 fuzz/seeds.py fuzz/corpus

built="fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release"
for target in "${targets[@]}"; do
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  dictionary=()
  [ ! -f "fuzz/dictionaries/$target" ] || dictionary=("-dict=fuzz/dictionaries/$target")
  if ! "$built/$target" -help=1 2>&1 | grep -q max_total_time; then
    echo "$target was linked without libFuzzer's main" >&2
    exit 1
  fi
  # One process at a time, begun anew after each finding.
  "$built/$target" -fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1 "-max_total_time=$seconds" \
    -timeout=30 -rss_limit_mb=2048 "-artifact_prefix=fuzz/artifacts/$target/" "${dictionary[@]}" \
    "fuzz/corpus/$target" 2>&1 | tee "fuzz/artifacts/$target.log" | tail -n 3
done
