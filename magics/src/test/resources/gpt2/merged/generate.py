"""What transformers makes of a merged model that ffmerge saved expanded, and PyTorch's own tuning of it with its FFs tied.

The checkpoint beside this file was written by
    %ffmerge load magics/src/test/resources/gpt2/prefixed --as p
    %ffmerge merge p --layers 0,2 --align random --seed 3 --as m
    %ffmerge save m magics/src/test/resources/gpt2/merged --format expanded
Needs torch and transformers; run in this folder: python generate.py
"""

import json
import math

import torch
from transformers import GPT2LMHeadModel

STEPS, WARMUP, RATE, DECAY, CLIP, ACCUMULATE = 6, 2, 3e-3, 0.1, 1.0, 2


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


model, loading = GPT2LMHeadModel.from_pretrained(".", output_loading_info=True)
assert not loading["missing_keys"] and not loading["unexpected_keys"] and not loading["mismatched_keys"], loading
assert torch.equal(model.transformer.h[0].mlp.c_fc.weight, model.transformer.h[2].mlp.c_fc.weight)
torch.manual_seed(0)
ids = torch.randint(model.config.vocab_size, (2, 14))
logits = model.eval()(ids).logits

model.transformer.h[2].mlp = model.transformer.h[0].mlp  # one set of parameters in two places
model.train()  # the config has no dropout
parameters = list(model.parameters())
optimizer = torch.optim.AdamW(
    [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": DECAY},
        {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
    ],
    lr=RATE,
)
batches = torch.randint(model.config.vocab_size, (STEPS * ACCUMULATE, 2, 14))
losses = []
for step in range(STEPS):
    through = (step - WARMUP) / (STEPS - WARMUP)
    rate = RATE * (step + 1) / WARMUP if step < WARMUP else RATE * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * through)))
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad()
    total = 0
    for batch in batches[step * ACCUMULATE : (step + 1) * ACCUMULATE]:
        loss = model(batch, labels=batch).loss
        (loss / ACCUMULATE).backward()
        total += float(loss.detach())
    losses.append(total / ACCUMULATE)
    torch.nn.utils.clip_grad_norm_(parameters, CLIP)
    optimizer.step()

tuned = dict(model.named_parameters())
expected = {
    "ids": ids.tolist(),
    "logits": numbers(logits),
    "batches": batches.tolist(),
    "losses": losses,
    "tuned": {n: numbers(tuned[n]) for n in ("transformer.h.0.mlp.c_fc.weight", "transformer.h.0.mlp.c_proj.bias",
                                             "transformer.wte.weight", "transformer.h.1.ln_1.weight")},
}
with open("expected.json", "w") as file:
    file.write(json.dumps(expected) + "\n")
