"""Adapters of GPT-2, ViT and Marian as PEFT makes and computes them, on float weights and on NF4, with the checkpoints in
../gpt2, ../vit and ../marian and the inputs that their expected.json have.

Needs torch, transformers, peft, bitsandbytes and safetensors; run in this folder: python families.py
"""

import json
import pathlib
import shutil
import sys
import types

# the default back end instead of the native code for CPUs, whose values are others for some widths
sys.modules["bitsandbytes.backends.cpu.ops"] = types.ModuleType("bitsandbytes.backends.cpu.ops")

import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForImageClassification, AutoModelForSeq2SeqLM
from transformers.pytorch_utils import Conv1D

CASES = {
    "gpt2": ("gpt2/prefixed", AutoModelForCausalLM, dict(
        task_type="CAUSAL_LM", r=3, lora_alpha=5, fan_in_fan_out=True, target_modules=["c_attn", "c_proj", "c_fc"])),
    "vit": ("vit/oblong", AutoModelForImageClassification, dict(
        r=2, lora_alpha=4, target_modules=["q_proj", "v_proj", "o_proj", "fc1", "fc2"])),
    "marian": ("marian/odd-sizes", AutoModelForSeq2SeqLM, dict(
        task_type="SEQ_2_SEQ_LM", r=2, lora_alpha=3, target_modules=["q_proj", "out_proj", "fc1", "fc2"])),
}

# transformers 5 has other names in memory than in files
VIT_NAMES = {
    "vit.layers.": "vit.encoder.layer.", "attention.q_proj": "attention.attention.query",
    "attention.v_proj": "attention.attention.value", "attention.o_proj": "attention.output.dense",
    "mlp.fc1": "intermediate.dense", "mlp.fc2": "output.dense"}


def in_files(name):
    if name.startswith(("vit.", "base_model.model.vit.")):
        for memory, file in VIT_NAMES.items():
            name = name.replace(memory, file)
    return name


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


def quantized(model):
    for name, module in model.named_modules():
        if any(p.isdigit() for p in name.split(".")) and isinstance(module, (torch.nn.Linear, Conv1D)):
            turned = isinstance(module, Conv1D)
            weight = module.weight.data.t().contiguous() if turned else module.weight.data
            values = dequantize_4bit(*quantize_4bit(weight, blocksize=64, compress_statistics=True, quant_type="nf4"))
            module.weight.data = values.t().contiguous() if turned else values
    return model


def adapted(model, config):
    torch.manual_seed(7)
    model = get_peft_model(model, config)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:  # zero, as PEFT starts, would show nothing
            parameter.data = 0.3 * torch.randn_like(parameter)
    return model.eval()


def loss(model, given):
    if "ids" in given:
        ids = torch.tensor(given["ids"])
        return model(input_ids=ids, labels=ids).loss
    if "pixels" in given:
        shape = [given[key] for key in ("rows", "channels", "height", "width")]
        pixels = (torch.tensor(given["pixels"]).view(shape) / 255 - 0.5) / 0.5
        return model(pixel_values=pixels, labels=torch.tensor(given["labels"])).loss
    pad = torch.nn.utils.rnn.pad_sequence
    lengths = torch.tensor([len(s) for s in given["sources"]])
    ids = pad([torch.tensor(s) for s in given["sources"]], batch_first=True, padding_value=model.config.pad_token_id)
    mask = (torch.arange(ids.shape[1])[None] < lengths[:, None]).long()
    labels = pad([torch.tensor(t) for t in given["targets"]], batch_first=True, padding_value=-100)
    return model(input_ids=ids, attention_mask=mask, labels=labels).loss


def computed(model, given):
    value = loss(model, given)
    value.backward()
    return {"loss": float(value), "gradients": {
        in_files(name.removeprefix("base_model.model.").replace(".default", "")): numbers(parameter.grad)
        for name, parameter in model.named_parameters() if "lora_" in name}}


torch.set_num_threads(1)
for name, (of, auto, settings) in CASES.items():
    given = json.loads((pathlib.Path("..") / of / "expected.json").read_text())

    def base():
        return auto.from_pretrained(pathlib.Path("..") / of, dtype=torch.float32)

    model = adapted(base(), LoraConfig(**settings))
    result = computed(model, given)
    result["nf4"] = computed(adapted(quantized(base()), LoraConfig(**settings)), given)
    folder = pathlib.Path(name)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    if name == "vit":
        config["target_modules"] = ["query", "value", "dense"]
        weights = load_file(folder / "adapter_model.safetensors")
        save_file({in_files(k): v for k, v in weights.items()}, folder / "adapter_model.safetensors")
    config["base_model_name_or_path"] = of  # not the path on this machine
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    (folder / "expected.json").write_text(json.dumps(result) + "\n")
