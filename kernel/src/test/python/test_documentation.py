"""Every code block of the README and of all other pages is run; of the launcher's commands it is known that they are there."""

import os
import re
import shutil
import subprocess

import conftest
import pytest
from conftest import REPOSITORY

NOT_OURS = {".venv", ".bench-venv", ".docs-venv", "target", "node_modules"}
PAGES = sorted(
    str(page.relative_to(REPOSITORY))
    for page in REPOSITORY.rglob("*.md")
    if not NOT_OURS & set(page.relative_to(REPOSITORY).parts)
)
BLOCK = re.compile(r"^( *)```(\S*)([^\n]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
CELLS = {"", "java"}
SHELLS = {"bash": ["bash", "-ec"], "sh": ["sh", "-ec"]}
SPHINX_ALONE = re.compile(r"\{\w+\}")  # a table of contents
BENCH_PYTHON = REPOSITORY / ".bench-venv/bin/python"


class Block:
    """Code of a page, or what the code above it prints, or a file that later blocks read."""

    def __init__(self, indent, language, rest, code):
        self.language = language
        self.file = rest.strip()
        self.code = re.sub(rf"(?m)^{indent}", "", code)

    @property
    def is_program(self):
        return "static void main(" in self.code

    @property
    def is_cell(self):
        return self.language in CELLS and not self.is_program

    @property
    def needs_torch(self):
        return self.language == "python" and re.search(r"(?m)^(import|from) (torch|transformers|peft)\b", self.code)


def blocks(page):
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    all_of_them = [Block(*match) for match in BLOCK.findall(text)]
    return [block for block in all_of_them if not SPHINX_ALONE.fullmatch(block.language)]


def programs(page):
    return [block.code for block in blocks(page) if block.language == "java" and block.is_program]


def test_the_pages_are_found():
    assert "README.md" in PAGES and sum(block.is_cell for block in blocks("README.md")) >= 2
    assert "docs/tutorial.md" in PAGES and sum(block.is_cell for block in blocks("docs/tutorial.md")) >= 8


@pytest.fixture
def folder(tmp_path):
    """Where a page's blocks work: the launcher and the demo stand where they stand in a checkout."""
    environment = tmp_path / "environment"
    environment.mkdir()
    launcher = environment / "ffmerge"
    launcher.write_text(f'#!/bin/sh\nexec "{REPOSITORY}/environment/ffmerge" "$@"\n')
    launcher.chmod(0o755)
    for name in ["models", "data"]:
        (environment / name).symlink_to(REPOSITORY / "environment" / name)
    return tmp_path


class PageRun:
    """Runs a page's blocks from the first to the last, in one folder and one kernel."""

    def __init__(self, folder, new_notebook, docs_python):
        self.folder = folder
        self.new_notebook = new_notebook
        self.docs_python = docs_python
        self.notebook = None
        self.skipped = []

    def run(self, page):
        said = None
        for block in blocks(page):
            if block.is_program:
                continue
            if block.language == "text":
                if said is not None:
                    missing = lines_missing(block.code, said)
                    assert not missing, (page, missing, said)
                continue
            said = self.said_by(block)

    def said_by(self, block):
        """What it prints and shows; None where it was skipped."""
        if block.is_cell:
            self.notebook = self.notebook or self.new_notebook()
            outcome = self.notebook.run(block.code)
            assert outcome.status == "ok", (block.code, outcome.trace)
            return "\n".join([outcome.stdout, *outcome.shown])
        if block.file:
            (self.folder / block.file).write_text(block.code, encoding="utf-8")
            return ""
        if block.needs_torch and not BENCH_PYTHON.exists():
            compile(block.code, "a block of Python", "exec")
            self.skipped.append(block.code)
            return None
        if block.language == "python":
            program = [BENCH_PYTHON if block.needs_torch else self.docs_python(), "-c"]
        else:
            program = SHELLS.get(block.language)
        assert program, f"say how a block of '{block.language}' is run, as nobody else would notice that it fails:\n{block.code}"
        done = subprocess.run(program + [block.code], cwd=self.folder, capture_output=True, text=True, timeout=3600)
        assert done.returncode == 0, (block.code, done.stdout, done.stderr)
        return done.stdout


@pytest.fixture
def page_run(folder, new_notebook, request):
    return PageRun(folder, new_notebook, lambda: request.getfixturevalue("docs_python"))


@pytest.mark.parametrize("page", [p for p in PAGES if any(not block.is_program for block in blocks(p))])
def test_the_blocks_of_a_page_run_from_the_first_to_the_last(page, page_run, monkeypatch):
    monkeypatch.setattr(conftest, "PATIENCE", 1200)  # a cell of the README is a whole session
    page_run.run(page)
    if page_run.skipped:
        pytest.skip(f"{len(page_run.skipped)} blocks need PyTorch: `environment/ffmerge bench` installs it; the others ran")


# --- what pages say that a block prints

TOKEN = re.compile(r"(…|\d[\d,]*(?:\.\d+)?)")
DECIMAL = r"(?<![\d.,])(\d[\d,]*\.\d+)"


def lines_missing(expected, said):
    """
    Lines that weren't printed, in the order in which they stand. … stands for anything; numbers with decimals may differ by a
    hundredth, as they do from machine to machine, others not at all.
    """
    printed = iter(said.splitlines())
    return [line for line in expected.splitlines() if line.strip() and not any(is_said(line, other) for other in printed)]


def is_said(line, printed):
    parts = TOKEN.split(line.strip())
    pattern = "".join(as_pattern(part, i % 2 == 1) for i, part in enumerate(parts))
    match = re.fullmatch(pattern, printed.strip())
    told = [part for part in parts[1::2] if "." in part]
    return bool(match) and all(agree(*numbers) for numbers in zip(told, match.groups()))


def as_pattern(part, is_token):
    if part == "…":
        return ".*?"
    if is_token:
        return DECIMAL if "." in part else rf"(?<!\d)(?<!\d[.,]){re.escape(part)}(?!\d)"
    return re.sub(r"(?:\\\s|\s)+", r"\\s+", re.escape(part))


def agree(told, found):
    a, b = (float(number.replace(",", "")) for number in (told, found))
    return abs(a - b) <= 0.01 * abs(a)


def test_what_a_block_prints_is_compared():
    said = "Loading: 3 of 3\nbase: perplexity 80.65 on 1,000  windows (12 s)\n2,278,016 left"
    assert lines_missing("base: perplexity 80.60 on 1,000 windows (…)\n2,278,016 left", said) == []
    assert lines_missing("base: perplexity 90.65 on 1,000 windows (…)", said) == ["base: perplexity 90.65 on 1,000 windows (…)"]
    assert lines_missing("base: perplexity 80.65 on 1,001 windows (…)", said) != []
    assert lines_missing("…2,278,016…", said) == [] and lines_missing("…278,016…", said) != []
    assert lines_missing("transformer.h.4.mlp", "transformer.h.4.mlp") == []
    assert lines_missing("2,278,016 left\nLoading: 3 of 3", said) == ["Loading: 3 of 3"], "in this order"


# --- programs, the launcher, words


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


COMMAND = re.compile(r"`(?:%ffmerge |%%ffmerge )?([a-z]+) ([^`\n]*--[^`\n]*)`")
OPTION = re.compile(r"--([a-z][a-z-]*)")


@pytest.mark.parametrize("page", PAGES)
def test_options_that_pages_name_are_there(page, commands):
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    for command, words_of_it in COMMAND.findall(text):
        if command in commands:
            known = {option["name"] for option in commands[command]["options"]}
            assert set(OPTION.findall(words_of_it)) <= known, (page, command, words_of_it)
