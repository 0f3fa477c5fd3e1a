"""Builds the documentation's site into target/site: the pages of this folder, one for each command, pictures, the Javadoc."""

import argparse
import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import commands
import drawings
import packages

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME / "environment"))

import kernelspec  # noqa: E402

PAGES = HOME / "docs"
BUILD = HOME / "target/docs"
SOURCE = BUILD / "source"
SITE = HOME / "target/site"
SOURCES_OF_JAVA = HOME / "magics/src/main/java"
RESULT = "application/vnd.ffmerge+json"
# a picture that a page takes from a notebook: its name, then the command whose first picture it is
OF_NOTEBOOK = re.compile(r"\(pictures/(\w+)-(\w+)\.\*\)")
PICTURES = {"image/svg+xml": "svg", "image/png": "png"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--java", required=True, help="the java to start")
    parser.add_argument("--java-version", required=True, help="its version: 17")
    options = parser.parse_args()
    tools = Path(options.java).resolve().parent
    jars = kernelspec.class_path(HOME / ".venv")

    shutil.rmtree(BUILD, ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    pictures = SOURCE / "pictures"
    pictures.mkdir(parents=True)
    for page in PAGES.glob("*.md"):
        shutil.copy(page, SOURCE)

    class_path = ":".join(map(str, jars))
    described = run([options.java, "-cp", class_path, "ffmerge.magic.typing.HelpJson"])
    (BUILD / "commands.json").write_text(described, encoding="utf-8")
    commands.write(json.loads(described)["commands"], SOURCE / "commands", SOURCES_OF_JAVA)

    uses = packages.uses(run([str(tools / "jdeps"), *packages.JDEPS, str(HOME / "magics/target/classes")]))
    packages.write(uses, SOURCES_OF_JAVA, SOURCE / "packages.md", pictures / "packages.svg")
    drawings.write(pictures)
    for page in SOURCE.glob("*.md"):
        for notebook, command in OF_NOTEBOOK.findall(page.read_text(encoding="utf-8")):
            write_picture(notebook, command, pictures)

    javadoc(tools / "javadoc", class_path, BUILD / "extra/api")
    sphinx = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "-b", "html"]
    run([*sphinx, "-c", str(PAGES), "-d", str(BUILD / "doctrees"), str(SOURCE), str(SITE)])
    print(f"The documentation is in {SITE / 'index.html'}")


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        sys.exit(f"ffmerge: {Path(command[0]).name} failed:\n{done.stdout[-8000:]}{done.stderr[-8000:]}")
    return done.stdout





def write_picture(notebook: str, command: str, folder: Path) -> None:
    """Takes a picture from a notebook's outputs as they are committed, so that pages show what the product shows."""
    cells = json.loads((HOME / f"notebooks/{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    for output in (o.get("data", {}) for cell in cells for o in cell.get("outputs", [])):
        form = next((f for f in PICTURES if f in output), None)
        if form is None or output.get(RESULT, {}).get("command") != command:
            continue
        content = "".join(output[form])
        picture = content.encode() if form == "image/svg+xml" else base64.b64decode(content)
        (folder / f"{notebook}-{command}.{PICTURES[form]}").write_bytes(picture)
        return
    sys.exit(f"ffmerge: notebooks/{notebook}.ipynb has no picture of a result of {command}")


def javadoc(tool: Path, class_path: str, folder: Path) -> None:
    """Comments that are wrong are errors; those that are missing, where a name says all, are not."""
    options = ["-quiet", "-Xdoclint:all,-missing", "-Werror", "-notimestamp", "-encoding", "UTF-8", "-docencoding", "UTF-8"]
    title = ["-windowtitle", "ffmerge", "-doctitle", "ffmerge: the library"]
    what = ["-sourcepath", str(SOURCES_OF_JAVA), "-subpackages", "ffmerge"]
    run([str(tool), *options, *title, "-d", str(folder), "-cp", class_path, *what])


if __name__ == "__main__":
    main()
