"""Writes generation.json: what transformers' generate makes of prompts with the checkpoints in this folder, in float32.

Needs torch and transformers 5.23; run in this folder, after generate.py: python generation.py
Prompts of different lengths are padded on the left, as transformers wants them. The token that ends a text is one that the
models take to, so that texts of a batch end at different steps.
"""

import collections
import json
import pathlib

import torch
from transformers import AutoModelForCausalLM

CASES = ["llama-shared-keys", "llama-old-hub", "llama3-positions", "mistral", "olmo", "olmo2"]
SETTINGS = [
    dict(beams=1),
    dict(beams=2),
    dict(beams=3, lengthPenalty=2.0),
    dict(beams=3, lengthPenalty=0.5, earlyStopping="never"),
    dict(beams=2, earlyStopping="true"),
]
EARLY = {"false": False, "true": True, "never": "never"}


def generate(model, prompts, end, fresh, beams, lengthPenalty=1.0, earlyStopping="false"):
    longest = max(len(p) for p in prompts)
    pad = 0
    ids = torch.tensor([[pad] * (longest - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    out = model.generate(ids, attention_mask=mask, do_sample=False, num_beams=beams, length_penalty=lengthPenalty,
                         early_stopping=EARLY[earlyStopping] if beams > 1 else False, max_new_tokens=fresh, eos_token_id=end,
                         pad_token_id=pad)
    rows = []
    for row in out[:, longest:].tolist():
        rows.append(row[: row.index(end) + 1] if end in row else row)
    return rows


def case(name):
    model = AutoModelForCausalLM.from_pretrained(pathlib.Path(name), dtype=torch.float32).eval()
    config = model.config
    context = min(config.max_position_embeddings, getattr(config, "sliding_window", None) or 10**9)
    torch.manual_seed(len(name))
    lengths = [context // 2, 1, context // 3, context // 4 + 1]
    prompts = [torch.randint(config.vocab_size, (n,)).tolist() for n in lengths]
    fresh = context - max(lengths)
    never = generate(model, prompts, config.vocab_size - 1, fresh, 1)
    seen = collections.Counter(token for row in never for token in set(row[1:]))
    # the token that as near as can be half of the texts come to
    end = min(seen, key=lambda t: (abs(seen[t] - len(prompts) / 2), t))
    made = [dict(s, outputs=generate(model, prompts, end, fresh, **s)) for s in SETTINGS]
    return dict(prompts=prompts, end=end, fresh=fresh, generated=made)


pathlib.Path("generation.json").write_text(json.dumps({name: case(name) for name in CASES}) + "\n")
