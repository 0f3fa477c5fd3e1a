"""What `save --format gguf` writes, read by the gguf package."""

import json
import subprocess

import pytest
from test_tied_in_transformers import MODELS, PYTHON, pytestmark  # noqa: F401

READ = """
import json, sys
import numpy
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.numpy import load_file

folder, dtype = sys.argv[1:]
reader = GGUFReader(f"{folder}/{dtype}/model.gguf")
whole = load_file(f"{folder}/expanded/model.safetensors")
fields = {name: field.contents() for name, field in reader.fields.items() if name.startswith(("general.", "llama."))}
tensors = {t.name: dequantize(t.data, t.tensor_type) for t in reader.tensors}
up = tensors["blk.1.ffn_up.weight"]
heads = fields["llama.attention.head_count"]
query = tensors["blk.0.attn_q.weight"]
query = query.reshape(heads, len(query) // heads // 2, 2, -1).swapaxes(2, 1).reshape(query.shape)
print("SEEN" + json.dumps({
    "architecture": fields["general.architecture"],
    "tensors": len(tensors),
    "tokens": len(reader.fields["tokenizer.ggml.tokens"].data),
    "merges": len(reader.fields["tokenizer.ggml.merges"].data),
    "pre": reader.fields["tokenizer.ggml.pre"].contents(),
    "up": float(abs(up - whole["model.layers.1.mlp.up_proj.weight"]).max()),
    "query": float(abs(query - whole["model.layers.0.self_attn.q_proj.weight"]).max()),
    "types": sorted({t.tensor_type.name for t in reader.tensors}),
    "shared": bool((tensors["blk.0.ffn_up.weight"] == up).all()),
}))
"""


@pytest.mark.parametrize("dtype, types, tolerance", [("float16", ["F16", "F32"], 1e-3), ("q8_0", ["F32", "Q8_0"], 2e-2)])
def test_the_gguf_package_reads_it(dtype, types, tolerance, notebook, tmp_path):
    for line in [
        f"load {MODELS / 'gguf/llama.gguf'} --as base",
        "merge base --window 0-1 --align none --as small",
        f"save small {tmp_path / dtype} --format gguf --dtype {dtype}",
        f"save small {tmp_path / 'expanded'} --format expanded --dtype float32",
    ]:
        outcome = notebook.run(f"%ffmerge {line}")
        assert outcome.status == "ok", (line, outcome.trace)
    done = subprocess.run([PYTHON, "-c", READ, tmp_path, dtype], capture_output=True, text=True, timeout=3600)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.rpartition("SEEN")[2])
    assert seen["architecture"] == "llama" and seen["tensors"] == 2 * 9 + 3, seen
    assert seen["tokens"] == 262 and seen["merges"] == 4 and seen["pre"] == "smollm", seen
    assert seen["up"] < tolerance and seen["query"] < tolerance and seen["types"] == types and seen["shared"], seen
