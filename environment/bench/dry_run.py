"""Sets what --dry-run predicts beside what the same command takes: time, peak memory, disk. Linux only.

    dry_run.py [NAME] --java … --class-path …

`environment/ffmerge bench dry-run [NAME]` fills in the rest. Each command runs in a process of its own, once to predict and
once to do it. NAME picks the cases that hold the word: a model's or a command's name.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = HERE.parent.parent
DEMO = HOME / "environment/models"
CONFIGS = HOME / "magics/src/main/resources/ffmerge/architecture/configs"

# checkpoints of random weights: a published config and what of it is changed
SHAPES = {
    "gpt2-small": ("gpt2", {}),
    "gpt2-large, 5 layers": ("gpt2-large", {"n_layer": 5}),
    "gated, 6 layers": (
        "allenai_OLMo-1B-hf",
        {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 6, "max_position_embeddings": 512},
    ),
}
CASES = {
    "gpt2-novels": [
        "eval base",
        "cka base",
        "align base --layers 3,4",
        "merge base --window 1-6 --as new",
        "drop base --window 3-4 --as new",
        "sweep base --length 6 --methods permute --limit 128",
        "sweep base --length 6 --methods permute,none,drop --limit 128 --memory 20MB",
        "tune base --steps 20 --as new",
        "tune base --steps 4 --limit 16 --as new --recompute",
        "tune base --steps 4 --limit 16 --as new --precision bfloat16",
        "tune base --steps 4 --limit 16 --as new --precision bfloat16 --recompute",
        "tune base --steps 4 --limit 16 --as new --adapters shared",
        "tune base --steps 4 --limit 16 --as new --accumulate 2 --batch 4",
        "tune base --steps 4 --limit 16 --as new --devices cpu,cpu",
    ],
    "vit-digits": [
        "eval base",
        "cka base",
        "merge base --window 3-7 --as new",
        "sweep base --length 5 --methods permute",
        "tune base --steps 60 --as new",
    ],
    "opus-mt-tatoeba-zh-en": [
        "eval base",
        "cka base",
        "merge base --window 2-4 --as new",
        "sweep base --length 3 --methods permute --limit 128",
        "tune base --steps 40 --as new",
    ],
    "gpt2-small": [
        "eval base --limit 8",
        "cka base --tokens 4096",
        "align base --layers 1,2 --tokens 4096",
        "merge base --window 2-6 --tokens 4096 --as new",
        "merge base --window 2-6 --align none --as new",
        "drop base --window 3-4 --as new",
        "sweep base --length 6 --methods permute --limit 4 --tokens 2048",
        "tune base --steps 4 --batch 2 --limit 4 --as new",
    ],
    "gpt2-large, 5 layers": [
        "eval base --limit 4",
        "cka base --tokens 4096",
        "align base --layers 1,2 --tokens 4096",
        "merge base --window 1-3 --tokens 4096 --as new",
        "sweep base --length 3 --methods permute --limit 2 --tokens 4096",
        "sweep base --length 3 --methods permute --limit 2 --tokens 4096 --memory 600MB",
        "tune base --steps 3 --batch 1 --limit 2 --as new",
    ],
    "gated, 6 layers": [
        "eval base --limit 8",
        "merge base --window 1-3 --tokens 4096 --as new",
        "sweep base --length 3 --methods permute --limit 8 --tokens 4096",
        "tune base --steps 4 --batch 2 --limit 4 --as new",
    ],
}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="", help="only the cases that hold this word")
    parser.add_argument("--java", required=True)
    parser.add_argument("--class-path", required=True)
    return parser.parse_args()


def checkpoint(name, folder):
    """The model's folder: a demo model's, or one of random weights that is made when first asked for."""
    if name not in SHAPES:
        return DEMO / name
    made = folder / name.replace(" ", "").replace(",", "-")
    if not made.exists():
        published, changes = SHAPES[name]
        config = folder / "config.json"
        config.write_text(json.dumps({**json.loads((CONFIGS / f"{published}.json").read_text()), **changes}))
        subprocess.run(
            [sys.executable, str(HERE / "random_checkpoint.py"), str(config), str(made), "--tokenizer",
             str(DEMO / "gpt2-novels")], check=True, stderr=subprocess.DEVNULL)
    return made


def ask(options, model, command):
    """What the worker says in a process of its own, started as the kernel is."""
    with tempfile.TemporaryDirectory() as state:
        process = subprocess.run(
            [options.java, "-XX:+UseSerialGC", "-Djava.awt.headless=true", "-cp", options.class_path,
             "ffmerge.bench.DryRunWorker", state],
            input=json.dumps({"model": str(model), "command": command}) + "\n",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"FFMERGE_HOME": str(HOME / "environment"), "GOMP_SPINCOUNT": "2000"})
    if process.returncode:
        sys.exit(process.stderr)
    return json.loads(process.stdout.strip().splitlines()[-1])


def beside(predicted, measured, unit):
    if not measured or measured * unit < 0.005:
        return f"{predicted * unit:.2f} / {measured * unit:.2f}"
    return f"{predicted * unit:.2f} / {measured * unit:.2f} ({100 * (predicted / measured - 1):+.0f} %)"


def main():
    options = parse()
    print("predicted / measured:\n\n| model | command | seconds | memory, GB | disk, GB | the prediction took, s |")
    print("|---|---|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, commands in CASES.items():
            for command in commands:
                if options.name not in f"{name} {command}":
                    continue
                model = checkpoint(name, Path(folder))
                predicted = ask(options, model, f"{command} --dry-run")
                measured = ask(options, model, command)
                cells = [beside(predicted[k], measured[k], u) for k, u in (("seconds", 1), ("memory", 1e-9), ("disk", 1e-9))]
                print(f"| {name} | `{command.replace(' base', '')}` | {' | '.join(cells)} | {predicted['took']:.1f} |", flush=True)


if __name__ == "__main__":
    main()
