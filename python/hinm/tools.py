# ===- tools.py - runs hinm-compile and hinm-run --------------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Runs the commands of a build folder."""
import json
import os
import pathlib
import subprocess

import numpy as np


class ToolError(RuntimeError):
    """A command that failed: its status and what it wrote to standard error."""

    def __init__(self, command, status, errors):
        self.status = status
        self.errors = errors
        super().__init__(
            "'%s' ended with status %d:\n%s" % (" ".join(command), status, errors)
        )


class Tools:
    def __init__(self, build):
        self.build = pathlib.Path(build)

    def path(self, name):
        return str(self.build / "bin" / name)

    def run(self, name, *arguments, **options):
        """Standard output of a command; ToolError where it fails."""
        result = self.attempt(name, *arguments, **options)
        if result.returncode:
            raise ToolError(result.args, result.returncode, result.stderr)
        return result.stdout

    def attempt(self, name, *arguments, environment=None, **options):
        return subprocess.run(
            [self.path(name), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            env={**os.environ, **(environment or {})},
            **options,
        )

    def compile(self, model, artifact, *options):
        return self.run("hinm-compile", model, "-o", artifact, *options)

    def run_artifact(self, artifact, inputs, folder, device, *options, counters=False):
        """Runs an entry with one output: its array, and the kernels' counters."""
        folder = pathlib.Path(folder)
        arguments = [artifact, "--device=%s" % device]
        for i, array in enumerate(inputs):
            path = folder / ("x%d.npy" % i)
            np.save(path, array)
            arguments.append("--input=%s" % path)
        output = folder / ("y-%s.npy" % device)
        arguments.append("--output=%s" % output)
        counted = folder / ("counters-%s.json" % device)
        if counters:
            arguments.append("--counters=%s" % counted)
        self.run("hinm-run", *arguments, *options)
        kernels = json.loads(counted.read_text()) if counters else None
        return np.load(output), kernels
