# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""hinm-search: what it writes, computed again with numpy, and what it refuses."""

import json
import struct
import subprocess

import numpy as np
import pytest


@pytest.fixture
def hinm_search(build):
    def run(*arguments):
        return subprocess.run(
            [str(build / "bin" / "hinm-search"), *map(str, arguments)],
            capture_output=True, text=True, timeout=300)

    return run


@pytest.fixture
def weight(tmp_path):
    values = np.random.default_rng(1).normal(size=(100, 72)).astype(np.float32)
    values[::3, ::2] *= 3
    np.save(tmp_path / "w.npy", values)
    return values


def read(folder):
    return (np.load(folder / "row_order.npy"),
            np.load(folder / "vector_index.npy"),
            np.load(folder / "mask.npy"),
            json.loads((folder / "report.json").read_text()))


def kept_mask(saliency, row_order, vector_index, vector, n, m):
    """The N largest of each group, ties to the lower place, by plain loops."""
    mask = np.zeros(saliency.shape, bool)
    for place, row in enumerate(row_order):
        if row < 0:
            continue
        index = vector_index[place // vector]
        for group in index.reshape(-1, m):
            best = sorted(range(m), key=lambda p: (-saliency[row, group[p]], p))
            mask[row, group[best[:n]]] = True
    return mask


@pytest.mark.parametrize("strategy", ["none", "pca", "columns", "gyro",
                                      "anneal", "best"])
@pytest.mark.parametrize("n,m", [(2, 4), (1, 4), (2, 8)])
def test_results_agree_with_numpy(hinm_search, weight, tmp_path, strategy, n, m):
    out = tmp_path / "out"
    done = hinm_search(tmp_path / "w.npy", "-o", out, "--vector=16",
                       f"--nm={n}:{m}", f"--strategy={strategy}", "--seed=3")
    assert done.returncode == 0, done.stderr
    row_order, vector_index, mask, report = read(out)
    assert row_order.dtype == np.int64 and row_order.shape == (112,)
    assert sorted(row_order[:100]) == list(range(100))
    assert (row_order[100:] == -1).all()
    columns = 72 // 2 // m * m
    assert vector_index.dtype == np.int32
    assert vector_index.shape == (7, columns)
    for tile in vector_index:
        assert len(set(tile)) == columns and 0 <= min(tile) <= max(tile) < 72
    magnitude = np.abs(weight)
    assert mask.dtype == bool
    expected = kept_mask(magnitude, row_order, vector_index, 16, n, m)
    assert (mask == expected).all()
    total = magnitude.sum(dtype=np.float64)
    assert report["retained"]["result"] == pytest.approx(
        magnitude[mask].sum(dtype=np.float64) / total, rel=1e-6)
    kept = np.sort(magnitude, axis=None)[::-1][:100 * columns * n // m]
    assert report["retained"]["unstructured"] == pytest.approx(
        kept.sum(dtype=np.float64) / total, rel=1e-6)
    if strategy == "none":
        assert report["retained"]["result"] == report["retained"]["identity"]
        assert (row_order[:100] == np.arange(100)).all()
    else:
        assert report["retained"]["result"] > report["retained"]["identity"]
    assert report["strategy"] == strategy and report["seed"] == 3


def test_same_seed_same_result(hinm_search, weight, tmp_path):
    for out, threads in (("a", 1), ("b", 3)):
        assert hinm_search(tmp_path / "w.npy", "-o", tmp_path / out,
                           "--vector=16", f"--threads={threads}").returncode == 0
    for a, b in zip(read(tmp_path / "a")[:3], read(tmp_path / "b")[:3]):
        assert (a == b).all()


def test_saliency_decides(hinm_search, weight, tmp_path):
    saliency = np.random.default_rng(2).random((100, 72)).astype(np.float32)
    np.save(tmp_path / "s.npy", saliency)
    done = hinm_search(tmp_path / "w.npy", "-o", tmp_path / "o", "--vector=16",
                       f"--saliency={tmp_path / 's.npy'}", "--strategy=gyro")
    assert done.returncode == 0, done.stderr
    row_order, vector_index, mask, _ = read(tmp_path / "o")
    assert (mask == kept_mask(saliency, row_order, vector_index, 16, 2, 4)).all()


def test_safetensors_budget_and_plot(hinm_search, weight, tmp_path):
    header = json.dumps({"a.weight": {
        "dtype": "F32", "shape": [100, 72],
        "data_offsets": [0, weight.nbytes]}}).encode()
    file = tmp_path / "m.safetensors"
    file.write_bytes(struct.pack("<Q", len(header)) + header + weight.tobytes())
    done = hinm_search(f"{file}:a.weight", "-o", tmp_path / "o", "--vector=16",
                       "--strategy=best", "--time-budget=1s", "--plot")
    assert done.returncode == 0, done.stderr
    report = read(tmp_path / "o")[3]
    trace = [step["retained"] for step in report["trace"]]
    assert trace == sorted(trace) and trace[-1] == report["retained"]["result"]
    assert report["time_budget"] == 1
    assert (tmp_path / "o" / "plot.svg").read_text().startswith("<svg")
    done = hinm_search(f"{file}:b", "-o", tmp_path / "o")
    assert done.returncode == 1 and "such as a.weight" in done.stderr


@pytest.mark.parametrize("with_saliency", [False, True])
@pytest.mark.parametrize("with_cross", [False, True])
def test_calibration(hinm_search, weight, tmp_path, with_cross, with_saliency):
    random = np.random.default_rng(4)
    inputs = random.normal(size=(400, 72)) @ random.normal(size=(72, 72))
    wanted = inputs @ weight.T.astype(np.float64)
    if with_cross:
        wanted += inputs @ (0.3 * random.normal(size=(72, 100)))
    np.save(tmp_path / "g.npy", (inputs.T @ inputs).astype(np.float32))
    arguments = [tmp_path / "w.npy", "-o", tmp_path / "o", "--vector=16",
                 "--strategy=gyro", f"--gram={tmp_path / 'g.npy'}",
                 "--damping=1e-6"]
    if with_cross:
        np.save(tmp_path / "c.npy", (wanted.T @ inputs).astype(np.float32))
        arguments.append(f"--cross={tmp_path / 'c.npy'}")
    if with_saliency:
        np.save(tmp_path / "s.npy", np.abs(weight))
        arguments.append(f"--saliency={tmp_path / 's.npy'}")
    done = hinm_search(*arguments)
    assert done.returncode == 0, done.stderr
    row_order, vector_index, mask, report = read(tmp_path / "o")
    fitted = np.load(tmp_path / "o" / "weight.npy")
    assert fitted.dtype == np.float32 and (fitted[~mask] == 0).all()
    # numpy's least squares on the support of each row.
    error = power = 0
    for row in range(100):
        support = inputs[:, mask[row]]
        best = np.linalg.lstsq(support, wanted[:, row], rcond=None)[0]
        error += ((support @ best - wanted[:, row]) ** 2).sum()
        power += (wanted[:, row] ** 2).sum()
    found = ((inputs @ fitted.T - wanted) ** 2).sum()
    assert found == pytest.approx(error, rel=1e-2)
    # The columns and the mask that a saliency chose, or that the error chose.
    errors = report["output_error"]
    assert ("searched" in errors) != with_saliency
    final = errors["fitted"] if with_saliency else errors["searched"]
    assert final == pytest.approx(error / power, rel=2e-2)
    assert final <= errors["fitted"] < errors["masked"]
    assert mask.sum() == 100 * 18
    for tile, columns in enumerate(vector_index):
        rows = row_order[16 * tile:16 * tile + 16]
        kept = mask[rows[rows >= 0]][:, columns]
        assert (kept.reshape(len(kept), -1, 4).sum(2) == 2).all()


@pytest.mark.parametrize("arguments,message", [
    (["--nm=2:3"], "N:M is 2:3, expected M to be 2, 4 or 8"),
    (["--nm=5:4"], "N:M is 5:4, expected N from 1 to 4"),
    (["--nm=two"], "option '--nm' is 'two', expected N:M such as 2:4"),
    (["--vector=0"], "option '--vector' is '0', expected a number from 1"),
    (["--column-sparsity=1"], "expected a number from 0 to below 1"),
    (["--strategy=gyros"], "unknown strategy 'gyros', expected none, pca"),
    (["--time-budget=soon"], "expected seconds, at least 0"),
    (["--speed=1"], "unknown option '--speed'"),
    (["--seed=1", "--seed=2"], "option '--seed' is given twice"),
    (["--saliency=none.npy"], "none.npy"),
    (["--gram=none.npy"], "none.npy"),
    (["--cross=c.npy"], "option '--cross' is given without '--gram'"),
    (["--damping=-1"], "option '--damping' is '-1', expected a number"),
])
def test_refuses(hinm_search, weight, tmp_path, arguments, message):
    done = hinm_search(tmp_path / "w.npy", "-o", tmp_path / "o", *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "o" / "report.json").exists()


def test_refuses_numbers(hinm_search, weight, tmp_path):
    weight[7, 5] = np.nan
    np.save(tmp_path / "nan.npy", weight)
    done = hinm_search(tmp_path / "nan.npy", "-o", tmp_path / "o")
    assert done.returncode == 1
    assert "weight is NaN at row 7 column 5" in done.stderr
    np.save(tmp_path / "cube.npy", np.zeros((2, 3, 4), np.float32))
    done = hinm_search(tmp_path / "cube.npy", "-o", tmp_path / "o")
    assert done.returncode == 1 and "expected a matrix" in done.stderr
    (tmp_path / "file").write_text("")
    done = hinm_search(tmp_path / "w.npy", "-o", tmp_path / "file")
    assert done.returncode == 1 and "cannot make folder" in done.stderr
