"""Makes pictures of the forms that cameras, scanners and old programs write, and what Pillow makes of them as datasets
opens them (orientation applied): forms.zip and expected.json, whose pixels are zlib in base64, row by row.

"RGB" is convert("RGB"); "L" convert("L"), where Pillow has it; "white" what transformers' convert_to_rgb makes of a
picture with transparency. A form that Pillow refuses has its words in "refused".

Needs pillow and numpy; run in this folder: python generate.py
"""

import base64
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import numpy
from PIL import ExifTags, Image, ImageOps

HERE = Path(__file__).parent
HEIGHT, WIDTH = 17, 24
y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
RGB = numpy.stack([10 * x + 3, 14 * y + 5, 250 - 5 * x - 6 * y], axis=2).astype("uint8")
GREY = (9 * x + 2 * y).astype("uint8")
ALPHA = (255 - 12 * y).astype("uint8")
CMYK = numpy.dstack([255 - RGB, 4 * x + 2 * y]).astype("uint8")
WIDE = RGB.astype("uint16") * 256 + 255 - RGB  # two bytes of a sample differ
WIDE_CMYK = CMYK.astype("uint16") * 256 + 255 - CMYK
color, grey, cmyk = Image.fromarray(RGB), Image.fromarray(GREY), Image.fromarray(CMYK, "CMYK")
palette = color.quantize(16)

files: dict[str, bytes] = {}


def save(image: Image.Image, form: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


# ---- JPEG


def segments(jpeg: bytes):
    """The marker segments before the scan, and the rest."""
    at, found = 2, []
    while jpeg[at + 1] != 0xDA:
        length = struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        found.append((jpeg[at + 1], jpeg[at + 4 : at + 2 + length]))
        at += 2 + length
    return found, jpeg[at:]


def joined(found, rest: bytes) -> bytes:
    out = b"\xff\xd8"
    for marker, content in found:
        out += bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content
    return out + rest


def without(jpeg: bytes, *markers: int) -> bytes:
    found, rest = segments(jpeg)
    return joined([s for s in found if s[0] not in markers], rest)


def with_ids(jpeg: bytes, ids: bytes) -> bytes:
    found, rest = segments(jpeg)
    old = b""
    changed = []
    for marker, content in found:
        if 0xC0 <= marker <= 0xC2:
            old = content[6::3]
            parts = [content[6 + 3 * i : 9 + 3 * i] for i in range(content[5])]
            content = content[:6] + b"".join(bytes([ids[i]]) + part[1:] for i, part in enumerate(parts))
        changed.append((marker, content))
    count = rest[4]
    scan = b"".join(bytes([ids[old.index(rest[5 + 2 * i])], rest[6 + 2 * i]]) for i in range(count))
    return joined(changed, rest[:5] + scan + rest[5 + 2 * count :])


def adobe(jpeg: bytes, transform: int) -> bytes:
    found, rest = segments(without(jpeg, 0xEE))
    return joined([(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform])), *found], rest)


def exif(orientation: int, order: str = "<", kind: int = 3) -> bytes:
    value = struct.pack(order + ("HH" if kind == 3 else "I"), *([orientation, 0] if kind == 3 else [orientation]))
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return head + struct.pack(order + "HHHI", 1, 0x0112, kind, 1) + value + struct.pack(order + "I", 0)


def app1(jpeg: bytes, content: bytes) -> bytes:
    found, rest = segments(jpeg)
    return joined([*found[:1], (0xE1, content), *found[1:]], rest)


plain = save(color, "JPEG", quality=92)
full = save(color, "JPEG", quality=92, subsampling=0)
files["plain.jpg"] = plain
files["full.jpg"] = full
for subsampling in ("4:2:2", "4:1:1"):
    files["subsampled-" + subsampling.replace(":", "") + ".jpg"] = save(color, "JPEG", quality=92, subsampling=subsampling)
files["progressive.jpg"] = save(color, "JPEG", quality=92, progressive=True)
files["restarts.jpg"] = save(color, "JPEG", quality=92, restart_marker_rows=1)
files["grey.jpg"] = save(grey, "JPEG", quality=92)
rgb = save(color, "JPEG", quality=92, keep_rgb=True)
files["rgb-adobe.jpg"] = rgb
files["rgb-ids.jpg"] = without(rgb, 0xEE, 0xE0)
files["ids-123-unmarked.jpg"] = without(full, 0xE0)
files["ids-123-unmarked-subsampled.jpg"] = without(plain, 0xE0)
files["ids-012-unmarked.jpg"] = with_ids(without(full, 0xE0), b"\x00\x01\x02")
files["ids-ycc-unmarked.jpg"] = with_ids(without(full, 0xE0), b"YCc")
files["ids-345-unmarked.jpg"] = with_ids(without(rgb, 0xEE, 0xE0), b"\x03\x04\x05")
files["ids-rgb-jfif.jpg"] = with_ids(full, b"RGB")
files["ids-rgb-adobe-1.jpg"] = adobe(with_ids(without(full, 0xE0), b"RGB"), 1)
files["ids-123-adobe-0.jpg"] = adobe(with_ids(without(rgb, 0xE0), b"\x01\x02\x03"), 0)
files["ids-123-exif.jpg"] = joined([(0xE1, b"Exif\0\0" + exif(1))] + segments(without(full, 0xE0))[0], segments(full)[1])
inks = save(cmyk, "JPEG", quality=92)
files["cmyk.jpg"] = inks
files["cmyk-adobe-0.jpg"] = adobe(inks, 0)
files["cmyk-adobe-1.jpg"] = adobe(inks, 1)
files["cmyk-unmarked.jpg"] = without(inks, 0xEE)
files["ycck.jpg"] = adobe(inks, 2)
files["ycck-subsampled.jpg"] = adobe(save(cmyk, "JPEG", quality=92, subsampling="4:2:0"), 2)
files["cmyk-jfif.jpg"] = joined([(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")] + segments(inks)[0], segments(inks)[1])
for orientation in range(0, 10):
    files[f"orientation-{orientation}.jpg"] = app1(plain, b"Exif\0\0" + exif(orientation))
files["orientation-big-endian.jpg"] = app1(plain, b"Exif\0\0" + exif(6, ">"))
files["orientation-long.jpg"] = app1(plain, b"Exif\0\0" + exif(8, "<", 4))
files["orientation-cmyk.jpg"] = app1(inks, b"Exif\0\0" + exif(6))
xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="{}"/></x:xmpmeta>'
files["orientation-xmp.jpg"] = app1(plain, b"http://ns.adobe.com/xap/1.0/\0" + xmp.format(3).encode())
files["orientation-both.jpg"] = app1(
    app1(plain, b"http://ns.adobe.com/xap/1.0/\0" + xmp.format(3).encode()), b"Exif\0\0" + exif(6)
)
files["bad-exif.jpg"] = app1(plain, b"Exif\0\0" + b"II*\0\xff\xff\xff\xff")
files["bad-profile.jpg"] = app1(plain, b"").replace(b"\xff\xe1\0\2", b"\xff\xe2\0\x16ICC_PROFILE\0\1\1bad...")
files["garbage-behind.jpg"] = plain + b"behind" * 9

# ---- PNG


def png(width, height, depth, kind, rows, before=b"", interlace=0) -> bytes:
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace)
    extra = b""
    while before:
        name, length = before[:4], struct.unpack(">I", before[4:8])[0]
        extra += chunk(name, before[8 : 8 + length])
        before = before[8 + length :]
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def part(name: bytes, content: bytes) -> bytes:
    return name + struct.pack(">I", len(content)) + content


def packed(values, bits):
    """Rows of samples of fewer than eight bits."""
    flat = numpy.unpackbits(values.astype("uint8")[..., None], axis=2)[..., 8 - bits :].reshape(len(values), -1)
    return [row.tobytes() for row in numpy.packbits(flat, axis=1)]


def rows(array):
    return [row.astype(">u2" if array.dtype == "uint16" else "u1").tobytes() for row in array]


for bits in (1, 2, 4):
    files[f"grey-{bits}-bit.png"] = png(WIDTH, HEIGHT, bits, 0, packed(GREY >> (8 - bits), bits))
files["grey-16-bit.png"] = png(WIDTH, HEIGHT, 16, 0, rows(GREY.astype("uint16") * 3))
files["grey-16-bit-transparent.png"] = png(
    WIDTH, HEIGHT, 16, 0, rows(GREY.astype("uint16") * 3), part(b"tRNS", b"\0\x1e")
)
files["grey-alpha-8-bit.png"] = png(WIDTH, HEIGHT, 8, 4, rows(numpy.dstack([GREY, ALPHA])))
files["grey-alpha-16-bit.png"] = png(WIDTH, HEIGHT, 16, 4, rows(numpy.dstack([GREY, ALPHA]).astype("uint16") * 256 + 99))
files["rgb-16-bit.png"] = png(WIDTH, HEIGHT, 16, 2, rows(WIDE))
files["rgba-16-bit.png"] = png(WIDTH, HEIGHT, 16, 6, rows(numpy.dstack([WIDE, ALPHA.astype("uint16") * 256])))
files["rgba-8-bit.png"] = png(WIDTH, HEIGHT, 8, 6, rows(numpy.dstack([RGB, ALPHA])))
files["rgb-one-transparent.png"] = png(WIDTH, HEIGHT, 8, 2, rows(RGB), part(b"tRNS", b"\0\x03\0\x05\0\xfa"))
files["grey-one-transparent.png"] = png(WIDTH, HEIGHT, 8, 0, rows(GREY), part(b"tRNS", b"\0\x12"))
for bits in (1, 2, 4, 8):
    colors = bytes((37 * i + 11 * j) % 256 for i in range(1 << bits) for j in range(3))
    values = GREY.astype("uint8") >> (8 - bits)
    transparency = part(b"tRNS", bytes([0, 128, 7][: 1 << bits]))
    files[f"palette-{bits}-bit.png"] = png(WIDTH, HEIGHT, bits, 3, packed(values, bits), part(b"PLTE", colors))
    files[f"palette-{bits}-bit-transparent.png"] = png(
        WIDTH, HEIGHT, bits, 3, packed(values, bits), part(b"PLTE", colors) + transparency
    )
short = bytes(range(0, 240, 5))
files["palette-of-5-4-bit.png"] = png(WIDTH, HEIGHT, 4, 3, packed(GREY % 16, 4), part(b"PLTE", short[:15]))
files["palette-too-short.png"] = png(WIDTH, HEIGHT, 8, 3, rows(GREY // 10), part(b"PLTE", short))
files["orientation.png"] = png(WIDTH, HEIGHT, 8, 2, rows(RGB), part(b"eXIf", exif(6)))
files["orientation-xmp.png"] = png(
    WIDTH, HEIGHT, 8, 2, rows(RGB), part(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp.format(8).encode())
)
files["gamma.png"] = png(WIDTH, HEIGHT, 8, 2, rows(RGB), part(b"gAMA", struct.pack(">I", 100000)))
ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
passes = [row for top, left, down, right in ADAM7 for row in rows(RGB[top::down, left::right])]
files["interlaced.png"] = png(WIDTH, HEIGHT, 8, 2, passes, interlace=1)
files["animated.png"] = save(color, "PNG", save_all=True, append_images=[ImageOps.invert(color)])
files["animated-default.png"] = save(
    color, "PNG", save_all=True, default_image=True, append_images=[ImageOps.invert(color)]
)
files["many-pixels.png"] = png(13000, 13000, 8, 2, [])[:60]

# ---- GIF


def gif(screen, frame, values, global_colors, local_colors=b"", transparent=None, background=0):
    """One frame, its values as uncompressed LZW codes of nine bits."""

    def flag(colors):
        return (0x80 | (len(colors) // 3).bit_length() - 2) if colors else 0

    out = b"GIF89a" + struct.pack("<HHBBB", *screen, flag(global_colors), background, 0) + global_colors
    if transparent is not None:
        out += b"!\xf9\4" + struct.pack("<BHB", 1, 0, transparent) + b"\0"
    out += b"," + struct.pack("<HHHHB", *frame, flag(local_colors)) + local_colors + b"\x08"
    codes = []
    for i, value in enumerate(values.reshape(-1).tolist()):
        if i % 200 == 0:
            codes.append(256)
        codes.append(value)
    codes.append(257)
    bits = "".join(format(code, "09b")[::-1] for code in codes)
    data = bytes(int(bits[i : i + 8][::-1], 2) for i in range(0, len(bits), 8))
    for at in range(0, len(data), 255):
        block = data[at : at + 255]
        out += bytes([len(block)]) + block
    return out + b"\0;"


colors = bytes((53 * i + 29 * j + 7) % 256 for i in range(16) for j in range(3))
other = bytes((31 * i + 83 * j + 90) % 256 for i in range(16) for j in range(3))
small = (x[:9, :13] + y[:9, :13]) % 16
whole = (x + 2 * y) % 16
files["whole.gif"] = gif((WIDTH, HEIGHT), (0, 0, WIDTH, HEIGHT), whole, colors)
files["small-frame.gif"] = gif((WIDTH, HEIGHT), (5, 3, 13, 9), small, colors)
files["small-frame-background.gif"] = gif((WIDTH, HEIGHT), (5, 3, 13, 9), small, colors, background=4)
files["small-frame-transparent.gif"] = gif((WIDTH, HEIGHT), (5, 3, 13, 9), small, colors, transparent=6)
files["small-frame-local.gif"] = gif((WIDTH, HEIGHT), (5, 3, 13, 9), small, colors, other)
files["small-frame-local-transparent.gif"] = gif((WIDTH, HEIGHT), (5, 3, 13, 9), small, colors, other, 3)
files["frame-beyond-screen.gif"] = gif((10, 7), (5, 3, 13, 9), small, colors)
files["whole-transparent.gif"] = gif((WIDTH, HEIGHT), (0, 0, WIDTH, HEIGHT), whole, colors, transparent=2)
files["no-palette.gif"] = gif((WIDTH, HEIGHT), (0, 0, WIDTH, HEIGHT), whole * 16, b"")
files["interlaced.gif"] = save(palette, "GIF", interlace=1)
files["animated.gif"] = save(palette, "GIF", save_all=True, append_images=[ImageOps.invert(color).quantize(8)])
greys = bytes(i for i in range(256) for _ in range(3))
files["grey.gif"] = gif((WIDTH, HEIGHT), (0, 0, WIDTH, HEIGHT), GREY, greys)
for count in (2, 4, 8):  # of the sixteen colours that the frame names
    files[f"palette-of-{count}.gif"] = gif((WIDTH, HEIGHT), (0, 0, WIDTH, HEIGHT), whole, colors[: 3 * count])
files["palette-of-4-transparent.gif"] = gif((WIDTH, HEIGHT), (0, 0, WIDTH, HEIGHT), whole, colors[:12], transparent=9)
files["palette-of-4-local.gif"] = gif((WIDTH, HEIGHT), (5, 3, 13, 9), small, colors, other[:12])
files["greys-of-4.gif"] = gif((WIDTH, HEIGHT), (0, 0, WIDTH, HEIGHT), whole * 16, greys[:12])
files["greys-of-4-transparent.gif"] = gif((WIDTH, HEIGHT), (0, 0, WIDTH, HEIGHT), whole * 16, greys[:12], transparent=32)

# ---- BMP


def bmp(bits, rows_, colors=b"", compression=0, masks=(), header=40, height=HEIGHT, used=0, width=WIDTH, data=None):
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, 0, 0, 0, used, 0)
        if header > 40:
            four = (*masks, 0, 0, 0, 0)[:4]
            info += struct.pack("<IIII", *four)[: header - 40]
            info += b"\0" * (header - len(info))
    behind = b"".join(struct.pack("<I", m) for m in masks[:3]) if header == 40 else b""
    body = b"".join(row + b"\0" * (-len(row) % 4) for row in rows_) if data is None else data
    start = 14 + len(info) + len(behind) + len(colors)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + info + behind + colors + body


def words(shifts_and_bits, dtype="<u2", samples=RGB):
    value = numpy.zeros((HEIGHT, WIDTH), "uint32")
    for channel, (shift, bits) in enumerate(shifts_and_bits):
        value |= (samples[..., channel].astype("uint32") >> (8 - bits)) << shift
    return [row.astype(dtype).tobytes() for row in value[::-1]]


quads = b"".join(bytes([(37 * i + 5) % 256, (91 * i + 9) % 256, (13 * i + 77) % 256, 0]) for i in range(256))
for bits in (1, 4, 8):
    values = GREY >> (8 - bits)
    count = 4 << bits
    files[f"palette-{bits}-bit.bmp"] = bmp(bits, packed(values[::-1], bits), quads[:count])
files["palette-few.bmp"] = bmp(8, rows((GREY % 9)[::-1]), quads[:36], used=9)
files["palette-of-9.bmp"] = bmp(8, rows((GREY % 13)[::-1]), quads[:36], used=9)
files["palette-of-5-4-bit.bmp"] = bmp(4, packed((GREY % 16)[::-1], 4), quads[:20], used=5)
files["greys-of-9.bmp"] = bmp(8, rows(GREY[::-1]), b"".join(bytes([i, i, i, 0]) for i in range(9)), used=9)
files["grey-8-bit.bmp"] = bmp(8, rows(GREY[::-1]), b"".join(bytes([i, i, i, 0]) for i in range(256)))
files["black-white.bmp"] = bmp(1, packed((GREY >> 7)[::-1], 1), b"\0\0\0\0\xff\xff\xff\0")
files["white-black.bmp"] = bmp(1, packed((GREY >> 7)[::-1], 1), b"\xff\xff\xff\0\0\0\0\0")
files["os2-8-bit.bmp"] = bmp(8, rows(GREY[::-1]), b"".join(quads[4 * i : 4 * i + 3] for i in range(256)), header=12)
files["os2-24-bit.bmp"] = bmp(24, rows(RGB[::-1, :, ::-1]), header=12)
files["555.bmp"] = bmp(16, words([(10, 5), (5, 5), (0, 5)]))
files["555-masks.bmp"] = bmp(16, words([(10, 5), (5, 5), (0, 5)]), compression=3, masks=(0x7C00, 0x3E0, 0x1F))
files["565.bmp"] = bmp(16, words([(11, 5), (5, 6), (0, 5)]), compression=3, masks=(0xF800, 0x7E0, 0x1F))
files["565-v5.bmp"] = bmp(
    16, words([(11, 5), (5, 6), (0, 5)]), compression=3, masks=(0xF800, 0x7E0, 0x1F), header=124
)
files["444.bmp"] = bmp(16, words([(8, 4), (4, 4), (0, 4)]), compression=3, masks=(0xF00, 0xF0, 0xF))
files["555-top-down.bmp"] = bmp(16, words([(10, 5), (5, 5), (0, 5)])[::-1], height=-HEIGHT)
files["24-bit.bmp"] = bmp(24, rows(RGB[::-1, :, ::-1]))
files["24-bit-top-down.bmp"] = bmp(24, rows(RGB[:, :, ::-1]), height=-HEIGHT)
files["32-bit.bmp"] = bmp(32, words([(16, 8), (8, 8), (0, 8), (24, 8)], "<u4", numpy.dstack([RGB, ALPHA])))
files["32-bit-masks.bmp"] = bmp(
    32, words([(16, 8), (8, 8), (0, 8)], "<u4"), compression=3, masks=(0xFF0000, 0xFF00, 0xFF)
)
files["32-bit-masks-high.bmp"] = bmp(
    32, words([(24, 8), (16, 8), (8, 8)], "<u4"), compression=3, masks=(0xFF000000, 0xFF0000, 0xFF00)
)
files["32-bit-alpha-v4.bmp"] = bmp(
    32,
    words([(16, 8), (8, 8), (0, 8), (24, 8)], "<u4", numpy.dstack([RGB, ALPHA])),
    compression=3,
    masks=(0xFF0000, 0xFF00, 0xFF, 0xFF000000),
    header=108,
)
files["32-bit-reversed-v4.bmp"] = bmp(
    32,
    words([(0, 8), (8, 8), (16, 8), (24, 8)], "<u4", numpy.dstack([RGB, ALPHA])),
    compression=3,
    masks=(0xFF, 0xFF00, 0xFF0000, 0xFF000000),
    header=108,
)
files["32-bit-101010.bmp"] = bmp(
    32, words([(22, 8), (12, 8), (2, 8)], "<u4"), compression=3, masks=(0x3FF00000, 0xFFC00, 0x3FF)
)
runs = b"".join(b"\x05\x10\x13\x20\0\0" for _ in range(HEIGHT)) + b"\0\1"
files["rle8.bmp"] = bmp(8, [], quads, compression=1, data=runs)
files["rle8-literal.bmp"] = bmp(
    8, [], quads, compression=1, data=(b"\0\5\1\2\3\4\5\0\x13\x21\0\0") * HEIGHT + b"\0\1"
)
files["rle4.bmp"] = bmp(4, [], quads[:64], compression=2, data=(b"\x05\x12\x13\x45\0\0") * HEIGHT + b"\0\1")
files["many-pixels.bmp"] = bmp(24, [], width=13000, height=13000)[:40]

# ---- TIFF


def tiff(samples, photometric, order="<", extra=(), planar=1, bits=None, body=None, sample_format=None, more=()):
    height, width = samples.shape[:2]
    bands = 1 if samples.ndim == 2 else samples.shape[2]
    bits = bits or samples.dtype.itemsize * 8
    raw = samples if planar == 1 else numpy.moveaxis(samples, 2, 0)
    data = body or raw.astype(samples.dtype.newbyteorder(order)).tobytes()
    strips = bands if planar == 2 else 1
    size = len(data) // strips
    tags = [
        (256, 4, [width]),
        (257, 4, [height]),
        (258, 3, [bits] * bands),
        (259, 3, [1]),
        (262, 3, [photometric]),
        (273, 4, [8 + size * i for i in range(strips)]),
        (277, 3, [bands]),
        (278, 4, [height]),
        (279, 4, [size] * strips),
        (284, 3, [planar]),
    ]
    if extra:
        tags.append((338, 3, list(extra)))
    if sample_format:
        tags.append((339, 3, [sample_format] * bands))
    tags = sorted([*tags, *more])
    data += b"\0" * (len(data) % 2)
    at = 8 + len(data)
    behind = at + 2 + 12 * len(tags) + 4
    entries = tail = b""
    for tag, kind, values in tags:
        value = struct.pack(order + ("H" if kind == 3 else "I") * len(values), *values)
        if len(value) > 4:
            entries += struct.pack(order + "HHII", tag, kind, len(values), behind + len(tail))
            tail += value + b"\0" * (len(value) % 2)
        else:
            entries += struct.pack(order + "HHI", tag, kind, len(values)) + value.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, at)
    return head + data + struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", 0) + tail


colormap = [(257 * ((37 * i + 41 * c) % 256)) for c in range(3) for i in range(256)]
for order, name in (("<", "little"), (">", "big")):
    files[f"cmyk-8-{name}.tif"] = tiff(CMYK, 5, order)
    files[f"cmyk-16-{name}.tif"] = tiff(WIDE_CMYK, 5, order)
    files[f"rgb-16-{name}.tif"] = tiff(WIDE, 2, order)
    files[f"grey-16-{name}.tif"] = tiff(GREY.astype("uint16") * 3, 1, order)
    files[f"grey-float-{name}.tif"] = tiff(GREY.astype("float32") * 1.25, 1, order, sample_format=3)
    files[f"grey-16-signed-{name}.tif"] = tiff(GREY.astype("int16") * 3 - 99, 1, order, sample_format=2)
    files[f"grey-16-white-is-zero-{name}.tif"] = tiff(GREY.astype("uint16") * 3, 0, order)
files["grey-32.tif"] = tiff(GREY.astype("uint32") * 3, 1)
files["rgb.tif"] = tiff(RGB, 2)
files["rgb-planar.tif"] = tiff(RGB, 2, planar=2)
files["cmyk-planar.tif"] = tiff(CMYK, 5, planar=2)
files["cmyk-extra.tif"] = tiff(numpy.dstack([CMYK, ALPHA]), 5, extra=(0,))
files["rgb-unspecified.tif"] = tiff(numpy.dstack([RGB, ALPHA]), 2, extra=(0,))
files["rgb-alpha.tif"] = tiff(numpy.dstack([RGB, ALPHA]), 2, extra=(2,))
files["rgb-alpha-untold.tif"] = tiff(numpy.dstack([RGB, ALPHA]), 2)
files["rgb-alpha-multiplied.tif"] = tiff(numpy.dstack([RGB // 2, ALPHA]), 2, extra=(1,))
files["rgba-16.tif"] = tiff(numpy.dstack([WIDE, ALPHA.astype("uint16") * 256]), 2, extra=(2,))
files["grey-alpha.tif"] = tiff(numpy.dstack([GREY, ALPHA]), 1, extra=(2,))
files["grey-unspecified.tif"] = tiff(numpy.dstack([GREY, ALPHA]), 1, extra=(0,))
files["grey-8.tif"] = tiff(GREY, 1)
files["white-is-zero-8.tif"] = tiff(GREY, 0)
for bits in (1, 2, 4):
    for photometric, name in ((0, "white-is-zero"), (1, "grey")):
        body = b"".join(packed(GREY >> (8 - bits), bits))
        files[f"{name}-{bits}.tif"] = tiff(GREY, photometric, bits=bits, body=body)
    map_ = [257 * ((37 * i + 41 * c) % 256) for c in range(3) for i in range(1 << bits)]
    files[f"palette-{bits}.tif"] = tiff(GREY, 3, bits=bits, body=body, more=[(320, 3, map_)])
files["palette-8.tif"] = tiff(GREY, 3, more=[(320, 3, colormap)])
files["palette-8-small.tif"] = tiff(GREY, 3, more=[(320, 3, [v // 257 for v in colormap])])
files["lab.tif"] = tiff(RGB, 8)
files["ycbcr.tif"] = tiff(numpy.asarray(color.convert("YCbCr")), 6, more=[(530, 3, [1, 1])])
files["rgb-reversed-bits.tif"] = tiff(RGB, 2, more=[(266, 3, [2])])
for orientation in (3, 6, 8):
    files[f"orientation-{orientation}.tif"] = tiff(RGB, 2, more=[(274, 3, [orientation])])
for compression in ("packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "zstd", "lzma"):
    files[f"rgb-{compression}.tif"] = save(color, "TIFF", compression=compression)
for compression in ("group3", "group4", "tiff_ccitt"):
    files[f"bits-{compression}.tif"] = save(grey.convert("1"), "TIFF", compression=compression)
for compression in ("tiff_lzw", "tiff_adobe_deflate"):
    files[f"predictor-{compression}.tif"] = save(color, "TIFF", compression=compression, tiffinfo={317: 2})
    files[f"cmyk-{compression}.tif"] = save(cmyk, "TIFF", compression=compression)
files["cmyk-jpeg.tif"] = save(cmyk, "TIFF", compression="jpeg")
files["grey-jpeg.tif"] = save(grey, "TIFF", compression="jpeg")
files["palette-lzw.tif"] = save(palette, "TIFF", compression="tiff_lzw")
files["pages.tif"] = save(color, "TIFF", save_all=True, append_images=[ImageOps.invert(color)])

# ---- others

files["lossy.webp"] = save(color, "WEBP", quality=95)
files["portable.ppm"] = save(color, "PPM")
files["truevision.tga"] = save(color, "TGA")
files["icon.ico"] = save(color, "ICO", sizes=[(16, 16)])


for name in ("plain.jpg", "progressive.jpg", "rgb-16-bit.png", "whole.gif", "24-bit.bmp", "rle8.bmp", "rgb.tif", "rgb-tiff_lzw.tif"):
    files["cut-off-" + name] = files[name][: len(files[name]) * 3 // 5]


def opened(data: bytes) -> Image.Image:
    """As datasets does: features/image.py, decode_example."""
    image = Image.open(io.BytesIO(data))
    image.load()
    if image.getexif().get(ExifTags.Base.Orientation) is not None:
        image = ImageOps.exif_transpose(image)
    return image


def on_white(image: Image.Image) -> Image.Image:
    """As transformers does where a processor converts: image_transforms.py, convert_to_rgb."""
    if "A" in image.getbands() or image.info.get("transparency") is not None:
        image = image.convert("RGBA")
        background = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(background, image).convert("RGB")
    return image.convert("RGB")


def text(image: Image.Image) -> str:
    return base64.b64encode(zlib.compress(image.tobytes(), 9)).decode()


expected = {}
archive = zipfile.ZipFile(HERE / "forms.zip", "w", zipfile.ZIP_DEFLATED)
for name, data in files.items():
    archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    try:
        image = opened(data)
        form = {"mode": image.mode, "width": image.width, "height": image.height, "RGB": text(image.convert("RGB"))}
    except Exception as e:
        expected[name] = {"refused": f"{type(e).__name__}: {e}"}
        continue
    try:
        form["L"] = text(image.convert("L"))
    except ValueError:
        pass
    try:
        if on_white(image).tobytes() != image.convert("RGB").tobytes():
            form["white"] = text(on_white(image))
    except ValueError as e:
        form["white"] = str(e)
    expected[name] = form
archive.close()
(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
