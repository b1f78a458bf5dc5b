#!/usr/bin/env bash
# Makes the shipped model, models/default, from the pinned base and the labels, where the corpus is (LETTERMARK_CORPUS,
# default ../shared). About an hour on one core of an AMD EPYC; libtorch's version, its threads and the processor decide the
# last bits. Kingston and Croydon are only scored on.
set -euo pipefail
cd "$(dirname "$0")/.."
export LETTERMARK_CORPUS="${LETTERMARK_CORPUS:-../shared}"
out=${1:-models/default}
[ -f target/base-encoder/model.safetensors ] || models/base/fetch.sh target/base-encoder
. models/torch.sh
labels=datasets/labels
cargo run --release --locked --features torch -- train \
  --labels $labels/national.csv $labels/national-more.csv $labels/written.csv \
  --without-letters $labels/set-aside.txt --valid-letters $labels/validation.txt \
  --base target/base-encoder --fine-tune --epochs 4 --jobs 1 --name lettermark -o "$out"
cargo build --release --locked
evaluate() { target/release/lettermark evaluate --model "$out" --record "$@"; }
evaluate --labels $labels/national.csv --natural --only-letters $labels/set-aside.txt \
  --letters "$LETTERMARK_CORPUS/corpus/text.jsonl.gz" --second $labels/set-aside.second.csv
evaluate --labels $labels/kingston.csv $labels/croydon.csv --letters datasets/letters
