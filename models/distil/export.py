"""Puts a student beside its word vectors, as `lettermark train --base OUT --heads OUT/heads.safetensors` reads it.

    python export.py STUDENT BASE OUT

STUDENT is what `train.py student` wrote, without `-0.npz`; BASE the folder of the base encoder, whose word vectors did not move.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from model import POLARITIES, VECTOR_LENGTH

METHOD = "Encoder and heads distilled from three all-mpnet-base-v2 that were fine-tuned on the labels (models/distil)"


def main(student, base, out):
    base, out = Path(base), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    state = {}
    for part in (0, 1):
        file = np.load(f"{student}-{part}.npz")
        state |= {name: torch.from_numpy(file[name].astype(np.float32)) for name in file.files}
    # A bundle's heads are over vectors of unit length.
    weight, bias = state.pop("head.weight") * VECTOR_LENGTH, state.pop("head.bias")
    heads = {"polarity.weight": weight[:POLARITIES], "polarity.bias": bias[:POLARITIES], "themes.weight": weight[POLARITIES:],
             "themes.bias": bias[POLARITIES:]}
    save_file({k: v.contiguous() for k, v in heads.items()}, out / "heads.safetensors", {"method": METHOD, "context": "section"})
    whole = load_file(base / "model.safetensors")
    # The vector of segment 0 was added to the positions', since every token is of that segment.
    state["embeddings.token_type_embeddings.weight"] = torch.zeros_like(whole["embeddings.token_type_embeddings.weight"])
    unknown = set(state) - set(whole)
    if unknown:
        sys.exit(f"these are not the base's: {sorted(unknown)}")
    save_file({k: v.contiguous() for k, v in (whole | state).items()}, out / "model.safetensors", {"format": "pt"})
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(base / name, out / name)


main(*sys.argv[1:])
