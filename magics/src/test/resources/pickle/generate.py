"""Makes small files of torch.save in this folder, each odd in its own way, and what their tensors hold.

Needs torch; run in this folder: python generate.py
Nothing here is harmful: evil.bin asks for os.system, and a reader that obeyed would print a line.
"""

import collections
import json
import os
import pathlib
import zipfile

import torch

torch.manual_seed(11)


def tensors():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 4
    shared = torch.randn(3, 2)
    return collections.OrderedDict(
        [
            ("plain", torch.randn(2, 3)),
            ("half", torch.randn(5).half()),
            ("brain", torch.randn(2, 2).bfloat16()),
            ("double", torch.randn(3, dtype=torch.float64)),
            ("scalar", torch.tensor(2.5)),
            ("empty", torch.empty(0, 4)),
            ("transposed", base.t()),
            ("row", base[2]),
            ("column", base[:, 1]),
            ("block", base[1:3, 2:5]),
            ("every.other", base[::2, ::3]),
            ("permuted", torch.randn(2, 3, 4).permute(2, 0, 1)),
            ("expanded", torch.tensor([[1.5], [2.5]]).expand(2, 3)),
            ("shared.first", shared),
            ("shared.second", shared),
            ("shared.transposed", shared.t()),
            ("parameter", torch.nn.Parameter(torch.randn(2))),
            ("mask", torch.tensor([True, False])),
            ("positions", torch.arange(4).unsqueeze(0)),
        ]
    )


def expected(state):
    return {
        name: {"dtype": str(t.dtype).removeprefix("torch."), "shape": list(t.shape),
               "values": t.detach().float().flatten().tolist()}
        for name, t in state.items()
    }


class Evil:
    def __reduce__(self):
        return os.system, ("echo a pickle was run",)


def as_zip64(source, target):
    """The same parts with the wide numbers that PyTorch needs beyond 4 GB."""
    zipfile.ZIP64_LIMIT = 0
    with zipfile.ZipFile(source) as parts, zipfile.ZipFile(target, "w") as wide:
        for name in parts.namelist():
            wide.writestr(zipfile.ZipInfo(name), parts.read(name))


def main():
    state = tensors()
    pathlib.Path("expected.json").write_text(json.dumps(expected(state), indent=1) + "\n")
    torch.save(state, "zip.bin")
    torch.save(state, "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save(state, "protocol-5.bin", pickle_protocol=5)
    as_zip64("zip.bin", "zip64.bin")
    torch.save({"epoch": 3, "state_dict": dict(state), "lr": 0.1, "note": None, "done": [1, (2, 3)]}, "training.bin")
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    torch.save(module.state_dict(), "module.bin")  # an OrderedDict with attributes
    torch.save({"a": torch.ones(1), "b": Evil()}, "evil.bin")
    torch.save({"a": torch.ones(1), "b": Evil()}, "evil-legacy.bin", _use_new_zipfile_serialization=False)
    torch.save({"q": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}, "quantized.bin")
    torch.save(torch.nn.Linear(1, 1), "whole-model.bin")
    torch.save([torch.ones(1)], "list.bin")
    os.makedirs("sharded", exist_ok=True)
    torch.save({"a": torch.tensor([1.0, 2.0])}, "sharded/pytorch_model-00001-of-00002.bin")
    torch.save({"b": torch.tensor([[3.0]])}, "sharded/pytorch_model-00002-of-00002.bin")
    index = {"metadata": {"total_size": 12}, "weight_map": {
        "a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}}
    pathlib.Path("sharded/pytorch_model.bin.index.json").write_text(json.dumps(index, indent=1) + "\n")


main()
