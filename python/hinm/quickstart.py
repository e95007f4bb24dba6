# ===- quickstart.py - one pretrained block, end to end -------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Compiles a pretrained block at 75 % sparsity, runs it, and checks the result.

The block is the feed-forward part of the first layer of all-MiniLM-L6-v2, with its
residual and layer norm; it gets what the layer's attention gives it on real text.
"""
import argparse
import dataclasses
import pathlib
import sys
import time

import numpy as np

from . import block_reference, checks, feed_forward, files, minilm, picture
from . import quickstart_report, reference, tools

STRATEGIES = ("none", "columns", "gyro")
VECTOR = 64
SPARSITY = 0.5
TOKENS = 128


@dataclasses.dataclass
class Result:
    """What one search strategy gives."""

    artifact: files.Artifact
    seconds: float
    masks: list
    kept: list  # share of each layer's saliency
    errors: dict  # largest error by device, against the masked block
    counters: list
    unpruned: float  # largest error against the unpruned block
    cosine: float  # with the unpruned block
    part: float  # the same of the feed-forward part, before the residual

    @property
    def permutations(self):
        return self.artifact.report["permutations"]


def run_strategy(commands, strategy, model, block, x, chip, folder):
    """Compiles with one search strategy, runs both forms, checks everything."""
    start = time.monotonic()
    commands.compile(
        model,
        folder / strategy,
        "--vector=%d" % VECTOR,
        "--column-sparsity=%g" % SPARSITY,
        "--nm=2:4",
        "--permute=" + strategy,
        "--chip=" + chip,
    )
    seconds = time.monotonic() - start
    artifact = files.Artifact(folder / strategy)
    masks = checks.check_weights(artifact, chip, block.layers, VECTOR, SPARSITY)
    expected, bound, part = block_reference.masked(block, masks, x)
    errors = {}
    for device in ("cpu", "emulator"):
        y, counters = commands.run_artifact(
            artifact.path, [x], folder, device, counters=device == "emulator"
        )
        what = "%s, --permute=%s" % (device, strategy)
        errors[device] = checks.check_result(y, expected, bound, what)
    # y is the emulator's.
    dense, dense_part = block_reference.unpruned(block, x)
    return Result(
        artifact,
        seconds,
        masks,
        [reference.retained(l.weight, mask) for l, mask in zip(block.layers, masks)],
        errors,
        counters,
        float(np.abs(y - dense).max()),
        block_reference.cosine(y, dense),
        block_reference.cosine(part, dense_part),
    )


def check_strategies(results, layers, columns):
    """`none` keeps the columns with the largest sums; a search keeps no less."""
    for number, layer in enumerate(layers):
        plain = reference.top_columns(np.abs(layer.weight), VECTOR, columns[number])
        expected = reference.mask_of(layer.weight, plain, VECTOR)
        if not np.array_equal(results["none"].masks[number], expected):
            raise checks.CheckError(
                "--permute=none keeps other entries of layer %d than numpy does"
                % number
            )
        for name, result in results.items():
            if result.kept[number] < results["none"].kept[number]:
                raise checks.CheckError(
                    "--permute=%s keeps %.4f of the saliency of layer %d, none %.4f"
                    % (name, result.kept[number], number, results["none"].kept[number])
                )
    for name, result in results.items():
        if result.permutations["left"]:
            raise checks.CheckError(
                "--permute=%s: %d of %d permutations are left in the program"
                % (name, result.permutations["left"], result.permutations["found"])
            )


def draw(result, block, columns, chip, path):
    """Draws the first layer as the last strategy stores it."""
    packing = result.artifact.packing(chip, block.layers, VECTOR, columns)
    title = "%s of all-MiniLM-L6-v2, --permute=%s" % (minilm.UP, STRATEGIES[-1])
    path.write_text(
        picture.draw(title, block.up.weight, result.masks[0], *packing[0], VECTOR)
    )


def shown(path, root):
    """The path as one types it in the project's folder."""
    return path.relative_to(root) if root in path.parents else path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--chip", default="sm_80", help="GPU to compile for")
    arguments = parser.parse_args()
    build, chip = arguments.build.resolve(), arguments.chip
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = build / "quickstart"
    folder.mkdir(parents=True, exist_ok=True)
    results = {}
    try:
        block = minilm.pretrained_block()
        x = minilm.activations(TOKENS)
        model = folder / "block.mlir"
        model.write_text(feed_forward.print_block(block, TOKENS))
        commands = tools.Tools(build)
        for strategy in STRATEGIES:
            print("compiling and running with --permute=%s" % strategy, flush=True)
            results[strategy] = run_strategy(
                commands, strategy, model, block, x, chip, folder
            )
        columns = [reference.kept_columns(l.inputs, SPARSITY) for l in block.layers]
        check_strategies(results, block.layers, columns)
        best = results[STRATEGIES[-1]]
        drawing = folder / ("%s.svg" % STRATEGIES[-1])
        draw(best, block, columns, chip, drawing)
    except (
        checks.CheckError,
        minilm.MissingModel,
        tools.ToolError,
        ValueError,
        OSError,
    ) as error:
        sys.exit("error: %s" % error)
    quickstart_report.print_all(results, block, columns, TOKENS, chip)
    quickstart_report.print_table(
        [
            ("the first weight, drawn", str(shown(drawing, root))),
            ("PTX for " + chip, str(shown(best.artifact.file(chip, "ptx"), root))),
        ]
    )
    print(
        """
All results agree with numpy. Your own model:
  .venv/bin/python scripts/export_torch.py FILE.py:MODEL --input=?,384 -o model.mlir
  (torch is needed for that step alone: scripts/setup --tests installs it)
  {0}/bin/hinm-compile model.mlir -o model.hinm --vector=64 --column-sparsity=0.5
  {0}/bin/hinm-run model.hinm --input=x.npy --output=y.npy --device=emulator --check""".format(
            shown(build, root)
        )
    )


if __name__ == "__main__":
    main()
