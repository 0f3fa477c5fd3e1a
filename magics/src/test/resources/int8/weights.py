"""Weights in int8 alone by the definition, in numpy's float32: scale = max|W| / 127 of each row, W / scale rounded half to
even. Values of half precision whose rows have ties, half of the largest among them, rows of zeros and tiny ones.

Needs numpy; run in this folder: python weights.py
"""

import json
import pathlib

import numpy as np

random = np.random.default_rng(7)
ROWS, INPUTS = 60, 32
halves = random.normal(0, 0.1, (ROWS, INPUTS)).astype(np.float16).astype(np.float32)
largest = np.abs(halves).max(1)
halves[:, 0] = largest / 2  # 63.5 of its scale
halves[:, 1] = -largest / 2
steps = random.integers(-126, 126, (ROWS, INPUTS)) + 0.5
ties = (steps * 2.0 ** -random.integers(3, 9, (ROWS, 1))).astype(np.float32)
ties[:, 0] = 127 * np.abs(ties).max(1) / np.abs(steps).max(1)
near = (steps * (largest[:, None] / np.float32(127))).astype(np.float32)
near[:, 0] = largest
special = np.zeros((4, INPUTS), np.float32)
special[1] = halves[0] * np.float32(1e-30)
special[2, 5] = -3
special[3] = 1e-38

cases = []
for weight in (halves, ties, near, special):
    scale = np.abs(weight).max(1, keepdims=True) / 127
    assert scale.dtype == np.float32
    integers = np.round(weight / np.where(scale == 0, np.float32(1), scale))
    other = np.round(weight * (np.float32(127) / np.maximum(scale * 127, np.float32(1e-30))))
    print((integers != other).sum(), "of", integers.size, "would differ by the inverse")
    cases.append({
        "rows": len(weight),
        "weight": [float(x) for x in weight.flat],
        "integers": [int(x) for x in integers.flat],
        "scales": [float(x) for x in scale.flat],
    })
pathlib.Path("weights.json").write_text(json.dumps(cases) + "\n")
