"""Trains a teacher on the labels, or a student on what teachers say of every sentence of the letters that may train.

    python train.py teacher DATA WEIGHTS OUT --seed N
    python train.py student DATA WEIGHTS OUT --seed N --soft TEACHER.npz…

DATA is `prepare.py`'s, WEIGHTS a safetensors file or `pack.py`'s. A teacher writes its scores of every sentence to OUT.npz;
a student its weights, in half precision, to OUT-0.npz and OUT-1.npz. The loss is that of `src/train/fine_tune.rs`; a student's
targets are the mean of the teachers' probabilities, where there is a label with it half and half.
"""

import argparse
import copy
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import torch
import torch.nn.functional as F

from model import POLARITIES, hugging_face, load
from passages import MOST_TOKENS, TRAIN, VALIDATION, Data, batches, loader, randomness

CLS, SEP, PAD = SPECIAL = 101, 102, 0
SMOOTHING = 0.03
LONG = lambda tokens, right: lambda: (tokens, 1.0, 1.0, right)
PAIR = lambda: (1, 1.0, 1.0, 0.0)
ALONE = lambda: (1, 0.0, 0.0, 0.0)
device = "cuda" if torch.cuda.is_available() else "cpu"
began = time.time()


def say(text):
    print(f"[{time.time() - began:6.1f} s] {text}", flush=True)


def read_weights(path):
    if path.endswith(".npz"):
        from pack import unpack
        return unpack(path)
    from safetensors.torch import load_file
    return load_file(path)


def forward(model, batch):
    ids, mask, piece, numbers = (t.to(device, non_blocking=True) for t in batch)
    with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        return model(ids, mask, piece, len(numbers)), numbers


class Targets:
    """What is to be learned of each sentence: a distribution of polarities, a probability a theme, a distribution of the main
    theme, and a weight."""

    def __init__(self, data, soft, mix=0.5, labelled_weight=2.0):
        n, themes = len(data.text), len(data.themes)
        has = (data.polarity >= 0) & (data.role == TRAIN)
        smooth = lambda index, of: (1 - SMOOTHING) * np.eye(of, dtype=np.float32)[index] + SMOOTHING / of
        polarity = smooth(np.maximum(data.polarity, 0), POLARITIES)
        main = smooth(np.maximum(data.main, 0), themes)
        each = data.theme_targets * (1 - SMOOTHING)
        weight = has.astype(np.float32)
        if soft is not None:
            share = np.where(has, mix, 0.0).astype(np.float32)[:, None]
            polarity = share * polarity + (1 - share) * soft["polarity"]
            main = share * main + (1 - share) * soft["main"]
            each = share * each + (1 - share) * soft["themes"]
            hidden = np.zeros(n, bool)
            hidden[:len(data.sentences)] = data.sentences[:, 5] > 0
            weight = np.where(has, labelled_weight, 1.0).astype(np.float32) * ((data.role == TRAIN) & ~hidden)
        self.parts = [torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32)).to(device) for x in (polarity, each, main, weight)]

    def loss(self, scores, numbers):
        polarity, each, main, weight = (part[numbers] for part in self.parts)
        total = weight.sum().clamp(min=1)
        of_polarity = -(polarity * F.log_softmax(scores[:, :POLARITIES], 1)).sum(1)
        of_themes = F.binary_cross_entropy_with_logits(scores[:, POLARITIES:], each, reduction="none").mean(1)
        of_main = -(main * F.log_softmax(scores[:, POLARITIES:], 1)).sum(1)
        return ((of_polarity + 3 * of_themes + 0.5 * of_main) * weight).sum() / total


@torch.no_grad()
def predict(model, data, made, workers=0):
    model.eval()
    scores = np.zeros((len(data.text), model.head.out_features), np.float32)
    for batch in loader(data, made, SPECIAL, workers):
        out, numbers = forward(model, batch)
        scores[numbers.cpu().numpy()] = out.cpu().numpy()
    model.train()
    return scores


def validation(model, data, shape):
    """Polarity accuracy, macro-F1, main theme in the labelled set, theme micro-F1 on natural sentences of validation letters."""
    rng = randomness(0)
    passages = [p for p in data.section_passages(VALIDATION, rng, shape) if (data.polarity[p[2]] >= 0).any()]
    passages += data.pair_passages(VALIDATION, rng)
    scores = predict(model, data, batches(data, passages, 16384, rng))
    chosen = np.flatnonzero((data.role == VALIDATION) & (data.polarity >= 0) & data.natural)
    s = scores[chosen]
    polarity, truth = s[:, :POLARITIES].argmax(1), data.polarity[chosen]
    f1 = lambda t, p, q: 2 * t / max(1, p + q)
    macro = np.mean([f1(((polarity == c) & (truth == c)).sum(), (polarity == c).sum(), (truth == c).sum()) for c in range(POLARITIES)])
    themes = s[:, POLARITIES:]
    main, none = themes.argmax(1), len(data.themes) - 1
    rows = np.arange(len(s))
    in_set = data.theme_targets[chosen][rows, main].mean()
    order = (-themes).argsort(1).argsort(1)
    predicted = (themes > 0) & (order < 3)
    predicted[rows, main] = True
    predicted[:, none] = main == none
    predicted[main == none, :none] = False
    truth_set = data.theme_targets[chosen] > 0
    micro = f1((predicted & truth_set).sum(), predicted.sum(), truth_set.sum())
    return np.array([(polarity == truth).mean(), macro, in_set, micro])


def show(found):
    return f"{found.mean():.4f} ({' '.join(f'{x:.3f}' for x in found)})"


def plan(kind, seed, epoch, tokens):
    """The batches of an epoch; made in a process of their own while the epoch before is learned."""
    rng = randomness(1000 * seed + epoch)
    if kind == "teacher":
        shape = lambda: (rng.randint(48, MOST_TOKENS), 0.95, 0.95, 0.6)
        passages = [p for p in DATA.section_passages(TRAIN, rng, shape) if (DATA.polarity[p[2]] >= 0).any()]
        return batches(DATA, passages + DATA.pair_passages(TRAIN, rng, 0.9), tokens, rng)

    def shape():
        drawn = rng.random()
        if drawn < 0.12:
            return ALONE()
        if drawn < 0.45:
            return 1, 0.95, 0.97, 0.0
        return rng.randint(80, MOST_TOKENS), 0.97, 0.97, 0.4
    passages = DATA.section_passages(TRAIN, rng, shape) + DATA.pair_passages(TRAIN, rng, 0.85)
    return batches(DATA, passages, tokens, rng)


def fit(model, data, targets, planner, args, readings):
    """Returns the model of the best epoch; the running mean of its weights where `args.average`."""
    planned = lambda epoch: planner.submit(plan, args.kind, args.seed, epoch, args.tokens)
    made, following = planned(1).result(), planned(2)
    model.train()
    head = list(model.head.parameters())
    body = [p for n, p in model.encoder.named_parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW([{"params": body, "lr": args.rate}, {"params": head, "lr": 2e-3}], weight_decay=0.01, fused=device == "cuda")
    peaks = [group["lr"] for group in optimizer.param_groups]
    epochs = args.epochs
    steps, step, best = epochs * len(made), 0, None
    average = copy.deepcopy(model) if args.average else None
    for epoch in range(1, epochs + 1):
        if epoch > 1:
            made, following = following.result(), planned(epoch + 1)
        total = torch.zeros((), device=device)
        for batch in loader(data, made, SPECIAL, args.workers):
            share = min((step + 1) / max(1, 0.06 * steps), max(0.0, (steps - step) / (0.94 * steps)), 1.0)
            for group, peak in zip(optimizer.param_groups, peaks):
                group["lr"] = peak * share
            scores, numbers = forward(model, batch)
            loss = targets.loss(scores, numbers)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(body + head, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            total += loss.detach()
            step += 1
            if average is not None:
                keep = min(args.average, step / (step + 10))
                with torch.no_grad():
                    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - keep)
        judged = average if average is not None else model
        if epoch == epochs or epoch % args.every == 0:
            found = {name: validation(judged, data, shape) for name, shape in readings.items()}
            say(f"epoch {epoch}: loss {total.item() / len(made):.4f}; " + "; ".join(f"{n} {show(v)}" for n, v in found.items()))
            merit = np.mean([v.mean() for v in found.values()])
            if best is None or merit > best[0]:
                best = merit, {k: v.detach().clone() for k, v in judged.state_dict().items()}
        else:
            say(f"epoch {epoch}: loss {total.item() / len(made):.4f}")
    model.load_state_dict(best[1])
    return model


def teacher(data, args, planner):
    model = load(read_weights(args.weights), len(data.themes), unit=False).to(device)
    model = fit(model, data, Targets(data, None), planner, args, {"long": LONG(200, 1.0)})
    rng = randomness(0)
    passages = [p for role in (TRAIN, VALIDATION) for p in data.section_passages(role, rng, LONG(200, 1.0)) + data.pair_passages(role, rng)]
    scores = predict(model, data, batches(data, passages, 32768, rng), args.workers)
    np.savez(args.out, scores=scores.astype(np.float16))
    say("written")


def mean_of(teachers):
    """The mean of the teachers' probabilities: of the polarities, each theme, and the main theme."""
    softmax = lambda x: np.exp(x - x.max(1, keepdims=True)) / np.exp(x - x.max(1, keepdims=True)).sum(1, keepdims=True)
    found = [np.load(path)["scores"].astype(np.float32) for path in teachers]
    return {"polarity": np.mean([softmax(s[:, :POLARITIES]) for s in found], 0),
            "themes": np.mean([1 / (1 + np.exp(-s[:, POLARITIES:])) for s in found], 0),
            "main": np.mean([softmax(s[:, POLARITIES:]) for s in found], 0)}


def student(data, args, planner):
    model = load(read_weights(args.weights), len(data.themes), unit=True).to(device)
    model.encoder.words.weight.requires_grad_(False)
    readings = {"pair": PAIR, "long": LONG(192, 0.0), "long and after": LONG(192, 1.0)}
    model = fit(model, data, Targets(data, mean_of(args.soft) if args.soft else None), planner, args, readings)
    say("alone " + show(validation(model, data, ALONE)))
    state = hugging_face(model) | {"head.weight": model.head.weight.detach().cpu(), "head.bias": model.head.bias.detach().cpu()}
    upper = [n for n in state if n.startswith("encoder.layer.") and int(n.split(".")[2]) >= 3]
    for part, names in enumerate([[n for n in state if n not in upper], upper]):
        np.savez(f"{args.out}-{part}.npz", **{n: state[n].numpy().astype(np.float16) for n in names})
    say("written")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["teacher", "student"])
    for name in ("data", "weights", "out"):
        parser.add_argument(name)
    parser.add_argument("--soft", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=4096)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--average", type=float, default=0.0)
    parser.add_argument("--workers", type=int, default=3)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    DATA = data = Data(args.data)
    # Its processes are made now, before the device is in use.
    planner = ProcessPoolExecutor(2, multiprocessing.get_context("fork"))
    list(planner.map(abs, range(8)))
    say(f"{args.kind} {args.seed}: {(data.polarity >= 0).sum()} labelled of {len(data.text)}")
    (teacher if args.kind == "teacher" else student)(data, args, planner)
