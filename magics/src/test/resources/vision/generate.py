"""Makes the small random image classifiers in this folder and what transformers computes with them, in float32.

Needs torch, transformers and safetensors; run in this folder: python generate.py
Each checkpoint is odd in its own way: sizes, tokens before the patches, heads, names and type.
"""

import json
import pathlib

import torch
from safetensors.torch import load_file
from transformers import (CLIPConfig, CLIPForImageClassification, DeiTConfig, DeiTForImageClassification,
                          DeiTForImageClassificationWithTeacher, Dinov2Config, Dinov2ForImageClassification,
                          Dinov2Model, ViTConfig, ViTModel)

DEIT = dict(hidden_size=12, num_hidden_layers=3, num_attention_heads=3, intermediate_size=21, image_size=[8, 12],
            patch_size=[4, 3], num_channels=3, num_labels=3)
DINO = dict(hidden_size=12, num_hidden_layers=3, num_attention_heads=2, mlp_ratio=2, image_size=9, patch_size=3,
            num_channels=3, layerscale_value=0.7)
VISION = dict(hidden_size=12, num_hidden_layers=3, num_attention_heads=3, intermediate_size=17, image_size=9, patch_size=4,
              num_channels=3)
TEXT = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=9,
            max_position_embeddings=5)
CASES = {
    "deit": (DeiTForImageClassification, DeiTConfig(**DEIT), torch.float32, None),
    "deit-teacher": (DeiTForImageClassificationWithTeacher,
                     DeiTConfig(**{**DEIT, "qkv_bias": False, "hidden_act": "relu"}), torch.bfloat16, None),
    "dinov2": (Dinov2ForImageClassification, Dinov2Config(**DINO, num_labels=5), torch.float32, None),
    # pictures of another size than the positions', oblong ones and without a mask token
    "dinov2-larger": (Dinov2ForImageClassification,
                      Dinov2Config(**{**DINO, "qkv_bias": False}, use_mask_token=False, num_labels=2), torch.float16,
                      (13, 19)),
    "dinov2-gated": (Dinov2ForImageClassification, Dinov2Config(**{**DINO, "mlp_ratio": 3}, use_swiglu_ffn=True, num_labels=3),
                     torch.float32, (9, 12)),
    "clip": (CLIPForImageClassification, CLIPConfig(vision_config=VISION, text_config=TEXT, num_labels=4), torch.float32,
             None),
    # without heads; what is compared are the last states
    "dinov2-bare": (Dinov2Model, Dinov2Config(**{**DINO, "num_hidden_layers": 3}), torch.float32, None),
    "vit-bare": (ViTModel, ViTConfig(**{**DEIT, "pooler_output_size": 7}), torch.float32, None),
}
# the ends of names of parameters whose gradients are kept
GRADIENTS = ["cls_token", "distillation_token", "class_embedding", "position_embeddings", "position_embedding.weight",
             "projection.weight", "patch_embedding.weight", "pre_layrnorm.weight", "layer_scale1.lambda1",
             "layer_scale2.lambda1", "classifier.weight", "fc1.weight", "intermediate.dense.weight", "layernorm.weight"]

here = pathlib.Path(__file__).parent
for seed, (name, (cls, config, dtype, size)) in enumerate(CASES.items()):
    torch.manual_seed(seed)
    model = cls(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    folder = here / name
    folder.mkdir(exist_ok=True)
    model.to(dtype).save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")

    model = cls.from_pretrained(folder, dtype=torch.float32).eval()
    vision = getattr(config, "vision_config", config)
    image = vision.image_size if isinstance(vision.image_size, (list, tuple)) else [vision.image_size] * 2
    height, width = size or image
    rows = 3
    pixels = torch.randint(0, 256, (rows, vision.num_channels, height, width))
    labels = torch.randint(0, config.num_labels, (rows,))
    output = model(pixel_values=(pixels / 255 - 0.5) / 0.5)
    expected = dict(
        rows=rows,
        channels=vision.num_channels,
        height=height,
        width=width,
        pixels=pixels.flatten().tolist(),
        labels=labels.tolist(),
        parameters=sum(p.numel() for p in model.parameters()),
    )
    if "logits" not in output:
        expected.update(logits=output.last_hidden_state.flatten().tolist())
        (folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
        continue
    logits = output.logits
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    # in memory some parameters have other names than in files
    parameters = {n: next(p for p in model.parameters() if p.shape == w.shape and torch.equal(p, w.float()))
                  for n, w in weights.items() if any(n.endswith(g) for g in GRADIENTS)}
    expected.update(
        logits=logits.flatten().tolist(),
        loss=loss.item(),
        gradients={n: p.grad.flatten().tolist() for n, p in parameters.items() if p.grad is not None},
    )
    (folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    print(name, expected["parameters"], logits.std().item(), len(expected["gradients"]))
