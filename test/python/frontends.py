# ===- frontends.py - torch modules, compiled and by torch --------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Exports modules of nets.py, compiles them, and runs torch on what was kept.

torch computes in f64. How far the artifact may be from that follows from running torch
again with each result of an op moved by the error that its type brings.
"""
import copy
import importlib.util
import json
from unittest import mock

import numpy as np
import torch
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

import nets
from conftest import ROOT
from hinm import checks, files, linalg

spec = importlib.util.spec_from_file_location(
    "export_torch", ROOT / "scripts" / "export_torch.py"
)
export_torch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(export_torch)

CHIP = "sm_80"
SPARSITY = 0.5
# Half the distance of two numbers around 1, and of two around 0.
ROUNDING = {
    torch.float16: (2.0**-11, 2.0**-25),
    torch.bfloat16: (2.0**-8, 0.0),
    # Functions are polynomials; sums of some hundred terms lose as much.
    torch.float32: (2.0**-20, 0.0),
}
SAMPLES = 4


class Moved(TorchDispatchMode):
    """Moves each result by the largest error of rounding it, up or down at random."""

    def __init__(self, dtype, seed):
        super().__init__()
        self.dtype = dtype
        self.random = torch.Generator().manual_seed(seed)

    def move(self, x, dtype):
        relative, absolute = ROUNDING[dtype]
        signs = torch.randint(2, x.shape, generator=self.random) * 2 - 1
        return x + signs * (relative * x.abs() + absolute)

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        result = function(*arguments, **(options or {}))
        is_view = isinstance(result, torch.Tensor) and result._is_view()
        if not isinstance(result, torch.Tensor) or is_view:
            return result
        return self.move(result, self.dtype) if result.is_floating_point() else result


def as_numpy(tensor):
    """A dtype of numpy, or the bits of bf16."""
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view("V2")
    return tensor.numpy()


def as_f64(array):
    if array.dtype.kind == "V":
        array = torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
        return array.double().numpy()
    return array.astype(np.float64)


def run_with(net, x, linear):
    """The net's results, `linear(module, operand)` in place of each linear layer."""
    with mock.patch.object(torch.nn.Linear, "forward", linear), torch.no_grad():
        y = net(x)
    return list(y) if isinstance(y, tuple) else [y]


class Network:
    """A module of nets.py, its artifact, and what torch makes of the same weights."""

    def __init__(self, commands, folder, name, shape, *options, dtype=torch.float32):
        self.commands, self.folder = commands, folder
        self.net = nets.make(name).to(dtype)
        self.dtype = dtype
        self.vector = 32
        nets.chosen = self.net
        (folder / "model.mlir").write_text(export_torch.export("nets:chosen", [shape]))
        commands.compile(
            folder / "model.mlir", folder / "artifact", "--vector=32", "--chip=" + CHIP,
            *options
        )  # fmt: skip
        self.artifact = files.Artifact(folder / "artifact")
        self.permutations = self.artifact.report["permutations"]
        self.storage = [
            torch.bfloat16 if layer["storage"] == "bf16" else torch.float16
            for layer in self.artifact.report["layers"]
        ]
        self.options = options
        self.masks = None

    def find_masks(self, layers):
        artifact = self.artifact
        if torch.bfloat16 in self.storage:
            # What is kept does not depend on the storage, and f16 is what can be read.
            self.commands.compile(
                self.folder / "model.mlir", self.folder / "f16", "--vector=32",
                *self.options, "--storage=f16",
            )
            artifact = files.Artifact(self.folder / "f16")
        return checks.check_weights(artifact, CHIP, layers, self.vector, SPARSITY)

    def reference(self, x):
        """torch's results in f64, and how far each may be missed."""
        layers = []

        def find(module, operand):
            layers.append(module)
            return F.linear(operand, module.weight, module.bias)

        run_with(self.net, x, find)
        weights = [module.weight.detach().float().numpy() for module in layers]
        if self.masks is None:
            self.masks = self.find_masks(list(map(linalg.Layer, weights)))
        kept = [
            torch.from_numpy(np.where(mask, weight, 0)).to(dtype).double()
            for mask, weight, dtype in zip(self.masks, weights, self.storage)
        ]
        net = copy.deepcopy(self.net).double()
        x = x.double() if x.is_floating_point() else x

        def results(move):
            remaining = iter(zip(kept, self.storage))

            def linear(module, operand):
                weight, storage = next(remaining)
                return F.linear(move(operand, storage), weight, module.bias)

            return run_with(net, x, linear)

        expected = results(lambda operand, storage: operand)
        bounds = [0.0] * len(expected)
        for seed in range(SAMPLES):
            with Moved(self.dtype, seed) as moved:
                found = results(moved.move)
            bounds = [
                max(bound, float((a - b).abs().max()))
                for bound, a, b in zip(bounds, found, expected)
            ]
        return [y.numpy() for y in expected], [2 * bound for bound in bounds]

    def run(self, x, device):
        """The artifact's results, and what each kernel did if on the emulator."""
        np.save(self.folder / "x.npy", as_numpy(x))
        outputs = self.artifact.manifest["entries"][0]["outputs"]
        paths = [self.folder / ("y%d.npy" % i) for i in range(len(outputs))]
        counters = self.folder / "counters.json"
        self.commands.run(
            "hinm-run", self.artifact.path, "--device=" + device,
            "--input=%s" % (self.folder / "x.npy"),
            *("--output=%s" % path for path in paths),
            *["--counters=%s" % counters] * (device == "emulator"),
        )  # fmt: skip
        kernels = json.loads(counters.read_text()) if device == "emulator" else []
        return [np.load(path) for path in paths], kernels

    def check(self, x, devices=("emulator", "cpu")):
        """Runs on each device and compares with torch; the emulator's kernels."""
        expected, bounds = self.reference(x)
        launched = []
        for device in devices:
            found, kernels = self.run(x, device)
            launched += kernels
            for y, wanted, bound in zip(found, expected, bounds):
                checks.check_result(
                    as_f64(y), wanted, np.full(wanted.shape, bound), device
                )
        return launched
