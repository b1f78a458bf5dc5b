"""What the tests of the integrations share: the program, and the Kingston letter's findings in both formats."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = os.environ.setdefault("LETTERMARK", str(ROOT / "target/release/lettermark"))
sys.path.insert(0, str(pathlib.Path(__file__).parent / "spark"))


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder with the Kingston letter's findings as Parquet and as JSON lines."""
    folder = tmp_path_factory.mktemp("findings")
    letter = ROOT / "datasets/letters/kingston-2018-send-letter.txt"
    for name in ("findings.parquet", "findings.jsonl"):
        subprocess.run([PROGRAM, "classify", "-q", letter, "-o", folder / name], check=True)
    return folder


@pytest.fixture(scope="session")
def findings(folder):
    """The same findings, read from the JSON lines."""
    with open(folder / "findings.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
