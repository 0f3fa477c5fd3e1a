"""How time and memory grow with tokens, width, depth and windows, stage by stage, beside what is expected.

    growth.py --java … --class-path … [--quick]

Each point is a process of its own, which does the work once to warm up and once for its time; memory is the peak of the process
less that of one that only loads the model. An exponent is the slope of a line through the logarithms.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from bench import DATA, HERE, MODEL, correlation_like, describe_machine

DEMO = {"model": str(MODEL), "data": str(DATA)}


def stages(scratch, quick):
    """Name, what grows, its sizes, the request of a size, the exponent that is expected."""
    sizes = [256, 512, 1024] if quick else [512, 1024, 2048, 4096]
    for n in sizes:
        correlation_like(n, scratch / f"{n}.f32")
    tokens = [1024, 2048, 4096] if quick else [5_000, 10_000, 20_000, 40_000]
    yield "capture", "tokens", tokens, lambda t: {"bench": "record", "tokens": t, "layers": 12, **DEMO}, "1"
    yield "capture", "layers", [3, 6, 12], lambda d: {"bench": "record", "tokens": tokens[-1], "layers": d, **DEMO}, "1"
    yield "products", "tokens", tokens, lambda t: {"bench": "products", "width": sizes[1], "tokens": t, **DEMO}, "1"
    yield "products", "width", sizes, lambda w: {"bench": "products", "width": w, "tokens": 8192, **DEMO}, "2"
    yield "assignment", "width", sizes, lambda n: {"bench": "assignment", "n": n, "matrix": str(scratch / f"{n}.f32"), **DEMO}, "2 to 3"
    lengths = [[2], [2, 3], [2, 3, 4, 5]]
    windows = {sum(13 - length for length in some): some for some in lengths}
    yield "scoring", "windows", list(windows), lambda w: {
        "bench": "score", "lengths": windows[w], "limit": 8 if quick else 64, **DEMO}, "1"


def measured(command, requests):
    """Seconds of the last request, and the peak of the process in bytes."""
    process = subprocess.run(
        [sys.executable, str(HERE / "peak.py"), *command],
        input="".join(json.dumps(request) + "\n" for request in requests), capture_output=True, text=True, check=True)
    return json.loads(process.stdout.splitlines()[-1])["seconds"], int(process.stderr.strip().splitlines()[-1]) * 1024


def exponent(sizes, values):
    """The slope of a line through logarithms; None where something isn't positive."""
    if min(values) <= 0:
        return None
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--java", required=True)
    parser.add_argument("--class-path", required=True)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs; keeps nothing")
    options = parser.parse_args()
    lines = ["# Growth: the last figures", "", ", ".join(f"{k}: {v}" for k, v in describe_machine().items()) + ".", "",
             "| stage | grows with | sizes | seconds | exponent | expected | MB more than a loaded model |",
             "|---|---|---|---|---:|---:|---|"]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        command = [options.java, "-Xmx4g", "-XX:+UseSerialGC", "-cp", options.class_path, "ffmerge.bench.BenchWorker", str(scratch / "state")]
        _, nothing = measured(command, [{"bench": "load", **DEMO}])
        for stage, what, sizes, request, expected in stages(scratch, options.quick):
            points = [measured(command, [{"bench": "load", **DEMO}, request(size), request(size)]) for size in sizes]
            seconds = [point[0] for point in points]
            megabytes = [max(0, point[1] - nothing) / 1e6 for point in points]
            slope = exponent(sizes, seconds)
            lines.append(f"| {stage} | {what} | {', '.join(f'{s:,}' for s in sizes)} | {', '.join(f'{s:.3g}' for s in seconds)} | "
                         f"{slope:.2f} | {expected} | {', '.join(f'{m:.0f}' for m in megabytes)} |")
            print(lines[-1], flush=True)
    if not options.quick:
        (HERE / "GROWTH.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
