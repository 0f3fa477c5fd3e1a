"""Makes the small random ViTs in this folder and what transformers computes with them, in float32.

Needs torch, transformers and safetensors; run in this folder: python generate.py
Each checkpoint is odd in its own way: sizes, biases, activation, names and type.
"""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file
from transformers import ViTConfig, ViTForImageClassification

CASES = {
    "oblong": dict(
        config=dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20, image_size=[8, 14],
                    patch_size=[4, 3], num_channels=3, qkv_bias=False, hidden_act="gelu_new", num_labels=3),
        dtype=torch.float32,
        rows=3,
    ),
    "old-hub": dict(
        config=dict(hidden_size=10, num_hidden_layers=3, num_attention_heads=2, intermediate_size=33, image_size=9,
                    patch_size=3, num_channels=1, hidden_act="relu", layer_norm_eps=1e-3),
        dtype=torch.float16,
        rows=2,
        pooler=True,
    ),
    "exact-gelu": dict(
        config=dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, image_size=4,
                    patch_size=4, num_channels=3, hidden_act="gelu", num_labels=7),
        dtype=torch.bfloat16,
        rows=4,
    ),
}
GRADIENTS = [
    "vit.embeddings.cls_token",
    "vit.embeddings.position_embeddings",
    "vit.embeddings.patch_embeddings.projection.weight",
    "vit.encoder.layer.0.attention.attention.key.weight",
    "vit.encoder.layer.0.intermediate.dense.weight",
    "vit.encoder.layer.0.output.dense.bias",
    "vit.layernorm.weight",
    "classifier.weight",
]

here = pathlib.Path(__file__).parent
for seed, (name, case) in enumerate(CASES.items()):
    torch.manual_seed(seed)
    config = ViTConfig(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **case["config"])
    model = ViTForImageClassification(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    folder = here / name
    folder.mkdir(exist_ok=True)
    model.to(case["dtype"]).save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    if case.get("pooler"):
        width = config.hidden_size
        weights["vit.pooler.dense.weight"] = torch.zeros(width, width, dtype=case["dtype"])
        weights["vit.pooler.dense.bias"] = torch.zeros(width, dtype=case["dtype"])
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    model = ViTForImageClassification.from_pretrained(folder, dtype=torch.float32).eval()
    height, width = config.image_size if isinstance(config.image_size, (list, tuple)) else [config.image_size] * 2
    pixels = torch.randint(0, 256, (case["rows"], config.num_channels, height, width))
    labels = torch.randint(0, model.config.num_labels, (case["rows"],))
    output = model(pixel_values=(pixels / 255 - 0.5) / 0.5, labels=labels)
    output.loss.backward()
    # in memory some parameters have other names than in files
    parameters = {n: next(p for p in model.parameters() if p.shape == w.shape and torch.equal(p, w.float()))
                  for n, w in weights.items() if n in GRADIENTS}
    expected = dict(
        rows=case["rows"],
        channels=config.num_channels,
        height=height,
        width=width,
        pixels=pixels.flatten().tolist(),
        labels=labels.tolist(),
        logits=output.logits.flatten().tolist(),
        loss=output.loss.item(),
        parameters=sum(p.numel() for p in model.parameters()),
        gradients={n: parameters[n].grad.flatten().tolist() for n in GRADIENTS},
    )
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")
