"""A grid through a real Jupyter client, and by the launcher without one."""

import json
import os
import subprocess

import pytest
from conftest import REPOSITORY

EXAMPLE = """model: gpt2-novels
data: novels
ways:
  - merge --average regression
  - prune --method magnitude --unit hidden
sizes: [0.1]
seeds: [0, 1]
steps: 1
batch: 1
limit: 4
tokens: 1000
"""


@pytest.fixture(scope="module")
def grid(notebook):
    outcome = notebook.run("%%ffmerge grid\n" + EXAMPLE)
    assert outcome.status == "ok", outcome.trace
    return outcome


def test_a_grid_gives_cells_and_fronts(grid):
    result = next(r for r in grid.results if r["command"] == "grid")
    ways = ["merge --average regression", "prune --method magnitude --unit hidden"]
    assert [(c["way"], c["size"], c["seed"]) for c in result["cells"]] == [(w, 0.1, s) for w in ways for s in (0, 1)]
    for cell in result["cells"]:
        assert cell["parameters"] <= 0.9 * 2_936_576
        assert cell["bytes"] == 4 * cell["parameters"]
        low, high = cell["interval"]
        assert low < cell["value"] < high
        assert cell["difference"]["to"] == result["reference"] == "unchanged, tuned"
        assert cell["tuningTokens"] == 256
    assert len({c["run"] for c in result["cells"]}) == 4
    assert set(result["fronts"]) == {"parameters", "bytes"}
    picture = [m for m in grid.messages if "image/png" in m["content"].get("data", {})]
    assert picture


def test_what_was_computed_is_not_computed_again(notebook, grid):
    first = next(r for r in grid.results if r["command"] == "grid")
    again = notebook.run("%%ffmerge grid\n" + EXAMPLE).results[-1]
    assert [c["run"] for c in again["cells"]] == [c["run"] for c in first["cells"]]
    (runs,) = notebook.run("%ffmerge runs").results
    logged = [run["id"] for run in runs["runs"]]
    cells = {c["run"] for c in first["cells"] + first["controls"]}
    assert cells < set(logged)
    assert [run["command"] for run in runs["runs"] if run["id"] not in cells] == ["grid", "grid"]


def test_a_cell_and_the_grid_are_done_again(notebook, grid, tmp_path):
    first = next(r for r in grid.results if r["command"] == "grid")
    cell = first["cells"][0]
    file = tmp_path / "cell.yaml"
    assert notebook.run(f"%ffmerge runs {cell['run']} --export {file}").status == "ok"
    steps = [line.split()[1] for line in file.read_text().split("time:")[0].splitlines() if line.startswith("- ")]
    assert steps == ["load:", "merge:", "tune:", "eval:"]
    outcome = notebook.run(f"%ffmerge run {file}")
    assert outcome.status == "ok", outcome.trace
    (value,) = [r["value"] for r in outcome.results if r["command"] == "eval"]
    assert value == pytest.approx(cell["value"], rel=1e-9)
    assert outcome.results[-1]["again"]["run"] == cell["run"]
    other = first["cells"][2]["run"]
    diff = notebook.run(f"%ffmerge runs --diff {cell['run']} {other}").results[-1]
    assert {("option", "way"), ("step", "2"), ("result", "model.value")} <= {
        (d["of"], d["name"]) for d in diff["differences"]
    }
    runs = notebook.run("%ffmerge runs --where \"(result->'cells') is not null\"").results[-1]["runs"]
    file = tmp_path / "grid.json"
    assert notebook.run(f"%ffmerge runs {runs[0]['id']} --export {file}").status == "ok"
    again = notebook.run(f"%ffmerge run {file}").results
    cells = next(r for r in again if r["command"] == "grid")["cells"]
    assert [c["value"] for c in cells] == [pytest.approx(c["value"], rel=1e-9) for c in first["cells"]]
    assert not {c["run"] for c in cells} & {c["run"] for c in first["cells"]}


def test_a_mistake_has_its_line_and_column(notebook):
    outcome = notebook.run("%%ffmerge grid\n" + EXAMPLE.replace("prune --method magnitude", "prune --methd magnitude"))
    assert outcome.status == "error"
    (line,) = [t for t in outcome.trace if t.strip()]
    assert "line 5, column 11: prune has no option --methd; did you mean 'method'?" in line
    assert line.strip().endswith("(line 6 of the cell)")


def test_a_file_is_run_by_the_launcher(tmp_path):
    file = tmp_path / "grid.yaml"
    out = tmp_path / "out"
    file.write_text(EXAMPLE.replace("steps: 1\n", "") + f"out: {out}\n", encoding="utf-8")
    command = [REPOSITORY / "environment/ffmerge", "exec", file]
    settings = {**os.environ, "FFMERGE_STATE": str(tmp_path / "state")}
    done = subprocess.run(command, capture_output=True, text=True, env=settings, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "merge --average regression" in done.stdout
    assert len(json.loads((out / "result.json").read_text(encoding="utf-8"))["cells"]) == 4
    assert "<img" in (out / "report.html").read_text(encoding="utf-8")
    done = subprocess.run(
        [*command, "--against", out / "result.json"], capture_output=True, text=True, env=settings, timeout=1200
    )
    assert "5 of 5 cells, 100.00 %, lie inside the 95 % intervals" in " ".join(done.stdout.split()), done.stderr
    file.write_text("- load: gpt2-novel\n", encoding="utf-8")
    done = subprocess.run(command, capture_output=True, text=True, env=settings, timeout=1200)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ffmerge: there is no model or folder 'gpt2-novel'")
