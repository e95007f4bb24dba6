# ===- quickstart_report.py - what the quickstart prints ------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Tables of the quickstart's results, a column for each layer or strategy."""
from . import checks, minilm, reference


def print_table(rows):
    """Rows of texts: a name, then columns that are aligned on the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    print()
    for name, *values in rows:
        cells = [value.rjust(width) for value, width in zip(values, widths[1:])]
        print(("  %-*s   " % (widths[0], name) + "   ".join(cells)).rstrip())


def percent(share):
    return "%.2f %%" % (100 * share)


def print_layers(results, layers, chip):
    """What is stored; sizes are those of the last strategy."""
    best = list(results.values())[-1]
    names = [name.replace(minilm.LAYER, "") for name in (minilm.UP, minilm.DOWN)]
    stored = [int(mask.sum()) for mask in best.masks]
    dense = [layer.weight.size * 2 for layer in layers]
    sparse = [
        entry["targets"][chip]["bytes"] for entry in best.artifact.report["layers"]
    ]
    bounds = [reference.unstructured_bound(l.weight, n) for l, n in zip(layers, stored)]
    print_table(
        [
            ("layer", *names),
            ("shape", *("%d x %d" % layer.weight.shape for layer in layers)),
            ("density", *("%.1f %%" % (100 * mask.mean()) for mask in best.masks)),
            *(
                ("retained saliency, " + name, *map(percent, result.kept))
                for name, result in results.items()
            ),
            ("unstructured upper bound", *map(percent, bounds)),
            ("bytes, dense f16", *("{:,}".format(size) for size in dense)),
            ("bytes, sparse", *("{:,}".format(size) for size in sparse)),
            ("  share of dense", *("%.3f" % (s / d) for s, d in zip(sparse, dense))),
        ]
    )


def least_mma(layers, columns, tokens):
    """The mma.sp m16n8k32 that no kernel can do without."""
    return sum(
        -(-layer.outputs // 16) * -(-kept // 32) * -(-tokens // 8)
        for layer, kept in zip(layers, columns)
    )


def print_strategies(results, least):
    """What runs, and how far its results are from numpy's."""

    def row(name, form, value):
        return (name, *(form.format(value(result)) for result in results.values()))

    print_table(
        [
            ("--permute", *results),
            row("permutations found", "{}", lambda r: r.permutations["found"]),
            row("  folded into indices", "{}", lambda r: r.permutations["folded"]),
            row("  left to run", "{}", lambda r: r.permutations["left"]),
            row("kernels launched", "{}", lambda r: len(r.counters)),
            row(
                "executed mma.sp", "{:,}", lambda r: checks.total(r.counters, "mma_sp")
            ),
            ("  at least", *["{:,}".format(least)] * len(results)),
            row("largest error, emulator", "{:.2e}", lambda r: r.errors["emulator"]),
            row("largest error, CPU", "{:.2e}", lambda r: r.errors["cpu"]),
            row("unpruned block: largest error", "{:.3f}", lambda r: r.unpruned),
            row("  cosine", "{:.4f}", lambda r: r.cosine),
            row("  cosine before the residual", "{:.4f}", lambda r: r.part),
            row("compile time", "{:.1f} s", lambda r: r.seconds),
        ]
    )


def print_all(results, block, columns, tokens, chip):
    """`results` by strategy; `columns` is the K of each layer."""
    print(
        "\nThe feed-forward block of %s* of all-MiniLM-L6-v2: Linear, GELU, Linear,\n"
        "residual, layer norm; %d tokens of English text. At 75 %% sparsity, nothing\n"
        "retrained." % (minilm.LAYER, tokens)
    )
    print_layers(results, block.layers, chip)
    print_strategies(results, least_mma(block.layers, columns, tokens))
