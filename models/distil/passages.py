"""Passages as lettermark makes them of a letter: heading, some sentences before, the sentences that are judged, and at will
one after; and batches of them."""

import random

import numpy as np
import torch

TEXT, HEADING, PREVIOUS, SECTION, ROLE, HIDDEN, POLARITY, THEMES, MAIN, NATURAL = range(10)
P_HEADING, P_PREVIOUS, P_TEXT, P_ROLE, P_POLARITY = range(5)
TRAIN, VALIDATION = 0, 1
MOST_TOKENS = 256


class Data:
    """What `prepare.py` wrote. Judged things are numbered: the sentences of the letters, then the pairs."""

    def __init__(self, path):
        file = np.load(path)
        self.ids, self.offsets = file["ids"].astype(np.int64), file["offsets"].astype(np.int64)
        self.sentences, self.pairs = file["sentences"], file["pairs"]
        self.themes = list(file["themes"])
        s, p = self.sentences, self.pairs
        self.text = np.concatenate([s[:, TEXT], p[:, P_TEXT]])
        self.role = np.concatenate([s[:, ROLE], p[:, P_ROLE]])
        labels = np.concatenate([s[:, POLARITY:], p[:, P_POLARITY:]])
        self.polarity, self.mask, self.main, self.natural = labels[:, 0], labels[:, 1], labels[:, 2], labels[:, 3] > 0
        self.theme_targets = ((self.mask[:, None] >> np.arange(len(self.themes))) & 1).astype(np.float32)
        self.length = np.diff(self.offsets)[self.text]
        starts = np.flatnonzero(np.r_[True, s[1:, SECTION] != s[:-1, SECTION]])
        self.sections = list(zip(starts, np.r_[starts[1:], len(s)]))

    def tokens(self, text):
        return self.ids[self.offsets[text]:self.offsets[text + 1]]

    def section_passages(self, role, rng, shape):
        """A partition of every section of letters of this role into passages `(texts, wanted, numbers)`: text numbers in order,
        where the wanted ones begin, and the numbers of the wanted sentences. `shape()` gives of the next passage the most
        tokens and how likely it has its heading, the sentence before and the sentence after."""
        found, sentences, text, cost = [], self.sentences.tolist(), self.text.tolist(), (np.diff(self.offsets) + 1).tolist()
        for start, end in self.sections:
            start, end, s = int(start), int(end), sentences[start]
            if s[ROLE] != role:
                continue
            at = start
            while at < end:
                most, heading, left, right = shape()
                texts, size = [], 1
                if s[HEADING] and rng.random() < heading:
                    texts.append(s[HEADING])
                    size += cost[s[HEADING]]
                before = sentences[at][PREVIOUS]
                if before >= 0 and rng.random() < left:
                    settles = text[before]
                    if size + cost[settles] + cost[text[at]] <= MOST_TOKENS:
                        texts.append(settles)
                        size += cost[settles]
                wanted, first = len(texts), at
                while at < end and (at == first or size + cost[text[at]] <= most):
                    texts.append(text[at])
                    size += cost[text[at]]
                    at += 1
                if at < end and rng.random() < right and size + cost[text[at]] <= MOST_TOKENS:
                    texts.append(text[at])
                found.append((texts, wanted, list(range(first, at))))
        return found

    def pair_passages(self, role, rng, context=1.0):
        base, found = len(self.sentences), []
        for number, pair in enumerate(self.pairs.tolist()):
            if pair[P_ROLE] != role:
                continue
            texts = [t for t in pair[:2] if t] if rng.random() < context else []
            found.append((texts + [pair[P_TEXT]], len(texts), [base + number]))
        return found


def batches(data, passages, tokens, rng):
    """Passages of like length together, about `tokens` tokens a batch, in random order."""
    rng.shuffle(passages)
    cost = (np.diff(data.offsets) + 1).tolist()
    size = lambda p: 1 + sum(cost[t] for t in p[0])
    made = []
    for at in range(0, len(passages), 2048):
        pool = sorted(passages[at:at + 2048], key=size)
        batch, longest = [], 0
        for passage in pool:
            n = min(size(passage), MOST_TOKENS)
            if batch and max(longest, n) * (len(batch) + 1) > tokens:
                made.append(batch)
                batch, longest = [], 0
            batch.append(passage)
            longest = max(longest, n)
        if batch:
            made.append(batch)
    rng.shuffle(made)
    return made


def tensors(data, batch, special):
    """Token ids, mask, the wanted sentence of each token, and the numbers of the wanted sentences."""
    cls, sep, pad = special
    rows, pieces, numbers = [], [], []
    total = sum(len(p[2]) for p in batch)
    for texts, wanted, chosen in batch:
        ids, of = [np.array([cls])], []
        for place, text in enumerate(texts):
            tokens = data.tokens(text)
            ids.append(tokens)
            ids.append(np.array([sep]))
            inside = wanted <= place < wanted + len(chosen)
            n = len(tokens) + 1 + (place == 0)  # the first text owns [CLS]
            of.append(np.full(n, len(numbers) + place - wanted if inside else total))
        numbers.extend(chosen)
        rows.append(np.concatenate(ids)[:MOST_TOKENS])
        pieces.append(np.concatenate(of)[:MOST_TOKENS])
    longest = -(-max(map(len, rows)) // 8) * 8
    ids = np.full((len(rows), longest), pad)
    piece = np.full((len(rows), longest), total)
    mask = np.zeros((len(rows), longest), bool)
    for i, (row, of) in enumerate(zip(rows, pieces)):
        ids[i, :len(row)], piece[i, :len(row)], mask[i, :len(row)] = row, of, True
    return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(piece), torch.tensor(numbers)


class Batches(torch.utils.data.Dataset):
    def __init__(self, data, made, special):
        self.data, self.made, self.special = data, made, special

    def __len__(self):
        return len(self.made)

    def __getitem__(self, at):
        return tensors(self.data, self.made[at], self.special)


def loader(data, made, special, workers):
    return torch.utils.data.DataLoader(Batches(data, made, special), batch_size=None, num_workers=workers,
                                       prefetch_factor=16 if workers else None, pin_memory=torch.cuda.is_available())


def randomness(seed):
    return random.Random(seed)
