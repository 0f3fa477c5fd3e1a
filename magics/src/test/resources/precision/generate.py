"""What torch.autocast makes of the small checkpoints of the other folders: losses and gradients in mixed precision.

Needs torch and transformers; run in this folder: python generate.py
The weights are float32, products bfloat16 or float16, as tuning with --precision does it. `gradientError` is how far the
gradient of all parameters together is from float32's, relative to its length.
"""

import json
import pathlib

import torch
from transformers import AutoModelForCausalLM, AutoModelForImageClassification, MarianMTModel

FOLDERS = ["gpt2/prefixed", "gpt2/untied", "vit/oblong", "marian/odd-sizes", "gated/llama-shared-keys", "gated/olmo",
           "gated/olmo2"]
TYPES = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}


def loss_of(folder, given):
    """A model, and a function that computes its loss on the inputs that the folder's own test has."""
    if folder.startswith("vit"):
        model = AutoModelForImageClassification.from_pretrained(f"../{folder}", dtype=torch.float32)
        pixels = torch.tensor(given["pixels"]).view(given["rows"], given["channels"], given["height"], given["width"])
        return model, lambda: model(pixel_values=(pixels / 255 - 0.5) / 0.5, labels=torch.tensor(given["labels"])).loss
    if folder.startswith("marian"):
        model = MarianMTModel.from_pretrained(f"../{folder}", dtype=torch.float32)
        sources, targets = ([torch.tensor(row) for row in given[side]] for side in ("sources", "targets"))
        ids = torch.nn.utils.rnn.pad_sequence(sources, batch_first=True, padding_value=model.config.pad_token_id)
        mask = torch.arange(ids.shape[1])[None] < torch.tensor([len(s) for s in sources])[:, None]
        labels = torch.nn.utils.rnn.pad_sequence(targets, batch_first=True, padding_value=-100)
        return model, lambda: model(input_ids=ids, attention_mask=mask.long(), labels=labels).loss
    model = AutoModelForCausalLM.from_pretrained(f"../{folder}", dtype=torch.float32)
    ids = torch.tensor(given["ids"])
    return model, lambda: model(ids, labels=ids).loss


expected = {}
for folder in FOLDERS:
    model, loss_function = loss_of(folder, json.loads(pathlib.Path(f"../{folder}/expected.json").read_text()))
    model.eval()  # without dropout
    exact = None
    for name, dtype in TYPES.items():
        model.zero_grad()
        with torch.autocast("cpu", dtype=dtype or torch.bfloat16, enabled=dtype is not None):
            loss = loss_function()
        loss.backward()
        gradient = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
        exact = gradient if exact is None else exact
        expected.setdefault(folder, {})[name] = {
            "loss": float(f"{loss.item():.7g}"),
            "gradientError": float(f"{((gradient - exact).norm() / exact.norm()).item():.3g}"),
        }
pathlib.Path("expected.json").write_text(json.dumps(expected, indent=1) + "\n")
