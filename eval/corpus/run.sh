#!/usr/bin/env bash
# Classifies every PDF of the corpus and checks what comes out: eval/corpus/run.sh LETTERMARK PDF_FOLDER
# Four of the files are one HTML page under a PDF's name: each must be named, the others read, and the exit code be 4.
set -euo pipefail
lettermark=$1 folder=$2
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

code=0
/usr/bin/env time -f '%e s, %M KiB at most' "$lettermark" classify "$folder" -o "$out/findings.csv" 2>"$out/log" || code=$?
cat "$out/log"
[ "$code" -eq 4 ] || { echo "exit code $code, not 4" >&2; exit 1; }

html=0
for file in "$folder"/*.pdf; do
  name=$(basename "$file")
  if [ "$(head -c 5 "$file")" = '%PDF-' ]; then
    grep -q "$name" "$out/findings.csv" || { echo "no finding of $name" >&2; exit 1; }
  else
    html=$((html + 1))
    grep -q "$name" "$out/log" || { echo "$name is no PDF, and nobody said so" >&2; exit 1; }
  fi
done

# Lines that stand at the top or foot of pages, in every framework's layout.
furniture='Inspection report: |Page [0-9]+ of [0-9]+|\.{6,}|www\.gov\.uk/ofsted|piccadilly gate|textphone|© ofsted|enquiries@ofsted'
if grep -iE "$furniture" "$out/findings.csv"; then
  echo 'page furniture stands in a sentence' >&2
  exit 1
fi
echo "$(($(wc -l <"$out/findings.csv") - 1)) lines of findings, $html files named as no PDF, no page furniture"
