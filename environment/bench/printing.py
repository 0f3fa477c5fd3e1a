"""Measures what it takes to print many lines in a cell: from the request to the kernel's being idle, as a Jupyter client sees it.

    printing.py [LINES]

`environment/ffmerge bench printing` starts it, with 3,000 lines unless told otherwise; the first run of each loop is left out, as
Java compiles it then.
"""

import statistics
import sys
import time

from jupyter_client.manager import start_new_kernel

RUNS = 5
PATIENCE = 180  # seconds until a silent kernel is given up
LOOPS = {
    "println": "for (int i = 0; i < {n}; i++) System.out.println(i);",
    "print, flushed": "for (int i = 0; i < {n}; i++) {{ System.out.print(i + \"\\n\"); System.out.flush(); }}",
    "printf": "for (int i = 0; i < {n}; i++) System.out.printf(\"%d\\n\", i);",
    "println of a thread": "Thread t = new Thread(() -> {{ for (int i = 0; i < {n}; i++) System.out.println(i); }});"
    " t.start(); t.join();",
}


def run(client, code: str, lines: int) -> tuple[float, int]:
    """Seconds until all is printed and the kernel idle, and in how many messages."""
    start = time.perf_counter()
    cell = client.execute(code)
    text, messages = [], 0
    while True:
        message = client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") != cell:
            continue
        if message["msg_type"] == "stream":
            text.append(message["content"]["text"])
            messages += 1
        if message["content"].get("execution_state") == "idle":
            break
    seconds = time.perf_counter() - start
    printed = "".join(text).count("\n")
    if printed != lines:
        sys.exit(f"{printed} lines of {lines} came")
    client.get_shell_msg(timeout=PATIENCE)
    return seconds, messages


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    manager, client = start_new_kernel(kernel_name="ffmerge", startup_timeout=PATIENCE)
    try:
        print(f"{lines:,} printed lines, median of {RUNS}:")
        for name, loop in LOOPS.items():
            runs = [run(client, loop.format(n=lines), lines) for _ in range(RUNS + 1)][1:]
            seconds = statistics.median(seconds for seconds, _ in runs)
            print(f"{name:20} {seconds:6.3f} s in {max(messages for _, messages in runs)} messages", flush=True)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
