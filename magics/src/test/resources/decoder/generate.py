"""Makes small random decoders of families whose layers differ in norms, positions, windows and limits, and what transformers
computes with them in float32: logits, losses, the lengths of all gradients, and texts, greedy and by beams.

Needs torch, transformers 5.24 and safetensors; run in this folder: python generate.py [NAME]…
Each checkpoint is odd in its own way. What older versions and the hub write otherwise is written so into some configs.
"""

import json
import pathlib
import shutil
import sys

import torch
from transformers import (AutoModelForCausalLM, Gemma2Config, Gemma3TextConfig, GemmaConfig, GPT2Config, LlamaConfig,
                          MistralConfig, Olmo2Config, Olmo3Config, OlmoConfig, Qwen2Config, Qwen3Config, SmolLM3Config, StableLmConfig)

NO_ENDS = dict(bos_token_id=None, eos_token_id=None, pad_token_id=None)
SIZES = dict(hidden_size=24, intermediate_size=30, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
             vocab_size=61, max_position_embeddings=48)


def of(kind, **more):
    return kind(**{**SIZES, **NO_ENDS, **more})


def gpt2(**more):
    return GPT2Config(**{**dict(n_embd=24, n_layer=3, n_head=3, vocab_size=61, n_positions=48, resid_pdrop=0.0, embd_pdrop=0.0,
                               attn_pdrop=0.0), **NO_ENDS, **more})


def rope(theta, **more):
    return dict(rope_type="default", rope_theta=theta, **more)


# config, what of config.json is written otherwise or (None) left out
CASES = {
    "llama": (lambda: of(LlamaConfig, head_dim=10, num_key_value_heads=1, attention_bias=True, tie_word_embeddings=True), {}),
    "mistral": (lambda: of(MistralConfig, head_dim=10, sliding_window=7), {}),
    "mistral-whole": (lambda: of(MistralConfig, sliding_window=None, num_key_value_heads=8, num_attention_heads=8, hidden_size=32),
                      {"num_key_value_heads": None}),
    "qwen2": (lambda: of(Qwen2Config, num_key_value_heads=1), {"sliding_window": 5, "layer_types": None}),
    # windows from a layer on, as the config of 4.x says it
    "qwen2-sliding": (lambda: of(Qwen2Config, use_sliding_window=True, sliding_window=6, max_window_layers=1,
                                 tie_word_embeddings=True), {"layer_types": None}),
    "qwen3": (lambda: of(Qwen3Config, head_dim=10, attention_bias=True), {}),
    "qwen3-sliding": (lambda: of(Qwen3Config, head_dim=6, use_sliding_window=True, sliding_window=5, tie_word_embeddings=True,
                                 layer_types=["sliding_attention", "full_attention", "sliding_attention"]), {}),
    # gelu means its approximation by tanh here
    "gemma": (lambda: of(GemmaConfig, head_dim=10, num_key_value_heads=1), {"hidden_act": "gelu", "tie_word_embeddings": None}),
    "gemma-untied": (lambda: of(GemmaConfig, head_dim=6, attention_bias=True, tie_word_embeddings=False), {}),
    "gemma2": (lambda: of(Gemma2Config, head_dim=10, sliding_window=6, query_pre_attn_scalar=17, attn_logit_softcapping=1.5,
                          final_logit_softcapping=4.0), {"layer_types": None}),
    "gemma2-uncapped": (lambda: of(Gemma2Config, head_dim=6, sliding_window=6, num_key_value_heads=4, query_pre_attn_scalar=3,
                                   attn_logit_softcapping=None, final_logit_softcapping=None, tie_word_embeddings=False), {}),
    "gemma3": (lambda: of(Gemma3TextConfig, num_hidden_layers=4, head_dim=10, sliding_window=6, query_pre_attn_scalar=17,
                          final_logit_softcapping=4.0, num_key_value_heads=1,
                          layer_types=["sliding_attention", "full_attention", "sliding_attention", "full_attention"],
                          rope_parameters=dict(sliding_attention=rope(20.0),
                                               full_attention=dict(rope_type="linear", rope_theta=300.0, factor=4.0))), {}),
    # as the hub has it, before kinds of layers had rotary positions of their own
    "gemma3-old": (lambda: of(Gemma3TextConfig, num_hidden_layers=4, head_dim=6, sliding_window=5, query_pre_attn_scalar=6,
                              sliding_window_pattern=3,
                              rope_parameters=dict(sliding_attention=rope(20.0),
                                                   full_attention=dict(rope_type="linear", rope_theta=300.0, factor=4.0))),
                   {"layer_types": None, "rope_parameters": None, "sliding_window_pattern": 3, "rope_theta": 300.0,
                    "rope_local_base_freq": 20.0, "rope_scaling": {"rope_type": "linear", "factor": 4.0}}),
    "olmo": (lambda: of(OlmoConfig, clip_qkv=0.9), {}),
    "olmo2": (lambda: of(Olmo2Config, attention_bias=True), {}),
    "olmo3": (lambda: of(Olmo3Config, num_hidden_layers=4, sliding_window=6,
                         rope_parameters=dict(sliding_attention=rope(50.0),
                                              full_attention=dict(rope_type="linear", rope_theta=50.0, factor=3.0))), {}),
    "olmo3-old": (lambda: of(Olmo3Config, num_hidden_layers=4, sliding_window=5, num_key_value_heads=4,
                             layer_types=["sliding_attention"] * 2 + ["full_attention"] * 2,
                             rope_parameters=dict(sliding_attention=rope(500000.0),
                                                  full_attention=dict(rope_type="linear", rope_theta=500000.0, factor=3.0))),
                  {"rope_parameters": None, "rope_theta": 500000.0, "rope_scaling": {"rope_type": "linear", "factor": 3.0}}),
    "smollm3": (lambda: of(SmolLM3Config, num_hidden_layers=4, no_rope_layer_interval=2, rope_parameters=rope(60.0)),
                {"no_rope_layers": None, "layer_types": None, "tie_word_embeddings": None}),
    "smollm3-sliding": (lambda: of(SmolLM3Config, num_hidden_layers=4, no_rope_layers=[1, 0, 0, 1], use_sliding_window=True,
                                   sliding_window=6, attention_bias=True, mlp_bias=True, tie_word_embeddings=False), {}),
    "stablelm": (lambda: of(StableLmConfig, use_qkv_bias=True, num_attention_heads=3, num_key_value_heads=3,
                            rope_parameters=rope(30.0, partial_rotary_factor=0.5)), {}),
    # as the hub has it: a quarter of a head is turned where nothing is said
    "stablelm-parallel": (lambda: of(StableLmConfig, hidden_size=32, use_parallel_residual=True, qk_layernorm=True,
                                     tie_word_embeddings=True, rope_parameters=rope(30.0, partial_rotary_factor=0.25)),
                          {"rope_parameters": None, "rope_theta": 30.0}),
    "gpt2": (lambda: gpt2(n_inner=31, activation_function="relu", tie_word_embeddings=False), {}),
}
ROWS, LENGTH, FRESH, BEAMS = 2, 17, 9, 3


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


def write_otherwise(folder, changes):
    file = folder / "config.json"
    config = json.loads(file.read_text())
    for key, value in changes.items():
        config.pop(key, None)
        if value is not None:
            config[key] = value
    file.write_text(json.dumps(config, indent=2) + "\n")


def texts(model, prompts, end, beams):
    longest = max(len(p) for p in prompts)
    ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    out = model.generate(ids, attention_mask=mask, do_sample=False, num_beams=beams, max_new_tokens=FRESH, eos_token_id=end,
                         pad_token_id=0)
    rows = out[:, longest:].tolist()
    return [row[: row.index(end) + 1] if end in row else row for row in rows]


def make(name, config, changes, seed):
    torch.manual_seed(seed)
    folder = pathlib.Path(name)
    shutil.rmtree(folder, ignore_errors=True)
    config = config()
    config.initializer_range = 0.35
    model = AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        if parameter.dim() == 1:  # biases and norms start at 0 and 1
            parameter.data += 0.3 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    write_otherwise(folder, changes)

    model, loading = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    assert not loading["missing_keys"] and not loading["mismatched_keys"], loading
    ids = torch.randint(config.vocab_size, (ROWS, LENGTH))
    logits = model.eval()(ids).logits
    losses = torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    losses.mean().backward()
    gradients = {n: float(p.grad.norm()) for n, p in model.named_parameters()}
    prompts = [torch.randint(config.vocab_size, (n,)).tolist() for n in (12, 1, 8)]
    end = texts(model, prompts, config.vocab_size, 1)[0][4]  # so that texts end at different steps
    expected = {
        "parameters": sum(p.numel() for p in model.parameters()),
        "ids": ids.tolist(),
        "logits": numbers(logits),
        "loss": float(losses.mean()),
        "tokenLosses": numbers(losses),
        "gradients": gradients,
        "prompts": prompts,
        "end": end,
        "fresh": FRESH,
        "greedy": texts(model, prompts, end, 1),
        "beams": {"count": BEAMS, "texts": texts(model, prompts, end, BEAMS)},
    }
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


for i, (name, (config, changes)) in enumerate(CASES.items()):
    if len(sys.argv) < 2 or name in sys.argv[1:]:
        make(name, config, changes, seed=i)
