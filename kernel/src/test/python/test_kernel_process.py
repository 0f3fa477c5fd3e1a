"""The kernel as a process: several at once, how it ends, and JJava's own kernel with our jar."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from conftest import REPOSITORY


def wait_for_end(pid, seconds=20):
    """Whether the process ends in time; a zombie that nobody asked after has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_two_kernels_know_nothing_of_each_other_and_end_when_asked(new_notebook, tmp_path):
    terminal = tmp_path / "stderr"
    with open(terminal, "w") as stderr:
        first, second = new_notebook(stderr=stderr), new_notebook()
        first.run("int mine = 1;")
        assert second.run("mine").status == "error"
        assert first.run("%ffmerge load gpt2-novels --as base").status == "ok"
        assert "no model is named 'base'" in second.run("%ffmerge info base").reply["evalue"]

        pid = first.manager.provisioner.pid
        first.client.shutdown()
        assert first.client.get_control_msg(timeout=10)["content"] == {"status": "ok", "restart": False}
        assert wait_for_end(pid)
    assert terminal.read_text() == "", "the kernel's own log is no business of the terminal"

    # a cell that heeds no interrupt does not keep its kernel alive
    running = second.send("while (true) {}")
    second.wait_for(running, lambda m: m["msg_type"] == "execute_input")
    second.client.shutdown()
    assert wait_for_end(second.manager.provisioner.pid)


def test_the_kernel_ends_with_the_process_that_started_it(tmp_path):
    start = (
        "import time\n"
        "from jupyter_client.manager import start_new_kernel\n"
        "manager, client = start_new_kernel(kernel_name='ffmerge')\n"
        "print(manager.provisioner.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as parent:
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.send_signal(signal.SIGKILL)
    assert wait_for_end(pid)


def test_the_jar_is_enough_for_jjavas_own_kernel(new_notebook):
    (jar,) = REPOSITORY.glob("magics/target/ffmerge-magics-*.jar")
    home = {"FFMERGE_HOME": str(REPOSITORY / "environment")}
    notebook = new_notebook("java", env={**os.environ, **home})
    assert notebook.run(f"%classpath {jar}").status == "ok"
    loaded = notebook.run("%ffmerge load gpt2-novels --as base")
    assert loaded.results[0]["model"]["name"] == "base"
    evaluated = notebook.run("%%ffmerge eval base\nlimit: 3")
    assert evaluated.results[0]["examples"] == 3
    assert notebook.run("base.architecture().title()").value == "GPT-2"
    mistake = notebook.run("%ffmerge eval bas")
    assert any("did you mean 'base'?" in line for line in mistake.trace)


def test_a_lost_parent_ends_a_kernel_in_the_middle_of_its_work_without_a_crash(tmp_path):
    start = (
        "import time\n"
        "from jupyter_client.manager import start_new_kernel\n"
        "manager, client = start_new_kernel(kernel_name='ffmerge')\n"
        "client.execute_interactive('%ffmerge load gpt2-novels --as base', output_hook=lambda message: None)\n"
        "client.execute('%ffmerge tune base --steps 500 --as tuned')\n"
        "time.sleep(4)\n"
        "print(manager.provisioner.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    assert wait_for_end(pid)
    assert not list(tmp_path.glob("hs_err*")), "no crash on the way out"


@pytest.mark.parametrize("end", ["shutdown", "restart", "interrupts", "signal"])
def test_no_end_in_the_middle_of_tuning_leaves_a_crash(new_notebook, tmp_path, end):
    notebook = new_notebook()
    assert notebook.run("%ffmerge load gpt2-novels --as base").status == "ok"
    running = notebook.send("%ffmerge tune base --steps 500 --batch 2 --limit 4 --as tuned")
    notebook.wait_for(running, lambda m: "Tuning: " in m["content"].get("data", {}).get("text/plain", ""))
    if end == "signal":
        os.kill(notebook.manager.provisioner.pid, signal.SIGTERM)
    else:
        for _ in range(2 if end == "interrupts" else 0):
            notebook.manager.interrupt_kernel()
        notebook.client.shutdown(restart=end == "restart")
    assert wait_for_end(notebook.manager.provisioner.pid)
    assert not list(tmp_path.glob("hs_err*")), "no crash on the way out"
