"""What pruning small checkpoints leaves, worked out with torch and numpy: which weights of FF sublayers stay, by Wanda's
published loop (sort within rows), OBD's scores over the diagonal of X'X, and magnitude; and which units stay.

Needs torch, transformers and numpy; run in this folder: python generate.py
"""

import json
import pathlib

import numpy as np
import torch
from transformers import AutoModelForCausalLM
from transformers.pytorch_utils import Conv1D

from scores import lowest, score

MODELS = ["gated/llama-shared-keys", "gpt2/prefixed"]
SPARSITIES = [0.3, 0.5]


def mask(method, weight, x, sparsity):
    scores = score(method, weight, x)
    kept = np.ones(weight.shape, dtype=int)
    if method == "wanda":
        for row in range(len(kept)):
            kept[row, lowest(scores[row], int(weight.shape[1] * sparsity))] = 0
    else:
        kept.reshape(-1)[lowest(scores.reshape(-1), int(weight.size * sparsity))] = 0
    return kept


results = {}
for name in MODELS:
    model = AutoModelForCausalLM.from_pretrained(f"../{name}", dtype=torch.float32).eval()
    torch.manual_seed(3)
    length = 10
    ids = torch.randint(model.config.vocab_size, (2, length))
    maps = {
        n: m
        for n, m in model.named_modules()
        if ".mlp." in n and isinstance(m, (torch.nn.Linear, Conv1D))
    }
    inputs = {}
    for n, m in maps.items():
        m.register_forward_hook(
            lambda module, args, out, n=n: inputs.__setitem__(n, args[0].reshape(-1, args[0].shape[-1]).double().numpy())
        )
    with torch.no_grad():
        model(ids)
    weights = {
        n: (m.weight.data.t() if isinstance(m, Conv1D) else m.weight.data).double().numpy() for n, m in maps.items()
    }
    cases = {}
    for method in ("magnitude", "wanda", "obd"):
        for sparsity in SPARSITIES:
            masks = {
                n + ".weight": "".join(map(str, mask(method, weights[n], inputs[n], sparsity).reshape(-1)))
                for n in maps
            }
            units = {}
            layers = sorted({n.rsplit(".", 1)[0] for n in maps})
            for layer in layers:
                total = 0
                for n in maps:
                    if n.startswith(layer + "."):
                        scores = score(method, weights[n], inputs[n])
                        total = total + (scores.sum(0) if "down_proj" in n or "mlp.c_proj" in n else scores.sum(1))
                gone = set(lowest(total, int(len(total) * sparsity)).tolist())
                units[layer] = [unit for unit in range(len(total)) if unit not in gone]
            cases[f"{method} {sparsity}"] = {"masks": masks, "units": units}
    results[name] = {"ids": ids.tolist(), "cases": cases}
pathlib.Path("expected.json").write_text(json.dumps(results, indent=1) + "\n")
