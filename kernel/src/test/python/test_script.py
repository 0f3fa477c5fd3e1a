"""`environment/ffmerge exec FILE.java`: a script with magics, or a program."""

import subprocess

import pytest
from conftest import REPOSITORY


@pytest.fixture
def execute(tmp_path):
    def run(text, name="file.java"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        command = [REPOSITORY / "environment/ffmerge", "exec", name]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    return run


def test_a_script_mixes_java_and_magics_and_shows_results_on_the_terminal(execute):
    done = execute(
        "%ffmerge load gpt2-novels --as base\n"
        "int layers = base.layers();\n"
        'System.out.println("ö: " + layers);\n'
        "%ffmerge eval base --limit 2\n"
        "layers * 2"
    )
    assert done.returncode == 0, done.stderr
    loaded, counted, measured, value = done.stdout.strip().splitlines()[0:4]
    assert loaded.startswith("base: gpt2, 12 decoder layers") and counted == "ö: 12"
    assert measured.startswith("base: perplexity") and value == "24"
    assert "Loading: 2,936,576 parameters in" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_a_script_that_fails_shows_what_came_before_and_why(execute):
    done = execute('System.out.println("before");\n%ffmerge eval bass\nSystem.out.println("behind");')
    assert done.returncode == 1
    assert done.stdout == "before\n"
    assert "bass" in done.stderr and "at ffmerge" not in done.stderr
    wrong = execute("int a = ;")
    assert wrong.returncode == 1 and "illegal start of expression" in wrong.stderr


def test_a_program_has_the_librarys_classes_and_the_demo_models(execute):
    done = execute(
        "import ffmerge.workload.Shelf;\n"
        "class Program {\n"
        "    public static void main(String[] arguments) {\n"
        '        try (var shelf = Shelf.open(); var base = shelf.load("gpt2-novels")) {\n'
        "            System.out.println(base.layers());\n"
        "        }\n"
        "    }\n"
        "}\n",
        "Program.java",
    )
    assert (done.returncode, done.stdout) == (0, "12\n"), done.stderr


def test_what_is_no_file_gets_one_line(execute, tmp_path):
    done = subprocess.run([REPOSITORY / "environment/ffmerge", "exec", "missing.java"], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "ffmerge: there is no file missing.java\n")
