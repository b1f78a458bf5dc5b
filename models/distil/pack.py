"""Makes a model's weights small enough to send: the word vectors of the words that occur only, large matrices as 8-bit whole
numbers with a scale a row (fine-tuning makes up for it), the rest in half precision.

    python pack.py WEIGHTS.safetensors TOKENIZER.json BERT-TOKENIZER.json DATA OUT.npz [--half]

With --half every number is kept in half precision.

Word vectors are numbered as BERT numbers its words, whatever the model's own vocabulary.
"""

import json
import sys

import numpy as np
import torch

VOCABULARY = 30522
SPECIAL = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>"}


def vocabulary(path):
    return json.load(open(path, encoding="utf-8"))["model"]["vocab"]


def unpack(path):
    file, state = np.load(path), {}
    for name in file.files:
        if name.endswith(".scale") or name == "used":
            continue
        value = torch.from_numpy(file[name].astype(np.float32))
        if name + ".scale" in file.files:
            value *= torch.from_numpy(file[name + ".scale"].astype(np.float32))[:, None]
        state[name] = value
    words = torch.zeros(VOCABULARY, state["embeddings.word_embeddings.weight"].shape[1])
    words[torch.from_numpy(file["used"].astype(np.int64))] = state["embeddings.word_embeddings.weight"]
    state["embeddings.word_embeddings.weight"] = words
    return state


def main(weights, tokenizer, bert, data, out, *options):
    from safetensors.torch import load_file
    state = load_file(weights)
    own, words = vocabulary(tokenizer), vocabulary(bert)
    used = np.unique(np.r_[np.load(data)["ids"].astype(np.int64), [0, 100, 101, 102]])
    by_number = {number: word for word, number in words.items()}
    rows = [own[SPECIAL[by_number[n]]] if "<s>" in own and by_number[n] in SPECIAL else own[by_number[n]] for n in used]
    state["embeddings.word_embeddings.weight"] = state["embeddings.word_embeddings.weight"][rows]
    packed = {"used": used.astype(np.int32)}
    for name, value in state.items():
        if name.startswith("pooler") or name.endswith("position_ids"):
            continue
        value = value.float().numpy()
        if value.ndim == 2 and "--half" not in options and min(value.shape) > 300:
            scale = np.maximum(np.abs(value).max(1), 1e-12) / 127
            packed[name] = np.rint(value / scale[:, None]).astype(np.int8)
            packed[name + ".scale"] = scale.astype(np.float32)
        else:
            packed[name] = value.astype(np.float16)
    np.savez_compressed(out, **packed)


if __name__ == "__main__":
    main(*sys.argv[1:])
