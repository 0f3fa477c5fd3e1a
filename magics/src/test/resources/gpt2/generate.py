"""Makes the small random GPT-2 checkpoints in this folder and what transformers computes with them, in float32.

Needs torch, transformers and safetensors; run in this folder: python generate.py
Each checkpoint is odd in its own way: sizes, activation, names, type and number of its files.
"""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel

CASES = {
    "prefixed": dict(
        config=dict(n_embd=12, n_layer=3, n_head=4, vocab_size=29, n_positions=14, activation_function="gelu_new"),
        dtype=torch.float32,
        rows=2,
        length=14,
    ),
    "old-hub": dict(
        config=dict(n_embd=15, n_layer=2, n_head=3, vocab_size=23, n_positions=17, activation_function="relu",
                    layer_norm_epsilon=1e-3),
        dtype=torch.float16,
        rows=3,
        length=11,
        old_names=True,
    ),
    "untied": dict(
        config=dict(n_embd=14, n_layer=2, n_head=1, vocab_size=31, n_positions=9, activation_function="silu",
                    n_inner=7, tie_word_embeddings=False),
        dtype=torch.bfloat16,
        rows=1,
        length=9,
    ),
    "sharded": dict(
        config=dict(n_embd=10, n_layer=4, n_head=5, vocab_size=19, n_positions=13, activation_function="quick_gelu",
                    n_inner=33, layer_norm_epsilon=1e-2),
        dtype=torch.float32,
        rows=2,
        length=2,
        shard_size=9000,
    ),
    "exact-gelu": dict(
        config=dict(n_embd=12, n_layer=1, n_head=2, vocab_size=17, n_positions=8, activation_function="gelu"),
        dtype=torch.float32,
        rows=4,
        length=5,
    ),
}
NO_DROPOUT = dict(embd_pdrop=0.0, attn_pdrop=0.0, resid_pdrop=0.0)
GRADIENTS = [
    "transformer.wte.weight",
    "transformer.wpe.weight",
    "transformer.h.0.attn.c_attn.weight",
    "transformer.h.0.mlp.c_fc.bias",
    "transformer.h.{last}.mlp.c_fc.weight",
    "transformer.h.{last}.mlp.c_proj.weight",
    "transformer.h.{last}.ln_2.weight",
    "transformer.ln_f.bias",
    "lm_head.weight",
]


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


def rename_as_old_hub_files(folder):
    """Names without prefix, attention masks as buffers, and a config that lacks what was added later."""
    weights = load_file(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    renamed = {name.removeprefix("transformer."): tensor for name, tensor in weights.items()}
    n = config["n_positions"]
    for layer in range(config["n_layer"]):
        renamed[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(n, n, dtype=torch.uint8)).view(1, 1, n, n)
        renamed[f"h.{layer}.attn.masked_bias"] = torch.tensor(-10000.0)
    save_file(renamed, folder / "model.safetensors", metadata={"format": "pt"})
    for key in ("n_inner", "tie_word_embeddings", "dtype", "torch_dtype"):
        config.pop(key, None)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def make(name, case, seed):
    torch.manual_seed(seed)
    folder = pathlib.Path(name)
    config = GPT2Config(initializer_range=0.3, **case["config"], **NO_DROPOUT)
    model = GPT2LMHeadModel(config)
    for parameter_name, parameter in model.named_parameters():
        if parameter.dim() == 1:  # biases and norms start at 0 and 1
            parameter.data += 0.3 * torch.randn_like(parameter)
    model = model.to(case["dtype"])
    model.save_pretrained(folder, max_shard_size=case.get("shard_size", "1GB"))
    (folder / "generation_config.json").unlink()
    if case.get("old_names"):
        rename_as_old_hub_files(folder)

    model = model.float().eval()
    ids = torch.randint(config.vocab_size, (case["rows"], case["length"]))
    output = model(ids, labels=ids)
    output.loss.backward()
    parameters = dict(model.named_parameters())
    losses = torch.nn.functional.cross_entropy(
        output.logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    expected = {
        "ids": ids.tolist(),
        "logits": numbers(output.logits),
        "loss": float(output.loss),
        "tokenLosses": numbers(losses),
        "gradients": {
            n: numbers(parameters[n].grad)
            for n in (g.format(last=config.n_layer - 1) for g in GRADIENTS)
            if n in parameters
        },
    }
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


for i, (name, case) in enumerate(CASES.items()):
    make(name, case, seed=i)
