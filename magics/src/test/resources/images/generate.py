"""Makes the small images in this folder and what Pillow makes of them: expected.json, pixels in base64, row by row.

Needs pillow and numpy; run in this folder: python generate.py
"""

import base64
import json
from pathlib import Path

import numpy
from PIL import Image

HERE = Path(__file__).parent
FILTERS = ["NEAREST", "LANCZOS", "BILINEAR", "BICUBIC", "BOX", "HAMMING"]
SIZES = [(8, 8), (23, 37), (5, 40), (61, 11), (24, 36), (6, 30), (1, 1)]  # height, width


def text(image: Image.Image) -> str:
    return base64.b64encode(image.tobytes()).decode()


random = numpy.random.default_rng(0)
y, x = numpy.mgrid[0:23, 0:37]
smooth = numpy.stack([7 * x, 11 * y, 255 - 3 * x - 4 * y], axis=2)
noise = random.integers(0, 256, smooth.shape)
color = Image.fromarray(numpy.where((x // 6 + y // 5)[..., None] % 3 == 0, noise, smooth).clip(0, 255).astype("uint8"))
alpha = Image.fromarray(random.integers(0, 256, (23, 37)).astype("uint8"))

images = {
    "color.png": color,
    "grey.png": color.convert("L"),
    "palette.png": color.quantize(17),
    "bits.png": color.convert("1"),
    "transparent.png": Image.merge("RGBA", [*color.split(), alpha]),
    "grey-transparent.png": Image.merge("LA", [color.convert("L"), alpha]),
    "few-greys.png": color.convert("L").quantize(4),
}
expected = {"decoded": {}, "resized": []}
for name, image in images.items():
    image.save(HERE / name)
    opened = Image.open(HERE / name)
    expected["decoded"][name] = {"RGB": text(opened.convert("RGB")), "L": text(opened.convert("L"))}

photo = Image.fromarray(smooth.clip(0, 255).astype("uint8"))
photo.save(HERE / "photo.jpg", quality=90)
expected["decoded"]["photo.jpg"] = {
    "RGB": text(Image.open(HERE / "photo.jpg").convert("RGB")),
    "L": text(Image.open(HERE / "photo.jpg").convert("L")),
}
(HERE / "cut-off.jpg").write_bytes((HERE / "photo.jpg").read_bytes()[:-200])
(HERE / "cut-off.png").write_bytes((HERE / "color.png").read_bytes()[:-400])

for number, name in enumerate(FILTERS):
    assert Image.Resampling[name] == number
    for height, width in SIZES:
        for mode, image in [("RGB", color), ("L", color.convert("L"))]:
            pixels = text(image.resize((width, height), number))
            expected["resized"].append(dict(filter=name, height=height, width=width, mode=mode, pixels=pixels))
(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
