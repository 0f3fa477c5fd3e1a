"""What transformers makes of a merged gated decoder that ffmerge saved expanded.

The checkpoint beside this file was written by
    %ffmerge load magics/src/test/resources/gated/llama-shared-keys --as p
    %ffmerge merge p --layers 0,2 --align random --seed 3 --as m
    %ffmerge save m magics/src/test/resources/gated/merged --format expanded
Needs torch and transformers; run in this folder: python generate.py
"""

import json

import torch
from transformers import LlamaForCausalLM

model, loading = LlamaForCausalLM.from_pretrained(".", output_loading_info=True)
assert not loading["missing_keys"] and not loading["unexpected_keys"] and not loading["mismatched_keys"], loading
for projection in ("gate_proj", "up_proj", "down_proj"):
    first, last = (getattr(model.model.layers[i].mlp, projection).weight for i in (0, 2))
    assert torch.equal(first, last)
torch.manual_seed(0)
ids = torch.randint(model.config.vocab_size, (2, 14))
logits = model.eval()(ids).logits
expected = {"ids": ids.tolist(), "logits": [float(f"{x:.8g}") for x in logits.detach().flatten().tolist()]}
with open("expected.json", "w") as file:
    file.write(json.dumps(expected) + "\n")
