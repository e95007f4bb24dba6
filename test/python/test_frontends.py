# ===- test_frontends.py - models as torch-mlir exports them ------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Exported modules against torch's result with the weights that were kept."""
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (scripts/setup --tests)")
pytest.importorskip("torch_mlir", reason="torch-mlir is not installed (scripts/setup --tests)")

import nets  # noqa: E402
from frontends import Network  # noqa: E402

SMALL = [name for name in nets.NETS if not name.startswith("bert") and name != "embedded"]
# Layers whose rows are reordered by the search.
LAYERS = {"four_layers": 4, "swiglu": 3}
ONE_LAYER = {"linear", "linear_no_bias", "softmax", "layer_norm", "batch_norm"}
INPUTS = {
    "swiglu": 96, "feed_forward": 96, "residual": 96, "shared": 128, "tied": 128,
}  # fmt: skip


def tokens(count, features, seed=0):
    return torch.randn(count, features, generator=torch.Generator().manual_seed(seed))


def check_folded(network, name):
    """Every order that the search found is in an index."""
    found = LAYERS.get(name, 1 if name in ONE_LAYER else 2)
    assert network.permutations == {"found": found, "folded": found, "left": 0}


@pytest.mark.parametrize("name", SMALL)
def test_static(commands, tmp_path, name):
    features = INPUTS.get(name, 72)
    network = Network(commands, tmp_path, name, "13,%d" % features, "--permute=gyro")
    check_folded(network, name)
    network.check(tokens(13, features))


@pytest.mark.parametrize("name", ["linear", "gelu", "swiglu", "feed_forward", "two_outputs"])
def test_dynamic(commands, tmp_path, name):
    features = INPUTS.get(name, 72)
    network = Network(commands, tmp_path, name, "?,%d" % features, "--permute=gyro")
    check_folded(network, name)
    for count in (1, 5, 130):
        network.check(tokens(count, features, count))


@pytest.mark.parametrize("name", ["gelu", "feed_forward"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=["f16", "bf16"])
def test_half_precision(commands, tmp_path, name, dtype):
    features = INPUTS.get(name, 72)
    shape = "13,%d:%s" % (features, "f16" if dtype == torch.float16 else "bf16")
    network = Network(commands, tmp_path, name, shape, "--permute=gyro", dtype=dtype)
    assert set(network.storage) == {dtype}
    network.check(tokens(13, features).to(dtype))


def test_embedding(commands, tmp_path):
    network = Network(commands, tmp_path, "embedded", "?:i64", "--permute=gyro")
    network.check(torch.tensor([3, 0, 49, 3, 17]))
    # torch would stop at a number that is none of the 50.
    for device in ("emulator", "cpu"):
        (rows,), _ = network.run(torch.tensor([1, 50, -1]), device)
        assert np.isfinite(rows[0]).all()
        assert np.isnan(rows[1:]).all()


def test_block_launches(commands, tmp_path):
    """Two boundaries, two products, and the residual with the layer norm."""
    network = Network(commands, tmp_path, "feed_forward", "40,96", "--permute=gyro")
    x = tokens(40, 96)
    assert len(network.check(x, ["emulator"])) == 5
    folded, _ = network.run(x, "emulator")
    (tmp_path / "off").mkdir()
    off = Network(
        commands, tmp_path / "off", "feed_forward", "40,96", "--permute=gyro", "--fold=off"
    )
    assert off.permutations == {"found": 2, "folded": 0, "left": 2}
    explicit, kernels = off.run(x, "emulator")
    # A copy for each order, and what no longer fuses behind it.
    assert len(kernels) >= 7
    assert np.abs(folded[0] - explicit[0]).max() < 2e-3


@pytest.mark.parametrize("batch", [4, None], ids=["static", "dynamic"])
def test_bert_layer(commands, tmp_path, batch):
    """Attention included: its projections are sparse, the rest runs beside them."""
    pytest.importorskip("transformers")
    network = Network(
        commands, tmp_path, "bert_layer", "%s,32,384" % (batch or "?"), "--permute=gyro"
    )
    assert network.permutations == {"found": 6, "folded": 6, "left": 0}
    for count in [batch] if batch else [1, 3]:
        x = torch.randn(count, 32, 384, generator=torch.Generator().manual_seed(count))
        kernels = network.check(x)
        assert len(kernels) <= 22
        assert sum(kernel["mma_sp"] > 0 for kernel in kernels) == 6
