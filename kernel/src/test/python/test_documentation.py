"""Every code block of the README and of all other pages is run; of the launcher's commands it is known that they are there."""

import os
import re
import shutil
import subprocess
import sys

import conftest
import pytest
from conftest import REPOSITORY

NOT_OURS = {".venv", ".bench-venv", "target", "node_modules"}
PAGES = sorted(
    str(page.relative_to(REPOSITORY))
    for page in REPOSITORY.rglob("*.md")
    if not NOT_OURS & set(page.relative_to(REPOSITORY).parts)
)
BLOCK = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def blocks(page):
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return [(language, re.sub(rf"(?m)^{indent}", "", code)) for indent, language, code in BLOCK.findall(text)]


def is_program(code):
    return "static void main(" in code


def cells(page):
    return [code for language, code in blocks(page) if language in {"", "java"} and not is_program(code)]


def programs(page):
    return [code for language, code in blocks(page) if language == "java" and is_program(code)]


def test_the_pages_are_found():
    assert "README.md" in PAGES and len(cells("README.md")) >= 2


@pytest.mark.parametrize("page", [p for p in PAGES if cells(p)])
def test_the_cells_of_a_page_run_from_the_first_to_the_last(page, new_notebook, monkeypatch):
    monkeypatch.setattr(conftest, "PATIENCE", 1200)  # a cell of the README is a whole session
    notebook = new_notebook()
    for cell in cells(page):
        outcome = notebook.run(cell)
        assert outcome.status == "ok", (cell, outcome.trace)


@pytest.mark.parametrize("page", [p for p in PAGES if programs(p)])
def test_the_programs_of_a_page_run_against_the_jar_alone(page, tmp_path):
    (jar,) = (REPOSITORY / "magics/target").glob("ffmerge-magics-*.jar")
    class_path = os.pathsep.join([str(jar), str(jar.parent / "lib" / "*")])
    for code in programs(page):
        name = re.search(r"class (\w+)", code)[1]
        (tmp_path / f"{name}.java").write_text(code, encoding="utf-8")
        tool(tmp_path, "javac", "-Xlint:all,-processing,-classfile,-path", "-Werror", "-cp", class_path, f"{name}.java")
        said = tool(tmp_path, "java", "-cp", os.pathsep.join([class_path, "."]), name)
        assert 50 < float(re.search(r"value=([\d.]+)", said)[1]) < 200, said
        assert (tmp_path / "small/model.safetensors").exists()
        assert '"way" : "merge"' in (tmp_path / "small/ffmerge.json").read_text()


def tool(folder, name, *arguments):
    home = os.environ.get("JAVA_HOME")
    program = os.path.join(home, "bin", name) if home else shutil.which(name)
    environment = os.environ | {"FFMERGE_HOME": str(REPOSITORY / "environment")}
    done = subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, (name, done.stdout, done.stderr)
    return done.stdout


def test_the_launcher_knows_what_pages_ask_of_it():
    asked = re.compile(r"(?m)^    environment/ffmerge (\w+)")
    help_text = subprocess.run([REPOSITORY / "environment/ffmerge", "help"], capture_output=True, text=True).stdout
    known = set(re.findall(r"(?m)^  (\w+)", help_text))
    for page in PAGES:
        assert set(asked.findall((REPOSITORY / page).read_text(encoding="utf-8"))) <= known, page


@pytest.mark.parametrize("page", PAGES)
def test_blocks_of_other_languages_run(page, tmp_path):
    for language, code in blocks(page):
        if language in {"", "java"}:
            continue
        program = {"python": [sys.executable, "-c"], "bash": ["bash", "-ec"], "sh": ["sh", "-ec"]}.get(language)
        assert program, f"say how a block of '{language}' is run, as nobody else would notice that it fails:\n{code}"
        done = subprocess.run(program + [code], cwd=tmp_path, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, (code, done.stderr)
