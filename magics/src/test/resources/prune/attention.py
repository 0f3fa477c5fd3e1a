"""What pruning attention leaves of small checkpoints of every family, worked out with torch and numpy in float64 from the
definitions: which weights of its maps stay, and which heads, whole groups where they share keys and values. What enters the
maps is what transformers hands to them, rows of padding left out. A decoder's attention to its encoder's output is a
sublayer like the others. Of the checkpoints in ../gpt2, ../vit, ../marian and ../gated with the inputs that their
expected.json have.

Needs torch, transformers and numpy; run in this folder: python attention.py
"""

import json
import pathlib

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoModelForImageClassification, AutoModelForSeq2SeqLM
from transformers.pytorch_utils import Conv1D

from scores import lowest, score

CAUSAL = {"query": "self_attn.q_proj", "key": "self_attn.k_proj", "value": "self_attn.v_proj", "attention-out": "self_attn.o_proj"}
MARIAN = {**CAUSAL, "attention-out": "self_attn.out_proj"}
SOURCE = {"source-" + role: name.replace("self_attn", "encoder_attn") for role, name in MARIAN.items()}
GPT2 = {"query-key-value": "attn.c_attn", "attention-out": "attn.c_proj"}
VIT = {"query": "attention.q_proj", "key": "attention.k_proj", "value": "attention.v_proj", "attention-out": "attention.o_proj"}

# folder, class, stack, what stands before a layer's number, modules by role, heads of queries, heads of keys
CASES = [
    ("gpt2/prefixed", AutoModelForCausalLM, "decoder", "transformer.h", GPT2, 4, 4),
    ("vit/oblong", AutoModelForImageClassification, "encoder", "vit.layers", VIT, 3, 3),
    ("marian/odd-sizes", AutoModelForSeq2SeqLM, "encoder", "model.encoder.layers", MARIAN, 3, 3),
    ("marian/odd-sizes", AutoModelForSeq2SeqLM, "decoder", "model.decoder.layers", {**MARIAN, **SOURCE}, 2, 2),
    ("gated/mistral", AutoModelForCausalLM, "decoder", "model.layers", CAUSAL, 4, 2),
    ("gated/olmo", AutoModelForCausalLM, "decoder", "model.layers", CAUSAL, 6, 3),
    ("gated/olmo2", AutoModelForCausalLM, "decoder", "model.layers", CAUSAL, 7, 7),
]
SPARSITY = 0.5


def run(model, given):
    """The model's pass -> which rows count, of the encoder's and of the decoder's."""
    if "pixels" in given:
        shape = [given[k] for k in ("rows", "channels", "height", "width")]
        pixels = torch.tensor(given["pixels"], dtype=torch.float64).reshape(shape)
        model(pixel_values=(pixels / 255 - 0.5) / 0.5)
        return slice(None), slice(None)
    if "sources" in given:
        pad = model.config.pad_token_id
        padded = lambda rows, fill: torch.tensor([r + [fill] * (max(map(len, rows)) - len(r)) for r in rows])
        mask = padded([[1] * len(s) for s in given["sources"]], 0)
        targets = padded([[1] * len(t) for t in given["targets"]], 0)
        shifted = [[model.config.decoder_start_token_id] + t[:-1] for t in given["targets"]]
        model(input_ids=padded(given["sources"], pad), attention_mask=mask, decoder_input_ids=padded(shifted, pad))
        return mask.flatten().bool().numpy(), targets.flatten().bool().numpy()
    model(torch.tensor(given["ids"]))
    return slice(None), slice(None)


def mask(method, scores):
    kept = np.ones(scores.shape, dtype=int)
    if method == "wanda":
        for row in range(len(kept)):
            kept[row, lowest(scores[row], int(scores.shape[1] * SPARSITY))] = 0
    else:
        kept.reshape(-1)[lowest(scores.reshape(-1), int(scores.size * SPARSITY))] = 0
    return "".join(map(str, kept.reshape(-1)))


def of_groups(role, scores, groups, parts):
    """A map's scores summed over what each group of heads has of it."""
    elements = scores.sum(0) if role.endswith("attention-out") else scores.sum(1)
    return elements.reshape(parts, groups, -1).sum((0, 2))


results = []
for folder, kind, stack, prefix, roles, heads, groups in CASES:
    model = kind.from_pretrained(f"../{folder}", dtype=torch.float64, attn_implementation="eager").eval()
    given = json.loads(pathlib.Path(f"../{folder}/expected.json").read_text())
    modules = dict(model.named_modules())
    layers = range(sum(f"{prefix}.{i}" in modules for i in range(99)))
    places = {(i, role): modules[f"{prefix}.{i}.{name}"] for i in layers for role, name in roles.items()}
    seen = {}
    for place, module in places.items():
        module.register_forward_pre_hook(
            lambda module, args, place=place: seen.__setitem__(place, args[0].reshape(-1, args[0].shape[-1]).numpy())
        )
    with torch.no_grad():
        encoder, decoder = run(model, given)
    of_encoder = ("source-key", "source-value")
    cases = {}
    for method in ("magnitude", "wanda", "obd"):
        masks, sums = {}, {}
        for (layer, role), module in places.items():
            weight = module.weight.data.numpy()
            weight = weight.T if isinstance(module, Conv1D) else weight
            x = seen[layer, role][encoder if stack == "encoder" or role in of_encoder else decoder]
            scores = score(method, weight, x)
            masks[f"{layer} {role}"] = mask(method, scores)
            sublayer = f"{layer} {'source' if role.startswith('source-') else 'self'}"
            parts = 3 if role == "query-key-value" else 1
            sums[sublayer] = sums.get(sublayer, 0) + of_groups(role, scores, groups, parts)
        kept = {s: sorted(set(range(groups)) - set(lowest(v, int(groups * SPARSITY)).tolist())) for s, v in sums.items()}
        cases[method] = {"masks": masks, "heads": kept}
    results.append({"checkpoint": folder, "stack": stack, "queries": heads, "groups": groups, "cases": cases})
pathlib.Path("attention.json").write_text(json.dumps(results, indent=1) + "\n")
