# ===- test_mutations.py - what the emulator says to faulty kernels - -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Each kernel that the compiler emits, with one instruction dropped or led astray.

A mutant is caught when the emulator refuses it, it does not end, or a result is not
what numpy finds. One that survives has to be harmless by a rule that is checked here.
All mutants of what synchronises run, and every `STRIDE`-th of the others, or all with
HINM_ALL_MUTANTS=1.
"""
import collections
import concurrent.futures
import os
import re

import pytest

import mutations
from mutation_cases import CASES

STRIDE = 1 if os.environ.get("HINM_ALL_MUTANTS") == "1" else 11

# What it means if the results are right without an instruction: wherever its address
# points to, it does no harm.
UNUSED = {
    "ld": "nothing depends on what it loads",
    "st.shared": "nobody reads what it stores",
    "mma": "its product adds zero",
    "cp.async.cg": "nobody uses what it copies",
}


def excuse(artifact, mutant):
    """Why a mutant that survived is harmless, if a rule shows it."""
    if mutant.kind == mutations.SYNC and mutations.orders_nothing(mutant):
        return "behind it no thread touches what threads share"
    # One word may be a channel's number: one, then, that holds infinities.
    fillers = "0", "0x3f803f80" if "{" in mutant.text else "1"
    for name, reason in UNUSED.items():
        if mutant.opcode.startswith(name):
            texts = {mutations.without(mutant, filler) for filler in fillers}
            if all(artifact.outcome(text) == "same" for text in texts):
                return reason
    return None


# What caught a mutant, by the words of the report.
CATCHERS = [
    ("data race", "data race"),
    ("copies in flight", "in flight"),
    ("never written", "never written"),
    ("out of bounds", "out of bounds|not an address|misaligned"),
    ("metadata", "metadata"),
    ("barriers, masks", "barrier|deadlock|member mask"),
    ("numbers", "numbers"),
    ("endless", "endless|budget"),
    ("other report", "report"),
]
Found = collections.namedtuple("Found", "case mutant outcome by reason")


def judge(artifact, name, mutant):
    outcome = artifact.outcome(mutant.mutated)
    if outcome == "same":
        return Found(name, mutant, outcome, None, excuse(artifact, mutant))
    by = next(by for by, words in CATCHERS if re.search(words, outcome))
    return Found(name, mutant, outcome, by, None)


@pytest.fixture(scope="module")
def compiled(commands, tmp_path_factory):
    artifacts = {}
    for name, make in CASES.items():
        case, folder = make(), tmp_path_factory.mktemp(name)
        (folder / "model.mlir").write_text(case.text)
        commands.compile(folder / "model.mlir", folder / "artifact", *case.options)
        artifacts[name] = mutations.Artifact(commands, folder, case)
    return artifacts


@pytest.fixture(scope="module")
def found(compiled):
    """What became of the mutants of each kernel, those of several cases once."""
    seen, jobs = set(), []
    for name, artifact in compiled.items():
        every = list(mutations.mutants(artifact.ptx, seen))
        kernels = mutations.entries(artifact.ptx)
        seen.update(artifact.ptx[start:end] for _, start, end, _ in kernels)
        others = [mutant for mutant in every if mutant.kind != mutations.SYNC]
        chosen = [mutant for mutant in every if mutant.kind == mutations.SYNC]
        jobs += [(artifact, name, mutant) for mutant in chosen + others[::STRIDE]]
    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count())) as pool:
        return list(pool.map(lambda job: judge(*job), jobs))


def describe(one):
    mutant = one.mutant
    return "%s %s: %s: %s (%s)" % (
        one.case, mutant.kernel, mutant.change, mutant.text[:100],
        one.reason or one.outcome[:200],
    )  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_kernels_are_right(compiled, name):
    artifact = compiled[name]
    assert artifact.outcome(artifact.ptx) == "same"


@pytest.mark.parametrize("name", CASES)
def test_mutants_are_what_runs(compiled, name):
    """Each kernel, ended at once, is in the report: all of them run."""
    artifact = compiled[name]
    for kernel, start, _, _ in mutations.entries(artifact.ptx):
        ptx = artifact.ptx[:start] + "\ntrap;" + artifact.ptx[start:]
        outcome = artifact.outcome(ptx)
        assert "kernel '%s'" % kernel in outcome and "trap" in outcome


# What the kernels of today do not hold, and the mutants of each.
OTHERS = [
    ("bar.warp.sync -1;", [""]),
    ("barrier.sync.aligned 1, 64;", ["", "bar.warp.sync -1;"]),
    ("fence.acq_rel.gpu;", [""]),
    ("cp.async.wait_all;", [""]),
    ("@%p1 vote.sync.any.pred %p2, %p3, -1;", [
        "@%p1 vote.sync.any.pred  %p2, %p3, 0x7fffffff;"]),
    ("ld.global.v2.b64 {%rd1, %rd2}, [%rd3];", [
        "ld.global.v2.b64 {%%rd1, %%rd2}, [%%rd3+%d];" % step for step in (16, -16)]),
]  # fmt: skip


@pytest.mark.parametrize("text, expected", OTHERS, ids=[text for text, _ in OTHERS])
def test_mutants_of_other_instructions(text, expected):
    ptx = ".entry k()\n.maxntid 64, 1, 1\n{\n%s\n}\n" % text
    assert [mutant.replacement for mutant in mutations.mutants(ptx)] == expected


@pytest.mark.parametrize("behind, expected", [
    ("", True),
    ("bra $end; $begin2: ld.shared.b32 %r3, [%r4]; st.shared.b32 [%r4], %r3; $end:", True),
    ("@%p1 bra $begin;", False),
    ("ld.shared.b32 %r3, [%r4];", True),
    ("ld.shared.b32 %r3, [%r4]; add.s32 %r5, %r3, 1;", False),
    ("ld.b32 %r3, [%r4]; add.s32 %r5, %r3, 1;", False),
    ("ld.global.b32 %r3, [%r4]; st.global.b32 [%r4], %r3;", True),
    ("st.shared.b32 [%r4], 0;", False),
    ("cp.async.cg.shared.global [%r4], [%r5], 16, 16;", False),
])  # fmt: skip
def test_what_a_barrier_orders(behind, expected):
    before = "$begin: ld.shared.b32 %r1, [%r4]; add.s32 %r2, %r1, 1;"
    ptx = ".entry k() { %s bar.sync 0; %s ret; }" % (before, behind)
    mutant = next(x for x in mutations.mutants(ptx) if x.change == "dropped")
    assert mutations.orders_nothing(mutant) == expected


def test_what_a_barrier_orders_behind_a_store():
    ptx = ".entry k() { st.global.b32 [%r1], 0; bar.sync 0; ret; }"
    mutant = next(x for x in mutations.mutants(ptx) if x.change == "dropped")
    assert not mutations.orders_nothing(mutant)


def test_all_that_orders_has_mutants(compiled):
    for name, artifact in compiled.items():
        every = mutations.mutants(artifact.ptx)
        changed = {mutant.begin for mutant in every if mutant.kind == mutations.SYNC}
        for _, start, end, _ in mutations.entries(artifact.ptx):
            for one in mutations.INSTRUCTION.finditer(artifact.ptx, start, end):
                if mutations.ORDERING.fullmatch(one[2]):
                    assert one.start() in changed, (name, one[0])


def test_reports_are_the_emulators(found):
    """Not a crash, and nothing that hinm-run refuses before it launches."""
    ends = re.compile("same|numbers|endless|report: .*(PTX line|never).*status 1.", re.S)
    assert [describe(one) for one in found if not ends.fullmatch(one.outcome)] == []


def test_races_are_reported(found):
    """Numbers may be right by luck: what orders threads is for the emulator to find."""
    mine = [one for one in found if one.mutant.kind == mutations.SYNC]
    assert [describe(one) for one in mine if one.by in ("numbers", "endless")] == []


def test_rule_finds_what_reports_name(found):
    """Where a report shows that an instruction orders something, so does the rule. The
    emulator minds idle loads too."""
    mine = [one for one in found if one.by and one.mutant.kind == mutations.SYNC]
    wrong = [one for one in mine if mutations.orders_nothing(one.mutant, idle_loads=False)]
    assert [describe(one) for one in wrong] == []


def test_mutants_are_caught(found, capsys):
    by_class = {kind: [] for kind in mutations.CLASSES}
    for one in found:
        by_class[one.mutant.kind].append(one)
    survivors = collections.Counter()
    with capsys.disabled():
        print()
        for kind, mine in by_class.items():
            caught = collections.Counter(one.by for one in mine if one.by)
            print("%-9s%5d mutants, %5.1f %% caught:" % (
                kind, len(mine), 100 * sum(caught.values()) / len(mine)),
                ", ".join("%s %d" % pair for pair in caught.most_common()))  # fmt: skip
            for one in mine:
                if not one.by:
                    mutant = one.mutant
                    survivors[kind, mutant.opcode, mutant.change, one.reason] += 1
        for key, count in survivors.most_common():
            print("  survive: %3d x %s" % (count, ": ".join(map(str, key))))
    assert [describe(one) for one in found if not one.by and not one.reason] == []
    caught = sum(one.by is not None for one in found)
    assert caught >= 0.95 * len(found)
    for kind, mine in by_class.items():
        assert len(mine) > 50
        assert sum(one.by is not None for one in mine) >= 0.9 * len(mine), kind
