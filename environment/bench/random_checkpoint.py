"""Makes a checkpoint of random weights in a published model's real shape, to see what that size takes.

    random_checkpoint.py gpt2-large FOLDER
    random_checkpoint.py allenai/OLMo-1B-hf FOLDER --dtype bfloat16 --tokenizer ../models/gpt2-novels

Names and shapes come from ffmerge's own tables. Shard after shard is written, a block of values at a time, so that a model
larger than the memory can be made. With a tokenizer, of a vocabulary that is no larger, text can be scored as well.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np

TABLES = Path(__file__).resolve().parent.parent.parent / "magics/src/main/resources/ffmerge/architecture"
TYPES = {"float32": ("F32", 4), "float16": ("F16", 2), "bfloat16": ("BF16", 2)}
BLOCK = 1 << 24


class Sizes:
    """A family's named axes (AxisSizes.java): the first expression counts whose keys the config holds."""

    def __init__(self, expressions, config):
        self.expressions = expressions
        self.config = config

    def __getitem__(self, name):
        if name not in self.expressions:
            if self.config.get(name) is None:
                raise KeyError(name)
            return self.config[name]
        for expression in self.expressions[name]:
            try:
                return eval(expression.replace("/", "//"), {"__builtins__": {}}, self)
            except NameError:  # a key is missing, or null
                continue
        sys.exit(f"the config lacks what the axis '{name}' is made of: {self.expressions[name]}")


def tensors(table, config):
    """Name and shape of all tensors, in the order in which they are saved."""
    sizes = Sizes(table["sizes"], config)

    def flag(key):
        value = config.get(key)
        return table.get("flags", {}).get(key, True) if value is None else value

    def resolve(templates, prefix):
        for t in templates:
            if ("onlyIf" in t and not flag(t["onlyIf"])) or ("unless" in t and flag(t["unless"])):
                continue
            name = ("" if t.get("bare") else table["prefixes"][0]) + prefix + t["name"]
            yield name, [sizes[axis] for axis in t["axes"]]

    found = list(resolve(table["tensors"], ""))
    for stack in table["stacks"]:
        for layer in range(config[stack["layers"][0]]):
            found += resolve(stack["tensors"], stack["prefix"].replace("{layer}", str(layer)))
    return found


def blocks(name, shape, random):
    """Matrices small and normal, gains one, biases zero, as training starts."""
    left = int(np.prod(shape))
    while left:
        count = min(left, BLOCK)
        if len(shape) > 1:
            yield random.standard_normal(count, dtype=np.float32) * np.float32(0.02)
        else:
            yield np.full(count, 1 if name.endswith("weight") else 0, dtype=np.float32)
        left -= count


def encoded(values, dtype):
    if dtype == "float16":
        return values.astype("<f2").tobytes()
    if dtype == "bfloat16":  # NumPy has none: the upper half of a float32, cut off
        return (values.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
    return values.astype("<f4").tobytes()


def write(file, shard, dtype, random):
    label, width = TYPES[dtype]
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in shard:
        start, end = end, end + width * int(np.prod(shape))
        header[name] = {"dtype": label, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(file, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for name, shape in shard:
            for block in blocks(name, shape, random):
                out.write(encoded(block, dtype))
    return end


def shards(all_tensors, width, most):
    shard, size = [], 0
    for name, shape in all_tensors:
        more = width * int(np.prod(shape))
        if shard and size + more > most:
            yield shard
            shard, size = [], 0
        shard.append((name, shape))
        size += more
    yield shard


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a published model of which ffmerge has the config, or a config.json")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dtype", choices=TYPES, default="float16")
    parser.add_argument("--shard", type=float, default=2, metavar="GB", help="the largest file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tokenizer", type=Path, metavar="FOLDER", help="whose tokenizer.json is copied")
    arguments = parser.parse_args()

    known = TABLES / "configs" / (arguments.model.replace("/", "_") + ".json")
    source = known if known.exists() else Path(arguments.model)
    if not source.is_file():
        sys.exit(f"no config of {arguments.model}; known are " + ", ".join(sorted(f.stem for f in known.parent.iterdir())))
    config = json.loads(source.read_text())
    tables = [json.loads(f.read_text()) for f in sorted(TABLES.glob("*.json"))]
    table = next((t for t in tables if config["model_type"] in t["modelTypes"]), None)
    if table is None or table["task"] != "language-modelling":
        sys.exit(f"{arguments.model} is no language model")
    if arguments.folder.exists():
        sys.exit(f"{arguments.folder} is there already")

    made = arguments.folder.with_name(arguments.folder.name + ".partial")
    parts = list(shards(tensors(table, config), TYPES[arguments.dtype][1], arguments.shard * 1e9))
    random = np.random.default_rng(arguments.seed)
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    index, total = {}, 0
    for i, shard in enumerate(parts):
        name = f"model-{i + 1:05d}-of-{len(parts):05d}.safetensors" if len(parts) > 1 else "model.safetensors"
        total += write(made / name, shard, arguments.dtype, random)
        index.update((tensor, name) for tensor, _ in shard)
        print(f"{name}: {total / 1e9:.2f} GB so far", file=sys.stderr)
    if len(parts) > 1:
        text = json.dumps({"metadata": {"total_size": total}, "weight_map": index}, indent=2)
        (made / "model.safetensors.index.json").write_text(text + "\n")
    (made / "config.json").write_text(json.dumps({**config, "dtype": arguments.dtype}, indent=2) + "\n")
    if arguments.tokenizer:
        shutil.copy(arguments.tokenizer / "tokenizer.json", made)
    made.rename(arguments.folder)


if __name__ == "__main__":
    main()
