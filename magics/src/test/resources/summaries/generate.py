"""Writes expected.json: how transformers lets the demo model summarize the first test dialogues, and rouge_score's scores.

Needs torch, transformers 5.23, tokenizers and rouge_score; run in this folder: python generate.py
"""

import json
import pathlib

import torch
from rouge_score.rouge_scorer import RougeScorer
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

ENVIRONMENT = pathlib.Path(__file__).resolve().parents[5] / "environment"
FOLDER = ENVIRONMENT / "models/olmo-dialogues"
COUNT = 24
NEW = 32
PROMPT = "Summarize the dialogue.\n\n{}\n\nSummary:\n"
KINDS = ["rouge1", "rouge2", "rougeLsum"]


def main():
    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32).eval()
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    with open(ENVIRONMENT / "data/dialogues-test.jsonl", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][:COUNT]
    scorer = RougeScorer(KINDS)
    made = {}
    for beams in (1, 3):
        texts, sums = [], [0.0] * len(KINDS)
        for row in rows:
            ids = torch.tensor([tokenizer.encode(PROMPT.format(row["dialogue"])).ids])
            out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, num_beams=beams,
                                 max_new_tokens=NEW, eos_token_id=0, pad_token_id=1)
            texts.append(tokenizer.decode(out[0, ids.size(1):].tolist(), skip_special_tokens=True).strip())
            scores = scorer.score(row["summary"], texts[-1])
            sums = [s + scores[k].fmeasure for s, k in zip(sums, KINDS)]
        made[str(beams)] = {"summaries": texts, "scores": [100 * s / len(rows) for s in sums]}
    pathlib.Path("expected.json").write_text(json.dumps(made, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


main()
