"""The Python side of `environment/ffmerge bench`: torch, transformers and scipy doing the same work as BenchWorker.

    worker.py [DEVICE]

On a GPU (`cuda`) models go through torch.compile.
"""

import copy
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import transformers
from scipy.optimize import linear_sum_assignment
from transformers import (
    AutoModelForCausalLM,
    AutoModelForImageClassification,
    AutoTokenizer,
    MarianMTModel,
    MarianTokenizer,
)

transformers.logging.set_verbosity_error()
TUNED_STEPS = 5
TOKENS = 4096  # of a batch when perplexity is measured, as ours
DEVICE = "cpu"

models, texts, matrices = {}, {}, {}


def model_of(request):
    folder = request["model"]
    if folder not in models:
        models[folder] = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval().to(DEVICE)
    return models[folder]


def compiled(model):
    """As it is on a CPU, where compiling takes longer than it spares."""
    return torch.compile(model) if DEVICE.startswith("cuda") else model


def tokens_of(request, split):
    key = request["model"], split
    if key not in texts:
        text = (Path(request["data"]) / f"novels-{split}.txt").read_text(encoding="utf-8")
        texts[key] = torch.tensor(AutoTokenizer.from_pretrained(request["model"])(text).input_ids).to(DEVICE)
    return texts[key]


def random_ids(request, model):
    return torch.randint(0, model.config.vocab_size, (request["rows"], request["length"]), device=DEVICE)


@torch.no_grad()
def forward(request):
    model = compiled(model_of(request))
    ids = random_ids(request, model)
    start = time.perf_counter()
    model(ids, labels=ids).loss.item()
    return time.perf_counter() - start


def train(request):
    model = compiled(copy.deepcopy(model_of(request)).train())
    ids = random_ids(request, model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)
    times = []
    for _ in range(TUNED_STEPS + 1):
        loss = model(ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        loss.item()
        times.append(time.perf_counter())
    return (times[TUNED_STEPS - 1] - times[0]) / (TUNED_STEPS - 1)


@torch.no_grad()
def record(model, ids, layers, module):
    """Outputs of a module of some layers over the first 10,000 tokens."""
    values = {layer: [] for layer in layers}
    hooks = [
        module(model.transformer.h[layer]).register_forward_hook(
            lambda _, __, output, layer=layer: values[layer].append(output.reshape(-1, output.shape[-1])))
        for layer in layers
    ]
    context = model.config.n_positions
    blocks = ids[: -(-10_000 // context) * context].view(-1, context)
    for rows in blocks.split(2048 // context):
        model.transformer(rows)
    for hook in hooks:
        hook.remove()
    return {layer: torch.cat(rows)[:10_000] for layer, rows in values.items()}


def up(layer):
    return layer.mlp.c_fc


def correlations(values, pairs):
    standard = {}
    for layer, x in values.items():
        x = x - x.mean(0)
        standard[layer] = x / x.square().mean(0).sqrt().clamp(min=1e-7)
    return {(a, b): standard[a].T @ standard[b] / len(standard[a]) for a, b in pairs}


def window_pairs(layers, length):
    return [(s, l) for s in range(layers - length + 1) for l in range(s + 1, s + length)]


def capture(request):
    model = model_of(request)
    ids = tokens_of(request, "validation")
    layers = len(model.transformer.h)
    start = time.perf_counter()
    values = record(model, ids, range(layers), up)
    found = correlations(values, window_pairs(layers, request["length"]))
    next(iter(found.values())).sum().item()  # waits for a GPU
    return time.perf_counter() - start


def assignment(request):
    file, n = request["matrix"], request["n"]
    if file not in matrices:
        matrices[file] = np.fromfile(file, np.float32).reshape(n, n)
    start = time.perf_counter()
    linear_sum_assignment(matrices[file], maximize=True)
    return time.perf_counter() - start


def cka(request):
    model = model_of(request)
    ids = tokens_of(request, "validation")
    layers = len(model.transformer.h)
    start = time.perf_counter()
    values = record(model, ids, range(layers), lambda layer: layer.mlp.c_proj)
    centred = [values[layer] - values[layer].mean(0) for layer in range(layers)]
    norms = [torch.linalg.norm(x.T @ x) for x in centred]
    for i in range(layers):
        for j in range(i + 1, layers):
            (torch.linalg.norm(centred[i].T @ centred[j]).square() / (norms[i] * norms[j])).item()
    return time.perf_counter() - start


@torch.no_grad()
def perplexity(model, ids, limit):
    """Overlapping windows of the context, half a context apart, batched; the mean of the windows' mean losses."""
    context = model.config.n_positions
    stride = context // 2
    starts = list(range(0, len(ids) - context + 1, stride))[:limit]
    losses = []
    for batch in np.array_split(starts, -(-len(starts) * context // TOKENS)):
        rows = torch.stack([ids[s : s + context] for s in batch])
        logits = model(rows).logits[:, stride - 1 : -1]
        targets = rows[:, stride:]
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), reduction="none")
        losses.append(loss.view(len(rows), -1).mean(1))
    return torch.cat(losses).mean().exp().item()


@torch.no_grad()
def merged(model, first, length, matches):
    """A copy of the model whose window of FF sublayers is averaged into one and shared."""
    model = copy.deepcopy(model)
    window = [model.transformer.h[layer].mlp for layer in range(first, first + length)]
    sums = [p.clone() for p in window[0].state_dict().values()]
    for layer in range(first + 1, first + length):
        order = torch.as_tensor(matches[layer])
        w_in, b_in, w_out, b_out = model.transformer.h[layer].mlp.state_dict().values()
        for total, part in zip(sums, (w_in[:, order], b_in[order], w_out[order], b_out)):
            total += part
    for target, total in zip(window[0].state_dict().values(), sums):
        target.copy_(total / length)
    for layer in range(first + 1, first + length):
        model.transformer.h[layer].mlp = window[0]
    return model


def sweep(request):
    """Every window by itself: a forward pass for its activations, its assignments, a whole evaluation."""
    model = model_of(request)
    ids = tokens_of(request, "validation")
    layers, length = len(model.transformer.h), request["length"]
    start = time.perf_counter()
    for first in range(layers - length + 1):
        window = range(first, first + length)
        values = record(model, ids, window, up)
        found = correlations(values, [(first, layer) for layer in window[1:]])
        matches = {layer: linear_sum_assignment(c.cpu().numpy(), maximize=True)[1] for (_, layer), c in found.items()}
        perplexity(merged(model, first, length, matches), ids, request["limit"])
    perplexity(model, ids, request["limit"])
    return time.perf_counter() - start


def evaluate(request):
    model = model_of(request)
    ids = tokens_of(request, "validation")
    start = time.perf_counter()
    perplexity(model, ids, request["limit"])
    return time.perf_counter() - start


@torch.no_grad()
def images(request):
    folder = request["model"]
    if folder not in models:
        models[folder] = compiled(
            AutoModelForImageClassification.from_pretrained(folder, dtype=torch.float32).eval().to(DEVICE))
    config = models[folder].config
    pixels = torch.rand(request["rows"], config.num_channels, config.image_size, config.image_size, device=DEVICE) * 2 - 1
    start = time.perf_counter()
    models[folder](pixels).logits.cpu().numpy()
    return time.perf_counter() - start


@torch.no_grad()
def translate(request):
    """Sentences sorted by their length in tokens, as ours are, so that a batch holds little padding."""
    folder = request["model"]
    if folder not in models:
        models[folder] = MarianMTModel.from_pretrained(folder, dtype=torch.float32).eval().to(DEVICE)
        texts[folder] = MarianTokenizer.from_pretrained(folder)
    tokenizer = texts[folder]
    lines = (Path(request["data"]) / "tatoeba-test.tsv").read_text(encoding="utf-8").splitlines()[: request["limit"]]
    sources = sorted((line.split("\t")[0] for line in lines), key=lambda s: len(tokenizer(s).input_ids))
    start = time.perf_counter()
    for i in range(0, len(sources), request["rows"]):
        batch = tokenizer(sources[i : i + request["rows"]], return_tensors="pt", padding=True).to(DEVICE)
        made = models[folder].generate(**batch, num_beams=request["beams"], max_length=request["longest"])
        tokenizer.batch_decode(made, skip_special_tokens=True)
    return time.perf_counter() - start


BENCHES = {
    "forward": forward,
    "train": train,
    "capture": capture,
    "assignment": assignment,
    "cka": cka,
    "sweep": sweep,
    "eval": evaluate,
    "images": images,
    "translate": translate,
}

if __name__ == "__main__":
    DEVICE = sys.argv[1] if len(sys.argv) > 1 else DEVICE
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"seconds": BENCHES[request["bench"]](request)}), flush=True)
