# ===- mutations.py - faults put into kernels ----------------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Mutants of PTX text: one instruction each is dropped, weakened or led astray.

`SYNC` drops or weakens what orders threads and copies, `ADDRESS` moves an address by
one access, `METADATA` gives a sparse product other positions. `without` and
`orders_nothing` are what shows that a mutant cannot do harm, `Artifact` runs one.
"""
import bisect
import collections
import hashlib
import json
import re
import shutil
import subprocess
import threading

import numpy as np

CHIP = "sm_80"
SYNC, ADDRESS, METADATA = CLASSES = ("sync", "address", "metadata")

INSTRUCTION = re.compile(r"(?<![\w$.%])(?:(@!?%\w+)\s+)?([a-z][\w.:]*)(?![\w.:])([^;]*);")
PLACE = re.compile(r"\[\s*([^\]\s+-]+)\s*(?:\+\s*(-?\d+))?\s*\]")

# All opcodes that order threads or copies, and those of them that change here: opcode,
# change, and what takes the instruction's place, where {rest} is all operands but the
# last and {next} the last plus one. A wait that is dropped allows no less than one that
# leaves a group more in flight.
ORDERING = re.compile(
    r"(bar|barrier|fence|membar|mbarrier|shfl|vote|match|redux|elect|griddepcontrol)\..*"
    r"|cp\.async\.(?!c[ag]\.).*|wgmma\.(fence|commit|wait).*|.*\.(acquire|release)\..*"
)
SYNC_CHANGES = [
    (r"bar(rier)?\.(cta\.)?sync.*", "dropped", ""),
    (r"bar(rier)?\.(cta\.)?sync.*", "warp only", "bar.warp.sync -1;"),
    (r"bar\.warp\.sync", "dropped", ""),
    (r"(shfl|vote|match|redux)\.sync.*", "lane 31 unnamed", "{op} {rest}, 0x7fffffff;"),
    (r"(fence|membar)\..*", "dropped", ""),
    (r"cp\.async\.commit_group", "dropped", ""),
    (r"cp\.async\.wait_all", "dropped", ""),
    (r"cp\.async\.wait_group", "one more in flight", "{op} {next};"),
]
# Neighbours that change places.
SWAPPED = "behind the next"
SWAPS = [
    (r"cp\.async\.wait_(group|all)", r"bar(rier)?\.(cta\.)?sync.*"),
    (r"cp\.async\.c[ag]\..*", r"cp\.async\.commit_group"),
]
ACCESS = re.compile(
    r"(ld|st|atom|red)\.(?!param).*|cp\.async\.c[ag]\..*|(ld|st)matrix\..*"
)
# Generic addresses may be those of shared memory.
SHARED = re.compile(r".*\.shared|(ld|st|atom|red)\.(?!global|param|const|local)")
# Pairs (i, j) of positions become (3 - j, 3 - i): rising as before, and (0, 3) and (1, 2)
# stay. And (3 - i, 3 - j), which falls.
MIRROR = (
    "{{ .reg .b32 %n, %u; not.b32 %n, {word};"
    " and.b32 %u, %n, 0x33333333; shl.b32 %u, %u, 2; shr.b32 %n, %n, 2;"
    " and.b32 %n, %n, 0x33333333; or.b32 %n, %n, %u; {product} }}"
)
FALL = "{{ .reg .b32 %n; not.b32 %n, {word}; {product} }}"


class Mutant(
    collections.namedtuple("Mutant", "kind change kernel ptx begin end replacement")
):
    """A mutant of the whole text `ptx`."""

    @property
    def text(self):
        """What is changed, in one line."""
        return " ".join(self.ptx[self.begin : self.end].split())

    @property
    def opcode(self):
        return INSTRUCTION.match(self.ptx, self.begin)[2]

    @property
    def mutated(self):
        return self.ptx[: self.begin] + self.replacement + self.ptx[self.end :]


def shorten(ptx):
    """The text without comments and indentation: room for a mutant's longer text."""
    text = re.sub(r"//[^\n]*", "", ptx)
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"[ \t]+", " ", text)).lstrip()


def entries(ptx):
    """(name, start and end of its body, whether its CTAs are one warp) of each kernel."""
    for found in re.finditer(r"\.entry (\w+)\s*\([^)]*\)[^{]*\{", ptx):
        depth, end = 1, found.end()
        while depth:
            end = re.compile(r"[{}]").search(ptx, end).end()
            depth += 1 if ptx[end - 1] == "{" else -1
        yield found[1], found.end(), end, ".maxntid 32, 1, 1" in found[0]


def access_bytes(opcode, operands):
    if opcode.startswith("cp.async"):
        return int(operands.rsplit("]", 1)[1].split(",")[1])
    if "matrix" in opcode:
        return 16
    width = re.search(r"\.v(\d)", opcode)
    bits = re.search(r"\.[a-z]+(\d+)$", opcode)
    return int(bits[1]) // 8 * int(width[1] if width else 1)


def changes_of_sync(opcode, operands, one_warp):
    for pattern, change, text in SYNC_CHANGES:
        if re.fullmatch(pattern, opcode) and not (one_warp and change == "warp only"):
            rest, _, last = operands.rpartition(",")
            following = int(last) + 1 if last.strip().isdigit() else None
            yield SYNC, change, text.format(op=opcode, rest=rest, next=following)


def changes_of_address(opcode, operands):
    """A copy of nothing has a source, but does not read there."""
    if not ACCESS.fullmatch(opcode):
        return
    step = access_bytes(opcode, operands)
    places = list(PLACE.finditer(operands))
    names = ["destination", "source"] if len(places) == 2 else ["address"]
    for name, place in zip(names, places):
        if name == "source" and operands.endswith(", 0"):
            continue
        for sign, moved in (("plus", step), ("minus", -step)):
            moved = "[%s+%d]" % (place[1], int(place[2] or 0) + moved)
            text = operands[: place.start()] + moved + operands[place.end() :]
            yield ADDRESS, "%s %s one" % (name, sign), "%s%s;" % (opcode, text)


def changes_of_metadata(opcode, operands, others):
    """`others` are words of metadata that other products take."""
    if not opcode.startswith("mma.sp"):
        return
    head, word, selector = (part.strip() for part in operands.rsplit(",", 2))

    def product(word, selector=selector):
        return "%s %s, %s, %s;" % (opcode, head, word, selector)

    yield METADATA, "other selector", product(word, int(selector) ^ 1)
    yield from ((METADATA, "other word", product(other)) for other in others[:1])
    for change, text in (("mirrored", MIRROR), ("falling", FALL)):
        yield METADATA, change, text.format(word=word, product=product("%n"))


def mutants(ptx, skip=()):
    """All mutants of a module's kernels but those with these bodies."""
    for kernel, start, end, one_warp in entries(ptx):
        if ptx[start:end] in skip:
            continue
        words, before = [], None
        for found in INSTRUCTION.finditer(ptx, start, end):
            guard, opcode, operands = found.groups()
            if opcode.startswith("mma.sp"):
                word = operands.rsplit(",", 2)[1].strip()
                words = [word] + [other for other in words if other != word]
            for kind, change, text in (
                *changes_of_sync(opcode, operands, one_warp),
                *changes_of_address(opcode, operands),
                *changes_of_metadata(opcode, operands, words[1:]),
            ):
                text = "%s %s" % (guard, text) if guard and text else text
                yield Mutant(kind, change, kernel, ptx, *found.span(), text)
            if before and not ptx[before.end() : found.start()].strip():
                for first, second in SWAPS:
                    if re.fullmatch(first, before[2]) and re.fullmatch(second, opcode):
                        place, text = (before.start(), found.end()), found[0] + before[0]
                        yield Mutant(SYNC, SWAPPED, kernel, ptx, *place, text)
            before = found


def without(mutant, filler):
    """The text without the load, store, product or copy that the mutant changes: a load
    gives `filler`, a product its sum so far, a copy brings zeros."""
    found = INSTRUCTION.match(mutant.ptx, mutant.begin)
    guard, opcode, operands = found.groups("")
    lists = [x.split(",") for x in re.findall(r"\{([^}]*)\}", operands)]
    types = {"%rs": "b16", "%rd": "b64"}
    pairs, texts = [], []
    if opcode.startswith("mma"):
        pairs = zip(lists[0], lists[3])
    elif opcode.startswith("ld"):
        pairs = ((result, filler) for result in (lists or [operands.split(",")[:1]])[0])
    elif opcode.startswith("cp.async.c"):
        texts.append("%s %s, 0;" % (opcode, operands.rpartition(",")[0]))
    for result, value in pairs:
        kind = types.get(result.strip()[:3], "b32")
        texts.append("mov.%s %s, %s;" % (kind, result, value))
    text = " ".join("%s %s" % (guard, text) for text in texts)
    return mutant._replace(end=found.end(), replacement=text).mutated


def behind(body, place):
    """Those instructions of a kernel that may run after the one at this place."""
    found = list(INSTRUCTION.finditer(body))
    places = [one.start() for one in found]
    labels = {label[1]: label.end() for label in re.finditer(r"(\$\w+):", body)}
    starts, seen = [bisect.bisect_right(places, place)], set()
    while starts:
        for i in range(starts.pop(), len(found)):
            if i in seen:
                break
            seen.add(i)
            guard, opcode, operands = found[i].groups()
            assert not opcode.startswith(("brx", "call")), opcode
            if opcode.startswith("bra"):
                starts.append(bisect.bisect_left(places, labels[operands.strip()]))
            if not guard and re.match(r"bra|ret|exit|trap", opcode):
                break
    return [found[i] for i in sorted(seen)]


def orders_nothing(mutant, idle_loads=True):
    """Whether the instruction is a barrier, fence, commit or wait behind which no memory
    is touched that threads share: shared memory by `idle_loads` at most, whose results
    nobody names, and global memory only if nothing is stored there before."""
    if not re.match(r"bar|fence|membar|cp\.async\.[^c]|cp\.async\.commit", mutant.opcode):
        return False
    _, start, end, _ = next(x for x in entries(mutant.ptx) if x[1] <= mutant.begin < x[2])
    body = mutant.ptx[start:end]
    for one in INSTRUCTION.finditer(body):
        if re.match(r"(st|atom|red)\.global", one[2]):
            if mutant.begin - start in {x.start() for x in behind(body, one.start())}:
                return False
    for one in behind(body, mutant.begin - start):
        results = re.findall(r"%\w+", one[3].partition("[")[0])
        used = [x for x in results if len(re.findall(re.escape(x) + r"\b", body)) > 1]
        idle = idle_loads and one[2].startswith("ld") and not used
        if SHARED.match(one[2]) and not idle:
            return False
    return True


class Artifact:
    """A compiled case that runs its kernels from other text.

    The emulator takes the text that the host code hands it, which stands in
    `model.so`: a mutant overwrites it there.
    """

    def __init__(self, commands, folder, case):
        self.commands, self.folder, self.case = commands, folder, case
        self.manifest = json.loads((folder / "artifact" / "manifest.json").read_text())
        target = self.manifest["targets"][CHIP]
        original = (folder / "artifact" / target["ptx"]).read_bytes()
        self.ptx = shorten(original.decode())
        self.library = target["library"]
        code = (folder / "artifact" / self.library).read_bytes()
        self.before, self.after = code.split(original + b"\0")
        self.room = len(original) + 1
        for i, array in enumerate(case.inputs):
            np.save(folder / ("x%d.npy" % i), array)

    def outcome(self, ptx, seconds=60):
        """How a run of this text ends: "same" where all results are right, "numbers",
        "endless", or what hinm-run reports."""
        artifact = self.folder / ("thread%d" % threading.get_ident())
        if not artifact.exists():
            shutil.copytree(self.folder / "artifact", artifact)
        text = ptx.encode()
        assert len(text) < self.room, "a mutant is longer than the kernels"
        code = self.before + text.ljust(self.room, b"\0") + self.after
        (artifact / self.library).write_bytes(code)
        digest = {"bytes": len(code), "sha256": hashlib.sha256(code).hexdigest()}
        files = {**self.manifest["files"], self.library: digest}
        manifest = {**self.manifest, "files": files}
        (artifact / "manifest.json").write_text(json.dumps(manifest))
        output = artifact / "y.npy"
        options = ["--device=emulator", "--threads=1", "--output=%s" % output]
        for i in range(len(self.case.inputs)):
            options.append("--input=%s" % (self.folder / ("x%d.npy" % i)))
        try:
            arguments = "hinm-run", artifact, *options
            result = self.commands.attempt(*arguments, timeout=seconds)
        except subprocess.TimeoutExpired:
            return "endless"
        if result.returncode:
            return "report: %s (status %d)" % (result.stderr, result.returncode)
        error = np.abs(np.load(output).astype(np.float64) - self.case.expected)
        # Written so that a NaN is wrong.
        return "same" if (error <= self.case.bound).all() else "numbers"
