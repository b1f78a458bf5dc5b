#!/usr/bin/env bash
# Makes the shipped model, models/default, from the pinned base and the labels, where the corpus is (LETTERMARK_CORPUS,
# default ../shared). Three hours on one core of an AMD EPYC; libtorch's version, its threads and the processor decide the
# last bits. Kingston and Croydon are only scored on.
#
# Two stages, because that is how it came to be: four epochs on the labels that there were first (14 thousand sentences, as a
# commit of this repository holds them), then three at a lower rate on all there are (23 thousand).
set -euo pipefail
cd "$(dirname "$0")/.."
export LETTERMARK_CORPUS="${LETTERMARK_CORPUS:-../shared}"
out=${1:-models/default}
first_labels=38a14f9
work=target/train
mkdir -p "$work"
[ -f target/base-encoder/model.safetensors ] || models/base/fetch.sh target/base-encoder
. models/torch.sh
labels=datasets/labels
for file in national national-more written; do
  git show "$first_labels:$labels/$file.csv" >"$work/$file.csv"
done
train() {
  cargo run --release --locked --features torch -- train \
    --without-letters $labels/set-aside.txt --valid-letters $labels/validation.txt --fine-tune --name lettermark "$@"
}
train --labels "$work"/{national,national-more,written}.csv --base target/base-encoder --epochs 4 --jobs 1 -o "$work/first"
train --labels $labels/{national,national-more,written}.csv --base "$work/first" --epochs 3 --encoder-rate 7e-5 --jobs 2 -o "$out"
cargo build --release --locked
evaluate() { target/release/lettermark evaluate --model "$out" --record "$@"; }
evaluate --labels $labels/national.csv --natural --only-letters $labels/set-aside.txt \
  --letters "$LETTERMARK_CORPUS/corpus/text.jsonl.gz" --second $labels/set-aside.second.csv
evaluate --labels $labels/kingston.csv $labels/croydon.csv --letters datasets/letters
