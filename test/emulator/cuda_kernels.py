#===- cuda_kernels.py - nvcc and the emulator for the tests beside -----------===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""What the test_*.py of the .cu files share.

A test is a function of a `Kernels`: one .cu file compiled for one chip. Where
no nvcc can compile, the script says why and exits with 77.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)

here = Path(__file__).resolve().parent

# Of each package of headers, one that needs others.
PROBE = """#include <cooperative_groups/reduce.h>
#include <cuda/pipeline>
#include <cuda_fp16.h>
#include <mma.h>
"""


class Kernels:
    """The kernels of NAME.cu for a chip, as PTX in a folder of their own."""

    def __init__(self, nvcc, emulator, name, chip, folder):
        self.emulator, self.chip, self.folder = emulator, chip, folder
        self.source = here / f"{name}.cu"
        self.ptx = folder / f"{name}-{chip}.ptx"
        result = subprocess.run(
            [*nvcc, "-std=c++17", "-ptx", "-lineinfo", f"-arch={chip}", "-o",
             self.ptx, self.source], capture_output=True, text=True)
        assert result.returncode == 0, result.stderr

    def _run(self, kernel, grid, block, args, shared):
        command = [self.emulator, self.ptx, f"--kernel={kernel}",
                   f"--grid={grid}", f"--block={block}", f"--shared={shared}"]
        self.arrays = []
        for arg in args:
            if isinstance(arg, np.ndarray):
                path = self.folder / f"{len(self.arrays)}.npy"
                np.save(path, arg)
                self.arrays.append(path)
                command.append(f"--arg=inout:{path}")
            elif isinstance(arg, int):
                command.append(f"--arg=i32:{arg}")
            else:
                command.append(f"--arg={arg}")
        return subprocess.run(command, capture_output=True, text=True)

    def run(self, kernel, grid, block, *args, shared=0):
        """The arrays among the arguments, as the kernel leaves them."""
        result = self._run(kernel, grid, block, args, shared)
        assert result.returncode == 0, f"{kernel}: {result.stderr}"
        self.printed = result.stdout
        return [np.load(path) for path in self.arrays]

    def refuse(self, kernel, grid, block, *args, says, line=None, shared=0):
        """The emulator must name the fault, the kernel, and the line of the .cu
        that ends in `// fault: LINE` (unless given, the kernel's name)."""
        result = self._run(kernel, grid, block, args, shared)
        assert result.returncode != 0, f"{kernel}: no fault was found"
        for part in (says, f"'{kernel}'"):
            assert part in result.stderr, f"no {part} in: {result.stderr}"
        mark = f"// fault: {line or kernel}"
        lines = self.source.read_text().splitlines()
        # Inlined code is followed by the places of its calls.
        marked = [f"{self.source.name}:{i}{end}"
                  for i, text in enumerate(lines, 1) if text.endswith(mark)
                  for end in "),"]
        assert any(place in result.stderr for place in marked), (
            f"none of {marked} in: {result.stderr}")
        return result.stderr


def close(got, expected, tolerance):
    assert got.shape == expected.shape, f"{got.shape} and {expected.shape}"
    error = np.max(np.abs(got.astype("f8") - expected))
    assert error <= tolerance, f"error {error} > {tolerance}"


def equal(got, expected):
    wrong = np.argwhere(got != expected)
    assert not len(wrong), f"{len(wrong)} differ, the first at {wrong[0]}"


def find_nvcc(cuda_path):
    """The first nvcc that has its headers, and the options it needs."""
    places = [os.environ.get("HINM_NVCC")]
    for root in (cuda_path, os.environ.get("CUDA_PATH")):
        places.append(root and f"{root}/bin/nvcc")
    places += [shutil.which("nvcc"), "/usr/local/cuda/bin/nvcc"]
    # nvcc runs gcc by that name, for the preprocessor.
    options = []
    if not os.environ.get("NVCC_CCBIN") and not shutil.which("gcc"):
        host = shutil.which("clang++") or shutil.which("g++")
        if not host:
            skip("nvcc needs gcc or clang++ on the PATH, or $NVCC_CCBIN")
        options = ["-ccbin", host]
    why = []
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe.cu"
        probe.write_text(PROBE)
        for place in dict.fromkeys(places):
            if not place or not Path(place).exists():
                continue
            result = subprocess.run(
                [place, *options, "-std=c++17", "-E", "-arch=sm_90a", probe],
                capture_output=True, text=True)
            if result.returncode == 0:
                return [place, *options]
            why.append(f"{place}: {result.stderr.strip()}")
    skip("\n".join(["no nvcc with its headers (packages nvidia-cuda-nvcc, "
                    "-runtime, -crt and -cccl)", *why]))


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def main(*tests):
    """Runs (file name without .cu, chips, function) each."""
    if len(sys.argv) not in (2, 3):
        sys.exit(f"usage: {sys.argv[0]} PTX_EMULATE [CUDA_PATH]")
    nvcc = find_nvcc(sys.argv[2] if len(sys.argv) == 3 else None)
    print("compiled by", *nvcc, flush=True)
    with tempfile.TemporaryDirectory(prefix="hinm-emulator-") as folder:
        for name, chips, test in tests:
            for chip in chips:
                test(Kernels(nvcc, sys.argv[1], name, chip, Path(folder)))
                print(f"{name} {chip}: passed", flush=True)
