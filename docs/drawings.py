"""The drawings of the method's page: why units can be reordered, what averaging does to them, what a tie is."""

from pathlib import Path

UNITS = {"a": "#0b6bb3", "b": "#d1495b", "c": "#2e8b57", "d": "#e0a100"}  # a colour for what a unit responds to
INK = "#333333"
GREY = "#c9c9c9"


def write(folder: Path) -> None:
    (folder / "reordered.svg").write_text(reordered(), encoding="utf-8")
    (folder / "averaged.svg").write_text(averaged(), encoding="utf-8")
    (folder / "tied.svg").write_text(tied(), encoding="utf-8")


def svg(width: int, height: int, title: str, parts: list[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'font-family="sans-serif" font-size="13" text-anchor="middle" fill="{INK}">',
            f"<title>{title}</title>",
            '<rect width="100%" height="100%" rx="8" fill="#ffffff"/>',
            *parts,
            "</svg>\n",
        ]
    )


def words(x: float, y: float, text: str, **style: object) -> str:
    given = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<text x="{x}" y="{y}"{given}>{text}</text>'


def disc(x: float, y: float, fill: str, label: str = "") -> str:
    letter = words(x, y + 5, label, fill="#ffffff", font_weight="bold") if label else ""
    return f'<circle cx="{x}" cy="{y}" r="15" fill="{fill}" stroke="{INK}"/>{letter}'


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 2) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="{width}"/>'


def box(x: float, y: float, width: float, label: str, fill: str, ink: str = INK) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="26" rx="5" fill="{fill}" stroke="{INK}"/>'
        + words(x + width / 2, y + 18, label, fill=ink)
    )


# --- a sublayer whose units stand in another order computes the same


def network(left: float, order: str, caption: str) -> list[str]:
    """Two inputs, four units in this order, two outputs; a unit's lines have its colour."""
    below, middle, above = 250, 150, 60
    units = {unit: left + 60 * i for i, unit in enumerate(order)}
    ends = [left + 60, left + 120]
    parts = []
    for unit, x in units.items():
        for end in ends:
            parts += [line(end, below, x, middle, UNITS[unit]), line(x, middle, end, above, UNITS[unit])]
    parts += [disc(x, middle, UNITS[unit], unit) for unit, x in units.items()]
    parts += [disc(end, below, "#777777", name) for end, name in zip(ends, ["x₁", "x₂"])]
    parts += [disc(end, above, "#777777", name) for end, name in zip(ends, ["y₁", "y₂"])]
    return [*parts, words(left + 90, 296, caption)]


def reordered() -> str:
    parts = [*network(60, "abcd", "units as they were trained"), *network(370, "cadb", "the same units in another order")]
    parts += [words(305, 155, "=", font_size=34)]
    return svg(610, 316, "A unit takes its incoming and outgoing weights along, so the outputs stay what they are", parts)


# --- averaging units that don't belong together, and units that do


def averaging(top: float, lower: str, caption: str) -> list[str]:
    """A sublayer of units in the anchor's order, one in its own, and what becomes of each pair."""
    parts = [words(20, top - 34, caption, text_anchor="start", font_weight="bold")]
    for row, name in enumerate(["layer 4, the anchor", "layer 5", "their average"]):
        parts.append(words(20, top + 5 + 46 * row, name, text_anchor="start"))
    for i, (upper, under) in enumerate(zip("abcd", lower)):
        x = 210 + 62 * i
        parts += [disc(x, top, UNITS[upper], upper), disc(x, top + 46, UNITS[under], under)]
        if upper == under:
            parts.append(disc(x, top + 92, UNITS[upper], upper))
        else:
            parts += [
                f'<path d="M {x} {top + 77} a 15 15 0 0 0 0 30 z" fill="{UNITS[upper]}"/>',
                f'<path d="M {x} {top + 77} a 15 15 0 0 1 0 30 z" fill="{UNITS[under]}"/>',
            ]
    return parts


def averaged() -> str:
    parts = [
        *averaging(66, "cadb", "In place: each average mixes two units that do different things"),
        *averaging(246, "abcd", "Matched first: each average is of two units that do the same"),
    ]
    return svg(540, 370, "Averaging in place mixes unlike units; matched first, like meets like", parts)


# --- one set of parameters in several places


def tied() -> str:
    parts = []
    for layer in range(6):
        y = 246 - 44 * layer
        shared = 1 <= layer <= 4
        parts += [
            words(38, y + 18, f"layer {layer}"),
            box(80, y, 96, "attention", "#eeeeee"),
            box(190, y, 120, "feed-forward", "#ffffff" if shared else "#cfe3f2"),
        ]
        if shared:
            parts.append(line(310, y + 13, 400, 152, UNITS["a"]))
    parts += [
        box(400, 139, 150, "one feed-forward", UNITS["a"], "#ffffff"),
        words(475, 186, "layers 1–4 refer to it:"),
        words(475, 204, "stored once, held once,"),
        words(475, 222, "updated once a step"),
    ]
    return svg(580, 290, "Four places refer to one set of feed-forward parameters", parts)
