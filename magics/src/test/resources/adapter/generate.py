"""NF4 weights as bitsandbytes makes them, and adapters as PEFT makes and computes them, on the checkpoints in ../gated.

Needs torch, transformers, peft, bitsandbytes and safetensors; run in this folder: python generate.py
"""

import json
import pathlib
import shutil

import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

GATED = pathlib.Path("../gated")
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
# rows and columns: less than a block, whole blocks, an odd number of elements, more than 256 blocks, a block of zeros
SHAPES = {"small": (3, 5), "whole": (6, 64), "odd": (33, 47), "nested": (170, 121), "zeros": (4, 64)}


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


def nf4(weight):
    return quantize_4bit(weight, blocksize=64, compress_statistics=True, quant_type="nf4")


def write_nf4():
    torch.manual_seed(0)
    tensors = {}
    for name, shape in SHAPES.items():
        weight = (torch.randn(shape) * 0.07).half().float()
        if name == "zeros":
            weight[1] = 0
        packed, state = nf4(weight)
        tensors[f"{name}.weight"] = weight.half()
        tensors[f"{name}.packed"] = packed.flatten().half()  # whole numbers below 256
        tensors[f"{name}.scales"] = state.absmax.half()
        tensors[f"{name}.scale_maxima"] = state.state2.absmax
        tensors[f"{name}.scale_mean"] = state.offset.reshape(1)
        if weight.numel() < 2000:
            tensors[f"{name}.values"] = dequantize_4bit(packed, state)
        tensors["codes"] = state.state2.code
    save_file(tensors, "nf4.safetensors")


def base(name):
    return AutoModelForCausalLM.from_pretrained(GATED / name, dtype=torch.float32).eval()


def quantized(model):
    """The model with the weights of its linear maps as they come back from NF4."""
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and name != "lm_head":
            module.weight.data = dequantize_4bit(*nf4(module.weight.data))
    return model


def adapted(model, config, seed):
    torch.manual_seed(seed)
    model = get_peft_model(model, config)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:  # zero, as PEFT starts, would show nothing
            parameter.data = 0.3 * torch.randn_like(parameter)
    return model.eval()


def copy_adapters(model, source, target):
    """The FF sublayer's adapters of one layer into another."""
    layers = model.base_model.model.model.layers
    for projection in ("gate_proj", "up_proj", "down_proj"):
        of, into = (getattr(layers[i].mlp, projection) for i in (source, target))
        into.lora_A.load_state_dict(of.lora_A.state_dict())
        into.lora_B.load_state_dict(of.lora_B.state_dict())


def expected(model, ids):
    model.zero_grad()
    logits = model(ids).logits
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:])
    loss.backward()
    gradients = {
        name.removeprefix("base_model.model.").replace(".default", ""): numbers(parameter.grad)
        for name, parameter in model.named_parameters()
        if "lora_" in name
    }
    return {"logits": numbers(logits), "loss": float(loss), "gradients": gradients}


def write_peft(name, of, config, seed, shared=None):
    model = adapted(base(of), config, seed)
    if shared:
        copy_adapters(model, *shared)
    torch.manual_seed(seed)
    ids = torch.randint(model.config.vocab_size, (2, 9))
    result = {"ids": ids.tolist(), **expected(model, ids)}
    # the same adapters on quantized weights
    on_nf4 = adapted(quantized(base(of)), config, seed)
    if shared:
        copy_adapters(on_nf4, *shared)
    result["nf4"] = expected(on_nf4, ids)
    result["nf4Bare"] = numbers(quantized(base(of))(ids).logits)
    folder = pathlib.Path(name)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    config_file = folder / "adapter_config.json"
    settings = json.loads(config_file.read_text())
    settings["base_model_name_or_path"] = of  # not the path on this machine
    config_file.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")
    (folder / "expected.json").write_text(json.dumps(result) + "\n")


write_nf4()
write_peft("all", "llama-shared-keys", LoraConfig(task_type="CAUSAL_LM", r=3, lora_alpha=5, lora_dropout=0.1,
                                                  target_modules=TARGETS), 1)
write_peft("some", "olmo2", LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=3, use_rslora=True,
                                       target_modules=["v_proj", "down_proj"]), 2)
write_peft("shared", "merged", LoraConfig(task_type="CAUSAL_LM", r=2, lora_alpha=4, target_modules=TARGETS[2:]), 3,
           shared=(0, 2))
