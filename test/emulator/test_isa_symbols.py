#===- test_isa_symbols.py - code for AVX2 stays where AVX2 is ----------------===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""The objects compiled for AVX2 define no shared symbol outside their namespace.

usage: test_isa_symbols.py NM OBJECT...

A linker may keep any one of several equal weak definitions; one with AVX2
instructions must not be what another host runs.
"""
import subprocess
import sys

names = subprocess.run([sys.argv[1], "-C", *sys.argv[2:]], check=True,
                       capture_output=True, text=True).stdout
leaks = {line for line in names.splitlines()
         if " W " in line and "emulator::avx2::" not in line}
assert "emulator::avx2::" in names, "no object compiled for AVX2 was given"
for leak in sorted(leaks):
    print("shared symbol in code for AVX2:", leak)
sys.exit(bool(leaks))
