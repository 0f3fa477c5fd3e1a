"""Makes a small random Llama, and what transformers computes with it in float32 under many kinds of rotary positions: how far
each pair of dimensions turns and what cosine and sine are multiplied by, at some lengths; logits behind the last three tokens of a
row; greedy texts, which cross the border where positions of some kinds change.

Needs torch, transformers and safetensors; run in this folder: python rope.py
"""

import json
import pathlib
import shutil
import tempfile

import torch
from transformers import AutoModelForCausalLM, LlamaConfig

FOLDER = pathlib.Path("rope")
LONG = dict(short_factor=[1.0, 1.1, 1.2, 1.5, 2.0, 3.0], long_factor=[1.0, 1.5, 2.5, 4.0, 6.0, 9.0])
# keys of config.json
CASES = {
    "linear": dict(rope_theta=50.0, rope_scaling=dict(type="linear", factor=2.5)),
    "llama3": dict(rope_parameters=dict(rope_type="llama3", rope_theta=70.0, factor=4.0, low_freq_factor=1.0,
                                        high_freq_factor=3.0, original_max_position_embeddings=20)),
    "llama3-absent": dict(rope_theta=70.0, rope_scaling=dict(rope_type="llama3", factor=4.0, low_freq_factor=1.0,
                                                             high_freq_factor=4.0)),
    "dynamic": dict(rope_theta=50.0, max_position_embeddings=16, rope_scaling=dict(type="dynamic", factor=2.5)),
    "dynamic-5": dict(max_position_embeddings=16,
                      rope_parameters=dict(rope_type="dynamic", factor=3.0, rope_theta=80.0)),
    "yarn": dict(rope_theta=50.0, rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=10)),
    "yarn-absent": dict(rope_parameters=dict(rope_type="yarn", factor=2.0, rope_theta=5000.0)),
    "yarn-betas": dict(rope_parameters=dict(rope_type="yarn", factor=3.0, rope_theta=300.0, beta_fast=4.0, beta_slow=0.5,
                                            original_max_position_embeddings=14)),
    "yarn-untruncated": dict(rope_parameters=dict(rope_type="yarn", factor=3.0, rope_theta=300.0, beta_fast=3,
                                                  truncate=False, original_max_position_embeddings=14)),
    "yarn-attention": dict(rope_parameters=dict(rope_type="yarn", factor=3.0, rope_theta=300.0, attention_factor=0.7,
                                                original_max_position_embeddings=14)),
    "yarn-mscale": dict(rope_parameters=dict(rope_type="yarn", factor=9.0, rope_theta=300.0, mscale=1.7,
                                             mscale_all_dim=0.4, original_max_position_embeddings=14)),
    "yarn-mscale-alone": dict(rope_parameters=dict(rope_type="yarn", factor=9.0, rope_theta=300.0, mscale=1.7,
                                                   original_max_position_embeddings=14)),
    "yarn-shrinking": dict(rope_parameters=dict(rope_type="yarn", factor=0.8, rope_theta=300.0,
                                                original_max_position_embeddings=14)),
    "longrope": dict(rope_parameters=dict(rope_type="longrope", rope_theta=90.0, original_max_position_embeddings=16,
                                          **LONG)),
    "longrope-factor": dict(rope_theta=90.0, rope_scaling=dict(rope_type="longrope", factor=6.0,
                                                               original_max_position_embeddings=16, **LONG)),
    "longrope-attention": dict(rope_parameters=dict(rope_type="longrope", rope_theta=90.0, attention_factor=1.3,
                                                    original_max_position_embeddings=16, **LONG)),
    "longrope-beside": dict(original_max_position_embeddings=18,
                            rope_parameters=dict(rope_type="longrope", rope_theta=90.0, **LONG)),
}
LENGTHS = 5, 16, 17, 29
ROW = 29


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()]


def checkpoint():
    torch.manual_seed(11)
    shutil.rmtree(FOLDER, ignore_errors=True)
    model = AutoModelForCausalLM.from_config(LlamaConfig(
        hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, head_dim=12,
        vocab_size=31, max_position_embeddings=40, bos_token_id=None, eos_token_id=None))
    for parameter in model.parameters():
        if parameter.dim() == 1:
            parameter.data += 0.3 * torch.randn_like(parameter)
        else:
            parameter.data = torch.randn_like(parameter) * 1.6 / parameter.shape[1] ** 0.5
    model.half().save_pretrained(FOLDER)
    (FOLDER / "generation_config.json").unlink(missing_ok=True)
    config = json.loads((FOLDER / "config.json").read_text())
    for key in "rope_parameters", "rope_theta", "rope_scaling":
        config.pop(key, None)
    (FOLDER / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    return config


config = checkpoint()
ids = torch.randint(0, 31, (1, ROW))
expected = {}
with tempfile.TemporaryDirectory() as folder:
    for file in FOLDER.iterdir():
        shutil.copy(file, folder)
    for name, keys in CASES.items():
        (pathlib.Path(folder) / "config.json").write_text(json.dumps({**config, **keys}))

        def fresh():  # positions of some kinds remember the longest text
            return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

        tables = {}
        for length in LENGTHS:
            rotary = fresh().model.rotary_emb
            rotary(torch.zeros(1), torch.arange(length)[None])
            tables[length] = dict(frequencies=numbers(rotary.inv_freq), factor=float(rotary.attention_scaling))
        texts = []
        for prompt in ids[0, :7], ids[0, 3:22]:
            out = fresh().generate(prompt[None], attention_mask=torch.ones_like(prompt[None]), do_sample=False,
                                   max_new_tokens=18, pad_token_id=0)
            texts.append(dict(prompt=prompt.tolist(), text=out[0, len(prompt):].tolist()))
        with torch.no_grad():
            expected[name] = dict(config=keys, tables=tables, ids=ids.tolist(),
                                  logits=[float(f"{x:.7g}") for x in fresh()(ids).logits[:, -3:].flatten().tolist()],
                                  texts=texts)
pathlib.Path("rope.json").write_text(json.dumps(expected) + "\n")
