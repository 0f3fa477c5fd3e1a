"""Small random checkpoints whose files hold other tensors than tie_word_embeddings says, and what transformers computes
with them, in float32.

Needs torch, transformers and safetensors; run in this folder: python generate.py
"""

import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file
from transformers import (AutoModelForCausalLM, AutoModelForSeq2SeqLM, GPT2Config, GPT2LMHeadModel, LlamaConfig,
                          LlamaForCausalLM, MarianConfig, MarianMTModel)

LLAMA = LlamaForCausalLM, lambda: LlamaConfig(
    hidden_size=8, intermediate_size=6, num_hidden_layers=1, num_attention_heads=2, vocab_size=13,
    max_position_embeddings=16, tie_word_embeddings=True, initializer_range=0.5)
GPT2 = GPT2LMHeadModel, lambda: GPT2Config(
    n_embd=8, n_inner=6, n_layer=1, n_head=2, vocab_size=13, n_positions=16, initializer_range=0.5,
    bos_token_id=0, eos_token_id=0)
MARIAN = MarianMTModel, lambda: MarianConfig(
    d_model=8, encoder_ffn_dim=6, decoder_ffn_dim=6, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
    decoder_attention_heads=2, vocab_size=13, max_position_embeddings=16, pad_token_id=12, decoder_start_token_id=12,
    eos_token_id=0, forced_eos_token_id=0, init_std=0.5)
TOKENS = {LLAMA: "model.embed_tokens.weight", GPT2: "transformer.wte.weight", MARIAN: "model.shared.weight"}
HEAD = "lm_head.weight"
ENCODER = "model.encoder.embed_tokens.weight"
DECODER = "model.decoder.embed_tokens.weight"

# model, names to which the file gives other values, to which it gives those of the embedding, and those that it lacks
CASES = {
    "llama-own-head": (LLAMA, [HEAD], [], []),
    "llama-head-alone": (LLAMA, [], [HEAD], ["model.embed_tokens.weight"]),
    "llama-twice": (LLAMA, [], [HEAD], []),
    "gpt2-own-head": (GPT2, [HEAD], [], []),
    "gpt2-head-alone": (GPT2, [], [HEAD], ["transformer.wte.weight"]),
    "marian-own-head": (MARIAN, [HEAD], [], []),
    "marian-own-encoder": (MARIAN, [ENCODER], [], []),
    "marian-own-decoder": (MARIAN, [DECODER, HEAD], [ENCODER], []),
    "marian-own-positions": (MARIAN, ["model.encoder.embed_positions.weight"], [], []),
    "marian-head-alone": (MARIAN, [], [HEAD], ["model.shared.weight"]),
    "marian-decoder-alone": (MARIAN, [ENCODER], [DECODER], ["model.shared.weight"]),
}


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


expected = {}
for seed, (name, (family, own, copies, without)) in enumerate(CASES.items()):
    torch.manual_seed(seed)
    kind, config = family
    folder = pathlib.Path(name)
    shutil.rmtree(folder, ignore_errors=True)
    kind(config()).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    tensors = load_file(folder / "model.safetensors")
    tokens = tensors[TOKENS[family]]
    for other in own:
        shape = (16, 8) if "positions" in other else tokens.shape
        tensors[other] = torch.randn(shape) * 0.5
    for copy in copies:
        tensors[copy] = tokens.clone()
    for missing in without:
        del tensors[missing]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    auto = AutoModelForSeq2SeqLM if family is MARIAN else AutoModelForCausalLM
    model = auto.from_pretrained(folder, dtype=torch.float32).eval()
    ids = torch.arange(1, 8)[None]
    if family is MARIAN:
        start = torch.tensor([[12, 3, 4, 5]])
        logits = model(input_ids=ids, decoder_input_ids=start).logits
    else:
        logits = model(ids).logits
    expected[name] = {"parameters": model.num_parameters(), "logits": numbers(logits)}
pathlib.Path("expected.json").write_text(json.dumps(expected, indent=1) + "\n")
