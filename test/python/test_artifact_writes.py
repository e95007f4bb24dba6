# ===- test_artifact_writes.py - an artifact is whole, or not there - -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Full disks, several writers of one artifact, interruptions, and other chips."""
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from conftest import random_tokens
from test_bad_input import check_refusal
from test_bad_input_network import place, snapshot  # noqa: F401

IN_SMALL_DISK = """mount -t tmpfs -o size=%dk none "$1" || exit 99
"$2" "$3" -o "$1/artifact"; status=$?; ls -A "$1"; exit $status"""


@pytest.mark.parametrize("size", [4, 24, 40])
def test_disk_full(commands, place, size):
    """A disk of so many KiB, which only the command sees."""
    (place / "disk").mkdir()
    script = IN_SMALL_DISK % size
    tool, model = commands.path("hinm-compile"), place / "model.mlir"
    command = ["unshare", "-rm", "sh", "-c", script, "sh", place / "disk", tool, model]
    if not shutil.which("unshare"):
        pytest.skip("no unshare")
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode == 99 or "unshare" in result.stderr:
        pytest.skip("no disk can be mounted: " + result.stderr)
    check_refusal(result, "No space left on device", "disk/artifact")
    assert not result.stdout, "something is left behind"


@pytest.mark.parametrize("writers, older", [(2, True), (5, False)])
def test_several_writers(commands, place, writers, older):
    """One of them is left, whole. (That all succeed is not demanded.)"""
    if not older:
        shutil.rmtree(place / "artifact")
    line = [commands.path("hinm-compile"), place / "model.mlir", "-o", place / "artifact"]
    running = [subprocess.Popen(line, stderr=subprocess.PIPE, text=True) for _ in range(writers)]
    for process in running:
        errors = process.communicate()[1]
        assert process.returncode == 0 or errors.count("error:") == 1
    commands.run_artifact(place / "artifact", [random_tokens(5, 64)], place, "emulator", "--check")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("moment", [0.1, 0.35])
def test_interrupted(commands, place, number, moment):
    """The artifact is the older or the newer one, whole; the next compile works."""
    line = [commands.path("hinm-compile"), place / "model.mlir", "-o", place / "artifact"]
    before = snapshot(place / "artifact")
    process = subprocess.Popen([*line, "--vector=32"], stderr=subprocess.PIPE)
    time.sleep(moment)
    process.send_signal(number)
    process.communicate()
    if process.returncode:
        assert snapshot(place / "artifact") == before
    if number != signal.SIGKILL:
        assert not list(place.glob("artifact.*")), "something is left behind"
    x = [random_tokens(5, 64)]
    commands.run_artifact(place / "artifact", x, place, "emulator", "--check")
    commands.compile(place / "model.mlir", place / "artifact")
    commands.run_artifact(place / "artifact", x, place, "emulator", "--check")


@pytest.mark.parametrize("chips", ["sm_90", "sm_80,sm_90", "sm_90a"])
def test_other_chips(commands, place, chips):
    """The emulator takes the highest; a chip that is not there is named, and what is."""
    commands.compile(place / "model.mlir", place / "artifact", "--chip=" + chips)
    np.save(place / "x.npy", random_tokens(5, 64))
    line = [place / "artifact", "--input=%s" % (place / "x.npy"), "--device=emulator"]
    assert "'main' (%s) on the emulator" % chips.split(",")[-1] in commands.run("hinm-run", *line)
    held = "cpu, " + chips.replace(",", ", ")
    check_refusal(commands.attempt("hinm-run", *line, "--chip=sm_100"), "'sm_100'.*holds " + held)
    line[-1] = "--device=cpu"
    check_refusal(commands.attempt("hinm-run", *line, "--chip=sm_90"), "'sm_90'.*CPU")
