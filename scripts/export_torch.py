#!/usr/bin/env python3
# ===- export_torch.py - a torch module as linalg ------------------ -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Exports a torch.nn.Module to linalg on tensors, ready for hinm-compile.

    scripts/export_torch.py FILE.py:NAME --input=SHAPE [--input=SHAPE] -o model.mlir
    scripts/export_torch.py package.module:NAME --input=?,384 -o model.mlir

NAME is a module, or a class or function that makes one without arguments. SHAPE is
a list of sizes, `128,384`; a dynamic size is `?`, or a name where several inputs
share it, `tokens,384`. An element type may follow: `?,384:f16`, `1,128:i64`.
"""
import argparse
import importlib
import importlib.util
import logging
import pathlib
import re
import sys


class ExportError(Exception):
    pass


def load(spec):
    """The object that `FILE.py:NAME` or `package.module:NAME` names."""
    source, separator, name = spec.rpartition(":")
    if not separator or not source or not name:
        raise ExportError("'%s' is not FILE.py:NAME or package.module:NAME" % spec)
    if source.endswith(".py"):
        path = pathlib.Path(source)
        if not path.is_file():
            raise ExportError("there is no file '%s'" % source)
        module_spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(module_spec)
        sys.path.insert(0, str(path.resolve().parent))
        module_spec.loader.exec_module(module)
    else:
        try:
            module = importlib.import_module(source)
        except ModuleNotFoundError as error:
            raise ExportError("cannot import '%s': %s" % (source, error)) from None
    if not hasattr(module, name):
        raise ExportError("'%s' has no '%s'" % (source, name))
    return getattr(module, name)


def make_net(torch, spec):
    net = load(spec)
    if not isinstance(net, torch.nn.Module) and callable(net):
        net = net()
    if not isinstance(net, torch.nn.Module):
        raise ExportError(
            "'%s' gives a %s, expected a torch.nn.Module" % (spec, type(net).__name__)
        )
    # The importer knows no buffer that is not part of the state.
    for module in net.modules():
        module._non_persistent_buffers_set.clear()
    return net.eval()


def parse_shape(text):
    """`?,384:f16` as (["?", 384], "f16")."""
    sizes, _, element = text.partition(":")
    shape = []
    for size in sizes.split(","):
        if re.fullmatch(r"[1-9][0-9]*", size):
            shape.append(int(size))
        elif size == "?" or re.fullmatch(r"[A-Za-z_]\w*", size):
            shape.append(size)
        else:
            raise ExportError(
                "'%s' in the shape '%s' is no size, expected a number from 1 up, '?' or "
                "a name" % (size, text)
            )
    return shape, element or "f32"


def example(torch, text, number, dims):
    """An example input, and which of its dimensions are dynamic."""
    types = {
        "f32": torch.float32,
        "f16": torch.float16,
        "bf16": torch.bfloat16,
        "i64": torch.int64,
        "i32": torch.int32,
        "i1": torch.bool,
    }
    shape, element = parse_shape(text)
    if element not in types:
        raise ExportError(
            "'%s' in the shape '%s' is no element type, expected one of %s"
            % (element, text, ", ".join(types))
        )
    sizes = []
    dynamic = {}
    for axis, size in enumerate(shape):
        if isinstance(size, int):
            sizes.append(size)
            continue
        name = "input%d_%d" % (number, axis) if size == "?" else size
        # torch specialises sizes of 0 and 1, and sizes that happen to be equal.
        dim, value = dims.setdefault(name, (torch.export.Dim(name), 7 + 2 * len(dims)))
        dynamic[axis] = dim
        sizes.append(value)
    return torch.zeros(sizes, dtype=types[element]), dynamic


def export(net_spec, shapes, entry="main"):
    """The text of the module."""
    # torch logs what it says again in the exception.
    logging.disable(logging.ERROR)
    try:
        import torch
        from torch_mlir import fx
    except ImportError as error:
        raise ExportError(
            "%s; install torch and torch-mlir (scripts/setup --tests does)" % error
        ) from None
    net = make_net(torch, net_spec)
    dims = {}
    examples = [example(torch, text, i, dims) for i, text in enumerate(shapes)]
    options = {}
    if dims:
        options["dynamic_shapes"] = tuple(dynamic for _, dynamic in examples)
    with torch.no_grad():
        module = fx.export_and_import(
            net,
            *(tensor for tensor, _ in examples),
            output_type="linalg-on-tensors",
            func_name=entry,
            **options,
        )
    return str(module)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("net", metavar="FILE.py:NAME")
    parser.add_argument(
        "--input", action="append", required=True, metavar="SHAPE", dest="inputs"
    )
    parser.add_argument("--entry", default="main", help="name of the function")
    parser.add_argument("-o", dest="output", required=True, metavar="FILE.mlir")
    arguments = parser.parse_args()
    try:
        text = export(arguments.net, arguments.inputs, arguments.entry)
        pathlib.Path(arguments.output).write_text(text)
    except (ExportError, OSError) as error:
        sys.exit("error: %s" % error)
    except Exception as error:  # Whatever torch says of a model that it cannot export.
        sys.exit("error: '%s' cannot be exported: %s" % (arguments.net, error))


if __name__ == "__main__":
    main()
