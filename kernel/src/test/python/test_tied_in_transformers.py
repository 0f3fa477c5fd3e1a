"""
What `save` writes, in the hands of transformers: one tensor a tie, the same logits, and never random weights. Needs PyTorch
and transformers, which `environment/ffmerge bench` installs; FFMERGE_TRANSFORMERS_PYTHON names another Python that has them.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from conftest import REPOSITORY

PYTHON = Path(os.environ.get("FFMERGE_TRANSFORMERS_PYTHON", REPOSITORY / ".bench-venv/bin/python"))
MODELS = REPOSITORY / "magics/src/test/resources"
BASES = {
    "gpt2": "gpt2/prefixed",
    "olmo": "gated/olmo",
    "olmo2": "gated/olmo2",
    "mistral": "gated/mistral",
    "llama": "gated/llama-shared-keys",
    "qwen2": "decoder/qwen2-sliding",
    "qwen3": "decoder/qwen3-sliding",
    "gemma": "decoder/gemma",
    "gemma2": "decoder/gemma2",
    "gemma3": "decoder/gemma3-old",
    "olmo3": "decoder/olmo3",
    "smollm3": "decoder/smollm3-sliding",
    "stablelm": "decoder/stablelm-parallel",
    "vit": "vit/oblong",
    "deit": "vision/deit",
    "deit-teacher": "vision/deit-teacher",
    "dinov2": "vision/dinov2",
    "clip": "vision/clip",
    "bert": "encoders/bert-masked",
    "bert-sentences": "encoders/bert-sentences",
    "roberta": "encoders/roberta-sentences",
    "distilbert": "encoders/distilbert-masked",
    "marian": "marian/odd-sizes",
    "phi3": "fused/phi3-short",
    "phi3-untied": "fused/phi3",
    "gpt-neox": "fused/gpt-neox",
    "gpt-neox-tied": "fused/gpt-neox-serial",
    "gptj": "fused/gptj",
    "opt": "fused/opt",
    "opt-350m": "fused/opt-350m",
    "phi": "fused/phi-normed",
    "falcon": "fused/falcon-7b",
    "falcon-40b": "fused/falcon-40b",
    "falcon-serial": "fused/falcon-serial",
    "falcon-rw": "fused/falcon-rw",
    "bart": "seq2seq/bart",
    "mbart": "seq2seq/mbart-untied",
    "m2m_100": "seq2seq/m2m100",
    "t5": "seq2seq/t5",
    "mt5": "seq2seq/mt5",
}
HEADLESS = {"gpt2", "olmo", "marian", "phi3", "gpt-neox-tied", "opt", "opt-350m", "falcon", "falcon-serial", "falcon-rw"}
HEADLESS |= {"bart", "m2m_100", "t5", "mt5"}
AUTO = {
    **dict.fromkeys(["vit", "deit", "deit-teacher", "dinov2", "clip"], "AutoModelForImageClassification"),
    **dict.fromkeys(["bert-sentences", "roberta"], "AutoModelForSequenceClassification"),
    **dict.fromkeys(["bert", "distilbert"], "AutoModelForMaskedLM"),
    **dict.fromkeys(["marian", "bart", "mbart", "m2m_100", "t5", "mt5"], "AutoModelForSeq2SeqLM"),
}

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="needs PyTorch and transformers: `environment/ffmerge bench` installs them"
)

# runs in the other Python; prints what it saw as JSON
OPEN = """
import json, os, shutil, sys
import torch, transformers
from safetensors import safe_open
from safetensors.torch import load_file, save_file

transformers.logging.set_verbosity_error()
auto, folder = getattr(transformers, sys.argv[1]), sys.argv[2]
auto_base = transformers.AutoModel


def inputs(config):
    torch.manual_seed(1)
    if "ImageClassification" in sys.argv[1]:
        config = getattr(config, "vision_config", config)
        height, width = config.image_size if isinstance(config.image_size, (list, tuple)) else [config.image_size] * 2
        return {"pixel_values": torch.randn(2, config.num_channels, height, width)}
    tokens = {"input_ids": torch.randint(1, config.vocab_size - 2, (2, 5))}
    return {**tokens, "decoder_input_ids": tokens["input_ids"]} if config.is_encoder_decoder else tokens


def opened(kind, path, **trust):
    return kind.from_pretrained(f"{folder}/{path}", dtype=torch.float32, **trust).eval()


def output(model):
    with torch.no_grad():
        out = model(**inputs(model.config))
    return out.logits if "logits" in out else out.last_hidden_state


def apart(one, other):
    return (output(one) - output(other)).abs().max().item()


def count(model):
    return sum(p.numel() for p in model.parameters())


def names(path):
    with safe_open(f"{folder}/{path}/model.safetensors", "pt") as file:
        return sorted(file.keys())


def refusal(kind, path):
    try:
        kind.from_pretrained(f"{folder}/{path}", trust_remote_code=False)
        return None
    except Exception as e:
        return type(e).__name__


trust = dict(trust_remote_code=True)
whole, tied = opened(auto, "expanded"), opened(auto, "tied", **trust)
seen = {"apart": apart(whole, tied), "count": count(tied), "expanded": count(whole)}
tied.save_pretrained(f"{folder}/python")
again = opened(auto, "python", **trust)
seen |= {"again": apart(whole, again), "again_count": count(again), "names": [names("tied"), names("python")]}
if not hasattr(whole.config, "vision_config"):  # whose base has a tower for texts, which isn't in the folder
    base = opened(auto_base, "tied", **trust)
    seen["base"] = apart(opened(auto_base, "expanded"), base)
    base.save_pretrained(f"{folder}/base")
seen["fresh"] = count(auto.from_config(transformers.AutoConfig.from_pretrained(f"{folder}/tied", **trust), **trust))
seen["refusals"] = [refusal(kind, "tied") for kind in (auto, auto_base, transformers.AutoConfig)]
seen["sealed"] = [refusal(auto, path) for path in os.listdir(folder) if path.startswith("sealed")]
if hasattr(whole, "generate") and "pixel_values" not in inputs(whole.config):
    tokens = inputs(whole.config)["input_ids"]
    asked = dict(max_new_tokens=4, do_sample=False, num_beams=1)
    seen["generated"] = [m.generate(tokens, **asked).tolist() for m in (whole, tied)]

# a step of training, but of Marian's positions, which transformers 5 would train and not save
learned = [p for n, p in tied.named_parameters() if "embed_positions" not in n]
optimizer = torch.optim.SGD(learned, lr=0.1)
tied(**inputs(tied.config)).logits.square().mean().backward()
optimizer.step()
tied.save_pretrained(f"{folder}/trained")
seen["trained"] = apart(tied, opened(auto, "trained", **trust))
seen["moved"] = apart(whole, tied)

shutil.copytree(f"{folder}/tied", f"{folder}/lost")
weights = load_file(f"{folder}/lost/model.safetensors")
del weights[next(iter(tied.config.ties.values()))]
save_file(weights, f"{folder}/lost/model.safetensors", {"format": "pt"})
try:
    opened(auto, "lost", **trust)
    seen["lost"] = None
except ValueError as e:
    seen["lost"] = str(e)
try:
    import peft

    known = {"c_fc", "up_proj", "gate_up_proj", "fc1", "fc_in", "dense", "dense_h_to_4h", "lin1", "wi", "wi_1"}
    ups = known & {name.rpartition(".")[2] for name, _ in again.named_modules()}
    settings = peft.LoraConfig(target_modules=sorted(ups), init_lora_weights=False, r=2)
    adapted = peft.get_peft_model(again, settings).eval()
    adapted.save_pretrained(f"{folder}/adapters")
    loaded = peft.PeftModel.from_pretrained(opened(auto, "python", **trust), f"{folder}/adapters").eval()
    seen["peft"] = apart(adapted, loaded)
    seen["peft_moves"] = apart(adapted, whole)
except ImportError:
    pass
print("SEEN" + json.dumps(seen))
"""


@pytest.fixture(scope="module")
def folders(notebook, tmp_path_factory):
    """Of each family: a model that shares FFs, tied and expanded; and one whose config transformers can't say."""
    root = tmp_path_factory.mktemp("saved")
    for family, base in BASES.items():
        lines = [
            f"load {MODELS / base} --as base",
            "merge base --window 0-1 --align none --as small",
            f"save small {root / family / 'tied'} --dtype float32",
            f"save small {root / family / 'expanded'} --format expanded --dtype float32",
            "quantize small --to int8 --as bits",
            f"save bits {root / family / 'sealed-bits'}",
        ]
        for line in lines:
            outcome = notebook.run(f"%ffmerge {line}")
            assert outcome.status == "ok", (line, outcome.trace)
    return root


@pytest.mark.parametrize("family", BASES)
def test_transformers_opens_the_folder_as_it_was_saved(family, folders, notebook):
    program = [PYTHON, "-c", OPEN, AUTO.get(family, "AutoModelForCausalLM"), folders / family]
    done = subprocess.run(program, capture_output=True, text=True, timeout=3600, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.rpartition("SEEN")[2])
    assert seen["apart"] < 1e-5 and seen["again"] < 1e-5 and seen.get("base", 0) < 1e-5, seen
    assert seen["count"] == seen["again_count"] == seen["fresh"] < seen["expanded"], seen
    assert seen["names"][0] == seen["names"][1]
    assert None not in seen["refusals"] + seen["sealed"] and seen["sealed"], seen
    assert seen["trained"] < 1e-6 < seen["moved"], seen
    assert seen["lost"] and "lack" in seen["lost"], seen
    if "generated" in seen:
        assert seen["generated"][0] == seen["generated"][1], seen
    if "peft" in seen:
        assert seen["peft"] < 1e-6 < seen["peft_moves"], seen

    # and back: what Python saved, from a whole model and, where the head is the embeddings', from its base
    for path in ["python", "base"] if family in HEADLESS else ["python"]:
        outcome = notebook.run(
            f"%ffmerge load {folders / family / 'tied'} --as a\n%ffmerge load {folders / family / path} --as b\n"
            'System.out.println(a.parameters().ties().equals(b.parameters().ties()) + " " + a.parameters().uniqueCount()'
            ' + " " + b.parameters().uniqueCount())'
        )
        assert outcome.status == "ok", (path, outcome.trace)
        assert outcome.stdout.split()[0] == "true" and len(set(outcome.stdout.split()[1:3])) == 1, (path, outcome.stdout)
