"""Measures ffmerge beside torch, transformers and scipy, in turn, in one run; prints ratios and keeps the figures.

    bench.py [NAME] --java … --class-path …

A ratio is Python's time over ours: above 1 ffmerge is faster. The two take turns, so that a machine whose speed drifts
is fair to both; the ratio is the median over three rounds or more, and the least and the largest stand beside it. The page has
the figures of the last three machines.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import gpu
import numpy as np

HERE = Path(__file__).resolve().parent
HOME = HERE.parent.parent
MODEL = HOME / "environment/models/gpt2-novels"
DATA = HOME / "environment/data"
SIZES = (2048, 3072, 5120)
# what no GPU does
ON_CPU = ("assignment",)
# a sweep that scores so many windows takes a minute
LONG = 1000
# whose figures the page keeps
MACHINES = 3


class Worker:
    """A process that answers requests, started when first asked."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"a worker died at {request}")
        return json.loads(answer)["seconds"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def correlation_like(n, file):
    """Correlations of two layers' units that share hidden causes, each in its own mixture, over 10,000 tokens."""
    random = np.random.default_rng(n)
    causes = random.standard_normal((10_000, n // 8), np.float32)

    def units():
        mixture = random.standard_normal((n // 8, n), np.float32) * (random.random((n // 8, n)) < 0.05)
        x = causes @ mixture + 0.6 * random.standard_normal((10_000, n), np.float32)
        return (x - x.mean(0)) / x.std(0)

    x, y = units(), units()
    (x.T @ y / 10_000).astype(np.float32).tofile(file)


def demo_correlations(file):
    """Real ones: the units of layers 3 and 8 of the demo model."""
    import torch
    from worker import correlations, model_of, record, tokens_of, up

    request = {"model": str(MODEL), "data": str(DATA)}
    with torch.no_grad():
        values = record(model_of(request), tokens_of(request, "validation"), [3, 8], up)
        correlations(values, [(3, 8)])[3, 8].numpy().astype(np.float32).tofile(file)


def small_gpt2(folder):
    """GPT-2 small's shape with random weights."""
    from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel

    GPT2LMHeadModel(GPT2Config()).save_pretrained(folder)
    AutoTokenizer.from_pretrained(MODEL).save_pretrained(folder)


def benches(scratch):
    """Name, request, rounds, what a second of the request's work counts."""
    demo = {"model": str(MODEL), "data": str(DATA)}
    small = {"model": str(scratch / "small"), "data": str(DATA)}
    yield "forward, demo model, 16 x 256 tokens", {"bench": "forward", "rows": 16, "length": 256, **demo}, 15, (4096, "tokens/s")
    yield "forward, GPT-2 small's shape, 2 x 512", {"bench": "forward", "rows": 2, "length": 512, **small}, 5, (1024, "tokens/s")
    yield "training step, demo model, 8 x 256", {"bench": "train", "rows": 8, "length": 256, **demo}, 5, (2048, "tokens/s")
    yield "training step, GPT-2 small's shape, 1 x 512", {"bench": "train", "rows": 1, "length": 512, **small}, 3, (512, "tokens/s")
    yield "capture + 35 correlations", {"bench": "capture", "length": 6, **demo}, 5, (1, "runs/s")
    yield "CKA, 12 sublayers", {"bench": "cka", **demo}, 5, (1, "runs/s")
    yield "assignment, n = 512, demo model's layers 3 and 8", {
        "bench": "assignment", "n": 512, "matrix": str(scratch / "demo.f32")}, 25, (1, "solved/s")
    for n in SIZES:
        yield f"assignment, n = {n}", {"bench": "assignment", "n": n, "matrix": str(scratch / f"{n}.f32")}, 5, (1, "solved/s")
    vit = {"model": str(HOME / "environment/models/vit-digits"), "rows": 64}
    yield "ViT, demo model, 64 images", {"bench": "images", **vit}, 15, (64, "images/s")
    marian = {"model": str(HOME / "environment/models/opus-mt-tatoeba-zh-en"), "data": str(DATA), "longest": 64}
    yield "OPUS-MT, 4 beams, batches of 32 sentences", {
        "bench": "translate", "beams": 4, "rows": 32, "limit": 256, **marian}, 3, (256, "sentences/s")
    yield "OPUS-MT, greedy, batches of 32 sentences", {
        "bench": "translate", "beams": 1, "rows": 32, "limit": 256, **marian}, 3, (256, "sentences/s")
    yield "sweep, scored on 128 windows", {"bench": "sweep", "length": 6, "limit": 128, **demo}, 3, (1, "sweeps/s")
    yield "sweep, scored on the validation split", {"bench": "sweep", "length": 6, "limit": 10_000, **demo}, 3, (1, "sweeps/s")
    yield "the best window by a race, against the same", {
        "bench": "sweep", "length": 6, "limit": 10_000, "race": True, **demo}, 3, (1, "sweeps/s")


def warm(worker, request):
    """Once before it counts; of what takes a minute the shorter one before it has done that."""
    if request.get("limit", 0) < LONG or request["bench"] != "sweep":
        worker.seconds(request)


def prepare(scratch, name):
    demo_correlations(scratch / "demo.f32")
    for n in SIZES:
        if not name or f"n = {n}".find(name) >= 0 or "assignment".find(name) >= 0:
            correlation_like(n, scratch / f"{n}.f32")
    small_gpt2(scratch / "small")


def peak_memory(command, request):
    """Peak resident bytes of a process that loads a model and evaluates it, and nothing else."""
    process = subprocess.run(
        [sys.executable, str(HERE / "peak.py"), *command],
        input=json.dumps(request) + "\n", capture_output=True, text=True, check=True)
    return int(process.stderr.strip().splitlines()[-1]) * 1024


def describe_machine():
    cpu = next((l.split(":")[1].strip() for l in Path("/proc/cpuinfo").read_text().splitlines() if l.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    import scipy
    import torch
    import transformers

    return {
        "date": datetime.date.today().isoformat(),
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory": f"{memory:.0f} GiB",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "scipy": scipy.__version__,
        "ffmerge commit": commit(),
        "torch commit": torch.version.git_version[:7],
    }


def commit():
    """Of this checkout; with a mark where files were changed since."""
    told = subprocess.run(
        ["git", "-C", str(HOME), "describe", "--always", "--dirty", "--abbrev=7", "--exclude=*"], capture_output=True, text=True)
    return told.stdout.strip() or "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="", help="only benches whose name holds this word")
    parser.add_argument("--java", required=True)
    parser.add_argument("--class-path", required=True)
    parser.add_argument("--device", default="cpu", help="cpu, gpu or gpu:1; on a GPU the rows are kept with those of bench gpu")
    options = parser.parse_args()
    sys.path.insert(0, str(HERE))

    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        print("Preparing matrices and models …", file=sys.stderr)
        prepare(scratch, options.name)
        ours_command = [options.java, "-Xmx4g", "-XX:+UseSerialGC", "-cp", options.class_path, "ffmerge.bench.BenchWorker", str(scratch / "state"), options.device]
        python_command = [sys.executable, str(HERE / "worker.py"), options.device.replace("gpu", "cuda")]
        rows = []
        ours, python = Worker(ours_command), Worker(python_command)
        for name, request, rounds, (count, unit) in benches(scratch):
            if options.name not in name or options.device != "cpu" and request["bench"] in ON_CPU:
                continue
            warm(ours, request), warm(python, request)
            pairs = [(ours.seconds(request), python.seconds(request)) for _ in range(rounds)]
            row = {
                "bench": name,
                "ours": statistics.median(o for o, _ in pairs),
                "python": statistics.median(p for _, p in pairs),
                "ratio": statistics.median(p / o for o, p in pairs),
                "least": min(p / o for o, p in pairs),
                "most": max(p / o for o, p in pairs),
                "rounds": rounds,
                "count": count,
                "unit": unit,
            }
            rows.append(row)
            print(f"{name:50} ours {row['ours']:8.4f} s  Python {row['python']:8.4f} s  ratio {row['ratio']:.2f} ({row['least']:.2f}–{row['most']:.2f})", flush=True)
        ours.close(), python.close()
        if options.device != "cpu":
            gpu.keep_benches({row["bench"]: {who: figure(row, who) for who in ("ours", "python")} for row in rows})
            return
        if options.name in "memory":
            for title, model in (("demo model", MODEL), ("GPT-2 small's shape", scratch / "small")):
                request = {"bench": "eval", "model": str(model), "data": str(DATA), "limit": 8}
                rows.append(memory_row(title, model, request, ours_command, python_command))
        write(rows, complete=not options.name)


def memory_row(title, model, request, ours_command, python_command):
    from worker import model_of

    weights = sum(p.numel() for p in model_of(request).parameters()) * 4
    ours, python = peak_memory(ours_command, request), peak_memory(python_command, request)
    allowed = 1.3 * weights + 600e6
    print(f"peak memory, load + eval, {title}: ours {ours / 1e6:.0f} MB, Python {python / 1e6:.0f} MB, "
          f"1.3 x weights + 600 MB = {allowed / 1e6:.0f} MB", flush=True)
    return {"bench": f"peak memory, load + eval, {title}", "ours": ours, "python": python, "allowed": allowed, "unit": "bytes"}


def write(rows, complete):
    if not complete:
        return
    machine = describe_machine()
    results = HERE / "results.json"
    before = json.loads(results.read_text()) if results.exists() else []
    before = before if isinstance(before, list) else [before]
    others = [run for run in before if run["machine"]["cpu"] != machine["cpu"]]
    runs = [{"machine": machine, "rows": rows}, *others][:MACHINES]
    results.write_text(json.dumps(runs, indent=1) + "\n")
    lines = ["# The last figures", ""]
    for place, run in enumerate(runs):
        lines += [f"## {'The last machine' if place == 0 else 'Before, on another machine'}", "", *page(run), ""]
    (HERE / "RESULTS.md").write_text("\n".join([*lines, *gpu.section(gpu.kept())]) + "\n")


def page(run):
    """The table of a run, with its machine."""
    yield ", ".join(f"{k}: {v}" for k, v in run["machine"].items()) + "."
    yield ""
    yield ("Times are medians over rounds in which both took turns; a ratio above 1 means that ffmerge is faster. Behind it the "
           "least and the largest of a round.")
    yield ""
    yield "| | ffmerge | Python | ratio | of rounds |"
    yield "|---|---:|---:|---:|---:|"
    for row in run["rows"]:
        if row["unit"] == "bytes":
            yield f"| {row['bench']} | {row['ours'] / 1e6:.0f} MB | {row['python'] / 1e6:.0f} MB | allowed {row['allowed'] / 1e6:.0f} MB | |"
        else:
            spread = f"{row['least']:.2f}–{row['most']:.2f}, {row['rounds']}" if "least" in row else f"{row['rounds']}"
            yield f"| {row['bench']} | {figure(row, 'ours')} | {figure(row, 'python')} | {row['ratio']:.2f} | {spread} |"


def figure(row, who):
    if row["count"] > 1:
        return f"{row['count'] / row[who]:,.0f} {row['unit']}"
    return f"{row[who] * 1e3:.1f} ms" if row[who] < 1 else f"{row[who]:.2f} s"


if __name__ == "__main__":
    main()
