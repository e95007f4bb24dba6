# ===- test_export.py - torch-mlir's own text --------------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Models exported by torch-mlir, and our printer held against it."""
import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from conftest import ROOT, random_tokens
from hinm import block_reference, checks, feed_forward, files, linalg, minilm

torch = pytest.importorskip("torch", reason="torch is not installed (scripts/setup --tests)")
pytest.importorskip("torch_mlir", reason="torch-mlir is not installed (scripts/setup --tests)")

spec = importlib.util.spec_from_file_location(
    "export_torch", ROOT / "scripts" / "export_torch.py"
)
export_torch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(export_torch)

NETS = '''
import torch
from hinm import minilm

def pretrained():
    layer = minilm.pretrained_layer()
    net = torch.nn.Linear(layer.inputs, layer.outputs)
    net.weight.data = torch.from_numpy(layer.weight.copy())
    net.bias.data = torch.from_numpy(layer.bias.copy())
    return net

class FeedForward(torch.nn.Module):
    def __init__(self):
        from safetensors.torch import load_file
        from transformers import BertConfig
        from transformers.models.bert.modeling_bert import BertLayer

        super().__init__()
        config = BertConfig.from_json_file(str(minilm.model_folder() / "config.json"))
        config._attn_implementation = "eager"
        layer = BertLayer(config)
        arrays = load_file(str(minilm.model_folder() / "model.safetensors"))
        start = len(minilm.LAYER)
        layer.load_state_dict(
            {name[start:]: a for name, a in arrays.items() if name.startswith(minilm.LAYER)}
        )
        self.up, self.down = layer.intermediate, layer.output

    def forward(self, x):
        return self.down(self.up(x), x)

def pair():
    return torch.nn.Sequential(FeedForward(), FeedForward())

def stack():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(36, 28), torch.nn.ReLU(), torch.nn.Linear(28, 28),
        torch.nn.ReLU(), torch.nn.Linear(28, 20, bias=False))

class Buffered(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(16, 8)
        self.register_buffer("scale", torch.full((8,), 2.0), persistent=False)

    def forward(self, x):
        return self.linear(x) * self.scale

number = 3
'''


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    path = tmp_path_factory.mktemp("nets") / "nets.py"
    path.write_text(NETS)
    return path


def normalized(commands, text):
    """The text with the value names that hinm-opt gives."""
    return subprocess.run(
        [commands.path("hinm-opt"), "-"],
        input=text,
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("shape", ["3,36", "?,36"], ids=["static", "dynamic"])
def test_printer_prints_what_torch_mlir_prints(commands, nets, shape):
    net = export_torch.make_net(torch, "%s:stack" % nets)
    layers = [
        linalg.Layer(
            module.weight.detach().numpy(),
            None if module.bias is None else module.bias.detach().numpy(),
            relu=i < 4,
        )
        for i, module in enumerate(net)
        if hasattr(module, "weight")
    ]
    ours = linalg.print_module(layers, 3 if shape == "3,36" else None)
    theirs = export_torch.export("%s:stack" % nets, [shape])
    assert normalized(commands, ours) == normalized(commands, theirs)


def test_pretrained_layer(commands, nets, tmp_path):
    """The pretrained layer by way of torch: the same text, and torch's own result."""
    model = tmp_path / "model.mlir"
    script = [sys.executable, str(ROOT / "scripts" / "export_torch.py")]
    subprocess.run(
        [*script, "%s:pretrained" % nets, "--input=128,384", "-o", str(model)],
        check=True,
        env={"PYTHONPATH": str(ROOT / "python")},
    )
    layer = minilm.pretrained_layer()
    ours = linalg.print_module([layer], 128)
    assert normalized(commands, model.read_text()) == normalized(commands, ours)

    commands.compile(model, tmp_path / "artifact")
    read = files.Artifact(tmp_path / "artifact")
    mask, = checks.check_weights(read, "sm_80", [layer], 64, 0.5)
    x = random_tokens(128, 384)
    net = export_torch.make_net(torch, "%s:pretrained" % nets)
    with torch.no_grad():
        net.weight *= torch.from_numpy(mask)
        expected = net(torch.from_numpy(x)).numpy()
    # torch multiplies in f32 what the kernel multiplies in f16.
    operands = 2.0**-10 * (np.abs(x) @ np.abs(np.where(mask, layer.weight, 0)).T)
    for device in ("emulator", "cpu"):
        y, _ = commands.run_artifact(tmp_path / "artifact", [x], tmp_path, device)
        checks.check_result(y, expected, operands + 1e-6, device)


@pytest.mark.parametrize("name, count", [("FeedForward", 1), ("pair", 2)])
@pytest.mark.parametrize("shape", ["128,384", "?,384"], ids=["static", "dynamic"])
def test_blocks_are_printed_as_torch_mlir_prints_them(commands, nets, shape, name, count):
    pytest.importorskip("transformers")
    blocks = [minilm.pretrained_block()] * count
    ours = feed_forward.print_blocks(blocks, 128 if shape == "128,384" else None)
    theirs = export_torch.export("%s:%s" % (nets, name), [shape])
    assert normalized(commands, ours) == normalized(commands, theirs)


def test_activations_are_those_of_transformers(nets):
    """What enters the first layer's block on the sentences, and what leaves it."""
    transformers = pytest.importorskip("transformers")
    model = transformers.BertModel.from_pretrained(
        minilm.model_folder(), attn_implementation="eager", add_pooling_layer=False
    ).eval()
    entering, leaving = [], []
    layer = model.encoder.layer[0]
    layer.intermediate.register_forward_pre_hook(lambda _, x: entering.append(x[0][0]))
    layer.output.register_forward_hook(lambda _, x, y: leaving.append(y[0]))
    with torch.no_grad():
        for ids in minilm.tokenize(minilm.SENTENCES):
            model(input_ids=torch.tensor([ids]))
    entering, leaving = (torch.cat(parts).numpy()[:128] for parts in (entering, leaving))
    assert entering.shape == (128, 384)
    x = minilm.activations(128)
    assert np.abs(x - entering).max() < 1e-4
    y, _ = block_reference.unpruned(minilm.pretrained_block(), x)
    assert np.abs(y - leaving).max() < 1e-4


def test_compiled_block_gives_what_torch_gives(commands, nets, tmp_path):
    """torch runs the block with the masks that the artifact's weights show."""
    pytest.importorskip("transformers")
    model = tmp_path / "model.mlir"
    model.write_text(export_torch.export("%s:FeedForward" % nets, ["?,384"]))
    commands.compile(model, tmp_path / "artifact")
    read = files.Artifact(tmp_path / "artifact")
    block = minilm.pretrained_block()
    masks = checks.check_weights(read, "sm_80", block.layers, 64, 0.5)
    x = minilm.activations(37)
    net = export_torch.make_net(torch, "%s:FeedForward" % nets)
    with torch.no_grad():
        for part, mask in zip((net.up, net.down), masks):
            part.dense.weight *= torch.from_numpy(mask)
        expected = net(torch.from_numpy(x)).numpy()
    for device in ("emulator", "cpu"):
        y, _ = commands.run_artifact(tmp_path / "artifact", [x], tmp_path, device)
        # torch multiplies in f32 what the kernels multiply in f16.
        checks.check_result(y, expected, np.full(expected.shape, 2e-3), device)


def test_dynamic_stack(commands, nets, tmp_path):
    model = tmp_path / "model.mlir"
    model.write_text(export_torch.export("%s:stack" % nets, ["tokens,36"]))
    commands.compile(model, tmp_path / "artifact", "--vector=32")
    x = random_tokens(11, 36)
    commands.run_artifact(tmp_path / "artifact", [x], tmp_path, "emulator", "--check")


def test_batched_input(commands, nets, tmp_path):
    """[batch, tokens, features] arrives through collapse and expand."""
    model = tmp_path / "model.mlir"
    model.write_text(export_torch.export("%s:stack" % nets, ["2,7,36"]))
    commands.compile(model, tmp_path / "artifact", "--vector=32")
    x = random_tokens(14, 36).reshape(2, 7, 36)
    y, _ = commands.run_artifact(tmp_path / "artifact", [x], tmp_path, "emulator", "--check")
    assert y.shape == (2, 7, 20)


def test_half_precision(commands, tmp_path):
    net = tmp_path / "half.py"
    net.write_text(
        "import torch\n"
        "def net():\n"
        "    torch.manual_seed(1)\n"
        "    return torch.nn.Linear(64, 48).half()\n"
    )
    model = tmp_path / "model.mlir"
    model.write_text(export_torch.export("%s:net" % net, ["?,64:f16"]))
    commands.compile(model, tmp_path / "artifact", "--vector=32")
    x = random_tokens(6, 64).astype(np.float16)
    y, _ = commands.run_artifact(tmp_path / "artifact", [x], tmp_path, "emulator", "--check")
    assert y.dtype == np.float16


def test_buffers_that_are_not_persistent(nets):
    assert "linalg.matmul" in export_torch.export("%s:Buffered" % nets, ["?,16"])


@pytest.mark.parametrize(
    "net, shape, message",
    [
        ("{}:missing", "3,36", "has no 'missing'"),
        ("{}:number", "3,36", "gives a int, expected a torch.nn.Module"),
        ("missing.py:net", "3,36", "there is no file 'missing.py'"),
        ("no_such_package.nets:net", "3,36", "cannot import 'no_such_package.nets'"),
        ("nets", "3,36", "'nets' is not FILE.py:NAME"),
        ("{}:stack", "3,0", "'0' in the shape '3,0' is no size"),
        ("{}:stack", "3,36:f7", "'f7' in the shape '3,36:f7' is no element type"),
        ("{}:stack", "3,35", "cannot be exported"),
    ],
)
def test_refusals(nets, tmp_path, monkeypatch, net, shape, message):
    output = tmp_path / "model.mlir"
    arguments = [net.format(nets), "--input=" + shape, "-o", str(output)]
    monkeypatch.setattr(sys, "argv", ["export_torch.py", *arguments])
    with pytest.raises(SystemExit) as refusal:
        export_torch.main()
    # Python prints a text and ends with status 1.
    assert str(refusal.value).startswith("error: ")
    assert message in str(refusal.value)
    assert not output.exists()
