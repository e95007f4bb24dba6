#!/usr/bin/env python3
# ===- run.py - how fast the emulator is -------------------------*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Prints warp instructions a second and core, and seconds of whole models.

.venv/bin/python benchmark/emulator/run.py [--repeat=5] [--skip-models]
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

import kernels  # noqa: E402
from hinm import feed_forward, linalg, tools  # noqa: E402

RACES_OFF = "--relaxed=races,warp-races,cta-races"


def execute(command):
    result = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True
    )
    if result.returncode:
        sys.exit("%s\n%s" % (" ".join(map(str, command)), result.stderr))
    return result.stdout


def print_row(name, instructions, off, on):
    """Times in milliseconds."""
    print(
        "%-24s%12d%14.1f%14.1f%10.2f"
        % (
            name,
            instructions,
            instructions / off / 1e3,
            instructions / on / 1e3,
            on / off,
        )
    )


def time_kernel(build, folder, name, text, repeat):
    ptx, words, counters = (
        folder / "k.ptx",
        folder / "words.npy",
        folder / "counters.json",
    )
    ptx.write_text(text)
    ctas = 32
    np.save(words, np.ones(ctas * kernels.WORDS, np.uint32))
    command = [
        build / "bin" / "ptx-emulate",
        ptx,
        "--grid=%d" % ctas,
        "--no-machine-code",
    ]
    command += ["--block=%d" % kernels.THREADS, "--threads=1", "--arg=in:%s" % words]
    execute(command + ["--counters=%s" % counters])
    instructions = json.loads(counters.read_text())[0]["warp_instructions"]
    times = {"": [], RACES_OFF: []}
    for _ in range(repeat):  # side by side
        for options, found in times.items():
            printed = execute(command + ["--repeat=3"] + [options] * bool(options))
            found.append(float(re.search(r"least (\S+) ms", printed)[1]))
    print_row(name, instructions, min(times[RACES_OFF]), min(times[""]))


class Models:
    """Compiled models of 75 % sparsity, for 128 tokens."""

    def __init__(self, build, folder, repeat):
        self.commands = tools.Tools(build)
        self.build, self.folder, self.repeat = build, folder, repeat
        self.generator = np.random.default_rng(0)

    def numbers(self, *shape, scale=1.0):
        return (scale * self.generator.standard_normal(shape)).astype(np.float32)

    def layer(self, outputs, inputs):
        weight = self.numbers(outputs, inputs, scale=inputs**-0.5)
        return linalg.Layer(weight, self.numbers(outputs))

    def compile(self, text, inputs):
        (self.folder / "model.mlir").write_text(text)
        self.commands.compile(
            self.folder / "model.mlir", self.folder / "artifact", "--permute=columns"
        )
        np.save(self.folder / "x.npy", self.numbers(128, inputs))

    def run(self, threads, *options):
        """Milliseconds of a call."""
        command = [self.build / "bin" / "hinm-run", self.folder / "artifact"]
        command += ["--device=emulator", "--input=%s" % (self.folder / "x.npy")]
        printed = execute(command + ["--threads=%d" % threads, *options])
        found = re.search(r"least ([0-9.e+-]+)", printed)
        return float(found[1]) if found else None

    def instructions(self):
        counters = self.folder / "counters.json"
        self.run(1, "--counters=%s" % counters)
        return sum(k["warp_instructions"] for k in json.loads(counters.read_text()))

    def time_layer(self, outputs, inputs):
        layer = self.layer(outputs, inputs)
        self.compile(linalg.print_module([layer], None), inputs)
        times = {"": [], RACES_OFF: []}
        for _ in range(self.repeat):
            for options, found in times.items():
                found.append(self.run(1, "--repeat=2", *[options] * bool(options)))
        name = "layer %d x %d" % (outputs, inputs)
        print_row(name, self.instructions(), min(times[RACES_OFF]), min(times[""]))

    def time_call(self, name):
        threads = min(2, os.cpu_count())
        times = [self.run(threads, "--repeat=1") for _ in range(self.repeat)]
        print(
            "%-40s%8.2f s, all checks, %d threads" % (name, min(times) / 1e3, threads)
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument(
        "--repeat", type=int, default=5, help="runs; the fastest counts"
    )
    parser.add_argument("--skip-models", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        print("%-24s%12s%28s%10s" % ("", "warp", "million a second and core", ""))
        print(
            "%-24s%12s%14s%14s%10s"
            % ("kernel", "instructions", "races off", "all checks", "slower")
        )
        for kernel, text in kernels.KERNELS.items():
            time_kernel(arguments.build, folder, kernel, text, arguments.repeat)
        if arguments.skip_models:
            return
        models = Models(arguments.build, folder, arguments.repeat)
        models.time_layer(4096, 4096)
        print()
        block = feed_forward.Block(
            models.layer(1536, 384),
            models.layer(384, 1536),
            models.numbers(384),
            models.numbers(384),
            1e-12,
        )
        models.compile(feed_forward.print_blocks([block], 128), 384)
        models.time_call("feed-forward block 384, 1536; 128 tokens")
        layer = models.layer(11008, 4096)
        models.compile(linalg.print_module([layer], None), 4096)
        models.time_call("layer 11008 x 4096; 128 tokens")


if __name__ == "__main__":
    main()
