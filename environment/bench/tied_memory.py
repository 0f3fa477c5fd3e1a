"""Sets what a merged model holds, in memory and on disk, beside what the formula says: parameters that are left, times four.

    tied_memory.py --java … --class-path … [--layers 8] [--window 1 6]

`environment/ffmerge bench tied-memory` fills in the first two. Layers of GPT-2 Large's width, random weights, float32. Each
figure is of a process of its own, less what a process holds in which libtorch is started and no model is loaded.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIG = HERE.parent.parent / "magics/src/main/resources/ffmerge/architecture/configs/gpt2-large.json"
ALLOWED = 0.02


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--java", required=True)
    parser.add_argument("--class-path", required=True)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--window", type=int, nargs=2, default=[1, 6], help="first and last layer that share a sublayer")
    return parser.parse_args()


def ask(options, **request):
    process = subprocess.run(
        [options.java, "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch", "-Xms64m", "-cp", options.class_path,
         "ffmerge.bench.TiedMemory"],
        input=json.dumps(request) + "\n", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if process.returncode:
        sys.exit(process.stderr)
    return json.loads(process.stdout.strip().splitlines()[-1])


def main():
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        config = {**json.loads(CONFIG.read_text()), "n_layer": options.layers}
        (Path(folder) / "config.json").write_text(json.dumps(config))
        model, saved = f"{folder}/model", f"{folder}/tied"
        subprocess.run([sys.executable, str(HERE / "random_checkpoint.py"), f"{folder}/config.json", model],
                       check=True, stderr=subprocess.DEVNULL)
        empty = ask(options)["native"]
        whole = ask(options, model=model)
        merged = ask(options, model=model, window=options.window, save=saved)
        loaded = ask(options, model=saved)

    c, h = config["n_embd"], 4 * config["n_embd"]
    shared = options.window[1] - options.window[0]
    formula = whole["parameters"] - shared * (2 * c * h + c + h)
    assert merged["parameters"] == loaded["parameters"] == formula, (merged, loaded, formula)
    print("| what holds it | by the formula, MB | measured, MB | off by |\n|---|---:|---:|---:|")
    worst = 0
    for name, parameters, found in (
        ("memory: as loaded", whole["parameters"], whole["native"] - empty),
        ("memory: merged, the original unloaded", formula, merged["native"] - empty),
        ("memory: merged, saved tied, loaded anew", formula, loaded["native"] - empty),
        ("disk: saved tied", formula, merged["file"]),
    ):
        off = found / (4 * parameters) - 1
        worst = max(worst, abs(off))
        print(f"| {name} | {4 * parameters / 1e6:.1f} | {found / 1e6:.1f} | {100 * off:+.2f} % |")
    if worst > ALLOWED:
        sys.exit(f"off by more than {100 * ALLOWED:.0f} %")


if __name__ == "__main__":
    main()
