"""By what windows of layers can be chosen, worked out with numpy, scipy and transformers from the definitions: Block Influence,
angular distances, the loss added when one FF sublayer takes another's place, the cosine of best matched weights; Spearman's
correlation and complete-link clusters. Of the checkpoints in ../gpt2, ../vit, ../marian and ../gated with the inputs that
their expected.json have.

Needs torch, transformers, numpy and scipy; run in this folder: python generate.py
"""

import json
import pathlib

import numpy as np
import torch
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import squareform
from scipy.stats import spearmanr
from transformers import AutoModelForCausalLM, AutoModelForImageClassification, AutoModelForSeq2SeqLM

# folder, class, stack, prefix of layers, FF tensors: what makes units, what reads them
CASES = {
    "gpt2": ("gpt2/prefixed", AutoModelForCausalLM, "decoder", "transformer.h.", ["mlp.c_fc"], "mlp.c_proj"),
    "vit": ("vit/oblong", AutoModelForImageClassification, "encoder", "vit.layers.", ["mlp.fc1"], "mlp.fc2"),
    "marian-encoder": ("marian/odd-sizes", AutoModelForSeq2SeqLM, "encoder", "model.encoder.layers.", ["fc1"], "fc2"),
    "marian-decoder": ("marian/odd-sizes", AutoModelForSeq2SeqLM, "decoder", "model.decoder.layers.", ["fc1"], "fc2"),
    "olmo": ("gated/olmo", AutoModelForCausalLM, "decoder", "model.layers.", ["mlp.up_proj", "mlp.gate_proj"],
             "mlp.down_proj"),
}


def numbers(array):
    return [float(f"{x:.9g}") for x in np.asarray(array).flatten()]


def run(model, given, stack):
    """The model's pass -> its mean loss, and which rows of the stack count."""
    cross_entropy = torch.nn.functional.cross_entropy
    if "pixels" in given:
        shape = [given[k] for k in ("rows", "channels", "height", "width")]
        pixels = torch.tensor(given["pixels"], dtype=torch.float64).reshape(shape)
        return cross_entropy(model(pixel_values=(pixels / 255 - 0.5) / 0.5).logits, torch.tensor(given["labels"])), None
    if "sources" in given:
        pad = model.config.pad_token_id
        padded = lambda rows, fill: torch.tensor([r + [fill] * (max(map(len, rows)) - len(r)) for r in rows])
        mask = padded([[1] * len(s) for s in given["sources"]], 0)
        targets = padded(given["targets"], -100)
        shifted = [[model.config.decoder_start_token_id] + t[:-1] for t in given["targets"]]
        out = model(input_ids=padded(given["sources"], pad), attention_mask=mask, decoder_input_ids=padded(shifted, pad))
        counts = mask if stack == "encoder" else (targets != -100)
        return cross_entropy(out.logits.flatten(0, 1), targets.flatten()), counts.flatten().bool().numpy()
    ids = torch.tensor(given["ids"])
    return cross_entropy(model(ids).logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten()), None


results = {}
for case, (folder, kind, stack, prefix, makes, reads) in CASES.items():
    model = kind.from_pretrained(f"../{folder}", dtype=torch.float64, attn_implementation="eager").eval()
    given = json.loads(pathlib.Path(f"../{folder}/expected.json").read_text())
    modules = dict(model.named_modules())
    layers = sum(1 for n in modules if n.startswith(prefix) and n.removeprefix(prefix).isdigit())
    entering, leaving = {}, {}

    def watch(module, args, kwargs, out, layer):
        entering[layer] = (args[0] if args else kwargs["hidden_states"]).detach()
        leaving[layer] = (out[0] if isinstance(out, tuple) else out).detach()

    hooks = [
        modules[f"{prefix}{i}"].register_forward_hook(
            lambda m, a, k, o, i=i: watch(m, a, k, o, i), with_kwargs=True)
        for i in range(layers)
    ]
    with torch.no_grad():
        unchanged, counts = run(model, given, stack)
    for hook in hooks:
        hook.remove()

    def rows(values):
        flat = values.reshape(-1, values.shape[-1]).numpy()
        return flat if counts is None else flat[counts]

    def cosines(x, y):
        return (x * y).sum(1) / (np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1))

    influence = [1 - cosines(rows(entering[i]), rows(leaving[i])).mean() for i in range(layers)]
    distance = [[np.arccos(np.clip(cosines(rows(entering[i]), rows(leaving[j])), -1, 1)).mean() / np.pi if i <= j else 0
                 for j in range(layers)] for i in range(layers)]

    state = {k: v.clone() for k, v in model.state_dict().items()}
    replacement = np.zeros((layers, layers))
    for i in range(layers):
        for j in range(layers):
            changed = dict(state)
            for name in state:
                for map_name in makes + [reads]:
                    if name.startswith(f"{prefix}{i}.{map_name}."):
                        changed[name] = state[name.replace(f"{prefix}{i}.", f"{prefix}{j}.")]
            model.load_state_dict(changed)
            with torch.no_grad():
                replacement[i, j] = float(run(model, given, stack)[0] - unchanged)

    def units(layer):
        weight = lambda name: state[f"{prefix}{layer}.{name}.weight"].numpy()
        turned = case == "gpt2"
        parts = [weight(n).T if turned else weight(n) for n in makes]
        return np.concatenate(parts + [weight(reads) if turned else weight(reads).T], axis=1)

    weights = np.ones((layers, layers))
    for i in range(layers):
        for j in range(layers):
            products = units(i) @ units(j).T
            a, b = linear_sum_assignment(products, maximize=True)
            weights[i, j] = products[a, b].sum() / (np.linalg.norm(units(i)) * np.linalg.norm(units(j)))
    results[case] = {
        "checkpoint": folder,
        "stack": stack,
        "influence": numbers(influence),
        "distance": [numbers(row) for row in distance],
        "replacement": [numbers(row) for row in replacement],
        "weights": [numbers(row) for row in weights],
    }
    print(case, numbers(influence), float(unchanged))

random = np.random.default_rng(5)
ranks = []
for n, ties in [(5, False), (9, True), (30, False), (12, True)]:
    x, y = random.normal(size=n), random.normal(size=n)
    if ties:
        x, y = np.round(x), np.round(y)
    ranks.append({"x": numbers(x), "y": numbers(y), "spearman": float(spearmanr(x, y).statistic)})

clusters = []
for n, joins in [(5, 2), (8, 3), (8, 5), (12, 6)]:
    similarity = random.uniform(size=(n, n))
    similarity = (similarity + similarity.T) / 2
    np.fill_diagonal(similarity, 1)
    labels = fcluster(linkage(squareform(1 - similarity, checks=False), "complete"), n - joins, "maxclust")
    groups = sorted(sorted(np.flatnonzero(labels == label).tolist()) for label in set(labels))
    clusters.append({"similarity": [numbers(row) for row in similarity], "joins": joins, "groups": groups})

pathlib.Path("expected.json").write_text(
    json.dumps({"cases": results, "ranks": ranks, "clusters": clusters}) + "\n")
