"""Makes the small random Marian checkpoints in this folder and what transformers computes with them, in float32.

Needs torch, transformers and safetensors; run in this folder: python generate.py
Each checkpoint is odd in its own way: sizes, activation, names, what the file leaves out, generation rules.
"""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file
from transformers import GenerationConfig, MarianConfig, MarianMTModel

CASES = {
    "odd-sizes": dict(
        config=dict(d_model=12, encoder_layers=3, decoder_layers=2, encoder_attention_heads=3, decoder_attention_heads=2,
                    encoder_ffn_dim=7, decoder_ffn_dim=17, vocab_size=31, max_position_embeddings=14,
                    activation_function="relu", scale_embedding=False),
        generation=dict(max_length=12),
    ),
    "old-hub": dict(
        config=dict(d_model=18, encoder_layers=1, decoder_layers=3, encoder_attention_heads=1, decoder_attention_heads=3,
                    encoder_ffn_dim=11, decoder_ffn_dim=5, vocab_size=29, max_position_embeddings=17,
                    activation_function="gelu", scale_embedding=True),
        generation=dict(max_length=15, bad_words_ids=[[28]], length_penalty=0.6),
        old_names=True,
    ),
    "bare": dict(
        config=dict(d_model=10, encoder_layers=2, decoder_layers=1, encoder_attention_heads=5, decoder_attention_heads=1,
                    encoder_ffn_dim=13, decoder_ffn_dim=13, vocab_size=37, max_position_embeddings=11,
                    activation_function="swish", scale_embedding=True),
        generation=dict(max_length=9, early_stopping=True, length_penalty=2.0),
        without_bias=True,
    ),
}
NO_DROPOUT = dict(dropout=0.0, attention_dropout=0.0, activation_dropout=0.0)
GRADIENTS = [
    "model.shared.weight",
    "model.encoder.layers.0.self_attn.k_proj.weight",
    "model.encoder.layers.0.fc1.bias",
    "model.decoder.layers.0.encoder_attn.v_proj.weight",
    "model.decoder.layers.0.encoder_attn_layer_norm.weight",
    "model.decoder.layers.0.fc2.weight",
]
SMOOTHING = 0.1


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


def rewrite(folder, model, case):
    """What files of other times and hands hold beside, or leave out."""
    weights = load_file(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    if case.get("old_names"):
        for stack in ("encoder", "decoder"):
            table = getattr(model.model, stack).embed_positions.weight
            weights[f"model.{stack}.embed_positions.weight"] = table.detach().clone()
            weights[f"model.{stack}.embed_tokens.weight"] = weights["model.shared.weight"].clone()
        weights["lm_head.weight"] = weights["model.shared.weight"].clone()
        config["num_hidden_layers"] = config["encoder_layers"]
        config |= case["generation"]  # generation rules stood in the config then
        for key in ("tie_word_embeddings", "share_encoder_decoder_embeddings", "dtype", "decoder_vocab_size"):
            config.pop(key, None)
        (folder / "generation_config.json").unlink()
    if case.get("without_bias"):
        weights.pop("final_logits_bias")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def make(name, case, seed):
    torch.manual_seed(seed)
    folder = pathlib.Path(name)
    vocabulary = case["config"]["vocab_size"]
    config = MarianConfig(init_std=0.4, pad_token_id=vocabulary - 1, eos_token_id=0, bos_token_id=0,
                          decoder_start_token_id=vocabulary - 1, forced_eos_token_id=0, **case["config"], **NO_DROPOUT)
    model = MarianMTModel(config)
    for parameter_name, parameter in model.named_parameters():
        if parameter.dim() == 1:  # biases and norms start at 0 and 1
            # gains of either sign: else a token would be followed by itself
            parameter.data += (1.5 if parameter_name.endswith("weight") else 0.1) * torch.randn_like(parameter)
    if not case.get("without_bias"):
        model.final_logits_bias.data += 0.3 * torch.randn_like(model.final_logits_bias)
        model.final_logits_bias.data[0, 0] += case["config"]["d_model"] ** 0.5  # the end token, so that sentences end
    model.generation_config = GenerationConfig(
        pad_token_id=vocabulary - 1, eos_token_id=0, decoder_start_token_id=vocabulary - 1, forced_eos_token_id=0, num_beams=2,
        **case["generation"])
    model.save_pretrained(folder)
    rewrite(folder, model, case)

    model = model.eval()
    longest = config.max_position_embeddings
    lengths = [longest, 3, longest - 2, 1]
    targets = [2, longest, 5, 4]
    pad = config.pad_token_id
    sources = [torch.cat([torch.randint(1, pad, (n - 1,)), torch.tensor([0])]) for n in lengths]
    labels = [torch.cat([torch.randint(1, pad, (n - 1,)), torch.tensor([0])]) for n in targets]
    ids = torch.nn.utils.rnn.pad_sequence(sources, batch_first=True, padding_value=pad)
    mask = torch.arange(ids.shape[1])[None] < torch.tensor(lengths)[:, None]
    padded = torch.nn.utils.rnn.pad_sequence(labels, batch_first=True, padding_value=-100)
    output = model(input_ids=ids, attention_mask=mask.long(), labels=padded)
    smoothed = torch.nn.functional.cross_entropy(
        output.logits.view(-1, vocabulary), padded.view(-1), label_smoothing=SMOOTHING)
    smoothed.backward()
    parameters = dict(model.named_parameters())
    generated = {}
    for beams in (1, 3, 4):
        with torch.no_grad():
            made = model.generate(input_ids=ids, attention_mask=mask.long(), num_beams=beams)
        # without the start token; an end token ends a sentence, padding behind it is none of it
        generated[beams] = [row[1:][: row[1:].index(0) + 1] if 0 in row[1:] else row[1:] for row in made.tolist()]
    counted = torch.cat([output.logits[row, :n].flatten() for row, n in enumerate(targets)])
    expected = {
        "sources": [s.tolist() for s in sources],
        "targets": [t.tolist() for t in labels],
        "parameters": sum(p.numel() for p in model.parameters()),
        "logits": numbers(counted),
        "loss": float(output.loss),
        "smoothedLoss": float(smoothed),
        "generated": generated,
        "gradients": {n: numbers(parameters[n].grad) for n in GRADIENTS},
    }
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


for i, (name, case) in enumerate(CASES.items()):
    make(name, case, seed=20 + i)
