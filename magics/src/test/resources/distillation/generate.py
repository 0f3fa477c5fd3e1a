"""A student's loss and gradients with a teacher, by torch and transformers:

    (1 - W) * CE + W * T^2 * KL(softmax(teacher / T) || softmax(student / T)),

both means over what is predicted. First of plain logits, then through the small checkpoints of ../gpt2, ../gated, ../vit and
../marian with the inputs that their expected.json have; the teacher says 3 * sin(0.7 i) at place i of its scores, counted
over the whole array.

Needs torch and transformers; run in this folder: python generate.py
"""

import json
import pathlib

import torch
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, AutoModelForImageClassification, AutoModelForSeq2SeqLM

NONE = -100
SETTINGS = [(1.0, 0.0), (1.0, 1.0), (2.0, 0.5), (4.0, 0.9), (0.5, 0.25)]
MODELS = {
    "gpt2/prefixed": (AutoModelForCausalLM, 0.0),
    "gated/llama-shared-keys": (AutoModelForCausalLM, 0.0),
    "vit/oblong": (AutoModelForImageClassification, 0.0),
    "marian/odd-sizes": (AutoModelForSeq2SeqLM, 0.1),
}


def distilled(student, targets, teacher, temperature, weight, smoothing):
    hard = F.cross_entropy(student, targets, ignore_index=NONE, label_smoothing=smoothing)
    asked = targets != NONE
    soft = F.kl_div(F.log_softmax(student[asked] / temperature, -1), F.softmax(teacher[asked] / temperature, -1),
                    reduction="batchmean")
    return (1 - weight) * hard + weight * temperature**2 * soft


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


def plain():
    torch.manual_seed(0)
    cases = []
    for temperature, weight in SETTINGS:
        for smoothing in (0.0, 0.1):
            logits = (3 * torch.randn(6, 5)).double().requires_grad_()
            teacher = (3 * torch.randn(6, 5)).double()
            targets = torch.tensor([0, 4, NONE, 2, NONE, 1])
            loss = distilled(logits, targets, teacher, temperature, weight, smoothing)
            loss.backward()
            cases.append({
                "temperature": temperature, "weight": weight, "smoothing": smoothing,
                "logits": numbers(logits), "teacher": numbers(teacher), "targets": targets.tolist(),
                "loss": loss.item(), "gradient": numbers(logits.grad),
            })
    return cases


def scores(model, given):
    """The student's scores and targets of its predictions, one a row; and the shape that a teacher's scores have."""
    if "pixels" in given:
        shape = [given[k] for k in ("rows", "channels", "height", "width")]
        pixels = torch.tensor(given["pixels"], dtype=torch.float32).reshape(shape)
        logits = model(pixel_values=(pixels / 255 - 0.5) / 0.5).logits
        return logits, torch.tensor(given["labels"]), logits.shape
    if "sources" in given:
        pad = model.config.pad_token_id
        ids, mask = padded(given["sources"], pad)
        targets, _ = padded(given["targets"], NONE)
        logits = model(input_ids=ids, attention_mask=mask, labels=targets).logits
        return logits, targets, logits.shape
    ids = torch.tensor(given["ids"])
    logits = model(ids).logits
    return logits[:, :-1], ids[:, 1:], logits.shape


def padded(rows, value):
    length = max(len(r) for r in rows)
    return (torch.tensor([r + [value] * (length - len(r)) for r in rows]),
            torch.tensor([[1] * len(r) + [0] * (length - len(r)) for r in rows]))


def through(name, kind, smoothing):
    folder = pathlib.Path("..") / name
    given = json.loads((folder / "expected.json").read_text())
    model = kind.from_pretrained(folder, attn_implementation="eager").eval()
    logits, targets, shape = scores(model, given)
    teacher = (3 * torch.sin(0.7 * torch.arange(shape.numel(), dtype=torch.float64))).float().reshape(shape)
    teacher = teacher[:, :-1] if teacher.dim() == 3 and "ids" in given else teacher
    rows = lambda x: x.reshape(-1, x.shape[-1])
    loss = distilled(rows(logits), targets.reshape(-1), rows(teacher), 2.0, 0.5, smoothing)
    loss.backward()
    parameters = dict(model.named_parameters())
    wanted = [n for n in given["gradients"] if n in parameters][:4]
    return {"temperature": 2.0, "weight": 0.5, "smoothing": smoothing, "loss": loss.item(),
            "gradients": {n: numbers(parameters[n].grad) for n in wanted}}


models = {name: through(name, kind, smoothing) for name, (kind, smoothing) in MODELS.items()}
text = json.dumps({"plain": plain(), "models": models})
pathlib.Path("cases.json").write_text(text + "\n")
