#!/usr/bin/env bash
# Where the time goes, function by function: eval/profile.sh PROGRAM LETTER...
#
# Classifies the letters on one thread under `perf record` (Linux; the clock of the processor, so no counters are needed and a
# virtual machine does) and prints every function with half a percent of the time or more.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
command -v perf >/dev/null || { echo 'needs perf (Debian: linux-perf)' >&2; exit 1; }

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
program="$1"
shift
perf record --quiet --event cpu-clock --freq 499 --output "$work/samples" -- \
  "$program" classify --quiet --jobs 1 --format csv "$@" >"$work/findings.csv"
echo "$(($(wc -l <"$work/findings.csv") - 1)) sentences"
perf report --input "$work/samples" --stdio --no-children --percent-limit 0.5 --fields overhead,sym 2>/dev/null |
  sed -n 's/^ *\([0-9.]*%\) *\[\(.\)\] */\1 \2 /p' | sed 's/ k / kernel: /; s/ \. / /'
