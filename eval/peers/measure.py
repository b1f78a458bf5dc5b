"""Times all engines in one run and in turn: python measure.py SENTENCES MODEL_DIR BUNDLE ROUNDS THREADS NAME=COMMAND…

Each COMMAND is an engine that waits for orders, as engines.py describes; the first is ours, the one named "f32 reference" is only
compared with. An engine that does not start is named with its reason. Prints a Markdown table: median and range of the rounds, ratio to
ours, cosine to the reference, and the share of sentences whose polarity, main theme and set of themes are the reference's through the
bundle's heads.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import numpy as np
from safetensors.numpy import load_file


class Engine:
    """A running engine."""

    def __init__(self, name, command):
        self.name, self.seconds = name, []
        self.process = subprocess.Popen(command, shell=True, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ready(self):
        """What it says when it has loaded; empty where it ended."""
        return self.process.stdout.readline().strip()

    def failure(self):
        self.process.wait(60)
        lines = self.process.stderr.read().strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def ask(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)


def judged(vectors, heads, thresholds):
    polarity = (vectors @ heads["polarity.weight"].T + heads["polarity.bias"]).argmax(1)
    scores = 1 / (1 + np.exp(-(vectors @ heads["themes.weight"].T + heads["themes.bias"])))
    return polarity, scores.argmax(1), scores >= thresholds


def main():
    sentences, folder, bundle, rounds, threads, *commands = sys.argv[1:]
    count = len(Path(sentences).read_text(encoding="utf-8").splitlines())
    # Each loads and tries batch sizes with the machine for itself, unless there are cores for all of them.
    starting = (Engine(name, command) for name, _, command in (c.partition("=") for c in commands))
    if os.cpu_count() >= int(threads) * len(commands):
        starting = list(starting)
    engines = []
    for engine in starting:
        ready = engine.ready()
        if ready.startswith("ready"):
            print(f"{engine.name}: {ready}", file=sys.stderr)
            engines.append(engine)
        else:
            print(f"{engine.name}: left out, {engine.failure()}", file=sys.stderr)
    timed = [e for e in engines if e.name != "f32 reference"]
    for number in range(int(rounds)):
        # Each round begins with another engine, so that none always follows the same one.
        for engine in timed[number % len(timed) :] + timed[: number % len(timed)]:
            engine.seconds.append(float(engine.ask("round")))
            print(f"round {number + 1}, {engine.name}: {count / engine.seconds[-1]:.0f} sentences a second", file=sys.stderr, flush=True)
    vectors = {}
    for number, engine in enumerate(engines):
        path = Path(folder) / f"vectors-{number}.bin"
        engine.ask(f"vectors {path}")
        vectors[engine.name] = np.fromfile(path, dtype="<f4").reshape(count, -1)
        engine.stop()

    heads = load_file(f"{bundle}/heads.safetensors")
    thresholds = np.array(json.loads(Path(f"{bundle}/manifest.json").read_text())["calibration"]["thresholds"])
    reference = vectors["f32 reference"]
    truth = judged(reference, heads, thresholds)
    ours = median(timed[0].seconds)
    print(f"{count} sentences, {threads} threads, {rounds} rounds in turn, warm, tokenizing included\n")
    print("| engine | sentences a second, median (range) | ratio to ours | cosine to f32, mean (least) | same polarity | same main theme | same themes |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for engine in timed:
        middle, low, high = (count / f(engine.seconds) for f in (median, max, min))
        cosine = (vectors[engine.name] * reference).sum(1)
        same = judged(vectors[engine.name], heads, thresholds)
        shares = [(same[0] == truth[0]).mean(), (same[1] == truth[1]).mean(), (same[2] == truth[2]).all(1).mean()]
        print(
            f"| {engine.name} | {middle:.0f} ({low:.0f} to {high:.0f}) | {ours / median(engine.seconds):.2f} | {cosine.mean():.4f} ({cosine.min():.4f}) | "
            + " | ".join(f"{share:.2%}" for share in shares) + " |"
        )


main()
