"""Every notebook, from its first cell to its last, by the launcher."""

import json
import re
import subprocess

import pytest
from conftest import RESULT, REPOSITORY

# notebook: parameters that make it short
NOTEBOOKS = {
    "quickstart.ipynb": {},
    "gpt2.ipynb": {"steps": 2, "limit": 8},
    "vit.ipynb": {"steps": 2, "limit": 50},
    "opus-mt.ipynb": {"steps": 2, "limit": 32},
    "olmo-qlora.ipynb": {"steps": 2, "limit": 8},
    "comparisons.ipynb": {"steps": 1, "limit": 50, "windows": 4, "sentences": 8, "seeds": "0,1", "sizes": "1/3", "tokens": 500},
}

# what a notebook shows, where it isn't what the paper's figures need: its commands, and how many results at least
OTHERS = {"comparisons.ipynb": ({"grid"}, 3)}
FIGURES = ({"load", "cka", "sweep", "merge", "drop", "tune", "compare"}, 8)
PICTURED = {"cka", "sweep", "tune", "compare", "grid"}


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def outputs(path):
    return [o.get("data", {}) for cell in cells(path) for o in cell.get("outputs", [])]


def test_every_notebook_is_run():
    assert {p.name for p in (REPOSITORY / "notebooks").glob("*.ipynb")} == set(NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_to_its_end(name):
    command = [REPOSITORY / "environment/ffmerge", "run", REPOSITORY / "notebooks" / name]
    for parameter, value in NOTEBOOKS[name].items():
        command += ["-p", parameter, str(value)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr

    made = outputs(REPOSITORY / "target" / name)
    results = [data[RESULT] for data in made if RESULT in data]
    commands = {r["command"] for r in results}
    expected, _ = OTHERS.get(name, FIGURES)
    assert expected <= commands
    for cell in cells(REPOSITORY / "target" / name):
        asks_for_none = "brief: true" in "".join(cell["source"])
        for data in (o.get("data", {}) for o in cell.get("outputs", [])):
            if data.get(RESULT, {}).get("command") in PICTURED:
                assert ("image/png" in data) != asks_for_none, "a picture"
    comparison = next(r for r in results if r["command"] in {"compare", "grid"})
    assert len(comparison["rows"]) >= 5
    assert all(len(r["rows"]) >= 5 for r in results if r["command"] == "grid")

    page = (REPOSITORY / "target" / name).with_suffix(".html").read_text(encoding="utf-8")
    assert "<img" in page and "<table" in page
    assert re.search(r"perplexity|accuracy|BLEU|ROUGE", done.stdout), "the results are printed"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_committed_with_its_outputs(name):
    made = outputs(REPOSITORY / "notebooks" / name)
    _, least = OTHERS.get(name, FIGURES)
    assert sum(RESULT in data for data in made) >= least
    assert not re.search(r"/(home|root|tmp|work)/", json.dumps(made)), "no path of the machine that made them"


def pictures(bundle):
    """All that an output has of pictures: as kinds of its own, and in what is written in HTML."""
    found = ["".join(content) for kind, content in bundle.items() if kind.startswith("image/")]
    html = "".join(bundle.get("text/html", ""))
    return found + re.findall(r"data:image/[^\"')]+|<svg.*?</svg>", html, re.DOTALL)


def test_pictures_are_found_wherever_they_are():
    bundle = {"image/png": "aa", "image/svg+xml": ["<svg>", "</svg>"], "text/plain": "a picture"}
    assert pictures(bundle) == ["aa", "<svg></svg>"]
    html = ["<p><svg width='1'>\n", "</svg></p><img src='data:image/png;base64,bb'><img src=\"x.png\">"]
    assert pictures({"text/html": html}) == ["<svg width='1'>\n</svg>", "data:image/png;base64,bb"]


COMMITTED = sorted(p for where in ["*", "labs/*", "labs/teacher/source/*/*"] for p in (REPOSITORY / "notebooks").glob(where + ".ipynb"))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.name)
def test_a_notebook_is_small_and_has_each_picture_once(path):
    assert path.stat().st_size < 1_000_000
    made = outputs(path)
    for bundle in made:
        formats = [kind for kind in bundle if kind.startswith("image/")]
        assert len(formats) + (bool(formats) and "<img" in "".join(bundle.get("text/html", ""))) <= 1, formats
    everything = [picture for bundle in made for picture in pictures(bundle)]
    assert len(everything) == len(set(everything))
