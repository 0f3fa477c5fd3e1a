"""Interrupts work at random moments, as a user would, and says what became of each.

By hand: .venv/bin/python kernel/src/test/python/interrupts.py --trials 40 --seed 1
"""

import argparse
import json
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from conftest import REPOSITORY, Notebook, plain
from hub_server import HubServer

DEMO = REPOSITORY / "environment/models/gpt2-novels"
TUNE = "tune base --steps 40 --batch 2 --validate 10 --limit 8 --as tuned"
SWEEP = "sweep base --length 6 --methods permute,none --tokens 500 --limit 8 --split test --as windows"
WITHIN = 1.0  # seconds until the cell has ended
NOTHING = "interrupted; nothing was changed, and the same command begins anew"


class Trials:
    """One notebook whose work is interrupted again and again; each kind of work is brought to its end at last."""

    def __init__(self, folder, seed, within):
        self.folder = Path(folder)
        self.within = within  # seconds until a cell must have ended
        self.random = random.Random(seed)
        self.hub = HubServer()
        self.hub.repositories["models/tiny/novels"] = {f.name: f.read_bytes() for f in DEMO.iterdir()} | {
            "README.md": b"# Novels"
        }
        self.hub.bytes_per_second = 4_000_000
        own = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
        hub = {"HF_HOME": str(self.folder / "hf"), "HF_ENDPOINT": self.hub.endpoint, "HF_HUB_DISABLE_XET": "1"}
        self.notebook = Notebook(self.folder, env=own | hub)
        self.run("%ffmerge load gpt2-novels --as base")
        self.make_large_model()
        self.seen = {"tune": 0, "sweep": 0, "download": 0}
        self.kinds = {
            "tune": (TUNE, self.check_tune),
            "sweep": (SWEEP, self.check_sweep),
            "eval": ("eval base --limit 60 --split test", self.check_nothing),
            "cka": ("cka base --tokens 20000", self.check_nothing),
            "save": ("save large saved --replace", self.check_save),
            "download": ("load tiny/novels --as fetched", self.check_download),
        }
        self.seconds = {"download": 3}  # what each takes, and what it results in, if nobody disturbs it
        self.whole = {}
        undisturbed = Notebook(self.folder, env={**os.environ, "FFMERGE_STATE": str(self.folder / "elsewhere")})
        try:
            undisturbed.run("%ffmerge load gpt2-novels --as base")
            undisturbed.run(f"%ffmerge load {self.folder / 'large'} --fresh --as large")
            for kind in set(self.kinds) - {"download"}:
                start = time.monotonic()
                self.whole[kind] = undisturbed.run("%ffmerge " + self.kinds[kind][0]).results[-1]
                self.seconds[kind] = time.monotonic() - start
        finally:
            undisturbed.close()

    def close(self):
        self.notebook.close()
        self.hub.close()

    def run(self, cell):
        outcome = self.notebook.run(cell)
        assert outcome.status == "ok", (cell, outcome.trace)
        return outcome

    def make_large_model(self):
        """GPT-2's shape with random weights, large enough that saving takes a while."""
        made = self.folder / "large"
        shutil.copytree(DEMO, made, ignore=shutil.ignore_patterns("*.safetensors"))
        config = json.loads((made / "config.json").read_text())
        config |= {"n_embd": 512, "n_layer": 8, "n_head": 8, "n_inner": 2048}
        (made / "config.json").write_text(json.dumps(config))
        self.run(f"%ffmerge load {made} --fresh --as large")

    # --- one interrupt

    def trial(self, kind):
        """Sends a command and interrupts it at a random moment of what it usually takes."""
        command, check = self.kinds[kind]
        moment = self.random.uniform(0, self.seconds[kind])
        running = self.notebook.send("%ffmerge " + command)
        self.notebook.wait_for(running, lambda m: m["msg_type"] == "execute_input")
        messages = self.collect(running, moment)
        pressed = time.monotonic()
        if not self.ended(messages):
            self.notebook.manager.interrupt_kernel()
        reply = self.notebook.reply(running)["content"]
        took = time.monotonic() - pressed
        if not self.ended(messages):
            messages += self.notebook.published(running)
        trace = [plain(line) for m in messages for line in m["content"].get("traceback", [])]
        said = trace[0] if trace else ""
        finished = reply["status"] == "ok"
        problem = self.problem(finished, said, trace, took) or ("" if finished else check(said, messages) or "")
        if finished:
            self.seen[kind] = 0  # the next one begins anew
        if finished and kind == "download":
            shutil.rmtree(self.folder / "hf")
        return SimpleNamespace(
            kind=kind, moment=moment, took=took, finished=finished, said=said, problem=problem, charts=charts(messages)
        )

    def collect(self, running, seconds):
        """What is published meanwhile."""
        messages, end = [], time.monotonic() + seconds
        while time.monotonic() < end and not self.ended(messages):
            try:
                message = self.notebook.client.get_iopub_msg(timeout=max(0.01, end - time.monotonic()))
            except Exception:
                break
            if message["parent_header"].get("msg_id") == running:
                messages.append(message)
        return messages

    @staticmethod
    def ended(messages):
        return any(m["content"].get("execution_state") == "idle" for m in messages)

    def problem(self, finished, said, trace, took):
        if finished:
            return ""
        if not said.startswith("interrupted") or len(trace) != 1:
            return f"said {trace}"
        if took > self.within:
            return f"took {took:.2f} s"
        return "" if said != "interrupted" else "said neither what was kept nor how to go on"

    # --- what was kept

    def check_nothing(self, said, messages):
        return "" if said == NOTHING else said

    def check_tune(self, said, messages):
        """At most the step in work is lost, and none that was kept before."""
        kept = re.fullmatch(
            r"interrupted after step (\d+) of 40, which is kept: the same command goes on from there"
            r"(, with the last validation, and makes the model)?",
            said,
        )
        if not kept:
            return self.check_nothing(said, messages) if self.seen["tune"] == 0 else said
        step = int(kept.group(1))
        shown = max([0] + [int(n) for n in re.findall(r"Tuning: (\d+) of 40 steps", texts(messages))])
        (state,) = self.folder.glob(".ffmerge/tunings/*/latest/progress.json")
        losses = len(json.loads(state.read_text())["loss"])
        before, self.seen["tune"] = self.seen["tune"], step
        if step < max(before, shown) or losses != step:
            return f"step {step}, {losses} losses kept; {before} before, {shown} shown"
        return ""

    def check_sweep(self, said, messages):
        kept = re.fullmatch(r"interrupted; (\d+) of \d+ windows are kept: the same command goes on with the others", said)
        if not kept:
            return self.check_nothing(said, messages)
        windows = int(kept.group(1))
        rows = [line for f in self.folder.glob(".ffmerge/sweeps/*") for line in f.read_text().splitlines() if line]
        before, self.seen["sweep"] = self.seen["sweep"], windows
        return "" if windows == len(rows) >= before else f"{windows} windows, {len(rows)} rows, {before} before"

    def check_save(self, said, messages):
        left = sorted(p.name for p in self.folder.glob("*saved*")) + sorted(p.name for p in self.folder.glob(".saved*"))
        whole = left in ([], ["saved"])
        return self.check_nothing(said, messages) if whole else f"left {left}"

    def check_download(self, said, messages):
        parts = [f.stat().st_size for f in self.folder.glob("hf/hub/models--tiny--novels/blobs/*")]
        before, self.seen["download"] = self.seen["download"], sum(parts)
        if sum(parts) < before:
            return f"{sum(parts)} bytes are kept, {before} were"
        good = said == "interrupted: what was downloaded is kept, and the same command goes on from there"
        return "" if good or said == NOTHING else said

    # --- the ends

    def finish(self):
        """Brings to their ends what was interrupted, and compares with work that nobody disturbed."""
        problems = []
        results = {k: self.run("%ffmerge " + self.kinds[k][0]).results[-1] for k in self.kinds}
        whole = self.whole
        if results["tune"]["loss"] != whole["tune"]["loss"] or results["tune"]["after"] != whole["tune"]["after"]:
            problems.append("tune: the losses are not those of an unbroken run")
        if [r["value"] for r in results["sweep"]["rows"]] != [r["value"] for r in whole["sweep"]["rows"]]:
            problems.append("sweep: the values are not those of an unbroken run")
        if results["eval"]["value"] != whole["eval"]["value"]:
            problems.append("eval: the value is not that of an unbroken run")
        if results["cka"]["stacks"] != whole["cka"]["stacks"]:
            problems.append("cka: the values are not those of an unbroken run")
        return problems


def texts(messages):
    return "\n".join(m["content"].get("data", {}).get("text/plain", "") for m in messages)


def charts(messages):
    """How many times a live chart was shown."""
    return sum("<img" in m["content"].get("data", {}).get("text/html", "") for m in messages)


def run(folder, count, seed, within=WITHIN, kinds=None, say=lambda line: None):
    """The trials, as many of each kind as fit, and what is wrong with the ends."""
    trials = Trials(folder, seed, within)
    try:
        kinds = kinds or list(trials.kinds)
        done = []
        for i in range(count):
            trial = trials.trial(kinds[i % len(kinds)])
            done.append(trial)
            say(
                f"{i + 1:3} {trial.kind:9} at {trial.moment:5.2f} s, ended in {trial.took:5.2f} s, "
                f"{trial.charts} charts: {'finished before' if trial.finished else trial.said} {trial.problem and '!! ' + trial.problem}"
            )
        return done, trials.finish()
    finally:
        trials.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done, problems = run(folder, options.trials, options.seed, say=lambda line: print(line, flush=True))
    stopped = [t.took for t in done if not t.finished]
    bad = [t for t in done if t.problem]
    print(f"\n{len(done)} interrupts: {len(stopped)} stopped the work, {len(done) - len(stopped)} came when it was done")
    if stopped:
        print(f"ended within {max(stopped):.2f} s, median {statistics.median(stopped):.2f} s; {sum(t.charts for t in done)} live charts")
    print(f"not accounted for: {len(bad)}; ends that differ from undisturbed work: {problems or 'none'}")
    sys.exit(bool(bad or problems))


if __name__ == "__main__":
    main()
