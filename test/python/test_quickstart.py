# ===- test_quickstart.py - what the README promises -------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The quickstart itself, and the files it leaves."""
import base64
import json
import math
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree
import zlib

import numpy as np
import pytest

from conftest import ROOT
from hinm import checks, files, format as stored_format, minilm, raster

STRATEGIES = ["none", "columns", "gyro"]


def run_quickstart(build):
    return subprocess.run(
        [sys.executable, "-m", "hinm.quickstart", "--build=%s" % build],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
    )


@pytest.fixture(scope="module")
def output(build):
    result = run_quickstart(build)
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="module")
def artifacts(output, build):
    return {name: files.Artifact(build / "quickstart" / name) for name in STRATEGIES}


def row(output, name):
    """The values behind a name in one of the tables."""
    line = re.search(r"^ +%s  +(.*)$" % re.escape(name), output, re.MULTILINE)
    assert line, "no row '%s' in\n%s" % (name, output)
    return re.split(r"  +", line.group(1))


def numbers(output, name):
    return [float(value.split()[0].replace(",", "")) for value in row(output, name)]


def test_shapes(output):
    assert row(output, "layer") == ["intermediate.dense", "output.dense"]
    assert row(output, "shape") == ["1536 x 384", "384 x 1536"]
    assert row(output, "density") == ["25.0 %"] * 2
    assert row(output, "bytes, dense f16") == ["1,179,648"] * 2
    assert row(output, "--permute") == STRATEGIES


def test_saliency_is_what_the_compiler_counts(output, artifacts):
    """numpy's shares, read back from the weights, are those of the report."""
    layers = {name: artifact.report["layers"] for name, artifact in artifacts.items()}
    shown = "{:.2f} %".format
    for name in STRATEGIES:
        expected = [shown(100 * layer["retained"]) for layer in layers[name]]
        assert row(output, "retained saliency, " + name) == expected
    bounds = [shown(100 * layer["retained_bound"]) for layer in layers["none"]]
    assert row(output, "unstructured upper bound") == bounds


def test_strategies_are_ordered(output):
    names = ["retained saliency, " + name for name in STRATEGIES]
    rows = [numbers(output, name) for name in [*names, "unstructured upper bound"]]
    for shares in zip(*rows):
        assert list(shares) == sorted(set(shares))


def test_permutations(output):
    found = numbers(output, "permutations found")
    assert found[0] == 0 and found[2] >= 1
    assert numbers(output, "folded into indices") == found
    assert numbers(output, "left to run") == [0, 0, 0]


def test_bytes(output, artifacts):
    """The stored bytes are docs/format.md's, and so are the arrays in the file."""
    weights = artifacts["gyro"].weights("sm_80")
    for size, tiles, columns in zip(
        numbers(output, "bytes, sparse"), (1536 // 64, 384 // 64), (192, 768)
    ):
        assert stored_format.stream_lookahead(int(size) // tiles, 64, columns)
        assert any(array.nbytes == size and len(array) == tiles for array in weights)
    assert max(numbers(output, "share of dense")) < 0.33


def test_kernels(output):
    # 24 * 6 fragments of 16 rows by 6 or 24 steps of 32 columns by 128 / 8 tokens.
    least = 96 * 6 * 16 + 24 * 24 * 16
    assert numbers(output, "at least") == [least] * 3
    for issued in numbers(output, "executed mma.sp"):
        assert least <= issued <= 1.15 * least
    launched = numbers(output, "kernels launched")
    # Permuting the rows launches nothing more.
    assert launched[2] == launched[0] >= 2


def plain_block(x):
    """(result, down's result) in f32, as one would write it down."""
    block = minilm.pretrained_block()
    h = x @ block.up.weight.T + block.up.bias
    h = h * np.vectorize(lambda v: 0.5 * (1 + math.erf(v * 0.5**0.5)))(h)
    part = h.astype(np.float32) @ block.down.weight.T + block.down.bias
    z = part + x
    z = (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)
    return z * block.scale + block.shift, part


def test_errors(output, build):
    for device in ("emulator", "CPU"):
        assert 0 < max(numbers(output, "largest error, " + device)) < 2e-3
    x = np.load(build / "quickstart" / "x0.npy")
    assert x.shape == (128, 384)
    y = np.load(build / "quickstart" / "y-emulator.npy")
    dense, _ = plain_block(x)
    largest = numbers(output, "unpruned block: largest error")[2]
    assert largest == pytest.approx(np.abs(y - dense).max(), abs=2e-3)
    cosines = [
        y[i] @ dense[i] / np.sqrt(y[i] @ y[i] * (dense[i] @ dense[i]))
        for i in range(128)
    ]
    assert numbers(output, "cosine")[2] == pytest.approx(np.mean(cosines), abs=2e-4)
    part = numbers(output, "cosine before the residual")
    assert all(0 < value < 1 for value in part) and part[2] > part[0]


@pytest.mark.parametrize(
    "text",
    [
        r"PTX for sm_80 +\S*gyro/sm_80/kernels\.ptx",
        r"All results agree with numpy",
        r"hinm-compile model\.mlir",
    ],
)
def test_text(output, text):
    assert re.search(text, output), output


def pixels_of(data):
    """A PNG's palette indices, without a library."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    at = data.index(b"IDAT")
    size = int.from_bytes(data[at - 4 : at], "big")
    lines = np.frombuffer(zlib.decompress(data[at + 4 : at + 4 + size]), np.uint8)
    lines = lines.reshape(height, width + 1)
    assert not lines[:, 0].any()
    return lines[:, 1:]


def test_picture(output, build):
    """Valid XML; the stored order has its kept columns first, half of them kept."""
    path = build / "quickstart" / "gyro.svg"
    assert str(path.name) in row(output, "the first weight, drawn")[0]
    assert path.stat().st_size < 500000
    svg = xml.etree.ElementTree.fromstring(path.read_text())
    assert svg.get("width") == "1200"
    prefix = "data:image/png;base64,"
    images = [
        pixels_of(base64.b64decode(image.get("href")[len(prefix) :]))
        for image in svg.iter("{http://www.w3.org/2000/svg}image")
    ]
    kinds = [image // raster.LEVELS for image in images]
    overviews = [k for k in kinds if k.shape == (384, 384)]
    windows = [k for k in kinds if k.shape == (24 * 11, 48 * 11)]
    assert len(overviews) == 2 and len(windows) == 4
    assert (overviews[1][:, :192] == raster.KEPT).all()
    assert (overviews[1][:, 192:] == raster.COLUMN_DROPPED).all()
    for window in windows[2:]:
        entries = window[5::11, 5::11]
        assert (entries[:, 36:] == raster.COLUMN_DROPPED).all()
        groups = entries[:, :36].reshape(24, 9, 4)
        assert ((groups == raster.KEPT).sum(axis=2) == 2).all()
        assert ((groups == raster.DROPPED).sum(axis=2) == 2).all()


def test_weights_file_is_standard_safetensors(artifacts):
    """The package of the format's authors reads the same arrays."""
    safetensors = pytest.importorskip("safetensors.numpy")
    for target in ("sm_80", "cpu"):
        path = artifacts["gyro"].file(target, "weights")
        ours = files.read_safetensors(path)
        theirs = safetensors.load_file(path)
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_pretrained_weights_are_the_packages():
    block = minilm.pretrained_block()
    assert block.up.weight.shape == (1536, 384) and block.up.bias.shape == (1536,)
    assert block.down.weight.shape == (384, 1536) and block.down.bias.shape == (384,)
    for layer in block.layers:
        assert 0.01 < np.abs(layer.weight).mean() < 0.1


@pytest.mark.parametrize("number, key", [(0, "row_order"), (1, "input_order")])
def test_a_wrong_order_is_noticed(artifacts, tmp_path, number, key):
    """Two places exchanged in the report alone: the weights no longer fit it."""
    shutil.copytree(artifacts["gyro"].path, tmp_path / "copy")
    layers = minilm.pretrained_block().layers
    checks.check_weights(files.Artifact(tmp_path / "copy"), "sm_80", layers, 64, 0.5)
    report = json.loads((tmp_path / "copy" / "report.json").read_text())
    order = report["layers"][number][key]
    order[3], order[700] = order[700], order[3]
    (tmp_path / "copy" / "report.json").write_text(json.dumps(report))
    with pytest.raises(checks.CheckError, match="layer %d in 'sm_80'" % number):
        checks.check_weights(
            files.Artifact(tmp_path / "copy"), "sm_80", layers, 64, 0.5
        )
    order[3] = order[4]
    (tmp_path / "copy" / "report.json").write_text(json.dumps(report))
    with pytest.raises(stored_format.FormatError, match="is no permutation of 1536"):
        checks.check_weights(
            files.Artifact(tmp_path / "copy"), "sm_80", layers, 64, 0.5
        )


WRONG_RUN = """#!{python}
import subprocess, sys
import numpy as np
status = subprocess.run(["{tool}", *sys.argv[1:]]).returncode
path, = [a.split("=", 1)[1] for a in sys.argv if a.startswith("--output=")]
if "{device}" in path:
    y = np.load(path)
    y[17, 5] += 0.05
    np.save(path, y)
sys.exit(status)
"""


@pytest.mark.parametrize("device", ["emulator", "cpu"])
def test_a_wrong_result_fails(build, tmp_path, device):
    """One entry of 128 x 384, off by 0.05: status 1, and no table."""
    (tmp_path / "bin").mkdir()
    for tool in ("hinm-compile", "hinm-opt"):
        (tmp_path / "bin" / tool).symlink_to(build / "bin" / tool)
    wrapper = tmp_path / "bin" / "hinm-run"
    tool = build / "bin" / "hinm-run"
    wrapper.write_text(
        WRONG_RUN.format(python=sys.executable, tool=tool, device=device)
    )
    wrapper.chmod(0o755)
    result = run_quickstart(tmp_path)
    assert result.returncode == 1
    assert "error: %s, --permute=none: 1 of 49152 entries" % device in result.stdout
    assert "[17, 5]" in result.stdout and "agree" not in result.stdout


def test_it_needs_no_torch():
    """What requirements.txt installs is enough."""
    code = "import sys; sys.modules.update(torch=None, transformers=None); "
    code += "from hinm import minilm, quickstart; print(minilm.activations(128).shape)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
    )
    assert result.stdout.strip() == "(128, 384)"
