"""Linear maps in int8 as bitsandbytes' default back end quantizes and multiplies them: small products, and what the demo
models give with all maps of their layers so held; and what they give with weights alone in int8, divided by their scale.

Needs what ../nf4/generate.py does, and safetensors; run in this folder: python generate.py ../../../../../environment
"""

import json
import pathlib
import sys

sys.path.insert(0, "../nf4")
import generate as models  # first: it puts the default back end in place of the native one

import torch
from safetensors.torch import save_file
from torch.ops import bitsandbytes as ops
from transformers.pytorch_utils import Conv1D

THRESHOLD = 6.0


def quantize(weight):
    """Integers [out, in] and each row's largest magnitude."""
    integers, largest, _ = ops.int8_vectorwise_quant.default(weight, 0.0)
    return integers, largest


def product(x, integers, largest, bias=None):
    """LLM.int8. Columns with outliers are zero before the maxima of rows are taken."""
    rows = x.reshape(-1, x.shape[-1])
    columns = (rows.abs() >= THRESHOLD).any(0)
    rounded, maxima, _ = ops.int8_vectorwise_quant.default(rows.masked_fill(columns, 0.0), 0.0)
    y, _ = ops.int8_mixed_scaled_mm.default(
        rows, rounded, integers, maxima, largest, torch.argwhere(columns).view(-1), bias
    )
    return y.view(*x.shape[:-1], -1)


def rounded_weights(model):
    """Each row's scale is its largest magnitude over 127; torch.round rounds halves to even."""
    size = 0
    for module in models.maps(model):
        turned = isinstance(module, Conv1D)
        weight = module.weight.data.t() if turned else module.weight.data
        scales = weight.abs().amax(1, keepdim=True) / 127
        values = torch.round(weight / scales) * scales
        module.weight.data = values.t().contiguous() if turned else values
        size += values.numel() + 4 * scales.numel()
    return size


def rounded_products(model):
    size = 0
    for module in models.maps(model):
        weight = module.weight.data.t().contiguous() if isinstance(module, Conv1D) else module.weight.data
        integers, largest = quantize(weight)
        module.forward = lambda x, i=integers, l=largest, b=module.bias: product(x, i, l, b)
        size += integers.numel() + 4 * largest.numel()
    return size


def products():
    """Small cases by name: x [rows, in], weight [out, in], what becomes of it, and the product."""
    torch.manual_seed(0)
    cases = {}
    for name, (rows, inputs, outputs) in {
        "small": (3, 8, 5), "odd": (5, 97, 31), "wide": (4, 2500, 7), "outliers": (6, 40, 9), "zeros": (3, 12, 4),
        "one-row": (1, 33, 6),
    }.items():
        x = torch.randn(rows, inputs)
        weight = 0.1 * torch.randn(outputs, inputs)
        if name == "outliers":
            x[1, 3] = 9.5
            x[4, 3] = -5.9  # below the threshold, larger than all the rest of its row
            x[5, 17] = -6.0
        if name == "zeros":
            x[1] = 0
            weight[2] = 0
        integers, largest = quantize(weight)
        y = product(x, integers, largest)
        cases |= {f"{name}.x": x, f"{name}.weight": weight, f"{name}.integers": integers.float(),
                  f"{name}.largest": largest, f"{name}.y": y}
    return cases


if __name__ == "__main__":
    save_file({name: value.contiguous() for name, value in products().items()}, "products.safetensors")
    results = {"int8": models.measure(rounded_products), "int8-weight": models.measure(rounded_weights)}
    pathlib.Path("expected.json").write_text(json.dumps(results, indent=1) + "\n")
