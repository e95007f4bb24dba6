#!/usr/bin/env python3
# ===- run.py - what feed-forward blocks cost --------------------*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Prints what compiling chains of feed-forward blocks costs, and what a block executes.

    .venv/bin/python benchmark/block/run.py [--blocks=1,2,4,8,12] [--permute=none,gyro]
"""
import argparse
import json
import pathlib
import re
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

from hinm import checks, feed_forward, files, linalg, minilm, tools  # noqa: E402

SIZE, HIDDEN, EPSILON = 384, 1536, 1e-12
GLOBAL = ["global_loads", "global_stores", "global_atomics", "async_global"]


def random_blocks(count):
    generator = np.random.default_rng(0)

    def numbers(*shape, scale=1.0):
        return (scale * generator.standard_normal(shape)).astype(np.float32)

    def layer(outputs, inputs):
        return linalg.Layer(numbers(outputs, inputs, scale=inputs**-0.5), numbers(outputs))

    return [
        feed_forward.Block(
            layer(HIDDEN, SIZE), layer(SIZE, HIDDEN), numbers(SIZE), numbers(SIZE), EPSILON
        )
        for _ in range(count)
    ]


def weight_bytes(blocks):
    return sum(layer.weight.nbytes for block in blocks for layer in block.layers)


class Bench:
    """Compiles and runs chains in one folder."""

    def __init__(self, build, folder, tokens, repeat):
        self.commands = tools.Tools(build)
        self.folder = folder
        self.tokens = tokens
        self.repeat = repeat

    def compile(self, blocks, *options):
        """The fastest of several runs: --timing's numbers, and those of the PTX."""
        model, timing = self.folder / "model.mlir", self.folder / "timing.json"
        model.write_text(feed_forward.print_blocks(blocks, self.tokens))
        best = None
        for _ in range(self.repeat):
            self.commands.compile(
                model, self.folder / "artifact", *options, "--timing=%s" % timing
            )
            found = json.loads(timing.read_text())
            if best is None or found["total_seconds"] < best["total_seconds"]:
                best = found
        artifact = files.Artifact(self.folder / "artifact")
        ptx = artifact.file("sm_80", "ptx").read_text()
        best["kernels"] = len(re.findall(r"^\.visible \.entry", ptx, re.M))
        best["ptx_bytes"] = len(ptx)
        best["retained"] = [layer["retained"] for layer in artifact.report["layers"]]
        best["weight_bytes"] = weight_bytes(blocks)
        return best

    def count(self, blocks, *options):
        """What the kernels of the chain execute: totals by name."""
        found = self.compile(blocks, *options)
        x = np.random.default_rng(1).standard_normal((self.tokens, SIZE))
        _, counters = self.commands.run_artifact(
            self.folder / "artifact",
            [x.astype(np.float32)],
            self.folder,
            "emulator",
            counters=True,
        )
        traffic = [kernel[name] for kernel in counters for name in GLOBAL]
        return {
            "launches": len(counters),
            "warp instructions": checks.total(counters, "warp_instructions"),
            "mma.sp": checks.total(counters, "mma_sp"),
            "mma": checks.total(counters, "mma"),
            "global sectors": checks.total(traffic, "sectors"),
            "global bytes": checks.total(traffic, "bytes"),
            "retained (mean)": float(np.mean(found["retained"])),
        }


def print_costs(found):
    """One column for each number of blocks."""
    columns = list(found.values())

    def row(name, values, form):
        print("%-20s" % name + "".join(form % value for value in values))

    row("blocks", found, "%12d")
    for stage in sorted({stage for column in columns for stage in column["seconds"]}):
        row(stage + " (s)", [c["seconds"].get(stage, 0) for c in columns], "%12.3f")
    total = [c["total_seconds"] for c in columns]
    search = [c["seconds"].get("search", 0) for c in columns]
    row("total (s)", total, "%12.3f")
    row("without search (s)", [t - s for t, s in zip(total, search)], "%12.3f")
    peak = [c["peak_bytes"] / 1e6 for c in columns]
    weights = [c["weight_bytes"] / 1e6 for c in columns]
    row("peak (MB)", peak, "%12.1f")
    row("weights, f32 (MB)", weights, "%12.1f")
    row("peak / weights", [p / w for p, w in zip(peak, weights)], "%12.2f")
    row("promised peak (MB)", [4 * w + 300 for w in weights], "%12.1f")
    row("kernels", [c["kernels"] for c in columns], "%12d")
    row("PTX (kB)", [c["ptx_bytes"] / 1e3 for c in columns], "%12.1f")


def print_counters(found):
    """One column for each way to compile; the second and later ones against the first."""
    names = list(found)
    heads = ["%16s%10s" % (name, "diff %" if i else "") for i, name in enumerate(names)]
    print("%-20s" % "" + "".join(heads))
    first = found[names[0]]
    for key, base in first.items():
        text = "%-20s" % key
        for i, name in enumerate(names):
            value = found[name][key]
            text += "%16s" % ("%d" % value if isinstance(value, int) else "%.4f" % value)
            difference = "%+.2f" % (100 * (value - base) / base) if i and base else ""
            text += "%10s" % difference
        print(text.rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--blocks", default="1,2,4,8,12", help="lengths of chains")
    parser.add_argument("--permute", default="none,gyro", help="search strategies")
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--repeat", type=int, default=1, help="runs; the fastest counts")
    parser.add_argument(
        "--pretrained", action="store_true", help="the block of all-MiniLM-L6-v2; one alone"
    )
    parser.add_argument("--json", type=pathlib.Path, help="write the numbers here too")
    arguments = parser.parse_args()
    lengths = [int(size) for size in arguments.blocks.split(",")]
    if arguments.pretrained:
        lengths, blocks = [1], [minilm.pretrained_block()]
    else:
        blocks = random_blocks(max(lengths))
    results = {"cost": {}, "counters": {}}
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(
            arguments.build, pathlib.Path(name), arguments.tokens, arguments.repeat
        )
        for permute in arguments.permute.split(","):
            found = {n: bench.compile(blocks[:n], "--permute=" + permute) for n in lengths}
            print("--permute=%s, %d tokens" % (permute, arguments.tokens))
            print_costs(found)
            print(flush=True)
            results["cost"][permute] = found
        for permute, fold in (("none", "on"), ("gyro", "on"), ("gyro", "off")):
            label = permute if fold == "on" else "%s, fold=off" % permute
            results["counters"][label] = bench.count(
                blocks[:1], "--permute=" + permute, "--fold=" + fold
            )
    print("one block on the emulator, %d tokens" % arguments.tokens)
    print_counters(results["counters"])
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
