"""The shipped encoder for the other engines: python export.py BUNDLE OUT

Writes OUT/hf (config, weights in f32, tokenizer; what sentence-transformers opens) and OUT/model.onnx (inputs input_ids and
attention_mask; output: unit vectors, mean pooled). Run with the Python that has torch 2.4 and transformers.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer, models
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

bundle, out = Path(sys.argv[1]), Path(sys.argv[2])
shape = json.loads((bundle / "encoder.json").read_text())
weights = {name: tensor.float() for name, tensor in load_file(bundle / "encoder.safetensors").items()}
config = BertConfig(
    vocab_size=weights["embeddings.word_embeddings.weight"].shape[0],
    hidden_size=shape["hidden"],
    num_hidden_layers=shape["layers"],
    num_attention_heads=shape["heads"],
    intermediate_size=shape["intermediate"],
    max_position_embeddings=weights["embeddings.position_embeddings.weight"].shape[0],
    layer_norm_eps=shape["layer_norm_epsilon"],
)
model = BertModel(config, add_pooling_layer=False).eval()
missing, unexpected = model.load_state_dict(weights, strict=False)
assert not missing and not unexpected, (missing, unexpected)

plain = out / "plain"
model.save_pretrained(plain)
tokenizer = PreTrainedTokenizerFast(
    tokenizer_file=str(bundle / "tokenizer.json"),
    unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
    model_max_length=shape["max_tokens"],
)
tokenizer.save_pretrained(plain)
transformer = models.Transformer(str(plain), max_seq_length=shape["max_tokens"])
pooling = models.Pooling(transformer.get_word_embedding_dimension())
SentenceTransformer(modules=[transformer, pooling, models.Normalize()]).save(str(out / "hf"))


class Pooled(torch.nn.Module):
    """The encoder with mean pooling and unit length, as one graph."""

    def __init__(self, bert):
        super().__init__()
        self.bert = bert

    def forward(self, input_ids, attention_mask):
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(2).to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)


example = torch.ones(2, 8, dtype=torch.long)
torch.onnx.export(
    Pooled(model), (example, example), str(out / "model.onnx"),
    input_names=["input_ids", "attention_mask"], output_names=["vectors"], opset_version=14,
    dynamic_axes={name: {0: "batch", 1: "tokens"} for name in ("input_ids", "attention_mask")} | {"vectors": {0: "batch"}},
)
shutil.copy(bundle / "tokenizer.json", out / "tokenizer.json")
