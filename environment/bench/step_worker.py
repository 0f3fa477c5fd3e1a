"""The Python side of gpu.py: transformers and torch.compile tuning the shape that StepBench tunes, in a process of its own."""

import json
import statistics
import sys
import time

import torch
import transformers
from transformers import GPT2Config, GPT2LMHeadModel

TYPES = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}


def main():
    request = json.loads(sys.stdin.readline())
    transformers.logging.set_verbosity_error()
    torch.manual_seed(0)
    device = "cuda" if request["device"].startswith("gpu") else "cpu"
    config = GPT2Config(
        n_layer=request["layers"], n_embd=request["width"], n_head=request["heads"], vocab_size=request["vocabulary"],
        n_positions=request["length"], use_cache=False, bos_token_id=0, eos_token_id=0)
    model = GPT2LMHeadModel(config)
    for layer in model.transformer.h[1 : request["tied"]]:
        layer.mlp = model.transformer.h[0].mlp
    model = model.to(device).train()
    if request["recompute"]:
        # its name before transformers 5.23
        getattr(model, "activation_checkpointing_enable", model.gradient_checkpointing_enable)()
    compiled = torch.compile(model, backend=request["compiler"])
    ids = torch.randint(0, config.vocab_size, (request["rows"], request["length"]), device=device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)
    dtype = TYPES[request["precision"]]
    times = []
    for _ in range(request["steps"] + 1):
        with torch.autocast(device, dtype=dtype or torch.bfloat16, enabled=dtype is not None):
            loss = compiled(ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        loss.item()
        times.append(time.perf_counter())
    each = [b - a for a, b in zip(times, times[1:])][1:]  # compiled and warm
    print(json.dumps({"seconds": statistics.median(each), "parameters": sum(p.numel() for p in model.parameters())}))


if __name__ == "__main__":
    main()
