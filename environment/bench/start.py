"""How soon the kernel is ready, a demo model loaded, a magic done: as a Jupyter client sees it.

    start.py [ROUNDS]

Each round starts a kernel of its own. CPU seconds are those of the kernel's process, so that other work on the machine shows.
"""

import os
import statistics
import sys
import time
from pathlib import Path

from jupyter_client.manager import KernelManager

TICKS = os.sysconf("SC_CLK_TCK")
OVERHEADS = 20


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def run(client, code):
    """Seconds until the kernel is idle again; an error ends the benchmark."""
    start = time.perf_counter()
    reply = client.execute_interactive(code, timeout=300, output_hook=lambda message: None)
    if reply["content"]["status"] != "ok":
        sys.exit(f"{code}: {reply['content']}")
    return time.perf_counter() - start


def round_of():
    figures = measured(0)
    late = "first %ffmerge load gpt2-novels"
    figures[f"{late}, 2 s later"] = measured(2)[late]
    return figures


def measured(idle):
    """Of a kernel that had so many seconds to itself once it was ready."""
    manager = KernelManager(kernel_name="ffmerge")
    start = time.perf_counter()
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    figures = {"kernel ready": time.perf_counter() - start}
    pid = manager.provisioner.process.pid
    figures["CPU seconds until then"] = cpu_seconds(pid)
    time.sleep(idle)
    figures["first %ffmerge load gpt2-novels"] = run(client, "%ffmerge load gpt2-novels --as base")
    figures["a second load"] = run(client, "%ffmerge load gpt2-novels --as again")
    run(client, "%ffmerge info base")
    figures["a magic: %ffmerge info"] = statistics.median(run(client, "%ffmerge info base") for _ in range(OVERHEADS))
    figures["a cell of Java"] = statistics.median(run(client, "1 + 1") for _ in range(OVERHEADS))
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return figures


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    round_of()  # the files are in the system's memory from then on
    found = [round_of() for _ in range(rounds)]
    for name in found[0]:
        values = [figures[name] for figures in found]
        print(f"{name:42} {statistics.median(values):7.3f} s   {min(values):.3f}–{max(values):.3f}")


if __name__ == "__main__":
    main()
