"""Sweeps windows of a large model's shape with random weights, and sets its peak memory beside the dry run's prediction.

    large_sweep.py --java … --class-path … [--layers 36] [--width 1280] [--length 13] [--tokens 10000]
                   [--limit 16] [--windows N] [--memory BYTES] [--heap 3g] [--precision bfloat16]

`environment/ffmerge bench large-sweep` fills in the first two. GPT-2 Large's shape takes half an hour on two cores: --windows 2
stops after two windows, by when every part of the work has been at its peak.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--java", required=True)
    parser.add_argument("--class-path", required=True)
    parser.add_argument("--layers", type=int, default=36)
    parser.add_argument("--width", type=int, default=1280, help="of the model; an FF sublayer has four times as many units")
    parser.add_argument("--heads", type=int, default=20)
    parser.add_argument("--vocabulary", type=int, default=50257)
    parser.add_argument("--context", type=int, default=1024)
    parser.add_argument("--length", type=int, default=13)
    parser.add_argument("--tokens", type=int, default=10_000)
    parser.add_argument("--limit", type=int, default=16, help="text windows that are scored")
    parser.add_argument("--windows", type=int, default=0, help="stop after so many windows of layers; 0 for all")
    parser.add_argument("--memory", type=int, default=2 << 30, help="bytes that sums of pairs may take at a time")
    parser.add_argument("--heap", default="3g", help="the JVM's")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32", help="in which windows are scored")
    return parser.parse_args()


def main():
    options = parse()
    request = {k: v for k, v in vars(options).items() if k not in ("java", "class_path", "heap")}
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.run(
            [sys.executable, str(HERE / "peak.py"), options.java, f"-Xmx{options.heap}", "-XX:+UseSerialGC", "-cp",
             options.class_path, "ffmerge.bench.LargeSweep", folder],
            input=json.dumps(request) + "\n", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if process.returncode:
        sys.exit(process.stderr)
    peak = int(process.stderr.strip().splitlines()[-1]) * 1024
    result = json.loads(process.stdout.strip().splitlines()[-1])
    print(f"{result['windows']} windows of {options.length} of {options.layers} layers, FF width {4 * options.width}, "
          f"{options.tokens:,} tokens")
    print(f"time    {result['seconds']:8.0f} s   predicted for all windows {result['predictedSeconds']:8.0f} s")
    print(f"memory  {peak / 1e9:8.2f} GB  predicted {result['predictedMemory'] / 1e9:8.2f} GB, "
          f"of which {options.memory / 1e9:.2f} GB for sums of pairs")
    print(f"disk    {result['disk'] / 1e9:8.2f} GB  predicted {result['predictedDisk'] / 1e9:8.2f} GB")


if __name__ == "__main__":
    main()
