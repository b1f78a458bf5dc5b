"""One engine that waits for orders: python engines.py NAME MODEL_DIR SENTENCES THREADS

Loads, tries batch sizes on a quarter of the sentences and keeps the fastest, says "ready". Then for each line on stdin: `round` encodes all sentences,
tokenizing included, and prints the seconds; `vectors PATH` writes the vectors (f32, a row a sentence).
Every engine sorts by length, so that little is padded. NAME: one of ENGINES.
"""

import os
import sys
import time

import numpy as np

BATCH_SIZES = (8, 16, 32, 64)
MOST_TOKENS = 256


class Torch:
    """sentence-transformers on PyTorch; `bf16` by autocast, where the processor has bf16 units: emulated, it takes minutes a round."""

    def __init__(self, folder, threads, bf16=False):
        if bf16 and "bf16" not in open("/proc/cpuinfo", encoding="ascii").read():
            sys.exit("this processor has no bf16 units")
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(threads)
        self.torch, self.bf16 = torch, bf16
        self.model = SentenceTransformer(f"{folder}/hf", device="cpu")

    def encode(self, sentences, batch_size):
        with self.torch.inference_mode(), self.torch.autocast("cpu", dtype=self.torch.bfloat16, enabled=self.bf16):
            return np.asarray(self.model.encode(sentences, batch_size=batch_size), dtype=np.float32)


class Batched:
    """What runs an ONNX graph: tokenizes with the reference tokenizer and pads each batch to its longest."""

    def __init__(self, folder, threads):
        os.environ.setdefault("RAYON_NUM_THREADS", str(threads))
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self.tokenizer.enable_truncation(MOST_TOKENS)
        self.tokenizer.no_padding()

    def encode(self, sentences, batch_size):
        ids = [e.ids for e in self.tokenizer.encode_batch(sentences)]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        vectors = None
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            longest = len(ids[chosen[-1]])
            tokens = np.zeros((len(chosen), longest), dtype=np.int64)
            mask = np.zeros_like(tokens)
            for row, i in enumerate(chosen):
                tokens[row, : len(ids[i])] = ids[i]
                mask[row, : len(ids[i])] = 1
            out = self.run(tokens, mask)
            if vectors is None:
                vectors = np.zeros((len(ids), out.shape[1]), dtype=np.float32)
            vectors[chosen] = out
        return vectors


class Onnx(Batched):
    """ONNX Runtime; `int8` quantises the weights, and the activations as they come."""

    def __init__(self, folder, threads, int8=False):
        super().__init__(folder, threads)
        import onnxruntime as ort

        path = f"{folder}/model.onnx"
        if int8:
            from onnxruntime.quantization import QuantType, quantize_dynamic
            from onnxruntime.quantization.shape_inference import quant_pre_process

            quant_pre_process(path, f"{folder}/prepared.onnx", skip_symbolic_shape=True)
            quantize_dynamic(f"{folder}/prepared.onnx", f"{folder}/int8.onnx", weight_type=QuantType.QInt8, per_channel=True)
            path = f"{folder}/int8.onnx"
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def run(self, tokens, mask):
        return self.session.run(None, {"input_ids": tokens, "attention_mask": mask})[0]


class OpenVino(Batched):
    """OpenVINO; without bf16 units its `bf16` is f32, and it says so."""

    def __init__(self, folder, threads, precision="f32"):
        super().__init__(folder, threads)
        import openvino as ov

        core = ov.Core()
        if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            sys.exit("this processor has no bf16 units for OpenVINO")
        settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        self.model = core.compile_model(f"{folder}/model.onnx", "CPU", settings)

    def run(self, tokens, mask):
        return self.model([tokens, mask])[0]


ENGINES = {
    "sentence-transformers f32": Torch,
    "sentence-transformers bf16": lambda folder, threads: Torch(folder, threads, bf16=True),
    "ONNX Runtime f32": Onnx,
    "ONNX Runtime int8": lambda folder, threads: Onnx(folder, threads, int8=True),
    "OpenVINO f32": OpenVino,
    "OpenVINO bf16": lambda folder, threads: OpenVino(folder, threads, "bf16"),
}


def main():
    name, folder, sentences, threads = sys.argv[1:]
    with open(sentences, encoding="utf-8") as file:
        sentences = file.read().splitlines()
    engine = ENGINES[name](folder, int(threads))
    engine.encode(sentences[:100], BATCH_SIZES[0])

    def seconds(batch_size, of=sentences):
        start = time.perf_counter()
        engine.encode(of, batch_size)
        return time.perf_counter() - start

    best = min(BATCH_SIZES, key=lambda batch_size: seconds(batch_size, sentences[::4]))
    print(f"ready, {best} sentences a batch", flush=True)
    for line in sys.stdin:
        order, _, path = line.strip().partition(" ")
        if order == "round":
            print(seconds(best), flush=True)
        elif order == "vectors":
            np.ascontiguousarray(engine.encode(sentences, best), dtype="<f4").tofile(path)
            print("written", flush=True)


main()
