"""Gives classifiers of this folder image processors, and writes how transformers scores the pictures of resources/processors.

Needs torch, transformers and pillow; run in this folder, after generate.py: python pictures.py
"""

import json
import pathlib

import torch
import transformers
from PIL import Image

here = pathlib.Path(__file__).parent
PROCESSORS = {
    "deit": ("DeiTImageProcessor", dict(size={"height": 10, "width": 15}, crop_size={"height": 8, "width": 12})),
    "deit-teacher": ("DeiTImageProcessor", dict(size={"height": 8, "width": 12}, do_center_crop=False, resample=2)),
    # cut to another size than the positions'
    "dinov2": ("BitImageProcessor", dict(size={"shortest_edge": 14}, crop_size={"height": 12, "width": 12})),
    "dinov2-gated": ("BitImageProcessor", dict(size={"height": 11, "width": 16}, do_center_crop=False)),
    "clip": ("CLIPImageProcessor", dict(size={"shortest_edge": 11}, crop_size={"height": 9, "width": 9})),
}
pictures = sorted((here / "../processors").glob("*.png"))
expected = {}
for name, (kind, settings) in PROCESSORS.items():
    (here / name / "preprocessor_config.json").write_text(
        json.dumps({"image_processor_type": kind, **settings}, indent=2) + "\n")
    processor = getattr(transformers, kind + "Pil")(**settings)
    model = transformers.AutoModelForImageClassification.from_pretrained(here / name, dtype=torch.float32).eval()
    images = [Image.open(p) if kind != "DeiTImageProcessor" else Image.open(p).convert("RGB") for p in pictures]
    pixels = [processor(images=image, return_tensors="pt")["pixel_values"] for image in images]
    with torch.no_grad():
        logits = [model(pixel_values=p).logits[0].tolist() for p in pixels]
    expected[name] = dict(pictures=[p.name for p in pictures], logits=logits, shape=list(pixels[0].shape[1:]))
(here / "pictures.json").write_text(json.dumps(expected) + "\n")
