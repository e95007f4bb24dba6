# ===- test_fold.py - folding permutations changes no result ------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""hinm-fold-permutations on random chains of layers: what is left, and the numbers.

Each chain is run behind the pass and compared, entry by entry, with the program that
has no row orders. Whether its permutes all fold is known from its construction.
"""
import pathlib
import re
import subprocess

import numpy as np
import pytest

from chains import Chain
from programs import dense

CHAINS, IN_MODULE = 300, 20
MODULES = range(CHAINS // IN_MODULE)

FOLD = "hinm-fold-permutations"
# What may stand before the pass and behind it.
BEFORE = [
    [],
    ["hinm-compress"],
    ["hinm-fuse-epilogue"],
    ["hinm-compress", "hinm-fuse-epilogue"],
    ["hinm-compress", "cse"],
]
REMOVE_DEAD_CODE = {"hinm-fuse-epilogue", "cse"}
BEHIND = [["hinm-compress"], ["hinm-fuse-epilogue"], ["hinm-compress", "hinm-fuse-epilogue", "cse"]]
TO_LLVM = [
    "convert-hinm-to-linalg",
    "func.func(convert-elementwise-to-linalg)",
    "one-shot-bufferize{bufferize-function-boundaries=true "
    "function-boundary-type-conversion=identity-layout-map}",
    "func.func(convert-linalg-to-loops)",
    "expand-strided-metadata",
    "lower-affine",
    "convert-scf-to-cf",
    "finalize-memref-to-llvm",
    "convert-func-to-llvm",
    "convert-arith-to-llvm",
    "convert-index-to-llvm",
    "convert-cf-to-llvm",
    "reconcile-unrealized-casts",
]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?")
MESSAGE = r":(\d+):\d+: %s: a permutation of \d+ channels is left to run time: \S"
# What stands in many chains.
WORDS = [
    "hinm.permute %x", "hinm.permute %v", "hinm.to_feature_major", "hinm.to_token_major",
    "epilogue(%v", "epilogue(%x", "tensor.cast", "tensor.splat", "linalg.fill", ":2 = linalg.generic",
    "linalg.add", "(d0)>", "arith.truncf", "?x", "x?x", ", %x2",
]


def chains_of(module):
    first = module * IN_MODULE
    return [Chain("chain%d" % seed, seed) for seed in range(first, first + IN_MODULE)]


def print_module(chains):
    """All chains, and a @main that calls them on their inputs and prints the results."""
    count, lines = 0, []

    def define(text):
        nonlocal count
        count += 1
        lines.append("%%%s = %s" % ("m%d" % count, text))
        return "%%m%d" % count

    for chain in chains:
        inputs = []
        for array, type_ in chain.inputs:
            fixed = "tensor<%sx%s>" % ("x".join(map(str, array.shape)), type_[-4:-1])
            name = define("arith.constant %s : %s" % (dense(array), fixed))
            if fixed != type_:
                name = define("tensor.cast %s : %s to %s" % (name, fixed, type_))
            inputs.append(name)
        types = [type_ for _, _, type_ in chain.expected]
        called = define("call @%s(%s) : (%s) -> (%s)" % (
            chain.name, ", ".join(inputs), ", ".join(type_ for _, type_ in chain.inputs),
            ", ".join(types)))
        lines[-1] = lines[-1].replace(" =", ":%d =" % len(types))
        for i, type_ in enumerate(types):
            name, wide = "%s#%d" % (called, i), type_.replace("f16", "f32")
            if wide != type_:
                name = define("arith.extf %s : %s to %s" % (name, type_, wide))
            name = define("tensor.cast %s : %s to tensor<*xf32>" % (name, wide))
            lines.append("call @printMemrefF32(%s) : (tensor<*xf32>) -> ()" % name)
    return "%sfunc.func @main() {\n  %s\n  return\n}\n%s" % (
        "".join(chain.text for chain in chains), "\n  ".join(lines),
        "func.func private @printMemrefF32(tensor<*xf32>) "
        "attributes {llvm.emit_c_interface}\n")


class Runner:
    """Runs passes, and programs on the CPU."""

    def __init__(self, commands, folder):
        self.commands = commands
        self.folder = folder
        cache = (commands.build / "CMakeCache.txt").read_text()
        config = pathlib.Path(re.search(r"^MLIR_DIR:\w+=(.*)$", cache, re.M).group(1))
        self.llvm = config.parents[2]

    def attempt(self, text, passes):
        source = self.folder / "in.mlir"
        source.write_text(text)
        return self.commands.attempt(
            "hinm-opt", source, "--pass-pipeline=builtin.module(%s)" % ",".join(passes))

    def opt(self, text, passes):
        result = self.attempt(text, passes)
        assert result.returncode == 0, result.stderr[:2000]
        return result.stdout

    def results(self, text, chains):
        """The results of each chain."""
        lowered = self.folder / "lowered.mlir"
        lowered.write_text(self.opt(text, TO_LLVM))
        libraries = ["mlir_runner_utils", "mlir_c_runner_utils", "mlir_float16_utils"]
        result = subprocess.run(
            [self.llvm / "bin" / "mlir-runner", lowered, "-e", "main",
             "--entry-point-result=void", "-O0", "--shared-libs=" + ",".join(
                 str(self.llvm / "lib" / ("lib%s.so" % name)) for name in libraries)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        assert result.returncode == 0, result.stderr[:2000]
        printed = [part.partition("data =")[2] for part in result.stdout.split("Unranked")[1:]]
        arrays = iter([np.array(NUMBER.findall(part), float) for part in printed])
        return [[next(arrays) for _ in chain.expected] for chain in chains]


@pytest.fixture
def runner(commands, tmp_path):
    return Runner(commands, tmp_path)


def is_right(chain, results):
    return all(
        np.array_equal(found, array.ravel())
        for found, (_, array, _) in zip(results, chain.expected)
    )


def check(chains, results):
    wrong = [c.name for c, found in zip(chains, results) if not is_right(c, found)]
    assert not wrong


def name_of(line):
    """The function that begins on a line of the program."""
    found = re.search(r"func\.func (?:private )?@(\w+)", line)
    return found and found[1]


def permutes_of(text):
    """How many permutes each function has."""
    count, name = {}, None
    for line in text.splitlines():
        name = name_of(line) or name
        if name:
            count[name] = count.get(name, 0) + line.count("hinm.permute ")
    return count


def check_left(chains, left, before):
    """Permutes are left just where the program asks for two orders at once."""
    for chain in chains:
        if chain.folds:
            assert not left[chain.name], chain.name
        elif not set(before) & REMOVE_DEAD_CODE:
            assert left[chain.name], chain.name


def check_verifier(runner, text, left):
    """Each permute is an error, or a remark, that says why it is there."""
    lines = text.splitlines()
    starts = [(at, name_of(line)) for at, line in enumerate(lines, 1) if name_of(line)]
    for options, kind in (("", "error"), ("{allow=true}", "remark")):
        result = runner.attempt(text, ["hinm-verify-folded" + options])
        said = [int(at) for at in re.findall(MESSAGE % kind, result.stderr)]
        assert len(said) == len(re.findall(": %s: " % kind, result.stderr))
        names = [[name for at, name in starts if at <= line][-1] for line in said]
        assert {name: names.count(name) for name in left} == left
        assert (result.returncode == 0) == (kind == "remark" or not said)


@pytest.mark.parametrize("module", MODULES)
def test_folded(runner, module):
    chains = chains_of(module)
    before = BEFORE[module % len(BEFORE)]
    text = runner.opt(print_module(chains), [*before, FOLD])
    left = permutes_of(text)
    check_left(chains, left, before)
    check_verifier(runner, text, left)
    twice = runner.opt(text, [FOLD])
    assert permutes_of(twice) == left
    text = runner.opt([text, twice][module % 2], BEHIND[module % len(BEHIND)])
    check(chains, runner.results(text, chains))


@pytest.mark.parametrize("module", [0, 7])
def test_not_folded(runner, module):
    """The programs mean the same before the pass."""
    chains = chains_of(module)
    check(chains, runner.results(print_module(chains), chains))


def test_a_lost_permute_shows(runner):
    """Without their permutes hardly any chain gives its numbers by accident."""
    chains = chains_of(3)
    text = re.sub(
        r"(hinm\.permute \S+ dim \d order) \[([\d, ]+)\]",
        lambda found: "%s %s" % (found[1], list(range(len(found[2].split(","))))),
        print_module(chains))
    results = runner.results(text, chains)
    right = [c.name for c, found in zip(chains, results) if is_right(c, found)]
    assert len(right) <= IN_MODULE // 10, right


def test_what_the_chains_are_made_of():
    chains = [chain for module in MODULES for chain in chains_of(module)]
    assert sum(not chain.folds for chain in chains) >= CHAINS // 8
    text = "".join(chain.text for chain in chains)
    for words in WORDS:
        assert text.count(words) >= CHAINS // 30, words
