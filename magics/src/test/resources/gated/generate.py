"""Makes the small random gated decoders in this folder and what transformers computes with them, in float32.

Needs torch, transformers and safetensors; run in this folder: python generate.py
Each checkpoint is odd in its own way: family, sizes, heads, biases, positions, type and number of its files.
"""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, Olmo2Config, OlmoConfig

CASES = {
    "llama-shared-keys": dict(
        # heads wider together than the model; a padding token, whose embedding gets no gradient
        config=LlamaConfig(hidden_size=10, intermediate_size=13, num_hidden_layers=3, num_attention_heads=5,
                           num_key_value_heads=1, head_dim=4, vocab_size=23, max_position_embeddings=17,
                           pad_token_id=3, rms_norm_eps=1e-3, rope_parameters=dict(rope_type="default", rope_theta=50.0)),
        dtype=torch.float32,
        rows=2,
        length=17,
    ),
    "llama-old-hub": dict(
        config=LlamaConfig(hidden_size=12, intermediate_size=7, num_hidden_layers=2, num_attention_heads=2,
                           num_key_value_heads=2, vocab_size=19, max_position_embeddings=21, hidden_act="gelu",
                           attention_bias=True, mlp_bias=True, tie_word_embeddings=True,
                           rope_parameters=dict(rope_type="linear", rope_theta=100.0, factor=2.5)),
        dtype=torch.float16,
        rows=3,
        length=11,
        old=True,
    ),
    "llama3-positions": dict(
        # turns that are kept, slowed down and in between
        config=LlamaConfig(hidden_size=18, intermediate_size=5, num_hidden_layers=2, num_attention_heads=3,
                           num_key_value_heads=3, head_dim=10, vocab_size=11, max_position_embeddings=64,
                           rope_parameters=dict(rope_type="llama3", rope_theta=70.0, factor=4.0, low_freq_factor=1.0,
                                                high_freq_factor=3.0, original_max_position_embeddings=20)),
        dtype=torch.bfloat16,
        rows=1,
        length=60,
        shard_size=3000,
    ),
    "mistral": dict(
        config=MistralConfig(hidden_size=8, intermediate_size=9, num_hidden_layers=2, num_attention_heads=4,
                             num_key_value_heads=2, vocab_size=17, max_position_embeddings=32, sliding_window=12),
        dtype=torch.float32,
        rows=2,
        length=12,
    ),
    "olmo": dict(
        config=OlmoConfig(hidden_size=12, intermediate_size=11, num_hidden_layers=3, num_attention_heads=6,
                          num_key_value_heads=3, vocab_size=21, max_position_embeddings=16, clip_qkv=0.6,
                          tie_word_embeddings=True),
        dtype=torch.float32,
        rows=2,
        length=13,
    ),
    "olmo2": dict(
        config=Olmo2Config(hidden_size=14, intermediate_size=15, num_hidden_layers=2, num_attention_heads=7,
                           num_key_value_heads=7, vocab_size=13, max_position_embeddings=16, attention_bias=True,
                           rms_norm_eps=1e-2),
        dtype=torch.float32,
        rows=2,
        length=2,
    ),
}
GRADIENTS = [
    "model.embed_tokens.weight",
    "model.layers.0.input_layernorm.weight",
    "model.layers.0.self_attn.q_proj.weight",
    "model.layers.0.self_attn.k_proj.weight",
    "model.layers.0.self_attn.k_norm.weight",
    "model.layers.0.self_attn.v_proj.weight",
    "model.layers.0.self_attn.v_proj.bias",
    "model.layers.0.self_attn.o_proj.weight",
    "model.layers.0.post_feedforward_layernorm.weight",
    "model.layers.{last}.post_attention_layernorm.weight",
    "model.layers.{last}.mlp.gate_proj.weight",
    "model.layers.{last}.mlp.up_proj.weight",
    "model.layers.{last}.mlp.up_proj.bias",
    "model.layers.{last}.mlp.down_proj.weight",
    "model.norm.weight",
    "lm_head.weight",
]


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


def write_as_old_files(folder):
    """Turns of the positions as buffers, a copy of the tied head, and the positions' settings where they used to stand."""
    weights = load_file(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"].clone()
    for layer in range(config["num_hidden_layers"]):
        weights[f"model.layers.{layer}.self_attn.rotary_emb.inv_freq"] = torch.ones(config["head_dim"] // 2)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope["rope_theta"]
    config["rope_scaling"] = {"type": rope["rope_type"], "factor": rope["factor"]}
    for key in ("head_dim", "num_key_value_heads", "dtype"):
        config.pop(key)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def make(name, case, seed):
    torch.manual_seed(seed)
    folder = pathlib.Path(name)
    config = case["config"]
    config.initializer_range = 0.4
    model = AutoModelForCausalLM.from_config(config)
    for parameter_name, parameter in model.named_parameters():
        if parameter.dim() == 1:  # biases and norms start at 0 and 1
            parameter.data += 0.3 * torch.randn_like(parameter)
    model = model.to(case["dtype"])
    model.save_pretrained(folder, max_shard_size=case.get("shard_size", "1GB"))
    (folder / "generation_config.json").unlink()
    if case.get("old"):
        write_as_old_files(folder)

    model, loading = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    assert not loading["missing_keys"] and not loading["mismatched_keys"], loading
    ids = torch.randint(config.vocab_size, (case["rows"], case["length"]))
    output = model.eval()(ids)
    losses = torch.nn.functional.cross_entropy(output.logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    losses.mean().backward()
    parameters = dict(model.named_parameters())
    expected = {
        "parameters": sum(p.numel() for p in parameters.values()),
        "ids": ids.tolist(),
        "logits": numbers(output.logits),
        "loss": float(losses.mean()),
        "tokenLosses": numbers(losses),
        "gradients": {
            n: numbers(parameters[n].grad)
            for n in (g.format(last=config.num_hidden_layers - 1) for g in GRADIENTS)
            if n in parameters
        },
    }
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


for i, (name, case) in enumerate(CASES.items()):
    make(name, case, seed=i)
