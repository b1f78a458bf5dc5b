#!/usr/bin/env bash
# Times the program from letters to findings: eval/whole_way.sh PROGRAM text.jsonl.gz [PDF_FOLDER] [SHARE]
#
# Prints, for every SHAREth letter (default 16), for twice and four times as many, and for the folder of PDFs: sentences a
# second, the memory of the largest process (letters are read in processes of their own), and the share of the time that
# is not encoding: the time of a second run that finds every embedding in a cache, by the time of the first. Then the time
# on one thread by that on each number of threads up to the number of cores. Linux; Python's standard library. Run it on a
# quiet machine.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }

exec python3 - "$@" <<'PYTHON'
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

program, corpus = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
pdfs = [pathlib.Path(sys.argv[3]).resolve()] if len(sys.argv) > 3 else []
share = int(sys.argv[4]) if len(sys.argv) > 4 else 16
if share < 4:
    sys.exit("SHARE is at least 4")


def run(inputs, *options):
    """Seconds, findings, memory at most in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "findings.jsonl")
        start = time.perf_counter()
        process = subprocess.Popen([program, "classify", "--quiet", *options, "-o", out, *inputs], stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        # 4: a letter could not be read; the corpus has some.
        if os.waitstatus_to_exitcode(status) not in (0, 4):
            sys.exit(f"the program ended with {os.waitstatus_to_exitcode(status)}")
        with out.open("rb") as file:
            return seconds, sum(1 for _ in file), usage.ru_maxrss / 1024


with tempfile.TemporaryDirectory() as folder:
    with gzip.open(corpus, "rt", encoding="utf-8") as reports:
        letters = []
        for report in map(json.loads, reports):
            letters.append(pathlib.Path(folder, f"{report['report']}.txt"))
            letters[-1].write_text(report["text"], encoding="utf-8")
    batches = [(f"every {every}th letter", letters[::every]) for every in (share, share // 2, share // 4)]
    batches += [("the PDFs", pdfs)] if pdfs else []
    print("| | sentences | seconds | a second | not encoding | largest process |\n| --- | --- | --- | --- | --- | --- |")
    for name, inputs in batches:
        with tempfile.TemporaryDirectory() as cache:
            seconds, sentences, memory = run(inputs, "--cache", cache)
            again, *_ = run(inputs, "--cache", cache)
        print(f"| {name} | {sentences:,} | {seconds:.1f} | {sentences / seconds:.0f} | {again / seconds:.1%} | {memory:.0f} MiB |", flush=True)
    print("\n| threads | a second | of as many times one thread |\n| --- | --- | --- |")
    one = None
    for threads in range(1, os.cpu_count() + 1):
        seconds, sentences, _ = run(batches[0][1], "--jobs", str(threads))
        one = one or seconds
        print(f"| {threads} | {sentences / seconds:.0f} | {one / seconds / threads:.0%} |", flush=True)
PYTHON
