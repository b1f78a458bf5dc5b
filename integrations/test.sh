#!/usr/bin/env bash
# Tests what drives lettermark from Python: Arrow, DuckDB, Polars, and Spark on a local cluster of two worker processes.
#
#   integrations/test.sh [PROGRAM]      PROGRAM: target/release/lettermark
#
# Makes a virtual environment under target/ the first time (PyPI). Spark needs Java 17 or 21; without it its tests are
# skipped by name. SENTENCES (1000) says how many sentences go through Spark.
set -euo pipefail
cd "$(dirname "$0")/.."
LETTERMARK="$(realpath "${1:-target/release/lettermark}")"
export LETTERMARK PYTHONDONTWRITEBYTECODE=1
venv=target/integrations
pinned=integrations/requirements.txt

if ! cmp -s "$pinned" "$venv/requirements.txt"; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --no-input --disable-pip-version-check -r "$pinned"
  cp "$pinned" "$venv/requirements.txt"
fi

tests=(integrations/test_parquet.py integrations/test_stream.py)
if java -version 2>/dev/null; then
  tests+=(integrations/spark/test_spark.py)
else
  echo 'skipped: integrations/spark needs Java 17 or 21'
fi
"$venv/bin/python" -m pytest -p no:cacheprovider -v -s "${tests[@]}"
