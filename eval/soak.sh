#!/usr/bin/env bash
# Classifies the same letters again and again in one process and watches it: eval/soak.sh [--cache] PROGRAM ROUNDS LETTER...
#
# Prints, for each round, sentences, when it ended, the memory held then and a hash of its findings. Fails where the memory
# of a later round is more than 5% above that of the first, or where one round's findings differ from another's. A LETTER may
# be a file text.jsonl.gz of reports, as the corpus has it. Linux only (/proc); Python's standard library.
#
# With --cache the program keeps its vectors in a folder that begins empty: only the first round is encoded, and the others
# take seconds. The whole of it, 1.4 million sentences:
#   eval/soak.sh --cache target/release/lettermark 8 ../shared/corpus/text.jsonl.gz
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }

exec python3 - "$@" <<'PYTHON'
import csv
import gzip
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import time

cached = sys.argv[1] == "--cache"
if cached:
    del sys.argv[1]
program, rounds, letters = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]), sys.argv[3:]


def contents():
    for path in map(pathlib.Path, letters):
        if path.name.endswith(".jsonl.gz"):
            with gzip.open(path, "rt", encoding="utf-8") as reports:
                for report in filter(lambda report: report["text"].strip(), map(json.loads, reports)):
                    yield f"{report['report']}.txt", report["text"].encode()
        else:
            yield path.name, path.read_bytes()


def resident(pid):
    """Memory held by a process in KiB; none where it has ended."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), None)


class Round:
    def __init__(self, name):
        self.name, self.sentences, self.memory, self.hash, self.letter = name, 0, None, hashlib.sha256(), None
        self.ended = 0

    def add(self, letter, row, pid):
        if letter != self.letter:
            self.letter = letter
            # Read with each letter, because after the last one the program ends.
            self.memory = resident(pid) or self.memory
        self.ended = time.monotonic() - begun
        self.sentences += 1
        self.hash.update("\x1f".join([letter, *row]).encode())

    def __str__(self):
        return f"{self.name}: {self.sentences} sentences, ended at {self.ended:.0f} s, {(self.memory or 0) / 1024:.1f} MiB, {self.hash.hexdigest()[:16]}"


with tempfile.TemporaryDirectory() as folder:
    # Copies: the program reads no file twice, and calls letters of one name by their folders.
    for name, text in contents():
        for number in range(1, rounds + 1):
            copy = pathlib.Path(folder, f"round-{number}", name)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(text)
    begun = time.monotonic()
    folders = [f"round-{number}" for number in range(1, rounds + 1)]
    command = [program, "classify", "--quiet", "--format", "csv", *folders]
    if cached:
        command[2:2] = ["--cache", "vectors"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE)
    rows = csv.reader(io.TextIOWrapper(process.stdout, encoding="utf-8", newline=""))
    next(rows)
    seen = []
    for row in rows:
        name, _, letter = row[0].partition("/")
        if not seen or seen[-1].name != name:
            if seen:
                print(seen[-1], flush=True)
            seen.append(Round(name))
        seen[-1].add(letter, row[1:], process.pid)
    print(seen[-1])
    if process.wait() != 0:
        sys.exit(f"the program ended with {process.returncode}")

if len(seen) != rounds:
    sys.exit(f"{len(seen)} rounds were given out where {rounds} were asked for")
if len({(one.hash.hexdigest(), one.sentences) for one in seen}) > 1:
    sys.exit("the rounds' findings differ")
most = max(one.memory or 0 for one in seen)
if not seen[0].memory or most > 1.05 * seen[0].memory:
    sys.exit("memory grew by more than 5% after the first round")
print(f"the same findings in each round; memory at most {most / seen[0].memory - 1:+.1%} of the first round's end")
PYTHON
