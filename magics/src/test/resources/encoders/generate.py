"""Makes the small random text encoders in this folder and what transformers computes with them, in float32.

Needs torch, transformers and safetensors; run in this folder: python generate.py
Each checkpoint is odd in its own way: sizes, heads, ties, activation, names and type.
"""

import json
import pathlib

import torch
import transformers
from safetensors.torch import load_file, save_file

BERT = dict(hidden_size=24, num_hidden_layers=3, num_attention_heads=3, intermediate_size=37, vocab_size=61,
            max_position_embeddings=19, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
DISTILBERT = dict(dim=20, n_layers=3, n_heads=2, hidden_dim=33, vocab_size=53, max_position_embeddings=17, dropout=0.0,
                  attention_dropout=0.0, seq_classif_dropout=0.0)
CASES = {
    "bert-masked": dict(family="Bert", head="ForMaskedLM", config={**BERT, "layer_norm_eps": 1e-3}),
    "bert-untied": dict(family="Bert", head="ForMaskedLM", dtype=torch.bfloat16,
                        config={**BERT, "tie_word_embeddings": False, "hidden_act": "gelu_new", "type_vocab_size": 1}),
    "bert-old-hub": dict(family="Bert", head="ForPreTraining", dtype=torch.float16, old=True,
                         config={**BERT, "num_hidden_layers": 2, "num_attention_heads": 1, "hidden_act": "relu"}),
    "bert-sentences": dict(family="Bert", head="ForSequenceClassification", config={**BERT, "num_labels": 3}),
    "bert-bare": dict(family="Bert", head="Model", config=BERT),
    "roberta-masked": dict(family="Roberta", head="ForMaskedLM",
                           config={**BERT, "type_vocab_size": 1, "hidden_act": "silu", "layer_norm_eps": 1e-5}),
    "roberta-sentences": dict(family="Roberta", head="ForSequenceClassification",
                              config={**BERT, "num_labels": 2, "pad_token_id": 3, "num_attention_heads": 6}),
    "distilbert-masked": dict(family="DistilBert", head="ForMaskedLM", config={**DISTILBERT, "activation": "relu"}),
    "distilbert-sentences": dict(family="DistilBert", head="ForSequenceClassification",
                                 config={**DISTILBERT, "num_labels": 4, "sinusoidal_pos_embds": True}),
}
# the ends of names of parameters whose gradients are kept
GRADIENTS = ["word_embeddings.weight", "position_embeddings.weight", "embeddings.LayerNorm.weight", "layer.1.ffn.lin1.weight",
             "layer.0.attention.self.key.weight", "layer.1.intermediate.dense.weight", "layer.1.output.dense.bias",
             "layer.0.attention.q_lin.weight", "layer.1.output_layer_norm.bias", "predictions.transform.dense.weight",
             "lm_head.dense.weight", "vocab_transform.weight", "predictions.bias", "lm_head.bias", "vocab_projector.bias",
             "classifier.weight", "classifier.dense.weight", "out_proj.bias", "pooler.dense.weight", "classifier.bias"]


def old(name):
    return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")


here = pathlib.Path(__file__).parent
for seed, (name, case) in enumerate(CASES.items()):
    torch.manual_seed(seed)
    cls = getattr(transformers, case["family"] + case["head"])
    config = getattr(transformers, case["family"] + "Config")(**case["config"])
    model = cls(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    folder = here / name
    folder.mkdir(exist_ok=True)
    model.to(case.get("dtype", torch.float32)).save_pretrained(folder)
    if case.get("old"):
        weights = {old(n): w for n, w in load_file(folder / "model.safetensors").items()}
        weights["bert.embeddings.position_ids"] = torch.arange(config.max_position_embeddings).unsqueeze(0)
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    model = cls.from_pretrained(folder, dtype=torch.float32).eval()
    expected = dict(parameters=sum(p.numel() for p in model.parameters()))

    if case["head"] == "ForSequenceClassification":
        padding = config.pad_token_id
        rows = [torch.randint(5, config.vocab_size, (length,)).tolist() for length in (11, 4, 1, 7)]
        labels = torch.randint(0, config.num_labels, (len(rows),))
        longest = max(map(len, rows))
        ids = torch.tensor([row + [padding] * (longest - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        output = model(input_ids=ids, attention_mask=mask, labels=labels)
        expected.update(sentences=rows, labels=labels.tolist())
    else:
        # roberta's padding token amid a text has a position of its own, as transformers has it
        ids = torch.randint(0, config.vocab_size, (3, 13))
        if case["family"] == "Roberta":
            ids[1, 4] = config.pad_token_id
        targets = torch.full_like(ids, -100)
        for row, places in enumerate([(0, 5), (12,), (3, 4, 11)]):
            for place in places:
                targets[row, place] = torch.randint(0, config.vocab_size, ())
        if case["head"] == "ForMaskedLM":
            output = model(input_ids=ids, labels=targets)
        else:
            output = model(input_ids=ids)
        expected.update(ids=ids.tolist(), targets=targets.tolist())
        if case["head"] == "ForPreTraining":  # whose own loss asks for sentences' order, too
            output.loss = torch.nn.functional.cross_entropy(output.prediction_logits.flatten(0, 1), targets.flatten())
    if "loss" in output and output.loss is not None:
        output.loss.backward()
        expected.update(loss=output.loss.item(),
                        gradients={n: p.grad.flatten().tolist() for n, p in model.named_parameters()
                                   if any(n.endswith(g) for g in GRADIENTS) and p.grad is not None})
    logits = output.last_hidden_state if case["head"] == "Model" else output[
        "prediction_logits" if case["head"] == "ForPreTraining" else "logits"]
    expected.update(logits=logits.flatten().tolist())
    (folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    print(name, expected["parameters"], logits.std().item(), logits.shape)
