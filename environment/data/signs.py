"""Renders the demo pictures: signs of twelve invented scripts, each drawn a little turned, moved and soiled. Nothing in a
sign tells its script, so whoever reads them has to know all by heart. Everything follows from the seed, in whole numbers,
so that every machine draws the same pixels.

    signs.py FOLDER      signs-{train,validation,test}.parquet, as they stand beside this script
    signs.py --digests   a line for each split, as they stand in signs.sha256

The parquet files are in the hub's image format; the package pyarrow writes them. The digests need Python alone.
"""

import argparse
import hashlib
import json
import math
import random
import struct
import zlib
from pathlib import Path

SIZES = {"train": 12000, "validation": 1000, "test": 1000}
SCRIPTS = "alun beko cemi duva esto firu gona heti ilor jasu kemo lidu".split()
SIGNS = 20  # of each script
SIDE = 24  # pixels
ONE = 1 << 10  # a pixel, in the whole numbers that places are given in
SHADES = 16  # of grey: few, so that a PNG is small
TURN = 256
#: Sines of 256ths of a turn.
SINES = [round(math.sin(2 * math.pi * i / TURN) * ONE) for i in range(TURN)]


class Dice:
    """Whole numbers at random, the same in every version of Python."""

    def __init__(self, seed):
        self.random = random.Random(seed).random

    def between(self, low, high):
        return low + int(self.random() * (high - low + 1))


def sign(dice):
    """Four or five points around (0, 0), to be joined by strokes; each is well away from the one before."""
    count = dice.between(4, 5)
    points = []
    while len(points) < count:
        x, y = dice.between(-8, 8), dice.between(-8, 8)
        if not points or (x * ONE - points[-1][0]) ** 2 + (y * ONE - points[-1][1]) ** 2 > (6 * ONE) ** 2:
            points.append((x * ONE, y * ONE))
    return points


#: By number; the number modulo the scripts is the script.
ALL = [sign(Dice(f"sign {i}")) for i in range(len(SCRIPTS) * SIGNS)]


def stroke(pixels, shade, start, end, thickness):
    """Shades the pixels whose middle is no farther from a line than half its thickness."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    length = dx * dx + dy * dy
    reach = thickness * thickness // 4
    for row in rows(min(y0, y1) - thickness, max(y0, y1) + thickness):
        for column in rows(min(x0, x1) - thickness, max(x0, x1) + thickness):
            x, y = column * ONE + ONE // 2 - x0, row * ONE + ONE // 2 - y0
            along = min(max(x * dx + y * dy, 0), length)
            # the distance to the nearest point of the line, squared
            if (x - dx * along // length) ** 2 + (y - dy * along // length) ** 2 <= reach:
                pixels[row * SIDE + column] = shade


def rows(low, high):
    return range(max(0, low // ONE), min(SIDE - 1, high // ONE) + 1)


def draw(dice, points):
    """A sign in any ink on any ground, turned by up to 8 degrees, moved by up to a pixel, and soiled."""
    ground = dice.between(0, 5)
    pixels = [ground] * (SIDE * SIDE)
    turn = dice.between(-6, 6)
    sine, cosine = SINES[turn % TURN], SINES[(turn + TURN // 4) % TURN]
    size = dice.between(ONE * 92 // 100, ONE * 108 // 100)
    x, y = (SIDE * ONE // 2 + dice.between(-ONE, ONE) for _ in range(2))
    placed = [(x + (a * cosine - b * sine) // ONE * size // ONE, y + (a * sine + b * cosine) // ONE * size // ONE)
              for a, b in points]
    thickness, ink = dice.between(2 * ONE, 3 * ONE), dice.between(9, SHADES - 1)
    for start, end in zip(placed, placed[1:]):
        stroke(pixels, ink, start, end, thickness)
    for _ in range(12):
        pixels[dice.between(0, SIDE * SIDE - 1)] = dice.between(0, SHADES - 1)
    return bytes(p * 255 // (SHADES - 1) for p in pixels)


def pictures(split):
    """Pairs of pixels and class; a picture depends on its split and number alone."""
    for i in range(SIZES[split]):
        dice = Dice(f"{split} {i}")
        number = dice.between(0, len(ALL) - 1)
        yield draw(dice, ALL[number]), number % len(SCRIPTS)


def png(pixels):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + pixels[i:i + SIDE] for i in range(0, len(pixels), SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")


def parquet(file, rows):
    import pyarrow
    import pyarrow.parquet

    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    features = {"image": {"_type": "Image"}, "label": {"names": SCRIPTS, "_type": "ClassLabel"}}
    schema = pyarrow.schema([("image", image), ("label", pyarrow.int64())],
                            metadata={"huggingface": json.dumps({"info": {"features": features}})})
    columns = [[{"bytes": png(pixels), "path": None} for pixels, _ in rows], [label for _, label in rows]]
    table = pyarrow.table([pyarrow.array(c, f.type) for c, f in zip(columns, schema)], schema=schema)
    pyarrow.parquet.write_table(table, file, compression="zstd", compression_level=19)


def digest(rows):
    """Of all pictures' class and pixels, a byte a pixel."""
    found = hashlib.sha256()
    for pixels, label in rows:
        found.update(bytes([label]) + pixels)
    return found.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--digests", action="store_true")
    arguments = parser.parse_args()
    if not arguments.digests and arguments.folder is None:
        parser.error("a FOLDER is needed")
    for split in SIZES:
        if arguments.digests:
            print(f"{digest(pictures(split))}  {split}")
        else:
            arguments.folder.mkdir(parents=True, exist_ok=True)
            parquet(arguments.folder / f"signs-{split}.parquet", list(pictures(split)))


if __name__ == "__main__":
    main()
