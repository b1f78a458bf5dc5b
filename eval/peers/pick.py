"""Picks the sentences that all engines read: python pick.py CORPUS OUT [COUNT]

From the corpus' text by a fixed seed, at their natural lengths; where there is no corpus, the Kingston letter's again and
again. Writes one sentence a line.
"""

import csv
import gzip
import json
import random
import re
import sys
from pathlib import Path


def of_corpus(path):
    """Sentences of the reports: cut after a full stop, with line breaks mended, 20 to 600 characters."""
    with gzip.open(path, "rt", encoding="utf-8") as reports:
        for line in reports:
            for paragraph in re.split(r"\n\s*\n", json.loads(line)["text"]):
                text = " ".join(paragraph.split())
                for sentence in re.split(r"(?<=[a-z]\.)\s+(?=[A-Z])", text):
                    if 20 <= len(sentence) <= 600 and sentence.endswith("."):
                        yield sentence


def main():
    corpus, out = Path(sys.argv[1]), Path(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
    text = corpus / "corpus" / "text.jsonl.gz"
    if text.exists():
        picked = random.Random(1).sample(sorted(set(of_corpus(text))), count)
    else:
        labels = Path(__file__).parents[2] / "datasets/labels/kingston.csv"
        with open(labels, encoding="utf-8") as file:
            letter = [row["sentence"].replace("\n", " ") for row in csv.DictReader(file)]
        picked = [letter[i % len(letter)] for i in range(count)]
    out.write_text("\n".join(picked) + "\n", encoding="utf-8")


main()
