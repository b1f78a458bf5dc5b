"""The two encoders and the heads on them, plain PyTorch: BERT as MiniLM has it, and MPNet, which adds a bias by distance
to the attention (Song and others, 2020). Both read `[CLS] heading [SEP] sentence [SEP] sentence [SEP] …` and give a vector a
sentence, the mean over its own tokens."""

import math

import torch
import torch.nn.functional as F
from torch import nn

POLARITIES = 4
VECTOR_LENGTH = 8.0


class Layer(nn.Module):
    def __init__(self, hidden, heads, inner, epsilon, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.norm1 = nn.LayerNorm(hidden, epsilon)
        self.up = nn.Linear(hidden, inner)
        self.down = nn.Linear(inner, hidden)
        self.norm2 = nn.LayerNorm(hidden, epsilon)

    def forward(self, x, bias):
        batch, length, hidden = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=self.dropout if self.training else 0.0)
        mixed = self.out(mixed.transpose(1, 2).reshape(batch, length, hidden))
        x = self.norm1(x + F.dropout(mixed, self.dropout, self.training))
        inner = self.down(F.gelu(self.up(x)))
        return self.norm2(x + F.dropout(inner, self.dropout, self.training))


class Encoder(nn.Module):
    """`relative`: MPNet's bias by distance; `first_position`: the number of the first position's vector."""

    def __init__(self, vocabulary, positions, hidden, layers, heads, inner, epsilon, relative, first_position, dropout=0.1):
        super().__init__()
        self.words = nn.Embedding(vocabulary, hidden)
        self.positions = nn.Embedding(positions, hidden)
        self.norm = nn.LayerNorm(hidden, epsilon)
        self.layers = nn.ModuleList(Layer(hidden, heads, inner, epsilon, dropout) for _ in range(layers))
        self.relative = nn.Embedding(32, heads) if relative else None
        self.first_position, self.dropout = first_position, dropout

    def forward(self, ids, mask):
        length = ids.shape[1]
        places = torch.arange(length, device=ids.device)
        x = self.norm(self.words(ids) + self.positions(places + self.first_position))
        x = F.dropout(x, self.dropout, self.training)
        bias = torch.zeros(mask.shape, device=ids.device).masked_fill(~mask, -1e4)[:, None, None, :]
        if self.relative is not None:
            by_distance = self.relative(buckets(places[None, :] - places[:, None])).permute(2, 0, 1)[None]
            bias = bias + by_distance
        dtype = torch.get_autocast_dtype(ids.device.type) if torch.is_autocast_enabled(ids.device.type) else x.dtype
        bias = bias.to(dtype).expand(ids.shape[0], self.layers[0].heads, length, length)
        for layer in self.layers:
            x = layer(x, bias)
        return x


def buckets(distance):
    """T5's buckets of distances, as MPNet uses them: 32, half for each side, exact up to 7, then by logarithm to 128."""
    n = -distance
    side = (n < 0).long() * 16
    n = n.abs()
    far = 8 + (torch.log(n.clamp(min=1).float() / 8) / math.log(128 / 8) * 8).long()
    return side + torch.where(n < 8, n, far.clamp(max=15))


class Model(nn.Module):
    """An encoder with one linear head for polarities and themes. `unit`: vectors of unit length, as a bundle has them."""

    def __init__(self, encoder, hidden, themes, unit):
        super().__init__()
        self.encoder, self.unit = encoder, unit
        self.head = nn.Linear(hidden, POLARITIES + themes)

    def forward(self, ids, mask, piece, pieces):
        """`piece`: for each token the number of the wanted sentence it belongs to, `pieces` where none."""
        x = self.encoder(ids, mask).float()
        flat, of = x.reshape(-1, x.shape[-1]), piece.reshape(-1)
        sums = torch.zeros(pieces + 1, x.shape[-1], device=x.device).index_add_(0, of, flat)[:pieces]
        counts = torch.zeros(pieces + 1, device=x.device).index_add_(0, of, torch.ones_like(of, dtype=torch.float))[:pieces]
        vectors = sums / counts.clamp(min=1)[:, None]
        if self.unit:
            vectors = F.normalize(vectors, dim=1) * VECTOR_LENGTH
        return self.head(F.dropout(vectors, 0.1, self.training)).float()


def load(state, themes, unit, vocabulary_map=None):
    """A model from weights under Hugging Face's names; which family it is, the names tell."""
    state = {k.removeprefix("bert.").removeprefix("mpnet."): v.float() for k, v in state.items()}
    mpnet = "encoder.relative_attention_bias.weight" in state
    words, positions = state["embeddings.word_embeddings.weight"], state["embeddings.position_embeddings.weight"]
    if not mpnet:  # every token is of segment 0
        positions = positions + state["embeddings.token_type_embeddings.weight"][0]
    if vocabulary_map is not None:
        words = words[vocabulary_map]
    layers = 1 + max(int(k.split(".")[2]) for k in state if k.startswith("encoder.layer."))
    hidden = words.shape[1]
    inner = state["encoder.layer.0.intermediate.dense.weight"].shape[0]
    encoder = Encoder(len(words), len(positions), hidden, layers, 12, inner, 1e-5 if mpnet else 1e-12, mpnet, 2 if mpnet else 0)
    put = lambda to, name: to.data.copy_(state[name])
    encoder.words.weight.data.copy_(words)
    encoder.positions.weight.data.copy_(positions)
    if mpnet:
        put(encoder.relative.weight, "encoder.relative_attention_bias.weight")
    for kind in ("weight", "bias"):
        put(getattr(encoder.norm, kind), f"embeddings.LayerNorm.{kind}")
        for number, layer in enumerate(encoder.layers):
            at = f"encoder.layer.{number}."
            attention = [f"attention.attn.{x}" for x in "qkvo"] if mpnet else [f"attention.self.{x}" for x in ("query", "key", "value")] + ["attention.output.dense"]
            norm = "attention.LayerNorm" if mpnet else "attention.output.LayerNorm"
            getattr(layer.qkv, kind).data.copy_(torch.cat([state[f"{at}{name}.{kind}"] for name in attention[:3]]))
            put(getattr(layer.out, kind), f"{at}{attention[3]}.{kind}")
            put(getattr(layer.norm1, kind), f"{at}{norm}.{kind}")
            put(getattr(layer.up, kind), f"{at}intermediate.dense.{kind}")
            put(getattr(layer.down, kind), f"{at}output.dense.{kind}")
            put(getattr(layer.norm2, kind), f"{at}output.LayerNorm.{kind}")
    return Model(encoder, hidden, themes, unit)


def hugging_face(model):
    """The encoder's weights under BERT's names, but for the word vectors, which did not move."""
    encoder, state = model.encoder, {}
    state["embeddings.position_embeddings.weight"] = encoder.positions.weight
    for kind in ("weight", "bias"):
        state[f"embeddings.LayerNorm.{kind}"] = getattr(encoder.norm, kind)
        for number, layer in enumerate(encoder.layers):
            at = f"encoder.layer.{number}."
            for name, part in zip(("query", "key", "value"), getattr(layer.qkv, kind).chunk(3)):
                state[f"{at}attention.self.{name}.{kind}"] = part
            for name, module in (("attention.output.dense", layer.out), ("attention.output.LayerNorm", layer.norm1),
                                 ("intermediate.dense", layer.up), ("output.dense", layer.down), ("output.LayerNorm", layer.norm2)):
                state[f"{at}{name}.{kind}"] = getattr(module, kind)
    return {name: tensor.detach().float().cpu() for name, tensor in state.items()}
