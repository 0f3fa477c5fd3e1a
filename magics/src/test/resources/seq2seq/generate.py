"""Makes the small random encoder–decoders in this folder and what transformers computes with them, in float32.

Needs torch, transformers 5 and safetensors; run in this folder: python generate.py [NAME…]
Each checkpoint is odd in its own way: sizes of the two stacks, activation, names, what the files leave out, rules of
generation. Marian's stand in ../marian.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSeq2SeqLM, CONFIG_MAPPING, GenerationConfig

BARTS = dict(d_model=24, encoder_layers=3, decoder_layers=2, encoder_attention_heads=3, decoder_attention_heads=4,
             encoder_ffn_dim=20, decoder_ffn_dim=14, dropout=0.0, attention_dropout=0.0, activation_dropout=0.0, init_std=0.25)
T5S = dict(d_model=20, d_kv=6, d_ff=22, num_layers=3, num_decoder_layers=2, num_heads=3, relative_attention_num_buckets=12,
           relative_attention_max_distance=17, dropout_rate=0.0, initializer_factor=1.4, decoder_start_token_id=0)

CASES = {
    # norms behind the sums, a norm behind the embedding, learned positions, the rules of summarizing
    "bart": dict(
        type="bart",
        config=dict(BARTS, vocab_size=61, max_position_embeddings=19, activation_function="gelu", scale_embedding=True),
        generation=dict(decoder_start_token_id=2, forced_bos_token_id=0, forced_eos_token_id=2, no_repeat_ngram_size=3,
                        early_stopping=True, length_penalty=2.0, min_length=4, max_length=18, num_beams=2),
    ),
    # the model without its head, under the names that it has alone; a config that leaves out what the family has anyway
    "bart-bare": dict(
        type="bart",
        config=dict(BARTS, vocab_size=47, max_position_embeddings=15, activation_function="gelu", scale_embedding=False),
        absent=["activation_function", "scale_embedding", "pad_token_id", "bos_token_id", "forced_eos_token_id",
                "tie_word_embeddings", "dtype", "is_encoder_decoder"],
        present=dict(max_length=14, num_beams=2, eos_token_id=2, decoder_start_token_id=2),
        bare=True,
    ),
    # norms before the sublayers and behind the stacks; the last token, a language's, starts the targets
    "mbart": dict(
        type="mbart",
        config=dict(BARTS, vocab_size=53, max_position_embeddings=17, activation_function="relu", scale_embedding=True),
        generation=dict(decoder_start_token_id=50, forced_eos_token_id=2, early_stopping=False, length_penalty=0.7, no_repeat_ngram_size=3,
                        max_length=16, num_beams=2),
        language=50,
    ),
    # embeddings of each stack and a head of its own
    "mbart-untied": dict(
        type="mbart",
        config=dict(BARTS, vocab_size=43, max_position_embeddings=14, activation_function="gelu", scale_embedding=False,
                    tie_word_embeddings=False),
        generation=dict(decoder_start_token_id=2, forced_bos_token_id=41, forced_eos_token_id=2, max_length=13, num_beams=2),
        language=41,
    ),
    # sinusoids counted over tokens, of an odd width
    "m2m100": dict(
        type="m2m_100",
        config=dict(BARTS, d_model=21, decoder_attention_heads=7, vocab_size=59, max_position_embeddings=12,
                    activation_function="relu", scale_embedding=True),
        generation=dict(decoder_start_token_id=2, forced_bos_token_id=57, max_length=20, num_beams=2, length_penalty=1.3,
                        no_repeat_ngram_size=3),
        language=57,
        longer=9,
    ),
    # relative positions, heads narrower than the model, a scaled head, other depths of the two stacks
    "t5": dict(
        type="t5",
        config=dict(T5S, vocab_size=71, feed_forward_proj="relu"),
        generation=dict(decoder_start_token_id=0, max_length=22, num_beams=2, no_repeat_ngram_size=2),
        longer=40,
    ),
    # gated, a head of its own, a config of transformers 4
    "t5-gated": dict(
        type="t5",
        config=dict(T5S, vocab_size=58, feed_forward_proj="gated-gelu", num_decoder_layers=None, tie_word_embeddings=False),
        generation=dict(decoder_start_token_id=0, max_length=17, num_beams=2, repetition_penalty=1.2),
        own_head=True,
        longer=30,
        absent=["scale_decoder_outputs", "dense_act_fn", "is_gated_act", "layer_norm_epsilon"],
        present=dict(tie_word_embeddings=False),
    ),
    "mt5": dict(
        type="mt5",
        config=dict(T5S, initializer_factor=1.0, d_kv=8, vocab_size=66, feed_forward_proj="gated-silu"),
        generation=dict(decoder_start_token_id=0, max_length=15, num_beams=2, no_repeat_ngram_size=2),
        longer=25,
        absent=["scale_decoder_outputs", "dense_act_fn", "is_gated_act", "decoder_start_token_id"],
    ),
}
SMOOTHING = 0.1
LENGTHS, TARGETS = [-1, 3, -3, 2], [3, -1, 5, 4]  # from the longest down


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


def gradients(model):
    """The tensors whose gradients are compared: of each kind one."""
    endings = ("shared.weight", "encoder.layers.0.self_attn.k_proj.weight", "encoder.layers.1.fc1.weight",
               "encoder.layernorm_embedding.weight", "decoder.layers.0.encoder_attn.v_proj.weight", "embed_positions.weight",
               "decoder.layer_norm.bias", "decoder.layers.1.fc2.weight", "relative_attention_bias.weight",
               "encoder.block.1.layer.1.DenseReluDense.wi.weight", "encoder.block.1.layer.1.DenseReluDense.wi_0.weight",
               "decoder.block.1.layer.1.EncDecAttention.q.weight", "decoder.final_layer_norm.weight", "lm_head.weight")
    return [(n, p) for n, p in model.named_parameters() if n.endswith(endings) and p.grad is not None]


def rewrite(folder, case):
    """What files of other times and hands leave out."""
    weights = load_file(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    if case.get("bare"):
        weights = {n.removeprefix("model."): w for n, w in weights.items() if n not in ("final_logits_bias", "lm_head.weight")}
        (folder / "generation_config.json").unlink()
    for key in case.get("absent", []):
        config.pop(key, None)
    config |= case.get("present", {})
    save_file({n: w.clone() for n, w in weights.items()}, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def made(case, seed, folder):
    torch.manual_seed(seed)
    config = CONFIG_MAPPING[case["type"]](**case["config"])
    model = AutoModelForSeq2SeqLM.from_config(config)
    if case.get("own_head"):
        model.lm_head.weight = torch.nn.Parameter(0.5 * torch.randn_like(model.lm_head.weight))
        model._tied_weights_keys = {k: v for k, v in model._tied_weights_keys.items() if "lm_head" not in k}
        model.all_tied_weights_keys = {k: v for k, v in model.all_tied_weights_keys.items() if "lm_head" not in k}
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:  # biases and norms start at 0 and 1
            # gains of either sign: else a token would be followed by itself
            parameter.data += (1.2 if name.endswith("weight") else 0.2) * torch.randn_like(parameter)
        if "relative_attention_bias" in name:
            parameter.data *= 3
        if name == "shared.weight" and case["type"] in ("t5", "mt5"):
            parameter.data *= 0.3  # what layers add counts
    if hasattr(model, "final_logits_bias") and not case.get("bare"):
        model.final_logits_bias.data += 0.5 * torch.randn_like(model.final_logits_bias)
        model.final_logits_bias.data[0, 2] += 2.5  # the end token, so that sentences end
    if "generation" in case:
        c = model.config
        model.generation_config = GenerationConfig(pad_token_id=c.pad_token_id, eos_token_id=c.eos_token_id, **case["generation"])
    model.save_pretrained(folder)
    rewrite(folder, case)
    again = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32).eval()
    for (name, one), (_, other) in zip(model.state_dict().items(), again.state_dict().items(), strict=True):
        assert torch.equal(one, other), name
    return again


def make(name, case, seed):
    folder = pathlib.Path(name)
    model = made(case, seed, folder)
    config = model.config
    vocabulary, pad, end = config.vocab_size, config.pad_token_id, config.eos_token_id
    longest = case.get("longer") or config.max_position_embeddings
    lengths = [n if n > 0 else longest + 1 + n for n in LENGTHS]
    targets = [n if n > 0 else longest + 1 + n for n in TARGETS]
    last = [case["language"]] if "language" in case else []

    def sentence(n):
        tail = ([end] + last)[-n:]
        return torch.cat([torch.randint(4, vocabulary - 3, (n - len(tail),)), torch.tensor(tail)])

    sources, labels = [sentence(n) for n in lengths], [sentence(n) for n in targets]
    ids = torch.nn.utils.rnn.pad_sequence(sources, batch_first=True, padding_value=pad)
    mask = torch.arange(ids.shape[1])[None] < torch.tensor(lengths)[:, None]
    padded = torch.nn.utils.rnn.pad_sequence(labels, batch_first=True, padding_value=-100)
    output = model(input_ids=ids, attention_mask=mask.long(), labels=padded)
    smoothed = torch.nn.functional.cross_entropy(
        output.logits.view(-1, vocabulary), padded.view(-1), label_smoothing=SMOOTHING)
    smoothed.backward()
    generated = {}
    for beams in (1, 3, 4):
        with torch.no_grad():
            rows = model.generate(input_ids=ids, attention_mask=mask.long(), num_beams=beams)
        # without the start token; an end token ends a sentence, padding behind it is none of it
        generated[beams] = [row[1:][: row[1:].index(end) + 1] if end in row[1:] else row[1:] for row in rows.tolist()]
    print(name, generated[4])
    counted = torch.cat([output.logits[row, :n].flatten() for row, n in enumerate(targets)])
    expected = {
        "sources": [s.tolist() for s in sources],
        "targets": [t.tolist() for t in labels],
        "parameters": sum(p.numel() for p in model.parameters()),
        "logits": numbers(counted),
        "loss": output.loss.item(),
        "smoothedLoss": smoothed.item(),
        "gradients": {n: numbers(p.grad) for n, p in gradients(model)},
        "generated": generated,
    }
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


for seed, (name, case) in enumerate(CASES.items()):
    if name in (sys.argv[1:] or CASES):
        make(name, case, seed)
