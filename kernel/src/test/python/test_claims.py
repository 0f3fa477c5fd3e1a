"""What notebooks and pages say of numbers: claims that fail where they aren't so, and no number that no output has."""

import json
import re
import subprocess

import nbformat
import pytest
from conftest import REPOSITORY

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
LABS = sorted((REPOSITORY / "notebooks/labs/teacher/source").glob("*/*.ipynb"))
DECIMAL = re.compile(r"\d[\d,]*\.\d+")
NO_PROSE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|https?://\S+", re.DOTALL)
OF_QUALITY = re.compile(r"perplexity|accuracy|BLEU|ROUGE|CKA", re.IGNORECASE)
CLAIM = re.compile(r"\bclaim(If)?\(")
FALSE_CLAIM = 'claim("Vanilla merging is better.", eachBelow(windows.values("none"), windows.values("permute")));'


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def source(cell):
    return "".join(cell["source"])


def printed(notebook):
    """All that the outputs say as text."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return "\n".join("".join(o.get("text", o.get("data", {}).get("text/plain", ""))) for o in outputs)


def missing(prose, outputs):
    """Numbers with decimals that no output has, as they stand or with more digits; what is said of the paper is not ours."""
    values = [float(n.replace(",", "")) for n in DECIMAL.findall(outputs)]
    lost = []
    for paragraph in re.split(r"\n\s*\n", NO_PROSE.sub(" ", prose)):
        for number in [] if "paper" in paragraph else DECIMAL.findall(paragraph):
            half_a_digit = 0.5 * 10 ** -len(number.split(".")[1]) + 1e-9
            if not any(abs(value - float(number.replace(",", ""))) <= half_a_digit for value in values):
                lost.append(number)
    return lost


def test_a_number_that_no_output_has_is_found():
    outputs = "perplexity 87.95 on novels test\n1,431.76"
    assert missing("It is 87.95, about 88.0 or 87.8, once 1,431.8.", outputs) == ["87.8"]
    assert missing("It is `12.5` [there](a/1.5).\n\nThe paper has 17.27.\n\nWe have 17.27.", outputs) == ["17.27"]


@pytest.mark.parametrize("path", NOTEBOOKS + LABS, ids=lambda path: path.name)
def test_the_prose_of_a_notebook_has_no_numbers_of_its_own(path):
    notebook = read(path)
    prose = "\n\n".join(source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert missing(prose, printed(notebook)) == []


def test_what_the_readme_says_of_quality_stands_in_a_notebook():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    said = "\n\n".join(p for p in re.split(r"\n\s*\n", readme) if OF_QUALITY.search(p))
    assert len(DECIMAL.findall(said)) >= 6, "the table of results"
    assert missing(said, "\n".join(printed(read(path)) for path in NOTEBOOKS)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_every_claim_held_when_a_notebook_was_committed(path):
    notebook = read(path)
    claims = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and CLAIM.search(source(cell))]
    assert len(claims) >= 3
    for cell in claims:
        text = printed({"cells": [cell]})
        assert text.count("Claim: ") >= len(CLAIM.findall(source(cell))), text
        assert "left open: " not in text, "its budget is too small for what it says"


def test_a_false_claim_fails_the_notebook_with_its_sentence(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("%ffmerge load gpt2-novels --as base"),
            nbformat.v4.new_code_cell("%ffmerge sweep base --length 6 --limit 4 --as windows"),
            nbformat.v4.new_code_cell(FALSE_CLAIM),
            nbformat.v4.new_code_cell('System.out.println("still going")'),
        ]
    )
    path = tmp_path / "false-claim.ipynb"
    nbformat.write(notebook, path)
    done = subprocess.run(
        [REPOSITORY / "environment/ffmerge", "run", path], capture_output=True, text=True, timeout=600
    )
    assert done.returncode != 0
    assert "don't bear out \"Vanilla merging is better.\"" in done.stderr
    assert re.search(r"this isn't so: 0-5 [\d,.]+ < [\d,.]+", done.stderr), done.stderr
    assert "still going" not in done.stdout
