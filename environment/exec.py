"""Runs a recipe, a grid or Java without a notebook, as the kernel would."""

import argparse
import re
import sys
from pathlib import Path

import start


PROGRAM = re.compile(r"\bstatic\s+void\s+main\s*\(")


def main_of(file: str) -> list[str]:
    """What runs it: a program of Java's is compiled and run by java itself, a script as a cell would be."""
    if not file.endswith(".java"):
        return ["ffmerge.magic.Exec"]
    try:
        text = Path(file).read_text(encoding="utf-8")
    except OSError as e:
        sys.exit(f"ffmerge: there is no file {file}" if isinstance(e, FileNotFoundError) else f"ffmerge: {file}: {e.strerror}")
    except UnicodeDecodeError:
        sys.exit(f"ffmerge: {file} is no text in UTF-8")
    return [] if PROGRAM.search(text) else ["ffmerge.kernel.Main", "--script"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--java", required=True, help="the java to start")
    parser.add_argument("--java-version", required=True, help="its version: 17")
    parser.add_argument("file", help="a YAML file: the steps of a recipe, or what a grid is of; or Java")
    parser.add_argument("--against", metavar="JSON", help="of a grid: how many cells lie inside an earlier one's intervals")
    options = parser.parse_args()
    if options.against is not None and options.file.endswith(".java"):
        sys.exit("ffmerge: --against is of a grid")
    more = [] if options.against is None else ["--against", options.against]
    start.start(options.java, options.java_version, *main_of(options.file), options.file, *more)


if __name__ == "__main__":
    main()
