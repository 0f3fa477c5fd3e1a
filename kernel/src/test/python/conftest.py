"""Kernels to talk to, as a notebook talks to them."""

import json
import re
import subprocess
import time
from pathlib import Path
from queue import Empty
from types import SimpleNamespace

import pytest
from jupyter_client.manager import start_new_kernel

REPOSITORY = Path(__file__).resolve().parents[4]
RESULT = "application/vnd.ffmerge+json"
PATIENCE = 180  # seconds until a silent kernel is taken to hang; nothing here should come near it


class Notebook:
    """A kernel and its client; one cell at a time unless told otherwise."""

    def __init__(self, folder, kernel_name="ffmerge", **start):
        """The kernel works in the folder, where it keeps its log of runs."""
        self.manager, self.client = start_new_kernel(
            kernel_name=kernel_name, startup_timeout=PATIENCE, cwd=str(folder), **start
        )

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def send(self, code, **request):
        return self.client.execute(code, **request)

    def run(self, code, **request):
        """Runs a cell to its end: its reply, the messages it published, and shorthands for what tests ask of them."""
        return self.outcome(self.send(code, **request))

    def outcome(self, msg_id):
        reply = self.reply(msg_id)
        messages = self.published(msg_id)
        contents = [m["content"] for m in messages]
        return SimpleNamespace(
            status=reply["content"]["status"],
            reply=reply["content"],
            messages=messages,
            stdout="".join(c["text"] for c in contents if c.get("name") == "stdout"),
            results=[c["data"][RESULT] for c in contents if RESULT in c.get("data", {})],
            shown=[c["data"]["text/plain"] for c in contents if "text/plain" in c.get("data", {})],
            value=next((m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"), None),
            trace=[plain(line) for c in contents for line in c.get("traceback", [])],
        )

    def reply(self, msg_id):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            message = self.client.get_shell_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == msg_id:
                return message
        raise TimeoutError(f"no reply in {PATIENCE} s")

    def published(self, msg_id):
        """Everything published for a request until the kernel is idle again."""
        messages = []
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            messages.append(message)
            if message["content"].get("execution_state") == "idle":
                return messages

    def wait_for(self, msg_id, condition):
        """The first message published for a request that meets the condition."""
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == msg_id and condition(message):
                return message

    def complete(self, cell):
        """Completion at the bar in the cell."""
        return self.reply(self.client.complete(cell.replace("|", ""), cell.index("|")))["content"]

    def inspect(self, cell):
        """Help at the bar in the cell."""
        return self.reply(self.client.inspect(cell.replace("|", ""), cell.index("|")))["content"]

    def flush(self):
        while True:
            try:
                self.client.get_iopub_msg(timeout=0.1)
            except Empty:
                return


def plain(text):
    """Without a terminal's colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """One kernel for a module's tests; they share its variables."""
    notebook = Notebook(tmp_path_factory.mktemp("notebook"))
    yield notebook
    notebook.close()


@pytest.fixture
def new_notebook(tmp_path):
    """Starts kernels of a test's own."""
    started = []

    def start(*args, **kwargs):
        started.append(Notebook(tmp_path, *args, **kwargs))
        return started[-1]

    yield start
    for notebook in started:
        notebook.close()


@pytest.fixture(scope="session")
def site():
    """The documentation, built by the launcher: the folder of its pages."""
    built = subprocess.run([REPOSITORY / "environment/ffmerge", "docs"], capture_output=True, text=True, timeout=3600)
    assert built.returncode == 0, built.stdout + built.stderr
    return REPOSITORY / "target/site"


@pytest.fixture(scope="session")
def docs_python(site):
    """The Python of the documentation's own environment, which has numpy and safetensors."""
    return REPOSITORY / ".docs-venv/bin/python"


@pytest.fixture(scope="session")
def commands(site):
    """What `help` knows of each command, by name."""
    return {c["name"]: c for c in json.loads((REPOSITORY / "target/docs/commands.json").read_text(encoding="utf-8"))["commands"]}
