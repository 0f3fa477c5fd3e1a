"""The launcher's own words, and the steps that Binder takes."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import REPOSITORY, Notebook

LAUNCHER = REPOSITORY / "environment/ffmerge"


def run(*arguments, **environment):
    return subprocess.run(
        [LAUNCHER, *arguments], capture_output=True, text=True, env={**os.environ, **environment}, timeout=1200
    )


@pytest.fixture
def path_without(tmp_path):
    """A PATH with what the launcher needs but for the programs named."""

    def without(*missing):
        for name in ["bash", "env", "dirname", "readlink", "sed", "find", "java", "javac", "mvn", "python3"]:
            if name not in missing and shutil.which(name):
                (tmp_path / name).symlink_to(Path(shutil.which(name)).resolve())
        return str(tmp_path)

    return without


def test_help_lists_the_commands():
    told = run("help")
    assert told.returncode == 0
    for command in ["setup", "lab", "run", "exec", "serve", "test", "bench", "docs", "kernel install", "doctor"]:
        assert f"  {command}" in told.stdout


@pytest.mark.parametrize(
    "missing, line",
    [
        (["java", "javac"], "no JDK found: install one of version 17 or later"),
        (["mvn"], "no Maven found"),
        (["python3"], "no Python found of version 3.10 or later"),
    ],
)
def test_a_missing_program_gets_one_line(path_without, missing, line):
    told = run("setup", PATH=path_without(*missing), JAVA_HOME="")
    assert told.returncode == 1
    assert told.stderr.startswith("ffmerge: " + line), told.stderr
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments, line",
    [
        (["lob"], "there is no command 'lob'"),
        (["run"], "which notebook?"),
        (["exec"], "which file?"),
        (["exec", "missing.yaml"], "there is no file"),
        (["serve"], "which model?"),
        (["serve", "gpt2-novles", "--port", "0"], "there is no model or folder 'gpt2-novles'; did you mean 'gpt2-novels'?"),
        (["serve", "gpt2-novels", "--prot", "1"], "serve has no option '--prot'"),
        (["run", "notebooks/missing.ipynb"], "there is no notebook"),
        (["run", "notebooks/gpt2.ipynb", "-p", "stepz", "3"], "has no parameter 'stepz'"),
        (["kernel"], "did you mean"),
    ],
)
def test_a_mistake_gets_a_clear_line(arguments, line):
    told = run(*arguments)
    assert told.returncode == 1
    assert line in told.stderr
    assert "Traceback" not in told.stderr


def test_doctor_says_what_is_there():
    told = run("doctor")
    assert told.returncode == 0, told.stdout + told.stderr
    for found in ["JDK", "Maven", "Python", "fonts", "JupyterLab", "kernel       Java (ffmerge)", "gpt2-novels", "GPU"]:
        assert found in told.stdout
    assert "missing" not in told.stdout


def test_set_up_again_does_nothing():
    spec = REPOSITORY / ".venv/share/jupyter/kernels/ffmerge/kernel.json"
    before = spec.stat().st_mtime_ns
    told = run("setup")
    assert told.returncode == 0
    assert told.stderr == ""
    assert spec.stat().st_mtime_ns == before


def test_binder_builds_in_a_clean_folder_and_then_needs_no_network(tmp_path, monkeypatch):
    """What repo2docker does with binder/, but for the Debian packages, which the machine of a test has."""
    home = tmp_path / "jovyan"
    shutil.copytree(
        REPOSITORY,
        home,
        ignore=lambda folder, names: {n for n in names if n in {".git", ".venv", ".bench-venv", ".docs-venv", "target", ".ffmerge"}},
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("FFMERGE", "JUPYTER", "VIRTUAL_ENV"))}
    environment |= {"HOME": str(home), "PIP_CACHE_DIR": str(tmp_path / "pip")}
    built = subprocess.run([home / "binder/postBuild"], capture_output=True, text=True, env=environment, cwd=home)
    assert built.returncode == 0, built.stdout + built.stderr

    # the Jupyter that Binder starts looks below the home folder
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(home / ".local/share/jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")  # the kernel of the environment that runs this test has the same name
    nowhere = "http://127.0.0.1:9"
    notebook = Notebook(
        home / "notebooks",
        env={**environment, "http_proxy": nowhere, "https_proxy": nowhere, "DJL_OFFLINE": "true"},
    )
    try:
        load = notebook.run("%ffmerge load gpt2-novels --as base")
        assert load.status == "ok", load.trace
        (evaluation,) = notebook.run("%ffmerge eval base --limit 2").results
        assert evaluation["examples"] == 2
        assert not list(home.glob("*/target/classes")), "what only the build needs"
        command = notebook.manager.kernel_spec.argv
        assert any(str(home) in word for word in command), "the clean folder's own jars"
    finally:
        notebook.close()


def test_codespaces_and_binder_take_the_same_steps():
    container = json.loads((REPOSITORY / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    command = container["onCreateCommand"]
    step = "environment/ffmerge kernel install"
    assert "binder/apt.txt" in command and command.endswith(step)
    assert step in (REPOSITORY / "binder/postBuild").read_text(encoding="utf-8")
    for opened in container["customizations"]["codespaces"]["openFiles"]:
        assert (REPOSITORY / opened).is_file()


def test_the_badge_opens_a_notebook_that_is_there():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    opened = re.findall(r"mybinder\.org/v2/\S+?urlpath=lab/tree/([^)]+)\)", readme)
    assert opened and all((REPOSITORY / path).is_file() for path in opened)


def executable(path, script):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)
    return path


def test_a_kernel_that_runs_keeps_its_jars_through_a_build(tmp_path):
    """Maven writes new jars over old ones, and a kernel reads a class when it first needs it."""
    home = tmp_path / "home"
    launcher = home / "environment/ffmerge"
    launcher.parent.mkdir(parents=True)
    shutil.copy(LAUNCHER, launcher)
    jars = [home / module / f"target/ffmerge-{module}-0.1.0.jar" for module in ["magics", "kernel"]]
    for jar in jars:
        jar.parent.mkdir(parents=True)
        jar.write_text("old")
    for file in ["pom.xml", "magics/pom.xml", "environment/requirements.txt", ".venv/.requirements"]:
        (home / file).parent.mkdir(exist_ok=True)
        (home / file).touch()
    executable(home / ".venv/bin/python", "")
    maven = executable(tmp_path / "bin/mvn", "".join(f"echo new > {jar}\n" for jar in jars))
    running = [jar.open() for jar in jars]
    environment = {**os.environ, "PATH": f"{maven.parent}:{os.environ['PATH']}"}
    built = subprocess.run([launcher, "setup"], capture_output=True, text=True, env=environment, timeout=300)
    assert built.returncode == 0, built.stderr
    for jar, kernels in zip(jars, running):
        with kernels:
            assert kernels.read() == "old"
        assert jar.read_text() == "new\n"
        assert [f.name for f in jar.parent.glob("*.copy")] == []
