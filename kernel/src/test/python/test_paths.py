"""Files and folders as a cell names them, in a real kernel: nothing is waited at, nothing gets another name than was typed."""

import os
import signal
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")


def refusal(notebook, line):
    outcome = notebook.run(f"%ffmerge {line}")
    assert outcome.status == "error", line
    assert len(outcome.trace) == 1
    return outcome.reply["evalue"]


def test_a_pipe_is_refused_at_once_wherever_it_is_named(new_notebook, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.json")
    notebook = new_notebook()
    assert notebook.run("%ffmerge load gpt2-novels --as base").status == "ok"
    for line in [
        "save base pipe --replace",
        "load pipe",
        "eval base --limit 2 --out pipe.json",
        "eval base --data pipe",
        "run pipe",
    ]:
        assert "is a named pipe" in refusal(notebook, line)
    assert (tmp_path / "pipe").is_fifo() and (tmp_path / "pipe.json").is_fifo()


def test_a_device_and_a_folder_with_other_files_stay(new_notebook, tmp_path):
    notebook = new_notebook()
    assert notebook.run("%ffmerge load gpt2-novels --as base").status == "ok"
    assert notebook.run("%ffmerge save base saved").status == "ok"
    (tmp_path / "saved/notes.txt").write_text("mine")
    assert "notes.txt" in refusal(notebook, "save base saved --replace")
    assert "is a device" in refusal(notebook, "save base /dev/null --replace")
    assert (tmp_path / "saved/notes.txt").read_text() == "mine"


def test_a_killed_kernel_leaves_a_model_and_nothing_after_the_next_load(new_notebook, tmp_path):
    notebook = new_notebook()
    assert notebook.run("%ffmerge load gpt2-novels --as base").status == "ok"
    assert notebook.run("%ffmerge save base saved").status == "ok"
    notebook.send("for (;;) {\n%ffmerge save base saved --replace\n}")
    while not any(name.startswith(".saved.") for name in os.listdir(tmp_path)):
        pass
    os.kill(notebook.manager.provisioner.pid, signal.SIGKILL)
    notebook.manager.provisioner.process.wait()
    assert (tmp_path / "saved/model.safetensors").exists(), "the name is never empty"
    again = new_notebook()
    assert again.run("%ffmerge load saved --as again").status == "ok"
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".saved.")]


def test_a_name_that_the_locale_lacks_is_refused_and_not_changed(new_notebook, tmp_path):
    notebook = new_notebook(env={**os.environ, "LC_ALL": "POSIX", "LANG": ""})
    assert notebook.run("%ffmerge load gpt2-novels --as base").status == "ok"
    told = refusal(notebook, "save base modèle")
    assert told.startswith("'modèle' can name no file here") and "LC_ALL=C.UTF-8" in told
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(".")] == []
