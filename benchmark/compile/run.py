#!/usr/bin/env python3
# ===- run.py - what compiling a layer costs ---------------------*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Prints the compiler's time by stage and its peak memory for random layers.

    .venv/bin/python benchmark/compile/run.py [--shape=512x1024] [--repeat=3]
"""
import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

from hinm import linalg, tools  # noqa: E402


def measure(commands, shape, permute, repeat):
    """The fastest of several runs: seconds of each stage, and peak bytes."""
    generator = np.random.default_rng(0)
    weight = generator.standard_normal(shape).astype(np.float32)
    best = None
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = folder / "model.mlir"
        model.write_text(linalg.print_module([linalg.Layer(weight, weight[:, 0])], None))
        for _ in range(repeat):
            timing = folder / "timing.json"
            commands.compile(
                model, folder / "artifact", "--permute=" + permute, "--timing=%s" % timing
            )
            found = json.loads(timing.read_text())
            if best is None or found["total_seconds"] < best["total_seconds"]:
                best = found
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--shape", action="append", help="OUTPUTSxINPUTS (512x1024)")
    parser.add_argument("--permute", default="columns", help="search strategy")
    parser.add_argument("--repeat", type=int, default=3, help="runs; the fastest counts")
    parser.add_argument("--json", type=pathlib.Path, help="write the numbers here too")
    arguments = parser.parse_args()
    commands = tools.Tools(arguments.build)
    results = {}
    for text in arguments.shape or ["512x1024"]:
        shape = tuple(int(size) for size in text.split("x"))
        results[text] = measure(commands, shape, arguments.permute, arguments.repeat)

    stages = sorted({stage for found in results.values() for stage in found["seconds"]})
    print("%-16s" % "stage (s)" + "".join("%12s" % name for name in results))
    for stage in stages:
        row = [found["seconds"].get(stage, 0) for found in results.values()]
        print("%-16s" % stage + "".join("%12.3f" % value for value in row))
    total = [found["total_seconds"] for found in results.values()]
    rest = [t - found["seconds"].get("search", 0) for t, found in zip(total, results.values())]
    peak = [found["peak_bytes"] / 1e6 for found in results.values()]
    print("%-16s" % "total" + "".join("%12.3f" % value for value in total))
    print("%-16s" % "without search" + "".join("%12.3f" % value for value in rest))
    print("%-16s" % "peak (MB)" + "".join("%12.0f" % value for value in peak))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
