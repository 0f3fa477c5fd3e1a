"""Which package uses which, as the compiled classes say: a table and a picture."""

import re
from html import escape
from pathlib import Path

JDEPS = ["-verbose:package", "-regex", r"ffmerge(\..*)?", "--multi-release", "base"]
EDGE = re.compile(r"^\s+(ffmerge[\w.]*)\s+->\s+(ffmerge[\w.]*)\s", re.MULTILINE)
FIRST_SENTENCE = re.compile(r"/\*\*(.*?)\*/\s*package", re.DOTALL)
ROOT = "(root)"

CELL = 15
LEFT = 96
TOP = 84


def uses(jdeps: str) -> dict[str, set[str]]:
    """By package, the packages that it uses; parts of one idea, as magic.command, count as one."""
    used: dict[str, set[str]] = {}
    for user, other in EDGE.findall(jdeps):
        used.setdefault(short(user), set())
        used.setdefault(short(other), set())
        if short(user) != short(other):
            used[short(user)].add(short(other))
    return used


def short(package: str) -> str:
    return package.split(".")[1] if "." in package else ROOT


def from_the_ground(used: dict[str, set[str]]) -> list[str]:
    """All packages, each behind those that it uses."""
    heights: dict[str, int] = {}

    def height(package: str) -> int:
        if package not in heights:
            heights[package] = 1 + max((height(other) for other in used[package]), default=0)
        return heights[package]

    return sorted(used, key=lambda package: (height(package), package))


def write(used: dict[str, set[str]], java_sources: Path, page: Path, picture: Path) -> None:
    order = from_the_ground(used)
    rows = [f"| {link(package)} | {idea(package, java_sources)} | {', '.join(sorted(used[package]))} |" for package in order]
    title = "# Packages\n\nFrom the ground up; each line says what a package is for and which others its classes use.\n"
    table = ["| package | idea | uses |", "| --- | --- | --- |", *rows]
    page.write_text(title + "\n" + "\n".join(table) + "\n", encoding="utf-8")
    picture.write_text(matrix(order, used), encoding="utf-8")


def link(package: str) -> str:
    folder = "ffmerge" if package == ROOT else f"ffmerge/{package}"
    return f'<a href="api/{folder}/package-summary.html"><code>{escape(package)}</code></a>'


def idea(package: str, java_sources: Path) -> str:
    """The first sentence of the package's Javadoc."""
    file = java_sources / "ffmerge" / ("" if package == ROOT else package) / "package-info.java"
    if not file.exists():
        return ""
    comment = FIRST_SENTENCE.search(file.read_text(encoding="utf-8"))[1]
    words = " ".join(line.strip().lstrip("*").strip() for line in comment.strip().splitlines())
    words = re.sub(r"\{@(?:code|link)\s+#?([^}]*)\}", r"`\1`", words)
    return re.split(r"(?<=[.])\s", words)[0].replace("|", "\\|")


def matrix(order: list[str], used: dict[str, set[str]]) -> str:
    """A square for each row's package that uses a column's: below the diagonal alone, as nothing is used upwards."""
    size = CELL * len(order)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + size + 12} {TOP + size + 12}" '
        f'width="{LEFT + size + 12}" font-family="sans-serif" font-size="11">',
        "<title>Which package uses which</title>",
        '<rect width="100%" height="100%" rx="6" fill="#ffffff"/>',
    ]
    for i, package in enumerate(order):
        middle = CELL * i + CELL / 2
        parts.append(f'<text x="{LEFT - 6}" y="{TOP + middle + 4}" text-anchor="end">{escape(package)}</text>')
        parts.append(f'<text transform="translate({LEFT + middle + 4} {TOP - 6}) rotate(-60)">{escape(package)}</text>')
        for j, other in enumerate(order):
            fill = "#0b6bb3" if other in used[package] else "#d9d9d9" if i == j else "#f4f4f4"
            hint = f"{package} uses {other}" if other in used[package] else package
            parts.append(
                f'<rect x="{LEFT + CELL * j}" y="{TOP + CELL * i}" width="{CELL - 1}" height="{CELL - 1}" fill="{fill}">'
                f"<title>{escape(hint)}</title></rect>"
            )
    return "\n".join([*parts, "</svg>"]) + "\n"
