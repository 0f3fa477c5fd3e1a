"""What merged FF sublayers become, worked out by numpy in float64 from definitions: the regression mean as a least-squares
solution, the weighted mean, factors and remainders of the plain mean. Of the checkpoints in ../gpt2, ../vit, ../marian and
../gated with the inputs that their expected.json have.

Needs torch, transformers and numpy; run in this folder: python generate.py
"""

import json
import pathlib

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoModelForImageClassification, AutoModelForSeq2SeqLM
from transformers.pytorch_utils import Conv1D

CASES = {
    "gpt2": ("gpt2/prefixed", AutoModelForCausalLM, "decoder", [0, 2]),
    "vit": ("vit/oblong", AutoModelForImageClassification, "encoder", [0, 1]),
    "marian": ("marian/odd-sizes", AutoModelForSeq2SeqLM, "encoder", [0, 1, 2]),
    "llama": ("gated/llama-old-hub", AutoModelForCausalLM, "decoder", [0, 1]),
    "olmo2": ("gated/olmo2", AutoModelForCausalLM, "decoder", [0, 1]),
}
RIDGE = 0.01
RANK = 2


def numbers(array):
    return [float(f"{x:.9g}") for x in np.asarray(array).flatten()]


def sublayers(model):
    if hasattr(model, "transformer"):
        return [(h.mlp.c_fc, None, h.mlp.c_proj, h.mlp.act) for h in model.transformer.h]
    if hasattr(model, "vit"):
        return [(layer.mlp.fc1, None, layer.mlp.fc2, layer.mlp.activation_fn) for layer in model.vit.layers]
    if hasattr(model.model, "encoder"):
        return [(layer.fc1, None, layer.fc2, layer.activation_fn) for layer in model.model.encoder.layers]
    return [(layer.mlp.up_proj, layer.mlp.gate_proj, layer.mlp.down_proj, layer.mlp.act_fn)
            for layer in model.model.layers]


def run(model, given):
    """The model's pass, and which rows of its batch count."""
    if "pixels" in given:
        shape = [given[k] for k in ("rows", "channels", "height", "width")]
        pixels = torch.tensor(given["pixels"], dtype=torch.float64).reshape(shape)
        model(pixel_values=(pixels / 255 - 0.5) / 0.5)
        return None
    if "sources" in given:
        length = max(len(s) for s in given["sources"])
        pad = model.config.pad_token_id
        ids = torch.tensor([s + [pad] * (length - len(s)) for s in given["sources"]])
        mask = torch.tensor([[1] * len(s) + [0] * (length - len(s)) for s in given["sources"]])
        model.get_encoder()(input_ids=ids, attention_mask=mask)
        return mask.flatten().bool().numpy()
    model(torch.tensor(given["ids"]))
    return None


class Map:
    """A linear map as W [out, in] and b [out] or None."""

    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias

    @staticmethod
    def of(module):
        weight = module.weight.detach().numpy()
        return Map(weight.T if isinstance(module, Conv1D) else weight,
                   None if module.bias is None else module.bias.detach().numpy())

    def __call__(self, x):
        return x @ self.weight.T + (0 if self.bias is None else self.bias)

    def units_first(self, order):
        return Map(self.weight[order], None if self.bias is None else self.bias[order])

    def units_last(self, order):
        return Map(self.weight[:, order], self.bias)


class Sublayer:
    def __init__(self, up, gate, down, activation):
        self.up, self.gate, self.down, self.activation = up, gate, down, activation

    def units(self, x):
        def activated(values):
            return self.activation(torch.tensor(values)).numpy()
        return activated(self.up(x)) if self.gate is None else activated(self.gate(x)) * self.up(x)

    def __call__(self, x):
        return self.down(self.units(x))

    def ordered(self, order):
        return Sublayer(self.up.units_first(order), self.gate and self.gate.units_first(order),
                        self.down.units_last(order), self.activation)

    def maps(self):
        return {role: m for role, m in (("up", self.up), ("gate", self.gate), ("down", self.down)) if m is not None}


def mean(maps, shares=None, axis=0):
    """Weighted over units, which are rows (axis 0) or columns (axis 1) of the maps."""
    if shares is None:
        shares = [np.full(m.weight.shape[axis], 1 / len(maps)) for m in maps]
    weight = sum(m.weight * (s[:, None] if axis == 0 else s) for m, s in zip(maps, shares))
    if maps[0].bias is None:
        return Map(weight, None)
    if axis == 0:
        return Map(weight, sum(m.bias * s for m, s in zip(maps, shares)))
    return Map(weight, sum(m.bias for m in maps) / len(maps))


def fitted(xs, ys, plain, ridge):
    """min Σ ‖X Wᵀ + b − Y‖² / rows + λ ‖W − W̄‖² by least squares; of many solutions the nearest to W̄."""
    inputs = xs[0].shape[1]
    share = [1 / np.sqrt(len(x)) for x in xs]
    strength = np.sqrt(ridge * np.mean(sum((x ** 2).mean(0) for x in xs)))
    left = np.concatenate([s * x for s, x in zip(share, xs)] + [strength * np.eye(inputs)])
    right = np.concatenate(
        [s * (y - plain(x)) for s, x, y in zip(share, xs, ys)] + [np.zeros((inputs, ys[0].shape[1]))])
    if plain.bias is not None:
        ones = np.concatenate([np.full((len(x), 1), s) for s, x in zip(share, xs)] + [np.zeros((inputs, 1))])
        left = np.concatenate([left, ones], 1)
    # what is below counts as rounding of float32 weights
    added = np.linalg.lstsq(left, right, rcond=1e-6 if ridge == 0 else None)[0].T
    return Map(plain.weight + added[:, :inputs],
               None if plain.bias is None else plain.bias + added[:, inputs])


def regression(originals, ordered, xs, ridge):
    plain = {role: mean([s.maps()[role] for s in ordered], axis=1 if role == "down" else 0)
             for role in ordered[0].maps()}
    made = {role: fitted(xs, [s.maps()[role](x) for s, x in zip(ordered, xs)], plain[role], ridge)
            for role in plain if role != "down"}
    together = Sublayer(made["up"], made.get("gate"), plain["down"], ordered[0].activation)
    down = fitted([together.units(x) for x in xs], [s(x) for s, x in zip(originals, xs)], plain["down"], ridge)
    return Sublayer(made["up"], made.get("gate"), down, ordered[0].activation)


def weighted(ordered, xs):
    added = [(s.units(x) ** 2).mean(0) * (s.down.weight ** 2).sum(0) for s, x in zip(ordered, xs)]
    total = sum(added)
    shares = [np.where(total > 0, a / np.where(total > 0, total, 1), 1 / len(added)) for a in added]
    return {role: mean([s.maps()[role] for s in ordered], shares, 1 if role == "down" else 0)
            for role in ordered[0].maps()}


def remainder(lost, inputs):
    moments = inputs.T @ inputs / len(inputs)
    values, vectors = np.linalg.eigh(moments)
    taken = values > 1e-10 * values[-1]
    root = np.where(taken, np.sqrt(np.maximum(values, 0)), 0)
    inverse = np.where(taken, 1 / np.where(taken, root, 1), 0)
    u, s, v = np.linalg.svd(lost @ vectors @ np.diag(root) @ vectors.T)
    return (u[:, :RANK] * s[:RANK]) @ v[:RANK] @ vectors @ np.diag(inverse) @ vectors.T


def values(maps):
    return {role: {"weight": numbers(m.weight), **({} if m.bias is None else {"bias": numbers(m.bias)})}
            for role, m in maps.items()}


def case(name, folder, auto, stack, layers):
    given = json.loads((pathlib.Path("..") / folder / "expected.json").read_text())
    model = auto.from_pretrained(pathlib.Path("..") / folder, attn_implementation="eager").double().eval()
    modules = sublayers(model)
    seen = {}
    for layer in layers:
        modules[layer][0].register_forward_pre_hook(
            lambda module, inputs, layer=layer: seen.__setitem__(layer, inputs[0].detach().numpy()))
    with torch.no_grad():
        counting = run(model, given)
    xs = [seen[layer].reshape(-1, seen[layer].shape[-1]) for layer in layers]
    xs = [x if counting is None else x[counting] for x in xs]
    originals = [Sublayer(Map.of(up), gate and Map.of(gate), Map.of(down), act)
                 for up, gate, down, act in (modules[layer] for layer in layers)]
    generator = np.random.default_rng(0)
    width = originals[0].up.weight.shape[0]
    orders = [np.arange(width)] + [generator.permutation(width) for _ in layers[1:]]
    with torch.no_grad():
        ordered = [s.ordered(o) for s, o in zip(originals, orders)]
        plain = {role: mean([s.maps()[role] for s in ordered], axis=1 if role == "down" else 0)
                 for role in ordered[0].maps()}
        merged = Sublayer(plain["up"], plain.get("gate"), plain["down"], ordered[0].activation)
        wanted = [s(x) for s, x in zip(originals, xs)]
        factors = [(y * merged(x)).sum(0) / (merged(x) ** 2).sum(0) for x, y in zip(xs, wanted)]
        remainders = [
            {role: numbers(remainder(s.maps()[role].weight - plain[role].weight, s.units(x) if role == "down" else x))
             for role in plain}
            for s, x in zip(ordered, xs)]
        stacked = [np.concatenate([s.up.weight] + ([] if s.gate is None else [s.gate.weight]) + [s.down.weight.T], 1)
                   for s in originals]
        return {
            "checkpoint": folder, "stack": stack, "layers": layers, "rows": len(xs[0]),
            "orders": [o.tolist() for o in orders],
            "inputs": [float(f"{np.abs(x).sum():.9g}") for x in xs],
            "regression": values(regression(originals, ordered, xs, RIDGE).maps()),
            "regressionWithoutRidge": values(regression(originals, ordered, xs, 0).maps()),
            "weighted": values(weighted(ordered, xs)),
            "factors": [numbers(f) for f in factors],
            "rank": RANK, "remainders": remainders,
            "unitProducts": numbers(stacked[0] @ stacked[1].T),
        }


for name, (folder, auto, stack, layers) in CASES.items():
    made = case(name, folder, auto, stack, layers)
    pathlib.Path(f"{name}.json").write_text(json.dumps(made) + "\n")
    print(name, made["rows"], "rows", made["inputs"])
