# ===- nets.py - torch modules that are compiled ------------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Modules with linear layers, small unless pretrained, for test_frontends.py.

`make` gives the same weights each time: export_torch.py makes a module by its name.
"""
import torch
from torch import nn
from torch.nn import functional as F

from hinm import minilm


class Scale(nn.Module):
    def forward(self, x):
        return x * 0.125


ACTIVATIONS = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "gelu_tanh": lambda: nn.GELU(approximate="tanh"),
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "leaky_relu": lambda: nn.LeakyReLU(0.1),
    "scale": Scale,
}


def mlp(activation):
    return nn.Sequential(nn.Linear(72, 160), activation(), nn.Linear(160, 96))


def four_layers():
    return nn.Sequential(
        nn.Linear(72, 160), nn.ReLU(), nn.Linear(160, 96, bias=False), nn.GELU(),
        nn.Linear(96, 128), nn.Tanh(), nn.Linear(128, 65),
    )  # fmt: skip


class SwiGLU(nn.Module):
    """Two layers, each with an order of rows that is best for it, meet in a product."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(96, 160, bias=False)
        self.up = nn.Linear(96, 160, bias=False)
        self.down = nn.Linear(160, 96, bias=False)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class FeedForward(nn.Module):
    def __init__(self, size=96, hidden=160):
        super().__init__()
        self.up = nn.Linear(size, hidden)
        self.down = nn.Linear(hidden, size)
        self.norm = nn.LayerNorm(size)
        nn.init.normal_(self.norm.weight)
        nn.init.normal_(self.norm.bias)

    def forward(self, x):
        return self.norm(self.down(F.gelu(self.up(x))) + x)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(96, 160)
        self.second = nn.Linear(160, 96)

    def forward(self, x):
        return x + self.second(F.relu(self.first(x)))


class Shared(nn.Module):
    """One weight, twice: behind its own inputs' order and behind its rows'."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(128, 128)

    def forward(self, x):
        return self.linear(F.relu(self.linear(x)))


class Tied(nn.Module):
    """Two layers with one weight and a bias each."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(128, 128), nn.Linear(128, 128)
        self.second.weight = self.first.weight

    def forward(self, x):
        return self.second(F.relu(self.first(x)))


class TwoOutputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(72, 160)
        self.second = nn.Linear(160, 96)

    def forward(self, x):
        hidden = F.relu(self.first(x))
        return self.second(hidden), hidden


class Embedded(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 72)
        self.linear = nn.Linear(72, 96)

    def forward(self, numbers):
        return self.linear(self.embedding(numbers))


def behind_a_layer(last):
    return nn.Sequential(nn.Linear(72, 96), last)


def layer_norm():
    last = nn.LayerNorm(96)
    nn.init.normal_(last.weight)
    nn.init.normal_(last.bias)
    return behind_a_layer(last)


def batch_norm():
    last = nn.BatchNorm1d(96)
    for tensor in (last.weight, last.bias, last.running_mean):
        nn.init.normal_(tensor)
    nn.init.uniform_(last.running_var, 0.5, 2)
    return behind_a_layer(last)


class BertLayer(nn.Module):
    """The first layer of all-MiniLM-L6-v2, attention included."""

    def __init__(self):
        from safetensors.torch import load_file
        from transformers import BertConfig
        from transformers.models.bert import modeling_bert

        super().__init__()
        config = BertConfig.from_json_file(str(minilm.model_folder() / "config.json"))
        config._attn_implementation = "eager"
        self.layer = modeling_bert.BertLayer(config)
        arrays = load_file(str(minilm.model_folder() / "model.safetensors"))
        start = len(minilm.LAYER)
        self.layer.load_state_dict(
            {name[start:]: a for name, a in arrays.items() if name.startswith(minilm.LAYER)}
        )

    def forward(self, x):
        y = self.layer(x)
        return y[0] if isinstance(y, tuple) else y


class BertFeedForward(nn.Module):
    """Its feed-forward block."""

    def __init__(self):
        super().__init__()
        layer = BertLayer().layer
        self.up, self.down = layer.intermediate, layer.output

    def forward(self, x):
        return self.down(self.up(x), x)


NETS = {
    "linear": lambda: nn.Linear(72, 160),
    "linear_no_bias": lambda: nn.Linear(72, 160, bias=False),
    **{name: lambda made=made: mlp(made) for name, made in ACTIVATIONS.items()},
    "four_layers": four_layers,
    "swiglu": SwiGLU,
    "feed_forward": FeedForward,
    "residual": Residual,
    "shared": Shared,
    "tied": Tied,
    "two_outputs": TwoOutputs,
    "embedded": Embedded,
    "softmax": lambda: behind_a_layer(nn.Softmax(dim=-1)),
    "layer_norm": layer_norm,
    "batch_norm": batch_norm,
    "bert_layer": BertLayer,
    "bert_feed_forward": BertFeedForward,
}


def make(name):
    torch.manual_seed(0)
    return NETS[name]().eval()
