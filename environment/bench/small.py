"""Runs notebooks on a machine as small as Binder's: one core, 1 GB for Jupyter, the kernel and what they start.

    small.py [NOTEBOOK …] [--megabytes 1000]

`environment/ffmerge bench small` starts it; without a notebook it runs the quickstart and the solved labs, and keeps figures at
the head of SMALL.md. A real Jupyter server is started, and each notebook is run through it as a browser would, in a kernel of
its own.

Memory is the sum of the proportional set sizes (PSS) of the server and all processes below it, read four times a second:
what processes share counts once. Where a cgroup can be made, all of them run under a hard limit too: one that needs more is
killed. CPU seconds are those of all processes; on a core of one's own they are the time that one waits.
"""

import argparse
import contextlib
import datetime
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests
import websocket

HOME = Path(__file__).resolve().parents[2]
NOTEBOOKS = HOME / "notebooks"
FIGURES = Path(__file__).with_name("SMALL.md")
GROUPS = Path("/sys/fs/cgroup")
BETWEEN = 0.25  # seconds


# ---- a cgroup with a limit, in either version


class Group:
    """What runs in it may not hold more than so many bytes together."""

    def __init__(self, size: int):
        version1 = GROUPS / "memory"
        self.folder = (version1 if version1.is_dir() else GROUPS) / f"ffmerge-small-{os.getpid()}"
        self.folder.mkdir()
        try:
            limit = "memory.limit_in_bytes" if version1.is_dir() else "memory.max"
            (self.folder / limit).write_text(str(size))
            swap = self.folder / ("memory.memsw.limit_in_bytes" if version1.is_dir() else "memory.swap.max")
            with contextlib.suppress(OSError):  # a kernel that doesn't count swap
                swap.write_text(str(size if version1.is_dir() else 0))
        except OSError:
            self.close()
            raise

    def enter(self) -> None:
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def close(self) -> None:
        for _ in range(50):  # the last processes may be ending
            try:
                self.folder.rmdir()
                return
            except OSError:
                time.sleep(0.1)


def group(size: int) -> Group | None:
    try:
        return Group(size)
    except OSError:
        return None  # no right to make one, or no controller of memory here


# ---- what a server and the processes below it take


@dataclass
class Taken:
    megabytes: float = 0
    processes: str = ""  # what they held at the peak
    cell: str = ""  # that ran then
    cpu: float = 0


class Watch(threading.Thread):
    """Reads memory and CPU time of a process and all below it until it is stopped."""

    def __init__(self, root: int):
        super().__init__(daemon=True)
        self.root = psutil.Process(root)
        self.ended = threading.Event()
        self.cpu: dict[tuple[int, float], float] = {}
        self.taken = Taken()
        self.before = 0.0
        self.cell = ""

    def run(self) -> None:
        while not self.ended.wait(BETWEEN):
            self.read()

    def read(self) -> None:
        held = {}
        for process in [self.root, *self.root.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                self.cpu[process.pid, process.create_time()] = times.user + times.system
                name = kind(process.cmdline())
                held[name] = held.get(name, 0) + process.memory_full_info().pss / 1e6
        total = sum(held.values())
        self.taken.cpu = sum(self.cpu.values()) - self.before
        if total > self.taken.megabytes:
            self.taken.megabytes = total
            self.taken.cell = self.cell
            self.taken.processes = ", ".join(f"{name} {size:.0f}" for name, size in sorted(held.items()))

    def begin(self, code: str) -> None:
        """A cell is going to run."""
        lines = [line for line in code.splitlines() if line.strip()]
        self.cell = next((line for line in lines if line.startswith("%")), lines[0])

    def lap(self) -> Taken:
        """What was taken since the last lap."""
        self.read()
        done = self.taken
        self.before = sum(self.cpu.values())
        self.taken = Taken()
        return done


def kind(command: list[str]) -> str:
    if any(word.startswith("ffmerge.kernel") for word in command):
        return "kernel"
    server = next((word for word in command if word.startswith("ffmerge.") and word.endswith("Server")), None)
    if server:
        return server.rpartition(".")[2]
    return "Jupyter" if any("jupyter" in word for word in command) else "other"


# ---- Jupyter, as a browser sees it


class Jupyter:
    def __init__(self, limits: Group | None, state: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.token = secrets.token_hex(16)
        self.url = f"127.0.0.1:{port}"
        self.log = state / "jupyter.log"
        settings = {**os.environ, "FFMERGE_STATE": str(state), "JUPYTER_RUNTIME_DIR": str(state / "runtime")}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}",
                 f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={HOME}"],
                stdout=log, stderr=log, env=settings, preexec_fn=lambda: small(limits))
        self.headers = {"Authorization": f"token {self.token}"}
        self.wait()

    def wait(self) -> None:
        while self.process.poll() is None:
            with contextlib.suppress(requests.ConnectionError):
                self.ask("get", "api")
                return
            time.sleep(0.2)
        sys.exit(f"ffmerge: Jupyter doesn't start:\n{self.log.read_text()}")

    def ask(self, method: str, address: str, **content):
        answer = requests.request(method, f"http://{self.url}/{address}", headers=self.headers, json=content or None)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def run(self, notebook: Path, begin: Callable[[str], None]) -> tuple[float, float]:
        """Seconds until the first cell of code has its result, and until the last."""
        path = str(notebook.relative_to(HOME))
        start = time.monotonic()
        session = self.ask("post", "api/sessions", path=path, name=notebook.name, type="notebook",
                           kernel={"name": "ffmerge"})
        kernel = session["kernel"]["id"]
        first = None
        try:
            with contextlib.closing(self.channels(kernel)) as channels:
                for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
                    source = "".join(cell["source"])
                    if cell["cell_type"] == "code" and source.strip():
                        begin(source)
                        execute(channels, source)
                        first = first or time.monotonic() - start
        finally:
            with contextlib.suppress(requests.RequestException):
                self.ask("delete", f"api/sessions/{session['id']}")
        return first, time.monotonic() - start

    def channels(self, kernel: str) -> websocket.WebSocket:
        return websocket.create_connection(
            f"ws://{self.url}/api/kernels/{kernel}/channels?session_id={uuid.uuid4().hex}", header=self.headers)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


def small(limits: Group | None) -> None:
    """In the server's process, before it is one."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if limits:
        limits.enter()


class Failed(Exception):
    pass


def execute(channels: websocket.WebSocket, code: str) -> None:
    """Runs a cell to its end."""
    asked = uuid.uuid4().hex
    header = {"msg_id": asked, "msg_type": "execute_request", "session": asked, "username": "", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
               "stop_on_error": True}
    channels.send(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content,
                              "channel": "shell", "buffers": []}))
    open_ends = {"execute_reply", "idle"}
    while open_ends:
        try:
            message = json.loads(channels.recv())
        except websocket.WebSocketException as e:
            raise Failed(f"the connection ended: {e}") from e
        content = message["content"]
        if message["channel"] == "iopub" and content.get("execution_state") in ("restarting", "dead"):
            raise Failed(f"the kernel was killed in\n{code}")
        if message["parent_header"].get("msg_id") != asked:
            continue
        if message["msg_type"] == "error":
            raise Failed("\n".join([code, *content["traceback"]]))
        open_ends -= {message["msg_type"], content.get("execution_state")}


# ---- figures


def measure(notebooks: list[Path], megabytes: int) -> tuple[list[str], bool]:
    rows = []
    limits = group(megabytes * 1_000_000)
    with tempfile.TemporaryDirectory() as state:
        jupyter = Jupyter(limits, Path(state))
        try:
            watch = Watch(jupyter.process.pid)
            watch.start()
            for notebook in notebooks:
                watch.lap()
                try:
                    first, seconds = jupyter.run(notebook, watch.begin)
                    failure = None
                except Failed as e:
                    failure = str(e)
                taken = watch.lap()
                if failure:
                    sys.exit(f"ffmerge: {notebook.name} failed at {taken.megabytes:.0f} MB ({taken.processes}): {failure}")
                rows.append(f"| {os.path.relpath(notebook, NOTEBOOKS)} | {taken.megabytes:.0f} | {taken.processes} | `{taken.cell}` "
                            f"| {taken.cpu:.0f} | {seconds:.0f} | {first:.1f} |")
                print(rows[-1], flush=True)
            watch.ended.set()
        finally:
            jupyter.close()
            if limits:
                limits.close()
    return rows, limits is not None


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="environment/ffmerge bench small", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path, help="others than the quickstart and the labs; keeps nothing")
    parser.add_argument("--megabytes", type=int, default=1000, help="for all processes together")
    return parser.parse_args()


def commit() -> str:
    git = ["git", "-C", str(HOME), "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    options = parse()
    for notebook in options.notebooks:
        if not notebook.is_file():
            sys.exit(f"ffmerge: there is no notebook {notebook}")
    notebooks = [n.resolve() for n in options.notebooks]
    notebooks = notebooks or [NOTEBOOKS / "quickstart.ipynb", *sorted(NOTEBOOKS.glob("labs/teacher/source/*/*.ipynb"))]
    measured = commit()
    rows, limited = measure(notebooks, options.megabytes)
    if not options.notebooks:
        under = f"under a cgroup's limit of {options.megabytes} MB" if limited else "without a limit, which this machine can't set"
        _, heading, others = FIGURES.read_text(encoding="utf-8").partition("\n## ")
        FIGURES.write_text(f"""# A small machine: the last figures

date: {datetime.date.today()}, commit {measured}, one core, Jupyter's server and the kernel {under}
(`environment/ffmerge bench small`).

Memory is the largest sum of the processes' proportional set sizes: what they share counts once. CPU seconds are those of all
processes; on a core of one's own they are the time that one waits. Other work ran beside where seconds are much more.

| notebook | peak, MB | of which, MB | in the cell | CPU, s | seconds | first result after, s |
|---|---:|---|---|---:|---:|---:|
""" + "\n".join(rows) + "\n" + heading + others, encoding="utf-8")


if __name__ == "__main__":
    main()
