"""The demo models with their layers' linear maps in NF4, as bitsandbytes' default back end quantizes them: logits of the
first batch of the test split, and perplexity, accuracy and BLEU of its first examples.

Needs torch, transformers, bitsandbytes, datasets, pillow, sacrebleu and sentencepiece; run in this folder:
python generate.py ../../../../../environment
"""

import io
import json
import math
import pathlib
import sys
import types

# without its native code for CPUs, whose values for widths of 96 are others: the default back end does the work
sys.modules["bitsandbytes.backends.cpu.ops"] = types.ModuleType("bitsandbytes.backends.cpu.ops")

import pyarrow.parquet
import sacrebleu
import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit
from PIL import Image
from transformers import AutoModelForCausalLM, AutoModelForImageClassification, AutoModelForSeq2SeqLM, AutoTokenizer
from transformers.pytorch_utils import Conv1D

HOME = pathlib.Path(sys.argv[1])
CONTEXT = 256
WINDOWS = 12
IMAGES = 300
SENTENCES = 60


def maps(model):
    """The linear maps of the model's layers."""
    for name, module in model.named_modules():
        of_a_layer = any(part.isdigit() for part in name.split("."))
        if of_a_layer and isinstance(module, (torch.nn.Linear, Conv1D)):
            yield module


def quantized(model):
    """The model with the weights of its layers' linear maps as they come back from NF4, and the bytes that they take."""
    size = 0
    for module in maps(model):
        weight = module.weight.data  # a Conv1D's is [in, out]
        turned = weight.t().contiguous() if isinstance(module, Conv1D) else weight
        packed, state = quantize_4bit(turned, blocksize=64, compress_statistics=True, quant_type="nf4")
        values = dequantize_4bit(packed, state)
        module.weight.data = values.t().contiguous() if isinstance(module, Conv1D) else values
        size += packed.numel() + state.absmax.numel() + 4 * state.state2.absmax.numel() + 4
    return size


def logits(values):
    values = values.double()
    return {
        "shape": list(values.shape),
        "first16": values.flatten()[:16].tolist(),
        "mean": values.mean().item(),
        "std": values.std().item(),
    }


def novels(model):
    tokenizer = AutoTokenizer.from_pretrained(HOME / "models/gpt2-novels")
    ids = torch.tensor(tokenizer((HOME / "data/novels-test.txt").read_text()).input_ids)
    means = []
    for window in range(WINDOWS):
        start = window * CONTEXT // 2
        block = ids[start : start + CONTEXT][None]
        out = model(block).logits[0, :-1]
        losses = torch.nn.functional.cross_entropy(out, block[0, 1:], reduction="none")
        means.append((losses if window == 0 else losses[-CONTEXT // 2 :]).double().mean().item())
    return {"logits": logits(model(ids[:CONTEXT][None]).logits), "value": math.exp(sum(means) / WINDOWS)}


def digits(model):
    table = pyarrow.parquet.read_table(HOME / "data/digits-test.parquet").to_pylist()[:IMAGES]
    config = json.loads((HOME / "models/vit-digits/preprocessor_config.json").read_text())
    images = [Image.open(io.BytesIO(row["image"]["bytes"])) for row in table]
    pixels = torch.stack([torch.tensor(list(image.get_flattened_data()), dtype=torch.float32) for image in images])
    pixels = pixels.view(-1, 1, 28, 28) * config["rescale_factor"]
    pixels = (pixels - config["image_mean"][0]) / config["image_std"][0]
    scores = model(pixels).logits
    right = (scores.argmax(-1) == torch.tensor([row["label"] for row in table])).double().mean().item()
    return {"logits": logits(scores[:64]), "value": right}


def pairs(model):
    tokenizer = AutoTokenizer.from_pretrained(HOME / "models/opus-mt-tatoeba-zh-en")
    lines = (HOME / "data/tatoeba-test.tsv").read_text().splitlines()[:SENTENCES]
    sources, references = zip(*(line.split("\t")[:2] for line in lines))
    batch = tokenizer(list(sources[:32]), text_target=list(references[:32]), padding=True, return_tensors="pt")
    labels = batch.pop("labels")
    start = torch.full((32, 1), model.config.decoder_start_token_id)
    scores = model(**batch, decoder_input_ids=torch.cat([start, labels[:, :-1]], 1)).logits
    texts = []
    for first in range(0, SENTENCES, 20):
        made = model.generate(
            **tokenizer(list(sources[first : first + 20]), padding=True, return_tensors="pt"), num_beams=4, max_length=64
        )
        texts += tokenizer.batch_decode(made, skip_special_tokens=True)
    return {
        "logits": logits(scores),
        "value": sacrebleu.corpus_bleu(texts, [list(references)]).score,
        "texts": texts[:10],
    }


MODELS = {
    "gpt2-novels": (AutoModelForCausalLM, novels),
    "vit-digits": (AutoModelForImageClassification, digits),
    "opus-mt-tatoeba-zh-en": (AutoModelForSeq2SeqLM, pairs),
}


def measure(quantized):
    """By model, what comes of it as it is and with its maps replaced by `quantized`, which returns their bytes."""
    torch.set_num_threads(1)
    results = {}
    with torch.no_grad():
        for name, (kind, measured) in MODELS.items():
            model = kind.from_pretrained(HOME / "models" / name, dtype=torch.float32).eval()
            plain = measured(model)
            results[name] = {"bytesOfMaps": quantized(model), **measured(model), "plain": plain}
    return results


if __name__ == "__main__":
    pathlib.Path("expected.json").write_text(json.dumps(measure(quantized), indent=1) + "\n")
