"""What a GPU computes, and how fast: every kind of work beside the same on the CPU (device-check.yaml), number by number;
tuning of GPT-2 Large's shape in bfloat16 beside transformers + torch.compile, in turn, in one run; peak memory of tied
against untied tuning; the demo models retrained to convergence; and the rows of bench.py, where transformers' models go
through torch.compile too.

    gpu.py --java … --class-path … [--device gpu] [--tiny] [--rounds 3] [--no-check] [--no-retrain]

`environment/ffmerge bench gpu` fills in the first two. Without a GPU every row says so. `--device cpu --tiny` runs the same
code on a small shape, to see that it runs; it keeps nothing.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = HERE.parent.parent
RESULTS = HERE / "gpu-results.json"
TITLE = "## On a GPU"
LARGE = {"layers": 36, "width": 1280, "heads": 20, "vocabulary": 50257, "rows": 8, "length": 1024, "steps": 12, "compiler": "inductor"}
TINY = {"layers": 4, "width": 64, "heads": 4, "vocabulary": 512, "rows": 2, "length": 32, "steps": 4, "compiler": "eager"}
IDLE = 1 << 30  # bytes of a GPU's memory that its driver may keep for itself
ROWS = {
    "steps": "tuning, GPT-2 Large's shape, 8 x 1024, bfloat16",
    "recompute": "the same with --recompute",
    "untied": "peak memory of tuning, 36 FF sublayers",
    "tied": "peak memory of tuning, 18 of 36 tied",
    "gpt2-novels": "gpt2-novels retrained from random weights",
    "vit-digits": "vit-digits retrained from random weights",
    "opus-mt-tatoeba-zh-en": "opus-mt-tatoeba-zh-en retrained from random weights",
}
DEMO = {"novelsTrained": "gpt2-novels", "digitsTrained": "vit-digits", "tatoebaTrained": "opus-mt-tatoeba-zh-en"}


def section(results):
    """The lines of RESULTS.md; `results` are the rows by name, each with `ours` and `python` as text."""
    lines = [TITLE, ""]
    machine = results.get("machine")
    lines += [", ".join(f"{k}: {v}" for k, v in machine.items()) + "."] if machine else [
        "Not measured yet: no machine with a GPU was at hand. `environment/ffmerge bench gpu` measures these rows where one is."]
    checked = results.get("checked", {})
    if checked:
        passed = [title for title, says in checked.items() if says.startswith("PASS")]
        lines += ["", f"On the CPU and on the GPU the same numbers in {len(passed)} of {len(checked)} kinds of work "
                  "([device-check.yaml](device-check.yaml) has their tolerances)" +
                  "".join(f"; not in: {title}" for title in checked if title not in passed) + "."]
    for note in results.get("notes", []):
        lines += ["", note]
    lines += ["", "| | ffmerge | transformers + torch.compile |", "|---|---:|---:|"]
    for key, title in ROWS.items():
        row = results.get("rows", {}).get(key, {})
        lines.append(f"| {title} | {row.get('ours', 'not measured')} | {row.get('python', 'not measured')} |")
    for title, row in results.get("benches", {}).items():
        lines.append(f"| {title} | {row['ours']} | {row['python']} |")
    return lines


def kept():
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def keep(results):
    """Writes the figures, and their section at the end of RESULTS.md."""
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    page = HERE / "RESULTS.md"
    before = page.read_text().partition(TITLE)[0].rstrip()
    page.write_text(before + "\n\n" + "\n".join(section(results)) + "\n")


def keep_benches(rows):
    """Those of the page above, on a GPU."""
    keep({**kept(), "benches": rows})


def without_gpu():
    """Why nothing can be measured here, or None."""
    sys.path.insert(0, str(HERE.parent))
    import torch_library

    driver = torch_library.driver()
    if driver is None or driver.misfit():
        return "no GPU"
    if not os.environ.get("PYTORCH_LIBRARY_PATH"):
        settings = torch_library.kernel_settings(HOME)
        if not settings:
            return "no torch with CUDA for ffmerge: " + torch_library.REMEDY
        os.environ.update(settings)
    return None


def used_on(gpu):
    """Bytes in use on a GPU, by whomever; in a container the driver doesn't know the processes by their numbers."""
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "-i", gpu]
    return int(subprocess.run(query, capture_output=True, text=True, check=True).stdout) << 20


class Peak(threading.Thread):
    """The most memory that a process is seen to hold: on a GPU all that is used there, which is to be ours alone."""

    def __init__(self, pid, device):
        super().__init__(daemon=True)
        self.pid, self.bytes, self.done = pid, 0, threading.Event()
        self.gpu = (device.partition(":")[2] or "0") if device.startswith("gpu") else None
        deadline = time.monotonic() + 20
        while self.gpu and used_on(self.gpu) > IDLE:  # the driver takes its time to free what the last one held
            if time.monotonic() > deadline:
                sys.exit(f"GPU {self.gpu} is used by others, so that memory can't be measured")
            time.sleep(0.2)

    def run(self):
        while not self.done.wait(0.05):
            self.bytes = max(self.bytes, used_on(self.gpu) if self.gpu else self.resident())

    def resident(self):
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return 0
        return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def measure(command, request):
    """What a process answers to a request, with its peak memory."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    peak = Peak(process.pid, request["device"])  # it waits for its request yet
    peak.start()
    answer, _ = process.communicate(json.dumps(request) + "\n")
    peak.done.set()
    peak.join()
    if process.returncode:
        sys.exit(f"a worker failed at {request}")
    return {**json.loads(answer.strip().splitlines()[-1]), "peak": peak.bytes}


def in_turn(ours, python, request, rounds):
    """Both, alternating; medians."""
    measured = {"ours": [], "python": []}
    for _ in range(rounds):
        measured["ours"].append(measure(ours, request))
        measured["python"].append(measure(python, request))
    return {who: {key: statistics.median(each[key] for each in all_of) for key in all_of[0]}
            for who, all_of in measured.items()}


def speed(result, request):
    tokens = request["rows"] * request["length"]
    return f"{1 / result['seconds']:.2f} steps/s, {tokens / result['seconds']:,.0f} tokens/s"


def memory(result, request):
    return f"{result['peak'] / 1e9:.2f} GB, {result['parameters'] / 1e6:.0f}M parameters"


def steps(options, ours, python):
    """Rows of speed and memory."""
    shape = TINY if options.tiny else LARGE
    base = {**shape, "device": options.device, "precision": "bfloat16", "recompute": False, "tied": 0}
    rows = {}
    for request, shown in (
        (base, {"steps": speed, "untied": memory}),
        ({**base, "tied": shape["layers"] // 2 + 1}, {"tied": memory}),
        ({**base, "recompute": True}, {"recompute": speed}),
    ):
        both = in_turn(ours, python, request, options.rounds)
        for key, show in shown.items():
            rows[key] = {who: show(result, request) for who, result in both.items()}
            title = f"{key}, a tiny shape" if options.tiny else ROWS[key]
            print(f"{title:50} ours {rows[key]['ours']:36} Python {rows[key]['python']}", flush=True)
    return rows


def check(options, java, state):
    """Each kind of work and whether it gives the same numbers on the device as on the CPU."""
    command = [*java, "ffmerge.magic.DeviceCheck", str(HERE / "device-check.yaml"), str(Path(state) / "check"), options.device]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "FFMERGE_HOME": str(HOME / "environment")})
    print(done.stdout, flush=True)
    if done.returncode:
        sys.exit("numbers differ: their speed is of no interest")
    return verdicts(done.stdout)


def verdicts(told):
    """What DeviceCheck tells, by the title of the section."""
    lines = [line for line in told.splitlines() if line.startswith(("PASS ", "FAIL "))]
    return {line[5:].partition(":")[0]: line for line in lines}


def retrain(options, java, state):
    """The recipe's comparisons: the demo model's score beside that of the one trained anew."""
    recipe = (HERE / "retrain.yaml").read_text()
    file = Path(state) / "retrain.yaml"
    file.write_text(recipe)
    command = [*java, "ffmerge.magic.RecipeProcess", str(file), str(Path(state) / "recipe")]
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "FFMERGE_HOME": str(HOME / "environment")})
    if done.returncode:
        sys.exit("the recipe failed")
    rows = {}
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        if answer["command"] == "compare":
            shipped, trained = answer["result"]["rows"]
            said = f"{trained['metric']} {trained['value']:.2f}; the one that ships has {shipped['value']:.2f}"
            rows[DEMO[trained["model"]]] = {"ours": said, "python": "-"}
    print(f"retrained in {time.monotonic() - start:.0f} s: {rows}")
    return rows


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--java", required=True)
    parser.add_argument("--class-path", required=True)
    parser.add_argument("--device", default="gpu", help="cpu, gpu or gpu:1")
    parser.add_argument("--tiny", action="store_true", help="a small shape; keeps nothing")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-check", action="store_true", help="leave out the comparison with the CPU")
    parser.add_argument("--no-retrain", action="store_true", help="leave out the recipe that retrains the demo models")
    return parser.parse_args()


def main():
    options = parse()
    if options.device.startswith("gpu"):
        why = without_gpu()
        if why:
            for title in ROWS.values():
                print(f"{title:50} not measured: {why}")
            return
    java = [options.java, "-Xmx4g", "-XX:+UseSerialGC", "-cp", options.class_path]
    results = kept()
    with tempfile.TemporaryDirectory() as state:
        if not options.no_check:
            results["checked"] = check(options, java, state)
        rows = steps(options, [*java, "ffmerge.bench.StepBench", str(Path(state) / "steps")],
                     [sys.executable, str(HERE / "step_worker.py")])
        if not options.tiny and not options.no_retrain:
            rows |= retrain(options, java, state)
    if options.device.startswith("gpu") and not options.tiny:
        import torch

        machine = {"date": datetime.date.today().isoformat(), "gpu": torch.cuda.get_device_name(0), "torch": torch.__version__}
        keep({**results, "machine": machine, "rows": {**results.get("rows", {}), **rows}})
        subprocess.run(
            [sys.executable, str(HERE / "bench.py"), "--java", options.java, "--class-path", options.class_path,
             "--device", options.device], check=True)


if __name__ == "__main__":
    main()
