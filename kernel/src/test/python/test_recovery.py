"""Kernels that are killed in the middle of long work, and kernels that get in each other's way."""

import json
import os
import signal
import time

import pytest

SWEEP = "%ffmerge sweep base --length 6 --methods none --limit 12 --split test"
TUNE = "%ffmerge tune base --steps 9 --batch 2 --validate 3 --save 3 --limit 4 --as tuned"


def load(notebook):
    outcome = notebook.run("%ffmerge load gpt2-novels --as base")
    assert outcome.status == "ok", outcome.trace


def kill(notebook, once):
    """Kills a working kernel without warning as soon as the condition holds."""
    deadline = time.monotonic() + 60
    while not once():
        assert time.monotonic() < deadline, "nothing to interrupt"
        time.sleep(0.01)
    os.kill(notebook.manager.provisioner.pid, signal.SIGKILL)
    notebook.manager.provisioner.process.wait()


def unbroken(new_notebook, tmp_path, command):
    """The result of a run that nothing disturbs and that knows no state of others."""
    notebook = new_notebook(env={**os.environ, "FFMERGE_STATE": str(tmp_path / "elsewhere")})
    load(notebook)
    (result,) = notebook.run(command).results
    return result


def test_a_killed_sweep_loses_at_most_the_window_in_work(new_notebook, tmp_path):
    def rows():
        return [json.loads(line) for file in tmp_path.glob(".ffmerge/sweeps/*") for line in file.open() if line.strip()]

    first = new_notebook()
    load(first)
    first.send(SWEEP)
    kill(first, lambda: len(rows()) >= 2)
    kept = rows()
    assert len(kept) < 7

    second = new_notebook()
    load(second)
    (result,) = second.run(SWEEP).results
    assert [r["seconds"] for r in result["rows"][: len(kept)]] == [r["seconds"] for r in kept], "not scored again"
    values = [r["value"] for r in result["rows"]]
    assert values == [r["value"] for r in unbroken(new_notebook, tmp_path, SWEEP)["rows"]]
    assert not rows(), "a finished sweep leaves nothing behind"


def test_a_killed_tuning_goes_on_with_the_losses_of_an_unbroken_one(new_notebook, tmp_path):
    def progress():
        return list(tmp_path.glob(".ffmerge/tunings/*/latest/*.json"))

    first = new_notebook()
    load(first)
    first.send(TUNE)
    kill(first, progress)

    second = new_notebook()
    load(second)
    (result,) = second.run(TUNE).results
    expected = unbroken(new_notebook, tmp_path, TUNE)
    assert result["loss"] == expected["loss"]
    assert len(result["loss"]) == 9
    assert result["after"] == expected["after"]
    assert not progress(), "a finished tuning leaves nothing behind"


def test_two_kernels_that_save_to_one_folder_leave_one_whole_checkpoint(new_notebook, tmp_path):
    kernels = [new_notebook(), new_notebook()]
    for kernel in kernels:
        load(kernel)
    sent = [kernel.send(f"%ffmerge save base {tmp_path}/shared --replace") for kernel in kernels]
    outcomes = [kernel.outcome(msg_id) for kernel, msg_id in zip(kernels, sent)]
    assert any(o.status == "ok" for o in outcomes), [o.trace for o in outcomes]
    for outcome in outcomes:
        assert outcome.status == "ok" or len(outcome.trace) == 1, outcome.trace
    (loaded,) = kernels[0].run(f"%ffmerge load {tmp_path}/shared --as again").results
    assert loaded["model"]["uniqueParameters"] == 2936576
    assert sorted(p.name for p in tmp_path.glob("shared*")) == ["shared"], "nothing half-made lies beside it"


@pytest.mark.parametrize(
    "command, line",
    [
        ("save base /proc/nowhere", "cannot write"),
        ("cka base --out /proc/nowhere/x.png", "there is no folder"),
        ("cka base --out x.gif", "says no format"),
        ("eval base --data ./missing.txt", "there is no data set, file or folder"),
        ("merge base --window 3-12 --as x", "layers 0 to 11"),
        ("merge base --window 3-3 --as x", "at least two layers"),
        ("cka base --tokens 100000000", "asks for more"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(new_notebook, command, line):
    notebook = new_notebook()
    load(notebook)
    outcome = notebook.run(f"%ffmerge {command}")
    assert outcome.status == "error"
    assert len(outcome.trace) == 1
    assert line in outcome.reply["evalue"]
    assert notebook.run("%ffmerge info base").status == "ok"
