"""Makes small pictures and what transformers' processors (the Pillow variants) make of them: expected.json.

Each case is a preprocessor_config.json and for each picture the shape of the pixel values, [3, height, width], their mean and
some of them. "classes" has each class's own values, which
processors.json repeats.

Needs transformers, pillow and numpy; run in this folder: python generate.py
"""

import json
from pathlib import Path

import numpy
import transformers
from PIL import Image
from transformers.image_utils import SizeDict

HERE = Path(__file__).parent
y, x = numpy.mgrid[0:23, 0:37]
RGB = numpy.stack([7 * x % 256, (11 * y + 3 * x) % 256, (255 - 3 * x - 4 * y) % 256], axis=2).astype("uint8")
ALPHA = (40 + 5 * x + 2 * y).clip(0, 255).astype("uint8")
wide = Image.fromarray(RGB)
pictures = {
    "wide.png": wide,
    "high.png": wide.transpose(Image.Transpose.ROTATE_90),
    "small.png": wide.crop((3, 4, 16, 13)),
    "transparent.png": Image.fromarray(numpy.dstack([RGB, ALPHA])),
}
CLASSES = ["ViT", "DeiT", "CLIP", "ChineseCLIP", "Bit", "Siglip", "Blip", "ConvNext", "Pvt"]
KEYS = [
    "do_resize", "size", "default_to_square", "resample", "do_center_crop", "crop_size", "do_rescale", "rescale_factor",
    "do_normalize", "image_mean", "image_std", "do_convert_rgb", "crop_pct",
]  # fmt: skip

cases = {}


def case(name: str, processor: str, **keys):
    cases[name] = {"class": processor.removesuffix("Fast"), "config": {"image_processor_type": processor, **keys}}


for name in CLASSES:
    processor = name + "ImageProcessor"
    case(f"{name}-nothing", processor)
    case(f"{name}-number", processor, size=20, crop_size=16) if name != "ConvNext" else None
    case(f"{name}-nulls", processor, do_rescale=None, do_convert_rgb=None, do_center_crop=None)
    case(f"{name}-no-mean", processor, image_mean=None)
    case(f"{name}-no-filter", processor, resample=None)
    case(f"{name}-no-filter-needed", processor, resample=None, do_resize=False, do_center_crop=False)
    case(f"{name}-no-size", processor, size=None)
    case(f"{name}-shortest", processor + "Fast", size={"shortest_edge": 19}, crop_size={"height": 15, "width": 14})
    case(f"{name}-cut", processor, size={"shortest_edge": 9}, do_center_crop=True, crop_size=12)
    case(f"{name}-uncut", processor, size={"shortest_edge": 9}, do_center_crop=False)
    if name != "ConvNext":
        case(f"{name}-box", processor, size={"height": 8, "width": 12}, do_center_crop=False, resample=1)
        case(f"{name}-list", processor, size=[8, 12], crop_size=[6, 7])
        case(f"{name}-longest", processor, size={"shortest_edge": 12, "longest_edge": 17}, do_center_crop=False)
    case(f"{name}-raw", processor, do_resize=False, do_rescale=False, do_normalize=False, do_center_crop=False)
    case(f"{name}-unscaled", processor, do_resize=False, do_center_crop=False, do_rescale=False)
    case(f"{name}-factor", processor, do_resize=False, do_center_crop=False, rescale_factor=0.01, do_normalize=False)
    case(f"{name}-alone", processor, do_resize=False, do_center_crop=False, image_mean=0.25, image_std=0.5)
    case(f"{name}-convert", processor, do_resize=False, do_center_crop=False, do_convert_rgb=True)
    case(f"{name}-as-it-is", processor, do_resize=False, do_center_crop=False, do_convert_rgb=False)
case("ConvNext-pct", "ConvNextImageProcessor", size={"shortest_edge": 14}, crop_pct=0.7)
case("ConvNext-number", "ConvNextImageProcessor", size=14)
case("ConvNext-and-crop", "ConvNextImageProcessor", size={"shortest_edge": 14}, do_center_crop=True, crop_size=10)
case("ConvNext-large", "ConvNextImageProcessor", size={"shortest_edge": 400})
case("ViT-edge", "ViTImageProcessor", size=20, default_to_square=False)
case("CLIP-square", "CLIPImageProcessor", size=20, default_to_square=True, do_center_crop=False)


def value(processor, key):
    found = getattr(processor, key, None)
    return dict(found) if isinstance(found, SizeDict) else found


def told(values: numpy.ndarray) -> dict:
    """Something that shows any change."""
    flat = values.reshape(-1)
    step = max(1, flat.size // 40)
    every = [round(float(v), 6) for v in flat[::step]]
    return {"shape": list(values.shape), "mean": float(flat.mean(dtype="float64")), "step": step, "every": every}


expected = {"classes": {}, "cases": {}}
for name in CLASSES:
    own = getattr(transformers, name + "ImageProcessorPil")()
    expected["classes"][name] = {key: value(own, key) for key in KEYS}
for name, picture in pictures.items():
    picture.save(HERE / name)
for name, one in cases.items():
    config = one["config"]
    keys = {k: v for k, v in config.items() if k != "image_processor_type"}
    pixels = {}
    try:
        processor = getattr(transformers, one["class"] + "Pil")(**keys)
        for picture in pictures:
            image = Image.open(HERE / picture)
            if not processor.do_convert_rgb:  # a model of three channels takes no four
                image = image.convert("RGB")
            array = processor(image, return_tensors="np")["pixel_values"][0]
            pixels[picture] = told(array.astype("float32"))
        expected["cases"][name] = {"config": config, "pixels": pixels}
    except (ValueError, AttributeError, TypeError) as e:
        expected["cases"][name] = {"config": config, "refused": str(e).splitlines()[0]}
(HERE / "expected.json").write_text(json.dumps(expected) + "\n")
