"""Makes small random decoders of the families whose files fuse tensors (Phi-3, GPT-NeoX, Falcon) and of their relatives
(Phi, GPT-J, OPT), and what transformers computes with them in float32: logits, losses, and texts, greedy and
of three beams.

Needs torch, transformers and safetensors; run in this folder: python generate.py [NAME]…
Each checkpoint is odd in its own way: sizes, heads, biases, positions, where norms stand.
"""

import json
import pathlib
import shutil
import sys
import zlib

import torch
from transformers import (AutoModelForCausalLM, FalconConfig, GPTJConfig, GPTNeoXConfig, OPTConfig, Phi3Config,
                          PhiConfig)

NO_ENDS = dict(bos_token_id=None, eos_token_id=None, pad_token_id=None)
LONGROPE = dict(rope_type="longrope", rope_theta=30.0, short_factor=[1.0, 1.3, 2.0], long_factor=[1.1, 2.5, 7.0])


def phi3(**more):
    return Phi3Config(**{**dict(hidden_size=24, intermediate_size=34, num_hidden_layers=3, num_attention_heads=4,
                                num_key_value_heads=2, vocab_size=61, max_position_embeddings=40), **NO_ENDS, **more})


def neox(**more):
    return GPTNeoXConfig(**{**dict(hidden_size=24, intermediate_size=38, num_hidden_layers=3, num_attention_heads=3,
                                   vocab_size=59, max_position_embeddings=32), **NO_ENDS, **more})


def gptj(**more):
    return GPTJConfig(**{**dict(n_embd=24, n_layer=3, n_head=3, rotary_dim=6, vocab_size=57, n_positions=32), **NO_ENDS,
                         **more})


def opt(**more):
    return OPTConfig(**{**dict(hidden_size=24, ffn_dim=38, num_hidden_layers=3, num_attention_heads=3, vocab_size=53,
                               max_position_embeddings=32), **NO_ENDS, **more})


def phi(**more):
    return PhiConfig(**{**dict(hidden_size=24, intermediate_size=38, num_hidden_layers=3, num_attention_heads=4,
                               num_key_value_heads=2, vocab_size=55, max_position_embeddings=32,
                               rope_parameters=dict(rope_type="default", rope_theta=50.0, partial_rotary_factor=0.7)),
                        **NO_ENDS, **more})


def falcon(**more):
    return FalconConfig(**{**dict(hidden_size=24, num_hidden_layers=3, num_attention_heads=4, ffn_hidden_size=38,
                                  vocab_size=51, max_position_embeddings=32), **NO_ENDS, **more})


# config, what of config.json is written otherwise or (None) left out, length of the rows
CASES = {
    "phi3": (lambda: phi3(sliding_window=7), {}, 19),
    "phi3-long": (lambda: phi3(rope_parameters=dict(**LONGROPE), original_max_position_embeddings=16), {}, 30),
    # as the hub has Phi-3-mini, in words of transformers 4
    "phi3-short": (lambda: phi3(rope_parameters=dict(**LONGROPE), original_max_position_embeddings=32,
                                num_key_value_heads=4, tie_word_embeddings=True),
                   {"rope_parameters": None, "rope_theta": 30.0,
                    "rope_scaling": {"type": "longrope", "short_factor": LONGROPE["short_factor"],
                                     "long_factor": LONGROPE["long_factor"]}}, 21),
    # as the hub has Phi-4-mini: a part of the head is turned, of another width than model / heads
    "phi3-part": (lambda: phi3(head_dim=10, num_key_value_heads=1, tie_word_embeddings=True,
                               rope_parameters=dict(rope_type="default", rope_theta=40.0, partial_rotary_factor=0.75)),
                  {"rope_parameters": None, "rope_theta": 40.0, "partial_rotary_factor": 0.75, "rope_scaling": None}, 17),
    "gpt-neox": (lambda: neox(), {"rope_parameters": None, "rotary_emb_base": 10000, "rotary_pct": 0.25}, 18),
    "gpt-neox-serial": (lambda: neox(use_parallel_residual=False, attention_bias=False, tie_word_embeddings=True,
                                     hidden_act="gelu_fast",
                                     rope_parameters=dict(rope_type="linear", factor=1.5, rope_theta=60.0,
                                                          partial_rotary_factor=0.65)),
                        {"rope_parameters": None, "rotary_emb_base": 60.0, "rotary_pct": 0.65,
                         "rope_scaling": {"type": "linear", "factor": 1.5}}, 18),
    "gpt-neox-yarn": (lambda: neox(rope_parameters=dict(rope_type="yarn", factor=2.5, rope_theta=300.0, beta_fast=4,
                                                        partial_rotary_factor=0.8,
                                                        original_max_position_embeddings=12)), {}, 18),
    "gptj": (lambda: gptj(), {}, 16),
    "gptj-tied": (lambda: gptj(tie_word_embeddings=True, n_inner=31, rotary_dim=2, activation_function="relu"), {}, 16),
    "opt": (lambda: opt(), {}, 20),
    "opt-350m": (lambda: opt(do_layer_norm_before=False, word_embed_proj_dim=10), {}, 20),
    "opt-bare": (lambda: opt(enable_bias=False, layer_norm_elementwise_affine=False, tie_word_embeddings=False,
                             _remove_final_layer_norm=True, activation_function="gelu"), {}, 20),
    "phi": (lambda: phi(), {}, 18),
    "phi-normed": (lambda: phi(qk_layernorm=True, num_key_value_heads=4, tie_word_embeddings=True),
                   {"rope_parameters": None, "rope_theta": 50.0, "partial_rotary_factor": 0.7}, 18),
    "phi-dynamic": (lambda: phi(max_position_embeddings=12,
                                rope_parameters=dict(rope_type="dynamic", factor=3.0, rope_theta=50.0,
                                                     partial_rotary_factor=0.7)), {}, 18),
    "falcon-7b": (lambda: falcon(), {}, 18),
    "falcon-40b": (lambda: falcon(new_decoder_architecture=True, num_kv_heads=2, bias=True,
                                  tie_word_embeddings=False), {}, 18),
    "falcon-11b": (lambda: falcon(new_decoder_architecture=True, num_kv_heads=1, num_ln_in_parallel_attn=1,
                                  rope_parameters=dict(rope_type="default", rope_theta=70.0)), {}, 18),
    "falcon-serial": (lambda: falcon(multi_query=False, parallel_attn=False, bias=True, ffn_hidden_size=None), {}, 18),
    "falcon-rw": (lambda: falcon(multi_query=False, parallel_attn=False, bias=True, alibi=True,
                                 num_attention_heads=6), {}, 18),
}
DTYPE = torch.float16  # half the bytes in the repository


def numbers(tensor):
    return [float(f"{x:.7g}") for x in tensor.detach().flatten().tolist()]


def rewrite(folder, changes):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for key, value in changes.items():
        config.pop(key, None)
        if value is not None:
            config[key] = value
    path.write_text(json.dumps(config, indent=1) + "\n")


def make(name, seed):
    make_config, changes, length = CASES[name]
    torch.manual_seed(seed)
    folder = pathlib.Path(name)
    shutil.rmtree(folder, ignore_errors=True)
    config = make_config()
    model = AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        if parameter.dim() == 1:  # biases and norms start at 0 and 1
            parameter.data += 0.3 * torch.randn_like(parameter)
        else:
            parameter.data = torch.randn_like(parameter) * (1.0 if parameter.shape[0] > 32 else 0.6) \
                / parameter.shape[1] ** 0.5 * 1.8
    model.to(DTYPE).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    rewrite(folder, changes)

    model, loading = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    assert not loading["missing_keys"] and not loading["mismatched_keys"], loading
    model.eval()
    ids = torch.randint(3, config.vocab_size, (2, length))
    with torch.no_grad():
        logits = model(ids).logits
        losses = torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
        texts = []
        for prompt in ids[0, :5], ids[1, :length - 6]:
            text = dict(prompt=prompt.tolist())
            for beams in 1, 3:  # each with a fresh model, as positions of some kinds remember the longest text
                fresh = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
                out = fresh.generate(prompt[None], attention_mask=torch.ones_like(prompt[None]), do_sample=False,
                                     num_beams=beams, max_new_tokens=min(14, 32 - len(prompt)), pad_token_id=0)
                text["text" if beams == 1 else "beams"] = out[0, len(prompt):].tolist()
            texts.append(text)
    expected = dict(parameters=sum(p.numel() for p in model.parameters()), ids=ids.tolist(), logits=numbers(logits),
                    tokenLosses=numbers(losses), loss=float(losses.mean()), texts=texts)
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")
    print(name, expected["parameters"], float(logits.std()), float(losses.mean()),
          (folder / "model.safetensors").stat().st_size)


for name in CASES:
    if len(sys.argv) < 2 or name in sys.argv[1:]:
        make(name, zlib.crc32(name.encode()))
