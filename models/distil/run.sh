#!/usr/bin/env bash
# Makes the shipped model, models/default, from the pinned base, a larger pinned teacher and the labels, where the corpus is
# (LETTERMARK_CORPUS, default ../shared) and a GPU with PyTorch 2.11 (one H100: ten minutes; PYTHON names the interpreter, with
# torch, numpy, safetensors, tokenizers). GPUs and their libraries decide the last bits. Kingston and Croydon are only scored on.
#
#   models/distil/run.sh [OUT]
set -euo pipefail
cd "$(dirname "$0")/../.."
export LETTERMARK_CORPUS="${LETTERMARK_CORPUS:-../shared}"
python=${PYTHON:-python3}
out=${1:-models/default}
here=models/distil
work=target/distil
labels=datasets/labels
mkdir -p "$work"

[ -f target/base-encoder/model.safetensors ] || models/base/fetch.sh target/base-encoder
[ -f $work/teacher/model.safetensors ] || $here/fetch-teacher.sh $work/teacher
cargo build --release --locked --example sections
cargo build --release --locked
lettermark=target/release/lettermark
target/release/examples/sections "$LETTERMARK_CORPUS" >$work/sections.jsonl
for file in national national-more; do $lettermark data join --labels $labels/$file.csv -o $work/$file.csv; done
$python $here/prepare.py $work/sections.jsonl target/base-encoder/tokenizer.json $work/data.npz \
  $work/national.csv $work/national-more.csv $labels/written.csv
# Packed as they were sent to the machine with the GPU, so that a run here starts from the same numbers.
$python $here/pack.py $work/teacher/model.safetensors $work/teacher/tokenizer.json target/base-encoder/tokenizer.json \
  $work/data.npz $work/teacher.npz
$python $here/pack.py target/base-encoder/model.safetensors target/base-encoder/tokenizer.json \
  target/base-encoder/tokenizer.json $work/data.npz $work/base.npz --half

# Four epochs: as many as there was time for; the rate of the third did best on the validation letters.
teacher() { $python $here/train.py teacher $work/data.npz $work/teacher.npz "$work/teacher-$1.npz" --seed "$1" --rate "$2" --epochs 4; }
teacher 1 5e-5
teacher 2 5e-5
teacher 3 8e-5
$python $here/train.py student $work/data.npz $work/base.npz $work/student --seed 1 --soft $work/teacher-{1,2,3}.npz \
  --rate 4e-4 --epochs 30 --tokens 16384 --average 0.999 --every 5 --workers 6
$python $here/export.py $work/student target/base-encoder $work/student

$lettermark train --labels $labels/{national,national-more,written}.csv --without-letters $labels/set-aside.txt \
  --valid-letters $labels/validation.txt --base $work/student --heads $work/student/heads.safetensors --name lettermark -o "$out"
evaluate() { $lettermark evaluate --model "$out" --record "$@"; }
evaluate --labels $labels/national.csv --natural --only-letters $labels/set-aside.txt \
  --letters "$LETTERMARK_CORPUS/corpus/text.jsonl.gz" --second $labels/set-aside.second.csv
evaluate --labels $labels/kingston.csv $labels/croydon.csv --letters datasets/letters
