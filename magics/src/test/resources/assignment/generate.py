"""Makes the correlation matrices in this folder and their optimal assignments by scipy.

Units of the demo model's layers 3 and 4 over a few blocks of text: real correlations, with near ties and dead units.
Needs torch, transformers and scipy; run in this folder: python generate.py
"""

import json
import pathlib

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from transformers import AutoTokenizer, GPT2LMHeadModel

ENVIRONMENT = pathlib.Path(__file__).resolve().parents[5] / "environment"
SIZES = [64, 200]

folder = ENVIRONMENT / "models" / "gpt2-novels"
model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()
text = (ENVIRONMENT / "data" / "novels-validation.txt").read_text()[:20000]
ids = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt").input_ids[0]
blocks = ids[: len(ids) // 256 * 256].view(-1, 256)

units = {}
for layer in (3, 4):
    up = model.transformer.h[layer].mlp.c_fc
    up.register_forward_hook(
        lambda module, inputs, output, layer=layer: units.__setitem__(layer, output.flatten(0, 1).double().numpy()))
with torch.no_grad():
    model(blocks)

expected = {}
for n in SIZES:
    x, y = ((u[:, :n] - u[:, :n].mean(0)) / u[:, :n].std(0) for u in (units[3], units[4]))
    correlation = (x.T @ y / len(x)).astype("<f4")
    correlation.tofile(f"correlation-{n}.f32")
    rows, columns = linear_sum_assignment(correlation.astype(np.float64), maximize=True)
    expected[n] = {
        "value": float(correlation.astype(np.float64)[rows, columns].sum()),
        "columns": columns.tolist(),
    }
pathlib.Path("expected.json").write_text(json.dumps(expected) + "\n")
