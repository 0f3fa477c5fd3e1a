"""What is asked while a cell runs is answered then, and what is to be run waits for its turn. The tests share one kernel."""

import time

import pytest

BUSY = 8  # seconds; time enough to answer on a slow machine


@pytest.fixture(scope="module", autouse=True)
def base(notebook):
    assert notebook.run("%ffmerge load gpt2-novels --as base").status == "ok"


@pytest.fixture(params=["Thread.sleep(%d000);" % BUSY, "%ffmerge eval base --split test"])
def running(request, notebook):
    notebook.flush()
    msg_id = notebook.send(request.param)
    notebook.wait_for(msg_id, lambda m: m["msg_type"] == "execute_input")
    time.sleep(0.5)
    yield msg_id
    notebook.manager.interrupt_kernel()
    assert notebook.reply(msg_id)["content"]["status"] == "error"
    notebook.flush()


def test_completion_and_help_are_answered_while_a_cell_runs(notebook, running):
    start = time.monotonic()
    assert notebook.complete("%ffmerge eval --lim|")["matches"] == ["--limit"]
    assert notebook.complete("%ffmerge eval ba|")["matches"] == ["base"]
    assert notebook.complete("Math.hyp|")["matches"] == ["hypot("]
    assert notebook.inspect("%ffmerge ev|al base")["found"]
    assert time.monotonic() - start < BUSY, "before the cell has ended"


def test_the_kernel_is_busy_again_after_an_answer(notebook, running):
    asked = notebook.client.complete("Math.hyp", 8)
    notebook.wait_for(asked, lambda m: m["content"].get("execution_state") == "idle")
    notebook.wait_for(running, lambda m: m["content"].get("execution_state") == "busy")


def test_cells_that_are_sent_meanwhile_run_in_their_order(notebook):
    first = notebook.send("int order = 1; Thread.sleep(1500);")
    later = [notebook.send(code) for code in ["order = order * 10 + 2;", "%ffmerge info base", "order = order * 10 + 3;"]]
    assert notebook.complete("Math.hyp|")["matches"] == ["hypot("]
    waiting = {first, *later}
    while waiting:
        message = notebook.client.get_shell_msg(timeout=60)
        if message["parent_header"]["msg_id"] in waiting:
            assert message["content"]["status"] == "ok"
            waiting.discard(message["parent_header"]["msg_id"])
    notebook.flush()
    assert notebook.run("order").value == "123"


def test_the_time_left_is_told_from_the_second_message_on(notebook):
    messages = notebook.run("%ffmerge eval base --split test --limit 60").messages
    shown = [m["content"]["data"].get("text/plain", "") for m in messages if "data" in m["content"]]
    bars = [s.splitlines()[-1] for s in shown if s.splitlines() and s.splitlines()[-1].startswith("Evaluating: ")]
    under_way = [b for b in bars[1:] if " of " in b and " in " not in b]
    for bar in under_way:
        done, total = bar.split(": ")[1].split(" batches")[0].split(" of ")
        assert "left" in bar or done == total, bar
    assert len(set(shown)) == len(shown), "nothing is shown twice"
