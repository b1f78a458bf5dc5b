#!/usr/bin/env bash
# Times lettermark's encoder beside every engine that runs the same model, in one run and in turn, and prints a Markdown table:
#
#   eval/peers/run.sh [ROUNDS] [SENTENCES]
#
# Needs the network (Python packages and crates, pinned) and about 8 GB; everything is put under target/. The sentences come
# from the corpus (LETTERMARK_CORPUS, default ../shared), elsewhere the Kingston letter's are repeated. THREADS (default 2).
# Run it on a quiet machine. With MASK=amx no engine gets Intel's matrix units (mask.py).
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-7}
count=${2:-2000}
threads=${THREADS:-2}
work=target/peers
bundle=models/default
here=eval/peers
mkdir -p "$work"

( . models/torch.sh && python -m pip install --quiet -r $here/requirements-torch.txt )
[ -x $work/venv/bin/python ] || python3 -m venv $work/venv
$work/venv/bin/python -m pip install --quiet -r $here/requirements.txt
cargo build --release --locked --quiet --example encode_rounds
cp target/release/examples/encode_rounds $work/ours
( . models/torch.sh && cargo build --release --locked --quiet --features torch --example encode_rounds )
cp target/release/examples/encode_rounds $work/rust-bert
cargo build --release --locked --quiet --manifest-path $here/rten/Cargo.toml --target-dir $work/rten

sentences=$work/sentences.txt
python3 $here/pick.py "${LETTERMARK_CORPUS:-../shared}" $sentences "$count"
[ $work/model.onnx -nt $bundle/encoder.safetensors ] || ( . models/torch.sh && python $here/export.py $bundle $work ) >&2

. models/torch.sh
export OMP_NUM_THREADS=$threads RTEN_NUM_THREADS=$threads RAYON_NUM_THREADS=$threads TOKENIZERS_PARALLELISM=true
engine() { printf '%s=%s %s/engines.py "%s" %s %s %s' "$1" "$2" "$here" "$1" "$work" "$sentences" "$threads"; }
onnx=$work/venv/bin/python
mask=()
case "${MASK:-}" in
  '') ;;
  amx) mask=(python3 $here/mask.py) ;;
  *) echo "MASK may be amx" >&2; exit 2 ;;
esac
# The engine with int8 writes int8.onnx, which rten reads too, so it stands before it.
"${mask[@]}" $onnx $here/measure.py $sentences $work $bundle "$rounds" "$threads" \
  "lettermark=$work/ours best $bundle $sentences $threads" \
  "lettermark f32=$work/ours f32 $bundle $sentences $threads" \
  "$(engine 'sentence-transformers f32' python)" \
  "$(engine 'sentence-transformers bf16' python)" \
  "$(engine 'ONNX Runtime f32' "$onnx")" \
  "$(engine 'ONNX Runtime int8' "$onnx")" \
  "$(engine 'OpenVINO f32' "$onnx")" \
  "$(engine 'OpenVINO bf16' "$onnx")" \
  "rten f32=$work/rten/release/peer-rten $work/model.onnx $work/tokenizer.json $sentences" \
  "rten int8=$work/rten/release/peer-rten $work/int8.onnx $work/tokenizer.json $sentences" \
  "rust-bert f32=$work/rust-bert rust-bert $bundle $sentences $threads" \
  "f32 reference=$(engine 'sentence-transformers f32' python | cut -d= -f2-)"
