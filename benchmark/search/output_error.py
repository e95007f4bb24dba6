#!/usr/bin/env python3
# ===- output_error.py - searches judged by output error ----------*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Output error of all-MiniLM-L6-v2's linear layers on text that no search saw.

    .venv/bin/python benchmark/search/output_error.py [--vector=64] [--layers=0,5]

For each layer: published gyro-permutation on Wanda saliency with least squares on its
support, against the search by output error (rows annealed on OBS saliency, columns
eliminated with compensation, packed and swept, least squares). Calibrated on sentences
of the standard library's documentation, judged on numpy's; no padding.
"""

import argparse
import importlib
import inspect
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

from hinm import minilm  # noqa: E402

CALIBRATION = (
    "argparse collections decimal email functools itertools logging multiprocessing os "
    "pathlib random socket sqlite3 statistics string subprocess tarfile threading "
    "unittest zipfile"
).split()
JUDGED = ["numpy", "numpy.linalg", "numpy.random", "numpy.fft"]
PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "output": "attention.output.dense",
    "up": "intermediate.dense",
    "down": "output.dense",
}


def sentences(modules, count, seed):
    """Distinct sentences of their documentation, in a random order."""
    found = []
    for name in modules:
        module = importlib.import_module(name)
        texts = [inspect.getdoc(module) or ""]
        for member in dir(module):
            if not member.startswith("_"):
                texts.append(inspect.getdoc(getattr(module, member)) or "")
        for text in texts:
            for sentence in re.split(r"(?<=[.!?])\s+|\n\n", text):
                sentence = " ".join(sentence.split())
                if 30 < len(sentence) < 250 and sentence[0].isupper():
                    found.append(sentence)
    found = list(dict.fromkeys(found))
    np.random.default_rng(seed).shuffle(found)
    return found[:count]


def erf(x):
    """Within 1.5e-7 (Abramowitz and Stegun 7.1.26)."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = 0.254829592 + t * (
        -0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))
    )
    return np.sign(x) * (1 - t * series * np.exp(-x * x))


class Encoder:
    """The dense model in numpy; what enters each of its linear layers."""

    def __init__(self, layers):
        self.embeddings = minilm.weights(
            "embeddings.word_embeddings.weight",
            "embeddings.position_embeddings.weight",
            "embeddings.token_type_embeddings.weight",
        )
        self.first = minilm.norm_weights("embeddings")
        self.layers = []
        for layer in range(layers):
            name = "encoder.layer.%d." % layer
            parts = {key: minilm.linear(name + path) for key, path in PARTS.items()}
            norms = [
                minilm.norm_weights(name + "attention.output"),
                minilm.norm_weights(name + "output"),
            ]
            self.layers.append((parts, norms))

    def inputs(self, texts):
        """{(layer, part): inputs [tokens, features]}."""
        word, position, kind = self.embeddings
        found = {}
        for ids in minilm.tokenize(texts):
            x = word[ids].astype(np.float64) + position[: len(ids)] + kind[0]
            x = minilm.layer_norm(x, *self.first)
            for number, (parts, norms) in enumerate(self.layers):
                mixed = minilm.attention(
                    x, parts["query"], parts["key"], parts["value"]
                )
                middle = minilm.apply(parts["output"], mixed) + x
                middle = minilm.layer_norm(middle, *norms[0])
                hidden = minilm.apply(parts["up"], middle)
                hidden = hidden / 2 * (1 + erf(hidden / np.sqrt(2)))
                for part, values in (
                    ("query", x),
                    ("output", mixed),
                    ("up", middle),
                    ("down", hidden),
                ):
                    found.setdefault((number, part), []).append(values)
                x = minilm.layer_norm(
                    minilm.apply(parts["down"], hidden) + middle, *norms[1]
                )
        stacked = {key: np.concatenate(values) for key, values in found.items()}
        for number in range(len(self.layers)):
            for part in ("key", "value"):
                stacked[number, part] = stacked[number, "query"]
        return stacked


def search(build, folder, weight, gram, saliency, options):
    np.save(folder / "w.npy", weight.astype(np.float32))
    np.save(folder / "g.npy", gram.astype(np.float32))
    command = [build / "bin" / "hinm-search", folder / "w.npy", "-o", folder / "o"]
    command += ["--gram=%s" % (folder / "g.npy"), *options]
    if saliency is not None:
        np.save(folder / "s.npy", saliency.astype(np.float32))
        command.append("--saliency=%s" % (folder / "s.npy"))
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    report = json.loads((folder / "o" / "report.json").read_text())
    seconds = report["seconds"]["total"] + report["seconds"]["calibration"]
    return np.load(folder / "o" / "weight.npy"), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--vector", type=int, default=64)
    parser.add_argument("--column-sparsity", type=float, default=0.5)
    parser.add_argument("--layers", default="0,1,2,3,4,5")
    parser.add_argument("--sentences", type=int, default=256)
    parser.add_argument("--strategy", default="anneal", help="of the search by error")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--damping", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=0, help="of sentences and searches")
    arguments = parser.parse_args()
    numbers = [int(text) for text in arguments.layers.split(",")]
    encoder = Encoder(max(numbers) + 1)
    count, seed = arguments.sentences, arguments.seed
    seen = encoder.inputs(sentences(CALIBRATION, count, seed))
    unseen = encoder.inputs(sentences(JUDGED, count, seed))
    shared = [
        "--vector=%d" % arguments.vector,
        "--column-sparsity=%g" % arguments.column_sparsity,
        "--seed=%d" % seed,
        "--damping=%g" % arguments.damping,
    ]
    print("%-12s%10s%10s%10s%10s%10s" % ("layer", "gyro", "error", "change", "s", "s"))
    ratios = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for number in numbers:
            for part in arguments.parts.split(","):
                weight = encoder.layers[number][0][part].weight.astype(np.float64)
                x = seen[number, part]
                gram = x.T @ x
                wanda = np.abs(weight) * np.sqrt(np.diag(gram))
                outputs = unseen[number, part]
                power = np.square(outputs @ weight.T).sum()
                errors, times = [], []
                for saliency, strategy in ((wanda, "gyro"), (None, arguments.strategy)):
                    options = shared + ["--strategy=" + strategy]
                    pruned, seconds = search(
                        arguments.build, folder, weight, gram, saliency, options
                    )
                    change = outputs @ (pruned - weight).T
                    errors.append(np.square(change).sum() / power)
                    times.append(seconds)
                ratios.append(errors[1] / errors[0])
                print(
                    "%d %-10s%10.4f%10.4f%9.1f%%%10.2f%10.2f"
                    % (number, part, *errors, 100 * (ratios[-1] - 1), *times),
                    flush=True,
                )
    ratios = np.array(ratios)
    print(
        "V = %d, %d sentences: %.1f %% less error than gyro with Wanda on average "
        "(%.1f to %.1f)"
        % (
            arguments.vector,
            count,
            100 * (1 - ratios.mean()),
            100 * (1 - ratios.max()),
            100 * (1 - ratios.min()),
        )
    )


if __name__ == "__main__":
    main()
