#!/usr/bin/env python3
# ===- main_loop.py - what the main loop's machine code consists of -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Counts the instructions of a sparse kernel's main loop, without a GPU.

Each case V:BN:WMxWN:STAGES:CHIP is a gather_matmul of 4096 x 4096 (see the
options) that is compiled by hinm-opt, assembled by ptxas and taken apart by
nvdisasm. Printed per warp and step of 64 kept columns: how many instructions of
each class stand in the loop, and how many there are for each HMMA.SP. A figure is
a count of instructions, not a time.

Exit status: 0, 1 if a case is over --limit, loads from global memory in its loop or
spills, 2 if a tool is missing or fails.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

CASES = [
    "128:128:2x2:3:%s",
    "128:256:2x4:3:%s",
    "64:256:1x4:3:%s",
    "64:128:1x4:3:%s",
    "64:64:2x2:4:%s",
    "32:128:1x4:4:%s",
    "128:16:4x1:5:%s",
]
CHIPS = ["sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"]
# The oldest PTX that has mma.sp::ordered_metadata and the chip.
FEATURES = {"sm_100": "+ptx86", "sm_120": "+ptx87"}

CLASSES = {
    "tensor": {"HMMA"},
    "shared": {"LDS", "LDSM", "STS"},
    "async": {"LDGSTS"},
    "global": {"LDG", "LD", "STG", "ST"},
    "spill": {"LDL", "STL"},
    "sync": {"BAR", "DEPBAR", "LDGDEPBAR", "WARPSYNC"},
    "branch": {"BRA", "BSSY", "BSYNC", "EXIT", "CALL", "RET"},
}
OTHER = "other"  # integer arithmetic, comparisons, moves
EMPTY = "empty"  # NOP and what is predicated off for good
COLUMNS = [*CLASSES, OTHER, EMPTY]

KERNEL = """
func.func @layer(%w: memref<{tiles}x{bytes}xi8>, %x: memref<{inputs}x{n}xf16>,
                 %bias: memref<{outputs}xf32>, %y: memref<{outputs}x{n}xf32>) {{
  hinm.gather_matmul weights(%w : memref<{tiles}x{bytes}xi8>)
      ins(%x : memref<{inputs}x{n}xf16>)
      epilogue(%bias : memref<{outputs}xf32>) outs(%y : memref<{outputs}x{n}xf32>)
      {{encoding = #hinm.encoding<vector = {vector}, columns = {columns}, nm = 2:4>,
       stream = #hinm.fragment_stream<lookahead = {lookahead}>,
       schedule = #hinm.schedule<tile = [{vector}, {tile}],
                                 warps = [{warps}], stages = {stages}>}} apply {{
    ^bb0(%sum: f32, %b: f32):
      %0 = arith.addf %sum, %b : f32
      hinm.yield %0 : f32
  }}
  return
}}
"""
PIPELINE = (
    "builtin.module(convert-hinm-to-gpu,gpu.module(convert-hinm-to-nvgpu),"
    "canonicalize,cse,nvvm-attach-target{{chip={chip} features={features} O=2}},"
    "gpu.module(convert-nvgpu-to-nvvm,convert-scf-to-cf,convert-vector-to-llvm,"
    "convert-gpu-to-nvvm,reconcile-unrealized-casts),"
    "gpu-module-to-binary{{format=isa}})"
)


def fail(message):
    print(f"main_loop.py: {message}", file=sys.stderr)
    sys.exit(2)


def find_tool(name, given):
    """The program `name`: given, from a CUDA toolkit, or on the PATH."""
    if given:
        return given
    for variable in ("HINM_CUDA_PATH", "CUDA_PATH"):
        path = os.path.join(os.environ.get(variable, ""), "bin", name)
        if variable in os.environ and os.access(path, os.X_OK):
            return path
    path = shutil.which(name)
    if not path:
        fail(f"no {name} found: set HINM_CUDA_PATH to a CUDA toolkit")
    return path


def run(command, **options):
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode != 0:
        fail(f"'{command[0]}' failed:\n{(result.stderr or result.stdout)[:2000]}")
    return result


def parse_case(text):
    match = re.fullmatch(r"(\d+):(\d+):(\d+)x(\d+):(\d+):(sm_\w+)", text)
    if not match:
        fail(f"case '{text}', expected V:BN:WMxWN:STAGES:CHIP")
    vector, tile, rows, columns, stages = map(int, match.groups()[:5])
    return dict(
        vector=vector,
        tile=tile,
        warps=f"{rows}, {columns}",
        stages=stages,
        chip=match.group(6),
    )


def make_kernel(case, options):
    lookahead = case["stages"] - 1
    steps = max(1, -(-options.columns // 64))
    return KERNEL.format(
        **{key: case[key] for key in ("vector", "tile", "warps", "stages")},
        tiles=-(-options.outputs // case["vector"]),
        bytes=lookahead * 256 + steps * (72 * case["vector"] + 256),
        inputs=options.inputs,
        outputs=options.outputs,
        columns=options.columns,
        n=options.tokens or "?",
        lookahead=lookahead,
    )


def unescape(text):
    """The PTX in a string attribute of MLIR."""
    decode = lambda match: chr(int(match.group(1), 16))
    return re.sub(r"\\([0-9A-Fa-f]{2})", decode, text).replace("\0", "")


def compile_case(case, options, tools, folder):
    """(disassembly, registers, bytes of spills) of a case's kernel."""
    chip = case["chip"]
    pipeline = PIPELINE.format(chip=chip, features=FEATURES.get(chip, "+ptx85"))
    module = run(
        [tools["hinm-opt"], "--pass-pipeline=" + pipeline],
        input=make_kernel(case, options),
    ).stdout
    match = re.search(r'assembly = "((?:[^"\\]|\\.)*)"', module)
    if not match:
        fail("hinm-opt printed no PTX")
    ptx = os.path.join(folder, "kernel.ptx")
    cubin = os.path.join(folder, "kernel.cubin")
    with open(ptx, "w") as out:
        out.write(unescape(match.group(1)))
    log = run([tools["ptxas"], "-v", "-arch=" + chip, ptx, "-o", cubin]).stderr
    registers = int(re.search(r"Used (\d+) registers", log).group(1))
    spills = sum(map(int, re.findall(r"(\d+) bytes spill", log)))
    return run([tools["nvdisasm"], "-c", cubin]).stdout, registers, spills


def parse(disassembly):
    """[(guard, opcode, operands)] and where each label stands."""
    code, labels = [], {}
    instruction = re.compile(
        r"^\s*/\*[0-9a-f]{4,}\*/\s+\{?\s*(?:@(!?U?P\w+)\s+)?([A-Z][\w.]*)\s*([^;]*);"
    )
    for line in disassembly.splitlines():
        if match := re.match(r"^(\.L_\w+):", line):
            labels[match.group(1)] = len(code)
        elif match := instruction.match(line):
            code.append(match.groups())
    return code, labels


def main_loop(code, labels):
    """The instructions of the smallest loop that multiplies."""
    best = None
    for end, (_, opcode, operands) in enumerate(code):
        target = re.search(r"(\.L_\w+)", operands)
        if not opcode.startswith("BRA") or not target:
            continue
        start = labels.get(target.group(1), end + 1)
        body = code[start : end + 1]
        if any(op.startswith("HMMA") for _, op, _ in body):
            if best is None or len(body) < len(best):
                best = body
    if best is None:
        fail("no loop with HMMA found")
    return best


def classify(guard, opcode):
    name = opcode.split(".")[0]
    if name == "NOP" or guard in ("!PT", "!UPT"):
        return EMPTY
    for kind, names in CLASSES.items():
        if name in names:
            return kind
    return OTHER


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", help="V:BN:WMxWN:STAGES:CHIP")
    parser.add_argument("--outputs", type=int, default=4096)
    parser.add_argument("--inputs", type=int, default=4096)
    parser.add_argument("--columns", type=int, default=2048, help="kept columns")
    parser.add_argument("--tokens", type=int, default=0, help="0: dynamic")
    parser.add_argument("--limit", type=float, help="instructions per HMMA.SP")
    for tool in ("hinm-opt", "ptxas", "nvdisasm"):
        parser.add_argument("--" + tool, metavar="PROGRAM")
    options = parser.parse_args()
    tools = {
        name: find_tool(name, getattr(options, name.replace("-", "_")))
        for name in ("hinm-opt", "ptxas", "nvdisasm")
    }
    cases = options.cases or [case % chip for chip in CHIPS for case in CASES]
    print(f"{'case':30}", *(f"{c:>7}" for c in COLUMNS), "  total  per HMMA.SP  regs")
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        for text in cases:
            disassembly, registers, spills = compile_case(
                parse_case(text), options, tools, folder
            )
            body = main_loop(*parse(disassembly))
            counts = dict.fromkeys(COLUMNS, 0)
            for guard, opcode, _ in body:
                counts[classify(guard, opcode)] += 1
            ratio = len(body) / counts["tensor"]
            print(
                f"{text:30}",
                *(f"{counts[c]:7}" for c in COLUMNS),
                f"{len(body):7} {ratio:12.2f} {registers:5}",
                f" {spills} bytes spilled" if spills else "",
            )
            if spills or counts["global"] or counts["spill"]:
                print(f"{text}: loads in the loop or spills", file=sys.stderr)
                status = 1
            if options.limit and ratio > options.limit:
                print(f"{text}: over {options.limit} per HMMA.SP", file=sys.stderr)
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
