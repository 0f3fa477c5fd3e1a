"""
Makes the GGUF files of this folder with the gguf package, and what transformers computes of the same weights:
python generate.py, with torch, transformers, tokenizers, gguf. Tensors are of all types that are read, one after the other.
"""

import json
from pathlib import Path

import gguf
import numpy
import torch
from gguf import GGMLQuantizationType as Type
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

HERE = Path(__file__).parent
TYPES = [Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1]
TEXTS = ["The prince, and the then 2024 ones!", " a  b\n\nthe\tthe", "Война и <|end|> мир"]


def byte_tokens():
    """256 bytes as characters, four merges, two control tokens."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("a", "n")]
    return letters + [a + b for a, b in merges] + ["<|begin|>", "<|end|>"], merges


def expected_tokens(tokens, merges, splitting):
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = splitting
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(tokens[-2:])
    return [tokenizer.encode(text).ids for text in TEXTS]


def write(name, arch, model, rename, reorder, sizes, pre, add_bos):
    torch.manual_seed(0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    tokens, merges = byte_tokens()
    writer = gguf.GGUFWriter(HERE / name, arch)
    for key, value in sizes.items():
        (writer.add_float32 if isinstance(value, float) else writer.add_uint32)(f"{arch}.{key}", value)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types([1] * (len(tokens) - 2) + [3, 3])
    writer.add_token_merges([" ".join(m) for m in merges])
    writer.add_bos_token_id(len(tokens) - 2)
    writer.add_eos_token_id(len(tokens) - 1)
    writer.add_add_bos_token(add_bos)
    state = model.state_dict()
    matrices = 0
    for ours in state:
        theirs = rename(ours)
        if theirs is None:
            continue
        there, back = reorder(theirs)
        values = there(state[ours].numpy()).astype(numpy.float32)
        kind = Type.F32
        if values.ndim == 2:
            kind = TYPES[matrices % len(TYPES)]
            matrices += 1
        packed = gguf.quants.quantize(values, kind)
        writer.add_tensor(theirs, packed, raw_dtype=kind)
        state[ours] = torch.from_numpy(back(gguf.quants.dequantize(packed, kind)).copy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model.load_state_dict(state)
    model.tie_weights()
    ids = torch.arange(0, 24).reshape(2, 12) * 7 % len(tokens)
    with torch.no_grad():
        logits = model.eval()(ids).logits
    return {"ids": ids.tolist(), "logits": [round(x, 6) for x in logits.flatten().tolist()]}


def llama():
    heads, groups = 4, 2
    vocabulary = len(byte_tokens()[0])
    model = LlamaForCausalLM(
        LlamaConfig(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=heads,
                    num_key_value_heads=groups, vocab_size=vocabulary, max_position_embeddings=48, rope_theta=5000.0,
                    rms_norm_eps=1e-5, tie_word_embeddings=False))
    names = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
             "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
             "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}

    def rename(name):
        whole = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
                 "lm_head.weight": "output.weight"}
        if name in whole:
            return whole[name]
        _, _, layer, *part, end = name.split(".")
        return f"blk.{layer}.{names['.'.join(part)]}.{end}"

    def reorder(name):
        n = heads if ".attn_q." in name else groups if ".attn_k." in name else 0
        if n == 0:
            return (lambda w: w), (lambda w: w)
        # as llama.cpp's converter: of each head's halves, rows side by side
        return (lambda w: w.reshape(n, 2, w.shape[0] // n // 2, -1).swapaxes(1, 2).reshape(w.shape),
                lambda w: w.reshape(n, w.shape[0] // n // 2, 2, -1).swapaxes(2, 1).reshape(w.shape))

    sizes = {"block_count": 2, "context_length": 48, "embedding_length": 32, "feed_forward_length": 64,
             "attention.head_count": heads, "attention.head_count_kv": groups, "rope.freq_base": 5000.0,
             "attention.layer_norm_rms_epsilon": 1e-5, "vocab_size": vocabulary, "rope.dimension_count": 8}
    return write("llama.gguf", "llama", model, rename, reorder, sizes, "smollm", True)


def gpt2():
    vocabulary = len(byte_tokens()[0])
    model = GPT2LMHeadModel(
        GPT2Config(n_embd=32, n_layer=2, n_head=2, n_inner=96, n_positions=40, vocab_size=vocabulary))
    names = {"attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
             "ln_1": "attn_norm", "ln_2": "ffn_norm"}

    def rename(name):
        whole = {"transformer.wte.weight": "token_embd.weight", "transformer.wpe.weight": "position_embd.weight",
                 "transformer.ln_f.weight": "output_norm.weight", "transformer.ln_f.bias": "output_norm.bias",
                 "lm_head.weight": None}
        if name in whole:
            return whole[name]
        _, _, layer, *part, end = name.split(".")
        return f"blk.{layer}.{names['.'.join(part)]}.{end}"

    def reorder(name):
        turned = any(p in name for p in ("attn_qkv.w", "attn_output.w", "ffn_up.w", "ffn_down.w"))
        return ((lambda w: w.T), (lambda w: w.T)) if turned else ((lambda w: w), (lambda w: w))

    sizes = {"block_count": 2, "context_length": 40, "embedding_length": 32, "feed_forward_length": 96,
             "attention.head_count": 2, "attention.layer_norm_epsilon": 1e-5}
    return write("gpt2.gguf", "gpt2", model, rename, reorder, sizes, "gpt-2", False)


if __name__ == "__main__":
    tokens, merges = byte_tokens()
    digits = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    begin = len(tokens) - 2
    expected = {
        "texts": TEXTS,
        "llama": {**llama(), "tokens": [[begin, *ids] for ids in expected_tokens(tokens, merges, digits)]},
        "gpt2": {**gpt2(), "tokens": expected_tokens(tokens, merges, pre_tokenizers.ByteLevel(add_prefix_space=False))},
    }
    (HERE / "expected.json").write_text(json.dumps(expected) + "\n")
