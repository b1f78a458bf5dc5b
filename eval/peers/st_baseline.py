"""Times sentence-transformers on the `sentence` column of a CSV: python eval/peers/st_baseline.py MODEL_DIR CSV [ROUNDS]

Needs sentence-transformers==3.0.1, torch==2.4.0, transformers==4.44.2, numpy<2. Two threads, tokenizing included, model loading not
included; it sorts by length itself, and the best of four batch sizes counts.
"""

import csv
import sys
import time

import torch
from sentence_transformers import SentenceTransformer

torch.set_num_threads(2)
model = SentenceTransformer(sys.argv[1], device="cpu")
with open(sys.argv[2], encoding="utf-8") as file:
    sentences = [row["sentence"] for row in csv.DictReader(file)]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
model.encode(sentences[:200], batch_size=32)
for batch_size in (8, 16, 32, 64):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        model.encode(sentences, batch_size=batch_size)
        times.append(time.perf_counter() - start)
    print(f"batch size {batch_size}: {len(sentences) / min(times):.0f} sentences a second")
