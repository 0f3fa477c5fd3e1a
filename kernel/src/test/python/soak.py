"""Loads, merges, measures and unloads models in one kernel for hundreds of rounds, and tells what memory that leaves behind.

By hand: .venv/bin/python kernel/src/test/python/soak.py --rounds 500
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile

import psutil
from conftest import Notebook

CELLS = [
    "%ffmerge load gpt2-novels --as base",
    "%ffmerge merge base --window 3-8 --tokens 200 --as small",
    "%ffmerge eval small --limit 1 --as result",
    "%ffmerge unload base small",
]
WARM_UP = 100  # rounds
LOOKS = 5  # whose median is taken, as what the system's allocator holds goes up and down by some percent
GROWTH = 1.05  # of what was held after the warm-up


def memory(pid):
    """Bytes of the heap that are held after a collection, and of the process."""
    for _ in range(2):  # what finalizers and cleaners let go is collected by a second one
        subprocess.run(["jcmd", str(pid), "GC.run"], capture_output=True, check=True)
    info = subprocess.run(["jcmd", str(pid), "GC.heap_info"], capture_output=True, text=True, check=True).stdout
    heap = sum(int(kib) for kib in re.findall(r"(?:generation|heap)\s+total \d+K, used (\d+)K", info))
    return heap * 1024, psutil.Process(pid).memory_info().rss


def run(folder, rounds, every, say=lambda line: None):
    """(round, heap, resident) after every few rounds."""
    notebook = Notebook(folder)
    seen = []
    try:
        pid = psutil.Process(notebook.manager.provisioner.pid).pid
        for i in range(1, rounds + 1):
            for cell in CELLS:
                outcome = notebook.run(cell)
                assert outcome.status == "ok", (i, cell, outcome.trace)
            if i % every == 0:
                seen.append((i, *memory(pid)))
                say(f"round {i:4}: heap {seen[-1][1] / 1e6:6.1f} MB, resident {seen[-1][2] / 1e6:6.0f} MB")
        return seen
    finally:
        notebook.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--every", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = run(folder, options.rounds, options.every, say=lambda line: print(line, flush=True))
    warm = [s for s in seen if s[0] >= WARM_UP][:LOOKS]
    last = seen[-LOOKS:]
    heap, resident = (statistics.median(s[i] for s in last) / statistics.median(s[i] for s in warm) for i in (1, 2))
    print(f"from round {warm[0][0]} to {last[-1][0]}: heap x {heap:.3f}, resident x {resident:.3f}")
    sys.exit(heap > GROWTH or resident > GROWTH)


if __name__ == "__main__":
    main()
