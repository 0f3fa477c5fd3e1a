"""What transformers computes with the demo model vit-signs, in float32: ../expected/vit-signs.json.

Needs torch, transformers, pyarrow and Pillow; run in this folder: python generate.py
"""

import copy
import io
import json
import pathlib

import numpy as np
import pyarrow.parquet
import torch
from PIL import Image
from transformers import ViTForImageClassification

here = pathlib.Path(__file__).resolve().parent
environment = here.parents[4] / "environment"
torch.set_num_threads(1)


def pictures(split):
    """As the model's preprocessor_config.json has it: a 255th of each grey, then less a half and doubled."""
    rows = pyarrow.parquet.read_table(environment / f"data/signs-{split}.parquet").to_pylist()
    greys = np.stack([np.asarray(Image.open(io.BytesIO(row["image"]["bytes"])).convert("L")) for row in rows])
    return (torch.tensor(greys, dtype=torch.float32)[:, None] / 255 - 0.5) / 0.5, torch.tensor([r["label"] for r in rows])


@torch.no_grad()
def logits(model, images):
    return torch.cat([model(part).logits for part in images.split(100)])


def accuracy(model, images, labels):
    return (logits(model, images).argmax(-1) == labels).double().mean().item()


def merged(model, layers):
    """One FF sublayer in place of these: the mean of all weights and biases, units as they are."""
    made = copy.deepcopy(model)
    sublayers = [made.vit.layers[layer].mlp for layer in layers]
    with torch.no_grad():
        for same in zip(*(sublayer.parameters() for sublayer in sublayers)):
            mean = torch.stack([p.double() for p in same]).mean(0).float()
            for parameter in same:
                parameter.copy_(mean)
    return made


model = ViTForImageClassification.from_pretrained(environment / "models/vit-signs", dtype=torch.float32).eval()
images, labels = pictures("test")
found = logits(model, images)
expected = {
    "parameters": sum(p.numel() for p in model.parameters()),
    "logits_first_batch": {"images": 20, "values": [round(v, 6) for v in found[:20].flatten().tolist()]},
    "predicted": found.argmax(-1).tolist(),
    "accuracy": (found.argmax(-1) == labels).double().mean().item(),
    "vanilla_merges": [{"layers": [first, first + 6], "accuracy": accuracy(merged(model, range(first, first + 7)), images, labels)}
                       for first in range(6)],
}
(here.parent / "expected/vit-signs.json").write_text(json.dumps(expected, indent=1) + "\n")
