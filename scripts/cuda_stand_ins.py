#!/usr/bin/env python3
# ===- cuda_stand_ins.py - let torch import without CUDA ---------*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Writes stand-ins for the CUDA libraries that a torch wheel names.

The only torch wheels for Linux on PyPI are built for CUDA: importing them loads
cuBLAS, cuDNN, NCCL and others, 3 GB that exporting a model on the CPU never
calls. This writes, into torch's own library folder, libraries of the same names
and symbols in which every function says that there is no device. A library that
is installed is left alone. Meant for a virtual environment of tests.
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

# Most symbols carry their library's name as version; others go by their prefix.
PREFIXES = {
    "libcusparseLt.so.0": "cusparseLt",
    "libnccl.so.2": "nccl",
    "libnvshmem_host.so.3": "nvshmem",
    "libcufile.so.0": "cuFile",
}
FOREIGN = re.compile(r"lib(cu(?!da\.so)|nv|nccl)[A-Za-z0-9_]*\.so\.\d+$")

# 100 is cudaErrorNoDevice, and not success in any of the other libraries.
STATUS_FUNCTION = "int {0}(void) {{ return 100; }}\n"
STRING_FUNCTION = 'const char *{0}(void) {{ return "CUDA is not installed"; }}\n'


def output_of(*command):
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, universal_newlines=True
    ).stdout


def needed_by(library):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", output_of("readelf", "-dW", library))


def undefined_in(library):
    """Pairs of symbol and version ('' without one)."""
    for line in output_of("nm", "-D", "--undefined-only", library).splitlines():
        kind, symbol = line.split()[-2:]
        if kind == "U":
            name, _, version = symbol.partition("@")
            yield name, version.lstrip("@")


def installed(library, folders):
    return any((folder / library).exists() for folder in folders)


def write_stand_in(compiler, library, symbols, folder):
    versions = {version for _, version in symbols if version}
    names = sorted({name for name, _ in symbols})
    with tempfile.TemporaryDirectory() as scratch:
        source = pathlib.Path(scratch) / "stand_in.c"
        source.write_text(
            "".join(
                (STRING_FUNCTION if "String" in name else STATUS_FUNCTION).format(name)
                for name in names
            )
        )
        command = [compiler, "-shared", "-fPIC", "-w", "-x", "c", str(source)]
        command += ["-o", str(folder / library), "-Wl,-soname," + library]
        if versions:
            script = pathlib.Path(scratch) / "versions"
            script.write_text("{} {{ global: *; }};\n".format(versions.pop()))
            command.append("-Wl,--version-script=" + str(script))
        subprocess.run(command, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("torch", type=pathlib.Path, help="folder of the package torch")
    parser.add_argument("--cc", default="cc", help="C compiler")
    arguments = parser.parse_args()
    folder = arguments.torch / "lib"
    libraries = sorted(folder.glob("*torch*.so")) + sorted(folder.glob("libc10*.so"))
    if not libraries:
        sys.exit("error: no torch library in '{}'".format(folder))

    wanted = collections.defaultdict(set)
    undefined = set()
    for library in libraries:
        for name in needed_by(str(library)):
            if FOREIGN.match(name):
                wanted[name]
        undefined.update(undefined_in(str(library)))
    for name, version in undefined:
        if version in wanted:
            wanted[version].add((name, version))
            continue
        for library, prefix in PREFIXES.items():
            if library in wanted and name.startswith(prefix):
                wanted[library].add((name, version))

    folders = sorted(arguments.torch.parent.glob("nvidia/*/lib")) + [folder]
    for library, symbols in sorted(wanted.items()):
        if not installed(library, folders):
            write_stand_in(arguments.cc, library, symbols, folder)


if __name__ == "__main__":
    main()
