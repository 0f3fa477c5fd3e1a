"""The labs: handed out and graded by nbgrader, with the kernel, as a teacher would."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys

import pytest
from conftest import REPOSITORY, plain

LABS = REPOSITORY / "notebooks/labs"
COURSE = LABS / "teacher"
SOURCES = sorted((COURSE / "source").glob("lab*/*.ipynb"))
NBGRADER = REPOSITORY / "target/nbgrader"
REQUIREMENTS = REPOSITORY / "environment/requirements-nbgrader.txt"

LAB = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parent.name)


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def source(cell):
    return "".join(cell["source"])


def checks(notebook):
    return [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]


def complaints(cell):
    return [output["evalue"] for output in cell["outputs"] if output["output_type"] == "error"]


class Course:
    """A copy of the teacher's folder, in which nbgrader keeps its grades."""

    def __init__(self, folder):
        self.folder = folder
        shutil.copytree(COURSE, folder, dirs_exist_ok=True)

    def nbgrader(self, *words):
        paths = [str(NBGRADER), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(paths),
            "PATH": os.pathsep.join([str(NBGRADER / "bin"), os.environ["PATH"]]),
            "JUPYTER_PATH": f"{sys.prefix}/share/jupyter",
        }
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=1200,
        )
        assert done.returncode == 0, plain(done.stdout + done.stderr)

    def submit(self, student, lab, notebook):
        folder = self.folder / "submitted" / student / lab
        folder.mkdir(parents=True)
        shutil.copy(notebook, folder)

    def points(self, student, lab):
        """Points by exercise: what was reached, and what could be."""
        with sqlite3.connect(self.folder / "gradebook.db") as book:
            rows = book.execute(
                "select base_cell.name, grade.auto_score, grade_cells.max_score from grade"
                " join base_cell on grade.cell_id = base_cell.id join grade_cells on grade_cells.id = base_cell.id"
                " join submitted_notebook on grade.notebook_id = submitted_notebook.id"
                " join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id"
                " join assignment on submitted_assignment.assignment_id = assignment.id"
                " where submitted_assignment.student_id = ? and assignment.name = ?",
                (student, lab),
            )
            return {name: (score, most) for name, score, most in rows}


@pytest.fixture(scope="module")
def nbgrader():
    """nbgrader beside the tests' own packages, installed once: few who run the tests teach."""
    stamp = NBGRADER / ".requirements"
    wanted = REQUIREMENTS.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(NBGRADER, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--target", NBGRADER, "-r", REQUIREMENTS], check=True)
        stamp.write_text(wanted)


@pytest.fixture(scope="module")
def course(nbgrader, tmp_path_factory):
    """With every lab made ready to be handed out."""
    course = Course(tmp_path_factory.mktemp("course"))
    for path in SOURCES:
        course.nbgrader("generate_assignment", path.parent.name)
    return course


def test_the_labs_are_there():
    assert [path.parent.name for path in SOURCES] == [f"lab{n}" for n in range(1, len(SOURCES) + 1)] and SOURCES
    assert {path.name for path in SOURCES} == {path.name for path in LABS.glob("*.ipynb")}


@LAB
def test_the_students_lab_is_what_nbgrader_makes_of_the_teachers(path, course):
    made = read(course.folder / "release" / path.parent.name / path.name)
    assert made["cells"] == read(LABS / path.name)["cells"], "see notebooks/labs/teacher/README.md"
    text = json.dumps(made)
    assert "SOLUTION" not in text and "HIDDEN TESTS" not in text
    assert text.count("YOUR CODE HERE") >= len(checks(made))


@LAB
def test_the_teachers_lab_is_committed_with_its_outputs(path):
    notebook = read(path)
    assert path.stat().st_size < 1_000_000
    assert all(not complaints(cell) for cell in notebook["cells"] if cell["cell_type"] == "code")
    for cell in checks(notebook):
        assert "✓" in json.dumps(cell["outputs"], ensure_ascii=False), source(cell)
        assert not any(output["output_type"] == "execute_result" for output in cell["outputs"]), "nbgrader's partial credit"
    assert any("image/" in kind for cell in notebook["cells"] for o in cell.get("outputs", []) for kind in o.get("data", {}))
    assert not re.search(r"/(home|root|tmp|work)/", json.dumps([c.get("outputs") for c in notebook["cells"]]))


@LAB
def test_solved_labs_get_all_points_and_unsolved_ones_none(path, course):
    lab = path.parent.name
    course.submit("solved", lab, path)
    course.submit("unsolved", lab, LABS / path.name)
    course.nbgrader("autograde", lab)

    solved, unsolved = course.points("solved", lab), course.points("unsolved", lab)
    assert len(solved) == len(checks(read(path))) >= 3
    assert all(score == most > 0 for score, most in solved.values()), solved
    assert all(score == 0 for score, _ in unsolved.values()), unsolved

    graded = read(course.folder / "autograded/solved" / lab / path.name)
    assert all(not complaints(cell) for cell in graded["cells"] if cell["cell_type"] == "code")
    graded = read(course.folder / "autograded/unsolved" / lab / path.name)
    for cell in graded["cells"]:
        if cell["cell_type"] == "code" and cell not in checks(graded):
            assert not complaints(cell), "a lab can be run to its end before it is solved"
    for cell in checks(graded):
        (complaint,) = complaints(cell)
        assert complaint.startswith("not yet: ") and "Hint: " in complaint, source(cell)


# a wrong answer to an exercise, and what its check says of it
SLIPS = [
    ("lab1", "permute", "for (int j = 0; j < n; j++) in[order[j]] = ff.in()[j].clone();", "you put unit j at place order[j]"),
    ("lab1", "permute", "for (int j = 0; j < n; j++) in[j] = ff.in()[order[j]];", "a unit takes its bias with it"),
    ("lab1", "permute", "for (int j = 0; j < n; j++) ff.in()[j] = ff.in()[order[j]];", "write your answer"),
    ("lab1", "count", "orders = 64; digits = 1167;", "8 × 8 are pairs"),
    ("lab1", "count", "orders = 40320; digits = 1166;", "has three digits, not two"),
    ("lab1", "match", "order = new int[] {0, 1, 2, 3, 4, 5, 6, 7};", "compare the colours"),
    ("lab1", "match", "order = new Permutation(Microscope.solve(first, second)).inverse().order();", "the other way round"),
    ("lab1", "match", "order = new int[] {0, 0, 1, 2, 3, 4, 5, 6};", "each of the numbers 0 to 7 once"),
    ("lab1", "solver", "solved = new int[] {0, 1, 2, 3, 4, 5, 6, 7};", "use what maximize gives"),
    ("lab1", "solver", "solved = new int[8];", "would take some units twice"),
    ("lab1", "count", "orders = 8; digits = 1167;", "orders of 8 units is not 8. Hint: how many units may stand first"),
    ("lab2", "correlation", "r = 0; for (int t = 0; t < 4; t++) r += (u[t] - 2.5) * (v[t] - 2.5) / 4;", "this is the covariance"),
    ("lab2", "cka", "value = squaredNorm(x, y) / Math.sqrt(squaredNorm(x, x) * squaredNorm(y, y));", "each column's mean off"),
    ("lab2", "cka", "value = Math.sqrt(squaredNorm(centred(x), centred(y)) / Math.sqrt(squaredNorm(centred(x), centred(x))"
        " * squaredNorm(centred(y), centred(y))));", "no root is taken of it"),
    ("lab3", "align", "order = new int[] {0, 2, 1};", "0.9 first leaves the others little"),
    ("lab3", "merge", "result = new SmallFeedForward(meanRows(a.in(), b.in()), mean(a.inBias(), b.inBias()), a.out(), a.outBias());", "permute b first"),
    ("lab4", "gradient", "first = second = tied = (w * w * x - t) * w * x;", "add both gradients, no mean"),
    ("lab5", "curse", "lowest = random.doubles(models).map(r -> 80 + 2 * random.nextGaussian()).average().getAsDouble();", "keep the lowest of the ten"),
    ("lab5", "interval", "low = 3 - 1.96 * Math.sqrt(2.5); high = 3 + 1.96 * Math.sqrt(2.5);", "divide by √n"),
    ("lab5", "fair", 'fair = Set.of("b", "c", "e");', "the control of lab 4"),
]
# a right answer, written in another way than the teacher's
OTHERWISE_RIGHT = [
    ("lab3", "merge", """SmallFeedForward p = b.permuted(order);
        var means = new Object() {
            double[] of(double[] u, double[] v) {
                return IntStream.range(0, u.length).mapToDouble(i -> DoubleStream.of(u[i], v[i]).average().getAsDouble() + 1e-15).toArray();
            }
            double[][] of(double[][] u, double[][] v) {
                return IntStream.range(0, u.length).mapToObj(i -> of(u[i], v[i])).toArray(double[][]::new);
            }
        };
        result = new SmallFeedForward(means.of(a.in(), p.in()), means.of(a.inBias(), p.inBias()),
                means.of(a.out(), p.out()), means.of(a.outBias(), p.outBias()));"""),
    ("lab5", "fair", 'fair = Set.of("E.", " C");'),
]
SOLUTION = re.compile(r"// BEGIN SOLUTION.*?// END SOLUTION", re.DOTALL)
OF_A_MODEL = re.compile(r"(?m)^%ffmerge|\bclaim\(|\b(alike|matched|small|comparison|before)\.")


def cells_before(notebook, exercise):
    """What a solution needs: neither checks nor what a model is needed for."""
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == exercise:
            return
        if cell["cell_type"] == "code" and cell not in checks(notebook) and not OF_A_MODEL.search(source(cell)):
            yield source(cell)


def check_of(notebook, lab, exercise, answer):
    """What the check of an exercise says after an answer."""
    (path,) = (COURSE / "source" / lab).glob("*.ipynb")
    cells = {c["metadata"].get("nbgrader", {}).get("grade_id"): source(c) for c in read(path)["cells"]}
    for code in [*cells_before(read(path), exercise), SOLUTION.sub(lambda _: answer, cells[exercise], count=1)]:
        outcome = notebook.run(code)
        assert outcome.status == "ok", (code, outcome.trace)
    return notebook.run(cells[f"{exercise}-check"])


def test_a_wrong_answer_gets_its_own_hint(notebook):
    for lab, exercise, wrong, hint in SLIPS:
        outcome = check_of(notebook, lab, exercise, wrong)
        assert outcome.status == "error" and len(outcome.trace) == 1, (wrong, outcome.stdout)
        assert outcome.reply["evalue"].startswith("not yet: ") and hint in outcome.reply["evalue"], (wrong, outcome.trace)


def test_a_right_answer_may_be_written_otherwise(new_notebook):
    for lab, exercise, right in OTHERWISE_RIGHT:
        outcome = check_of(new_notebook(), lab, exercise, right)
        assert outcome.status == "ok" and "✓" in outcome.stdout, (right, outcome.trace)
