"""What merged attention sublayers become, worked out by numpy and scipy in float64 from the definition: the correlations of
all heads' outputs before the output projection, the sum of those of corresponding dimensions for each pair of heads (of
groups of heads, where they share keys and values), the best assignment, the mean of the maps in that order. And what
transformers then makes of the model. Of the checkpoints in ../gpt2, ../vit, ../marian and ../gated with the inputs that
their expected.json have.

Needs torch, transformers, numpy and scipy; run in this folder: python generate.py
"""

import json
import pathlib

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from transformers import AutoModelForCausalLM, AutoModelForImageClassification, AutoModelForSeq2SeqLM

# folder, class, stack, layers, heads of queries, heads of keys
CASES = {
    "gpt2": ("gpt2/prefixed", AutoModelForCausalLM, "decoder", [0, 2], 4, 4),
    "vit": ("vit/oblong", AutoModelForImageClassification, "encoder", [0, 1], 3, 3),
    "marian-encoder": ("marian/odd-sizes", AutoModelForSeq2SeqLM, "encoder", [0, 1, 2], 3, 3),
    "marian-decoder": ("marian/odd-sizes", AutoModelForSeq2SeqLM, "decoder", [0, 1], 2, 2),
    "mistral": ("gated/mistral", AutoModelForCausalLM, "decoder", [0, 1], 4, 2),
    "olmo": ("gated/olmo", AutoModelForCausalLM, "decoder", [0, 1, 2], 6, 3),
    "olmo2": ("gated/olmo2", AutoModelForCausalLM, "decoder", [0, 1], 7, 7),
}


def numbers(array):
    return [float(f"{x:.9g}") for x in np.asarray(array).flatten()]


def prefix(case, layer):
    """What stands before the names of an attention sublayer's modules."""
    if case == "gpt2":
        return f"transformer.h.{layer}.attn."
    if case == "vit":
        return f"vit.layers.{layer}.attention."
    if case.startswith("marian"):
        return f"model.{case.removeprefix('marian-')}.layers.{layer}.self_attn."
    return f"model.layers.{layer}.self_attn."


def run(model, given, stack):
    """The model's pass -> its scores of what counts, and which rows of its batch count."""
    if "pixels" in given:
        shape = [given[k] for k in ("rows", "channels", "height", "width")]
        pixels = torch.tensor(given["pixels"], dtype=torch.float64).reshape(shape)
        return model(pixel_values=(pixels / 255 - 0.5) / 0.5).logits, None
    if "sources" in given:
        pad = model.config.pad_token_id
        padded = lambda rows, fill: torch.tensor([r + [fill] * (max(map(len, rows)) - len(r)) for r in rows])
        mask = padded([[1] * len(s) for s in given["sources"]], 0)
        targets = padded([[1] * len(t) for t in given["targets"]], 0)
        shifted = [[model.config.decoder_start_token_id] + t[:-1] for t in given["targets"]]
        out = model(input_ids=padded(given["sources"], pad), attention_mask=mask, decoder_input_ids=padded(shifted, pad))
        counts = mask if stack == "encoder" else targets
        return out.logits[targets.bool()], counts.flatten().bool().numpy()
    return model(torch.tensor(given["ids"])).logits, None


def correlations(x, y):
    x, y = x - x.mean(0), y - y.mean(0)
    return (x.T @ y / len(x)) / np.maximum(np.outer(x.std(0), y.std(0)), 1e-7)


for case, (folder, kind, stack, layers, heads, groups) in CASES.items():
    model = kind.from_pretrained(f"../{folder}", dtype=torch.float64, attn_implementation="eager").eval()
    given = json.loads(pathlib.Path(f"../{folder}/expected.json").read_text())
    modules = dict(model.named_modules())
    out = next(n for n in ("c_proj", "o_proj", "out_proj") if prefix(case, 0) + n in modules)
    seen = {}
    hooks = [
        modules[prefix(case, layer) + out].register_forward_pre_hook(
            lambda module, args, layer=layer: seen.__setitem__(layer, args[0].detach().reshape(-1, args[0].shape[-1]).numpy())
        )
        for layer in layers
    ]
    with torch.no_grad():
        scores, counts = run(model, given, stack)
    for hook in hooks:
        hook.remove()
    rows = {layer: x if counts is None else x[counts] for layer, x in seen.items()}
    width = rows[0].shape[1] // heads
    length = width * (heads // groups)  # of a group's queries
    orders, matched = [], []
    for layer in layers:
        c = correlations(rows[layers[0]], rows[layer])
        pairs = np.array([[np.trace(c[a * length:(a + 1) * length, b * length:(b + 1) * length]) for b in range(groups)]
                          for a in range(groups)])
        order = list(range(groups)) if layer == layers[0] else linear_sum_assignment(pairs, maximize=True)[1].tolist()
        orders.append(order)
        matched.append(sum(pairs[g, order[g]] for g in range(groups)))

    # the maps in order, averaged and put into all places; GPT-2's are [in, out], its queries, keys and values in one
    state = model.state_dict()

    def ordered(name, layer, order):
        values = state[prefix(case, layer) + name].numpy()
        of_out = name.startswith(out)
        if of_out and name.endswith("bias"):
            return values
        if case == "gpt2":
            axis = 0 if of_out or values.ndim == 1 else 1
        else:
            axis = 1 if of_out else 0
        parts = 3 if case == "gpt2" and not of_out else 1
        blocks = np.split(values, parts * groups, axis=axis)
        return np.concatenate([blocks[p * groups + g] for p in range(parts) for g in order], axis=axis)

    names = [n.removeprefix(prefix(case, 0)) for n in state if n.startswith(prefix(case, 0))]
    maps = [n for n in names if "norm" not in n]
    means = {n: np.mean([ordered(n, layer, order) for layer, order in zip(layers, orders)], axis=0) for n in maps}
    changed = {prefix(case, layer) + n: torch.tensor(means[n]) for n in maps for layer in layers}
    for layer, order in zip(layers, orders):
        for n in names:
            if "norm" in n:
                changed[prefix(case, layer) + n] = torch.tensor(ordered(n, layer, order))
    state.update(changed)
    model.load_state_dict(state)
    with torch.no_grad():
        merged, _ = run(model, given, stack)
    pathlib.Path(f"{case}.json").write_text(json.dumps({
        "checkpoint": folder,
        "stack": stack,
        "layers": layers,
        "orders": orders,
        "matched": numbers(matched),
        "before": numbers(scores),
        "after": numbers(merged),
    }, indent=None) + "\n")
    print(case, orders, matched, float((scores - merged).abs().max()))
