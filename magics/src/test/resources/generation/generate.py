"""What transformers generates under every setting of generation_config.json that changes a text, with a small decoder and
a small translator.

Needs torch and transformers; run in this folder: python generate.py
"""

import json
import pathlib

import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, GenerationConfig

BASE = pathlib.Path(".")
SETTINGS = [
    {},
    {"repetition_penalty": 1.4},
    {"repetition_penalty": 0.8},
    {"encoder_repetition_penalty": 1.5},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2},
    {"encoder_no_repeat_ngram_size": 2},
    {"bad_words_ids": [[15], [20, 21], [30]]},
    {"min_length": 24},
    {"min_new_tokens": 10},
    {"max_length": 40},
    {"max_new_tokens": 7},
    {"forced_bos_token_id": 25},
    {"forced_eos_token_id": 9},
    {"suppress_tokens": [15, 18, 22], "begin_suppress_tokens": [30, 31, 32, 33, 34]},
    {"begin_suppress_tokens": [0, 40], "forced_bos_token_id": 40},
    {"renormalize_logits": True, "repetition_penalty": 1.2, "bad_words_ids": [[15, 18]]},
    {"exponential_decay_length_penalty": [3, 1.15]},
    {"sequence_bias": [[[15], 2.5], [[18, 22], -4.0], [[15], 1.5]]},
    {"remove_invalid_values": True, "suppress_tokens": [15]},
    {"eos_token_id": [0, 15, 18]},
    {"length_penalty": 2.0, "early_stopping": True},
    {"length_penalty": -1.0, "early_stopping": "never"},
    {"do_sample": False, "temperature": 0.3, "top_k": 2},
]


def outputs(model, rows, settings, beams):
    ids = {"eos_token_id": 0, "pad_token_id": model.config.pad_token_id, "bos_token_id": 0}
    if model.config.is_encoder_decoder:
        ids["decoder_start_token_id"] = model.config.decoder_start_token_id
    length = {} if {"max_length", "max_new_tokens"} & settings.keys() else {"max_new_tokens": 20}
    config = GenerationConfig(**{**ids, "num_beams": beams, **length, **settings})
    texts = []
    for row in rows:
        tokens = torch.tensor([row])
        made = model.generate(tokens, attention_mask=torch.ones_like(tokens), generation_config=config)[0].tolist()
        texts.append(made[1:] if model.config.is_encoder_decoder else made[len(row):])
    return {"settings": {**ids, "num_beams": beams, **length, **settings}, "outputs": texts}


torch.set_num_threads(1)
torch.manual_seed(0)
results = {}
for name, auto in {"llama": AutoModelForCausalLM, "marian": AutoModelForSeq2SeqLM}.items():
    model = auto.from_pretrained(BASE / name, dtype=torch.float32).eval()
    model.generation_config = GenerationConfig()
    highest = 150
    rows = [torch.randint(5, highest, (length,)).tolist() for length in (6, 11, 17)]
    if name == "marian":
        rows = [row + [0] for row in rows]
    rows[2][:6] = [15, 18, 22, 15, 18, 30]
    results[name] = {
        "given": rows,
        "generated": [outputs(model, rows, settings, beams) for settings in SETTINGS for beams in (1, 3)],
    }
pathlib.Path("expected.json").write_text(json.dumps(results).replace('{"settings"', '\n{"settings"') + "\n")
