"""Makes adapters with Python's PEFT for some of the decoders beside this script, on maps that they fuse and on others, and
what these compute with them in float32.

Needs torch, transformers and peft; run in this folder, after generate.py: python adapters.py
"""

import json
import pathlib
import shutil

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

TARGETS = {
    "phi3": ["qkv_proj", "gate_up_proj", "down_proj"],
    "gpt-neox": ["query_key_value", "dense_h_to_4h"],
    "falcon-40b": ["query_key_value", "dense_4h_to_h"],
}

for seed, (name, targets) in enumerate(TARGETS.items()):
    torch.manual_seed(seed)
    folder = pathlib.Path("adapters") / name
    shutil.rmtree(folder, ignore_errors=True)
    base = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32)
    model = get_peft_model(base, LoraConfig(r=2, lora_alpha=6, target_modules=targets, init_lora_weights=False,
                                            task_type="CAUSAL_LM")).eval()
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    ids = torch.tensor(json.loads((pathlib.Path(name) / "expected.json").read_text())["ids"])
    with torch.no_grad():
        logits = model(ids).logits[:, -2:]
    (folder / "expected.json").write_text(
        json.dumps({"logits": [float(f"{x:.7g}") for x in logits.flatten().tolist()]}) + "\n")
