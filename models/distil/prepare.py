"""Puts what a training run reads into one file: token ids of every sentence, its section, its labels.

    python prepare.py SECTIONS TOKENIZER OUT LABELS.csv…

SECTIONS is what the example `sections` printed; LABELS are labelled CSV with text (`lettermark data join`, or
`datasets/labels/written.csv`). Letters of `set-aside.txt` are left out, those of `validation.txt` are told apart.
No sentence of Kingston or Croydon gets in, compared as hashes compare: letters and digits only, lower case.
"""

import csv
import json
import sys
import tomllib
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[2]
DATASETS = ROOT / "datasets"
POLARITIES = ["strength", "weakness", "mixed", "neutral"]
TRAIN, VALIDATION = 0, 1


def names(file):
    lines = (DATASETS / "labels" / file).read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def key(text):
    return "".join(c for c in text.lower() if c.isalnum())


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


class Texts:
    """Different texts, each with its token ids, numbered as they come."""

    def __init__(self, tokenizer):
        self.tokenizer, self.numbers, self.ids = tokenizer, {"": 0}, [[]]

    def number(self, text):
        text = text.strip()
        if text not in self.numbers:
            self.numbers[text] = len(self.ids)
            self.ids.append(self.tokenizer.encode(text, add_special_tokens=False).ids[:250])
        return self.numbers[text]


def main(sections, tokenizer, out, *labels):
    tokenizer = Tokenizer.from_file(tokenizer)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts = Texts(tokenizer)
    themes = [theme["id"] for theme in tomllib.loads((DATASETS / "taxonomy.toml").read_text())["theme"]]
    set_aside, validation = names("set-aside.txt"), names("validation.txt")
    kept_out = {key(row["sentence"]) for area in ("kingston", "croydon") for row in rows(DATASETS / "labels" / f"{area}.csv")}

    def labelled(row):
        chosen = [themes.index(theme) for theme in row["themes"].split(";")]
        return POLARITIES.index(row["polarity"]), sum(1 << theme for theme in chosen), chosen[0], row["sample"] != "selected"

    by_place, alone = {}, []
    for path in labels:
        for row in rows(path):
            if row["letter"] in set_aside or key(row["sentence"]) in kept_out:
                continue
            if row["index"] and not row["letter"].startswith("written"):
                by_place[row["letter"], int(row["index"])] = labelled(row), row["sentence"]
            else:
                alone.append(row)

    unlabelled = (-1, 0, -1, False)
    sentences, dropped, used = [], 0, set()
    for line in open(sections, encoding="utf-8"):
        letter = json.loads(line)
        name = letter["letter"]
        if name in set_aside:
            continue
        role, first = VALIDATION if name in validation else TRAIN, len(sentences)
        section, path_before = -1, None
        for place, (text, path, previous) in enumerate(letter["sentences"]):
            if path != path_before:
                section, path_before = first + place, path
            label = unlabelled
            if (name, place) in by_place and key(by_place[name, place][1]) == key(text):
                label = by_place[name, place][0]
                used.add((name, place))
            hidden = key(text) in kept_out
            dropped += hidden
            if hidden:
                label = unlabelled
            heading = texts.number(path.rsplit(" > ", 1)[-1])
            before = -1 if previous is None else first + previous
            sentences.append((texts.number(text), heading, before, section, role, hidden, *label))
    # Sentences whose place in the letter is not known: as the labels' file gives them.
    missed = [place for place in by_place if place not in used]
    for path in labels:
        for row in rows(path):
            if row["index"] and (row["letter"], int(row["index"])) in missed and not row["letter"].startswith("written"):
                alone.append(row)
    pairs = [
        (texts.number(row["heading"].rsplit(" > ", 1)[-1]), texts.number(row["previous"]), texts.number(row["sentence"]),
         VALIDATION if row["letter"] in validation else TRAIN, *labelled(row))
        for row in alone if row["letter"] not in set_aside and key(row["sentence"]) not in kept_out
    ]
    ids = np.concatenate([np.array(ids, np.uint16) for ids in texts.ids if ids])
    offsets = np.cumsum([0] + [len(ids) for ids in texts.ids]).astype(np.uint32)
    np.savez_compressed(out, ids=ids, offsets=offsets, sentences=np.array(sentences, np.int32), pairs=np.array(pairs, np.int32),
                        themes=np.array(themes))
    table = np.array(sentences)
    print(f"{len(table)} sentences, {(table[:, 6] >= 0).sum()} of them labelled, {(table[:, 4] == VALIDATION).sum()} of validation "
          f"letters; {len(pairs)} pairs; {len(texts.ids)} texts, {len(ids)} tokens; {dropped} also stand in Kingston's or Croydon's")


main(*sys.argv[1:])
