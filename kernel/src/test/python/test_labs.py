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
